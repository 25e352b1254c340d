"""What the depot finds wrong with itself, told to those who administer it: by mail once, in the log as long as it lasts."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import select

from depot.accounts import operators
from depot.core import clock, db, scrub
from depot.core.work import JobSchedule

AGAIN = timedelta(hours=1)
NAMED = 20
"""How many objects a mail names; the page names all."""

log = structlog.get_logger()


def silent_jobs() -> Sequence[JobSchedule]:
    """The jobs of which nothing was heard for twice their interval."""
    now = clock.now()
    return [row for row in db.session.scalars(select(JobSchedule).order_by(JobSchedule.job)) if row.is_silent(now)]


def tell_silent() -> int:
    """Log the jobs that are silent once an hour, and write of each silence once; gives how many were logged."""
    now = clock.now()
    rows = db.session.scalars(select(JobSchedule).order_by(JobSchedule.job).with_for_update()).all()
    logged = 0
    for row in rows:
        if not row.is_silent(now):
            row.alarmed_at = None
        elif row.alarmed_at is None or now - row.alarmed_at >= AGAIN:
            row.alarmed_at = now
            since = row.quiet_since.isoformat()
            log.error("job_silent", job=row.job, since=since, failures=row.failures)
            operators.tell("job_silent", dedupe_key=f"silent:{row.job}:{since}", job=row.job, since=since)
            logged += 1
    return logged


def tell_damaged() -> int:
    """Write once of each stored object that is missing or changed, those of one look in one mail; gives how many."""
    rows = [row for row in scrub.damaged() if row.told_at is None]
    if rows:
        operators.tell(
            "objects_damaged",
            dedupe_key=f"damaged:{rows[0].id}:{clock.now().isoformat()}",
            count=len(rows),
            keys=[row.key for row in rows[:NAMED]],
        )
    for row in rows:
        row.told_at = clock.now()
    return len(rows)
