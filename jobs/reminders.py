"""Jobs of reminders."""

from datetime import date

from depot.access import SYSTEM
from depot.reminders import service

from .registry import Figures, job


@job(daily="06:30")
def send_reminders(day: date) -> Figures:
    """Write each company's digest of what ends."""
    return service.send_due(SYSTEM, day)
