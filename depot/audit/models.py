"""The audit trail: one row for each deed, in the deed's own transaction, never changed and never removed.

Links and checkpoints make that provable (ADR 0034). The database refuses to change or remove any of the three.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from depot.core import clock, db


class Event(db.Base):
    """Who did what to what, when and from where (BIO2 8.15.01). Actors are keys, so that people can be removed from it."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index(None, "about_company_id", "at"),
        Index(None, "object_id"),
        Index(
            "ix_audit_events_waiting",
            "id",
            sqlite_where=text("is_chained = 0"),
            postgresql_where=text("NOT is_chained"),
        ),
    )

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
    is_chained: Mapped[bool] = mapped_column(init=False, default=False)
    """Whether it has its link: what a job looks for, and the one thing of an event that changes."""


class Link(db.Base):
    """An event's place in the chain: numbers from 1 without a gap, and a hash over the link before and the event."""

    __tablename__ = "audit_links"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("audit_events.id"), unique=True)
    form: Mapped[int]
    """How the event was written down for its hash: `rules.FORM` of the day."""
    hash: Mapped[str]


class Checkpoint(db.Base):
    """Where the chain stood at a moment, sealed: who holds it can prove that nothing up to there changed since."""

    __tablename__ = "audit_checkpoints"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    form: Mapped[int]
    hash: Mapped[str]
    at: Mapped[datetime]
    seal: Mapped[bytes] = mapped_column(LargeBinary)
    """A detached CAdES signature over `rules.checkpoint_bytes`, in DER."""
    timestamp: Mapped[bytes] = mapped_column(LargeBinary)
    """The RFC 3161 response over the seal, in DER."""
