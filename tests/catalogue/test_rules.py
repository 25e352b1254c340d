from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.catalogue.rules import Dates, Status, Words, dates, is_equivalent, is_kvk_number, is_rsin, validity
from depot.catalogue.service import FOLDER, load
from depot.core.i18n import speaking

KINDS = load(FOLDER).kinds
DAY = date(2026, 11, 21)
POLICY = {"startDate": "2026-01-01", "endDate": "2026-12-31", "tacitRenewal": False}


@pytest.mark.parametrize(
    ("issued", "status"),
    [
        ("2026-11-22", Status.NOT_YET_VALID),
        ("2026-11-21", Status.VALID),
        ("2026-06-22", Status.VALID),
        ("2026-06-21", Status.EXPIRING),
        ("2026-05-21", Status.EXPIRING),
        ("2026-05-20", Status.EXPIRED),
    ],
)
def test_an_extract_is_valid_for_six_months(issued: str, status: Status):
    assert validity(KINDS["kvk_extract"], {"issueDate": issued}, DAY) is status


def test_no_facts_is_missing_and_no_date_is_undetermined():
    assert validity(KINDS["kvk_extract"], None, DAY) is Status.MISSING
    assert validity(KINDS["kvk_extract"], {}, DAY) is Status.UNDETERMINED
    assert validity(KINDS["liability_insurance"], {}, DAY) is Status.UNDETERMINED


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (date(2025, 12, 31), Status.NOT_YET_VALID),
        (date(2026, 1, 1), Status.VALID),
        (date(2026, 11, 30), Status.VALID),
        (date(2026, 12, 1), Status.EXPIRING),
        (date(2026, 12, 31), Status.EXPIRING),
        (date(2027, 1, 1), Status.EXPIRED),
    ],
)
def test_first_and_last_day_of_a_policy_count(day: date, status: Status):
    assert validity(KINDS["liability_insurance"], POLICY, day) is status


def test_tacit_renewal_of_an_ended_policy_is_not_proof_and_not_disproof():
    renewed = {**POLICY, "tacitRenewal": True}
    assert validity(KINDS["liability_insurance"], renewed, date(2027, 1, 1)) is Status.UNDETERMINED


def test_an_open_end_counts_only_where_the_kind_allows_it():
    assert validity(KINDS["liability_insurance"], {"startDate": "2026-01-01"}, DAY) is Status.VALID
    assert validity(KINDS["quality_mark"], {"validFrom": "2026-01-01"}, DAY) is Status.UNDETERMINED


def test_a_running_reference_is_valid_and_one_without_an_end_is_undetermined():
    assert validity(KINDS["reference"], {"startDate": "2026-01-01", "ongoing": True}, DAY) is Status.VALID
    assert validity(KINDS["reference"], {"startDate": "2026-01-01", "ongoing": False}, DAY) is Status.UNDETERMINED


def test_warning_days_can_be_chosen():
    assert validity(KINDS["liability_insurance"], POLICY, DAY, expiring_days=40) is Status.EXPIRING


@given(issued=st.dates(date(2020, 1, 1), date(2030, 1, 1)), days=st.integers(-400, 4000))
def test_an_extract_is_valid_exactly_within_its_dates(issued: date, days: int):
    kind, facts, day = KINDS["kvk_extract"], {"issueDate": issued.isoformat()}, issued + timedelta(days=days)
    found = dates(kind, facts)
    assert found.valid_from is not None
    assert found.valid_until is not None
    is_within = found.valid_from <= day <= found.valid_until
    assert (validity(kind, facts, day) in (Status.VALID, Status.EXPIRING)) is is_within


def test_dates_of_each_axis():
    extract = dates(KINDS["kvk_extract"], {"issueDate": "2026-08-31"})
    assert extract == Dates(date(2026, 8, 31), date(2026, 8, 31), date(2027, 2, 28), date(2027, 2, 28))
    policy = dates(KINDS["liability_insurance"], {**POLICY, "certificateDate": "2026-01-05"})
    assert policy == Dates(date(2026, 1, 5), date(2026, 1, 1), date(2026, 12, 31), date(2026, 12, 31))
    accounts = dates(KINDS["annual_accounts"], {"periodEnd": "2025-12-31"})
    assert accounts == Dates(date(2025, 12, 31), date(2025, 12, 31), None, date(2027, 12, 31))
    assert dates(KINDS["qualified_staff_list"], {}) == Dates(None, None, None, None)


def test_a_policy_without_an_end_is_due_for_another_look_two_years_after_its_first_day():
    found = dates(KINDS["privacy_policy"], {"effectiveDate": "2025-03-01"})
    assert found == Dates(None, date(2025, 3, 1), None, date(2027, 3, 1))
    ending = dates(KINDS["privacy_policy"], {"effectiveDate": "2025-03-01", "endDate": "2026-01-31"})
    assert ending.next_due_on == date(2026, 1, 31)


def test_equivalents_are_told_apart_by_the_company():
    assert is_equivalent(KINDS["quality_mark"], {"proofKind": "equivalent_measures"})
    assert not is_equivalent(KINDS["quality_mark"], {"proofKind": "certificate"})
    assert not is_equivalent(KINDS["kvk_extract"], {"proofKind": "equivalent_measures"})


@pytest.mark.parametrize("number", ["857587973", "111222333", "823807071", "001855013", "990000011", "992340597"])
def test_an_rsin_that_passes_the_check(number: str):
    assert is_rsin(number)


@pytest.mark.parametrize("number", ["123456789", "000000000", "85758797", "8575879733", "85758797x", "８57587973", ""])
def test_an_rsin_that_does_not(number: str):
    assert not is_rsin(number)


def test_a_kvk_number_keeps_its_leading_zeros():
    assert is_kvk_number("01234567")
    assert not is_kvk_number("1234567")
    assert not is_kvk_number("1234567 ")


def test_words_follow_the_reader():
    words = Words("uittreksel", "extract")
    assert str(words) == "uittreksel"
    with speaking("en"):
        assert str(words) == "extract"
