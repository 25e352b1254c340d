import mailbox
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import func, select, update

from depot.accounts.models import User
from depot.core import clock, db
from depot.mail import queries, service, transport
from depot.mail.models import Message, MessageState

NOON = datetime(2026, 11, 21, 11, tzinfo=UTC)
DOCUMENT = "0190c0de-0000-7000-8000-000000000001"
ABOUT: dict[str, Any] = {
    "company": "Werkpad BV",
    "tender": "Re-integratie <2027>",
    "municipality": "Gemeente Lindeveld",
    "tender_id": DOCUMENT,
}
PAYLOADS: dict[str, dict[str, Any]] = {
    "confirmation_asked": {
        "company": "Werkpad BV",
        "client": "Gemeente <1>",
        "until": "2026-12-21T09:00:00+00:00",
        "is_reminder": True,
        "secret": "geheim",
    },
    "register_differs": {"company": "Werkpad BV", "day": "2026-12-31"},
    "job_silent": {"job": "send_mail", "since": "2026-11-20T09:12:00+00:00"},
    "objects_damaged": {"count": 2, "keys": ["documents/clean/<1>", "bundles/2"]},
    "colleague_unreachable": {"organisation": "Werkpad BV"},
    "seal_ends": {"name": "Depot Seal, Depot <1>", "day": "2026-12-31"},
    "version_approved": {"company": "Werkpad BV", "title": "Polis <1>", "reason": "", "document_id": DOCUMENT},
    "version_returned": {
        "company": "Werkpad BV",
        "title": "Polis <1>",
        "reason": "De einddatum ontbreekt.\n\nVraag <b>uw verzekeraar</b> om een nieuw blad.",
        "document_id": DOCUMENT,
    },
    "version_revoked": {
        "company": "Werkpad BV",
        "title": "Polis <1>",
        "reason": "De verzekeraar kent <b>deze polis</b> niet.\n\nVraag uw verzekeraar om een nieuw blad.",
        "document_id": DOCUMENT,
    },
    "bundle_flagged": {
        "number": "B2026-0001",
        "tender": "Re-integratie <2027>",
        "municipality": "Gemeente Lindeveld",
        "company": "Werkpad BV",
        "title": "Polis <1>",
        "version": 2,
        "at": "2026-11-20T09:12:00+00:00",
        "reason": "De verzekeraar kent <b>deze polis</b> niet.",
        "bundle_id": DOCUMENT,
    },
    "digest": {
        "company": "Werkpad BV",
        "items": [
            {
                "title": "Polis <1>",
                "kind": "Verzekering",
                "ending": "nog 7 dagen",
                "begin": "Begin nu met vernieuwen.",
                "tenders": ["nodig op 3 maart 2027 voor „Re-integratie”"],
                "document_id": DOCUMENT,
                "draft": 2,
            },
            {
                "title": "Uittreksel",
                "kind": "Uittreksel",
                "ending": "nog 9 dagen",
                "begin": "",
                "tenders": [],
                "document_id": DOCUMENT,
                "draft": None,
            },
        ],
        "is_alone": True,
    },
    "statement": {
        "company": "Werkpad BV",
        "day": "2026-12-01",
        "counting": [
            {"title": "Polis <1>", "kind": "Verzekering", "standing": "geldig tot en met", "document_id": DOCUMENT},
        ],
        "ended": [{"title": "Keurmerk", "kind": "Keurmerk", "standing": "niet meer geldig", "document_id": DOCUMENT}],
        "waiting": [{"title": "Uittreksel", "kind": "Uittreksel", "standing": "concept", "document_id": DOCUMENT}],
        "missing": ["Jaarrekening"],
    },
    "changes": {
        "municipality": "Gemeente Lindeveld",
        "count": 2,
        "tenders": [
            {"title": "Re-integratie <2027>", "tender_id": DOCUMENT, "lines": ["Werkpad <1> BV: nieuw"], "more": 1}
        ],
    },
    "desk": {"organisation": "Depot <1>", "waiting": 2, "urgent": 1, "days": 3, "looks": 1},
    "selected": {
        "company": "Werkpad BV",
        "tender": "Re-integratie <2027>",
        "municipality": "Gemeente Lindeveld",
        "motivation": "De beste inschrijving.",
        "tender_id": DOCUMENT,
    },
    "rejected": {
        "company": "Werkpad BV",
        "tender": "Re-integratie <2027>",
        "municipality": "Gemeente Lindeveld",
        "motivation": "",
        "tender_id": DOCUMENT,
    },
    "bundle_fetched": {
        "company": "Werkpad BV",
        "tender": "Re-integratie <2027>",
        "municipality": "Gemeente Lindeveld",
        "number": "B2026-0001",
        "receipt": "O2026-7KQ4XPRW",
        "documents": 1,
        "at": "2026-11-21T11:00:00+00:00",
    },
    "call_invitation": {**ABOUT, "is_external": False, "until": "2026-11-28T11:00:00+00:00"},
    "requirements_changed": {
        **ABOUT,
        "added": ["Keurmerk <1>"],
        "changed": ["Verzekering"],
        "removed": ["Referentie"],
        "until": "2026-11-28T11:00:00+00:00",
        "party_id": DOCUMENT,
    },
    "dates_moved": {
        **ABOUT,
        "is_continuous": False,
        "dates": {
            "bid": ["2026-11-28T11:00:00+00:00", "2026-12-05T11:00:00+00:00"],
            "contract": ["2027-01-01", "2027-02-01"],
        },
        "reason": "Er waren <1> vragen.\n\nZie <b>de nota</b>.",
    },
    "shortlisted": {**ABOUT, "motivation": "Sterk <1>."},
    "lot_decided": {**ABOUT, "lot": "1", "lot_title": "Noord <1>", "is_selected": True, "motivation": "Sterk."},
    "lot_awarded": {**ABOUT, "lot": "1", "lot_title": "Noord <1>", "is_awarded": True},
    "admission_turned": {
        **ABOUT,
        "lost": ["Verzekering <1>"],
        "regained": ["Keurmerk"],
        "path": f"/aanbestedingen/{DOCUMENT}",
    },
    "decided": {**ABOUT, "outcome": "awarded"},
    "cure_asked": {
        **ABOUT,
        "question": "Lever de polis <1> aan.\n\nGraag <b>snel</b>.",
        "until": "2026-11-28T11:00:00+00:00",
        "url": f"/aanbestedingen/{DOCUMENT}",
    },
    "cure_done": {**ABOUT, "participation_id": DOCUMENT},
    "party_asked": {**ABOUT, "lead": "Wegwijs BV", "until": "2026-11-28T11:00:00+00:00", "party_id": DOCUMENT},
    "party_answered": {**ABOUT, "party": "Wegwijs BV", "is_confirmed": True},
    "lead_withdrew": {**ABOUT, "lead": "Wegwijs BV", "until": "2026-11-28T11:00:00+00:00", "party_id": DOCUMENT},
    "party_removed": {**ABOUT, "lead": "Wegwijs BV", "until": "2026-11-28T11:00:00+00:00", "party_id": DOCUMENT},
    "registration_confirm": {"kvk_number": "68750110", "until": "2026-11-28T11:00:00+00:00", "secret": "s3cret"},
    "registration_admitted": {"company": "Werkpad BV"},
    "registration_refused": {"company": "Werkpad BV", "reason": "Het zegel ontbreekt.\n\nVraag <b>een nieuw</b>."},
    "invitation": {
        "organisation": "Werkpad BV",
        "role": "medewerker",
        "inviter": "Bas <1>",
        "until": "2026-12-05T11:00:00+00:00",
        "secret": "s3cret",
    },
    "password_reset": {"until": "2026-11-21T13:00:00+00:00", "secret": "s3cret"},
}
WITHOUT_COMPANY = {
    "changes",
    "desk",
    "job_silent",
    "objects_damaged",
    "seal_ends",
    "registration_confirm",
    "password_reset",
}


class Server:
    """A way out that answers as told and remembers what it was offered."""

    def __init__(self) -> None:
        self.offered: list[EmailMessage] = []
        self.answer: Exception | None = None

    def line(self) -> "Server":
        return self

    def close(self) -> None:
        pass

    def send(self, message: EmailMessage) -> None:
        assert not db.session().in_transaction(), "a transaction is open while the server is spoken to"
        self.offered.append(message)
        if self.answer:
            raise self.answer


@pytest.fixture
def server(app: Flask) -> Server:
    server = Server()
    app.extensions["depot.mail"] = service._Post(server, "depot@depot.example")
    return server


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.moved_to(NOON):
        yield


def write(key: str = "1", template: str = "version_approved", *, locale: str = "nl", **changes: Any) -> None:
    with db.transaction():
        person = User(email="anna@werkpad.example", name="Anna", locale=locale)
        service.write(person, template, dedupe_key=key, **PAYLOADS[template] | changes)


def the_message() -> Message:
    with db.transaction(write=False) as session:
        return session.scalars(select(Message).execution_options(populate_existing=True)).one()


def test_a_message_is_sent_once(ctx: AppContext, server: Server) -> None:
    write()
    assert service.send_due() == {"sent": 1, "postponed": 0, "failed": 0, "withheld": 0}
    assert service.send_due() == {"sent": 0, "postponed": 0, "failed": 0, "withheld": 0}
    [sent] = server.offered
    assert sent["To"] == "anna@werkpad.example"
    assert sent["Message-ID"] == the_message().message_id
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent.get_body(("html",)) is not None
    assert the_message().sent_at == NOON


def test_the_same_key_is_written_once(ctx: AppContext) -> None:
    write("review:1")
    write("review:1")
    write("review:2")
    with db.transaction(write=False) as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 2


def test_the_way_to_a_folder_works_whole(ctx: AppContext, tmp_path: Path) -> None:
    write()
    service.send_due()
    [letter] = mailbox.Maildir(tmp_path / "mail")
    assert letter["Subject"].encode().isascii()
    assert letter["Message-ID"] == the_message().message_id


def test_the_wait_grows_until_after_nearly_three_days_the_message_has_failed(ctx: AppContext, server: Server) -> None:
    write()
    server.answer = transport.TryLater("451 busy")
    now, waits = NOON, []
    while the_message().state == MessageState.WAITING:
        with clock.moved_to(now):
            assert sum(service.send_due().values()) == 1
            assert sum(service.send_due().values()) == 0
        waits.append(the_message().next_at - now)
        now = the_message().next_at
    assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert timedelta(days=2, hours=12) < now - NOON <= timedelta(days=3)
    assert the_message().state == MessageState.FAILED
    assert the_message().last_error == "451 busy"
    assert {message["Message-ID"] for message in server.offered} == {the_message().message_id}


def test_a_message_that_waited_for_the_server_still_arrives(ctx: AppContext, server: Server) -> None:
    write()
    server.answer = transport.TryLater("connection refused")
    service.send_due()
    server.answer = None
    with clock.moved_to(NOON + timedelta(minutes=1)):
        assert service.send_due()["sent"] == 1
    assert the_message().last_error is None


def test_a_refused_message_has_failed_at_once(ctx: AppContext, server: Server) -> None:
    write()
    server.answer = transport.Refused("550 unknown")
    assert service.send_due()["failed"] == 1
    assert (the_message().state, the_message().attempts) == (MessageState.FAILED, 1)


def test_one_refused_address_does_not_stop_the_others(ctx: AppContext, server: Server) -> None:
    write("1")
    write("2")
    server.answer = transport.Refused("550 unknown")
    assert service.send_due()["failed"] == 2


def test_what_a_dead_process_had_claimed_is_sent_when_its_lease_ends(ctx: AppContext, server: Server) -> None:
    write()
    assert service._claim() is not None
    assert service.send_due()["sent"] == 0
    with clock.moved_to(NOON + timedelta(minutes=6)):
        assert service.send_due()["sent"] == 1


def test_a_late_failure_does_not_undo_what_another_process_sent(ctx: AppContext, server: Server) -> None:
    write()
    message = service._claim()
    assert message is not None
    with db.transaction() as session:
        session.execute(update(Message).values(state=MessageState.SENT, sent_at=NOON))
    service._postpone(message, "451 busy")
    assert (the_message().state, the_message().sent_at) == (MessageState.SENT, NOON)


def test_looking_for_due_mail_uses_the_partial_index(ctx: AppContext) -> None:
    query = select(Message.id).where(queries.due(NOON)).order_by(Message.next_at).limit(1)
    engine = db.session.get_bind()
    with engine.connect() as connection:
        sql = query.compile(engine, compile_kwargs={"literal_binds": False, "render_postcompile": True})
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (NOON.isoformat(), 1, 0)).fetchall()
    assert "ix_mail_messages_next_at" in str(plan)


@pytest.mark.parametrize("locale", ["nl", "en"])
@pytest.mark.parametrize("template", sorted(PAYLOADS))
def test_every_letter_says_who_it_is_about_and_where_to_go(ctx: AppContext, template: str, locale: str) -> None:
    write(template=template, locale=locale)
    letter = service.compose(the_message())
    assert "Werkpad BV" in letter.subject or template in WITHOUT_COMPANY
    assert "<1>" not in letter.content
    assert "<b>" not in letter.content
    assert "<2027>" not in letter.content
    assert "http://depot.example/" in letter.text
    assert 'href="http://depot.example/' in letter.content
    assert "%(" not in letter.subject + letter.text + letter.content


def test_every_template_has_both_forms_and_is_tried_here() -> None:
    folder = Path(__file__).parents[2] / "templates" / "mail"
    texts = {path.stem for path in folder.glob("*.txt")}
    pages = {path.stem for path in folder.glob("*.html") if not path.name.startswith("_")}
    assert texts == pages == set(PAYLOADS)


@pytest.mark.parametrize("sign", ["\r", "\x85", "\u2028", "\u2029", "\x1e"])
def test_a_sign_that_ends_a_line_does_not_leave_the_subject(ctx: AppContext, tmp_path: Path, sign: str) -> None:
    write(template="version_approved", title=f"Polis{sign}Bcc: alle@depot.example")
    service.send_due()
    [letter] = mailbox.Maildir(tmp_path / "mail")
    assert letter["Bcc"] is None
    assert "Bcc: alle@depot.example" in str(make_header(decode_header(letter["Subject"])))


def test_a_digests_subject_counts(ctx: AppContext) -> None:
    write(template="digest")
    assert service.compose(the_message()).subject == "Werkpad BV: 2 documenten vragen uw aandacht"


def test_the_demo_shows_the_post(app: Flask, ctx: AppContext) -> None:
    write(template="version_returned")
    client = app.test_client()
    inbox = client.get("/demo/post").text
    assert "Werkpad BV: vul “Polis &lt;1&gt;” aan" in inbox
    page = client.get(f"/demo/post/{the_message().id}").text
    assert f'<a href="http://depot.example/dossier/{DOCUMENT}">' in page
    assert "wacht op verzending" in page


def test_a_letter_that_does_not_exist_is_not_found(app: Flask) -> None:
    assert app.test_client().get(f"/demo/post/{DOCUMENT}").status_code == 404


def test_an_empty_inbox_says_what_will_come(app: Flask) -> None:
    assert "Er is nog geen post." in app.test_client().get("/demo/post").text


@pytest.mark.parametrize("answer", [None, transport.Refused("550 no")])
def test_the_secret_of_a_link_is_forgotten_once_its_message_has_left_or_failed(
    app: Flask, ctx: AppContext, server: Server, answer: Exception | None
) -> None:
    app.config["DEMO"] = False
    server.answer = answer
    write(template="password_reset")
    service.send_due()
    [sent] = server.offered
    assert "/wachtwoord/s3cret" in sent.as_string()
    assert set(the_message().payload) == {"until"}


def test_a_message_that_waits_for_another_attempt_keeps_its_secret(app: Flask, ctx: AppContext, server: Server) -> None:
    app.config["DEMO"] = False
    server.answer = transport.TryLater("451 later")
    write(template="password_reset")
    service.send_due()
    assert the_message().payload["secret"] == "s3cret"


def test_a_message_carries_the_host_of_the_depot_and_keeps_it(app: Flask, ctx: AppContext, server: Server) -> None:
    write()
    server.answer = transport.TryLater("451 later")
    service.send_due()
    app.config["BASE_URL"] = "https://elders.example"
    server.answer = None
    with clock.moved_to(NOON + timedelta(minutes=1)):
        service.send_due()
    assert {sent["Message-ID"] for sent in server.offered} == {f"<{the_message().id}@depot.example>"}


def test_a_mail_that_nobody_must_get_can_be_ended_with_one_click(ctx: AppContext, server: Server) -> None:
    write("1", template="digest", unsubscribe="http://depot.example/afmelden/x")
    write("2")
    service.send_due()
    with_link, without = server.offered
    assert with_link["List-Unsubscribe"] == "<http://depot.example/afmelden/x>"
    assert with_link["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert without["List-Unsubscribe"] is None


def test_an_address_that_the_server_does_not_know_gets_no_more_mail(ctx: AppContext, server: Server) -> None:
    write("1")
    server.answer = transport.Refused("550 5.1.1 unknown", is_about_address=True)
    service.send_due()
    server.answer = None
    write("2")
    assert service.send_due()["withheld"] == 1
    assert len(server.offered) == 1
