"""What a buyer is warned for, and the one thing that is wrong."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.catalogue.service import legal_grounds
from depot.core.errors import Invalid
from depot.core.i18n import speaking
from depot.tenders import language, library
from depot.tenders.proportionality import Call, Remark, lint, mark_needed, with_equivalent
from tests.tenders.dossiers import KINDS

CALL = Call(Decimal("1000000.00"))
MARK = {"document": "quality_mark", "all": [{"field": "scheme", "equals": "iso-9001"}]}
EQUIVALENT = {"equivalent": "quality_mark", "decision": "buyer"}
POLICY = {"document": "privacy_policy", "all": [{"inForceOn": "reference"}]}


def asked(rule: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "id": "E1",
        "label": "Een eis",
        "kind": "suitability",
        "stage": "evidence",
        "legalBasis": "Aw 2.93",
        "subject": {"roles": ["bidder"], "aggregation": "each"},
        "rule": rule,
        **changes,
    }


def remarks(*requirements: dict[str, Any], call: Call = CALL) -> tuple[Remark, ...]:
    return lint(language.parse({"schema": language.SCHEMA, "requirements": list(requirements)}, KINDS), call)


def codes(*requirements: dict[str, Any], call: Call = CALL) -> list[str]:
    return [remark.code for remark in remarks(*requirements, call=call)]


def euro(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def reference(*where: dict[str, Any], at_least: int = 1) -> dict[str, Any]:
    return {"document": "reference", "atLeast": at_least, "where": list(where)}


def accounts(amount: str) -> dict[str, Any]:
    return {"document": "annual_accounts", "all": [{"field": "turnover", "gte": euro(amount)}]}


def policy(amount: str) -> dict[str, Any]:
    return {"document": "liability_insurance", "all": [{"field": "amountPerClaim", "gte": euro(amount)}]}


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (reference({"field": "endDate", "within": "P3Y"}), []),
        (reference({"field": "endDate", "within": "P36M1D"}), ["reference_window"]),
        (reference({"field": "endDate", "within": "P5Y", "ongoing": "executedPart"}), ["reference_window"]),
        (reference({"field": "satisfied", "equals": True}, at_least=2), ["several_references"]),
        (reference({"field": "amountInWindow", "gte": euro("600000.00")}), []),
        (reference({"field": "amountInWindow", "gte": euro("600000.01")}), ["reference_amount"]),
        (reference({"field": "amountTotalExVat", "gte": euro("900000.00")}), ["reference_amount"]),
        ({"document": "kvk_extract", "all": [{"issuedWithin": "P6M"}]}, []),
        ({"document": "kvk_extract", "all": [{"issuedWithin": "P12M"}]}, []),
        ({"document": "kvk_extract", "all": [{"issuedWithin": "P3M"}]}, ["stricter_than_law"]),
        ({"document": "tax_compliance_statement", "all": [{"issuedWithin": "P90D"}]}, ["stricter_than_law"]),
        ({"document": "procurement_conduct_certificate", "all": [{"issuedWithin": "P1Y"}]}, ["stricter_than_law"]),
        ({"document": "procurement_conduct_certificate", "all": [{"issuedWithin": "P24M"}]}, []),
        (accounts("3000000.00"), ["turnover_unmotivated"]),
        (accounts("3000000.01"), ["turnover_unmotivated", "turnover_too_high"]),
        (policy("3000000.00"), []),
        (policy("3000000.01"), ["insurance_too_high"]),
        (MARK, ["mark_without_equivalent"]),
        ({"anyOf": [MARK, EQUIVALENT]}, []),
        ({"anyOf": [MARK, MARK]}, ["mark_without_equivalent"]),
        ({"anyOf": [MARK, POLICY]}, []),
        ({"allOf": [{"anyOf": [MARK, POLICY]}, POLICY]}, []),
        ({"allOf": [{"anyOf": [MARK, EQUIVALENT]}, MARK]}, ["mark_without_equivalent"]),
        ({"manual": {"question": "Stuur een kopie van de VOG en het cv."}}, ["conduct_of_staff", "resume"]),
        ({"manual": {"question": "Wat is het BSN?"}}, ["citizen_number"]),
        ({"anyOf": [POLICY, {"manual": {"question": "Stuur de diploma's."}}]}, ["names_of_staff"]),
        ({"manual": {"question": "Hoe vogelt u dat uit? Welk convenant?"}}, []),
    ],
)  # fmt: skip
def test_what_is_too_much_is_remarked(rule: dict[str, Any], found: list[str]) -> None:
    assert codes(asked(rule)) == found


@pytest.mark.parametrize("rule", [reference({"field": "amountInWindow", "gte": euro("1.00")}), accounts("1.00")])
def test_an_amount_without_an_estimate_cannot_be_weighed(rule: dict[str, Any]) -> None:
    assert "amount_without_estimate" in codes(asked(rule), call=Call())


def test_a_policy_is_not_weighed_without_an_estimate() -> None:
    assert codes(asked(policy("99000000.00")), call=Call()) == []


def test_proof_is_asked_of_those_selected() -> None:
    extract = asked({"document": "kvk_extract"}, stage="bid")
    assert codes(extract) == ["proof_too_early"]
    assert codes(extract | {"stage": "application"}) == ["proof_too_early"]
    assert codes(extract | {"stage": "contract"}) == []
    assert codes(asked(reference({"field": "satisfied", "equals": True}), stage="bid")) == []
    assert codes(asked({"document": "espd"}, stage="bid")) == []
    assert codes(extract, call=Call(procedure="open_house")) == []


def test_a_document_without_a_ground_is_remarked_and_a_question_is_not() -> None:
    bare = asked({"document": "kvk_extract"})
    del bare["legalBasis"]
    assert codes(bare) == ["no_legal_basis"]
    assert codes({**bare, "rule": {"profile": {"services": {"containsAny": ["intake"]}}}}) == []


def test_the_words_of_every_requirement_are_read() -> None:
    assert codes({"id": "U1", "kind": "performance", "label": "Elke medewerker heeft een VOG."}) == ["conduct_of_staff"]


def test_what_another_requirement_asks_is_remarked_there_but_its_mark_counts_here() -> None:
    first = asked({"anyOf": [MARK, EQUIVALENT, {"document": "kvk_extract", "all": [{"issuedWithin": "P1M"}]}]})
    second = asked({"sameAs": "E1", "onlyScheme": "iso-9001"}, id="E2")
    assert [(remark.requirement, remark.code) for remark in remarks(first, second)] == [
        ("E1", "stricter_than_law"),
        ("E2", "mark_without_equivalent"),
    ]


def test_only_a_mark_without_an_equivalent_is_an_error() -> None:
    found = remarks(asked(MARK, stage="bid"))
    assert [(remark.code, remark.is_error) for remark in found] == [
        ("mark_without_equivalent", True),
        ("proof_too_early", False),
    ]


def test_the_same_is_remarked_once() -> None:
    assert codes(asked({"allOf": [policy("9000000.00"), policy("9000000.00")]})) == ["insurance_too_high"]


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        (MARK, {"anyOf": [MARK, EQUIVALENT]}),
        ({"anyOf": [MARK, MARK]}, {"anyOf": [MARK, EQUIVALENT]}),
        ({"allOf": [MARK, POLICY]}, {"allOf": [{"anyOf": [MARK, EQUIVALENT]}, POLICY]}),
        (
            {"anyOf": [{"allOf": [MARK, POLICY]}, MARK]},
            {"anyOf": [{"allOf": [{"anyOf": [MARK, EQUIVALENT]}, POLICY]}, MARK, EQUIVALENT]},
        ),
        (POLICY, POLICY),
    ],
)
def test_the_missing_way_is_added_where_the_mark_is_asked(rule: dict[str, Any], made: dict[str, Any]) -> None:
    assert with_equivalent(rule, "quality_mark") == made


@pytest.mark.parametrize("code", library.standards())
def test_no_standard_requirement_breaks_the_law_or_lacks_its_ground(code: str) -> None:
    words = {"question": "Hoe begeleidt u jongeren?", "label": "Prijs (50%)"}
    answers = {item.name: item.default or words[item.name] for item in library.standards()[code].questions}
    found = remarks(library.fill(code, answers, "E1"))
    assert not [remark for remark in found if remark.is_error or remark.code in ("no_legal_basis", "proof_too_early")]


AMOUNTS = st.decimals("0", "999999999", places=2).map(lambda amount: euro(str(amount)))
PERIODS = st.builds(lambda years, months, days: f"P{years}Y{months}M{days}D", *[st.integers(0, 9)] * 3)
DOCUMENTS = st.one_of(
    st.just(MARK),
    st.just(POLICY),
    st.sampled_from(sorted(KINDS)).map(lambda code: {"document": code}),
    st.builds(
        lambda amount, count: reference({"field": "amountInWindow", "gte": amount}, at_least=count),
        AMOUNTS,
        st.integers(1, 5),
    ),
    st.builds(lambda period: reference({"field": "endDate", "within": period}), PERIODS),
    st.builds(lambda period: {"document": "kvk_extract", "all": [{"issuedWithin": period}]}, PERIODS),
    st.builds(lambda amount: {"document": "annual_accounts", "all": [{"field": "turnover", "gte": amount}]}, AMOUNTS),
    st.builds(lambda years: {"document": "annual_accounts", "all": [{"coversFiscalYears": {"last": years}}]}, st.integers(1, 9)),
    st.just({"document": "qualified_staff_list", "all": [{"rows": {"sum": "fte", "gte": "4.0"}}]}),
)  # fmt: skip
OTHERS = st.one_of(
    st.just(EQUIVALENT),
    st.text(max_size=30).map(lambda text: {"manual": {"question": text}}),
    st.just({"sameAs": "E1"}),
    st.just({"sameAs": "E1", "onlyScheme": "iso-9001"}),
    st.just({"profile": {"establishmentIn": "gm0200"}}),
)
RULES = st.recursive(
    DOCUMENTS | OTHERS,
    lambda inner: st.builds(
        lambda key, rules: {key: rules}, st.sampled_from(["anyOf", "allOf"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)
SETS = st.lists(st.tuples(RULES, st.sampled_from(["bid", "evidence"]), st.text(max_size=20)), min_size=1, max_size=4)
CALLS = st.builds(Call, st.none() | st.decimals("0", "1000000000", places=2), st.sampled_from(["open", "open_house"]))


@given(SETS, CALLS)
def test_whatever_can_be_asked_can_be_weighed(given_rules: list[tuple[Any, str, str]], call: Call) -> None:
    listed = [
        asked(rule, id=f"E{place}", stage=stage, label=label)
        for place, (rule, stage, label) in enumerate(given_rules, 1)
    ]
    with suppress(Invalid):
        for remark in remarks(*listed, call=call):
            assert remark.source in legal_grounds()
            assert remark.is_error == (remark.code == "mark_without_equivalent")
            for locale in ("nl", "en"):
                with speaking(locale):
                    assert "%(" not in str(remark.text)


@given(RULES)
def test_with_an_equivalent_nobody_needs_the_mark(rule: dict[str, Any]) -> None:
    listed = [asked(MARK), asked(with_equivalent(rule, "quality_mark"), id="E2")]
    with suppress(Invalid):
        [_first, second] = language.parse({"schema": language.SCHEMA, "requirements": listed}, KINDS).requirements
        assert second.rule is not None
        assert mark_needed(second.rule) is None
