import io
import zipfile
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.audit.models import Event
from depot.bundles import queries, service
from depot.bundles.models import Bundle, Fetch
from depot.core import clock, db
from depot.core.http import DepotFlask
from depot.core.storage import store
from depot.documents import service as documents
from depot.mail.models import Message
from depot.tenders import participations
from depot.tenders.models import Participation
from tests import factories
from tests.factories import signed_in


@pytest.fixture
def buyer(session: Session) -> Actor:
    return factories.municipality()


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def row(session: Session, client: FlaskClient, buyer: Actor, company: Actor) -> Participation:
    """A company with an approved extract in a tender that closed yesterday; the buyer's browser is signed in."""
    past = clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        tender = factories.tender(buyer, closes_at=past + timedelta(days=39))
        factories.approved(company, factories.reviewer())
        made = factories.participant(company, tender)
    session.commit()
    signed_in(client, buyer)
    return made


@pytest.fixture
def selected(session: Session, buyer: Actor, row: Participation) -> Participation:
    participations.select(buyer, row.id, motivation="")
    session.commit()
    return row


@pytest.fixture
def bundle(session: Session, buyer: Actor, selected: Participation) -> Bundle:
    made = service.release(buyer, selected.id, legal_ground="selected")
    session.commit()
    return made


def release(client: FlaskClient, row: Participation, **given: str) -> tuple[int, str, str | None]:
    answer = client.post(f"/gemeente/deelnemers/{row.id}/bundel", data={"rechtsgrond": "selected", **given})
    return answer.status_code, unescape(answer.text), answer.location


def test_a_bundle_is_prepared_made_shown_and_fetched(
    client: FlaskClient, selected: Participation, session: Session, buyer: Actor
) -> None:
    page = client.get(f"/gemeente/deelnemers/{selected.id}/bundel").text
    assert "Uittreksel" in page
    assert "Niet gescand op virussen" in page
    status, _text, location = release(client, selected)
    bundle = queries.of_participation(buyer, selected.id)
    assert bundle is not None
    assert (status, location) == (303, f"/bundels/{bundle.id}")
    shown = client.get(f"/bundels/{bundle.id}").text
    assert "data/documenten/01-Test BV Donald/01-kvk_extract-document.pdf" in shown
    assert "Nog niemand." in shown
    assert bundle.number in client.get("/bundels").text
    answer = client.get(f"/bundels/{bundle.id}/bundel.zip")
    assert (answer.status_code, answer.mimetype, answer.content_length) == (200, "application/zip", bundle.size)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="bundel-{bundle.number}.zip"'
    assert answer.headers["ETag"] == f'"{bundle.manifest_sha256}"'
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
    again = client.get(f"/bundels/{bundle.id}/bundel.zip")
    assert again.data == answer.data
    session.expire_all()
    [first, second] = session.scalars(select(Fetch))
    assert first.is_complete
    assert second.is_complete
    shown = client.get(f"/bundels/{bundle.id}").text
    assert first.receipt in shown
    assert second.receipt in shown
    assert shown.count("helemaal verzonden") == 2


def test_the_company_sees_and_hears_that_its_bundle_was_fetched(
    client: FlaskClient, app: DepotFlask, bundle: Bundle, company: Actor, session: Session
) -> None:
    client.get(f"/bundels/{bundle.id}/bundel.zip")
    mails = session.scalars(select(Message).where(Message.template == "bundle_fetched")).all()
    assert [mail.address for mail in mails] == [factories.email_of(company)]
    page = signed_in(app.test_client(), company).get("/inzage").text
    assert "haalde een bundel op" in page
    assert "gaf een bundel vrij" in page
    assert "Gemeente Apeldoorn" in page
    assert "Toeleiden naar werk" in page


def test_another_company_does_not_see_who_fetched_what(
    client: FlaskClient, app: DepotFlask, bundle: Bundle, session: Session
) -> None:
    client.get(f"/bundels/{bundle.id}/bundel.zip")
    other = factories.company(factories.DAGOBERT)
    session.commit()
    assert "haalde een bundel op" not in signed_in(app.test_client(), other).get("/inzage").text


def test_a_later_withdrawal_does_not_change_the_bundle(
    client: FlaskClient, bundle: Bundle, company: Actor, session: Session
) -> None:
    before = client.get(f"/bundels/{bundle.id}/bundel.zip").data
    participations.withdraw_consent(company, bundle.tender_id)
    for item in bundle.items:
        if item.version_id:
            version = documents.queries.version(company, item.version_id)
            documents.withdraw(company, version.document_id)
    session.commit()
    assert client.get(f"/bundels/{bundle.id}/bundel.zip").data == before
    position = next(item.position for item in bundle.items if item.version_id)
    assert client.get(f"/bundels/{bundle.id}/documenten/{position}").data == factories.pdf()


def test_a_bundle_takes_a_legal_ground(client: FlaskClient, selected: Participation, buyer: Actor) -> None:
    for given, sentence in (("", "Vul dit in."), ("nieuwsgierig", "Kies een van de mogelijkheden.")):
        status, text, _location = release(client, selected, rechtsgrond=given)
        assert status == 400
        assert sentence in text
    assert queries.of_participation(buyer, selected.id) is None


def test_without_selection_there_is_no_bundle(client: FlaskClient, row: Participation, buyer: Actor) -> None:
    status, text, _location = release(client, row)
    assert status == 409
    assert "Een bundel is er voor een geselecteerde deelnemer. Selecteer eerst." in text
    assert queries.of_participation(buyer, row.id) is None


def test_without_consent_there_is_no_bundle(
    client: FlaskClient, selected: Participation, company: Actor, session: Session
) -> None:
    participations.withdraw_consent(company, selected.tender_id)
    session.commit()
    assert "Er is geen toestemming" in client.get(f"/gemeente/deelnemers/{selected.id}/bundel").text
    status, text, _location = release(client, selected)
    assert status == 409
    assert "Het bedrijf heeft zijn toestemming ingetrokken." in text


def test_a_second_bundle_for_a_participant_is_refused(client: FlaskClient, bundle: Bundle, session: Session) -> None:
    status, text, _location = release(client, bundle.participations[0])
    assert status == 409
    assert "Voor deze deelnemer is al een bundel gemaakt." in text
    assert f"/bundels/{bundle.id}" in text
    assert session.query(Bundle).count() == 1


def test_a_lost_document_makes_the_release_refuse_for_now(
    client: FlaskClient, selected: Participation, session: Session, buyer: Actor
) -> None:
    [chosen] = service.preview(selected).chosen
    assert chosen.version.file is not None
    store().delete(chosen.version.file.object_key)
    status, text, _location = release(client, selected)
    assert status == 503
    assert "Het bestand is nu niet beschikbaar." in text
    session.expire_all()
    assert queries.of_participation(buyer, selected.id) is None


def test_one_document_of_a_bundle_can_be_read_and_that_is_recorded(
    client: FlaskClient, bundle: Bundle, company: Actor, session: Session
) -> None:
    item = next(item for item in bundle.items if item.version_id)
    answer = client.get(f"/bundels/{bundle.id}/documenten/{item.position}")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/pdf", factories.pdf())
    [event] = session.scalars(select(Event).where(Event.action == "document.read", Event.object_id == item.version_id))
    assert (event.about_company_id, event.detail) == (company.organisation_id, {"bundle": str(bundle.id)})
    tag = next(item for item in bundle.items if item.version_id is None)
    assert client.get(f"/bundels/{bundle.id}/documenten/{tag.position}").status_code == 409
    assert client.get(f"/bundels/{bundle.id}/documenten/999").status_code == 404


def paths(bundle_id: UUID, participation_id: UUID) -> list[str]:
    return [
        f"/bundels/{bundle_id}",
        f"/bundels/{bundle_id}/bundel.zip",
        f"/bundels/{bundle_id}/documenten/1",
        f"/gemeente/deelnemers/{participation_id}/bundel",
    ]


def test_another_municipality_does_not_know_the_bundle(app: DepotFlask, bundle: Bundle, session: Session) -> None:
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    session.commit()
    browser = signed_in(app.test_client(), other)
    for path in paths(bundle.id, bundle.participations[0].id):
        assert browser.get(path).status_code == 404
    assert release(browser, bundle.participations[0])[0] == 404
    assert bundle.number not in browser.get("/bundels").text
    assert not session.query(Fetch).count()


def test_a_company_does_not_fetch_bundles(app: DepotFlask, bundle: Bundle, company: Actor, session: Session) -> None:
    browser = signed_in(app.test_client(), company)
    for path in ("/bundels", *paths(bundle.id, bundle.participations[0].id)):
        assert browser.get(path).status_code == 403
    assert not session.query(Fetch).count()


def test_a_bundle_that_does_not_exist_is_not_found(client: FlaskClient, row: Participation) -> None:
    for path in paths(db.new_id(), db.new_id()):
        assert client.get(path).status_code == 404


def test_anybody_may_read_the_schema_of_bundles_and_it_is_written_down(app: DepotFlask) -> None:
    answer = app.test_client().get("/api/v1/schemas/bundel")
    assert (answer.status_code, answer.mimetype) == (200, "application/schema+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    written = Path(__file__).parents[2] / "docs" / "bundel.schema.json"
    assert written.read_text(encoding="utf-8") == answer.text, "run: make docs"
