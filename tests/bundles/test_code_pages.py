import io
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from depot.access import Actor, Role
from depot.accounts.models import Organisation
from depot.bundles import code_rules, codes
from depot.bundles import service as bundles
from depot.bundles.code_models import Code, CodeLook
from depot.core import clock, db, qr
from depot.tenders import participations
from tests import factories
from tests.factories import signed_in

UNKNOWN = "Deze verwijzing vinden wij niet."
MISTYPED = "0000-0000"


@pytest.fixture
def buyer(session: Session) -> Actor:
    return factories.municipality()


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def code(session: Session, company: Actor, buyer: Actor) -> Code:
    """A code of Donald for Apeldoorn; its extract is approved, it has no policy."""
    factories.approved(company, factories.reviewer())
    row = made(company, buyer)
    session.commit()
    return row


def made(company: Actor, buyer: Actor) -> Code:
    return codes.make(
        company,
        recipient=buyer.organisation_id,
        tender=None,
        kinds=["kvk_extract", "liability_insurance"],
        until=clock.today() + timedelta(days=90),
        reason="Inschrijving jobcoaching",
    )


def looks() -> list[bool]:
    """Of every look, whether it found a code."""
    return [found is not None for found in db.session.scalars(select(CodeLook.code_id).order_by(CodeLook.id))]


def as_person(client: FlaskClient, actor: Actor) -> FlaskClient:
    client.post("/uitloggen")
    return signed_in(client, actor)


def ask(client: FlaskClient, text: str = "", file: bytes | None = None) -> TestResponse:
    data: dict[str, object] = {"codes": text}
    if file is not None:
        data["bestand"] = (io.BytesIO(file), "codes.csv")
    return client.post("/verwijzing", data=data)


def test_a_company_makes_a_code_reads_it_and_revokes_it(
    client: FlaskClient, session: Session, company: Actor, buyer: Actor
) -> None:
    factories.approved(company, factories.reviewer())
    session.commit()
    signed_in(client, company)
    assert "Nog geen verwijzingen" in client.get("/verwijzingen").text
    form = client.get("/verwijzingen/nieuw").text
    assert 'value="kvk_extract" checked' in form
    until = clock.today() + timedelta(days=90)
    answer = client.post(
        "/verwijzingen/nieuw",
        data={
            "gemeente": str(buyer.organisation_id),
            "aanbesteding": "",
            "soorten": ["kvk_extract", "liability_insurance"],
            "geldigTot": until.strftime("%d-%m-%Y"),
            "reden": "Inschrijving jobcoaching",
        },
    )
    row = db.session.scalars(select(Code)).unique().one()
    assert (answer.status_code, answer.location) == (303, f"/verwijzingen/{row.id}")
    page = unescape(client.get(f"/verwijzingen/{row.id}").text)
    for words in (
        row.shown,
        f"/verwijzing/{row.shown}",
        "Ons bewijs ligt in",
        "trade-regist",
        "Nog niemand",
        "ontbreekt",
    ):
        assert words in page
    assert row.shown in client.get("/verwijzingen").text
    answer = client.post(f"/verwijzingen/{row.id}/intrekken")
    assert (answer.status_code, answer.location) == (303, f"/verwijzingen/{row.id}")
    assert "U hebt deze verwijzing ingetrokken" in client.get(f"/verwijzingen/{row.id}").text
    again = client.post(f"/verwijzingen/{row.id}/intrekken")
    assert again.status_code == 409
    assert "werkt al niet meer" in again.text


def test_a_form_that_is_refused_comes_back_with_what_was_typed(
    client: FlaskClient, session: Session, company: Actor, buyer: Actor
) -> None:
    session.commit()
    answer = signed_in(client, company).post(
        "/verwijzingen/nieuw",
        data={"gemeente": str(buyer.organisation_id), "geldigTot": "01-01-2020", "reden": "Proef"},
    )
    assert answer.status_code == 400
    for words in ("Deze dag is al voorbij", "Kies minstens één soort document", 'value="Proef"', 'value="01-01-2020"'):
        assert words in answer.text
    assert db.session.scalar(select(func.count()).select_from(Code)) == 0


def test_the_qr_code_is_a_picture_of_the_link(client: FlaskClient, company: Actor, code: Code) -> None:
    answer = signed_in(client, company).get(f"/verwijzingen/{code.id}/qr.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.data == qr.svg(f"http://localhost/verwijzing/{code.shown}")
    assert ElementTree.fromstring(answer.data).tag.endswith("svg")  # noqa: S314 - we wrote it ourselves


def test_another_companys_code_is_not_found(client: FlaskClient, session: Session, code: Code) -> None:
    other = factories.company(factories.DAGOBERT)
    session.commit()
    signed_in(client, other)
    assert code.shown not in client.get("/verwijzingen").text
    assert client.get(f"/verwijzingen/{code.id}").status_code == 404
    assert client.get(f"/verwijzingen/{code.id}/qr.svg").status_code == 404
    assert client.post(f"/verwijzingen/{code.id}/intrekken").status_code == 404


def test_a_reader_of_the_company_reads_codes_and_makes_none(
    client: FlaskClient, session: Session, company: Actor, code: Code
) -> None:
    reader = factories.member(session.get_one(Organisation, company.organisation_id), Role.COMPANY_READER)
    session.commit()
    signed_in(client, reader)
    page = client.get(f"/verwijzingen/{code.id}")
    assert page.status_code == 200
    assert "Intrekken" not in page.text
    assert client.get("/verwijzingen/nieuw").status_code == 403
    assert client.post(f"/verwijzingen/{code.id}/intrekken").status_code == 403


def test_each_side_stays_out_of_the_others_pages(client: FlaskClient, company: Actor, buyer: Actor, code: Code) -> None:
    signed_in(client, company)
    assert client.get("/verwijzing").status_code == 403
    assert client.get(f"/verwijzing/{code.shown}").status_code == 403
    assert ask(client, code.shown).status_code == 403
    as_person(client, buyer)
    assert client.get("/verwijzingen").status_code == 403
    assert client.get(f"/verwijzingen/{code.id}").status_code == 403


def test_a_municipality_looks_a_code_up_and_the_company_reads_that(
    client: FlaskClient, company: Actor, buyer: Actor, code: Code
) -> None:
    signed_in(client, buyer)
    answer = ask(client, f" {code.shown.lower().replace('-', ' ')} ")
    assert (answer.status_code, answer.location) == (303, f"/verwijzing/{code.shown}")
    page = unescape(client.get(answer.location).text)
    for words in ("Test BV Donald", "Uittreksel", "geldig", "ontbreekt", "Er is niets veranderd", "leest u nog niet"):
        assert words in page
    assert "document.pdf" not in page
    assert looks() == [True]
    assert code.shown in client.get("/verwijzing").text
    as_person(client, company)
    assert "buyer Gemeente Apeldoorn, Gemeente Apeldoorn" in client.get(f"/verwijzingen/{code.id}").text
    seen = client.get("/inzage").text
    assert "zocht een verwijzing op" in seen
    assert f"/verwijzingen/{code.id}" in seen


@pytest.mark.parametrize(
    "typed", [lambda code: code.shown, lambda _code: MISTYPED, lambda _code: code_rules.complete("1234567")]
)
def test_whatever_is_wrong_with_a_code_the_answer_is_the_same_and_the_miss_is_kept(
    client: FlaskClient, session: Session, code: Code, typed: Callable[[Code], str]
) -> None:
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    session.commit()
    answer = signed_in(client, other).get(f"/verwijzing/{typed(code)}")
    assert answer.status_code == 404
    assert UNKNOWN in answer.text
    assert "Donald" not in answer.text
    assert looks() == [False]


def test_a_mistyped_code_comes_back_in_its_field(client: FlaskClient, buyer: Actor, code: Code) -> None:
    answer = ask(signed_in(client, buyer), MISTYPED)
    assert answer.status_code == 404
    assert UNKNOWN in answer.text
    assert MISTYPED in answer.text
    assert looks() == [False]


def test_a_revoked_and_an_expired_code_say_so_and_nothing_more(
    client: FlaskClient, session: Session, company: Actor, buyer: Actor, code: Code
) -> None:
    expired = made(company, buyer)
    expired.until = clock.today() - timedelta(days=1)
    codes.revoke(company, code.id)
    session.commit()
    signed_in(client, buyer)
    for row, words in ((code, "heeft deze verwijzing ingetrokken"), (expired, "gold tot en met")):
        page = client.get(f"/verwijzing/{row.shown}").text
        assert words in page
        assert "Uittreksel" not in page
    assert "gold tot en met" in as_person(client, company).get(f"/verwijzingen/{expired.id}").text


def test_a_pasted_list_and_a_csv_file_are_answered_line_by_line(client: FlaskClient, buyer: Actor, code: Code) -> None:
    signed_in(client, buyer)
    table = f"Bedrijf;Code\r\nDonald;{code.shown}\r\nNiemand;{MISTYPED}\r\n"
    for answer in (ask(client, f"{code.shown}\n{MISTYPED}"), ask(client, file=table.encode("utf-8-sig"))):
        assert answer.status_code == 200
        page = unescape(answer.text)
        for words in ("1 van de 2 codes gevonden", "Test BV Donald", "1 van 2 soorten geldig", MISTYPED, UNKNOWN):
            assert words in page
    assert sorted(looks()) == [False, False, True, True]


@pytest.mark.parametrize(
    ("text", "file", "status", "words"),
    [
        ("", None, 400, "Plak een of meer codes"),
        ("X", b"X", 400, "niet allebei"),
        ("\n".join(["X"] * 201), None, 400, "ten hoogste 200 codes"),
        ("", b"code\n", 400, "Hier staat geen code in"),
        ("", b"", 400, "Dit bestand is leeg"),
        ("", b"PK\x03\x04\0\0", 400, "Sla de lijst op als CSV"),
        ("", b"x" * (64 << 10) + b"x", 413, "ten hoogste 64 kB"),
        ("x" * 31_000, None, 400, "langer dan"),
    ],
)
def test_a_list_that_cannot_be_looked_up_says_why(
    client: FlaskClient, session: Session, buyer: Actor, text: str, file: bytes | None, status: int, words: str
) -> None:
    session.commit()
    answer = ask(signed_in(client, buyer), text, file)
    assert answer.status_code == status
    assert words in unescape(answer.text)
    assert looks() == []


def test_a_municipality_that_guesses_is_told_to_wait(
    client: FlaskClient, buyer: Actor, code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "MISSES_LIMIT", 2)
    signed_in(client, buyer)
    for _try in range(2):
        assert client.get(f"/verwijzing/{MISTYPED}").status_code == 404
    answers = (client.get(f"/verwijzing/{code.shown}"), ask(client, f"{code.shown}\n{MISTYPED}"))
    for answer in answers:
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 3601
        assert "te veel verkeerde codes" in answer.text


def test_on_selection_the_page_leads_to_the_bundle(
    client: FlaskClient, session: Session, company: Actor, buyer: Actor
) -> None:
    past = clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        tender = factories.tender(buyer, closes_at=past + timedelta(days=39))
        factories.approved(company, factories.reviewer())
        row = factories.participant(company, tender)
        code = made(company, buyer)
    participations.select(buyer, row.id, motivation="")
    session.commit()
    signed_in(client, buyer)
    assert f"/gemeente/deelnemers/{row.id}/bundel" in client.get(f"/verwijzing/{code.shown}").text
    with db.transaction():
        bundle = bundles.release(buyer, row.id, legal_ground="selected")
    assert f"/bundels/{bundle.id}" in client.get(f"/verwijzing/{code.shown}").text
