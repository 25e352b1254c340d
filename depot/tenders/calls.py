"""Whom a municipality asks to take part: by invitation in rounds, preferred suppliers first, and after an external procedure."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, or_, select

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.accounts.models import Organisation, OrganisationKind, OrganisationState
from depot.audit import service as audit
from depot.companies.models import Company
from depot.core import clock, db
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.i18n import _
from depot.mail import service as mail
from depot.tenders import queries
from depot.tenders.models import UNDECIDED, CallInvitation, Procedure, Tender, TenderState

ASKING = frozenset({Procedure.INVITATION, Procedure.EXTERNAL})
"""The procedures in which the municipality names companies."""

LIMIT = 20


def index(actor: Actor, tender: Tender) -> Sequence[CallInvitation]:
    """Whom the municipality asked in one of its tenders, by round and name."""
    authorize(actor, Action.TENDER_READ, tender.municipality_id)
    found = select(CallInvitation).join(Company).where(CallInvitation.tender_id == tender.id)
    return db.session.scalars(found.order_by(CallInvitation.round, func.lower(Company.legal_name))).unique().all()


def own(actor: Actor, tender: Tender) -> CallInvitation | None:
    """The invitation of the actor's own company, once it was sent."""
    return db.session.scalar(
        select(CallInvitation).where(
            CallInvitation.tender_id == tender.id,
            CallInvitation.company_id == actor.organisation_id,
            CallInvitation.sent_at.is_not(None),
        )
    )


def search(actor: Actor, tender: Tender, words: str) -> Sequence[Company]:
    """Active companies to ask: by part of the name those in the public list, by KvK number any one; at most `LIMIT`."""
    authorize(actor, Action.TENDER_INVITE, tender.municipality_id)
    if not words.strip():
        return []
    bare = words.strip().lower()
    is_named = Company.is_listed & func.lower(Company.legal_name).contains(bare, autoescape=True)
    found = (
        select(Company)
        .join(Company.organisation)
        .where(
            Organisation.kind == OrganisationKind.COMPANY,
            Organisation.state == OrganisationState.ACTIVE,
            or_(is_named, Organisation.kvk_number == bare),
        )
        .order_by(func.lower(Company.legal_name), Company.organisation_id)
    )
    return db.session.scalars(found.limit(LIMIT)).unique().all()


def invite(actor: Actor, tender_id: UUID, *, kvk_number: str, round: str = "1") -> CallInvitation:
    """Name a company; it hears of it at publication, or at once when its round was sent before."""
    tender = _askable(actor, tender_id)
    organisation = accounts.organisation_by_kvk(kvk_number)
    company = db.session.get(Company, organisation.id) if organisation else None
    if company is None or company.organisation.state is not OrganisationState.ACTIVE:
        said = _("Geen bedrijf in het depot heeft dit nummer. Vraag het bedrijf zich eerst aan te melden.")
        raise Invalid(_("Niet alles is goed ingevuld."), {"kvkNummer": [said]})
    rows = index(actor, tender)
    if any(row.company_id == company.organisation_id for row in rows):
        raise Conflict(_("Dit bedrijf staat al op de lijst."), {"kvkNummer": [_("Dit bedrijf staat al op de lijst.")]})
    is_external = tender.procedure == Procedure.EXTERNAL
    row = CallInvitation(
        tender_id=tender.id, company_id=company.organisation_id, round=1 if is_external else int(round)
    )
    db.session.add(row)
    db.session.flush()
    db.session.refresh(row)
    audit.record(actor, Action.TENDER_INVITE, row, about=row.company_id, tender=str(tender.id), round=row.round)
    sent = {item.round for item in rows if item.sent_at}
    if tender.state is not TenderState.DRAFT and (is_external or row.round in sent):
        _send(actor, tender, [row])
    return row


def take_off(actor: Actor, tender_id: UUID, invitation_id: UUID) -> None:
    """Take a company off the list again, as long as it has not heard of it."""
    tender = _askable(actor, tender_id)
    row = next((item for item in index(actor, tender) if item.id == invitation_id), None)
    if row is None:
        raise NotFound(_("Deze uitnodiging bestaat niet."))
    if row.sent_at is not None:
        raise Conflict(_("Deze uitnodiging is al verstuurd."))
    audit.record(actor, Action.TENDER_INVITE, row, about=row.company_id, tender=str(tender.id), taken_off=True)
    db.session.delete(row)
    db.session.flush()


def send_first(actor: Actor, tender: Tender) -> None:
    """At publication tell the first round; a tender by invitation needs one."""
    rows = index(actor, tender)
    if not rows and tender.procedure == Procedure.INVITATION:
        raise Conflict(_("Nodig eerst minstens één bedrijf uit."))
    if rows:
        _send(actor, tender, _of_round(rows, min(row.round for row in rows)))


def send_next(actor: Actor, tender_id: UUID) -> Sequence[CallInvitation]:
    """Tell the next round, also when not all of the last one declined."""
    tender = _askable(actor, tender_id)
    if tender.state is TenderState.DRAFT:
        raise Conflict(_("De eerste ronde wordt verstuurd als u publiceert."))
    sent = _next_round(actor, tender)
    if not sent:
        raise Conflict(_("Er is geen volgende ronde. Zet eerst bedrijven op de lijst."))
    return sent


def decline(actor: Actor, tender_id: UUID) -> CallInvitation:
    """Say no to an invitation; when everybody who was asked said so, the next round is told."""
    tender = queries.get(actor, tender_id)
    authorize(actor, Action.PARTICIPATION_WRITE)
    row = own(actor, tender)
    if row is None:
        raise NotFound(_("U bent niet uitgenodigd voor deze aanbesteding."))
    if row.declined_at is not None:
        raise Conflict(_("U hebt deze uitnodiging al afgeslagen."))
    taking_part = queries.own_participation(actor, tender)
    if taking_part is not None and taking_part.state in UNDECIDED:
        raise Conflict(_("U doet mee aan deze aanbesteding. Trek u eerst terug."))
    if tender.is_over or (taking_part is not None and taking_part.decided_at is not None):
        raise Conflict(_("Over deze aanbesteding is al besloten."))
    row.declined_at = clock.now()
    audit.record(actor, Action.PARTICIPATION_WRITE, row, about=row.company_id, declined=True)
    asked = db.session.scalars(
        select(CallInvitation).where(CallInvitation.tender_id == tender.id, CallInvitation.sent_at.is_not(None))
    )
    if tender.is_open and all(item.declined_at is not None for item in asked.unique()):
        _next_round(actor, tender)
    return row


def awaited(tender: Tender) -> Sequence[CallInvitation]:
    """Who was asked and did not decline, as long as a company that was asked can come in."""
    if not _can_come_in(tender):
        return []
    found = select(CallInvitation).where(
        CallInvitation.tender_id == tender.id,
        CallInvitation.sent_at.is_not(None),
        CallInvitation.declined_at.is_(None),
    )
    return db.session.scalars(found.order_by(CallInvitation.id)).unique().all()


def _can_come_in(tender: Tender) -> bool:
    """Whether it is not too late for who is asked: in an external tender they can answer until the papers are due."""
    is_external_in_time = tender.procedure == Procedure.EXTERNAL and clock.now() < tender.evidence_until
    return not tender.is_over and (tender.is_open or is_external_in_time)


def _askable(actor: Actor, tender_id: UUID) -> Tender:
    tender = queries.get(actor, tender_id)
    authorize(actor, Action.TENDER_INVITE, tender.municipality_id)
    if tender.procedure not in ASKING:
        raise Conflict(_("Bij deze procedure nodigt u geen bedrijven uit."))
    if tender.state is not TenderState.DRAFT and not _can_come_in(tender):
        raise Conflict(_("Deze aanbesteding is gesloten. Uitnodigen kan niet meer."))
    return tender


def _next_round(actor: Actor, tender: Tender) -> Sequence[CallInvitation]:
    found = select(CallInvitation).where(CallInvitation.tender_id == tender.id, CallInvitation.sent_at.is_(None))
    rows = db.session.scalars(found).unique().all()
    if not rows:
        return []
    return _send(actor, tender, _of_round(rows, min(row.round for row in rows)))


def _of_round(rows: Iterable[CallInvitation], number: int) -> list[CallInvitation]:
    return [row for row in rows if row.round == number]


def _send(actor: Actor, tender: Tender, rows: Sequence[CallInvitation]) -> Sequence[CallInvitation]:
    for row in rows:
        row.sent_at = clock.now()
        audit.record(actor, Action.TENDER_INVITE, row, about=row.company_id, tender=str(tender.id), sent=True)
        for person in accounts.people(row.company_id, Role.COMPANY_ADMIN):
            mail.write(
                person,
                "call_invitation",
                dedupe_key=f"call:{row.id}:{person.id}",
                company=row.company.legal_name,
                tender=tender.title,
                municipality=tender.municipality.name,
                is_external=tender.procedure == Procedure.EXTERNAL,
                until=(
                    tender.evidence_until if tender.procedure == Procedure.EXTERNAL else tender.closes_at
                ).isoformat(),
                tender_id=str(tender.id),
            )
    return rows
