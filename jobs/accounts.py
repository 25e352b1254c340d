"""Jobs of accounts."""

from datetime import date

from depot.accounts import registrations
from depot.core import db

from .registry import Figures, job


@job(daily="03:30")
def tidy_registrations(_day: date) -> Figures:
    """Remove claims that were never handed in, and proofs in the store that no claim points to."""
    with db.transaction():
        forgotten = registrations.forget_lapsed()
    with db.transaction(write=False):
        return {"forgotten": forgotten, "removed": registrations.remove_orphans()}
