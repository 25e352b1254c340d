"""Due work without loss or repetition: rows are claimed with a lease, timed runs by a unique slot.

A worker that dies lets its lease run out; another takes the row then. Nothing is due because a message said so, only
because a row says so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, UniqueConstraint, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, MappedAsDataclass, mapped_column

from depot.core import clock, db

LEASE = timedelta(minutes=5)
BATCH = 20

ASKED, RUNNING = "asked", "running"
"""How far a run is that has no outcome yet."""


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
    outcome: Mapped[str] = mapped_column(default=RUNNING)
    figures: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)


class JobSchedule(db.Base):
    """What the scheduler last said of a job; the operator's page and /gereed read it."""

    __tablename__ = "job_schedules"

    job: Mapped[str] = mapped_column(primary_key=True)
    interval_s: Mapped[int]
    next_at: Mapped[datetime | None] = mapped_column(default=None)
    due_now: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    well_at: Mapped[datetime | None] = mapped_column(default=None)
    """When a run of it last succeeded, or was under way for no longer than a run may take."""
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    took_s: Mapped[float | None] = mapped_column(default=None)
    outcome: Mapped[str | None] = mapped_column(default=None)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many runs failed since the last that succeeded."""
    alarmed_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was last said that it is silent; None once it is heard of again."""

    @property
    def quiet_since(self) -> datetime:
        """When it was last heard of: from then on its silence counts."""
        return min(self.seen_at, self.well_at or self.seen_at)

    def is_silent(self, now: datetime) -> bool:
        """Whether nothing was heard of it for twice its interval, and the minute in which schedulers report."""
        return now - self.quiet_since > timedelta(seconds=2 * self.interval_s + 60)


class ObjectLook(Leased, db.Base):
    """When a stored object was last read whole, and what came of that; one that is new was read on its way in."""

    __tablename__ = "object_looks"
    __table_args__ = (Index(None, "looked_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    key: Mapped[str] = mapped_column(unique=True)
    looked_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    outcome: Mapped[str] = mapped_column(default="whole")
    since: Mapped[datetime | None] = mapped_column(default=None)
    """When it was first found missing or changed; None while it is whole."""
    told_at: Mapped[datetime | None] = mapped_column(default=None)


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
        row = {
            "id": db.new_id(),
            "job": job,
            "slot": slot,
            "started_at": clock.now(),
            "outcome": RUNNING,
            "figures": {},
        }
        return session.scalar(db.insert(JobRun).values(row).on_conflict_do_nothing().returning(JobRun.id))


def end_run(run_id: UUID, outcome: str, figures: dict[str, Any]) -> None:
    """Record how a run ended."""
    with db.transaction() as session:
        session.execute(
            update(JobRun).where(JobRun.id == run_id).values(ended_at=clock.now(), outcome=outcome, figures=figures)
        )


def ask(job: str) -> JobRun:
    """Ask for one run of a job, which a scheduler begins within some seconds; asked again before, it is the same run."""
    known = db.session.scalar(select(JobRun).where(JobRun.job == job, JobRun.outcome == ASKED).with_for_update())
    if known is not None:
        return known
    run_id = db.new_id()
    row = JobRun(id=run_id, job=job, slot=f"{ASKED} {run_id}", outcome=ASKED)
    db.session.add(row)
    db.session.flush()
    return row


def take_asked() -> tuple[UUID, str] | None:
    """Claim the run that was asked for first: its key and its job; None when none is waiting."""
    with db.transaction() as session:
        first = select(JobRun).where(JobRun.outcome == ASKED).order_by(JobRun.started_at).limit(1)
        row = session.scalar(first.with_for_update(skip_locked=True))
        if row is None:
            return None
        row.outcome, row.started_at = RUNNING, clock.now()
        return row.id, row.job
