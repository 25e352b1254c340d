"""By which day a company's documents are needed, as its tenders come, change and end."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.core import clock
from depot.tenders import needs, participations
from depot.tenders.models import StageName, Tender
from jobs.tenders import tell_needs
from tests import factories


@pytest.fixture
def tender(buyer: Actor) -> Tender:
    return factories.tender(buyer)


def test_stepping_out_of_a_tender_ends_what_it_needs(company: Actor, tender: Tender) -> None:
    document = factories.deposited(company).document
    factories.participant(company, tender)
    assert document.needed_by == clock.day_of(tender.closes_at)
    participations.withdraw(company, tender.id)
    assert document.needed_by is None


def test_stepping_out_leaves_the_day_of_another_tender(buyer: Actor, company: Actor, tender: Tender) -> None:
    document = factories.deposited(company).document
    later = factories.tender(buyer, number="2", closes_at=clock.now() + timedelta(days=90))
    for one in (tender, later):
        factories.participant(company, one)
    participations.withdraw(company, tender.id)
    assert document.needed_by == clock.day_of(later.closes_at)


def test_a_document_that_comes_later_is_told_by_the_job_once(session: Session, company: Actor, tender: Tender) -> None:
    factories.participant(company, tender)
    document = factories.deposited(company).document
    session.commit()
    assert tell_needs() == {"told": 1}
    assert document.needed_by == clock.day_of(tender.closes_at)
    assert tell_needs() == {"told": 0}


def test_after_the_closing_the_papers_count_by_the_end_of_their_own_stage_and_then_no_more(
    company: Actor, tender: Tender
) -> None:
    document = factories.deposited(company).document
    factories.participant(company, tender)
    evidence = next(stage.closes_at for stage in tender.stages if stage.name == StageName.EVIDENCE)
    with clock.moved_to(tender.closes_at):
        assert needs.tell([company.organisation_id]) == 1
    assert document.needed_by == clock.day_of(evidence)
    with clock.moved_to(evidence):
        assert needs.tell([company.organisation_id]) == 1
    assert document.needed_by is None


def test_who_is_rejected_is_asked_nothing_more(buyer: Actor, company: Actor, tender: Tender) -> None:
    document = factories.deposited(company).document
    row = factories.participant(company, tender)
    with clock.moved_to(tender.closes_at):
        participations.reject(buyer, row.id, motivation="Een ander was beter.")
        needs.tell(needs.companies())
    assert document.needed_by is None


def test_documents_of_others_are_left_alone(session: Session, company: Actor, tender: Tender) -> None:
    other = factories.deposited(factories.company(factories.DAGOBERT)).document
    factories.participant(company, tender)
    assert needs.companies() == [company.organisation_id]
    needs.tell(needs.companies())
    assert other.needed_by is None
