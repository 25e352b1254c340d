from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from depot.access import Action, Actor, Role
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.core import clock, db
from depot.core.errors import Forbidden, NotFound
from depot.documents.models import Version
from depot.tenders import dossiers, participations, references
from depot.tenders.models import Participation, Tender
from tests import factories


@pytest.fixture
def reference(company: Actor) -> Version:
    reviewer = factories.reviewer()
    factories.approved(company, reviewer)
    return factories.approved(company, reviewer, "reference")


@pytest.fixture
def tender(buyer: Actor) -> Tender:
    return factories.tender(buyer, "competence", "kvk-extract")


@pytest.fixture
def row(company: Actor, reference: Version, tender: Tender) -> Participation:
    return factories.participant(company, tender)


def test_references_are_read_after_the_closing_and_before_selection(
    session: Session, buyer: Actor, company: Actor, reference: Version, tender: Tender, row: Participation
) -> None:
    assert references.is_asked(dossiers.requirements(tender))
    assert not references.readable(row)
    with pytest.raises(NotFound):
        references.read(buyer, row.id, reference.id)
    with clock.moved_to(tender.closes_at):
        assert references.readable(row) == [reference]
        assert references.read(buyer, row.id, reference.id) is reference
        with references.open_file(buyer, row.id, reference.id).content as content:
            assert content.read()
    seen = session.query(Event).filter(Event.action == Action.REFERENCE_READ).all()
    assert [(event.about_company_id, event.object_id) for event in seen] == [
        (company.organisation_id, reference.id)
    ] * 2


def test_everything_else_stays_closed_until_selection(
    buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    extract = db.session.query(Version).join(Version.document).filter_by(kind="kvk_extract").one()
    with clock.moved_to(tender.closes_at), pytest.raises(NotFound):
        references.read(buyer, row.id, extract.id)


def test_without_consent_no_reference_is_read(
    buyer: Actor, company: Actor, reference: Version, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        participations.withdraw_consent(company, tender.id)
        with pytest.raises(NotFound):
            references.read(buyer, row.id, reference.id)


def test_references_asked_after_selection_are_not_read_before(buyer: Actor, company: Actor, reference: Version) -> None:
    tender = factories.tender(buyer, "kvk-extract", number="2027-02")
    row = factories.participant(company, tender)
    assert not references.is_asked(dossiers.requirements(tender))
    with clock.moved_to(tender.closes_at + timedelta(days=1)):
        assert not references.readable(row)


def test_other_municipalities_and_readers_read_no_reference(
    buyer: Actor, reference: Version, tender: Tender, row: Participation
) -> None:
    reader = factories.member(db.session.get_one(Organisation, buyer.organisation_id), Role.MUNICIPALITY_READER)
    with clock.moved_to(tender.closes_at):
        with pytest.raises(Forbidden):
            references.read(reader, row.id, reference.id)
        with pytest.raises(NotFound):
            references.read(factories.municipality(name="Gemeente Emmen", code="gm0114"), row.id, reference.id)
