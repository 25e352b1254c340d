"""Reads of tenders and participations; each starts at what the actor may see."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select

from depot.access import Action, Actor, authorize, may
from depot.accounts.models import Organisation
from depot.companies.models import Company
from depot.core import db
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.tenders.models import (
    UNDECIDED,
    Assessment,
    CallInvitation,
    Consent,
    CureWindow,
    Declaration,
    Letter,
    LotOutcome,
    Participation,
    ParticipationState,
    Party,
    PartyRole,
    PartyState,
    Procedure,
    RequirementDecision,
    RequirementSet,
    Tender,
    TenderState,
)

CHOSEN = frozenset({ParticipationState.SELECTED, ParticipationState.AWARDED})
"""In these states of a participation its documents open to the municipality, by way of a bundle."""
NOT_IN = frozenset({ParticipationState.PREPARING, ParticipationState.WITHDRAWN})
"""Who is in one of these states does not take part, and stays unknown to the municipality."""
TAKES_PART = Participation.state.not_in(NOT_IN)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """A municipality sees its own tenders; a company what was published to all, to it as invited, or to it as a party."""
    if may(actor, Action.TENDER_READ):
        return Tender.municipality_id == actor.organisation_id
    if may(actor, Action.TENDER_BROWSE):
        is_for_all = Tender.procedure != Procedure.INVITATION
        is_invited = exists().where(
            CallInvitation.tender_id == Tender.id,
            CallInvitation.company_id == actor.organisation_id,
            CallInvitation.sent_at.is_not(None),
        )
        is_party = exists().where(
            Participation.tender_id == Tender.id,
            Party.participation_id == Participation.id,
            Party.company_id == actor.organisation_id,
        )
        is_invited, is_party = is_invited.correlate(Tender), is_party.correlate(Tender)
        return and_(Tender.state != TenderState.DRAFT, or_(is_for_all, is_invited, is_party))
    return false()


def get(actor: Actor, tender_id: UUID) -> Tender:
    """One tender; NotFound when it is not the actor's to see."""
    row = db.session.scalar(select(Tender).where(Tender.id == tender_id, visible_to(actor)))
    if row is None:
        raise NotFound(_("Deze aanbesteding bestaat niet."))
    return row


def own(actor: Actor, tender_id: UUID) -> Tender:
    """One tender of the actor's municipality."""
    row = get(actor, tender_id)
    authorize(actor, Action.TENDER_READ, row.municipality_id)
    return row


def index(actor: Actor, action: Action) -> Sequence[Tender]:
    """The tenders an actor may see, newest first: to read them as their municipality, or to browse them as a company."""
    authorize(actor, action)
    return db.session.scalars(select(Tender).where(visible_to(actor)).order_by(Tender.id.desc())).all()


def requirement_set(tender: Tender) -> RequirementSet:
    """The set that counts: the latest that was published, and of a draft tender its draft."""
    found = select(RequirementSet).where(RequirementSet.tender_id == tender.id)
    if tender.state is not TenderState.DRAFT:
        found = found.where(RequirementSet.published_at.is_not(None))
    return db.session.scalars(found.order_by(RequirementSet.number.desc()).limit(1)).one()


def newest_set(tender: Tender) -> RequirementSet:
    """The set that its editor works on: the latest, also when it was not published yet."""
    found = select(RequirementSet).where(RequirementSet.tender_id == tender.id)
    return db.session.scalars(found.order_by(RequirementSet.number.desc()).limit(1)).one()


def participations_visible_to(actor: Actor) -> ColumnElement[bool]:
    """A municipality sees who takes part in its own tenders, a company where it takes part itself."""
    is_party = exists().where(
        Party.participation_id == Participation.id,
        Party.company_id == actor.organisation_id,
        Party.state == PartyState.CONFIRMED,
    )
    return Tender.municipality_id == actor.organisation_id if may(actor, Action.TENDER_READ) else is_party


def participation(actor: Actor, participation_id: UUID) -> Participation:
    """One participation, for the municipality that judges it."""
    authorize(actor, Action.TENDER_READ)
    row = db.session.scalar(_participations(actor).where(Participation.id == participation_id))
    if row is None:
        raise NotFound(_("Deze deelnemer bestaat niet."))
    return row


def opened(actor: Actor, participation_id: UUID) -> Participation:
    """One participation as the municipality reads it: bids stay closed until the closing, for everybody at once."""
    row = participation(actor, participation_id)
    if not row.tender.is_opened or row.state in NOT_IN:
        raise NotFound(_("Deze deelnemer bestaat niet."))
    return row


def participations(actor: Actor, tender: Tender) -> Sequence[Participation]:
    """Who takes part in a tender, by name; nobody before the closing, unless they are admitted one by one."""
    if not tender.is_opened:
        return []
    found = _participations(actor).where(Participation.tender_id == tender.id, Participation.state.not_in(NOT_IN))
    rows = db.session.scalars(found).unique().all()
    return sorted(rows, key=lambda row: (row.company.legal_name.lower(), row.id))


def undecided(actor: Actor) -> Mapping[UUID, int]:
    """How many participants each tender of the municipality has that nobody decided about yet."""
    found = (
        select(Participation.tender_id, func.count())
        .join(Participation.tender)
        .where(participations_visible_to(actor), Participation.state.in_(UNDECIDED))
        .group_by(Participation.tender_id)
    )
    return {row[0]: row[1] for row in db.session.execute(found)}


def own_participation(actor: Actor, tender: Tender) -> Participation | None:
    """The actor's own company in a tender."""
    found = _participations(actor).where(
        Participation.tender_id == tender.id, Participation.company_id == actor.organisation_id
    )
    return db.session.scalar(found)


def own_participations(actor: Actor) -> Sequence[Participation]:
    """Where the actor's company takes part."""
    found = _participations(actor).where(Participation.company_id == actor.organisation_id)
    return db.session.scalars(found).unique().all()


def of_tender(tender: Tender, states: Collection[ParticipationState]) -> Sequence[Participation]:
    """Who takes part in a tender and is in one of these states; whom to tell is the caller's right to settle."""
    found = select(Participation).where(Participation.tender_id == tender.id, Participation.state.in_(states))
    return db.session.scalars(found.order_by(Participation.id)).unique().all()


def lot_outcomes(participation_ids: Sequence[UUID]) -> Sequence[LotOutcome]:
    """What was decided about some participations in single lots."""
    found = select(LotOutcome).where(LotOutcome.participation_id.in_(participation_ids))
    return db.session.scalars(found.order_by(LotOutcome.lot)).all()


def outcomes_by_lot(participation_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, LotOutcome]]:
    """The same for each participation by the lot's code; empty where nothing was decided."""
    found: dict[UUID, dict[str, LotOutcome]] = {id: {} for id in participation_ids}
    for item in lot_outcomes(participation_ids) if participation_ids else ():
        found[item.participation_id][item.lot] = item
    return found


def lot_holders(tender: Tender) -> Mapping[str, list[str]]:
    """The names of the companies that were awarded each lot, by the lot's code; a lot that nobody has yet is not in it."""
    rows = (
        select(LotOutcome.lot, Company.legal_name)
        .join(Participation, Participation.id == LotOutcome.participation_id)
        .join(Company, Company.organisation_id == Participation.company_id)
        .where(Participation.tender_id == tender.id, LotOutcome.state == ParticipationState.AWARDED)
        .order_by(LotOutcome.lot, Company.legal_name)
    )
    found: dict[str, list[str]] = {}
    for lot, name in db.session.execute(rows):
        found.setdefault(lot, []).append(name)
    return found


def taking_part(company_ids: Sequence[UUID], states: Collection[ParticipationState]) -> Sequence[Participation]:
    """Where some companies are a party, in these states."""
    is_party = exists().where(
        Party.participation_id == Participation.id,
        Party.company_id.in_(company_ids),
        Party.state == PartyState.CONFIRMED,
    )
    found = select(Participation).where(Participation.state.in_(states), is_party).order_by(Participation.id)
    return db.session.scalars(found).unique().all()


def companies_taking_part(states: Collection[ParticipationState]) -> Sequence[UUID]:
    """The companies that are a party to a participation in these states."""
    found = select(Party.company_id).join(Participation, Participation.id == Party.participation_id)
    found = found.where(Participation.state.in_(states), Party.state == PartyState.CONFIRMED)
    return db.session.scalars(found.distinct()).all()


def consents(participation_ids: Sequence[UUID]) -> Sequence[tuple[Party, Consent]]:
    """The consents that are in force, with the party that gave each."""
    found = (
        select(Party, Consent)
        .join(Consent, Consent.party_id == Party.id)
        .where(Party.participation_id.in_(participation_ids), Consent.withdrawn_at.is_(None))
        .order_by(Consent.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(found).unique()]


def may_be_bundled(tender: Tender) -> bool:
    """Whether anybody was selected in a tender whose consent is in force."""
    found = (
        select(Consent.id)
        .join(Party, Party.id == Consent.party_id)
        .join(Participation, Participation.id == Party.participation_id)
        .where(Participation.tender_id == tender.id, Participation.state.in_(CHOSEN), Consent.withdrawn_at.is_(None))
    )
    return db.session.scalar(select(found.exists())) is True


def declarations(participation_ids: Sequence[UUID]) -> Sequence[Declaration]:
    """The letters of intent, oldest first."""
    found = select(Declaration).where(Declaration.participation_id.in_(participation_ids)).order_by(Declaration.id)
    return db.session.scalars(found).all()


def party(actor: Actor, party_id: UUID) -> tuple[Party, Participation]:
    """What the actor's company was asked by another: to be a party, with the participation it would be in."""
    for row, asked in _asked(actor, Party.id == party_id):
        return row, asked
    raise NotFound(_("Deze vraag bestaat niet."))


def asked_of(actor: Actor) -> Sequence[tuple[Party, Participation]]:
    """Where others asked the actor's company to be a party, newest first."""
    return _asked(actor)


def all_in(tender: Tender) -> Sequence[Participation]:
    """Who takes part in a tender, for work on the whole of it; a company may see this of no other."""
    return in_tenders([tender.id])


def in_tenders(tender_ids: Collection[UUID]) -> Sequence[Participation]:
    """The same for some tenders."""
    db.session.flush()
    found = select(Participation).where(Participation.tender_id.in_(tender_ids), Participation.state.not_in(NOT_IN))
    return db.session.scalars(found.order_by(Participation.id).execution_options(populate_existing=True)).unique().all()


def lock(tender: Tender) -> None:
    """Hold others off who decide in the same tender, until this unit of work ends."""
    db.session.flush()
    db.session.execute(select(Tender.id).where(Tender.id == tender.id).with_for_update())


def hold(row: Participation) -> dict[str, LotOutcome]:
    """Hold others off who decide in the same tender; what they decided about this participation is read anew, by lot."""
    lock(row.tender)
    anew = {"populate_existing": True}
    db.session.scalars(select(Participation).where(Participation.id == row.id).execution_options(**anew)).unique().all()
    found = select(LotOutcome).where(LotOutcome.participation_id == row.id).execution_options(**anew)
    return {item.lot: item for item in db.session.scalars(found)}


def led_by(company_id: UUID, tender: Tender) -> Participation | None:
    """The participation of a company in a tender, unless it stepped out; what is told of it is the caller's to settle."""
    found = select(Participation).where(
        Participation.company_id == company_id,
        Participation.tender_id == tender.id,
        Participation.state != ParticipationState.WITHDRAWN,
    )
    return db.session.scalar(found)


def cure(participation_id: UUID) -> CureWindow | None:
    """The window to cure of one participation, if it had one."""
    return db.session.scalar(select(CureWindow).where(CureWindow.participation_id == participation_id))


def letters(participation_id: UUID) -> Sequence[Letter]:
    """The letters about a participation, newest first."""
    found = select(Letter).where(Letter.participation_id == participation_id)
    return db.session.scalars(found.order_by(Letter.id.desc())).all()


def letter(actor: Actor, letter_id: UUID) -> tuple[Letter, Participation]:
    """A letter, for the municipality that wrote it and the company that it was written to."""
    found = (
        select(Letter, Participation)
        .join(Participation, Participation.id == Letter.participation_id)
        .join(Participation.tender)
        .where(Letter.id == letter_id, _is_between(actor))
    )
    for row in db.session.execute(found).unique():
        return row[0], row[1]
    raise NotFound(_("Deze brief bestaat niet."))


def declaration(actor: Actor, declaration_id: UUID) -> tuple[Declaration, Participation]:
    """A declaration, for who signed it, for the lead, and for the municipality once bids are open."""
    is_signer = exists().where(Party.id == Declaration.party_id, Party.company_id == actor.organisation_id)
    found = (
        select(Declaration, Participation)
        .join(Participation, Participation.id == Declaration.participation_id)
        .join(Participation.tender)
        .where(Declaration.id == declaration_id, _is_between(actor) | is_signer)
    )
    for row in db.session.execute(found).unique():
        if not may(actor, Action.TENDER_READ) or (row[1].tender.is_opened and row[1].state not in NOT_IN):
            return row[0], row[1]
    raise NotFound(_("Deze verklaring bestaat niet."))


def stored_keys() -> set[str]:
    """The object keys of this room that a row points to."""
    declared = select(Declaration.object_key).where(Declaration.object_key.is_not(None))
    return {*db.session.scalars(select(Letter.object_key)), *(key for key in db.session.scalars(declared) if key)}


def letters_held() -> Select[str, str, int]:
    """Key, SHA-256 and size of each letter in the store."""
    return select(Letter.object_key, Letter.sha256, Letter.size)


def declarations_held() -> Select[str | None, str | None, int | None]:
    """The same of each sealed declaration."""
    found = select(Declaration.object_key, Declaration.sha256, Declaration.size)
    return found.where(Declaration.object_key.is_not(None))


def decisions(participation_ids: Sequence[UUID]) -> Sequence[RequirementDecision]:
    """What buyers decided about single requirements, oldest first; the last about each counts."""
    found = select(RequirementDecision).where(RequirementDecision.participation_id.in_(participation_ids))
    return db.session.scalars(found.order_by(RequirementDecision.id)).all()


def last_assessment(participation_id: UUID, purpose: str) -> Assessment | None:
    """The stored verdict that a decision was taken on."""
    found = select(Assessment).where(Assessment.participation_id == participation_id, Assessment.purpose == purpose)
    return db.session.scalar(found.order_by(Assessment.id.desc()).limit(1))


def municipality(actor: Actor) -> Organisation:
    """The municipality that the actor works for."""
    return db.session.get_one(Organisation, actor.organisation_id)


def _asked(actor: Actor, *conditions: ColumnElement[bool]) -> Sequence[tuple[Party, Participation]]:
    authorize(actor, Action.TENDER_BROWSE)
    found = (
        select(Party, Participation)
        .join(Participation, Participation.id == Party.participation_id)
        .where(
            Party.company_id == actor.organisation_id,
            Party.role.not_in((PartyRole.BIDDER, PartyRole.LEAD)),
            Party.state != PartyState.REMOVED,
            *conditions,
        )
        .order_by(Party.id.desc())
    )
    return [(row[0], row[1]) for row in db.session.execute(found).unique()]


def _is_between(actor: Actor) -> ColumnElement[bool]:
    """The municipality on the one side, the company that takes part on the other."""
    if may(actor, Action.TENDER_READ):
        return Tender.municipality_id == actor.organisation_id
    if may(actor, Action.TENDER_BROWSE):
        return Participation.company_id == actor.organisation_id
    return false()


def _participations(actor: Actor) -> Select[Participation]:
    return select(Participation).join(Participation.tender).where(participations_visible_to(actor))
