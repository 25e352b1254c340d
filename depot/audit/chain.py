"""Adding to the chain. Events commit in any order, so a job links them as it sees them, one process at a time."""

from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from depot.audit import queries, rules
from depot.audit.models import Event, Link
from depot.core import db

BATCH = 500
"""Events a transaction: few milliseconds, since deeds wait for it on SQLite."""

LOCK = 0x6368_6169_6E
"""The number of PostgreSQL's advisory lock; on SQLite a writer is alone already."""


def append() -> int:
    """Give the oldest events without a link theirs, in one transaction; gives how many, 0 while another process does it."""
    with db.transaction() as session:
        if not _is_alone(session):
            return 0
        seq, before = queries.head()
        links = []
        for facts in session.execute(queries.waiting(BATCH)):
            seq, before = seq + 1, rules.link_hash(before, facts)
            links.append({"seq": seq, "event_id": UUID(facts[0]), "form": rules.FORM, "hash": before})
        if links:
            session.execute(insert(Link), links)
            done = update(Event).where(Event.id.in_([link["event_id"] for link in links])).values(is_chained=True)
            session.execute(done.execution_options(synchronize_session=False))
        return len(links)


def _is_alone(session: Session) -> bool:
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))))
