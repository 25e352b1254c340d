"""The time of day, and the Dutch day it falls on. Nothing else in the depot asks the system for the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

_moved: datetime | None = None


def now() -> datetime:
    """The present instant in UTC, or the one that `moved_to` set."""
    return _moved or datetime.now(UTC)


def day_of(instant: datetime) -> date:
    """The Dutch calendar day (Europe/Amsterdam) on which an instant falls."""
    return instant.astimezone(AMSTERDAM).date()


def today() -> date:
    """The present Dutch calendar day."""
    return day_of(now())


def dutch(instant: datetime) -> datetime:
    """The same instant on a Dutch clock."""
    return instant.astimezone(AMSTERDAM)


@contextmanager
def moved_to(instant: datetime) -> Iterator[None]:
    """Hold the clock of this process at an instant: for sample data and for tests of time."""
    global _moved  # noqa: PLW0603 - one clock a process is the point
    before, _moved = _moved, instant.astimezone(UTC)
    try:
        yield
    finally:
        _moved = before
