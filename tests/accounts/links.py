"""What the tests of one-time links share: the post, and moving on in time."""

from sqlalchemy import select

from depot.core import db
from depot.mail.models import Message


def posted(template):
    """The messages of one kind, oldest first."""
    found = select(Message).where(Message.template == template).order_by(Message.id)
    return db.session.scalars(found).all()


def secret_of(template):
    """The secret of the last link that was sent."""
    return posted(template)[-1].payload["secret"]
