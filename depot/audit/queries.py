"""Reading the trail, and what its chain is made of."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, DateTime, Select, Text, Uuid, cast, select, type_coerce

from depot.access import Action, Actor, authorize
from depot.audit import rules
from depot.audit.models import Checkpoint, Event, Link
from depot.core import db


def _fact(name: str) -> Any:
    column = Event.__table__.c[name]
    if isinstance(column.type, JSON):
        return cast(column, Text)
    if isinstance(column.type, Uuid):
        return type_coerce(column, db.KeyText())
    return type_coerce(column, DateTime()) if isinstance(column.type, db.Instant) else column


FACTS = tuple(_fact(name) for name in rules.FIELDS)
"""An event as `rules.link_hash` takes it; very many are read, so keys and JSON stay text and instants without zone."""


def about_company(actor: Actor, company_id: UUID, *actions: Action) -> Select[Event]:
    """Deeds that concern a company, newest first; only the company itself may ask."""
    authorize(actor, Action.LOOKS_READ, company_id)
    found = select(Event).where(Event.about_company_id == company_id).order_by(Event.id.desc())
    return found.where(Event.action.in_(actions)) if actions else found


def has_done(actor: Actor, action: Action, object_id: UUID, *, since: datetime) -> bool:
    """Whether the actor did this to this thing since a moment."""
    found = select(Event.id).where(
        *(Event.object_id == object_id, Event.action == action, Event.actor_id == actor.id, Event.at >= since)
    )
    return db.session.scalar(found.limit(1)) is not None


def waiting(limit: int) -> Select[Any]:
    """The facts of events without a link, oldest first; costs what waits, not what is kept."""
    return select(*FACTS).where(~Event.is_chained).order_by(Event.id).limit(limit)


def head() -> tuple[int, str]:
    """Number and hash of the last link."""
    found = db.session.execute(select(Link.seq, Link.hash).order_by(Link.seq.desc()).limit(1)).first()
    return (found.seq, found.hash) if found else (0, rules.START)


def newest_checkpoint() -> Checkpoint | None:
    """The last one that was sealed."""
    return db.session.scalars(select(Checkpoint).order_by(Checkpoint.seq.desc()).limit(1)).first()
