"""The digest of a municipality: what changed at the companies that take part in its open tenders.

It tells what the municipality may see anyway: kinds of document and how they stand, of participants it knows. Of a tender
whose bids are still closed it tells nothing, not even a number: that anything changed would tell that somebody takes part.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from depot.access import Action, Actor, Role, authorize
from depot.audit import service as audit
from depot.catalogue.rules import Shape
from depot.catalogue.service import catalogue
from depot.companies.models import RegisterLook
from depot.core import clock, db
from depot.core.i18n import Text, _, speaking
from depot.documents import queries as documents
from depot.documents.models import Document, Lapse, State, Version
from depot.mail import service as mail
from depot.reminders import recipients, unsubscribing
from depot.reminders.models import NoticeKind
from depot.reminders.recipients import Recipient
from depot.tenders import language, queries
from depot.tenders.models import Participation, ParticipationState, Tender
from depot.tenders.needs import OVER, UNDER_WAY, kinds_of
from depot.verification.models import Decision, Review

IN_PLAY = UNDER_WAY | {ParticipationState.AWARDED}
SETTLED = timedelta(minutes=5)
"""What is younger waits for the next digest: a unit of work that began before we read may not have ended yet."""
SHOWN = 40
"""Changes that are named for each tender."""


class What(StrEnum):
    """What can change, in the order in which it is told."""

    ENDED = "ended"
    REVOKED = "revoked"
    LAPSED = "lapsed"
    APPROVED = "approved"


@dataclass(frozen=True)
class Change:
    """Something that happened to a company, about a kind of document unless it is the company itself."""

    company_id: UUID
    what: What
    at: datetime
    kind: str = ""

    @property
    def text(self) -> Text:
        """What is told of it."""
        match self.what:
            case What.ENDED:
                return _("staat niet meer ingeschreven in het Handelsregister")
            case What.REVOKED:
                return _("goedkeuring ingetrokken: %(kind)s", kind=self._kind)
            case What.LAPSED:
                return _("niet meer geldig: %(kind)s", kind=self._kind)
            case What.APPROVED:
                return _("nieuw goedgekeurd: %(kind)s", kind=self._kind)

    @property
    def _kind(self) -> str:
        return str(catalogue().kinds[self.kind].name)


@dataclass(frozen=True)
class Seat:
    """A company in a participation: from when on the municipality may know it, and the kinds that it is asked for."""

    tender: Tender
    company_id: UUID
    name: str
    known_from: datetime
    kinds: frozenset[str]


def send_due(actor: Actor, day: date) -> dict[str, int]:
    """Write to each buyer, at most once a day, what changed since the last time; nothing when nothing did."""
    authorize(actor, Action.REMINDERS_SEND)
    until = clock.now() - SETTLED
    with db.transaction(write=False):
        due = [each for each in recipients.of(NoticeKind.CHANGES, day, Role.BUYER) if each.is_due(day)]
    figures = {"digests": 0}
    by_municipality: dict[UUID, list[Recipient]] = defaultdict(list)
    for recipient in due:
        by_municipality[recipient.organisation.id].append(recipient)
    for municipality_id, buyers in by_municipality.items():
        with db.transaction(write=False):
            seats = _seats(municipality_id)
            changes = _changes(seats, min(map(_told_until, buyers)), until)
        for recipient in buyers:
            figures["digests"] += _write(actor, recipient, day, until, _told(recipient, seats, changes))
    return figures


def _seats(municipality_id: UUID) -> list[Seat]:
    """Who takes part, was not turned down, and is known to the municipality, in its tenders that go on."""
    found = select(Tender).where(Tender.municipality_id == municipality_id, Tender.state.not_in(OVER))
    open_tenders = {row.id: row for row in db.session.scalars(found).unique() if row.is_opened}
    asked = {
        row.id: language.parse(queries.requirement_set(row).rules, catalogue().kinds) for row in open_tenders.values()
    }
    return [
        Seat(
            row.tender,
            party.company_id,
            party.company.legal_name,
            _known_from(row),
            kinds_of(asked[row.tender_id], party),
        )
        for row in queries.in_tenders(list(open_tenders))
        if row.state in IN_PLAY
        for party in row.parties
        if party.counts
    ]


def _known_from(row: Participation) -> datetime:
    """When the municipality could first see who it is: in an open house at once, elsewhere once nobody can come in any more."""
    if row.tender.is_continuous and row.submitted_at:
        return row.submitted_at
    return row.tender.joins_until


def _told_until(recipient: Recipient) -> datetime:
    """The instant up to which somebody was told; who never was is told from the first day at the municipality on."""
    return recipient.told_until or datetime.combine(recipient.member_since, time(), tzinfo=clock.AMSTERDAM)


def _changes(seats: Sequence[Seat], since: datetime, until: datetime) -> dict[UUID, list[Change]]:
    """By company what happened between two instants."""
    companies = sorted({seat.company_id for seat in seats})
    kinds = sorted(frozenset().union(*(seat.kinds for seat in seats)))
    found: dict[UUID, list[Change]] = {id: [] for id in companies}
    for change in (
        *_decided(companies, kinds, since, until),
        *_lapsed(companies, kinds, since, until),
        *_ended(companies, since, until),
    ):
        found[change.company_id].append(change)
    return found


def _decided(companies: Sequence[UUID], kinds: Sequence[str], since: datetime, until: datetime) -> Iterable[Change]:
    """First approvals of versions that still stand, and revocations; a regular look that found all in order changes nothing."""
    earlier = aliased(Review)
    is_again = exists().where(
        earlier.version_id == Review.version_id, earlier.id < Review.id, earlier.decision == Decision.APPROVED
    )
    found = (
        select(Document.company_id, Document.kind, Review.decision, Review.at)
        .join(Version, Version.id == Review.version_id)
        .join(Document, Document.id == Version.document_id)
        .where(
            Document.company_id.in_(companies),
            Document.kind.in_(kinds),
            Review.at > since,
            Review.at <= until,
            ((Review.decision == Decision.APPROVED) & (Version.state == State.APPROVED) & ~is_again)
            | (Review.decision == Decision.REVOKED),
        )
    )
    for row in db.session.execute(found):
        yield Change(row[0], What.APPROVED if row[2] is Decision.APPROVED else What.REVOKED, row[3], row[1])


def _lapsed(companies: Sequence[UUID], kinds: Sequence[str], since: datetime, until: datetime) -> Iterable[Change]:
    """Versions that ended and have no successor; of what is dated, a newer document of the kind is one."""
    going_on = documents.counting(clock.today()).where(Document.company_id.in_(companies))
    standing = db.session.execute(
        going_on.with_only_columns(Document.company_id, Document.kind, Document.id).order_by(None)
    ).all()
    of_kind, of_document = {(row[0], row[1]) for row in standing}, {row[2] for row in standing}
    found = (
        select(Document.company_id, Document.kind, Document.id, Lapse.at)
        .join(Version, Version.id == Lapse.version_id)
        .join(Document, Document.id == Version.document_id)
        .where(
            Document.company_id.in_(companies),
            Document.kind.in_(kinds),
            Version.state == State.APPROVED,
            Lapse.at > since,
            Lapse.at <= until,
        )
    )
    for company_id, kind, document_id, at in db.session.execute(found):
        is_period = catalogue().kinds[kind].axis.shape is Shape.PERIOD
        if document_id not in of_document and (is_period or (company_id, kind) not in of_kind):
            yield Change(company_id, What.LAPSED, at, kind)


def _ended(companies: Sequence[UUID], since: datetime, until: datetime) -> Iterable[Change]:
    """Companies that the trade register no longer has as registered."""
    found = select(RegisterLook).where(
        RegisterLook.company_id.in_(companies),
        RegisterLook.is_flagged,
        RegisterLook.at > since,
        RegisterLook.at <= until,
    )
    for look in db.session.scalars(found):
        if any(item["field"] == "registration" for item in look.differences):
            yield Change(look.company_id, What.ENDED, look.at)


def _told(
    recipient: Recipient, seats: Sequence[Seat], changes: Mapping[UUID, Sequence[Change]]
) -> list[tuple[Tender, list[tuple[str, Change]]]]:
    """By tender the company's name and the change, of what happened since the recipient was told and the company known."""
    last = _told_until(recipient)
    found: dict[UUID, tuple[Tender, dict[tuple[str, What, str], tuple[str, Change]]]] = {}
    for seat in seats:
        for change in changes[seat.company_id]:
            if change.at > max(last, seat.known_from) and (not change.kind or change.kind in seat.kinds):
                _tender, lines = found.setdefault(seat.tender.id, (seat.tender, {}))
                lines[seat.name, change.what, change.kind] = (seat.name, change)
    order = list(What)
    return [
        (tender, sorted(lines.values(), key=lambda line: (order.index(line[1].what), line[0].lower(), line[1].kind)))
        for tender, lines in found.values()
    ]


def _write(
    actor: Actor, recipient: Recipient, day: date, until: datetime, told: list[tuple[Tender, list[tuple[str, Change]]]]
) -> int:
    """Turn and mail stand or fall together."""
    user, organisation = recipient.user, recipient.organisation
    with speaking(user.locale):
        tenders: list[dict[str, Any]] = [
            {
                "title": tender.title,
                "tender_id": str(tender.id),
                "lines": [f"{name}: {change.text}" for name, change in lines[:SHOWN]],
                "more": max(0, len(lines) - SHOWN),
            }
            for tender, lines in told
        ]
    try:
        with db.transaction():
            is_turn = recipients.take_turn(user.id, organisation.id, NoticeKind.CHANGES, day, until=until)
            if not is_turn or not told:
                return 0
            audit.record(actor, Action.REMINDERS_SEND, user, tenders=[str(tender.id) for tender, _lines in told])
            mail.write(
                user,
                "changes",
                dedupe_key=f"changes:{organisation.id}:{day}:{user.id}",
                unsubscribe=unsubscribing.address(user.id, organisation.id, unsubscribing.Sort.DIGEST),
                municipality=organisation.name,
                count=sum(len(lines) for _tender, lines in told),
                tenders=tenders,
            )
    except IntegrityError:
        return 0  # another process wrote it at the same moment
    return 1
