"""Recording deeds."""

from typing import Any, Protocol
from uuid import UUID

from depot.access import Action, Actor
from depot.audit.models import Event
from depot.core import db


class Recorded(Protocol):
    """Anything with a key and a table can be the object of a deed."""

    __tablename__: str

    @property
    def id(self) -> Any:
        """Its key."""


def record(actor: Actor, action: Action, thing: Recorded, *, about: UUID | None = None, **detail: Any) -> None:
    """Add a deed to the trail; `about` is the company that may read it, `detail` holds keys and codes, no personal data."""
    db.session.add(
        Event(
            actor_kind=actor.kind,
            actor_id=actor.id,
            organisation_id=actor.organisation_id,
            action=action,
            object_type=thing.__tablename__,
            object_id=thing.id,
            about_company_id=about,
            origin=actor.origin,
            detail=detail,
        )
    )
