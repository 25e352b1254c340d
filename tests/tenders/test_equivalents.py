from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from depot.access import Action, Actor, Role
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.core import clock, db
from depot.core.errors import Forbidden, NotFound
from depot.documents.models import Version
from depot.tenders import equivalents, participations
from depot.tenders.models import Participation, Tender
from depot.verification import equivalence
from tests import factories
from tests.factories import signed_in


@pytest.fixture
def claim(session: Session, company: Actor) -> Version:
    reviewer = factories.reviewer()
    made = factories.approved(
        company,
        reviewer,
        "quality_mark",
        proofKind="equivalent_measures",
        equivalenceClaim="Eigen handboek, beschreven per norm.",
        reasonNotObtainable="De audit is pas volgend jaar.",
    )
    policy = factories.approved(company, reviewer, "liability_insurance")
    for norm, paper in (("staff", made), ("continuity", policy)):
        equivalence.add(company, made.document_id, norm=norm, version_id=paper.id, explanation=f"Zie {norm}.")
    session.commit()
    return made


def test_the_municipality_reads_the_file_after_the_closing_and_the_company_sees_that(
    session: Session,
    client: FlaskClient,
    buyer: Actor,
    company: Actor,
    tender: Tender,
    claim: Version,
    row: Participation,
) -> None:
    assert not equivalents.readable(row)
    with clock.moved_to(tender.closes_at):
        browser = signed_in(client, buyer)
        url = f"/gemeente/deelnemers/{row.id}/gelijkwaardig/{claim.document_id}"
        assert url in browser.get(f"/gemeente/deelnemers/{row.id}").text
        page = browser.get(url).text
        browser.post("/uitloggen")
        looks = signed_in(client, company).get("/inzage").text
    for said in ("Zie staff.", "Zie continuity.", "2 van de 8 normen", "besluit u"):
        assert said in page
    assert page.count("Gaat na selectie mee in de bundel") == 1
    assert page.count("noemt dit soort document niet") == 1
    assert "na de sluiting toegevoegd" not in page
    assert "las uw bewijs per norm" in looks
    event = session.query(Event).filter(Event.action == Action.EQUIVALENCE_READ).one()
    assert (event.object_id, event.about_company_id) == (claim.document_id, company.organisation_id)


def test_what_was_added_after_the_closing_says_so(
    buyer: Actor, company: Actor, tender: Tender, claim: Version, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at + timedelta(minutes=1)):
        late = equivalence.add(company, claim.document_id, norm="privacy", version_id=claim.id, explanation="Later.")
        shown = equivalents.read(buyer, row.id, claim.document_id)
    proofs = [proof for line in shown.file.lines for proof in line.proofs]
    assert [proof.id for proof in proofs if shown.is_late(proof)] == [late.id]


def test_without_consent_or_approval_there_is_nothing_to_read(
    buyer: Actor, company: Actor, tender: Tender, claim: Version, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        participations.withdraw_consent(company, tender.id)
        assert not equivalents.readable(row)
        with pytest.raises(NotFound):
            equivalents.read(buyer, row.id, claim.document_id)


def test_other_municipalities_and_readers_read_no_file(
    buyer: Actor, tender: Tender, claim: Version, row: Participation
) -> None:
    reader = factories.member(db.session.get_one(Organisation, buyer.organisation_id), Role.MUNICIPALITY_READER)
    with clock.moved_to(tender.closes_at):
        with pytest.raises(Forbidden):
            equivalents.read(reader, row.id, claim.document_id)
        with pytest.raises(NotFound):
            equivalents.read(factories.municipality(name="Gemeente Emmen", code="gm0114"), row.id, claim.document_id)


def test_documents_of_others_and_marks_themselves_are_no_file(
    buyer: Actor, tender: Tender, claim: Version, row: Participation
) -> None:
    elsewhere = factories.checked(factories.company(factories.DAGOBERT), "quality_mark")
    with clock.moved_to(tender.closes_at), pytest.raises(NotFound):
        equivalents.read(buyer, row.id, elsewhere.document_id)
