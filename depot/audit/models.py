"""The audit trail: one row for each deed, in the deed's own transaction, never changed and never removed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from depot.core import clock, db


class Event(db.Base):
    """Who did what to what, when and from where (BIO2 8.15.01). Actors are keys, so that people can be removed from it."""

    __tablename__ = "audit_events"
    __table_args__ = (Index(None, "about_company_id", "at"), Index(None, "object_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[UUID]
    about_company_id: Mapped[UUID | None]
    origin: Mapped[str]
    detail: Mapped[dict[str, Any]]
