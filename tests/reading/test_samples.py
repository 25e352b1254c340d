"""Papers as text, in words and layouts that other issuers use than those of tests/layouts."""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from depot.catalogue import service as catalogue
from depot.reading.layout import Word, lines_of
from depot.reading.proposals import propose

KINDS = catalogue.load(catalogue.FOLDER).kinds
TODAY = date(2026, 11, 22)
STEP, LEAD, HEIGHT = 6, 14, 11
SAMPLES = Path(__file__).with_name("samples.txt").read_text(encoding="utf-8").removeprefix("=== ").split("\n=== ")
"""Each begins with its kind and ends, after a line with three dashes, with the facts that stand in it."""


def lines(text):
    """A text as a typewriter sets it: from two spaces on a new cell begins."""
    return lines_of(
        Word(0, 50 + STEP * match.start(), LEAD * row, 50 + STEP * match.end(), LEAD * row + HEIGHT, match[0])
        for row, line in enumerate(text.split("\n"))
        for match in re.finditer(r"\S+", line)
    )


def bare(value):
    return sorted(value) if isinstance(value, list) else str(value).casefold().removesuffix(".00")


def proposed(kind, text):
    return {item.field: item for item in propose(KINDS[kind], lines(text), today=TODAY)}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: "-".join(sample.split()[:3]))
def test_a_paper_of_another_issuer_is_read_and_nothing_is_silently_wrong(sample):
    kind, _, rest = sample.partition("\n")
    text, _, facts = rest.partition("\n---\n")
    expected = {name: bare(value) for name, value in yaml.load(facts, yaml.BaseLoader).items()}  # noqa: S506
    found = proposed(kind, text)
    assert {name: bare(found[name].value) for name in expected if name in found} == expected
    assert {name for name, item in found.items() if not item.is_doubtful} <= set(expected)


def test_a_value_stands_above_its_name_on_a_tile():
    words = [
        *(Word(0, left, 100, left + 40, 118, text) for left, text in ((60, "7,8"), (200, "442"))),
        *(Word(0, left, 121, left + 50, 129, text) for left, text in ((60, "Rapportcijfer"), (200, "Uitgenodigd"))),
    ]
    found = {i.field: i.value for i in propose(KINDS["client_satisfaction_survey"], lines_of(words), today=TODAY)}
    assert (found["overallScore"], found["population"]) == ("7.8", "442")


def test_a_label_goes_on_in_the_line_below_it():
    text = "Verzekerd bedrag per       € 5.000.000\nverzekeringsjaar\nPolisnummer                 AB-1"
    found = proposed("liability_insurance", text)
    assert (found["amountPerYear"].value, found["policyNumber"].value) == ("5000000.00", "AB-1")


def test_a_name_that_begins_like_a_label_is_a_name():
    found = proposed("client_satisfaction_survey", "Uitgevoerd door     Bureau Voorbeeld\nRespons             44%")
    assert found["bureau"].value == "Bureau Voorbeeld"


def test_labels_in_one_line_part_their_values():
    found = proposed("liability_insurance", "Hoedanigheid: re-integratiebedrijf. Dekkingsgebied: Europa.")
    assert (found["insuredCapacity"].value, found["territory"].value) == ("re-integratiebedrijf", "Europa")


def test_of_a_history_the_latest_row_is_taken_with_doubt():
    rows = (
        "Versie    Ingangsdatum    Vastgesteld door",
        "1.0       01-05-2020      het bestuur",
        "2.0       01-09-2024      de directie",
    )
    found = proposed("complaints_procedure", "\n".join(rows))
    assert {name: item.value for name, item in found.items()} == {
        "version": "2.0",
        "effectiveDate": "2024-09-01",
        "approvedBy": "de directie",
    }
    assert all(item.is_doubtful for item in found.values())


def test_a_label_that_nobody_foresaw_is_doubted():
    found = proposed("reference", "Voorziene einddag van het project      31 mei 2026")
    assert (found["endDate"].value, found["endDate"].is_doubtful) == ("2026-05-31", True)


def test_terms_in_weeks_are_counted_in_days_and_days_of_work_are_not():
    assert proposed("complaints_procedure", "Antwoord binnen: zes weken")["answerDays"].value == "42"
    assert "answerDays" not in proposed("complaints_procedure", "Antwoord binnen: een maand")


def test_what_is_said_of_an_earlier_paper_or_of_the_print_is_no_value():
    text = "De vorige verklaring met dagtekening 9 december 2025 vervalt.\nNergenshuizen, 15 oktober 2026"
    assert proposed("tax_compliance_statement", text)["issueDate"].value == "2026-10-15"
    printed = proposed("kvk_extract", "Afgedrukt op: 9 november 2026\nKvK-nummer: 68750110")
    assert "issueDate" not in printed


def test_amounts_before_their_names_do_not_slide_to_the_next():
    found = proposed("liability_insurance", "Limieten: € 2.500.000 per aanspraak, € 5.000.000 per jaar")
    assert (found["amountPerClaim"].value, found["amountPerYear"].value) == ("2500000.00", "5000000.00")


def test_a_share_is_no_number_of_people():
    found = proposed("client_satisfaction_survey", "Respons      204 (40%)")
    assert (found["respondents"].value, found["responsePct"].value) == ("204", "40")
