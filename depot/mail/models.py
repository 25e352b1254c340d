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
    BOUNCED = "bounced"
    """A server took it, and said afterwards that it did not arrive."""
    WITHHELD = "withheld"
    """Not sent, since nothing arrives at this address."""


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
    host: Mapped[str] = mapped_column(default="depot", server_default="depot")
    """The depot's own host when it was written: the right half of its Message-ID."""
    unsubscribe: Mapped[str | None] = mapped_column(default=None)
    """The address at which one click ends mails of this sort, for those that nobody must get (RFC 8058)."""
    report: Mapped[str | None] = mapped_column(default=None)
    """What another server said of it after it was sent (RFC 3464)."""

    @property
    def message_id(self) -> str:
        """The same at every attempt, so that a receiver can tell a repetition."""
        return f"<{self.id}@{self.host}>"


class Undeliverable(db.Base):
    """An address at which nothing arrives, in lower case; it gets no mail until the mark is taken away."""

    __tablename__ = "mail_undeliverable"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    address: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str]
    since: Mapped[datetime] = mapped_column(default_factory=clock.now)
    marked_by: Mapped[UUID | None] = mapped_column(default=None)
    """Who of the operator marked it; None when a mail server said so."""
    told_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the others of its owner's organisations were told."""


class Pace(db.Base):
    """How many messages were offered to the mail server in the last minute in which any was; one row for all processes."""

    __tablename__ = "mail_pace"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    minute: Mapped[datetime]
    taken: Mapped[int]
