"""Handing one message over: into a folder of this machine, or to a mail server that proves who it is."""

import mailbox
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

PERMANENT = 500


class TryLater(Exception):
    """The message was not taken now; nothing says that it never will be."""


class Refused(Exception):
    """The server will not take this message, however often it is offered."""


class Transport(Protocol):
    """A way out of the house."""

    def send(self, message: EmailMessage) -> None:
        """Hand the message to its one recipient; raises TryLater or Refused."""

    def reach(self) -> None:
        """Go as far as possible without sending anything; raises TryLater."""


@dataclass(frozen=True)
class Maildir:
    """A folder in the Maildir format, which a mail program or the demo's own page shows."""

    folder: Path

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

    def send(self, message: EmailMessage) -> None:
        """Hand the message over; once the server took it, nothing that follows counts as a failure."""
        try:
            with closing(self._connect()) as connection:
                connection.send_message(message)
                with suppress(smtplib.SMTPException, OSError):
                    connection.quit()
        except smtplib.SMTPRecipientsRefused as error:
            raise _failure(*next(iter(error.recipients.values()))) from error
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise _failure(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            # A wrong password or certificate is ours to mend, and says nothing about the message.
            raise TryLater(str(error)) from error

    def reach(self) -> None:
        """Sign in at the server, and leave."""
        try:
            with closing(self._connect()) as connection:
                connection.quit()
        except (smtplib.SMTPException, OSError) as error:
            raise TryLater(str(error)) from error

    def _connect(self) -> smtplib.SMTP:
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


def _failure(code: int, said: bytes | str) -> TryLater | Refused:
    text = f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    return Refused(text) if code >= PERMANENT else TryLater(text)
