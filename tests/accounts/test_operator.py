"""The first person who administers a depot, from the command line."""

import pytest
from click.testing import CliRunner

from depot.access import Role
from depot.accounts import queries
from depot.app import create_app
from depot.cli import cli
from depot.config import Config
from depot.core import migrate
from tests.conftest import Client, settings
from tests.factories import PASSWORD


@pytest.fixture
def environment(tmp_path):
    environ = settings(tmp_path)
    app = create_app(Config.from_env(environ))
    app.test_client_class = Client
    migrate.upgrade(app.extensions["depot.engine"])
    yield environ, app
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
