from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Action, Actor, Role
from depot.accounts.models import Organisation, OrganisationState
from depot.companies.models import Company
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound
from depot.mail.models import Message
from depot.tenders import calls, participations, queries, service
from depot.tenders.models import ParticipationState, Tender
from tests import factories


@pytest.fixture
def first(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def second(session: Session) -> Actor:
    return factories.company(factories.DAGOBERT)


def made(buyer: Actor, procedure: str, *, is_published: bool = False) -> Tender:
    closes_at = clock.now() + timedelta(days=30)
    row = service.create(
        buyer,
        number="2027-01",
        title="Activering",
        procedure=procedure,
        closes_at=closes_at,
        evidence_until=closes_at + timedelta(days=14),
        external_system="TenderNed" if procedure == "external" else None,
    )
    service.add_requirement(buyer, row.id, "kvk-extract", {"age": "P6M"})
    return service.publish(buyer, row.id) if is_published else row


@pytest.fixture
def by_invitation(buyer: Actor, first: Actor, second: Actor) -> Tender:
    row = made(buyer, "invitation")
    calls.invite(buyer, row.id, kvk_number=factories.DONALD)
    calls.invite(buyer, row.id, kvk_number=factories.DAGOBERT, round="2")
    return row


def told(session: Session) -> list[str]:
    return [
        message.address for message in session.scalars(select(Message).where(Message.template == "call_invitation"))
    ]


def test_nobody_is_told_before_publication_and_then_the_first_round_alone(
    session: Session, buyer: Actor, first: Actor, second: Actor, by_invitation: Tender
) -> None:
    assert not told(session)
    service.publish(buyer, by_invitation.id)
    assert told(session) == [factories.email_of(first)]
    assert queries.get(first, by_invitation.id) is by_invitation
    for other in (second, factories.company(factories.KATRIEN)):
        with pytest.raises(NotFound):
            queries.get(other, by_invitation.id)
        with pytest.raises(NotFound):
            factories.participant(other, by_invitation)
        assert by_invitation not in queries.index(other, Action.TENDER_BROWSE)


def test_a_tender_by_invitation_needs_somebody_to_invite(buyer: Actor) -> None:
    row = made(buyer, "invitation")
    with pytest.raises(Conflict):
        service.publish(buyer, row.id)


def test_the_next_round_follows_when_the_whole_round_declined(
    session: Session, buyer: Actor, first: Actor, second: Actor, by_invitation: Tender
) -> None:
    third = factories.company(factories.KATRIEN)
    calls.invite(buyer, by_invitation.id, kvk_number=factories.KATRIEN)
    service.publish(buyer, by_invitation.id)
    calls.decline(first, by_invitation.id)
    assert factories.email_of(second) not in told(session)
    calls.decline(third, by_invitation.id)
    assert factories.email_of(second) in told(session)
    assert factories.participant(second, by_invitation).state is ParticipationState.SUBMITTED
    with pytest.raises(Conflict):
        calls.decline(first, by_invitation.id)
    with pytest.raises(Conflict):
        factories.participant(first, by_invitation)


def test_the_buyer_may_go_on_to_the_next_round_sooner(
    session: Session, buyer: Actor, second: Actor, by_invitation: Tender
) -> None:
    with pytest.raises(Conflict):
        calls.send_next(buyer, by_invitation.id)
    service.publish(buyer, by_invitation.id)
    calls.send_next(buyer, by_invitation.id)
    assert factories.email_of(second) in told(session)
    with pytest.raises(Conflict):
        calls.send_next(buyer, by_invitation.id)


def test_who_is_added_to_a_round_that_was_sent_hears_at_once(
    session: Session, buyer: Actor, by_invitation: Tender
) -> None:
    service.publish(buyer, by_invitation.id)
    third = factories.company(factories.KATRIEN)
    row = calls.invite(buyer, by_invitation.id, kvk_number=factories.KATRIEN)
    assert factories.email_of(third) in told(session)
    with pytest.raises(Conflict):
        calls.take_off(buyer, by_invitation.id, row.id)


def test_a_company_is_asked_once_exists_and_is_active(buyer: Actor, by_invitation: Tender) -> None:
    with pytest.raises(Conflict):
        calls.invite(buyer, by_invitation.id, kvk_number=factories.DONALD)
    third = factories.company(factories.KATRIEN)
    db.session.get_one(Organisation, third.organisation_id).state = OrganisationState.SUSPENDED
    for number in ("12345678", factories.KATRIEN, "geen nummer"):
        with pytest.raises(Invalid):
            calls.invite(buyer, by_invitation.id, kvk_number=number)


def test_the_list_is_the_buyers_alone(buyer: Actor, first: Actor, by_invitation: Tender) -> None:
    row = calls.index(buyer, by_invitation)[1]
    municipality = db.session.get_one(Organisation, buyer.organisation_id)
    reader = factories.member(municipality, Role.MUNICIPALITY_READER)
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    assert len(calls.index(reader, by_invitation)) == 2
    with pytest.raises(Forbidden):
        calls.take_off(reader, by_invitation.id, row.id)
    with pytest.raises(NotFound):
        calls.invite(other, by_invitation.id, kvk_number=factories.KATRIEN)
    calls.take_off(buyer, by_invitation.id, row.id)
    assert len(calls.index(buyer, by_invitation)) == 1
    with pytest.raises(NotFound):
        calls.take_off(buyer, by_invitation.id, row.id)


def test_a_name_finds_listed_companies_and_a_number_any(buyer: Actor, first: Actor, second: Actor) -> None:
    row = made(buyer, "invitation")
    assert not calls.search(buyer, row, "test")
    db.session.get_one(Company, second.organisation_id).is_listed = True
    assert [found.organisation_id for found in calls.search(buyer, row, " TEST ")] == [second.organisation_id]
    assert [found.organisation_id for found in calls.search(buyer, row, factories.DONALD)] == [first.organisation_id]
    assert not calls.search(buyer, row, "  ")
    assert not calls.search(buyer, row, "%")


def test_who_takes_part_steps_out_before_declining(buyer: Actor, first: Actor, by_invitation: Tender) -> None:
    service.publish(buyer, by_invitation.id)
    factories.participant(first, by_invitation)
    with pytest.raises(Conflict):
        calls.decline(first, by_invitation.id)
    participations.withdraw(first, by_invitation.id)
    assert calls.decline(first, by_invitation.id).declined_at


def test_an_open_tender_invites_nobody(buyer: Actor, first: Actor) -> None:
    row = made(buyer, "open", is_published=True)
    with pytest.raises(Conflict):
        calls.invite(buyer, row.id, kvk_number=factories.DONALD)
    with pytest.raises(NotFound):
        calls.decline(first, row.id)


def test_of_an_external_tender_the_buyer_names_who_bid_and_the_company_confirms(
    session: Session, buyer: Actor, first: Actor, second: Actor
) -> None:
    row = made(buyer, "external", is_published=True)
    with clock.moved_to(row.closes_at + timedelta(days=1)):
        calls.invite(buyer, row.id, kvk_number=factories.DONALD)
        assert told(session) == [factories.email_of(first)]
        assert not queries.participations(buyer, row)
        with pytest.raises(Conflict):
            factories.participant(second, row)
        taking_part = factories.participant(first, row)
        assert queries.participations(buyer, row) == [taking_part]
        selected = participations.select(buyer, taking_part.id, motivation="Beste inschrijving in TenderNed.")
        assert selected.state is ParticipationState.SELECTED
    with clock.moved_to(row.evidence_until), pytest.raises(Conflict):
        calls.invite(buyer, row.id, kvk_number=factories.DAGOBERT)
