"""Reads of tenders and participations; each starts at what the actor may see."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, false, func, select

from depot.access import Action, Actor, authorize, may
from depot.accounts.models import Organisation
from depot.core import db
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.tenders.models import (
    Assessment,
    Consent,
    Declaration,
    Participation,
    ParticipationState,
    Party,
    RequirementDecision,
    RequirementSet,
    Tender,
    TenderState,
)

NOT_IN = frozenset({ParticipationState.PREPARING, ParticipationState.WITHDRAWN})
"""Who is in one of these states does not take part, and stays unknown to the municipality."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """A municipality sees its own tenders, a company those that were published, nobody else any."""
    if may(actor, Action.TENDER_READ):
        return Tender.municipality_id == actor.organisation_id
    if may(actor, Action.TENDER_BROWSE):
        return Tender.state != TenderState.DRAFT
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
    """The set that counts: the latest."""
    found = select(RequirementSet).where(RequirementSet.tender_id == tender.id)
    return db.session.scalars(found.order_by(RequirementSet.number.desc()).limit(1)).one()


def participations_visible_to(actor: Actor) -> ColumnElement[bool]:
    """A municipality sees who takes part in its own tenders, a company where it takes part itself."""
    is_party = exists().where(Party.participation_id == Participation.id, Party.company_id == actor.organisation_id)
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
    if not row.tender.is_closed or row.state in NOT_IN:
        raise NotFound(_("Deze deelnemer bestaat niet."))
    return row


def participations(actor: Actor, tender: Tender) -> Sequence[Participation]:
    """Who takes part in a tender, by name; nobody before the closing."""
    if not tender.is_closed:
        return []
    found = _participations(actor).where(Participation.tender_id == tender.id, Participation.state.not_in(NOT_IN))
    rows = db.session.scalars(found).unique().all()
    return sorted(rows, key=lambda row: (row.company.legal_name.lower(), row.id))


def undecided(actor: Actor) -> Mapping[UUID, int]:
    """How many participants each tender of the municipality has that nobody decided about yet."""
    found = (
        select(Participation.tender_id, func.count())
        .join(Participation.tender)
        .where(participations_visible_to(actor), Participation.state == ParticipationState.SUBMITTED)
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


def taking_part(company_ids: Sequence[UUID], states: Collection[ParticipationState]) -> Sequence[Participation]:
    """Where some companies are a party, in these states."""
    is_party = exists().where(Party.participation_id == Participation.id, Party.company_id.in_(company_ids))
    found = select(Participation).where(Participation.state.in_(states), is_party).order_by(Participation.id)
    return db.session.scalars(found).unique().all()


def companies_taking_part(states: Collection[ParticipationState]) -> Sequence[UUID]:
    """The companies that are a party to a participation in these states."""
    found = select(Party.company_id).join(Participation, Participation.id == Party.participation_id)
    return db.session.scalars(found.where(Participation.state.in_(states)).distinct()).all()


def consents(participation_ids: Sequence[UUID]) -> Sequence[tuple[Party, Consent]]:
    """The consents that are in force, with the party that gave each."""
    found = (
        select(Party, Consent)
        .join(Consent, Consent.party_id == Party.id)
        .where(Party.participation_id.in_(participation_ids), Consent.withdrawn_at.is_(None))
        .order_by(Consent.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(found).unique()]


def declarations(participation_ids: Sequence[UUID]) -> Sequence[Declaration]:
    """The letters of intent, oldest first."""
    found = select(Declaration).where(Declaration.participation_id.in_(participation_ids)).order_by(Declaration.id)
    return db.session.scalars(found).all()


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


def _participations(actor: Actor) -> Select[Participation]:
    return select(Participation).join(Participation.tender).where(participations_visible_to(actor))
