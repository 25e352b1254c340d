from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.core.periods import Period

REFERENCE = date(2026, 11, 21)
DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    ("period", "issued", "is_within"),
    [
        ("P6M", date(2026, 5, 21), True),
        ("P6M", date(2026, 5, 20), False),
        ("P2Y", date(2024, 11, 21), True),
        ("P2Y", date(2024, 11, 20), False),
        ("P3Y", date(2023, 11, 21), True),
        ("P3Y", date(2023, 11, 20), False),
    ],
)
def test_the_first_day_of_the_window_counts(period: str, issued: date, is_within: bool):
    assert (issued >= Period.parse(period).before(REFERENCE)) is is_within


def test_a_month_end_stays_a_month_end():
    assert Period.parse("P6M").after(date(2026, 8, 31)) == date(2027, 2, 28)
    assert Period.parse("P6M").after(date(2025, 2, 28)) == date(2025, 8, 31)


def test_six_months_can_be_184_days():
    issued, reference = date(2026, 8, 28), date(2027, 2, 28)
    assert (reference - issued).days == 184
    assert issued >= Period.parse("P6M").before(reference)


@given(issued=DAYS, reference=DAYS, months=st.sampled_from([3, 6, 12, 24, 36]))
def test_looking_back_and_looking_ahead_agree(issued: date, reference: date, months: int):
    period = Period(months=months)
    assert (issued >= period.before(reference)) is (reference <= period.after(issued))


@given(months=st.integers(0, 1200), days=st.integers(0, 9999))
def test_a_period_reads_what_it_writes(months: int, days: int):
    assert Period.parse(str(Period(months, days))) == Period(months, days)


@pytest.mark.parametrize("text", ["", "P", "6M", "P6W", "P-6M", "P1.5M", "p6m", "P6M "])
def test_anything_else_is_refused(text: str):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - its message is the text itself
        Period.parse(text)
    assert str(refused.value) == text
