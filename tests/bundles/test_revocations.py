"""An approval that is taken back: it counts no more, and every bundle that it went into says so."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import SYSTEM, Actor
from depot.audit.models import Event
from depot.bundles import revocations, service
from depot.bundles.models import Bundle, Flag
from depot.core import clock
from depot.core.errors import Forbidden
from depot.documents.models import State, Version
from depot.mail.models import Message
from depot.tenders import dossiers, participations
from depot.tenders.models import Participation
from depot.tenders.rules import Verdict
from depot.verification import decisions, queries
from depot.verification.models import Decision
from tests import factories
from tests.factories import signed_in


@pytest.fixture
def buyer(session: Session) -> Actor:
    return factories.municipality()


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def version(company: Actor, reviewer: Actor) -> Version:
    with clock.moved_to(clock.now() - timedelta(days=41)):
        return factories.approved(company, reviewer)


@pytest.fixture
def selected(buyer: Actor, company: Actor, version: Version) -> Participation:
    """A company that was selected in a tender that closed yesterday."""
    past = clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        tender = factories.tender(buyer, closes_at=past + timedelta(days=39))
        row = factories.participant(company, tender)
    participations.select(buyer, row.id, motivation="")
    return row


@pytest.fixture
def bundle(session: Session, buyer: Actor, selected: Participation) -> Bundle:
    made = service.release(buyer, selected.id, legal_ground="selected")
    session.commit()
    return made


def test_a_revoked_version_counts_no_more_but_did_before(
    session: Session, company: Actor, reviewer: Actor, selected: Participation, version: Version
) -> None:
    tender, row, before = selected.tender, selected, clock.now()
    assert dossiers.judge(tender, [row], known_at=before).verdicts[row.id][0].verdict is Verdict.MET
    with clock.moved_to(before + timedelta(hours=1)):
        decisions.revoke(reviewer, version.id, reason="Het register kent dit uittreksel niet.")
        assert version.state is State.REVOKED
        assert queries.reviews([version.id])[-1].decision is Decision.REVOKED
        assert dossiers.judge(tender, [row], known_at=clock.now()).verdicts[row.id][0].verdict is Verdict.NOT_MET
        assert dossiers.judge(tender, [row], known_at=before).verdicts[row.id][0].verdict is Verdict.MET
    mails = session.scalars(select(Message).where(Message.template == "version_revoked")).all()
    assert [(row.address, row.payload["reason"]) for row in mails] == [
        (factories.email_of(company), "Het register kent dit uittreksel niet.")
    ]


def test_municipalities_are_told_once_of_each_bundle_that_holds_what_was_revoked(
    session: Session, reviewer: Actor, bundle: Bundle, version: Version
) -> None:
    sealed = bundle.manifest_sha256
    assert not revocations.untold()
    assert not revocations.of_bundles([bundle.id])
    decisions.revoke(reviewer, version.id, reason="Onjuist.")
    [found] = revocations.of_bundles([bundle.id])[bundle.id]
    assert (found.version_id, found.company, found.reason) == (version.id, "Test BV Donald", "Onjuist.")
    assert list(revocations.untold()) == [bundle.id]
    assert revocations.tell(SYSTEM, bundle.id) == 1
    assert revocations.tell(SYSTEM, bundle.id) == 0
    assert not revocations.untold()
    [mail] = session.scalars(select(Message).where(Message.template == "bundle_flagged"))
    assert mail.address == "buyer@apeldoorn.example"
    assert (mail.payload["number"], mail.payload["reason"]) == (bundle.number, "Onjuist.")
    [event] = session.scalars(select(Event).where(Event.action == "bundle.flag"))
    assert (event.object_id, event.about_company_id) == (bundle.id, version.document.company_id)
    assert session.scalars(select(Flag.version_id)).all() == [version.id]
    assert bundle.manifest_sha256 == sealed
    with pytest.raises(Forbidden):
        revocations.tell(reviewer, bundle.id)


def test_a_bundle_and_its_receipt_say_what_was_revoked(
    session: Session, client: FlaskClient, buyer: Actor, reviewer: Actor, bundle: Bundle, version: Version
) -> None:
    fetch = service.fetch(buyer, bundle.id).fetch
    session.commit()
    signed_in(client, buyer)
    pages = (f"/bundels/{bundle.id}", f"/bundels/{bundle.id}/ontvangst/{fetch.receipt}", "/bundels")
    for page in pages:
        assert "ingetrokken" not in client.get(page).text
    decisions.revoke(reviewer, version.id, reason="Vals <zegel>.")
    session.commit()
    for page in pages[:2]:
        said = client.get(page).text
        assert "1 document in deze bundel telt niet meer als bewijs" in said
        assert "Vals &lt;zegel&gt;." in said
    assert "goedkeuring ingetrokken" in client.get("/bundels").text


def test_a_bundle_without_what_was_revoked_stays_unflagged(
    session: Session, company: Actor, reviewer: Actor, bundle: Bundle
) -> None:
    decisions.revoke(reviewer, factories.approved(company, reviewer, "quality_mark").id, reason="Onjuist.")
    assert not revocations.untold()
    assert not revocations.of_bundles([bundle.id])


def test_a_company_reads_why_its_document_counts_no_more(
    session: Session, client: FlaskClient, company: Actor, reviewer: Actor, version: Version
) -> None:
    decisions.revoke(reviewer, version.id, reason="Het register kent dit uittreksel niet.")
    session.commit()
    page = signed_in(client, company).get(f"/dossier/{version.document_id}").text
    assert "De goedkeuring is ingetrokken" in page
    assert "Het register kent dit uittreksel niet." in page
    assert "Opnieuw aanleveren" in page
