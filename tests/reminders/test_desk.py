"""The digest of the reviewers."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import SYSTEM, Actor, Role
from depot.accounts.models import Organisation
from depot.core import clock
from depot.mail import service as mail
from depot.mail.models import Message
from depot.reminders import desk, preferences
from depot.reminders.models import Rhythm
from depot.verification.models import Review
from tests import factories
from tests.conftest import app, client, session

__all__ = ["app", "client", "session"]

MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.fixture
def reviewer(session: Session) -> Iterator[Actor]:
    with clock.moved_to(MONDAY - timedelta(days=10)):
        actor = factories.reviewer()
        session.commit()
    with clock.moved_to(MONDAY):
        yield actor


def send(day: date) -> int:
    return desk.send_due(SYSTEM, day)["digests"]


def told(session: Session) -> list[Message]:
    return list(session.scalars(select(Message).where(Message.template == "desk").order_by(Message.id)))


def waiting(session: Session, company: Actor, days: int) -> None:
    with clock.moved_to(MONDAY - timedelta(days=days)):
        factories.checked(company, "annual_accounts")
        session.commit()


def test_it_tells_how_much_waits_how_long_and_what_is_urgent(session: Session, reviewer: Actor) -> None:
    donald = factories.company()
    waiting(session, donald, 3)
    with clock.moved_to(MONDAY - timedelta(days=6)):
        version = factories.checked(donald, "liability_insurance")
        version.document.needed_by = MONDAY.date() + timedelta(days=7)
        session.commit()
    assert send(MONDAY.date()) == 1
    [message] = told(session)
    payload = {name: message.payload[name] for name in ("waiting", "urgent", "days", "looks")}
    assert payload == {"waiting": 2, "urgent": 1, "days": 6, "looks": 0}
    letter = mail.compose(message)
    assert letter.subject == "Depot: 2 documenten vragen een beoordelaar"
    assert "Het oudste document wacht 6 dagen." in letter.text
    assert "1 document is binnen een week nodig voor een aanbesteding." in letter.text
    assert "http://localhost/beoordelen\n" in letter.text


def test_nothing_comes_when_nothing_waits_at_the_weekend_or_twice_a_day(session: Session, reviewer: Actor) -> None:
    assert send(MONDAY.date()) == 0
    waiting(session, factories.company(), 3)
    days = [MONDAY.date() + timedelta(days=number) for number in (-2, -1, 1, 1, 2)]
    assert [send(day) for day in days] == [0, 0, 1, 0, 1]


def test_ones_own_organisations_documents_are_left_to_colleagues(session: Session, reviewer: Actor) -> None:
    donald = factories.company()
    waiting(session, donald, 3)
    operator = session.get_one(Organisation, reviewer.organisation_id)
    with clock.moved_to(MONDAY - timedelta(days=10)):
        factories.member(session.get_one(Organisation, donald.organisation_id), Role.COMPANY_READER)
        own = factories.accounts.person(email="ook@depot.example", name="Ook", password_hash="x", locale="nl")
        factories.accounts.join(own, operator, Role.REVIEWER)
        factories.accounts.join(own, session.get_one(Organisation, donald.organisation_id), Role.COMPANY_READER)
        session.commit()
    assert send(MONDAY.date()) == 1
    assert [message.address for message in told(session)] == [factories.email_of(reviewer)]


def test_regular_looks_that_are_due_are_told_too(session: Session, reviewer: Actor) -> None:
    with clock.moved_to(MONDAY - timedelta(days=4)):
        version = factories.approved(factories.company(), reviewer, "liability_insurance")
        session.scalars(select(Review).where(Review.version_id == version.id)).one().next_look_on = MONDAY.date()
        session.commit()
    assert send(MONDAY.date()) == 1
    [message] = told(session)
    assert "/herbeoordelen" in mail.compose(message).text
    assert message.payload["looks"] == 1


def test_weekly_is_on_monday_or_later_in_the_week_and_off_is_never(session: Session, reviewer: Actor) -> None:
    waiting(session, factories.company(), 3)
    preferences.choose(reviewer, rhythm=Rhythm.WEEKLY)
    session.commit()
    days = [MONDAY.date() + timedelta(days=number) for number in (1, 2, 3, 7, 8)]
    assert [send(day) for day in days] == [1, 0, 0, 1, 0]
    preferences.choose(reviewer, rhythm=Rhythm.OFF)
    session.commit()
    assert send(MONDAY.date() + timedelta(days=14)) == 0
