"""Reads of outgoing mail. They ask no actor: who calls them settles what may be known."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal, select

from depot.core import db
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.mail.models import Message, MessageState


def due(now: datetime) -> ColumnElement[bool]:
    """The messages that wait for an attempt; the state stands in the statement itself, or the partial index is not used."""
    return and_(Message.state == literal(str(MessageState.WAITING), literal_execute=True), Message.next_at <= now)


def latest(limit: int = 100) -> Sequence[Message]:
    """The last messages, newest first."""
    return db.session.scalars(select(Message).order_by(Message.id.desc()).limit(limit)).all()


def has_failed(recipient_id: UUID) -> bool:
    """Whether the last mail to somebody could not be delivered."""
    found = select(Message.state).where(Message.recipient_id == recipient_id).order_by(Message.id.desc()).limit(1)
    return db.session.scalar(found) in (MessageState.FAILED, MessageState.BOUNCED, MessageState.WITHHELD)


def get(message_id: UUID) -> Message:
    """One message."""
    row = db.session.get(Message, message_id)
    if row is None:
        raise NotFound(_("Dit bericht bestaat niet."))
    return row
