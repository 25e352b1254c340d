from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.core.workdays import first_office_day, is_office_day, is_workday, next_workday, weekly_day

DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    "day",
    [
        date(2027, 1, 1),  # New Year's Day
        date(2027, 3, 26),  # Good Friday
        date(2027, 3, 29),  # Easter Monday
        date(2027, 4, 27),  # King's Day
        date(2025, 4, 26),  # King's Day, on the Saturday before the Sunday
        date(2027, 5, 6),  # Ascension Day
        date(2027, 5, 17),  # Whit Monday
        date(2027, 12, 25),
        date(2026, 11, 22),  # a Sunday
    ],
)
def test_sundays_and_public_holidays_are_no_workdays(day: date) -> None:
    assert not is_workday(day)
    assert not is_office_day(day)


def test_a_saturday_is_a_workday_for_mail_but_no_day_at_the_office() -> None:
    assert is_workday(date(2026, 11, 21))
    assert not is_office_day(date(2026, 11, 21))


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2026, 11, 20), date(2026, 11, 20)),
        (date(2026, 11, 22), date(2026, 11, 23)),
        (date(2027, 3, 28), date(2027, 3, 30)),  # Easter
        (date(2026, 12, 25), date(2026, 12, 28)),  # Christmas, then a Sunday
    ],
)
def test_what_can_wait_goes_on_the_next_workday(day: date, following: date) -> None:
    assert next_workday(day) == following


@pytest.mark.parametrize(
    ("month", "first"),
    [
        (date(2026, 11, 30), date(2026, 11, 2)),  # the first is a Sunday
        (date(2027, 1, 15), date(2027, 1, 4)),  # a holiday on a Friday
        (date(2028, 2, 29), date(2028, 2, 1)),
    ],
)
def test_the_first_office_day_of_a_month_skips_its_weekend_and_holidays(month: date, first: date) -> None:
    assert first_office_day(month) == first


def test_the_weekly_mail_goes_on_monday_or_the_day_after_a_holiday() -> None:
    assert {weekly_day(date(2026, 11, day)) for day in range(16, 23)} == {date(2026, 11, 16)}
    assert weekly_day(date(2027, 3, 29)) == date(2027, 3, 30)


@given(DAYS)
def test_the_next_workday_is_the_nearest_and_never_a_week_away(day: date) -> None:
    found = next_workday(day)
    assert is_workday(found)
    assert timedelta(0) <= found - day < timedelta(days=5)
    assert not any(is_workday(day + timedelta(days=offset)) for offset in range((found - day).days))
