from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from depot.catalogue.schemas import as_entered, describe, facts_schema, to_json
from depot.catalogue.service import FOLDER, load
from depot.core.errors import Invalid
from depot.core.forms import check
from depot.core.pages import as_typed

KINDS = load(FOLDER).kinds
EXTRACT = {
    "kvkNumber": "68750110",
    "statutoryName": " Test BV Donald ",
    "legalForm": "bv",
    "rsin": "857587973",
    "issueDate": "20-05-2026",
}
REFERENCE = {
    "client": "Gemeente Voorbeeld",
    "clientKind": "municipality",
    "description": "Begeleiding naar werk",
    "domains": ["toeleiden-naar-werk", "jobcoaching", "jobcoaching"],
    "role": "main",
    "startDate": "2024-01-01",
    "endDate": "2025-12-31",
    "ongoing": "nee",
    "amountTotalExVat": "1.250.000,00",
    "resultPct": "55,50",
    "trajectories": "130",
}


def facts(code: str, values: dict[str, Any]) -> dict[str, Any]:
    return to_json(KINDS[code], check(facts_schema(KINDS[code])(), values))


def refused(code: str, values: dict[str, Any]) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as error:
        facts(code, values)
    return {name: [str(text) for text in texts] for name, texts in error.value.fields.items()}


def test_facts_have_one_written_form():
    assert facts("kvk_extract", EXTRACT) == {
        "kvkNumber": "68750110",
        "statutoryName": "Test BV Donald",
        "legalForm": "bv",
        "rsin": "857587973",
        "issueDate": "2026-05-20",
    }
    found = facts("reference", REFERENCE)
    assert found["amountTotalExVat"] == "1250000.00"
    assert found["resultPct"] == "55.5"
    assert found["trajectories"] == 130
    assert found["domains"] == ["jobcoaching", "toeleiden-naar-werk"]
    assert found["ongoing"] is False


def test_a_written_form_reads_back_as_itself():
    found = facts("reference", REFERENCE)
    assert facts("reference", found) == found


def test_what_is_required_is_asked_for():
    wrong = refused("kvk_extract", {})
    assert set(wrong) == {"kvkNumber", "statutoryName", "legalForm", "issueDate"}
    assert set(map(tuple, wrong.values())) == {("Vul dit in.",)}
    assert refused("reference", {**REFERENCE, "domains": []}) == {"domains": ["Vul dit in."]}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("kvkNumber", "6875011", "Een KvK-nummer heeft 8 cijfers."),
        ("rsin", "123456789", "Dit is geen geldig RSIN. Een RSIN heeft 9 cijfers."),
        ("legalForm", "gmbh", "Kies een van de mogelijkheden."),
        ("issueDate", "31-02-2026", "31-02-2026 bestaat niet."),
        ("birthDate", "1980-01-01", "Dit veld bestaat niet."),
    ],
)
def test_a_wrong_fact_is_told_at_its_field(name: str, value: str, sentence: str):
    assert refused("kvk_extract", {**EXTRACT, name: value}) == {name: [sentence]}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("contactEmail", "iemand", "Schrijf een e-mailadres als naam@bedrijf.example."),
        ("ongoing", "misschien", "Kies ja of nee."),
        ("amountTotalExVat", "-1,00", "Een bedrag kan hier niet negatief zijn."),
        ("domains", "jobcoaching", "Kies een van de mogelijkheden."),
        ("trajectories", "1,5", "Schrijf een heel getal."),
    ],
)
def test_each_type_has_its_own_sentence(name: str, value: str, sentence: str):
    assert refused("reference", {**REFERENCE, name: value}) == {name: [sentence]}


def test_an_end_before_its_start_is_told_at_the_end():
    wrong = refused("reference", {**REFERENCE, "endDate": "2023-12-31"})
    assert wrong == {"endDate": ["Dit is eerder dan „Begindatum”."]}


def test_a_sole_proprietorship_may_not_pass_on_what_is_a_citizen_service_number():
    wrong = refused("kvk_extract", {**EXTRACT, "legalForm": "sole_proprietorship"})
    assert list(wrong) == ["rsin"]
    assert "burgerservicenummer" in wrong["rsin"][0]


def test_a_loss_is_a_negative_amount():
    accounts = {
        "documentKind": "company",
        "kvkNumber": "68750110",
        "fiscalYear": "2025",
        "periodStart": "2025-01-01",
        "periodEnd": "2025-12-31",
        "turnover": "100000",
        "result": "-1.500,00",
        "auditorOpinion": "none",
    }
    found = facts("annual_accounts", accounts)
    assert found["result"] == "-1500.00"
    assert ("Boekjaar", "2025") in describe(KINDS["annual_accounts"], found, "nl")


def test_facts_are_described_in_the_readers_language():
    found = facts("reference", REFERENCE)
    shown = dict(describe(KINDS["reference"], found, "nl"))
    assert shown["Bedrag van de hele opdracht (ex btw)"] == "€\N{NO-BREAK SPACE}1.250.000,00"
    assert shown["Einddatum"] == "31 december 2025"
    assert shown["Diensten"] == "jobcoaching, toeleiden naar werk"
    assert shown["Trajecten die hun doel haalden"] == "55,5 %"
    assert shown["De opdracht loopt nog"] == "nee"
    assert next(iter(shown)) == "Opdrachtgever"
    english = dict(describe(KINDS["reference"], {"domains": ["jobcoaching"], "endDate": "2025-12-31"}, "en"))
    assert english == {"Services": "job coaching", "Last day": "31 December 2025"}


def test_what_the_schema_loads_is_typed():
    loaded = facts_schema(KINDS["reference"])().load(REFERENCE)
    assert loaded["endDate"] == date(2025, 12, 31)
    assert loaded["amountTotalExVat"] == Decimal("1250000.00")


def test_facts_that_a_form_shows_and_sends_back_stay_the_same():
    kind, known = KINDS["reference"], facts("reference", REFERENCE)
    shown = {spec.name: as_entered(known[spec.name], spec) for spec in kind.fields if spec.name in known}
    assert shown["startDate"] == date(2024, 1, 1)
    assert shown["ongoing"] == "nee"
    sent = {name: value if isinstance(value, list) else as_typed(value) for name, value in shown.items()}
    assert sent["resultPct"] == "55,5"
    assert facts("reference", sent) == known
