"""What a municipality is told of the participants of its open tenders, and what it is not told."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import SYSTEM, Actor, Role
from depot.accounts.models import Organisation
from depot.companies.models import RegisterLook
from depot.companies.register import Outcome
from depot.core import clock
from depot.documents import service as documents
from depot.mail import service as mail
from depot.mail.models import Message
from depot.reminders import changes, preferences
from depot.reminders.models import Rhythm
from depot.tenders.models import Participation
from depot.verification import decisions
from tests import factories
from tests.conftest import app, client, session

__all__ = ["app", "client", "session"]

START = datetime(2026, 10, 5, 9, tzinfo=UTC)
CLOSING = datetime(2026, 11, 13, 11, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def buyer(session: Session) -> Iterator[Actor]:
    with clock.moved_to(START):
        actor = factories.municipality()
    with clock.moved_to(MONDAY):
        yield actor


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def participation(session: Session, buyer: Actor, company: Actor) -> Participation:
    """A company in a tender that closed ten days ago and asks for an extract of the register."""
    with clock.moved_to(START):
        tender = factories.tender(buyer, closes_at=CLOSING)
        row = factories.participant(company, tender)
        session.commit()
    return row


TODAY = MONDAY.date()


def send(session: Session, day: date = TODAY) -> list[list[str]]:
    """The lines of each mail that the job writes now, by tender."""
    known = set(session.scalars(select(Message.id)))
    changes.send_due(SYSTEM, day)
    fresh = select(Message).where(Message.template == "changes", Message.id.not_in(known)).order_by(Message.address)
    return [[line for tender in row.payload["tenders"] for line in tender["lines"]] for row in session.scalars(fresh)]


def test_a_new_document_after_the_closing_is_told_once(
    session: Session, participation: Participation, company: Actor, reviewer: Actor
) -> None:
    with clock.moved_to(MONDAY - HOUR):
        factories.approved(company, reviewer)
        session.commit()
    assert send(session) == [["Test BV Donald: nieuw goedgekeurd: Uittreksel Handelsregister"]]
    assert send(session) == []
    with clock.moved_to(MONDAY + timedelta(days=1)):
        assert send(session, date(2026, 11, 24)) == []
    [message] = session.scalars(select(Message).where(Message.template == "changes"))
    letter = mail.compose(message)
    assert letter.subject == "Gemeente Apeldoorn: 1 wijziging bij deelnemers"
    assert f"/gemeente/aanbestedingen/{participation.tender_id}" in letter.text


def test_what_ended_and_what_was_taken_back_is_told(
    session: Session, participation: Participation, company: Actor, reviewer: Actor
) -> None:
    with clock.moved_to(START):
        version = factories.approved(company, reviewer, issueDate="2026-05-20")
        session.commit()
    assert send(session) == []
    with clock.moved_to(MONDAY + HOUR):
        documents.record_lapses(date(2026, 11, 24))
        session.commit()
    with clock.moved_to(MONDAY + timedelta(days=1)):
        assert send(session, date(2026, 11, 24)) == [["Test BV Donald: niet meer geldig: Uittreksel Handelsregister"]]
    with clock.moved_to(MONDAY + timedelta(days=1, hours=1)):
        decisions.revoke(reviewer, version.id, reason="Het register kent dit niet.")
        session.commit()
    with clock.moved_to(MONDAY + timedelta(days=2)):
        assert send(session, date(2026, 11, 25)) == [
            ["Test BV Donald: goedkeuring ingetrokken: Uittreksel Handelsregister"]
        ]


def test_an_end_that_a_newer_document_follows_is_only_told_as_new(
    session: Session, participation: Participation, company: Actor, reviewer: Actor
) -> None:
    with clock.moved_to(START):
        factories.approved(company, reviewer, issueDate="2026-05-20")
        session.commit()
    with clock.moved_to(MONDAY - HOUR):
        factories.approved(company, reviewer, issueDate="2026-11-20")
        documents.record_lapses(date(2026, 11, 23))
        session.commit()
    assert send(session) == [["Test BV Donald: nieuw goedgekeurd: Uittreksel Handelsregister"]]


def test_that_the_register_ended_a_company_comes_first(
    session: Session, participation: Participation, company: Actor, reviewer: Actor
) -> None:
    difference = {"field": "registration", "ours": "active", "theirs": "ended"}
    with clock.moved_to(MONDAY - HOUR):
        factories.approved(company, reviewer)
        session.add(
            RegisterLook(
                company_id=company.organisation_id,
                outcome=Outcome.FOUND,
                reason="",
                told=None,
                differences=[difference],
                is_flagged=True,
            )
        )
        session.commit()
    assert send(session) == [
        [
            "Test BV Donald: staat niet meer ingeschreven in het Handelsregister",
            "Test BV Donald: nieuw goedgekeurd: Uittreksel Handelsregister",
        ]
    ]


def test_nothing_is_told_before_the_closing_and_nothing_of_before_it_afterwards(
    session: Session, participation: Participation, company: Actor, reviewer: Actor
) -> None:
    with clock.moved_to(CLOSING - timedelta(days=1)):
        factories.approved(company, reviewer)
        session.commit()
    with clock.moved_to(CLOSING - HOUR):
        assert send(session, date(2026, 11, 13)) == []
    with clock.moved_to(CLOSING + timedelta(days=3)):
        assert send(session, date(2026, 11, 16)) == []


def test_kinds_that_the_tender_does_not_ask_and_companies_that_do_not_take_part_are_not_told(
    session: Session, participation: Participation, company: Actor, reviewer: Actor
) -> None:
    with clock.moved_to(MONDAY - HOUR):
        factories.approved(company, reviewer, "liability_insurance")
        factories.approved(factories.company(factories.KATRIEN), reviewer)
        session.commit()
    assert send(session) == []


def test_who_was_turned_down_is_told_of_no_more(
    session: Session, participation: Participation, company: Actor, reviewer: Actor, buyer: Actor
) -> None:
    with clock.moved_to(MONDAY - 2 * HOUR):
        factories.participations.reject(buyer, participation.id, motivation="Niet volledig.")
        session.commit()
    with clock.moved_to(MONDAY - HOUR):
        factories.approved(company, reviewer)
        session.commit()
    assert send(session) == []


def test_another_municipality_is_told_nothing(
    session: Session, participation: Participation, company: Actor, reviewer: Actor
) -> None:
    with clock.moved_to(START):
        factories.municipality(name="Gemeente Epe", code="gm0232")
    with clock.moved_to(MONDAY - HOUR):
        factories.approved(company, reviewer)
        session.commit()
    send(session)
    rows = session.scalars(select(Message).where(Message.template == "changes")).all()
    assert [row.address for row in rows] == ["buyer@apeldoorn.example"]


def test_a_buyer_who_came_later_is_told_of_what_happened_since(
    session: Session, participation: Participation, company: Actor, reviewer: Actor, buyer: Actor
) -> None:
    with clock.moved_to(MONDAY - timedelta(days=3)):
        factories.approved(company, reviewer)
        session.commit()
    with clock.moved_to(MONDAY - timedelta(days=1)):
        organisation = session.get_one(Organisation, buyer.organisation_id)
        late = factories.accounts.person(email="later@apeldoorn.example", name="Later", password_hash="x", locale="nl")
        factories.accounts.join(late, organisation, Role.BUYER)
        session.commit()
    assert len(send(session)) == 1


def test_weekly_gathers_the_week_and_off_is_off(
    session: Session, participation: Participation, company: Actor, reviewer: Actor, buyer: Actor
) -> None:
    preferences.choose(buyer, rhythm=Rhythm.WEEKLY)
    session.commit()
    assert send(session) == []
    with clock.moved_to(MONDAY + HOUR):
        factories.approved(company, reviewer)
        session.commit()
    with clock.moved_to(MONDAY + timedelta(days=2)):
        assert send(session, date(2026, 11, 25)) == []
    with clock.moved_to(MONDAY + timedelta(days=7)):
        assert len(send(session, date(2026, 11, 30))) == 1
        preferences.choose(buyer, rhythm=Rhythm.OFF)
        factories.approved(company, reviewer, issueDate="2026-11-29")
        session.commit()
    with clock.moved_to(MONDAY + timedelta(days=14)):
        assert send(session, date(2026, 12, 7)) == []


def test_what_was_decided_just_now_waits_for_the_next_digest(
    session: Session, participation: Participation, company: Actor, reviewer: Actor
) -> None:
    factories.approved(company, reviewer)
    session.commit()
    assert send(session) == []
    with clock.moved_to(MONDAY + timedelta(days=1)):
        assert len(send(session, date(2026, 11, 24))) == 1
