"""Reminding companies of what ends: one digest a company a day, and no step of the calendar twice."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.catalogue.rules import Shape
from depot.catalogue.service import catalogue
from depot.core import db
from depot.core.i18n import Text, _, n_, speaking
from depot.documents import queries as documents
from depot.documents.models import Document, Relation, State, Version
from depot.mail import service as mail
from depot.reminders import queries, rules
from depot.reminders.models import Digest, ReminderStep

BATCH = 50
"""Companies whose dossiers are read at once; the number of queries a batch does not grow with their documents."""

BEHIND = timedelta(days=60)
"""How long after its end a document is still looked at: the weekly steps, and a few days in which the depot was down."""

HANDED_IN = frozenset({State.SUBMITTED, State.CHECKING, State.IN_REVIEW})

Item = tuple[rules.Step, Version]


def send_due(actor: Actor, day: date) -> dict[str, int]:
    """Write the digests that are due on a day, each company's in a unit of work of its own; gives how many, and of what.

    A company that nobody can be written for keeps its steps until somebody can; what comes due after a company's digest
    of the day waits for the next day.
    """
    authorize(actor, Action.REMINDERS_SEND)
    furthest = max((days for kind in catalogue().kinds.values() for days in kind.reminders), default=0)
    with db.transaction(write=False):
        companies = queries.companies_with_ends(day - BEHIND, day + timedelta(days=furthest))
    figures = {"digests": 0, "documents": 0, "unreachable": 0, "waiting": 0}
    for start in range(0, len(companies), BATCH):
        for company_id, items in _due(day, companies[start : start + BATCH]).items():
            try:
                with db.transaction():
                    outcome = _write(actor, company_id, day, items)
            except IntegrityError:
                outcome = "waiting"  # another process wrote this company's digest at the same moment
            figures[outcome] += 1
            figures["documents"] += len(items) if outcome == "digests" else 0
    return figures


def _due(day: date, companies: Sequence[UUID]) -> dict[UUID, list[Item]]:
    with db.transaction(write=False):
        dossiers = documents.of_companies(companies)
        log = queries.log(companies)
    versions = {row.id: version for row in dossiers if (version := _last_to_end(row)) is not None}
    found: dict[UUID, list[Item]] = defaultdict(list)
    for step in rules.due(day, _evidence(dossiers, versions), log):
        version = versions[step.document_id]
        found[version.document.company_id].append((step, version))
    return found


def _last_to_end(document: Document) -> Version | None:
    """The approved version that ends last; a correction or change took the place of the one before it."""
    standing: list[Version] = []
    for version in document.versions:
        if version.state is State.APPROVED:
            if version.relation in (Relation.CORRECTION, Relation.CHANGE):
                del standing[-1:]
            standing.append(version)
    return max(standing, key=_end, default=None)


def _end(version: Version) -> date:
    return version.next_due_on or date.max


def _evidence(dossiers: Sequence[Document], versions: dict[UUID, Version]) -> list[rules.Evidence]:
    lines: dict[tuple[UUID, str], list[Document]] = defaultdict(list)
    for row in dossiers:
        lines[row.company_id, row.kind].append(row)
    found = []
    for row in dossiers:
        kind, version = catalogue().kinds.get(row.kind), versions.get(row.id)
        if kind is None or version is None or version.next_due_on is None:
            continue
        # What covers a period (a policy, a mark) is renewed in itself; of what is dated, a newer one of the kind will do.
        line = [row] if kind.axis.shape is Shape.PERIOD else lines[row.company_id, row.kind]
        has_successor = any(
            any(other.state in HANDED_IN for other in candidate.versions)
            or (candidate.id in versions and _end(versions[candidate.id]) > version.next_due_on)
            for candidate in line
        )
        found.append(rules.Evidence(row.id, version.next_due_on, kind.reminders, has_successor))
    return found


def _write(actor: Actor, company_id: UUID, day: date, items: list[Item]) -> str:
    """Digest, steps and mails stand or fall together."""
    people = accounts.people(company_id, Role.COMPANY_ADMIN, Role.COMPANY_MEMBER)
    if not people:
        return "unreachable"
    if queries.has_digest(company_id, day):
        return "waiting"
    digest = Digest(company_id=company_id, day=day)
    db.session.add(digest)
    for step, _version in items:
        for number in (step.step, *step.passed_over):
            db.session.add(ReminderStep(document_id=step.document_id, end_date=step.end_date, step=number))
    db.session.flush()
    audit.record(
        actor, Action.REMINDERS_SEND, digest, about=company_id, documents=[str(step.document_id) for step, _ in items]
    )
    for person in people:
        with speaking(person.locale):
            lines = [_line(day, step, version) for step, version in items]
        mail.write(
            person,
            "digest",
            dedupe_key=f"digest:{company_id}:{day}:{person.id}",
            company=items[0][1].document.company.legal_name,
            items=lines,
        )
    return "digests"


def _line(day: date, step: rules.Step, version: Version) -> dict[str, Any]:
    document = version.document
    return {
        "title": document.title,
        "kind": str(catalogue().kinds[document.kind].name),
        "ending": str(ending(day, step.end_date, is_validity=version.valid_until == step.end_date)),
        "document_id": str(document.id),
    }


def ending(day: date, end: date, *, is_validity: bool) -> Text:
    """How the end looks from a day: of validity, or only the day by which a newer document is expected."""
    days = (end - day).days
    if not is_validity and days >= 0:
        return _("wij verwachten een nieuwe versie uiterlijk op %(day)s", day=end)
    if not is_validity:
        return _("wij verwachten een nieuwe versie sinds %(day)s", day=end)
    if days > 0:
        return n_(
            "geldig tot en met %(day)s, nog %(num)s dag",
            "geldig tot en met %(day)s, nog %(num)s dagen",
            num=days,
            day=end,
        )
    if days == 0:
        return _("vandaag, %(day)s, is de laatste geldige dag", day=end)
    return n_(
        "niet meer geldig: %(day)s was de laatste dag, %(num)s dag geleden",
        "niet meer geldig: %(day)s was de laatste dag, %(num)s dagen geleden",
        num=-days,
        day=end,
    )
