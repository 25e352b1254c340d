"""What is proposed of a paper, and when doubt is said."""

import time
from datetime import date

import pytest

from depot.catalogue import service as catalogue
from depot.reading.definitions import FOLDER, rules_of, strangers
from depot.reading.kinds import guesses
from depot.reading.layout import Word, lines_of
from depot.reading.papers import CHARACTERS
from depot.reading.proposals import propose
from tests.reading.papers import TABLE, lines

KINDS = catalogue.load(catalogue.FOLDER).kinds
TODAY = date(2026, 11, 22)


def proposed(kind, *rows, **more):
    return {item.field: item for item in propose(KINDS[kind], lines(*rows), today=TODAY, **more)}


def told(kind, *rows, **more):
    return {name: item.value for name, item in proposed(kind, *rows, **more).items()}


def test_values_right_of_their_labels_are_proposed_with_what_they_were_read_from():
    found = proposed("kvk_extract", *TABLE)
    assert {name: item.value for name, item in found.items()} == {
        "kvkNumber": "68750110",
        "statutoryName": "Test BV Donald",
        "legalForm": "bv",
        "rsin": "857587973",
        "seat": "Apeldoorn",
        "issueDate": "2026-10-03",
    }
    assert found["issueDate"].snippet == "Datum van afgifte 3 oktober 2026"
    assert not any(item.is_doubtful for item in found.values())


def test_values_below_their_labels_are_proposed():
    rows = (
        ("Polisnummer", "Verzekeraar"),
        ("VB-1", "Voorbeeldverzekeraar N.V."),
        ("Ingangsdatum",),
        ("1 januari 2026",),
    )
    found = told("liability_insurance", *rows)
    assert (found["policyNumber"], found["insurer"], found["startDate"]) == (
        "VB-1",
        "Voorbeeldverzekeraar N.V.",
        "2026-01-01",
    )


def test_of_labels_that_fit_the_longest_has_the_value():
    found = told(
        "liability_insurance",
        ("Verzekerd bedrag per aanspraak:", "€ 2.500.000"),
        ("Verzekerd bedrag per jaar:", "€ 5.000.000"),
    )
    assert (found["amountPerClaim"], found["amountPerYear"]) == ("2500000.00", "5000000.00")


def test_doubt_is_said_when_two_values_compete():
    found = proposed("kvk_extract", ("KvK-nummer", "68750110"), ("KvK-nummer", "69599084"))
    assert found["kvkNumber"].is_doubtful


def test_the_number_of_the_own_company_is_the_one_among_several():
    found = proposed("kvk_extract", ("KvK-nummer", "69599084"), ("KvK-nummer", "68750110"), own_number="68750110")
    assert (found["kvkNumber"].value, found["kvkNumber"].is_doubtful) == ("68750110", False)


def test_what_the_checks_of_the_kind_refuse_is_never_proposed():
    assert "kvkNumber" not in told("kvk_extract", ("KvK-nummer", "69599084"), own_number="68750110")
    assert "issueDate" not in told("kvk_extract", ("Datum van afgifte", "3 oktober 2030"))
    assert "rsin" not in told("kvk_extract", ("RSIN", "123456789"))


def test_of_values_that_contradict_each_other_the_least_sure_is_left_out():
    rows = (("Ingangsdatum", "1 januari 2026"), ("De dekking loopt tot en met 31 december 2025.",))
    assert "endDate" not in told("liability_insurance", *rows)
    assert told("liability_insurance", *rows)["startDate"] == "2026-01-01"


def test_two_days_beside_one_label_are_first_and_last_and_an_open_end_is_doubted():
    found = proposed("liability_insurance", ("Looptijd", "1 januari 2026 tot en met 31 december 2026"))
    assert (found["startDate"].value, found["endDate"].value) == ("2026-01-01", "2026-12-31")
    assert not found["endDate"].is_doubtful
    assert proposed("liability_insurance", ("Looptijd", "1 januari 2026 tot 1 januari 2027"))["endDate"].is_doubtful


def test_the_column_of_the_latest_year_is_read():
    rows = (("", "2024", "2025"), ("Omzet", "€ 1.000.000", "€ 2.000.000"))
    assert told("annual_accounts", *rows)["turnover"] == "2000000.00"


def test_amounts_in_thousands_are_doubted():
    found = proposed("annual_accounts", ("Bedragen x € 1.000",), ("Omzet", "3.250"))
    assert (found["turnover"].value, found["turnover"].is_doubtful) == ("3250000.00", True)


def test_a_scan_that_was_hard_to_read_is_doubted():
    unsure = [Word(0, 50, 60, 110, 71, "RSIN"), Word(0, 250, 60, 320, 71, "857587973", confidence=0.5)]
    [item] = propose(KINDS["kvk_extract"], lines_of(unsure), today=TODAY)
    assert item.is_doubtful


def test_signs_that_turn_the_direction_of_writing_are_no_part_of_a_value():
    found = told("kvk_extract", ("KvK-nummer", "\u202e68750110\u202c"), ("Naam", "Test\u200b BV\u2066 Donald"))
    assert (found["kvkNumber"], found["statutoryName"]) == ("68750110", "Test BV Donald")


def test_a_citizen_service_number_is_never_proposed_as_a_reference():
    assert "reference" not in told("tax_compliance_statement", ("Kenmerk", "111222333"))


@pytest.mark.parametrize("text", ["1", "KvK-nummer ", "€ 1.", "tot en met ", "Naam Test BV ", "a" * 60 + " "])
def test_the_longest_text_that_is_read_makes_no_rule_run_away(text):
    words = (text * (CHARACTERS // len(text))).split()
    page = [
        Word(0, 50 + 9 * (n % 50), 10 * (n // 50), 58 + 9 * (n % 50), 10 * (n // 50) + 9, w[:200])
        for n, w in enumerate(words[:12_000])
    ]
    start = time.perf_counter()
    for kind in KINDS.values():
        propose(kind, lines_of(page), today=TODAY)
    assert time.perf_counter() - start < 60


def test_every_file_of_rules_is_about_a_kind_and_its_fields():
    assert {path.stem for path in FOLDER.glob("*.yaml")} <= set(KINDS)
    assert [strangers(kind) for kind in KINDS.values() if strangers(kind)] == []
    assert all(rules_of(code).titles for code in KINDS)


def test_a_kind_is_guessed_by_its_title_and_words():
    [best, *_others] = guesses(KINDS.values(), lines(*TABLE))
    assert (best.kind, best.is_certain) == ("kvk_extract", True)


def test_a_paper_that_says_nothing_is_no_kind():
    assert guesses(KINDS.values(), lines(("Boodschappen",), ("melk",))) == []
    assert guesses(KINDS.values(), ()) == []
