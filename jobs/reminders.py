"""Jobs of reminders."""

from datetime import date

from depot.access import SYSTEM
from depot.reminders import changes, desk, service, statement

from .registry import Figures, job


@job(daily="06:30")
def send_reminders(day: date) -> Figures:
    """Write each company's digest of what ends."""
    return service.send_due(SYSTEM, day)


@job(daily="06:40")
def send_statements(day: date) -> Figures:
    """Write each company's statement of the month, on its first office day."""
    return statement.send_due(SYSTEM, day)


@job(daily="06:50")
def send_changes(day: date) -> Figures:
    """Write to municipalities what changed at companies in their open tenders."""
    return changes.send_due(SYSTEM, day)


@job(daily="07:00")
def send_desk(day: date) -> Figures:
    """Write to reviewers what waits for them."""
    return desk.send_due(SYSTEM, day)
