"""Registers of quality marks: lists that come in whole or not at all, looks by hand, and what they say of a certificate."""

from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from depot.access import Actor, Role
from depot.core import clock, db
from depot.core.errors import Forbidden, Invalid, UnsupportedType
from depot.core.storage import store
from depot.documents import importing
from depot.documents.models import Version
from depot.verification import marks, queries
from depot.verification.mark_models import MarkEntry, MarkSource
from depot.verification.models import Finding
from tests import factories
from tests.documents.test_sheets import workbook
from tests.factories import DONALD

HEAD = "KvK-nummer;Naam;Certificaatnummer;Status;Geldig vanaf;Geldig tot en met"


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


def days(**changes: str) -> tuple[str, str]:
    facts = factories.facts("quality_mark")
    return changes.get("start", facts["validFrom"]), changes.get("end", facts["validUntil"])


def line(number: str = DONALD, name: str = "Test BV Donald", status: str = "definitief", **changes: str) -> str:
    return ";".join([number, name, "BOW-1", status, *days(**changes)])


def bring(actor: Actor, *lines: str, ago: int = 1, scheme: str = "blik-op-werk") -> importing.Preview:
    data = "\n".join([HEAD, *lines]).encode()
    return _bring(actor, data, ago, scheme)


def _bring(actor: Actor, data: bytes, ago: int = 1, scheme: str = "blik-op-werk") -> importing.Preview:
    as_of = clock.today() - timedelta(days=ago)
    return marks.bring(actor, scheme=scheme, as_of=as_of, upload=factories.file(data, "houders.csv"))


def note(actor: Actor, ago: int = 0, **changes: Any) -> MarkSource:
    start, end = (date.fromisoformat(each) for each in days())
    said = {"number": "BOW-1", "status": "definitief", "valid_from": start, "valid_until": end, **changes}
    return marks.note(
        actor,
        scheme="blik-op-werk",
        as_of=clock.today() - timedelta(days=ago),
        upload=factories.file(name="afdruk.pdf"),
        kvk_number=DONALD,
        holder="Test BV Donald",
        **said,
    )


def certificate(**changes: Any) -> Version:
    return factories.checked(factories.company(), kind="quality_mark", **changes)


def told(version: Version) -> Finding | None:
    db.session.expire_all()
    return next((row for row in queries.findings([version.id]) if row.check == "mark_register"), None)


def reason(version: Version) -> str | None:
    found = told(version)
    return found.reason if found else None


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(MarkEntry)) or 0


def wrong(found: importing.Preview) -> Sequence[str]:
    cells = [text for row in found.wrong_rows for cell in row.cells for text in cell.wrong]
    return [str(text) for text in (*found.wrong, *cells)]


def test_a_certificate_that_stands_in_the_register_is_found(reviewer: Actor) -> None:
    assert bring(reviewer, line()).is_right
    assert reason(certificate()) == "found"


def test_a_holder_without_a_number_is_known_by_its_name_in_any_spelling(reviewer: Actor) -> None:
    bring(reviewer, line(number="", name="TEST B.V. Dónald"))
    assert reason(certificate()) == "found"


def test_another_company_of_that_name_with_a_number_of_its_own_is_not_the_holder(reviewer: Actor) -> None:
    bring(reviewer, line(number="69599084"))
    assert reason(certificate()) == "not_found"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"start": "2020-01-01"}, "other_days"),
        ({"end": "2020-12-31"}, "other_days"),
        ({"end": ""}, "found"),
        ({"status": "geschorst"}, "other_status"),
        ({"status": "aspirant"}, "other_status"),
    ],
)
def test_other_days_and_another_status_are_told_apart(reviewer: Actor, said: dict[str, str], expected: str) -> None:
    assert bring(reviewer, line(**said)).is_right
    assert reason(certificate()) == expected


def test_of_several_certificates_the_one_that_fits_counts(reviewer: Actor) -> None:
    bring(reviewer, line(status="ingetrokken", start="2019-01-01", end="2020-01-01"), line())
    assert reason(certificate()) == "found"


@pytest.mark.parametrize(("ago", "expected"), [(31, "found"), (32, "not_looked")])
def test_a_list_older_than_a_month_says_nothing(reviewer: Actor, ago: int, expected: str) -> None:
    bring(reviewer, line(), ago=ago)
    assert reason(certificate()) == expected


def test_without_a_list_or_with_that_of_another_mark_nobody_looked(reviewer: Actor) -> None:
    bring(reviewer, line(), scheme="cedeo")
    assert reason(certificate()) == "not_looked"


def test_an_equivalent_and_a_mark_without_a_register_are_not_looked_up(reviewer: Actor) -> None:
    assert reason(certificate(scheme="other")) is None


def test_a_look_by_hand_that_is_newer_wins_from_the_list_and_an_older_one_does_not(reviewer: Actor) -> None:
    bring(reviewer, line(number="69599084"), ago=5)
    note(reviewer, ago=7)
    version = certificate()
    assert reason(version) == "not_found"
    note(reviewer)
    assert marks.compare_again(10) == {"compared": 1}
    assert reason(version) == "found"


def test_a_look_by_hand_may_say_that_the_company_is_not_there(reviewer: Actor) -> None:
    bring(reviewer, line(), ago=3)
    note(reviewer, status="absent")
    assert reason(certificate()) == "not_found"


def test_a_list_that_comes_later_is_held_against_what_waits_once(reviewer: Actor) -> None:
    version = certificate()
    assert reason(version) == "not_looked"
    assert marks.compare_again(10) == {"compared": 0}
    bring(reviewer, line())
    assert marks.compare_again(10) == {"compared": 1}
    assert reason(version) == "found"
    assert marks.compare_again(10) == {"compared": 0}


def test_the_print_and_the_list_are_kept_as_they_came(reviewer: Actor) -> None:
    source = note(reviewer)
    with marks.open_file(reviewer, source.id).content as content:
        assert content.read() == factories.pdf()
    bring(reviewer, line())
    assert marks.remove_orphans() == 0
    assert all(store().read(row.object_key) for row in marks.sources(reviewer))


def test_five_thousand_holders_fit_and_one_more_does_not(reviewer: Actor) -> None:
    lines = [line(number="", name=f"Bedrijf {place}") for place in range(5000)]
    assert len(bring(reviewer, *lines).rows) == 5000
    assert count() == 5000
    with pytest.raises(Invalid) as caught:
        bring(reviewer, *lines, line())
    assert "5000 rijen" in str(caught.value.fields["bestand"][0])
    assert count() == 5000


def test_a_workbook_under_the_name_of_a_csv_is_read_for_what_it_is(reviewer: Actor) -> None:
    rows = [HEAD.split(";"), line().split(";")]
    assert _bring(reviewer, workbook(*rows)).is_right
    assert count() == 1


def test_what_a_program_could_take_for_a_formula_is_refused_with_its_row(reviewer: Actor) -> None:
    found = bring(reviewer, line(), line(name="=HYPERLINK(A1)"))
    assert [row.number for row in found.wrong_rows] == [3]
    assert any("mag niet beginnen met =" in text for text in wrong(found))
    assert count() == 0


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "leeg"),
        (b"Naam;Status;Contactpersoon\nTest;definitief;Iemand", "hoort niet in deze lijst"),
        (b"Naam;Geboortedatum;Status\nTest;1-1-1980;definitief", "geboortedata"),
        (b"KvK-nummer;Naam\n68750110;Test", "De kolom „Status” ontbreekt."),
        (b"Naam;Naam;Status\na;b;definitief", "staat er twee keer in"),
        (b"KvK-nummer;Naam;Status\n12;Test;definitief", "Een KvK-nummer heeft 8 cijfers."),
        (b"Naam;Status\nTest;gouden", "Kies een van de mogelijkheden."),
    ],
)
def test_each_mistake_in_a_list_has_its_sentence_and_nothing_is_kept(reviewer: Actor, data: bytes, said: str) -> None:
    assert any(said in text for text in wrong(_bring(reviewer, data)))
    assert db.session.scalar(select(func.count()).select_from(MarkSource)) == 0


def test_a_day_that_has_not_come_and_a_print_that_is_no_picture_are_refused(reviewer: Actor) -> None:
    with pytest.raises(Invalid):
        bring(reviewer, line(), ago=-1)
    upload = factories.file(b"MZ not a picture", "afdruk.pdf")
    with pytest.raises(UnsupportedType):
        marks.note(
            reviewer,
            scheme="cedeo",
            as_of=clock.today(),
            upload=upload,
            kvk_number=DONALD,
            holder="x",
            number="",
            status="absent",
            valid_from=None,
            valid_until=None,
        )


def test_only_reviewers_read_and_write_registers(session: Session) -> None:
    for actor in (factories.company(), factories.municipality(Role.BUYER)):
        with pytest.raises(Forbidden):
            marks.sources(actor)
        with pytest.raises(Forbidden):
            bring(actor, line())
        with pytest.raises(Forbidden):
            note(actor)


def test_the_pages_bring_in_a_list_and_a_look_by_hand(client: FlaskClient, reviewer: Actor) -> None:
    factories.signed_in(client, reviewer)
    base, today = "/registers/keurmerken", clock.today().isoformat()
    assert "Nog geen registers" in client.get(base).text
    assert "Keurmerk" in client.get(f"{base}/lijst").text

    def send(path: str, data: bytes, name: str, **more: str) -> Any:
        form = {"keurmerk": "cedeo", "peildatum": today, "bestand": (BytesIO(data), name), **more}
        return client.post(f"{base}/{path}", data=form, content_type="multipart/form-data")

    answer = send("lijst", b"Naam;Status\nTest;gouden\n<b>;definitief", "houders.csv")
    assert answer.status_code == 400
    assert "Deze lijst is niet overgenomen" in answer.text
    assert "gouden" in answer.text
    assert 'value="cedeo" selected' in answer.text
    assert send("lijst", f"{HEAD}\n{line()}".encode(), "houders.csv").status_code == 303
    look = {"kvkNummer": DONALD, "houder": "Test BV Donald", "status": "definitief"}
    assert send("nagekeken", factories.pdf(), "afdruk.pdf", **look).status_code == 303
    page = client.get(base).text
    assert "alle houders" in page
    assert f"KvK-nummer {DONALD}" in page
    for source in marks.sources(reviewer):
        assert client.get(f"{base}/{source.id}/bestand").status_code == 200
    assert client.get(f"{base}/{db.new_id()}/bestand").status_code == 404
    assert send("nagekeken", b"tekst", "afdruk.pdf", **look).status_code in (400, 415)
