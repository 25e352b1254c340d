"""Drafts that are read by machine: at once or by the job, proposed and never counting."""

import html
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict

from depot.core import db
from depot.core.errors import Invalid, NotFound
from depot.documents import drafts, queries, reading, service
from depot.documents.models import UNKNOWN, FactSource, Reading, ReadingState, State, Version
from depot.reading import ocr
from tests import factories
from tests.factories import facts, file, pdf, signed_in
from tests.reading import papers

ADD, DRAFTS = "/dossier/toevoegen", "/dossier/concepten"


@pytest.fixture
def donald(session):
    return factories.company()


@pytest.fixture
def browser(client, donald):
    return signed_in(client, donald)


def begun(actor, *uploads, **more):
    return drafts.begin(actor, uploads=[file(data) for data in uploads], **more).versions


def reading_of(version):
    return db.session.get_one(Reading, version.id)


def form(*files, **changes):
    found = MultiDict({"sleutel": str(uuid4()), **changes})
    for data in files:
        found.add("bestand", FileStorage(BytesIO(data), filename="Uittreksel van mij.pdf"))
    return found


def text_of(answer):
    return html.unescape(answer.text)


def test_a_pdf_with_text_is_read_at_once_and_its_kind_guessed(donald):
    [version] = begun(donald, papers.pdf())
    row = reading_of(version)
    assert (row.state, row.means, version.document.kind, row.is_certain) == (
        ReadingState.READ,
        "text",
        "kvk_extract",
        True,
    )
    assert row.of_kind("kvk_extract")["rsin"] == {
        "value": "857587973",
        "snippet": "RSIN 857587973",
        "is_doubtful": False,
    }


def test_a_proposal_is_no_fact(donald):
    [version] = begun(donald, papers.pdf())
    assert version.fact_sets == []
    with pytest.raises(Invalid):
        service.submit(donald, version.id, facts={})
    db.undo()


def test_what_is_handed_in_counts_as_submitted_whatever_was_proposed(donald):
    [version] = begun(donald, papers.pdf())
    service.submit(donald, version.id, facts=facts(statutoryName="Test BV Donald en Zonen"))
    assert version.facts(FactSource.SUBMITTED)["statutoryName"] == "Test BV Donald en Zonen"
    assert version.facts(FactSource.PROPOSED) is None


def test_a_chosen_kind_stays_and_gets_proposals_too(donald):
    [version] = begun(donald, papers.pdf(), kind="procurement_conduct_certificate")
    row = reading_of(version)
    assert (version.document.kind, row.kind) == ("procurement_conduct_certificate", "kvk_extract")
    assert row.of_kind("procurement_conduct_certificate")["kvkNumber"]["value"] == "68750110"


def test_another_companys_number_is_not_proposed(session):
    [version] = begun(factories.company(factories.DAGOBERT), papers.pdf())
    assert "kvkNumber" not in reading_of(version).of_kind("kvk_extract")


def test_a_scan_waits_for_the_job_as_a_draft_of_no_known_kind(donald):
    [version] = begun(donald, papers.scan("PNG"))
    assert (version.document.kind, version.state, reading_of(version).state) == (
        UNKNOWN,
        State.DRAFT,
        ReadingState.WAITING,
    )
    assert reading.read_waiting() == {"read": 1, "unread": 0}
    assert (version.document.kind, reading_of(version).means) == ("kvk_extract", "ocr")
    assert reading_of(version).of_kind("kvk_extract")["seat"]["value"] == "Apeldoorn"
    assert reading.read_waiting() == {"read": 0, "unread": 0}


def test_a_kind_that_a_person_chose_meanwhile_is_not_guessed_over(donald):
    [version] = begun(donald, papers.scan())
    drafts.change_kind(donald, version.id, kind="quality_mark")
    reading.read_waiting()
    assert version.document.kind == "quality_mark"


def test_a_draft_that_was_thrown_away_is_not_read(donald):
    [version] = begun(donald, papers.scan())
    service.discard(donald, version.id)
    db.session.flush()
    assert reading.read_waiting() == {"read": 0, "unread": 1}
    assert reading_of(version).proposals == {}


def test_without_tesseract_the_draft_says_so_and_goes_on_by_hand(donald, browser, monkeypatch, tmp_path):
    monkeypatch.setitem(ocr.ENVIRONMENT, "PATH", str(tmp_path))
    page = browser.post(ADD, data=form(papers.scan("PNG"))).location
    assert reading.read_waiting() == {"read": 0, "unread": 1}
    shown = text_of(browser.get(page))
    assert "Het depot kan hier nu geen scans lezen. Vul de gegevens zelf in." in shown
    browser.post(page.replace("gegevens", "soort"), data={"soort": "kvk_extract", "verder": page})
    assert browser.post(page, data=facts()).status_code == 303


def test_a_broken_file_is_told_once_and_not_tried_again(donald):
    [version] = begun(donald, b"%PDF-1.7 nothing")
    assert reading.read_waiting() == {"read": 0, "unread": 1}
    assert (reading_of(version).reason, reading.read_waiting()) == ("failed", {"read": 0, "unread": 0})


def test_the_same_form_twice_reads_once(donald, session):
    key = uuid4()
    [first] = begun(donald, papers.pdf(), key=key)
    [second] = begun(donald, papers.pdf(), key=key)
    assert first.id == second.id
    assert session.scalar(select(func.count()).select_from(Reading)) == 1


def test_a_next_version_is_read_and_the_new_values_come_before_the_old(donald, browser, session):
    old = factories.approved(donald, factories.reviewer(), statutoryName="Oude Naam BV")
    data = {"relatie": "renewal", "bestand": FileStorage(BytesIO(papers.pdf()), filename="nieuw.pdf")}
    page = browser.post(f"/dossier/{old.document_id}/vernieuwen", data=data).location
    shown = browser.get(page).text
    assert 'value="Test BV Donald"' in shown
    assert "Oude Naam" not in shown


def test_a_draft_of_no_known_kind_is_no_part_of_the_dossier(donald, browser):
    [version] = begun(donald, papers.scan())
    db.session.flush()
    assert queries.dossier(donald) == []
    assert queries.of_companies([donald.organisation_id]) == []
    with pytest.raises(NotFound):
        queries.in_dossier(donald, version.document_id)
    with pytest.raises(Invalid):
        service.submit(donald, version.id, facts=facts())
    db.undo()


def test_every_page_bears_a_draft_of_no_known_kind(browser):
    page = browser.post(ADD, data=form(papers.scan("PNG"))).location
    here = page.removesuffix("/gegevens")
    document = here.partition("/versies")[0]
    assert "Nog niet bekend" in browser.get(DRAFTS).text
    for path, status in (
        ("/dossier", 200),
        (page, 200),
        (document, 404),
        (f"{here}/lijst", 400),
        (f"{document}/vernieuwen", 400),
    ):
        assert browser.get(path).status_code == status, path
    assert browser.post(page, data={}).status_code == 400
    assert browser.post(page.replace("gegevens", "concept"), data={}).status_code == 400


def test_the_page_shows_values_with_what_they_were_read_from(browser):
    page = browser.post(ADD, data=form(papers.pdf())).location
    shown = text_of(browser.get(page))
    assert "Het depot las 6 gegevens in uw bestand" in shown
    assert 'value="857587973"' in shown
    assert 'value="03-10-2026"' in shown
    assert '<option value="bv" selected>' in shown
    assert "Gelezen uit: „Datum van afgifte 3 oktober 2026”" in shown
    assert "Uittreksel van mij" in shown


def test_doubt_is_said_at_the_field(browser):
    rows = (*papers.TABLE, ("RSIN", "111222333"))
    shown = text_of(browser.get(browser.post(ADD, data=form(papers.pdf(rows))).location))
    assert "Bij 1 gegeven twijfelt het depot." in shown
    assert "Het depot twijfelt: kijk dit na." in shown


def test_what_a_file_says_is_shown_as_text(browser):
    rows = (*papers.TABLE[:3], ("Statutaire naam", "<b>Test BV Donald"), *papers.TABLE[4:])
    shown = browser.get(browser.post(ADD, data=form(papers.pdf(rows))).location).text
    assert "<b>Test" not in shown
    assert "&lt;b&gt;Test BV Donald" in shown


def test_while_the_depot_reads_the_page_says_so_with_a_way_to_look_again(browser):
    page = browser.post(ADD, data=form(papers.scan("PNG"))).location
    shown = text_of(browser.get(page))
    assert "Het depot leest dit bestand nog." in shown
    assert f'href="{page}"' in shown
    reading.read_waiting()
    assert "Het depot las 6 gegevens" in text_of(browser.get(page))


def test_the_kind_is_put_right_on_the_page_itself(browser):
    page = browser.post(ADD, data=form(papers.pdf())).location
    answer = browser.post(page.replace("gegevens", "soort"), data={"soort": "quality_mark", "verder": page})
    assert answer.location == page
    assert "Dit bestand lijkt van een andere soort te zijn dan: Keurmerk" in text_of(browser.get(page))


def test_a_person_who_types_sees_what_was_typed_and_not_what_was_read(browser):
    page = browser.post(ADD, data=form(papers.pdf())).location
    browser.post(page.replace("gegevens", "concept"), data={"statutoryName": "Zelf getypt"})
    shown = browser.get(page).text
    assert 'value="Zelf getypt"' in shown


def test_several_files_are_each_read(donald, session):
    begun(donald, papers.pdf(), pdf("een tekst van niets"), papers.pdf((*papers.TABLE, ("Blad", "2"))))
    states = session.scalars(select(Reading.state)).all()
    assert sorted(states) == [ReadingState.READ, ReadingState.READ, ReadingState.WAITING]


def test_the_pages_ask_the_database_the_same_for_any_number_of_readings(app, browser, donald, session):
    for number in range(12):
        begun(donald, papers.pdf((*papers.TABLE, ("Blad", str(number)))))
    session.flush()
    with factories.queries_at_most(app, 13):
        assert browser.get(DRAFTS).status_code == 200


def test_strangers_see_nothing_of_what_was_read(client, donald):
    [version] = begun(donald, papers.pdf())
    signed_in(client, factories.company(factories.DAGOBERT))
    assert client.get(f"/dossier/{version.document_id}/versies/1/gegevens").status_code == 404
    assert isinstance(db.session.get(Version, version.id), Version)
