"""Reads of company profiles."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from depot.access import Action, Actor, authorize
from depot.companies.models import Company, Establishment, RegisterLook
from depot.companies.register import Outcome
from depot.core import db
from depot.core.errors import NotFound
from depot.core.i18n import _


def profile(actor: Actor) -> Company:
    """The actor's own company."""
    authorize(actor, Action.PROFILE_READ)
    return get(actor.organisation_id)


def get(company_id: UUID) -> Company:
    """A company by its organisation's key; asking is the caller's right to settle."""
    row = db.session.get(Company, company_id)
    if row is None:
        raise NotFound(_("Dit bedrijf bestaat niet."))
    return row


def establishment(actor: Actor, establishment_id: UUID) -> Establishment:
    """One branch of the actor's own company."""
    authorize(actor, Action.PROFILE_READ)
    own = Establishment.company_id == actor.organisation_id
    row = db.session.scalar(select(Establishment).where(Establishment.id == establishment_id, own))
    if row is None:
        raise NotFound(_("Deze vestiging bestaat niet."))
    return row


def establishments(company_ids: Sequence[UUID]) -> Sequence[Establishment]:
    """The branches of some companies, by number."""
    found = select(Establishment).where(Establishment.company_id.in_(company_ids))
    return db.session.scalars(found.order_by(Establishment.company_id, Establishment.number)).all()


def last_look(company_id: UUID, *, answered: bool = False) -> RegisterLook | None:
    """The last look in the trade register for a company, or the last that the register answered."""
    found = select(RegisterLook).where(RegisterLook.company_id == company_id)
    if answered:
        found = found.where(RegisterLook.outcome != Outcome.UNREACHABLE)
    return db.session.scalars(found.order_by(RegisterLook.at.desc(), RegisterLook.id.desc()).limit(1)).one_or_none()


def silent_since(moment: datetime) -> RegisterLook | None:
    """A look after this moment, for whichever company, that got no answer."""
    found = select(RegisterLook).where(RegisterLook.outcome == Outcome.UNREACHABLE, RegisterLook.at > moment)
    return db.session.scalars(found.limit(1)).one_or_none()
