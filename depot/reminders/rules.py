"""Which reminder is due on a day. Pure: the same day and log give the same steps, however often the question is asked."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

AFTER_END = tuple(-7 * week for week in range(1, 9))
"""Steps after the end, in days: weekly, for eight weeks."""

Log = Collection[tuple[UUID, date, int]]
"""The steps that were sent or passed over before: document, end and step."""


@dataclass(frozen=True)
class Evidence:
    """A document that ends: `days_before` are its kind's reminder days; it has a successor once one is handed in."""

    document_id: UUID
    end_date: date
    days_before: tuple[int, ...]
    has_successor: bool = False


@dataclass(frozen=True)
class Step:
    """The reminder to send about a document: `step` is in days before its end, 0 is the last day, below 0 is after it.

    `passed_over` are milder steps that came due unsent, while the depot was down; they are never sent later.
    """

    document_id: UUID
    end_date: date
    step: int
    passed_over: tuple[int, ...] = ()


def due(day: date, evidence: Iterable[Evidence], log: Log) -> list[Step]:
    """At most one step a document, the most urgent that has come due and was not sent; the nearest end comes first.

    A kind without reminder days is never reminded of.
    """
    found = [step for item in evidence if (step := _due(day, item, log)) is not None]
    return sorted(found, key=lambda step: (step.end_date, step.document_id))


def _due(day: date, item: Evidence, log: Log) -> Step | None:
    if item.has_successor or not item.days_before:
        return None
    calendar = sorted({*item.days_before, 0, *AFTER_END})
    come = [step for step in calendar if item.end_date - timedelta(days=step) <= day]
    # Once the most urgent is in the log, a milder one would say less than was said already.
    if not come or (item.document_id, item.end_date, come[0]) in log:
        return None
    passed_over = tuple(step for step in come[1:] if (item.document_id, item.end_date, step) not in log)
    return Step(item.document_id, item.end_date, come[0], passed_over)
