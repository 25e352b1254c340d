"""The trade register fills in what a company that registers would type; only the person makes it count."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.accounts import queries as accounts
from depot.accounts.models import Ground, Registration
from depot.companies import proposals
from depot.companies import queries as companies
from depot.core import db
from depot.verification import admissions
from tests import factories
from tests.accounts.test_registrations import claim, hand_in
from tests.factories import DONALD
from tests.registers import Desk, desk, register

__all__ = ["desk", "register"]

FOUND = {"form": "Stichting", "rsin": "857587973", "place": "Lollum", "trade_names": ["Duck <b>", "Donald Coaching"]}


@pytest.fixture
def known(register: Desk) -> Desk:
    register.add(DONALD, "Duck <b>", **FOUND)
    return register


def row() -> Registration:
    db.session.expire_all()
    return db.session.scalars(select(Registration)).one()


def admitted() -> tuple[str, str, str, list[str], str | None]:
    admissions.check_proofs()
    operator = factories.reviewer(factories.Role.OPERATOR_ADMIN)
    admissions.admit(operator, row().id, ground=Ground.AUTHORISATION, reason="Getekend.")
    organisation = accounts.organisation_by_kvk(DONALD)
    assert organisation is not None
    found = companies.get(organisation.id)
    return found.legal_name, found.legal_form, found.seat, list(found.trade_names), organisation.rsin


def test_what_the_register_says_counts_once_the_person_takes_it_over(
    client: FlaskClient, session: Session, known: Desk
) -> None:
    path = claim(client)
    assert "Nog niet nagekeken in het Handelsregister." in client.get(path).text
    assert proposals.propose(10) == {"looked": 1, "unreachable": 0}
    page = client.get(path).text
    assert "Duck &lt;b&gt;" in page
    assert row().company_name == "Test BV Donald"
    assert hand_in(client, path, register="true").status_code == 303
    assert admitted() == ("Duck <b>", "foundation", "Lollum", ["Donald Coaching"], "857587973")


def test_what_was_typed_stays_when_the_person_does_not_take_it_over(
    client: FlaskClient, session: Session, known: Desk
) -> None:
    path = claim(client)
    proposals.propose(10)
    hand_in(client, path)
    assert admitted() == ("Test BV Donald", "bv", "Apeldoorn", [], None)


def test_a_register_that_is_down_keeps_nobody_from_registering_and_is_asked_later(
    client: FlaskClient, session: Session, known: Desk
) -> None:
    path = claim(client)
    known.is_down = True
    assert proposals.propose(10) == {"looked": 0, "unreachable": 1}
    assert proposals.propose(10) == {"looked": 0, "unreachable": 0}
    assert "Nog niet nagekeken in het Handelsregister." in client.get(path).text
    hand_in(client, path)
    known.is_down = False
    row().leased_until = None
    assert proposals.propose(10) == {"looked": 1, "unreachable": 0}
    assert row().register_outcome == "found"


def test_a_number_that_is_not_in_the_register_is_said_and_not_refused(
    client: FlaskClient, session: Session, register: Desk
) -> None:
    path = claim(client)
    proposals.propose(10)
    page = client.get(path).text
    assert "Dit KvK-nummer staat niet in het Handelsregister." in page
    assert 'name="register"' not in page
    assert hand_in(client, path, register="true").status_code == 409
    assert hand_in(client, path).status_code == 303


def test_who_decides_sees_what_the_register_says(client: FlaskClient, session: Session, known: Desk) -> None:
    hand_in(client, claim(client))
    proposals.propose(10)
    operator = factories.reviewer(factories.Role.OPERATOR_ADMIN)
    factories.signed_in(client, operator)
    page = client.get(f"/aanmeldingen/{row().id}").text
    assert "Lollum" in page
    assert "857587973" in page


def test_without_a_register_no_claim_waits_for_one(client: FlaskClient, session: Session) -> None:
    claim(client)
    assert proposals.propose(10) == {"looked": 0, "unreachable": 0}
