"""How a sample document comes into being: handed in, checked and reviewed through the services, each on its own day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from werkzeug.datastructures import FileStorage

from depot.access import Actor
from depot.core import clock, db
from depot.core.storage import store
from depot.documents import service as documents
from depot.documents.models import FactSource, Relation, State, Version
from depot.papers.make import Holder
from depot.verification import service as verification

LIMIT = 25 << 20


@dataclass(frozen=True)
class Plan:
    """A document to be: when it is handed in (days ago), how far it gets, and what follows it."""

    company: Holder
    kind: str
    facts: Mapping[str, Any]
    days_ago: int
    until: State = State.APPROVED
    reason: str = ""
    """What the reviewer writes when returning it."""
    title: str = ""
    has_file: bool = True
    then: "Plan | None" = None
    relation: Relation = Relation.FIRST
    """What it is to the one it follows; a change takes effect on the day it is handed in."""


@dataclass(frozen=True)
class Filing:
    """Who hands in, who review, and who makes the paper of a plan as it was on that instant."""

    company: Actor
    reviewer: Actor
    colleague: Actor
    """Approves too, where the catalogue asks for two."""
    paper: Callable[[Plan, datetime], bytes]


def moment(today: date, days_ago: int, hour: int = 10, minute: int = 0) -> datetime:
    """A Dutch clock time, so many days ago."""
    return datetime.combine(today - timedelta(days=days_ago), time(hour, minute), clock.AMSTERDAM)


def upload(name: str, data: bytes) -> FileStorage:
    """A file as a form would bring it."""
    incoming = store().receive(LIMIT)
    incoming.write(data)
    return FileStorage(stream=incoming, filename=name)  # type: ignore[arg-type] # a form parser hands over the same


def carry_out(filing: Filing, plan: Plan, today: date, document_id: UUID | None = None) -> None:
    """Let a plan happen, and what follows it."""
    with clock.moved_to(moment(today, plan.days_ago)), db.transaction():
        version = _hand_in(filing, plan, document_id)
        if plan.until is State.CHECKING:
            version.begin_checking()  # and the job stopped there: another run takes it up
    if plan.until not in (State.DRAFT, State.SUBMITTED, State.CHECKING):
        with clock.moved_to(moment(today, plan.days_ago, minute=1)):
            verification.check(version.id)
        with clock.moved_to(moment(today, plan.days_ago, hour=15)), db.transaction():
            _conclude(filing, plan, version)
    if plan.then:
        carry_out(filing, plan.then, today, version.document_id)


def review(version_id: UUID, *reviewers: Actor) -> None:
    """Reviewers approve with the facts as submitted, one after another for as long as one is asked for."""
    version = db.session.get_one(Version, version_id, populate_existing=True)
    for reviewer in reviewers:
        if version.state is State.IN_REVIEW:
            verification.approve(reviewer, version_id, facts=version.facts(FactSource.SUBMITTED) or {})


def _hand_in(filing: Filing, plan: Plan, document_id: UUID | None) -> Version:
    file = upload(f"{plan.kind}.pdf", filing.paper(plan, clock.now())) if plan.has_file else None
    if document_id:
        effective_on = clock.today() if plan.relation is Relation.CHANGE else None
        version = documents.succeed(
            filing.company, document_id, relation=plan.relation, upload=file, effective_on=effective_on
        )
    else:
        version = documents.draft(filing.company, kind=plan.kind, upload=file, title=plan.title)
    if file:
        file.close()
    return version if plan.until is State.DRAFT else documents.submit(filing.company, version.id, facts=plan.facts)


def _conclude(filing: Filing, plan: Plan, version: Version) -> None:
    if plan.until is State.RETURNED:
        verification.send_back(filing.reviewer, version.id, reason=plan.reason)
    elif plan.until in (State.APPROVED, State.WITHDRAWN):
        review(version.id, filing.reviewer, filing.colleague)
    if plan.until is State.WITHDRAWN:
        documents.withdraw(filing.company, version.document_id)
