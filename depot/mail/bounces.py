"""What came back: reports from a Maildir, each read once, and what they change."""

import os
import stat
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from depot.core import db
from depot.mail import addresses, reports
from depot.mail.models import Message, MessageState

SEEN = ":2,S"
UNSEEN = ":2,"
"""The flags of the Maildir format: what was not understood stays unread for a mail program to show."""

UNKNOWN = "not_understood"


def read(folder: Path, limit: int = 500) -> Mapping[str, int]:
    """Read up to `limit` new reports; gives how many were of which sort.

    A report moves from `new` to `cur` once what it says is committed; whoever dies in between reads it again, and what it
    says changes nothing the second time.
    """
    figures = Counter({"undeliverable": 0, "noted": 0, "unproven": 0, "again": 0, UNKNOWN: 0})
    for path in sorted((folder / "new").iterdir())[:limit]:
        data = _content(path)
        if data is None:
            continue
        report = reports.read(data)
        with db.transaction():
            outcome = settle(report) if report else UNKNOWN
        _move(path, folder / "cur", UNSEEN if outcome in (UNKNOWN, "unproven") else SEEN)
        figures[outcome] += 1
    return figures


def settle(report: reports.Report) -> str:
    """Record what a report says of a message that we sent; one without our Message-ID proves nothing and changes nothing."""
    if report.message_id is None:
        return "unproven"
    message_id, host = report.message_id
    message = db.session.get(Message, message_id, with_for_update=True)
    if message is None or message.host != host:
        return "unproven"
    if message.state != MessageState.SENT or message.report == report.said:
        return "again"
    message.report = report.said
    if report.is_final:
        message.state, message.last_error = MessageState.BOUNCED, report.said
    if report.is_about_address and message.address:
        addresses.mark(message.address, report.said)
        return "undeliverable"
    return "noted"


def _content(path: Path) -> bytes | None:
    """The beginning of a file, as far as it is read; None when another process took it, or it is no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return os.read(descriptor, reports.SIZE_LIMIT) if is_file else None
    finally:
        os.close(descriptor)


def _move(path: Path, folder: Path, flags: str) -> None:
    folder.mkdir(exist_ok=True)
    try:
        path.rename(folder / f"{path.name.partition(':')[0]}{flags}")
    except FileNotFoundError:
        return  # another process read it too
