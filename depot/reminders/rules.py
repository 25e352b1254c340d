"""Which reminder is due on a day. Pure: the same day and log give the same steps, however often the question is asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from depot.core.periods import Period

MARGIN = timedelta(days=14)
"""What a review may take: so long before the end the new document should be with us."""

WEEK = 7
URGENT = 7
"""Within so many days of the end nobody waits for a weekly mail, and no pause holds."""

PAUSE_LIMIT = timedelta(days=60)

Log = Mapping[tuple[UUID, date], int]
"""The most urgent step that was told, or passed over, of a document and its end."""


@dataclass(frozen=True)
class Evidence:
    """A document that ends: `wanted_on` is the day to begin renewing it, `days_before` are its kind's reminder days.

    It waits while a successor is with us. It `is_left` once the company said that it will not be renewed.
    """

    document_id: UUID
    end_date: date
    wanted_on: date
    days_before: tuple[int, ...]
    is_handed_in: bool = False
    is_left: bool = False
    paused_until: date | None = None

    @property
    def wanted(self) -> int:
        """The wanted day in days before the end."""
        return (self.end_date - self.wanted_on).days

    @property
    def opening(self) -> tuple[int, ...]:
        """The steps up to the day after the wanted one, in days before the end; after it the calendar goes on weekly.

        Less than a week before the wanted day a reminder would say what the one of the day before says.
        """
        early = {days for days in self.days_before if days >= self.wanted + WEEK}
        return (*sorted(early, reverse=True), self.wanted + 1, self.wanted, self.wanted - 1)

    def waits(self, day: date) -> bool:
        """Whether nothing is said now and the calendar goes on later: a successor is with us, or the company paused it."""
        is_paused = self.paused_until is not None and day <= self.paused_until and not is_urgent(day, self.end_date)
        return self.is_handed_in or is_paused


@dataclass(frozen=True)
class Step:
    """The reminder to send about a document: `step` is in days before its end, 0 is the last day, below 0 is after it.

    `passed_over` are milder steps that came due unsent, while the depot was down or the document waited; they are never
    sent later.
    """

    document_id: UUID
    end_date: date
    step: int
    passed_over: tuple[int, ...] = ()


def wanted_on(end: date, lead_time: Period | None) -> date:
    """The day to begin renewing: what the issuer takes, and then our review, before the end."""
    return (lead_time or Period()).before(end - MARGIN)


def urgent_on(end: date) -> date:
    """The first day on which an end is urgent."""
    return end - timedelta(days=URGENT)


def is_urgent(day: date, end: date) -> bool:
    """Whether it ended, or ends within a week."""
    return day >= urgent_on(end)


def due(day: date, evidence: Iterable[Evidence], log: Log) -> list[Step]:
    """At most one step a document, the most urgent that has come due and was not told; the nearest end comes first.

    A kind without reminder days is never reminded of.
    """
    found = [step for item in evidence if (step := _due(day, item, log)) is not None]
    return sorted(found, key=lambda step: (step.end_date, step.document_id))


def come(day: date, item: Evidence) -> list[int]:
    """The steps that have come by a day, the most urgent first; weekly ones never end."""
    if not item.days_before:
        return []
    left = (item.end_date - day).days
    opening = item.opening
    weekly = range(opening[-1] - WEEK, left - 1, -WEEK)
    return sorted({*(step for step in opening if step >= left), *weekly})


def next_on(day: date, item: Evidence) -> date | None:
    """The first day after this one on which a step comes; None for a document of which nothing is said."""
    if not item.days_before or item.is_left:
        return None
    left = (item.end_date - day).days
    ahead = [step for step in item.opening if step < left]
    if ahead:
        return item.end_date - timedelta(days=max(ahead))
    since_last = (item.opening[-1] - left) % WEEK
    return day + timedelta(days=WEEK - since_last)


def _due(day: date, item: Evidence, log: Log) -> Step | None:
    steps = [] if item.is_left or item.waits(day) else come(day, item)
    told = log.get((item.document_id, item.end_date))
    # Once a step was told, a milder one would say less than was said already.
    untold = [step for step in steps if told is None or step < told]
    return Step(item.document_id, item.end_date, untold[0], tuple(untold[1:])) if untold else None
