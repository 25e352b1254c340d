"""The rules that facts keep, each told at its field, and the kinds that use them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.catalogue.consistency import broken, holds_citizen_number
from depot.catalogue.schemas import facts_schema
from depot.catalogue.service import FOLDER, load
from depot.core import clock
from depot.core.errors import Invalid
from depot.core.forms import check

KINDS = load(FOLDER).kinds
TODAY = date(2026, 11, 21)


def said(code: str, *, own_number: str | None = None, **facts: Any) -> dict[str, str]:
    found = broken(KINDS[code], facts, today=TODAY, own_number=own_number)
    return {name: " ".join(map(str, texts)) for name, texts in found.items()}


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_a_policy_that_pays_more_for_one_claim_than_for_a_year_is_told() -> None:
    amounts = {"amountPerClaim": Decimal(3), "amountPerYear": Decimal(2)}
    assert said("liability_insurance", **amounts) == {
        "amountPerClaim": "Dit is meer dan „Maximum per verzekeringsjaar”."
    }
    assert said("liability_insurance", amountPerClaim=Decimal(2), amountPerYear=Decimal(2)) == {}
    assert said("liability_insurance", amountPerClaim=Decimal(3)) == {}


def test_a_day_of_issue_is_today_at_the_latest() -> None:
    for code in ("kvk_extract", "tax_compliance_statement", "procurement_conduct_certificate"):
        assert said(code, issueDate=TODAY) == {}
        assert said(code, issueDate=TODAY + timedelta(days=1)) == {"issueDate": "Deze datum ligt in de toekomst."}


def test_a_survey_that_does_not_add_up_is_told() -> None:
    assert said("client_satisfaction_survey", population=Decimal(100), respondents=Decimal(101)) == {
        "respondents": "Dit is meer dan „Aantal deelnemers dat is gevraagd”."
    }
    asked = {"population": Decimal(300), "respondents": Decimal(100)}
    assert said("client_satisfaction_survey", **asked, responsePct=Decimal("33.3")) == {}
    assert said("client_satisfaction_survey", **asked, responsePct=Decimal(34)) == {}
    assert said("client_satisfaction_survey", **asked, responsePct=Decimal(40)) == {
        "responsePct": "Dit percentage volgt niet uit „Aantal deelnemers dat antwoordde” en "
        "„Aantal deelnemers dat is gevraagd”."
    }


@pytest.mark.parametrize(
    ("scale", "score", "is_within"),
    [("1-10", 10, True), ("1-10", 0, False), ("1-5", 6, False), ("0-100", 0, True), ("0-100", 101, False)],
)
def test_a_score_lies_on_its_scale(scale: str, score: int, *, is_within: bool) -> None:
    found = said("client_satisfaction_survey", scale=scale, overallScore=Decimal(score))
    assert (found == {}) is is_within
    assert set(found) <= {"overallScore"}


def test_a_survey_on_groups_in_which_somebody_can_be_recognised_is_refused() -> None:
    found = said("client_satisfaction_survey", smallestGroup=Decimal(9), respondents=Decimal(80))
    assert found == {"smallestGroup": "Dit moet minstens 10 zijn."}
    assert said("client_satisfaction_survey", smallestGroup=Decimal(10), respondents=Decimal(80)) == {}


@pytest.mark.parametrize("kind", ["hirer", "chain"])
def test_only_the_statement_that_tax_obligations_are_met_is_taken(kind: str) -> None:
    found = said("tax_compliance_statement", statementKind=kind)
    assert "nakoming fiscale verplichtingen" in found["statementKind"]
    assert said("tax_compliance_statement", statementKind="tax_obligations") == {}


def test_a_sole_trader_cannot_pass_on_a_citizen_service_number_to_the_tax_statement() -> None:
    trader = {"holderType": "natural_person"}
    assert "burgerservicenummer" in said("tax_compliance_statement", **trader, rsin="111222333")["rsin"]
    found = said("tax_compliance_statement", **trader, reference="BSN 1112.22.333 van 4 mei")
    assert found == {
        "reference": "Hier staat een getal dat een burgerservicenummer kan zijn. Haal het weg.",
    }
    assert said("tax_compliance_statement", **trader, reference="NFV-2026-118") == {}
    assert said("tax_compliance_statement", holderType="legal_person", rsin="857587973") == {}


@pytest.mark.parametrize("text", ["111222333", "nr. 111.222.333", "1112 22 333, dossier 7", "x123456782x"])
def test_a_citizen_service_number_is_found_however_it_is_written(text: str) -> None:
    assert holds_citizen_number(text)


@pytest.mark.parametrize("text", ["", "123456789", "0111222333", "1112223331", "68750110", "21-11-2026", "06-12345678"])
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not holds_citizen_number(text)


@given(st.integers(0, 99_999_999), st.text("abc -", max_size=5))
def test_eight_digits_are_never_a_citizen_service_number(number: int, words: str) -> None:
    assert not holds_citizen_number(f"a{number:08}{words}")


@pytest.mark.parametrize("code", [code for code, kind in KINDS.items() if kind.holder])
def test_a_paper_about_another_company_is_told_at_its_number(code: str) -> None:
    holder = KINDS[code].holder or ""
    facts = {holder: "69599084", "documentKind": "company"}
    told = said(code, own_number="68750110", **facts)
    assert told == {holder: "Dit is niet het KvK-nummer van uw bedrijf. Dat is 68750110."}
    assert said(code, own_number="69599084", **facts) == {}
    assert said(code, own_number=None, **facts) == {}


def test_consolidated_accounts_may_be_those_of_a_parent() -> None:
    assert said("annual_accounts", own_number="68750110", kvkNumber="69599084", documentKind="consolidated") == {}


def test_who_gives_means_or_a_guarantee_is_not_who_gets_it() -> None:
    assert said("third_party_commitment", kvkNumber="68750110", bidderKvkNumber="68750110") == {
        "bidderKvkNumber": "Dit mag niet hetzelfde zijn als „KvK-nummer van wie de middelen geeft”."
    }
    assert set(said("group_guarantee", kvkNumber="68750110", parentKvkNumber="68750110")) == {"parentKvkNumber"}


@pytest.mark.parametrize(
    ("code", "facts", "missing"),
    [
        ("quality_mark", {"proofKind": "certificate"}, set()),
        ("quality_mark", {"proofKind": "equivalent_certificate"}, {"equivalenceClaim"}),
        ("quality_mark", {"proofKind": "equivalent_measures"}, {"equivalenceClaim", "reasonNotObtainable"}),
        ("espd", {"exclusionGroundApplies": True}, {"selfCleaning"}),
        ("espd", {"exclusionGroundApplies": False}, set()),
        ("authority_to_sign", {"scope": "limited"}, {"limitAmount"}),
        ("authority_to_sign", {"scope": "alone"}, set()),
        ("group_guarantee", {"guaranteeKind": "403"}, {"filedOn"}),
        ("group_guarantee", {"guaranteeKind": "contract"}, {"tenderReference"}),
        ("reference", {"ongoing": False}, {"endDate"}),
        ("reference", {"ongoing": True}, set()),
    ],
)
def test_what_one_answer_asks_for_is_asked_for(code: str, facts: dict[str, Any], missing: set[str]) -> None:
    assert said(code, **facts) == dict.fromkeys(missing, "Vul dit in.")


def test_a_contract_that_goes_on_has_no_last_day() -> None:
    found = said("reference", ongoing=True, startDate=day("2026-01-01"), endDate=day("2026-02-01"))
    assert found == {"endDate": "Laat dit leeg. De opdracht loopt nog."}


def test_staff_by_level_is_not_more_than_all_staff() -> None:
    levels = {"fteMbo": Decimal(3), "fteWo": Decimal("2.5")}
    assert said("qualified_staff_list", **levels, fte=Decimal("5.5")) == {}
    assert said("qualified_staff_list", **levels, fte=Decimal(5)) == {"fte": "De delen zijn samen meer dan dit."}


def test_the_first_of_several_broken_rules_is_told_at_a_field() -> None:
    found = said("procurement_conduct_certificate", holderName="111222333", issueDate=day("2027-01-01"))
    assert set(found) == {"holderName", "issueDate"}


def test_the_schema_of_a_kind_asks_its_rules_on_the_day_itself() -> None:
    facts = {
        "statementKind": "hirer",
        "holderName": "Test BV Donald",
        "holderType": "legal_person",
        "outcome": "fulfilled",
        "issueDate": clock.today() + timedelta(days=1),
    }
    with pytest.raises(Invalid) as caught:
        check(facts_schema(KINDS["tax_compliance_statement"])("68750110"), {**facts, "issueDate": "21-11-2199"})
    assert set(caught.value.fields) == {"statementKind", "issueDate"}
