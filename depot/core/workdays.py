"""On which days mail goes out that can wait: not on Sundays, and not on the public holidays of the Netherlands."""

from datetime import date, timedelta

import holidays

_HOLIDAYS = holidays.country_holidays("NL")
_SATURDAY, _SUNDAY = 5, 6


def is_workday(day: date) -> bool:
    """Whether mail that can wait goes out on this day; Saturdays count."""
    return day.weekday() != _SUNDAY and day not in _HOLIDAYS


def is_office_day(day: date) -> bool:
    """Whether people are at their desks: a workday from Monday to Friday."""
    return is_workday(day) and day.weekday() != _SATURDAY


def next_workday(day: date) -> date:
    """The first workday from this day on; the day itself when it is one."""
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def weekly_day(day: date) -> date:
    """The day on which the weekly mail of a day's week goes out: its Monday, or the first workday after that."""
    return next_workday(day - timedelta(days=day.weekday()))


def first_office_day(day: date) -> date:
    """The first office day of the month in which a day lies."""
    found = day.replace(day=1)
    while not is_office_day(found):
        found += timedelta(days=1)
    return found
