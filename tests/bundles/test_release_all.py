"""The bundle of all selected of a tender: whose evidence goes in, what it says, who may have it, and two made at once."""

import io
import threading
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import Connection, event, func, select
from sqlalchemy.orm import Session

from depot.access import Actor, Role
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.bundles import queries, schema, service
from depot.bundles.models import Bundle
from depot.bundles.snapshot import documents_in
from depot.bundles.verification import Outcome, verify
from depot.core import clock, db, seal
from depot.core.errors import Conflict, Forbidden, NotFound
from depot.core.http import DepotFlask
from depot.core.storage import store
from depot.mail.models import Message
from depot.tenders import participations, parties
from depot.tenders.models import Participation, Tender
from tests import factories
from tests.bundles.test_report import text_of
from tests.bundles.test_service import check_description, contents, fetched
from tests.conftest import Client
from tests.factories import signed_in


@pytest.fixture
def buyer(session: Session) -> Actor:
    return factories.municipality()


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def donald(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def dagobert(session: Session) -> Actor:
    return factories.company(factories.DAGOBERT)


@pytest.fixture
def katrien(session: Session) -> Actor:
    return factories.company(factories.KATRIEN)


@pytest.fixture
def tender(buyer: Actor, reviewer: Actor, donald: Actor, dagobert: Actor, katrien: Actor) -> Tender:
    """Donald leads and Katrien helps him, Dagobert comes alone; all brought an extract, and both bidders were selected."""
    past = clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        tender = factories.tender(buyer, closes_at=past + timedelta(days=39))
        for actor in (donald, dagobert, katrien):
            factories.approved(actor, reviewer)
        factories.participant(donald, tender)
        asked = parties.add(donald, tender.id, kvk_number=factories.KATRIEN, role="member", task="Scholing")
        parties.confirm(katrien, asked.id, declares=True, consents=True, authority="bestuurder")
        factories.participant(dagobert, tender)
    for row in rows_of(tender):
        participations.select(buyer, row.id, motivation="")
    db.session.flush()
    return tender


def rows_of(tender: Tender) -> list[Participation]:
    found = select(Participation).where(Participation.tender_id == tender.id).order_by(Participation.id)
    return list(db.session.scalars(found).unique())


def released(buyer: Actor, tender: Tender) -> Bundle:
    return service.release_all(buyer, tender.id, legal_ground="selected")


def read(buyer: Actor, bundle: Bundle) -> tuple[dict[str, bytes], dict[str, Any]]:
    return contents(fetched(buyer, bundle))


def test_each_participant_has_a_folder_with_a_folder_for_each_party(
    buyer: Actor, tender: Tender, tmp_path: Path
) -> None:
    data = fetched(buyer, released(buyer, tender))
    files, said = contents(data)
    check_description(data)
    assert {path for path in files if path.startswith(("data/documenten/", "data/verklaringen/"))} == {
        "data/documenten/01-Test BV Donald/01-Test BV Donald/01-kvk_extract-document.pdf",
        "data/documenten/01-Test BV Donald/02-Test NV Katrien/01-kvk_extract-document.pdf",
        "data/documenten/02-Test EMZ Dagobert/01-Test EMZ Dagobert/01-kvk_extract-document.pdf",
        "data/verklaringen/01-Test BV Donald/01-Test BV Donald.pdf",
        "data/verklaringen/01-Test BV Donald/02-Test NV Katrien.pdf",
        "data/verklaringen/02-Test EMZ Dagobert/01-Test EMZ Dagobert.pdf",
    }
    assert [each["naam"] for each in said["deelnemers"]] == ["Test BV Donald", "Test EMZ Dagobert"]
    assert said["nietMee"] == []
    validator = Draft202012Validator(schema.json_schema(), format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(said)] == []
    path = tmp_path / "bundel.zip"
    path.write_bytes(data)
    found = verify(path, seal.current().trust)
    assert (found.outcome, found.documents, found.findings) == (Outcome.WHOLE_TRUSTED, 3, ())


def test_the_address_of_each_document_leads_to_it(buyer: Actor, tender: Tender) -> None:
    bundle = released(buyer, tender)
    files, said = read(buyer, bundle)
    for document in documents_in(said):
        position = int(document["adres"].rpartition("/")[2])
        with service.open_document(buyer, bundle.id, position).content as content:
            assert content.read() == files[document["pad"]]


def test_the_overview_says_each_verdict_with_its_day(buyer: Actor, tender: Tender) -> None:
    files, said = read(buyer, released(buyer, tender))
    sheet = openpyxl.load_workbook(io.BytesIO(files["data/overzicht.xlsx"])).active
    assert sheet is not None
    head, *lines = sheet.iter_rows(values_only=True)
    day = said["deelnemers"][0]["beoordeling"]["eisen"][0]["peildatum"]
    shown = said["leesbaar"]["momenten"][day]
    assert day == clock.day_of(tender.closes_at).isoformat()
    assert head[0::5] == ("Deelnemer", "Oordeel")
    assert [(line[0], line[5], line[7]) for line in lines] == [
        ("Test BV Donald", "voldoet", shown),
        ("Test EMZ Dagobert", "voldoet", shown),
    ]
    text = text_of(files["data/overzicht.pdf"])
    for word in ("TestBVDonaldvoldoet", "TestEMZDagobertvoldoet", shown.replace(" ", "")):
        assert word in text
    report = text_of(files["data/rapport.pdf"])
    for number, name in enumerate(("TestBVDonald", "TestEMZDagobert"), start=1):
        assert f"Deelnemer{number}:{name}" in report
    assert "Document3:" in report


def test_who_took_consent_back_or_has_nothing_approved_stays_out_and_is_named(
    buyer: Actor, tender: Tender, dagobert: Actor, katrien: Actor
) -> None:
    participations.withdraw_consent(dagobert, tender.id)
    row = next(row for row in rows_of(tender) if row.company_id != dagobert.organisation_id)
    party = next(party for party in row.parties if not party.is_own)
    parties.withdraw_consent(katrien, party.id)
    db.session.flush()
    bundle = released(buyer, tender)
    _files, said = read(buyer, bundle)
    assert [each["naam"] for each in said["deelnemers"]] == ["Test BV Donald"]
    assert [(each["deelnemer"], each["naam"], each["reden"]) for each in said["nietMee"]] == [
        ("Test BV Donald", "Test NV Katrien", "Er is geen toestemming van kracht."),
        ("Test EMZ Dagobert", "Test EMZ Dagobert", "Er is geen toestemming van kracht."),
    ]
    assert [row.company.legal_name for row in bundle.participations] == ["Test BV Donald"]


def test_nobody_selected_or_consenting_is_no_bundle(
    session: Session, buyer: Actor, tender: Tender, donald: Actor, dagobert: Actor, katrien: Actor
) -> None:
    empty = factories.tender(buyer, number="2027-02")
    with pytest.raises(Conflict, match="Selecteer eerst"):
        released(buyer, empty)
    for actor in (donald, dagobert):
        participations.withdraw_consent(actor, tender.id)
    party = next(party for row in rows_of(tender) for party in row.parties if not party.is_own)
    parties.withdraw_consent(katrien, party.id)
    session.flush()
    with pytest.raises(Conflict, match="Niemand van de geselecteerden geeft nog toestemming"):
        released(buyer, tender)
    assert not session.query(Bundle).count()


def test_a_new_bundle_is_made_only_when_something_changed(
    buyer: Actor, tender: Tender, donald: Actor, reviewer: Actor
) -> None:
    first = released(buyer, tender)
    with pytest.raises(Conflict, match="is er niets veranderd") as caught:
        released(buyer, tender)
    assert first.number in str(caught.value.text)
    factories.approved(donald, reviewer)
    second = released(buyer, tender)
    assert len(documents_in(read(buyer, second)[1])) == 4
    alone = service.release(buyer, first.participations[0].id, legal_ground="selected")
    assert queries.of_participation(buyer, first.participations[0].id) is alone
    assert queries.of_tender(buyer, tender.id) is second
    assert queries.newest_of(buyer, [row.id for row in first.participations]) == {
        first.participations[0].id: alone,
        first.participations[1].id: second,
    }


def test_each_company_learns_of_its_own_versions_and_hears_of_a_fetch(
    session: Session, buyer: Actor, tender: Tender, donald: Actor, dagobert: Actor, katrien: Actor
) -> None:
    bundle = released(buyer, tender)
    held = {item.version_id: item.path for item in bundle.items if item.version_id}
    told = session.scalars(select(Event).where(Event.action == "bundle.release")).all()
    assert {row.about_company_id: len(row.detail["versions"]) for row in told} == dict.fromkeys(
        (actor.organisation_id for actor in (donald, dagobert, katrien)), 1
    )
    for row in told:
        [version] = row.detail["versions"]
        name = session.get_one(Organisation, row.about_company_id).name
        assert name in held[UUID(version)]
    session.query(Message).delete()
    fetched(buyer, bundle)
    mails = session.scalars(select(Message).where(Message.template == "bundle_fetched")).all()
    assert {mail.address: mail.payload["documents"] for mail in mails} == dict.fromkeys(
        map(factories.email_of, (donald, dagobert, katrien)), 1
    )
    for actor in (donald, dagobert, katrien):
        assert queries.titles(actor, [bundle.id])


def test_it_belongs_to_one_municipality_and_its_buyers(session: Session, buyer: Actor, tender: Tender) -> None:
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    reader = factories.member(session.get_one(Organisation, buyer.organisation_id), Role.MUNICIPALITY_READER)
    stranger = factories.company("90001745")
    with pytest.raises(NotFound):
        released(other, tender)
    with pytest.raises(Forbidden):
        released(reader, tender)
    bundle = released(buyer, tender)
    assert queries.get(reader, bundle.id) is bundle
    with pytest.raises(NotFound):
        queries.get(other, bundle.id)
    assert not queries.titles(stranger, [bundle.id])
    assert not queries.titles(other, [bundle.id])


def test_whatever_companies_are_called_paths_stay_apart_and_short(
    buyer: Actor, tender: Tender, donald: Actor, dagobert: Actor
) -> None:
    for row, name in zip(rows_of(tender), ("CON" + "😀/..\\" * 30, "con." + "É" * 90), strict=True):
        row.company.legal_name = name
    db.session.flush()
    bundle = released(buyer, tender)
    data = fetched(buyer, bundle)
    check_description(data)
    assert max(len(item.path) for item in bundle.items) < 240
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None


def test_the_page_shows_what_goes_in_and_makes_the_bundle(
    client: FlaskClient, session: Session, buyer: Actor, tender: Tender, dagobert: Actor
) -> None:
    participations.withdraw_consent(dagobert, tender.id)
    session.commit()
    signed_in(client, buyer)
    address = f"/gemeente/aanbestedingen/{tender.id}/bundel"
    assert address in client.get(f"/gemeente/aanbestedingen/{tender.id}").text
    page = client.get(address).text
    assert "Test NV Katrien" in page
    assert "Er is geen toestemming van kracht." in page
    assert client.post(address, data={"rechtsgrond": "nieuwsgierig"}).status_code == 400
    answer = client.post(address, data={"rechtsgrond": "winner"})
    bundle = session.scalars(select(Bundle)).one()
    assert (answer.status_code, answer.location) == (303, f"/bundels/{bundle.id}")
    assert "Bewijs van alle geselecteerden" in client.get(answer.location).text
    assert "1 geselecteerde" in client.get("/bundels").text
    again = client.post(address, data={"rechtsgrond": "winner"})
    assert again.status_code == 409
    assert "Sindsdien is er niets veranderd." in again.text


def test_another_municipality_does_not_find_the_page(
    client: FlaskClient, session: Session, buyer: Actor, tender: Tender
) -> None:
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    session.commit()
    signed_in(client, other)
    address = f"/gemeente/aanbestedingen/{tender.id}/bundel"
    assert client.get(address).status_code == 404
    assert client.post(address, data={"rechtsgrond": "winner"}).status_code == 404
    for path in (f"/gemeente/aanbestedingen/{db.new_id()}/bundel", "/gemeente/aanbestedingen/x/bundel"):
        assert client.get(path).status_code == 404


def test_without_a_selection_there_is_no_button_and_the_page_says_why(
    client: FlaskClient, session: Session, buyer: Actor, tender: Tender
) -> None:
    other = factories.tender(buyer, number="2027-02")
    session.commit()
    signed_in(client, buyer)
    address = f"/gemeente/aanbestedingen/{other.id}/bundel"
    assert address not in client.get(f"/gemeente/aanbestedingen/{other.id}").text
    assert "Er is nog niemand geselecteerd" in client.get(address).text


@dataclass(frozen=True)
class Case:
    """A buyer, a company, the tender in which it was selected with another, and its participation."""

    buyer: Actor
    company: Actor
    tender_id: UUID
    participation_id: UUID


@pytest.fixture
def case(real_app: DepotFlask) -> Case:
    with real_app.app_context(), db.transaction():
        buyer, reviewer, past = factories.municipality(), factories.reviewer(), clock.now() - timedelta(days=40)
        with clock.moved_to(past):
            tender = factories.tender(buyer, closes_at=past + timedelta(days=39))
            for number in (factories.DONALD, factories.DAGOBERT):
                company = factories.company(number)
                factories.approved(company, reviewer)
                row = factories.participant(company, tender)
        for each in rows_of(tender):
            participations.select(buyer, each.id, motivation="")
        return Case(buyer, company, tender.id, row.id)


@pytest.mark.parametrize("is_of_all", [True, False])
def test_of_two_releases_at_once_one_is_made(real_app: DepotFlask, case: Case, is_of_all: bool) -> None:
    start, refused = threading.Barrier(2), []

    def make() -> None:
        with real_app.app_context():
            start.wait()
            try:
                with db.transaction():
                    if is_of_all:
                        service.release_all(case.buyer, case.tender_id, legal_ground="selected")
                    else:
                        service.release(case.buyer, case.participation_id, legal_ground="selected")
            except Conflict as error:
                refused.append(str(error.text))

    workers = [threading.Thread(target=make) for _each in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(refused) == 1
    with real_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Bundle)) == 1


def test_the_lock_is_taken_after_all_files_are_there(real_app: DepotFlask, case: Case) -> None:
    there: list[int] = []

    def on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("sqlite_begin") == "IMMEDIATE":
            with real_app.app_context():
                there.append(len(list(store().keys("bundles/"))))

    real_app.test_client_class = Client
    with real_app.app_context():
        browser = signed_in(real_app.test_client(), case.buyer)
    event.listen(real_app.extensions["depot.engine"], "begin", on_begin)
    address = f"/gemeente/aanbestedingen/{case.tender_id}/bundel"
    assert browser.post(address, data={"rechtsgrond": "selected"}).status_code == 303
    with real_app.app_context():
        bundle = db.session.scalars(select(Bundle)).one()
        own = sum(item.object_key.startswith("bundles/") for item in bundle.items)
    assert there == [own]


def test_what_changes_while_the_bag_is_made_is_not_sealed(real_app: DepotFlask, case: Case) -> None:
    """Consent that is taken back between reading and storing: the release is refused, and nothing is stored."""
    engine, is_done = real_app.extensions["depot.engine"], threading.Event()

    def take_back() -> None:
        with real_app.app_context(), db.transaction():
            participations.withdraw_consent(case.company, case.tender_id)

    def on_commit(_connection: Connection) -> None:
        if not is_done.is_set():
            is_done.set()
            worker = threading.Thread(target=take_back)
            worker.start()
            worker.join()

    event.listen(engine, "commit", on_commit)
    with real_app.app_context(), pytest.raises(Conflict, match="veranderde iets"), db.transaction():
        service.release_all(case.buyer, case.tender_id, legal_ground="selected")
    with real_app.app_context():
        assert not db.session.scalar(select(func.count()).select_from(Bundle))
