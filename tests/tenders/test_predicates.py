"""The predicates that look at more than one field of one document: rows, years, ratios, sums, other requirements."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.core.errors import Invalid
from depot.tenders import language
from depot.tenders.conditions import Span
from depot.tenders.judgement import Verdict
from depot.tenders.reasons import requirement_sentence, sentence
from depot.tenders.requirements import Operator, RequirementSet
from depot.tenders.rules import Profile, assess, canonical
from tests.tenders.dossiers import (
    KINDS,
    KVK,
    MARK,
    MOMENT,
    REFERENCE,
    document,
    dossier,
    extract,
    judge,
    requirements,
)

MET, NOT_MET, MANUAL = Verdict.MET, Verdict.NOT_MET, Verdict.MANUAL
PARENT = "69599084"
HBO = {"field": "qualificationLevel", "gte": "hbo"}
STAFF = {
    "document": "qualified_staff_list",
    "all": [{"asOfWithin": "P6M"}, {"rows": {"where": [HBO], "sum": "fte", "gte": "4.0"}}],
}
HEADS = {"document": "qualified_staff_list", "all": [{"rows": {"where": [HBO], "count": True, "lte": "2"}}]}
ACCOUNTS = {
    "document": "annual_accounts",
    "all": [
        {"coversFiscalYears": {"last": 2, "startersAllowed": True}},
        {"ratio": "currentRatio", "gte": "1.0", "year": "latest"},
    ],
}
CLIENTS = {"document": "reference", "atLeast": 2, "distinctBy": "client"}
MARKED = {
    "anyOf": [
        {"document": "quality_mark", "all": [{"field": "scheme", "in": ["blik-op-werk", "iso-9001"]}]},
        {"equivalent": "quality_mark", "decision": "buyer"},
    ]
}


def row(level: str | None = "hbo", fte: str | None = "1") -> dict[str, Any]:
    found = {"roleCode": "job_coach", "qualificationLevel": level, "fte": fte}
    return {name: value for name, value in found.items() if value is not None}


def staff(*rows: dict[str, Any], as_of: str = "2026-10-01", id: str = "s1") -> Any:
    return document("qualified_staff_list", {"asOfDate": as_of, "rows": list(rows)}, id=id)


def accounts(year: int, assets: str = "200.00", debts: str = "100.00", **more: Any) -> Any:
    facts = {
        "documentKind": "company",
        "kvkNumber": KVK,
        "fiscalYear": str(year),
        "periodStart": f"{year}-01-01",
        "periodEnd": f"{year}-12-31",
        "currentAssets": assets,
        "currentLiabilities": debts,
    }
    return document("annual_accounts", {**facts, **more}, id=f"a{year}")


def several(*asked: dict[str, Any]) -> RequirementSet:
    listed = [
        {
            "label": "Een eis",
            "kind": "suitability",
            "stage": "bid",
            "subject": {"roles": ["bidder"], "aggregation": "each"},
            "id": f"E{number}",
            **item,
        }
        for number, item in enumerate(asked, start=1)
    ]
    return language.parse({"schema": language.SCHEMA, "requirements": listed}, KINDS)


def refused(rule: dict[str, Any], **subject: Any) -> list[str]:
    with pytest.raises(Invalid) as caught:
        requirements(rule, **subject)
    return sorted(caught.value.fields)


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([row(fte="1")] * 4, MET),
        ([row("wo", "0.8")] * 5, MET),
        ([row("mbo", "1")] * 9, NOT_MET),
        ([row(fte="1")] * 3 + [row(None, "1")], MANUAL),
        ([row(fte="1")] * 3 + [row(None, "0.5")], NOT_MET),
        ([row(fte="1")] * 3 + [row(fte=None)], MANUAL),
        ([], NOT_MET),
    ],
)
def test_rows_are_added_up_and_one_that_does_not_tell_may_only_lift_to_manual(
    rows: list[dict[str, Any]], verdict: Verdict
) -> None:
    assert judge(STAFF, dossier(staff(*rows))).verdict is verdict


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [([row()] * 2, MET), ([row()] * 3, NOT_MET), ([row(), row(), row(None)], MANUAL), ([row(None)] * 2, MET)],
)
def test_rows_are_counted_and_an_upper_bound_holds_for_what_may_be(
    rows: list[dict[str, Any]], verdict: Verdict
) -> None:
    assert judge(HEADS, dossier(staff(*rows))).verdict is verdict


def test_rows_are_explained_with_what_was_found() -> None:
    said = str(sentence(judge(STAFF, dossier(staff(row(), row("mbo", "9")))).reason))
    assert said == "Voldoet niet: personeelslijst: 1 aan „Fte”; gevraagd is minstens 4."


@pytest.mark.parametrize(
    ("brought", "verdict"),
    [
        ((2025, 2024), MET),
        ((2024, 2023), MET),
        ((2023, 2022), NOT_MET),
        ((2025, 2023), NOT_MET),
        ((2025,), NOT_MET),
        ((), NOT_MET),
    ],
)
def test_the_last_years_are_those_up_to_the_newest_that_the_law_lets_lag(
    brought: tuple[int, ...], verdict: Verdict
) -> None:
    assert judge(ACCOUNTS, dossier(*map(accounts, brought), began_in=2001)).verdict is verdict


@pytest.mark.parametrize(("began_in", "verdict"), [(2025, MET), (2024, NOT_MET), (None, MANUAL)])
def test_a_starter_has_no_accounts_from_before_it_began(began_in: int | None, verdict: Verdict) -> None:
    assert judge(ACCOUNTS, dossier(accounts(2025), began_in=began_in)).verdict is verdict


def test_the_ratio_of_an_older_year_does_not_count_against_the_company() -> None:
    poor = accounts(2024, assets="50.00")
    assert judge(ACCOUNTS, dossier(accounts(2025), poor)).verdict is MET
    assert judge(ACCOUNTS, dossier(accounts(2025, assets="99.99"), accounts(2024))).verdict is NOT_MET
    assert judge(ACCOUNTS, dossier(accounts(2025, currentAssets=None), accounts(2024))).verdict is MANUAL


def test_the_latest_ratio_alone_looks_at_the_latest_year_only() -> None:
    rule = {"document": "annual_accounts", "all": [{"ratio": "currentRatio", "gte": "1.0", "year": "latest"}]}
    assert judge(rule, dossier(accounts(2025, assets="50.00"), accounts(2024))).verdict is NOT_MET
    del rule["all"][0]["year"]
    assert judge(rule, dossier(accounts(2025, assets="50.00"), accounts(2024))).verdict is MET


def test_references_of_one_client_count_once() -> None:
    same = [document("reference", {**REFERENCE, "client": name}, id=name) for name in ("Gemeente Ede", "gemeente  ede")]
    other = document("reference", {**REFERENCE, "client": "UWV"}, id="d3")
    assert judge(CLIENTS, dossier(*same)).verdict is NOT_MET
    assert judge(CLIENTS, dossier(*same, other)).verdict is MET


def test_what_is_excluded_is_refused_and_what_is_not_known_is_left_to_a_person() -> None:
    rule = {"document": "quality_mark", "all": [{"not": {"field": "status", "equals": "aspirant"}}]}
    assert judge(rule, dossier(document("quality_mark", MARK))).verdict is MET
    aspirant = judge(rule, dossier(document("quality_mark", {**MARK, "status": "aspirant"})))
    assert aspirant.verdict is NOT_MET
    assert "uitgesloten" in str(sentence(aspirant.reason))
    unknown = {name: value for name, value in MARK.items() if name != "status"}
    assert judge(rule, dossier(document("quality_mark", unknown))).verdict is MANUAL
    assert judge(rule, dossier()).verdict is NOT_MET


def test_a_score_on_another_scale_is_not_compared() -> None:
    rule = {"document": "client_satisfaction_survey", "all": [{"field": "overallScore", "gte": "7.0", "scale": "1-10"}]}
    survey = {"periodEnd": "2026-06-30", "overallScore": "7.0", "scale": "1-10"}
    assert judge(rule, dossier(document("client_satisfaction_survey", survey))).verdict is MET
    other = {**survey, "overallScore": "71", "scale": "0-100"}
    assert judge(rule, dossier(document("client_satisfaction_survey", other))).verdict is MANUAL


def test_one_requirement_can_be_met_by_the_proof_of_another() -> None:
    asked = several({"rule": MARKED}, {"rule": {"sameAs": "E1", "onlyScheme": "blik-op-werk"}})
    for scheme, verdicts in {"blik-op-werk": [MET, MET], "iso-9001": [MET, NOT_MET]}.items():
        found = assess(asked, [dossier(document("quality_mark", {**MARK, "scheme": scheme}))], {"bid": MOMENT})
        assert [each.verdict for each in found] == verdicts


def test_requirements_that_refer_to_each_other_in_a_circle_are_refused() -> None:
    with pytest.raises(Invalid) as caught:
        several({"rule": {"sameAs": "E2"}}, {"rule": {"anyOf": [{"sameAs": "E3"}]}}, {"rule": {"sameAs": "E1"}})
    assert "requirements.0.rule.sameAs" in caught.value.fields
    with pytest.raises(Invalid):
        several({"rule": {"sameAs": "E1"}})
    with pytest.raises(Invalid):
        several({"rule": {"sameAs": "E9"}})


def test_parties_add_up_what_each_of_them_has() -> None:
    lead = dossier(staff(*[row()] * 3), role="lead", organisation="a")
    member = dossier(staff(row(), id="s2"), role="member", organisation="b")
    both = {"roles": ("member",), "aggregation": "sum"}
    assert judge(STAFF, lead, **both).verdict is NOT_MET
    assert judge(STAFF, lead, member, **both).verdict is MET
    old = dossier(staff(row(), as_of="2026-05-20", id="s2"), role="member", organisation="b")
    assert judge(STAFF, lead, old, **both).verdict is NOT_MET
    waiting = dossier(document("qualified_staff_list", None, id="s2"), role="member", organisation="b")
    assert judge(STAFF, lead, waiting, **both).verdict is MANUAL


def test_what_a_relied_on_party_adds_counts_when_it_committed_itself() -> None:
    roles = {"roles": ("bidder", "reliedOn"), "aggregation": "sum"}
    own = dossier(staff(*[row()] * 3))
    other = {"role": "relied_on", "organisation": "b"}
    assert judge(STAFF, own, dossier(staff(row(), id="s2"), **other), **roles).verdict is MANUAL
    assert judge(STAFF, own, dossier(staff(row(), id="s2"), has_commitment=True, **other), **roles).verdict is MET


def test_a_requirement_goes_for_the_lots_that_it_names() -> None:
    asked = several({"rule": MARKED, "lots": ["1", "2"]}, {"rule": MARKED})
    assert [item.id for item in asked.of_lot("1").requirements] == ["E1", "E2"]
    assert [item.id for item in asked.of_lot("3").requirements] == ["E2"]


def test_the_accounts_of_a_parent_count_where_it_stands_in() -> None:
    group = accounts(2025, documentKind="consolidated", kvkNumber=PARENT)
    rule = {"document": "annual_accounts", "all": [{"periodEndsWithin": "P2Y"}]}
    guarantee = {"kvkNumber": KVK, "parentKvkNumber": PARENT, "effectiveDate": "2020-01-01"}
    assert judge(rule, dossier(group)).verdict is NOT_MET
    assert judge(rule, dossier(group, document("group_guarantee", guarantee, id="g"))).verdict is MET
    ended = {**guarantee, "endDate": "2026-11-20"}
    assert judge(rule, dossier(group, document("group_guarantee", ended, id="g"))).verdict is NOT_MET


def test_a_legal_form_is_asked_of_the_profile() -> None:
    rule = {"profile": {"legalForm": {"containsAny": ["stichting", "bv"]}}}
    assert judge(rule, dossier(profile=Profile(legal_forms=frozenset({"bv"})))).verdict is MET
    assert judge(rule, dossier(profile=Profile(legal_forms=frozenset({"nv"})))).verdict is NOT_MET


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"document": "kvk_extract", "all": [{"rows": {"count": True, "gte": "1"}}]}, "rule.all.0.rows"),
        ({"document": "qualified_staff_list", "all": [{"rows": {"gte": "1"}}]}, "rule.all.0.rows"),
        ({"document": "qualified_staff_list", "all": [{"rows": {"sum": "fieldOfStudy", "gte": "1"}}]}, "rule.all.0.rows.sum"),
        ({"document": "qualified_staff_list", "all": [{"rows": {"sum": "fte"}}]}, "rule.all.0.rows"),
        ({"document": "annual_accounts", "all": [{"ratio": "geluk", "gte": "1"}]}, "rule.all.0.ratio"),
        ({"document": "annual_accounts", "all": [{"coversFiscalYears": {"last": 0}}]}, "rule.all.0.coversFiscalYears.last"),
        ({"document": "kvk_extract", "all": [{"coversFiscalYears": {"last": 2}}]}, "rule.all.0.coversFiscalYears"),
        ({"document": "reference", "distinctBy": "client"}, "rule.atLeast"),
        ({"document": "reference", "atLeast": 2, "distinctBy": "niets"}, "rule.distinctBy"),
        ({"document": "quality_mark", "all": [{"field": "scheme", "gte": "iso-9001"}]}, "rule.all.0.gte"),
        ({"document": "quality_mark", "all": [{"not": {"validOn": "reference"}}]}, "rule.all.0.not.validOn"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_path(rule: dict[str, Any], path: str) -> None:
    assert f"requirements.0.{path}" in refused(rule)


def test_what_cannot_be_added_up_is_refused() -> None:
    assert refused({"document": "kvk_extract"}, aggregation="sum") == ["requirements.0.subject.aggregation"]
    assert refused(CLIENTS, aggregation="sum") == ["requirements.0.subject.aggregation"]


@pytest.mark.parametrize("rule", [STAFF, HEADS, ACCOUNTS, CLIENTS, {"profile": {"legalForm": {"containsAll": ["bv"]}}}])
def test_each_requirement_reads_as_one_sentence(rule: dict[str, Any]) -> None:
    said = str(requirement_sentence(requirements(rule).requirements[0]))
    assert said.startswith("Nodig van elke partij (inschrijver): ")
    assert "%(" not in said


ROWS = st.lists(st.builds(row, st.sampled_from(["mbo", "hbo", "wo", None]), st.sampled_from(["0", "0.5", "1", None])))


@given(ROWS, ROWS)
def test_another_row_never_makes_a_sum_worse(rows: list[dict[str, Any]], more: list[dict[str, Any]]) -> None:
    order = [NOT_MET, MANUAL, MET]
    before = judge(STAFF, dossier(staff(*rows))).verdict
    after = judge(STAFF, dossier(staff(*rows, *more))).verdict
    assert order.index(after or MANUAL) >= order.index(before or MANUAL)


EVERYTHING = [*map(accounts, (2025, 2024, 2023)), staff(row()), document("kvk_extract", extract("2026-10-01"))]


@given(st.permutations(EVERYTHING))
def test_the_order_of_documents_changes_nothing(documents: list[Any]) -> None:
    asked = several({"rule": ACCOUNTS}, {"rule": STAFF}, {"rule": {"document": "kvk_extract"}})
    found = canonical(assess(asked, [dossier(*documents)], {"bid": MOMENT}))
    assert found == canonical(assess(asked, [dossier(*EVERYTHING)], {"bid": MOMENT}))


NUMBERS = st.decimals(0, 10, places=1)


@given(NUMBERS, NUMBERS, NUMBERS, st.sampled_from([Operator.GTE, Operator.LTE]))
def test_a_span_is_judged_as_all_of_its_numbers_would_be(
    low: Decimal, more: Decimal, asked: Decimal, operator: Operator
) -> None:
    ends = {(end >= asked) if operator is Operator.GTE else (end <= asked) for end in (low, low + more)}
    verdict = {frozenset({True}): MET, frozenset({False}): NOT_MET}.get(frozenset(ends), MANUAL)
    assert Span(low, low + more).against(operator, asked) is verdict
