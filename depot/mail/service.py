"""Writing mail as rows, and sending what is due. A message is never lost; at worst one Message-ID arrives twice."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Protocol, cast
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, current_app
from markupsafe import Markup
from sqlalchemy import select, update

from depot.core import clock, db, work
from depot.core.i18n import speaking
from depot.mail import addresses, pace, queries, transport
from depot.mail.models import Message, MessageState

DELAYS = tuple(min(timedelta(minutes=2**attempt), timedelta(hours=6)) for attempt in range(19))
"""The wait after each attempt that failed for now; together nearly three days, after which the message has failed."""

ERROR_LENGTH = 500

ONE_TIME = "secret"
"""The value of a payload that opens something for its reader; it is forgotten once the message has left.

Such a message is also tried at an address at which nothing arrived: whoever opens its link shows that it works again.
"""


class Recipient(Protocol):
    """Whoever can be written to: a user, from the floor above."""

    @property
    def id(self) -> UUID:
        """The key."""

    @property
    def email(self) -> str:
        """The address."""

    @property
    def locale(self) -> str:
        """The language."""


@dataclass(frozen=True)
class Letter:
    """A message in its reader's words: `text` is the plain body, `content` the same as HTML without a page around it."""

    subject: str
    text: str
    content: Markup


@dataclass(frozen=True)
class _Post:
    transport: transport.Transport
    sender: str
    per_minute: int = 0


def init_app(app: Flask, url: str, sender: str, *, per_minute: int = 0) -> None:
    """Choose the way out, the sender's address and how many messages leave a minute, 0 for as many as there are.

    Days and instants in payloads are ISO 8601, so that templates can read them.
    """
    app.extensions["depot.mail"] = _Post(transport.from_url(url), sender, per_minute)
    app.jinja_env.filters.update(as_day=date.fromisoformat, as_instant=datetime.fromisoformat)


def write(
    recipient: Recipient, template: str, *, dedupe_key: str, unsubscribe: str | None = None, **payload: Any
) -> None:
    """Add a message to this unit of work, unless one with this key was written before; `payload` must fit in JSON.

    `unsubscribe` is the address at which one click ends mails of this sort; only for those that nobody must get.
    """
    if db.session.scalar(select(Message.id).where(Message.dedupe_key == dedupe_key)) is None:
        db.session.add(
            Message(
                dedupe_key=dedupe_key,
                recipient_id=recipient.id,
                address=recipient.email,
                locale=recipient.locale,
                template=template,
                payload=payload,
                host=urlsplit(current_app.config["BASE_URL"]).hostname or "depot",
                unsubscribe=unsubscribe,
            )
        )
        db.session.flush()


def compose(message: Message) -> Letter:
    """The message in its reader's language; the first line of the text template is the subject."""
    values = message.payload | {"base_url": current_app.config["BASE_URL"].rstrip("/")}
    with speaking(message.locale):
        text = current_app.jinja_env.get_template(f"mail/{message.template}.txt").render(values)
        content = current_app.jinja_env.get_template(f"mail/{message.template}.html").render(values)
    subject, _newline, body = text.partition("\n")
    # a name may hold signs that end a line elsewhere in Unicode, which a header must not
    return Letter(" ".join(subject.split()), body.strip() + "\n", Markup(content))  # noqa: S704 - an autoescaped template made it


def send_due(limit: int = 100) -> dict[str, int]:
    """Send up to `limit` due messages, oldest first, each claimed, sent and recorded by itself; gives how many got where.

    No transaction is open while the server is spoken to. What the minute has no room for waits for the next run.
    """
    figures = {"sent": 0, "postponed": 0, "failed": 0, "withheld": 0}
    post = cast(_Post, current_app.extensions["depot.mail"])
    with closing(post.transport.line()) as line:
        for _attempt in range(limit):
            message = _claim()
            if message is None:
                break
            if not _may_arrive(message):
                figures[_end(message, MessageState.WITHHELD, None)] += 1
            elif post.per_minute and not pace.take(post.per_minute):
                _give_back(message)
                break
            else:
                figures[_send(message, line, post.sender)] += 1
    return figures


def forget(recipient_ids: Sequence[UUID]) -> None:
    """Take the address out of what was sent to somebody who is no user, or could not be; what still waits keeps it."""
    gone = update(Message).where(Message.recipient_id.in_(recipient_ids), Message.state != MessageState.WAITING)
    db.session.execute(gone.values(address="", last_error=None))


def reach() -> None:
    """Find out whether mail can leave, without sending any; raises TryLater."""
    cast(_Post, current_app.extensions["depot.mail"]).transport.reach()


def _claim() -> Message | None:
    claimed = work.claim(Message.id, Message.leased_until, queries.due(clock.now()), Message.next_at, limit=1)
    with db.transaction(write=False) as session:
        return session.get(Message, claimed[0], populate_existing=True) if claimed else None


def _may_arrive(message: Message) -> bool:
    with db.transaction(write=False):
        return ONE_TIME in message.payload or not addresses.undeliverable([message.address])


def _give_back(message: Message) -> None:
    with db.transaction() as session:
        session.execute(update(Message).where(Message.id == message.id).values(leased_until=None))


def _send(message: Message, line: transport.Line, sender: str) -> str:
    try:
        line.send(_envelope(message, sender))
    except transport.TryLater as error:
        return _postpone(message, str(error))
    except transport.Refused as error:
        return _end(message, MessageState.FAILED, str(error), is_undeliverable=error.is_about_address)
    return _end(message, MessageState.SENT, None)


def _envelope(message: Message, sender: str) -> EmailMessage:
    """The message as RFC 5322 wants it; RFC 3834's header keeps out-of-office answers away."""
    letter = compose(message)
    page = current_app.jinja_env.get_template("mail/_letter.html")
    envelope = EmailMessage()
    envelope["From"], envelope["To"], envelope["Subject"] = sender, message.address, letter.subject
    envelope["Date"] = format_datetime(message.created_at)
    envelope["Message-ID"] = message.message_id
    envelope["Auto-Submitted"] = "auto-generated"
    envelope["Content-Language"] = message.locale
    if message.unsubscribe:
        envelope["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        envelope["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    envelope.set_content(letter.text)
    envelope.add_alternative(page.render(letter=letter, language=message.locale), subtype="html")
    return envelope


def _postpone(message: Message, error: str) -> str:
    if message.attempts >= len(DELAYS):
        return _end(message, MessageState.FAILED, error)
    with db.transaction() as session:
        session.refresh(message, with_for_update=True)
        if message.state == MessageState.WAITING:
            message.next_at = clock.now() + DELAYS[message.attempts]
            message.attempts += 1
            message.leased_until, message.last_error = None, error[:ERROR_LENGTH]
    return "postponed"


def _end(message: Message, state: MessageState, error: str | None, *, is_undeliverable: bool = False) -> str:
    with db.transaction() as session:
        session.refresh(message, with_for_update=True)
        # Whoever outlived this lease may have sent it already; then that stands.
        if message.state == MessageState.WAITING:
            message.state, message.leased_until = state, None
            message.attempts += state is not MessageState.WITHHELD
            if is_undeliverable:
                addresses.mark(message.address, error or "")
            if not current_app.config["DEMO"]:  # which shows its mail afterwards
                message.payload = {name: value for name, value in message.payload.items() if name != ONE_TIME}
            message.sent_at = clock.now() if state is MessageState.SENT else None
            message.last_error = error and error[:ERROR_LENGTH]
    return str(state)
