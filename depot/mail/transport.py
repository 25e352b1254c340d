"""Handing one message over: into a folder of this machine, or to a mail server that proves who it is."""

import mailbox
import re
import smtplib
import ssl
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT_S = 20.0
"""How long a silent server is waited for; far below the lease of a message."""

OK, PERMANENT = 250, 500
ABOUT_US = re.compile(r"\d{3}[ -]5\.[67]\.")
"""An answer that is about the message or about who sends it, not about the address (RFC 3463: content, policy)."""

PER_CONNECTION = 100
"""Messages over one connection; servers hang up on who sends many more."""


class TryLater(Exception):
    """The message was not taken now; nothing says that it never will be."""


class Refused(Exception):
    """The server will not take this message, however often it is offered."""

    def __init__(self, said: str, *, is_about_address: bool = False) -> None:
        super().__init__(said)
        self.is_about_address = is_about_address
        """Whether nothing else will arrive at this address either."""


class Line(Protocol):
    """A way out of the house that is open for several messages, one after the other."""

    def send(self, message: EmailMessage) -> None:
        """Hand the message to its one recipient; raises TryLater or Refused."""

    def close(self) -> None:
        """Leave."""


class Transport(Protocol):
    """A way out of the house."""

    def line(self) -> Line:
        """Open the way for some messages; nothing is reached before the first."""

    def reach(self) -> None:
        """Go as far as possible without sending anything; raises TryLater."""


@dataclass(frozen=True)
class Maildir:
    """A folder in the Maildir format, which a mail program or the demo's own page shows."""

    folder: Path

    def line(self) -> "Maildir":
        """The folder itself: there is nothing to keep open."""
        return self

    def close(self) -> None:
        """Nothing was opened."""

    def send(self, message: EmailMessage) -> None:
        """Put the message in the folder; it is durable when this returns."""
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with closing(mailbox.Maildir(self.folder)) as box:
                box.add(message)
        except OSError as error:
            raise TryLater(str(error)) from error

    def reach(self) -> None:
        """Open the folder, and write where a message would begin."""
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with closing(mailbox.Maildir(self.folder)), tempfile.TemporaryFile(dir=self.folder / "tmp"):
                pass
        except OSError as error:
            raise TryLater(str(error)) from error


@dataclass(frozen=True)
class Smtp:
    """A mail server, by STARTTLS or by TLS from the first byte; its certificate is always verified (NCSC TLS guidelines)."""

    host: str
    port: int
    context: ssl.SSLContext
    is_tls_from_start: bool
    user: str = ""
    password: str = ""

    def line(self) -> "SmtpLine":
        """A connection that is made for the first message and kept for those after it."""
        return SmtpLine(self)

    def reach(self) -> None:
        """Sign in at the server, and leave."""
        try:
            with closing(self.connect()) as connection:
                connection.quit()
        except (smtplib.SMTPException, OSError) as error:
            raise TryLater(str(error)) from error

    def connect(self) -> smtplib.SMTP:
        """Sign in; raises SMTPException or OSError."""
        if self.is_tls_from_start:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=self.context)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
        try:
            if not self.is_tls_from_start:
                connection.starttls(context=self.context)
            if self.user:
                connection.login(self.user, self.password)
        except BaseException:
            connection.close()
            raise
        return connection


class SmtpLine:
    """One connection for several messages, for to greet and to agree on keys takes longer than a message does."""

    def __init__(self, server: Smtp) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None
        self._sent = 0

    def send(self, message: EmailMessage) -> None:
        """Hand the message over; once the server took it, nothing that follows counts as a failure."""
        try:
            self._open().send_message(message)
            self._sent += 1
        except smtplib.SMTPRecipientsRefused as error:
            raise _failure(*next(iter(error.recipients.values())), is_about_address=True) from error
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise _failure(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            # A wrong password or certificate is ours to mend, and says nothing about the message.
            self._drop()
            raise TryLater(str(error)) from error

    def close(self) -> None:
        """Take leave, if anybody is still there."""
        if self._connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._connection.quit()
            self._drop()

    def _open(self) -> smtplib.SMTP:
        if self._sent == PER_CONNECTION or not self._is_there():
            self.close()
        if self._connection is None:
            self._connection, self._sent = self._server.connect(), 0
        return self._connection

    def _is_there(self) -> bool:
        """Whether the server still listens: one that hung up between two messages took neither."""
        try:
            return self._connection is not None and self._connection.noop()[0] == OK
        except (smtplib.SMTPException, OSError):
            return False

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def from_url(url: str) -> Transport:
    """The transport that a setting names; `?ca=FILE` trusts the certificates in that file instead of the system's."""
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        return Maildir(Path(parts.path))
    is_tls_from_start = parts.scheme == "smtps"
    return Smtp(
        host=parts.hostname or "",
        port=parts.port or (465 if is_tls_from_start else 587),
        context=ssl.create_default_context(cafile=parse_qs(parts.query).get("ca", [None])[0]),
        is_tls_from_start=is_tls_from_start,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _failure(code: int, said: bytes | str, *, is_about_address: bool = False) -> TryLater | Refused:
    text = f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    if code < PERMANENT:
        return TryLater(text)
    return Refused(text, is_about_address=is_about_address and not ABOUT_US.match(text))
