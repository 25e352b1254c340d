"""Jobs of accounts."""

from datetime import date

from depot.accounts import lapses, registrations
from depot.core import db

from .registry import Figures, job


@job(daily="03:30")
def tidy_registrations(_day: date) -> Figures:
    """Remove claims that were never handed in, and proofs in the store that no claim points to."""
    with db.transaction():
        forgotten = registrations.forget_lapsed()
    with db.transaction(write=False):
        return {"forgotten": forgotten, "removed": registrations.remove_orphans()}


@job(every=300)
def end_links() -> Figures:
    """Record invitations and links for another password whose time is over, and forget what opened them."""
    figures = {"invitations": 0, "resets": 0}
    for name, end in (("invitations", lapses.end_invitations), ("resets", lapses.end_resets)):
        while True:
            with db.transaction():
                batch = end()
            figures[name] += batch
            if not batch:
                break
    return figures
