"""Reading what mail servers say of a message that did not arrive: delivery status notifications (RFC 3464).

Anybody can send one, so nothing in it is believed but the Message-ID, which only who got the message can know.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from email.policy import compat32
from typing import cast
from uuid import UUID

SIZE_LIMIT = 1 << 20
"""How many bytes of a report are read; servers return the message after what they say of it."""

PARTS_LIMIT = 20
"""How many parts within parts a report may promise; the parser goes as deep as it is led."""

MESSAGE_ID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@([^<>\s]{1,255})>")
NESTED = re.compile(rb"(?i)content-type\s*:\s*(?:multipart|message)/")
STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
FAILED, DELAYED = "failed", "delayed"
NOT_ABOUT_THE_ADDRESS = frozenset({6, 7})
"""Subjects of a status (RFC 3463) that are about the message's content, or about who sends."""


@dataclass(frozen=True)
class Report:
    """What became of one message: `action` and `status` in the words of RFC 3464, and the address that it names.

    `message_id` is the key and the host of a Message-ID of ours, or None when the message is not returned.
    """

    action: str
    status: str
    message_id: tuple[UUID, str] | None
    recipient: str

    @property
    def is_final(self) -> bool:
        """Whether the server tries no more."""
        return self.action == FAILED

    @property
    def is_about_address(self) -> bool:
        """Whether nothing else will arrive at that address either: a lasting failure that is not about the message."""
        kind, subject, _detail = self.status.split(".")
        return self.is_final and kind == "5" and int(subject) not in NOT_ABOUT_THE_ADDRESS

    @property
    def said(self) -> str:
        """In one line."""
        return f"{self.action} {self.status}"


def read(data: bytes) -> Report | None:
    """What a mail says about the delivery of another; None when it is no such report, or not one that can be read."""
    data = data[:SIZE_LIMIT]
    if len(NESTED.findall(data)) > PARTS_LIMIT:
        return None
    parts = list(_parts(message_from_bytes(data, policy=compat32)))
    statuses = [found for part in parts if (found := _status(part)) is not None]
    if not statuses:
        return None
    # Our messages have one recipient; where a list was behind the address, the worst counts.
    action, status, recipient = max(statuses, key=lambda each: (each[0] == FAILED, each[1]))
    return Report(action, status, next(filter(None, map(_returned, parts)), None), recipient)


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a report itself, not those of the message that it returns."""
    if message.get_content_type() == "multipart/report" and message.is_multipart():
        yield from message.get_payload()  # type: ignore[misc] # of a multipart it is a list of messages


def _status(part: Message) -> tuple[str, str, str] | None:
    """Action, status and address of the recipient that a part tells about."""
    blocks = part.get_payload() if part.get_content_type() == "message/delivery-status" else None
    for block in cast("list[Message]", blocks) if isinstance(blocks, list) else ():
        action, status = _text(block, "Action").strip().lower(), STATUS.match(_text(block, "Status"))
        if action in (FAILED, DELAYED) and status:
            recipient = _text(block, "Final-Recipient") or _text(block, "Original-Recipient")
            return action, ".".join(str(int(number)) for number in status.groups()), recipient.partition(";")[2].strip()
    return None


def _returned(part: Message) -> tuple[UUID, str] | None:
    """The Message-ID of ours in what a part gives back, whole or only its headers."""
    kind, content = part.get_content_type(), part.get_payload()
    if kind == "message/rfc822" and isinstance(content, list) and content:
        headers = cast("Message", content[0])
    elif kind == "text/rfc822-headers":
        decoded = part.get_payload(decode=True)
        headers = message_from_string(decoded.decode("utf-8", "replace") if isinstance(decoded, bytes) else "")
    else:
        return None
    found = MESSAGE_ID.search(_text(headers, "Message-ID"))
    return (UUID(found[1]), found[2]) if found else None


def _text(message: Message, name: str) -> str:
    """A header as text, whatever bytes it has."""
    return str(message.get(name, ""))
