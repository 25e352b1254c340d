"""Due work without loss or repetition: rows are claimed with a lease, timed runs by a unique slot.

A worker that dies lets its lease run out; another takes the row then. Nothing is due because a message said so, only
because a row says so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, UniqueConstraint, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import InstrumentedAttribute, Mapped, MappedAsDataclass, mapped_column

from depot.core import clock, db

LEASE = timedelta(minutes=5)
BATCH = 20


class Leased(MappedAsDataclass, kw_only=True):
    """A row that one worker at a time may work on, until the lease ends."""

    leased_until: Mapped[datetime | None] = mapped_column(default=None)


class JobRun(db.Base):
    """One run of a job; a timed job has at most one for each slot."""

    __tablename__ = "job_runs"
    __table_args__ = (UniqueConstraint("job", "slot"), Index(None, "job", "started_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    job: Mapped[str]
    slot: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    outcome: Mapped[str] = mapped_column(default="running")
    figures: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)


class JobSchedule(db.Base):
    """What the scheduler last said of a job; the operator's page and /gereed read it."""

    __tablename__ = "job_schedules"

    job: Mapped[str] = mapped_column(primary_key=True)
    interval_s: Mapped[int]
    next_at: Mapped[datetime | None] = mapped_column(default=None)
    due_now: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


def claim(
    key: InstrumentedAttribute[UUID],
    lease: InstrumentedAttribute[datetime | None],
    due: ColumnElement[bool],
    *order: Any,
    limit: int = BATCH,
) -> Sequence[UUID]:
    """Lease up to `limit` due rows to this worker, in `order`; what another worker holds is passed over."""
    now = clock.now()
    with db.transaction() as session:
        free = select(key).where(due, or_(lease.is_(None), lease < now)).order_by(*order).limit(limit)
        # SKIP LOCKED is dropped on SQLite, where the transaction holds the write lock already.
        chosen = list(session.scalars(free.with_for_update(skip_locked=True)))
        if chosen:
            session.execute(update(key.class_).where(key.in_(chosen)).values({lease: now + LEASE}))
        return chosen


def take_slot(job: str, slot: str) -> UUID | None:
    """Claim one timed run; None when another process has it or had it."""
    with db.transaction() as session:
        insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
        row = {
            "id": db.new_id(),
            "job": job,
            "slot": slot,
            "started_at": clock.now(),
            "outcome": "running",
            "figures": {},
        }
        statement = insert(JobRun).values(row).on_conflict_do_nothing().returning(JobRun.id)
        return session.scalar(statement)


def end_run(run_id: UUID, outcome: str, figures: dict[str, Any]) -> None:
    """Record how a run ended."""
    with db.transaction() as session:
        session.execute(
            update(JobRun).where(JobRun.id == run_id).values(ended_at=clock.now(), outcome=outcome, figures=figures)
        )
