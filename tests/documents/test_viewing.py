"""The pages of a file as pictures: for the company itself, and for a reviewer who opened the document at the desk."""

import io

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Action
from depot.audit.models import Event
from depot.documents import viewing
from depot.documents.models import ScanState
from tests import factories
from tests.factories import checked, deposited, pdf, signed_in


def address(version, page=1, **asked):
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"/dossier/{version.document_id}/versies/{version.number}/bladen/{page}?{query}"


def png():
    made = io.BytesIO()
    Image.new("RGB", (3000, 4000), "white").save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize("data", [pdf(), png()], ids=["pdf", "scan"])
@pytest.mark.parametrize("width", [800, 1600])
def test_a_company_sees_its_page_as_wide_as_asked(client: FlaskClient, session: Session, data: bytes, width: int):
    company = factories.company()
    version = deposited(company, data=data)
    session.commit()
    answer = signed_in(client, company).get(address(version, breedte=width))
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert answer.headers["Cache-Control"] == "private, max-age=600"
    with Image.open(io.BytesIO(answer.data)) as picture:
        assert picture.format == "WEBP"
        assert picture.width in (width, width + 1)  # a part of a dot is a dot


@pytest.mark.parametrize(("page", "width"), [(0, 800), (2, 800), (10**9, 800), (1, 801), (1, "breed")])
def test_what_is_no_page_is_not_found(client: FlaskClient, session: Session, page: int, width: object):
    company = factories.company()
    version = deposited(company)
    session.commit()
    found = signed_in(client, company).get(address(version, page, breedte=width)).status_code
    assert found == (200 if width == "breed" else 404)


def test_a_reviewer_sees_pages_after_opening_the_desk_which_is_recorded_once(client: FlaskClient, session: Session):
    version = checked(factories.company())
    session.commit()
    reviewer = signed_in(client, factories.reviewer())
    assert reviewer.get(address(version)).status_code == 404
    for _time in range(2):
        assert "Bladzijde 1 van 1" in reviewer.get(f"/beoordelen/{version.id}").text
    assert reviewer.get(address(version)).status_code == 200
    looks = select(Event).where(Event.action == Action.DOCUMENT_READ, Event.object_id == version.id)
    assert len(session.scalars(looks).all()) == 1


def test_another_company_and_a_municipality_see_no_page(client: FlaskClient, session: Session):
    version = checked(factories.company())
    session.commit()
    for stranger in (factories.company(factories.DAGOBERT), factories.municipality()):
        assert signed_in(client, stranger).get(address(version)).status_code in (403, 404)


@pytest.mark.parametrize("state", [ScanState.INFECTED, ScanState.WAITING])
def test_before_its_scan_and_with_a_virus_nobody_else_sees_a_page(
    client: FlaskClient, session: Session, state: ScanState
):
    version = checked(factories.company())
    assert version.file
    version.file.scan_state = state
    session.commit()
    reviewer = signed_in(client, factories.reviewer())
    assert "Bladzijde 1" not in reviewer.get(f"/beoordelen/{version.id}").text
    assert reviewer.get(address(version)).status_code == 404


def test_of_a_file_that_cannot_be_drawn_the_page_says_so_and_links_to_it(client: FlaskClient, session: Session):
    company = factories.company()
    version = deposited(company, data=b"%PDF-1.7\nniet meer dan dit")
    session.commit()
    assert viewing.count(version) == 0
    browser = signed_in(client, company)
    text = browser.get(f"/dossier/{version.document_id}").text
    assert "De bladzijden zijn hier niet te tonen." in text
    assert f"/dossier/{version.document_id}/versies/1/bestand" in text
    assert browser.get(address(version)).status_code == 404
