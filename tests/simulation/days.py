"""The oracle's own calendar, written from the issue and ADR 0031 and from the kinds' pages; nothing of the depot computes it."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

EXTRACT, POLICY, MARK = "kvk_extract", "liability_insurance", "quality_mark"

REVIEW_DAYS = 14
LEAD = {EXTRACT: (0, 1), POLICY: (0, 14), MARK: (4, 0)}
"""What the issuer takes, in months and days."""
OWN_DAYS = {EXTRACT: (30, 7), POLICY: (60, 30, 7), MARK: (150, 120, 60, 30)}
"""The days before the end on which the kind itself wants a reminder."""

HOLIDAYS = frozenset(
    date(year, month, day)
    for year, found in {
        2027: ((1, 1), (3, 26), (3, 28), (3, 29), (4, 27), (5, 6), (5, 16), (5, 17), (12, 25), (12, 26)),
        2028: ((1, 1), (4, 14), (4, 16), (4, 17), (4, 27), (5, 25), (6, 4), (6, 5), (12, 25), (12, 26)),
        2029: ((1, 1), (3, 30), (4, 1), (4, 2), (4, 27)),
    }.items()
    for month, day in found
)
"""With Good Friday, as the Algemene termijnenwet counts."""
SATURDAY, SUNDAY = 5, 6


def has_post(day: date) -> bool:
    """Whether mail that can wait may go out."""
    return day.weekday() != SUNDAY and day not in HOLIDAYS


def first_post(day: date) -> date:
    """The first day from a day on with mail that can wait."""
    while not has_post(day):
        day += timedelta(days=1)
    return day


def first_office_day(day: date) -> date:
    """The first day of a month, from Monday to Friday, with mail that can wait."""
    day = day.replace(day=1)
    while not has_post(day) or day.weekday() == SATURDAY:
        day += timedelta(days=1)
    return day


def wanted(kind: str, end: date) -> date:
    """The day to begin renewing."""
    months, days = LEAD[kind]
    return _months_on(end - timedelta(days=REVIEW_DAYS), -months) - timedelta(days=days)


def last_day(kind: str, facts: Mapping[str, Any]) -> date:
    """Until when a document with these facts holds; an extract for six months, to the month's end if it is of a month's end."""
    if kind != EXTRACT:
        return date.fromisoformat(facts["endDate" if kind == POLICY else "validUntil"])
    issued = date.fromisoformat(facts["issueDate"])
    end = _months_on(issued, 6)
    is_month_end = issued.day == monthrange(issued.year, issued.month)[1]
    return end.replace(day=monthrange(end.year, end.month)[1]) if is_month_end else end


def steps_until(kind: str, end: date, day: date) -> list[int]:
    """The steps of a calendar that have come by a day, in days before the end, the first that came first."""
    begin = (end - wanted(kind, end)).days
    found = {*(each for each in OWN_DAYS[kind] if each >= begin + 7), begin + 1, begin, begin - 1}
    left = (end - day).days
    weekly = begin - 8
    while weekly >= left:
        found.add(weekly)
        weekly -= 7
    return sorted((each for each in found if each >= left), reverse=True)


def is_urgent(day: date, end: date) -> bool:
    """Whether it ended, or ends within a week."""
    return (end - day).days <= 7


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
