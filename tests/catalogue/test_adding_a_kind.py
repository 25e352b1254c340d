"""One YAML file adds a kind: with nothing else changed it is offered, asked for, checked, deposited and listed."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from depot.access import Actor
from depot.app import create_app
from depot.catalogue.service import CatalogueError
from depot.config import Config
from depot.core import db
from depot.core.http import DepotFlask
from depot.documents import service as documents
from depot.documents.models import FactSource
from depot.verification import service as verification
from tests import factories
from tests.conftest import Client, settings

KIND = """
code: accessibility_statement
name: {nl: Toegankelijkheidsverklaring, en: Accessibility statement}
noun: {nl: toegankelijkheidsverklaring, en: accessibility statement}
description: {nl: Hoe toegankelijk uw website is., en: How accessible your website is.}
issuer: {nl: Het bedrijf zelf, en: The company itself}
axis: {shape: issued, day: signedOn}
max_age: P1Y
reminders: [30]
legal_grounds: []
personal_data: {nl: Noem geen namen., en: Do not name persons.}
review:
  points:
    - {nl: De datum klopt., en: The day is right.}
fields:
  - {name: signedOn, type: day, required: true, label: {nl: Getekend op, en: Signed on}}
  - {name: criteria, type: whole, required: true, label: {nl: Aantal succescriteria, en: Number of success criteria}}
  - {name: criteriaMet, type: whole, required: true, label: {nl: Waaraan u voldoet, en: Of which you meet}}
rules:
  - {rule: at_most, fields: [criteriaMet, criteria]}
  - {rule: not_in_future, fields: [signedOn]}
"""
FACTS = {"signedOn": "2026-10-01", "criteria": "55", "criteriaMet": "54"}


@pytest.fixture
def depot(tmp_path: Path) -> Iterator[DepotFlask]:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "accessibility_statement.yaml").write_text(KIND, encoding="utf-8")
    app = create_app(Config.from_env(settings(tmp_path, DEPOT_CATALOGUE_FOLDER=str(tmp_path / "kinds"))))
    app.test_client_class = Client
    db.Base.metadata.create_all(app.extensions["depot.engine"])
    yield app
    app.extensions["depot.engine"].dispose()


@pytest.fixture
def company(depot: DepotFlask) -> Actor:
    with depot.app_context(), db.transaction():
        return factories.company()


@pytest.fixture
def browser(depot: DepotFlask, company: Actor) -> FlaskClient:
    with depot.app_context():
        return factories.signed_in(depot.test_client(), company)


def test_it_is_deposited_checked_and_approved(depot: DepotFlask, company: Actor) -> None:
    with depot.app_context():
        with db.transaction():
            reviewer = factories.reviewer()
            version = documents.deposit(company, kind="accessibility_statement", upload=factories.file(), facts=FACTS)
        assert version.valid_until is not None
        assert version.valid_until.isoformat() == "2027-10-01"
        verification.run_checks()
        with db.transaction():
            verification.approve(reviewer, version.id, facts=FACTS)
            found = version.facts(FactSource.CONFIRMED)
    assert found == {"signedOn": "2026-10-01", "criteria": 55, "criteriaMet": 54}


def test_its_page_is_there(browser: FlaskClient) -> None:
    assert "Toegankelijkheidsverklaring" in browser.get("/dossier/toevoegen").text
    sent = {"soort": "accessibility_statement", "bestand": (BytesIO(factories.pdf()), "verklaring.pdf")}
    page = browser.post("/dossier/toevoegen", data=sent).location
    assert "Aantal succescriteria" in browser.get(page).text
    refused = browser.post(page, data={**FACTS, "criteriaMet": "56"})
    assert refused.status_code == 400
    assert "Dit is meer dan „Aantal succescriteria”." in refused.text
    accepted = browser.post(page, data=FACTS)
    assert accepted.status_code == 303
    assert "Toegankelijkheidsverklaring" in browser.get(accepted.location).text


def test_its_fields_are_told_to_programs(depot: DepotFlask, company: Actor) -> None:
    with depot.app_context(), db.transaction():
        headers = factories.bearer(company)
    kinds = depot.test_client().get("/api/v1/soorten", headers=headers).json["soorten"]
    [added] = [kind for kind in kinds if kind["code"] == "accessibility_statement"]
    assert [field["naam"] for field in added["velden"]] == list(FACTS)


def test_a_wrong_one_stops_the_start_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(KIND.replace("rule: at_most", "rule: at_mots"), encoding="utf-8")
    config = Config.from_env(settings(tmp_path, DEPOT_CATALOGUE_FOLDER=str(tmp_path)))
    with pytest.raises(CatalogueError, match=r"^wrong.yaml:20: rules.0.rule is not one of order, "):
        create_app(config)
