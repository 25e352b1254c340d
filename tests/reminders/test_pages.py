"""The page on which somebody chooses which mails to get."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from depot.access import Actor, Role
from depot.reminders import preferences
from depot.reminders.models import Rhythm
from depot.reminders.preferences import Choice
from tests import factories
from tests.conftest import app, client, session
from tests.factories import signed_in

__all__ = ["app", "client", "session"]

PAGE = "/organisatie/meldingen"


@pytest.fixture
def company(session: Session) -> Actor:
    actor = factories.company()
    session.commit()
    return actor


def test_somebody_of_a_company_chooses_weekly_and_no_statement(
    session: Session, company: Actor, client: FlaskClient
) -> None:
    page = signed_in(client, company).get(PAGE).text
    assert 'value="daily"' in page
    assert 'value="off"' not in page
    assert client.post(PAGE, data={"ritme": "weekly"}).status_code == 303
    session.expire_all()
    assert preferences.of(company.id, company.organisation_id) == Choice(Rhythm.WEEKLY, wants_statement=False)


@pytest.mark.parametrize("typed", ["off", "hourly", ""])
def test_what_cannot_be_chosen_comes_back_at_its_field_and_changes_nothing(
    session: Session, company: Actor, client: FlaskClient, typed: str
) -> None:
    answer = signed_in(client, company).post(PAGE, data={"ritme": typed, "overzicht": "true"})
    assert answer.status_code == 400
    assert 'href="#field-ritme' in answer.text
    assert preferences.of(company.id, company.organisation_id) == Choice()


@pytest.mark.parametrize("role", [Role.BUYER, Role.REVIEWER])
def test_a_buyer_and_a_reviewer_may_choose_to_get_none(session: Session, client: FlaskClient, role: Role) -> None:
    actor = factories.municipality() if role is Role.BUYER else factories.reviewer()
    session.commit()
    page = signed_in(client, actor).get(PAGE).text
    assert 'name="overzicht"' not in page
    assert "Kalender van uw bedrijf" not in page
    assert client.post(PAGE, data={"ritme": "off"}).status_code == 303
    session.expire_all()
    assert preferences.of(actor.id, actor.organisation_id).rhythm is Rhythm.OFF


def test_who_gets_no_regular_mail_is_told_so(session: Session, client: FlaskClient) -> None:
    actor = factories.company(role=Role.COMPANY_READER)
    session.commit()
    page = signed_in(client, actor).get(PAGE).text
    assert "In uw rol krijgt u geen regelmatige mail" in page
    assert client.post(PAGE, data={"ritme": "daily"}).status_code == 400


def test_the_page_of_the_company_leads_there(company: Actor, client: FlaskClient) -> None:
    assert f'href="{PAGE}"' in signed_in(client, company).get("/organisatie").text
