"""What a bundle says of the client of a reference."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.bundles import schema, service
from depot.bundles.snapshot import documents_in
from depot.core import clock, db
from depot.documents.models import Version
from depot.tenders import participations
from depot.verification import confirmations
from tests import factories
from tests.accounts.links import secret_of
from tests.bundles.test_report import text_of

CLIENT = "inkoop@voorbeeld.example"
CLOSED = timedelta(days=40)


@pytest.fixture
def buyer(session: Session) -> Actor:
    return factories.municipality()


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


def reference(company: Actor, reviewer: Actor) -> Version:
    return factories.approved(company, reviewer, "reference", amountTotalExVat="120000.00")


def ask(reviewer: Actor, version: Version) -> None:
    confirmations.ask(reviewer, version.id, email=CLIENT, checked_how="Website.", locale="nl")


def answer() -> None:
    confirmations.answer(
        secret_of("confirmation_asked"),
        outcome="corrected",
        corrections={"amountTotalExVat": "110.000"},
        is_satisfied=True,
        function="contractmanager",
        remarks="Goed gedaan.",
        origin="192.0.2.1",
    )


def released(buyer: Actor, company: Actor, past: Any, *asked: str) -> tuple[dict[str, Any], bytes]:
    with clock.moved_to(past):
        tender = factories.tender(buyer, *(asked or ("competence",)), closes_at=past + CLOSED - timedelta(days=1))
        row = factories.participant(company, tender)
    participations.select(buyer, row.id, motivation="")
    bundle = service.release(buyer, row.id, legal_ground="selected")
    with db.transaction():
        download = service.fetch(buyer, bundle.id)
    with zipfile.ZipFile(io.BytesIO(b"".join(service.stream(download)))) as archive:
        inside = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    return json.loads(inside["data/bundel.json"]), inside["data/rapport.pdf"]


@pytest.mark.parametrize("state", ["", "asked", "answered"])
def test_a_bundle_says_what_the_client_was_asked_and_answered(
    buyer: Actor, company: Actor, reviewer: Actor, state: str
) -> None:
    past = clock.now() - CLOSED
    with clock.moved_to(past):
        version = reference(company, reviewer)
        if state:
            ask(reviewer, version)
        if state == "answered":
            answer()
    said, report = released(buyer, company, past)
    assert not list(Draft202012Validator(schema.json_schema(), format_checker=FormatChecker()).iter_errors(said))
    [document] = documents_in(said)
    text = text_of(report)
    confirmed = document["bevestiging"]
    assert CLIENT not in json.dumps(said)
    assert ("Bevestigingdoordeopdrachtgever" in text) is bool(state)
    if not state:
        assert confirmed is None
        return
    assert (confirmed["stand"], confirmed["maildomein"]) == (state, "voorbeeld.example")
    assert confirmed["gevraagd"]["amountTotalExVat"] == "120000.00"
    if state == "answered":
        assert (confirmed["uitkomst"], confirmed["functie"]) == ("corrected", "contractmanager")
        assert confirmed["correcties"] == [["Bedrag van de hele opdracht (ex btw)", "110.000"]]
        assert "Juist,metcorrecties" in text
        assert "110.000" in text
        assert "Goedgedaan." in text
