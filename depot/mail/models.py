"""Outgoing mail: first a row in the transaction of the deed, then sent by a job."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from depot.core import clock, db
from depot.core.work import Leased


class MessageState(StrEnum):
    """How far a message is."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Message(Leased, db.Base):
    """One mail to one recipient. `dedupe_key` says what it is about, so that it is never written twice."""

    __tablename__ = "mail_messages"
    __table_args__ = (
        Index(
            None,
            "next_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    recipient_id: Mapped[UUID]
    address: Mapped[str]
    locale: Mapped[str]
    template: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default=MessageState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    next_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    last_error: Mapped[str | None] = mapped_column(default=None)

    @property
    def message_id(self) -> str:
        """The same at every attempt, so that a receiver can tell a repetition."""
        return f"<{self.id}@depot>"
