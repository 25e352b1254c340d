import asyncio
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from depot.mail import transport
from tests.services import free_port

ADDRESS = "anna@bedrijf.example"


class Mailbox:
    """What the server does with a message: keeps it, unless told to answer otherwise."""

    def __init__(self) -> None:
        self.greetings = 0
        self.messages: list[bytes] = []
        self.sender_answer = "250 OK"
        self.recipient_answer = "250 OK"
        self.data_answer = "250 OK"
        self.is_dropping = False
        self.is_dropping_after = False
        self.delay_s = 0.0

    def handle_STARTTLS(self, _server: Any, _session: Any, _envelope: Any) -> bool:  # noqa: N802 - the name that aiosmtpd calls
        self.greetings += 1
        return True

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - as above
        if self.sender_answer.startswith("250"):
            envelope.mail_from = address
        return self.sender_answer

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - as above
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - as above
        if self.data_answer.startswith("250"):
            self.messages.append(envelope.content)
        await asyncio.sleep(self.delay_s)
        if self.is_dropping_after:
            await server.push(self.data_answer)
        if self.is_dropping or self.is_dropping_after:
            server.transport.abort()
        return self.data_answer


def login(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    is_known = (data.login, data.password) == (b"depot", b"p@ss/word")
    return AuthResult(success=is_known, handled=is_known)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def server(certificate: tuple[Path, Path]) -> Iterator[tuple[Mailbox, str]]:
    """A mail server that wants STARTTLS and a password, and the setting that reaches it."""
    mailbox, port = Mailbox(), free_port()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        authenticator=login,
        auth_required=True,
    )
    controller.start()
    yield mailbox, f"smtp://depot:p%40ss%2Fword@127.0.0.1:{port}?ca={certificate[0]}"
    controller.stop()


@pytest.fixture
def message() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "depot@depot.example", ADDRESS, "Één document"
    message["Message-ID"] = "<1@depot>"
    message.set_content("Goedendag.\n")
    return message


def send(url: str, message: EmailMessage) -> None:
    with closing(transport.from_url(url).line()) as line:
        line.send(message)


def test_a_message_reaches_the_server_over_starttls(server: tuple[Mailbox, str], message: EmailMessage) -> None:
    mailbox, url = server
    send(url, message)
    assert len(mailbox.messages) == 1
    assert b"Message-ID: <1@depot>" in mailbox.messages[0]


def test_a_message_reaches_a_server_that_speaks_tls_at_once(
    certificate: tuple[Path, Path], message: EmailMessage
) -> None:
    mailbox, port = Mailbox(), free_port()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, ssl_context=context)
    # The controller's own first connection trusts the certificate of this test too.
    controller.ssl_context.load_verify_locations(certificate[0])
    controller.start()
    try:
        send(f"smtps://127.0.0.1:{port}?ca={certificate[0]}", message)
    finally:
        controller.stop()
    assert len(mailbox.messages) == 1


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(
    server: tuple[Mailbox, str], message: EmailMessage
) -> None:
    mailbox, url = server
    with pytest.raises(transport.TryLater, match="CERTIFICATE_VERIFY_FAILED"):
        send(url.partition("?")[0], message)
    assert mailbox.messages == []


def test_a_server_without_starttls_gets_nothing(message: EmailMessage) -> None:
    mailbox, port = Mailbox(), free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with pytest.raises(transport.TryLater, match="STARTTLS"):
            send(f"smtp://127.0.0.1:{port}", message)
    finally:
        controller.stop()
    assert mailbox.messages == []


def test_a_wrong_password_is_no_reason_to_give_a_message_up(server: tuple[Mailbox, str], message: EmailMessage) -> None:
    _mailbox, url = server
    with pytest.raises(transport.TryLater, match="535"):
        send(url.replace("p%40ss", "other"), message)


def answer_to_sender(mailbox: Mailbox, answer: str) -> None:
    mailbox.sender_answer = answer


def answer_to_recipient(mailbox: Mailbox, answer: str) -> None:
    mailbox.recipient_answer = answer


def answer_to_data(mailbox: Mailbox, answer: str) -> None:
    mailbox.data_answer = answer


@pytest.mark.parametrize("give", [answer_to_sender, answer_to_recipient, answer_to_data])
@pytest.mark.parametrize(("answer", "error"), [("451 busy", transport.TryLater), ("550 unknown", transport.Refused)])
def test_the_first_digit_of_the_answer_says_whether_to_try_again(
    server: tuple[Mailbox, str],
    message: EmailMessage,
    give: Callable[[Mailbox, str], None],
    answer: str,
    error: type[Exception],
) -> None:
    mailbox, url = server
    give(mailbox, answer)
    with pytest.raises(error, match=answer):
        send(url, message)
    assert mailbox.messages == []


def test_a_server_that_is_away_means_later(message: EmailMessage) -> None:
    with pytest.raises(transport.TryLater):
        send(f"smtp://127.0.0.1:{free_port()}", message)


def test_a_connection_that_drops_after_the_data_means_later(server: tuple[Mailbox, str], message: EmailMessage) -> None:
    mailbox, url = server
    mailbox.is_dropping = True
    with pytest.raises(transport.TryLater):
        send(url, message)
    assert len(mailbox.messages) == 1


def test_several_messages_share_a_connection(server: tuple[Mailbox, str], message: EmailMessage) -> None:
    mailbox, url = server
    with closing(transport.from_url(url).line()) as line:
        for _message in range(3):
            line.send(message)
    assert (len(mailbox.messages), mailbox.greetings) == (3, 1)


def test_a_connection_is_not_used_for_ever(
    server: tuple[Mailbox, str], message: EmailMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox, url = server
    monkeypatch.setattr(transport, "PER_CONNECTION", 2)
    with closing(transport.from_url(url).line()) as line:
        for _message in range(5):
            line.send(message)
    assert (len(mailbox.messages), mailbox.greetings) == (5, 3)


@pytest.mark.parametrize("give", [answer_to_sender, answer_to_recipient, answer_to_data])
def test_a_message_that_is_refused_does_not_keep_the_next_from_going(
    server: tuple[Mailbox, str], message: EmailMessage, give: Callable[[Mailbox, str], None]
) -> None:
    mailbox, url = server
    with closing(transport.from_url(url).line()) as line:
        give(mailbox, "550 unknown")
        with pytest.raises(transport.Refused):
            line.send(message)
        give(mailbox, "250 OK")
        line.send(message)
    assert len(mailbox.messages) == 1


def test_a_server_that_hangs_up_in_between_is_called_again(server: tuple[Mailbox, str], message: EmailMessage) -> None:
    mailbox, url = server
    with closing(transport.from_url(url).line()) as line:
        mailbox.is_dropping = True
        with pytest.raises(transport.TryLater):
            line.send(message)
        mailbox.is_dropping = False
        line.send(message)
    assert len(mailbox.messages) == 2


def test_a_maildir_that_cannot_be_written_means_later(tmp_path: Path, message: EmailMessage) -> None:
    (tmp_path / "mail").write_text("a file where a folder should be")
    with pytest.raises(transport.TryLater):
        send(f"maildir:{tmp_path}/mail", message)


def test_ports_follow_the_scheme() -> None:
    plain, tls = transport.from_url("smtp://mail.example"), transport.from_url("smtps://mail.example")
    assert isinstance(plain, transport.Smtp)
    assert isinstance(tls, transport.Smtp)
    assert (plain.port, tls.port) == (587, 465)


@pytest.mark.parametrize(
    ("give", "answer", "is_about_address"),
    [
        (answer_to_recipient, "550 5.1.1 unknown", True),
        (answer_to_recipient, "552 5.2.2 full", True),
        (answer_to_recipient, "550 unknown", True),
        (answer_to_recipient, "550 5.7.1 your network is blocked", False),
        (answer_to_sender, "550 5.1.8 who are you", False),
        (answer_to_data, "554 5.6.0 looks like spam", False),
    ],
)
def test_only_an_answer_about_the_recipient_says_something_of_the_address(
    server: tuple[Mailbox, str],
    message: EmailMessage,
    give: Callable[[Mailbox, str], None],
    answer: str,
    is_about_address: bool,
) -> None:
    mailbox, url = server
    give(mailbox, answer)
    with pytest.raises(transport.Refused) as refused:
        send(url, message)
    assert refused.value.is_about_address is is_about_address


def test_a_server_that_is_slower_than_we_wait_means_later(
    server: tuple[Mailbox, str], message: EmailMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox, url = server
    monkeypatch.setattr(transport, "TIMEOUT_S", 0.5)
    mailbox.delay_s = 1.0
    with pytest.raises(transport.TryLater):
        send(url, message)


def test_a_message_that_the_server_took_is_sent_also_when_it_hangs_up_at_once(
    server: tuple[Mailbox, str], message: EmailMessage
) -> None:
    mailbox, url = server
    mailbox.is_dropping_after = True
    with closing(transport.from_url(url).line()) as line:
        line.send(message)
        line.send(message)
    assert (len(mailbox.messages), mailbox.greetings) == (2, 2)
