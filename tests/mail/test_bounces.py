"""What comes back from other mail servers: believed only with our own Message-ID, and each read once."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.mime.multipart import MIMEMultipart
from pathlib import Path

import pytest
from flask import Flask
from flask.ctx import AppContext
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from depot.accounts.models import User
from depot.core import clock, db
from depot.mail import addresses, bounces, queries, reports, service
from depot.mail.models import Message, MessageState, Undeliverable

ADDRESS = "Anna@werkpad.example"
NOON = datetime(2026, 11, 21, 11, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "bounces" / name).mkdir(parents=True)
    return tmp_path / "bounces"


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.moved_to(NOON):
        yield


def sent(address: str = ADDRESS) -> Message:
    """A message that a server took."""
    with db.transaction():
        person = User(email=address, name="Anna")
        key = str(db.new_id())
        service.write(person, "version_approved", dedupe_key=key, company="C", title="T", reason="", document_id=key)
    assert service.send_due()["sent"] == 1
    with db.transaction(write=False) as session:
        return session.scalars(select(Message).where(Message.dedupe_key == key)).one()


def now(message: Message) -> Message:
    with db.transaction(write=False) as session:
        return session.get_one(Message, message.id, populate_existing=True)


def marked() -> list[str]:
    with db.transaction(write=False):
        return [row.address for row in addresses.marks()]


def report(
    message_id: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    recipient: str = f"rfc822; {ADDRESS}",
    kind: str = "text/rfc822-headers",
) -> bytes:
    returned = f"Received: from depot.example\r\nMessage-ID: {message_id}\r\nSubject: x\r\n"
    return "\r\n".join(
        (
            "Return-Path: <>",
            "From: MAILER-DAEMON@mx.example",
            "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            "",
            "--b",
            "Content-Type: text/plain",
            "",
            "Your message could not be delivered.",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.example",
            "",
            f"Final-Recipient: {recipient}",
            f"Action: {action}",
            f"Status: {status}",
            "Diagnostic-Code: smtp; 550 5.1.1 unknown",
            "",
            "--b",
            f"Content-Type: {kind}",
            "",
            returned,
            "--b--",
            "",
        )
    ).encode()


def arrive(folder: Path, data: bytes, name: str = "1.a.mx") -> None:
    (folder / "new" / name).write_bytes(data)


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_a_lasting_failure_makes_the_address_undeliverable(ctx: AppContext, folder: Path, kind: str) -> None:
    message = sent()
    arrive(folder, report(message.message_id, kind=kind))
    assert bounces.read(folder)["undeliverable"] == 1
    assert marked() == [ADDRESS.lower()]
    assert (now(message).state, now(message).report) == (MessageState.BOUNCED, "failed 5.1.1")
    assert [path.name for path in (folder / "cur").iterdir()] == ["1.a.mx:2,S"]
    assert queries.has_failed(message.recipient_id)


def test_an_undeliverable_address_gets_no_mail_but_a_link_that_proves_it_works(ctx: AppContext) -> None:
    with db.transaction():
        addresses.mark(ADDRESS, "failed 5.1.1")
        person = User(email=ADDRESS, name="Anna")
        service.write(person, "registration_admitted", dedupe_key="1", company="C")
        service.write(person, "password_reset", dedupe_key="2", until="2026-11-21T13:00:00+00:00", secret="s")
    assert service.send_due() == {"sent": 1, "postponed": 0, "failed": 0, "withheld": 1}
    with db.transaction():
        addresses.clear(ADDRESS.upper())
    sent()


@pytest.mark.parametrize(
    ("action", "status", "state"),
    [
        ("delayed", "4.4.1", MessageState.SENT),
        ("failed", "4.4.7", MessageState.BOUNCED),
        ("failed", "5.7.1", MessageState.BOUNCED),
        ("failed", "5.6.1", MessageState.BOUNCED),
    ],
)
def test_what_says_nothing_of_the_address_is_only_noted(
    ctx: AppContext, folder: Path, action: str, status: str, state: str
) -> None:
    message = sent()
    arrive(folder, report(message.message_id, action=action, status=status))
    assert bounces.read(folder)["noted"] == 1
    assert (now(message).state, now(message).report, marked()) == (state, f"{action} {status}", [])


def test_a_delay_can_become_a_failure(ctx: AppContext, folder: Path) -> None:
    message = sent()
    arrive(folder, report(message.message_id, action="delayed", status="4.4.1"), "1")
    arrive(folder, report(message.message_id), "2")
    figures = bounces.read(folder)
    assert (figures["noted"], figures["undeliverable"]) == (1, 1)


def test_a_report_that_is_read_again_does_not_mark_who_was_reachable_since(ctx: AppContext, folder: Path) -> None:
    message = sent()
    arrive(folder, report(message.message_id))
    bounces.read(folder)
    with db.transaction():
        addresses.clear(ADDRESS)
    arrive(folder, report(message.message_id))  # whoever read it died before it was moved
    assert bounces.read(folder)["again"] == 1
    assert marked() == []


@pytest.mark.parametrize(
    "forge",
    [
        lambda own: f"<{db.new_id()}@depot.example>",
        lambda own: own.replace("@depot.example", "@elders.example"),
        lambda own: own.strip("<>"),
        lambda own: "",
    ],
)
def test_a_message_that_we_did_not_send_proves_nothing(
    ctx: AppContext, folder: Path, forge: Callable[[str], str]
) -> None:
    message = sent()
    arrive(folder, report(forge(message.message_id)))
    assert bounces.read(folder)["unproven"] == 1
    assert (now(message).state, marked()) == (MessageState.SENT, [])
    assert [path.name for path in (folder / "cur").iterdir()] == ["1.a.mx:2,"]


def test_the_address_that_a_report_names_is_not_believed(ctx: AppContext, folder: Path) -> None:
    message = sent()
    arrive(folder, report(message.message_id, recipient="rfc822; iemand.anders@werkpad.example"))
    bounces.read(folder)
    assert marked() == [ADDRESS.lower()]


NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(5000))
HOSTILE = {
    "empty": b"",
    "noise": bytes(range(256)) * 20,
    "an answer of a person": b"From: x@y.example\r\nSubject: Afwezig\r\n\r\nIk ben er niet.",
    "no boundary": b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nAction: failed\r\n",
    "never closed": report("<x@y>")[:300],
    "nested without end": NESTED,
    "a status of letters": report("<x@y>", status="five"),
    "an action of another sort": report("<x@y>", action="delivered", status="2.0.0"),
    "ten megabytes": b"X-Long: " + b"a" * (10 << 20),
    "a header that does not decode": b"Message-ID: =?x?q?\xff?=\r\nContent-Type: text/plain; charset=\xff\r\n\r\n\xff",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_what_cannot_be_understood_stays_unread_and_is_counted(ctx: AppContext, folder: Path, data: bytes) -> None:
    arrive(folder, data)
    assert bounces.read(folder)[bounces.UNKNOWN] == 1
    assert [path.name for path in (folder / "cur").iterdir()] == ["1.a.mx:2,"]
    assert list((folder / "new").iterdir()) == []


def test_a_report_with_a_large_message_behind_it_is_read(ctx: AppContext, folder: Path) -> None:
    message = sent()
    arrive(folder, report(message.message_id, kind="message/rfc822").replace(b"--b--", b"x" * (10 << 20)))
    assert bounces.read(folder)["undeliverable"] == 1


def test_headers_in_base64_and_a_status_with_a_comment_are_read() -> None:
    data = report("<0190c0de-0000-7000-8000-000000000001@depot.example>", status="5.1.1 (unknown)")
    found = reports.read(data)
    assert found is not None
    assert (found.status, found.message_id and found.message_id[1]) == ("5.1.1", "depot.example")


def test_the_parts_of_a_message_that_a_report_returns_are_not_its_own() -> None:
    inner = report("<0190c0de-0000-7000-8000-000000000001@depot.example>").decode()
    outer = MIMEMultipart("mixed", boundary="outer")
    outer.preamble = inner
    assert reports.read(b"MIME-Version: 1.0\r\n" + outer.as_bytes()) is None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_report_breaks_the_reading(data: st.DataObject) -> None:
    whole = bytearray(report("<0190c0de-0000-7000-8000-000000000001@depot.example>"))
    for _change in range(data.draw(st.integers(0, 8))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place : place + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=12))
    found = reports.read(bytes(whole))
    assert found is None or found.said


def test_links_folders_and_pipes_are_not_opened(ctx: AppContext, folder: Path) -> None:
    (folder / "new" / "a").symlink_to("/etc/hostname")
    (folder / "new" / "b").mkdir()
    os.mkfifo(folder / "new" / "c")
    assert set(bounces.read(folder).values()) == {0}


def test_who_is_marked_twice_keeps_the_first_reason(ctx: AppContext, app: Flask) -> None:
    for reason in ("failed 5.1.1", "failed 5.2.1"):
        with db.transaction():
            addresses.mark(ADDRESS, reason)
    with db.transaction(write=False) as session:
        assert session.scalars(select(Undeliverable)).one().reason == "failed 5.1.1"
