"""Who begins a depot, from the command line: the first person who administers it, and a municipality's first buyer."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from depot.access import Role
from depot.accounts import queries
from depot.accounts.models import Organisation
from depot.app import create_app
from depot.cli import cli
from depot.config import Config
from depot.core import db
from depot.mail.models import Message
from depot.mail.service import compose
from tests.conftest import Client
from tests.factories import PASSWORD


@pytest.fixture
def environment(own_settings):
    app = create_app(Config.from_env(own_settings))
    app.test_client_class = Client
    yield own_settings, app
    app.extensions["depot.engine"].dispose()


def create(environ, email):
    return CliRunner().invoke(cli, ["operator", "create", "--email", email], env=environ)


def test_the_command_prints_a_link_instead_of_a_password(environment):
    environ, app = environment
    for email in ("Eerste@depot.example", "tweede@depot.example"):
        told = create(environ, email)
        assert told.exit_code == 0, told.output
        link = told.output.split()[0]
        path = link.removeprefix("http://localhost")
        client = app.test_client()
        data = {"naam": "Test Beheerder", "wachtwoord": PASSWORD}
        assert client.post(path, data=data).status_code == 303
        assert client.get("/begin").location == "/beheer"
    with app.app_context():
        organisation = queries.operator()
        assert [person.email for person in queries.people(organisation.id, Role.OPERATOR_ADMIN)] == [
            "eerste@depot.example",
            "tweede@depot.example",
        ]


def test_what_is_no_address_is_a_wrong_usage(environment):
    told = create(environment[0], "geen adres")
    assert told.exit_code == 2
    assert "Schrijf een e-mailadres" in told.output


def municipality(environ, code, email="inkoper@epe.example"):
    command = ["municipality", "create", "--email", email, "--name", "Gemeente Epe", "--code", code]
    return CliRunner().invoke(cli, command, env=environ)


def test_the_first_buyer_of_a_municipality_gets_a_link_by_mail(environment):
    environ, app = environment
    told = municipality(environ, "GM0232")
    assert told.exit_code == 0, told.output
    assert "inkoper@epe.example" in told.output
    assert "uitnodiging/" not in told.output
    with app.app_context():
        letter = db.session.scalars(select(Message)).one()
        assert letter.address == "inkoper@epe.example"
        assert compose(letter).subject == "Gemeente Epe nodigt u uit voor het depot"
        secret = letter.payload["secret"]
    client = app.test_client()
    assert (
        client.post(f"/uitnodiging/{secret}", data={"naam": "Ina Inkoper", "wachtwoord": PASSWORD}).status_code == 303
    )
    assert client.get("/begin").location == "/gemeente/aanbestedingen"


def test_a_code_that_is_known_gets_another_buyer_not_another_municipality(environment):
    environ, app = environment
    for email in ("een@epe.example", "twee@epe.example"):
        assert municipality(environ, "gm0232", email).exit_code == 0
    with app.app_context():
        found = db.session.scalars(select(Organisation)).all()
        assert [(row.name, row.municipality_code) for row in found] == [("Gemeente Epe", "gm0232")]
        assert {row.address for row in db.session.scalars(select(Message))} == {"een@epe.example", "twee@epe.example"}


@pytest.mark.parametrize(("code", "email"), [("0232", "inkoper@epe.example"), ("gm0232", "geen adres")])
def test_a_wrong_code_or_address_makes_no_municipality(environment, code, email):
    told = municipality(environment[0], code, email)
    assert told.exit_code == 2
    assert "Schrijf " in told.output
    with environment[1].app_context():
        assert db.session.scalars(select(Organisation)).all() == []
