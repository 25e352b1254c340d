"""The monthly statement of a company's dossier: what counts until when, what waits, what is missing, what ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.exc import IntegrityError

from depot.access import Action, Actor, Role, authorize
from depot.accounts.models import Membership, Organisation, OrganisationState, User
from depot.audit import service as audit
from depot.catalogue.rules import STATUS_NAMES, Shape, Status
from depot.core import clock, db
from depot.core.i18n import Text, _, speaking
from depot.core.workdays import first_office_day, is_workday
from depot.documents import queries as documents
from depot.documents.models import PENDING, STATE_NAMES, Document, State
from depot.mail import service as mail
from depot.reminders import recipients, unsubscribing
from depot.reminders.models import Notice, NoticeKind, Preference
from depot.tenders.holdings import Line, lines, missing_kinds

BATCH = 50
"""Companies whose dossiers are read at once."""

WAITING = PENDING | {State.RETURNED, State.REVOKED}

WRITTEN_TO = (Role.COMPANY_ADMIN, Role.COMPANY_MEMBER)

Addressee = tuple[User, Organisation]


def send_due(actor: Actor, day: date) -> dict[str, int]:
    """Write the statements of a day's month, on workdays from its first office day on; whoever has it gets no other.

    Each is in a unit of work of its own, so that a crash leaves out nobody for good.
    """
    authorize(actor, Action.REMINDERS_SEND)
    figures = {"statements": 0}
    if day < first_office_day(day) or not is_workday(day):
        return figures
    with db.transaction(write=False):
        waiting = _waiting(day)
    companies = list(dict.fromkeys(organisation.id for _user, organisation in waiting))
    for start in range(0, len(companies), BATCH):
        chosen = companies[start : start + BATCH]
        with db.transaction(write=False):
            dossiers = _dossiers(chosen)
        for user, organisation in waiting:
            if organisation.id in dossiers:
                figures["statements"] += _write(actor, user, organisation, dossiers[organisation.id], day)
    return figures


def _waiting(day: date) -> list[Addressee]:
    """Who did not have this month's, wants it, was there when it was due, and has a dossier to be told of."""
    has_it = exists().where(_of_pair(Notice), Notice.kind == NoticeKind.STATEMENT, Notice.day >= day.replace(day=1))
    refuses = exists().where(_of_pair(Preference), Preference.wants_statement.is_(False))
    has_documents = exists().where(Document.company_id == Organisation.id, documents.IS_KNOWN)
    found = (
        select(User, Organisation)
        .join(Membership, Membership.user_id == User.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            User.is_active,
            Organisation.state == OrganisationState.ACTIVE,
            Membership.role.in_(WRITTEN_TO),
            Membership.from_day <= first_office_day(day),
            or_(Membership.until_day.is_(None), Membership.until_day >= day),
            ~has_it,
            ~refuses,
            has_documents,
        )
        .order_by(Organisation.id, User.email)
    )
    return [(row[0], row[1]) for row in db.session.execute(found)]


def _of_pair(table: type[Notice] | type[Preference]) -> ColumnElement[bool]:
    return and_(table.user_id == User.id, table.organisation_id == Organisation.id)


def _dossiers(company_ids: Sequence[UUID]) -> dict[UUID, list[Line]]:
    found: dict[UUID, list[Line]] = {id: [] for id in company_ids}
    for line in lines(documents.of_companies(company_ids)):
        if not line.is_withdrawn:
            found[line.document.company_id].append(line)
    return found


def _write(actor: Actor, user: User, organisation: Organisation, dossier: Sequence[Line], day: date) -> int:
    """Turn and mail stand or fall together."""
    month = day.replace(day=1)
    with speaking(user.locale):
        parts = told(dossier)
    try:
        with db.transaction():
            if not recipients.take_turn(user.id, organisation.id, NoticeKind.STATEMENT, month, until=clock.now()):
                return 0
            audit.record(actor, Action.REMINDERS_SEND, user, about=organisation.id, statement=str(month))
            mail.write(
                user,
                "statement",
                dedupe_key=f"statement:{organisation.id}:{month:%Y-%m}:{user.id}",
                unsubscribe=unsubscribing.address(user.id, organisation.id, unsubscribing.Sort.STATEMENT),
                company=organisation.name,
                day=day.isoformat(),
                counting=parts.counting,
                ended=parts.ended,
                waiting=parts.waiting,
                missing=parts.missing,
            )
    except IntegrityError:
        return 0  # another process wrote it at the same moment
    return 1


@dataclass(frozen=True)
class Parts:
    """What a statement tells, as JSON: lists of documents with their standing, and the names of kinds that are missing."""

    counting: list[dict[str, str]]
    ended: list[dict[str, str]]
    waiting: list[dict[str, str]]
    missing: list[str]


def told(dossier: Sequence[Line]) -> Parts:
    """What the statement says of a dossier, in the words of the reader's language; the nearest end comes first."""
    counting = [line for line in dossier if line.validity not in (Status.MISSING, Status.EXPIRED)]
    going_on = {line.kind.code for line in counting if line.kind.axis.shape is not Shape.PERIOD}
    # Of what is dated a newer one of the kind will do; what covers a period is renewed in itself.
    ended = [line for line in dossier if line.validity is Status.EXPIRED and line.kind.code not in going_on]
    waiting = [line for line in dossier if line.latest.state in WAITING]
    return Parts(
        counting=[_item(line, _standing(line)) for line in sorted(counting, key=_order)],
        ended=[_item(line, _since(line)) for line in sorted(ended, key=_order)],
        waiting=[_item(line, STATE_NAMES[line.latest.state]) for line in waiting],
        missing=[str(kind.name) for kind in missing_kinds(dossier)],
    )


def _item(line: Line, standing: Text) -> dict[str, str]:
    document = line.document
    return {
        "title": document.title,
        "kind": str(line.kind.name),
        "standing": str(standing),
        "document_id": str(document.id),
    }


def _end(line: Line) -> date | None:
    """The last valid day, or the day by which a newer one is expected."""
    return line.counting.next_due_on or line.counting.valid_until if line.counting else None


def _order(line: Line) -> tuple[date, str, UUID]:
    return _end(line) or date.max, line.kind.code, line.document.id


def _standing(line: Line) -> Text:
    end = _end(line)
    if line.validity not in (Status.VALID, Status.EXPIRING):
        return STATUS_NAMES[line.validity]
    if line.counting is None or end is None:
        return _("geldig, zonder einddatum")
    if end == line.counting.valid_until:
        return _("geldig tot en met %(day)s", day=end)
    return _("geldig; wij verwachten een nieuwe versie uiterlijk op %(day)s", day=end)


def _since(line: Line) -> Text:
    end = line.counting.valid_until if line.counting else None
    return _("niet meer geldig: %(day)s was de laatste dag", day=end) if end else STATUS_NAMES[line.validity]
