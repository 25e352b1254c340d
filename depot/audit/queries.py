"""Reading the trail."""

from uuid import UUID

from sqlalchemy import Select, select

from depot.access import Action, Actor, authorize
from depot.audit.models import Event


def about_company(actor: Actor, company_id: UUID, *actions: Action) -> Select[Event]:
    """Deeds that concern a company, newest first; only the company itself may ask."""
    authorize(actor, Action.LOOKS_READ, company_id)
    found = select(Event).where(Event.about_company_id == company_id).order_by(Event.id.desc())
    return found.where(Event.action.in_(actions)) if actions else found
