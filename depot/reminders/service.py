"""Reminding companies of what ends: no step of the calendar twice, and one digest a person a day."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.accounts.models import User
from depot.core import db
from depot.documents import queries as documents
from depot.documents.models import Document, Version
from depot.mail import addresses
from depot.reminders import calendars, digests, queries, rules
from depot.reminders.models import DigestLine, ReminderStep

READERS = (Role.COMPANY_ADMIN, Role.COMPANY_MEMBER)


def send_due(actor: Actor, day: date) -> dict[str, int]:
    """Take up the steps that are due on a day and write the digests, each company's in a unit of work of its own.

    Gives how many mails were written, of how many documents a step was taken up, how many people hear later, and how many
    companies nobody can be written for: those keep their steps until somebody can. Run twice, or by two processes at once,
    it does the same as once.
    """
    authorize(actor, Action.REMINDERS_SEND)
    with db.transaction(write=False):
        companies = queries.companies_due(day)
    figures = Counter({"digests": 0, "documents": 0, "unreachable": 0, "waiting": 0})
    for company_id in companies:
        try:
            with db.transaction():
                figures.update(_remind(actor, company_id, day))
        except IntegrityError:
            figures["waiting"] += 1  # another process wrote to this company at the same moment
        db.session.expunge_all()
    return dict(figures)


def reachable(company_id: UUID) -> Sequence[User]:
    """Who of a company is reminded: the people who can hand something in, at addresses where mail arrives."""
    people = accounts.people(company_id, *READERS)
    silent = addresses.undeliverable([person.email for person in people])
    return [person for person in people if person.email not in silent]


def _remind(actor: Actor, company_id: UUID, day: date) -> Mapping[str, int]:
    """Steps, lines, digests and mails stand or fall together."""
    held = queries.hold_due(company_id, day)
    people = reachable(company_id)
    if not people:
        return {"unreachable": 1}
    dossier = documents.of_companies([company_id])
    endings = calendars.of(dossier)
    steps = rules.due(day, [ending.evidence for ending in endings.values()], queries.log(endings))
    _take_up(steps, company_id, people, day)
    _look_next(dossier, endings, held, steps, day)
    written, waiting = digests.write(actor, company_id, day, people, endings)
    return {"documents": len(steps), "digests": written, "waiting": waiting}


def _take_up(steps: Sequence[rules.Step], company_id: UUID, people: Sequence[User], day: date) -> None:
    """Record the steps, and that everybody is to hear of each."""
    for step in steps:
        row = ReminderStep(document_id=step.document_id, end_date=step.end_date, step=step.step, day=day)
        over = [
            ReminderStep(
                document_id=step.document_id, end_date=step.end_date, step=number, day=day, is_passed_over=True
            )
            for number in step.passed_over
        ]
        db.session.add_all([row, *over])
        db.session.flush()
        db.session.add_all(
            DigestLine(step_id=row.id, recipient_id=person.id, company_id=company_id) for person in people
        )
    db.session.flush()


def _look_next(
    dossier: Sequence[Document],
    endings: Mapping[UUID, calendars.Ending],
    held: Collection[UUID],
    steps: Sequence[rules.Step],
    day: date,
) -> None:
    """Say when each version is looked at next; what waits stays due, so that it goes on as soon as it no longer waits."""
    stepped = {step.document_id for step in steps}
    found: dict[date | None, list[UUID]] = defaultdict(list)
    for row in dossier:
        ending = endings.get(row.id)
        for version in row.versions:
            is_last = ending is not None and ending.version is version
            if version.id not in held and not (is_last and row.id in stepped):
                continue
            if not is_last or ending is None:
                found[None].append(version.id)
            elif not ending.evidence.waits(day):
                found[rules.next_on(day, ending.evidence)].append(version.id)
    for next_on, ids in found.items():
        # Past the guard of the row: when it is looked at is no change of the version.
        table = update(Version).where(Version.id.in_(ids)).values(reminder_due_on=next_on)
        db.session.execute(table.execution_options(synchronize_session=False))
