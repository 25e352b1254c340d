"""Running jobs: the border at which a failure stops, and the rows that tell what ran.

A timed job has one run a day, the slot. A run that failed, or whose process died, is tried again under a slot of its own,
`2026-11-21#2`: each attempt is claimed like the first and stays readable. After the last, the next day's run catches up,
since jobs work what is due and not what is new.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from flask import Flask
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from depot.core import clock, db, work
from depot.core.work import JobRun, JobSchedule

from . import (  # noqa: F401 - importing them fills JOBS
    accounts,
    audit,
    bundles,
    companies,
    documents,
    mail,
    operations,
    reminders,
    seal,
    storage,
    tenders,
    verification,
)
from .registry import JOBS, Figures, Job

ATTEMPTS = 6
RETRY = timedelta(minutes=10)
"""The wait after the first failure of a day; it doubles with each."""

DEAD_AFTER = timedelta(hours=1)
"""A run that did not end by then counts as died."""

UNSEEN = timedelta(minutes=2)
"""No scheduler that runs is silent for so long."""

DONE, FAILED = "done", "failed"

log = structlog.get_logger()


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and what it did."""

    state: str
    figures: dict[str, Any]

    @property
    def is_worth_recording(self) -> bool:
        """Whether there is anything to tell; a job that looks every few seconds mostly finds nothing."""
        return self.state == FAILED or any(self.figures.values())


@dataclass(frozen=True)
class Heard:
    """What this process knows of the last run of a job; `running_since` is of one that is under way."""

    started_at: datetime
    running_since: datetime | None = None
    well_at: datetime | None = None
    took_s: float | None = None
    outcome: str | None = None
    failures: int = 0


def tick(app: Flask, job: Job) -> Outcome | None:
    """Run a job if it is its time and no other process does; gives None when there was nothing to run."""
    if job.is_timed:
        return _tick_timed(app, job)
    started_at = clock.now()
    outcome = _perform(app, job)
    if outcome.is_worth_recording:
        _record(app, job, started_at, outcome)
    return outcome


def run(app: Flask, job: Job, day: date) -> Outcome:
    """Run a job by hand, for a day if it is timed; recorded, but not as the run of that day."""
    started_at = clock.now()
    outcome = _perform(app, job, *([day] if job.is_timed else []))
    _record(app, job, started_at, outcome)
    with app.app_context(), db.transaction() as session:
        if row := session.get(JobSchedule, job.name):
            _note(row, _heard(app).get(job.name), clock.now())
    return outcome


def run_asked(app: Flask) -> int:
    """Do the runs that an operator asked for, one after the other; gives how many."""
    done = 0
    while True:
        with app.app_context():
            claimed = work.take_asked()
        if claimed is None:
            return done
        run_id, name = claimed
        job = JOBS.get(name)
        if job is None:
            outcome = Outcome(FAILED, {"error": "unknown"})
        else:
            outcome = _perform(app, job, *([clock.today()] if job.is_timed else []))
        with app.app_context():
            work.end_run(run_id, outcome.state, outcome.figures)
        done += 1


def open_slot(job: Job, now: datetime) -> str | None:
    """The slot of today's next attempt, or None while it is too early, running, waiting after a failure, or settled."""
    there = clock.dutch(now)
    if job.daily is None or there.time() < job.daily:
        return None
    day = str(there.date())
    found = select(JobRun).where(JobRun.job == job.name, or_(JobRun.slot == day, JobRun.slot.startswith(f"{day}#")))
    with db.transaction(write=False) as session:
        attempts = session.scalars(found.order_by(JobRun.started_at)).all()
    if not attempts:
        return day
    last = attempts[-1]
    if last.outcome == DONE or len(attempts) >= ATTEMPTS:
        return None
    wait_until = last.ended_at + RETRY * 2 ** (len(attempts) - 1) if last.ended_at else last.started_at + DEAD_AFTER
    return f"{day}#{len(attempts) + 1}" if now >= wait_until else None


def history(app: Flask, limit: int = 40) -> Sequence[JobRun]:
    """The last recorded runs, newest first."""
    with app.app_context():
        return db.session.scalars(select(JobRun).order_by(JobRun.started_at.desc()).limit(limit)).all()


def report(app: Flask, next_at: Mapping[str, datetime | None]) -> None:
    """Tell the operator's pages which jobs this scheduler keeps, and that it lives.

    `due_now` is 1 for a timed job whose run of today is open; the others count what is due in their own tables.
    """
    now = clock.now()
    # A second scheduler that starts at the same moment writes the same rows.
    with app.app_context(), suppress(IntegrityError):
        open_jobs = {job.name for job in JOBS.values() if open_slot(job, now)}
        heard = _heard(app)
        with db.transaction() as session:
            rows = session.scalars(select(JobSchedule).order_by(JobSchedule.job).with_for_update()).all()
            known = {row.job: row for row in rows}
            for name in known.keys() - JOBS.keys():
                session.delete(known[name])  # of a job that this version does not have
            for job in JOBS.values():
                row = known.get(job.name)
                if row is None:
                    row = JobSchedule(job=job.name, interval_s=job.interval_s, seen_at=now, well_at=now)
                    session.add(row)
                if now - row.seen_at > UNSEEN:
                    row.well_at = now  # the schedulers were silent, not this job: its time counts from here
                row.interval_s, row.seen_at, row.due_now = job.interval_s, now, int(job.name in open_jobs)
                row.next_at = next_daily(job, now) if job.is_timed else next_at.get(job.name)
                _note(row, heard.get(job.name), now)


def next_daily(job: Job, now: datetime) -> datetime | None:
    """When a timed job's next day begins."""
    if job.daily is None:
        return None
    there = clock.dutch(now)
    day = there.date() if there.time() < job.daily else there.date() + timedelta(days=1)
    return datetime.combine(day, job.daily, tzinfo=clock.AMSTERDAM)


def _heard(app: Flask) -> dict[str, Heard]:
    found: dict[str, Heard] = app.extensions.setdefault("depot.jobs", {})
    return found


def _note(row: JobSchedule, heard: Heard | None, now: datetime) -> None:
    """Put what this process knows of a job into its row, unless another process knows of a later run."""
    if heard is None:
        return
    is_under_way = heard.running_since is not None and now - heard.running_since < DEAD_AFTER
    well_at = now if is_under_way else heard.well_at
    if well_at and (row.well_at is None or row.well_at < well_at):
        row.well_at = well_at
    if heard.outcome and (row.started_at is None or row.started_at < heard.started_at):
        row.started_at, row.took_s, row.outcome = heard.started_at, heard.took_s, heard.outcome
        row.failures = heard.failures


def _tick_timed(app: Flask, job: Job) -> Outcome | None:
    now = clock.now()
    with app.app_context():
        slot = open_slot(job, now)
        run_id = work.take_slot(job.name, slot) if slot else None
    if run_id is None:
        return None
    outcome = _perform(app, job, clock.day_of(now))
    with app.app_context():
        work.end_run(run_id, outcome.state, outcome.figures)
    return outcome


def _perform(app: Flask, job: Job, *arguments: date) -> Outcome:
    heard, started_at, begun = _heard(app), clock.now(), time.monotonic()
    before = heard.get(job.name, Heard(started_at))
    heard[job.name] = replace(before, running_since=started_at)
    try:
        with app.app_context():
            figures: Figures = job.function(*arguments)
        outcome = Outcome(DONE, dict(figures))
    except Exception as error:  # the border of a job
        log.exception("job_failed", job=job.name)
        outcome = Outcome(FAILED, {"error": type(error).__name__})
    is_done = outcome.state == DONE
    heard[job.name] = Heard(
        started_at,
        well_at=clock.now() if is_done else before.well_at,
        took_s=round(time.monotonic() - begun, 3),
        outcome=outcome.state,
        failures=0 if is_done else before.failures + 1,
    )
    return outcome


def _record(app: Flask, job: Job, started_at: datetime, outcome: Outcome) -> None:
    """Failures of one hour share a row: a job that fails every few seconds must not fill the disk as well."""
    with app.app_context():
        if outcome.state == FAILED:
            run_id = work.take_slot(job.name, f"failed {started_at:%Y-%m-%dT%HZ}")
            if run_id:
                work.end_run(run_id, outcome.state, outcome.figures)
            return
        with db.transaction() as session:
            run_id = db.new_id()
            session.add(
                JobRun(
                    id=run_id,
                    job=job.name,
                    slot=str(run_id),
                    started_at=started_at,
                    ended_at=clock.now(),
                    outcome=outcome.state,
                    figures=outcome.figures,
                )
            )
