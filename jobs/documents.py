"""Jobs of documents."""

from datetime import date

from depot.core import db
from depot.documents import reading, service

from .registry import Figures, job


@job(daily="00:10")
def record_lapses(day: date) -> Figures:
    """Record which versions stopped being valid before this day."""
    recorded = 0
    while True:
        # In batches, so that nobody waits long for a lock.
        with db.transaction():
            batch = service.record_lapses(day)
        recorded += batch
        if not batch:
            return {"recorded": recorded}


@job(every=1)
def read_drafts() -> Figures:
    """Read drafts that a request had no time for, scans for one, and propose their kind and fields."""
    return reading.read_waiting()


@job(daily="03:40")
def remove_orphans(_day: date) -> Figures:
    """Remove stored files that no row points to and that are older than a day."""
    with db.transaction(write=False):
        return {"removed": service.remove_orphans()}
