"""The works, for the operator: what waits, what failed, what is silent or damaged, and running a job now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from depot.access import Action, Actor, authorize
from depot.accounts import watch
from depot.audit import service as audit
from depot.core import db, scrub, work
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.core.work import JobRun, JobSchedule, ObjectLook
from depot.documents.models import State, Version
from depot.mail.models import Message, MessageState

LOST_SHOWN = 100
LOST = (MessageState.FAILED, MessageState.BOUNCED)


@dataclass(frozen=True)
class Health:
    """What waits, what failed, what is silent and what is damaged."""

    to_check: int
    in_review: int
    mail_waiting: int
    mail_lost: int
    oldest_review: datetime | None
    silent: Sequence[str]
    """Jobs that were not heard of within twice their interval."""
    damaged: Sequence[ObjectLook]


@dataclass(frozen=True)
class Works:
    """The jobs with their last run, and the last runs that did something."""

    schedules: Sequence[JobSchedule]
    silent: Sequence[str]
    asked: Sequence[str]
    """Jobs that the operator asked to run and that did not begin yet."""
    runs: Sequence[JobRun]


def health(actor: Actor) -> Health:
    """The operator's overview."""
    authorize(actor, Action.OPERATIONS_READ)
    states = dict(db.session.execute(select(Version.state, func.count()).group_by(Version.state)).all())
    mails = dict(db.session.execute(select(Message.state, func.count()).group_by(Message.state)).all())
    return Health(
        to_check=states.get(State.SUBMITTED, 0) + states.get(State.CHECKING, 0),
        in_review=states.get(State.IN_REVIEW, 0),
        mail_waiting=mails.get(MessageState.WAITING, 0),
        mail_lost=sum(mails.get(state, 0) for state in LOST),
        oldest_review=db.session.scalar(select(func.min(Version.submitted_at)).where(Version.state == State.IN_REVIEW)),
        silent=[row.job for row in watch.silent_jobs()],
        damaged=scrub.damaged(),
    )


def readiness() -> dict[str, Any]:
    """Whether this process can serve: the database answers, and the jobs were heard of within twice their interval."""
    return {"database": "ok", "stilleTaken": [row.job for row in watch.silent_jobs()]}


def works(actor: Actor) -> Works:
    """The jobs and what they did."""
    authorize(actor, Action.OPERATIONS_READ)
    asked = select(JobRun.job).where(JobRun.outcome == work.ASKED)
    return Works(
        schedules=db.session.scalars(select(JobSchedule).order_by(JobSchedule.job)).all(),
        silent=[row.job for row in watch.silent_jobs()],
        asked=db.session.scalars(asked).all(),
        runs=db.session.scalars(select(JobRun).order_by(JobRun.started_at.desc(), JobRun.id.desc()).limit(30)).all(),
    )


def run_job(actor: Actor, job: str) -> JobRun:
    """Ask for a run of a job now; a scheduler begins it within some seconds."""
    authorize(actor, Action.JOB_RUN)
    if db.session.get(JobSchedule, job) is None:
        raise NotFound(_("Deze taak bestaat niet."))
    row = work.ask(job)
    audit.record(actor, Action.JOB_RUN, row, job=job)
    return row


def lost_mail(actor: Actor, limit: int = LOST_SHOWN) -> Sequence[Message]:
    """The last messages that did not arrive, newest first."""
    authorize(actor, Action.OPERATIONS_READ)
    found = select(Message).where(Message.state.in_(LOST)).order_by(Message.id.desc())
    return db.session.scalars(found.limit(limit)).all()
