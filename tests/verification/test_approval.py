"""Approval by rule, and sameness between companies: what machines settle, and what reviewers alone are shown."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import typst
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.catalogue.service import catalogue
from depot.core import clock
from depot.core.antivirus import Scanner
from depot.core.errors import Forbidden
from depot.core.http import DepotFlask
from depot.documents.models import FactSource, State, Version
from depot.mail.models import Message
from depot.verification import queries, sameness, service
from tests import factories
from tests.verification import pdfs, signed
from tests.verification.signed import maker


@pytest.fixture
def trusting(app: DepotFlask, clamd: Scanner) -> Iterator[None]:
    """A depot with a scanner that trusts one authority and lets nothing be drawn."""
    before = {name: app.extensions[name] for name in ("depot.scanner", "depot.anchors")}
    share = app.config["SAMPLE_SHARE"]
    app.extensions |= {"depot.scanner": clamd, "depot.anchors": authority().anchors}
    app.config["SAMPLE_SHARE"] = 0
    try:
        yield
    finally:
        app.extensions |= before
        app.config["SAMPLE_SHARE"] = share


def authority() -> signed.Maker:
    return maker(signed.CHAMBER, clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=60))


def extract(by: signed.Maker, name: str = "Test BV Donald", days: int = 3) -> bytes:
    day = clock.today() - timedelta(days=days)
    text = f"Uittreksel van {day:%d-%m-%Y}. KvK-nummer 68750110, {name}, besloten vennootschap."
    return signed.signed(typst.compile(text.encode(), format="pdf"), by, at=clock.now() - timedelta(days=days))


def checked(company: Actor, data: bytes, **changes: Any) -> Version:
    issued = (clock.today() - timedelta(days=3)).isoformat()
    return factories.checked(company, data=data, **{"issueDate": issued, **changes})


def reasons(version: Version) -> dict[str, str]:
    return {row.check: row.reason for row in queries.findings([version.id])}


def test_an_extract_that_its_seal_proves_is_approved_by_rule(session: Session, trusting: None) -> None:
    version = checked(factories.company(), extract(authority()))
    assert version.state is State.APPROVED
    assert version.facts(FactSource.CONFIRMED) == version.facts(FactSource.SUBMITTED)
    [review] = queries.reviews([version.id])
    assert (review.by_user_id, review.by_rule) == (None, "sealed_by:issuer")
    assert reasons(version)["by_rule"] == "approved"
    assert [row.template for row in session.scalars(select(Message))] == ["version_approved"]


@pytest.mark.parametrize(
    ("changes", "made"),
    [
        ({}, {"by": maker("Kamer van Nergens")}),
        ({}, {"name": "Test BV Katrien"}),
        ({"issueDate": "2020-01-01"}, {}),
        ({"seat": "Nergenshuizen"}, {}),
        ({"legalForm": "nv"}, {}),
    ],
    ids=["another sealer", "another holder", "another day", "a fact more", "another form"],
)
def test_an_extract_of_which_something_is_not_proven_goes_to_a_person(
    session: Session, trusting: None, changes: dict[str, Any], made: dict[str, Any]
) -> None:
    version = checked(factories.company(), extract(**{"by": authority(), **made}), **changes)
    assert version.state is State.IN_REVIEW
    assert "by_rule" not in reasons(version)


def test_a_changed_extract_is_never_approved_by_rule(session: Session, trusting: None) -> None:
    version = checked(factories.company(), signed.rewritten(extract(authority())))
    assert version.state is State.IN_REVIEW
    assert reasons(version)["signature"] == "modified"


def test_what_an_older_catalogue_accepted_goes_to_a_person(
    app: DepotFlask, session: Session, trusting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = (clock.today() - timedelta(days=3)).isoformat()
    version = factories.deposited(factories.company(), data=extract(authority()), issueDate=issued)
    session.commit()
    known = catalogue()
    kind = known.kinds["kvk_extract"]
    stricter = tuple(replace(field, is_required=field.is_required or field.name == "seat") for field in kind.fields)
    kinds = {**known.kinds, kind.code: replace(kind, fields=stricter)}
    monkeypatch.setitem(app.extensions, "depot.catalogue", replace(known, kinds=kinds))
    assert service.check(version.id) == "checked"
    session.expire_all()
    assert version.state is State.IN_REVIEW
    assert "by_rule" not in reasons(version)


def test_a_share_goes_to_a_person_with_the_reason(app: DepotFlask, session: Session, trusting: None) -> None:
    app.config["SAMPLE_SHARE"] = 100
    version = checked(factories.company(), extract(authority()))
    assert version.state is State.IN_REVIEW
    assert reasons(version)["by_rule"] == "drawn"


POLICY = " ".join(f"Wij bewaren gegeven nummer{number} zolang wet{number * 7} dat vraagt." for number in range(60))


def paper(name: str) -> bytes:
    return pdfs.text_pdf(f"Verslag van {name}. {POLICY}")


def test_what_another_company_handed_in_too_is_shown_to_reviewers_alone(client: FlaskClient, session: Session) -> None:
    donald, katrien = factories.company(), factories.company("90001354")
    reviewer = factories.reviewer()
    first = factories.checked(donald, "annual_accounts", paper("Donald"))
    near = factories.checked(katrien, "annual_accounts", paper("Katrien"))
    same = factories.checked(katrien, "reference", paper("Donald"))
    assert not sameness.of(reviewer, first.id)
    assert [(row.other_id, row.is_same_bytes) for row in sameness.of(reviewer, near.id)] == [(first.id, False)]
    assert [(row.other_id, row.is_same_bytes) for row in sameness.of(reviewer, same.id)] == [(first.id, True)]
    with pytest.raises(Forbidden):
        sameness.of(katrien, near.id)
    session.commit()
    browser = factories.signed_in(client, katrien)
    for address in (f"/dossier/{near.document_id}", "/dossier", f"/api/v1/documenten/{near.document_id}"):
        assert "Donald" not in browser.get(address).text
        assert "ander bedrijf" not in browser.get(address).text
    desk = factories.signed_in(client, reviewer).get(f"/beoordelen/{near.id}").text
    assert "Ook bij een ander bedrijf" in desk
    assert str(first.id) in desk


def test_what_a_company_writes_itself_twice_is_its_own_affair(session: Session) -> None:
    donald, reviewer = factories.company(), factories.reviewer()
    factories.checked(donald, "annual_accounts", paper("Donald"))
    assert not sameness.of(reviewer, factories.checked(donald, "reference", paper("Donald BV")).id)
