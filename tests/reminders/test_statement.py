"""The monthly statement: once a month for each who wants it, on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import SYSTEM, Actor, Role
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.catalogue.service import catalogue
from depot.core import clock
from depot.core.errors import Forbidden
from depot.core.http import DepotFlask
from depot.mail import service as mail
from depot.mail.models import Message
from depot.reminders import preferences, statement
from depot.reminders.models import Rhythm
from tests import factories
from tests.conftest import app, client, session
from tests.factories import queries_at_most

__all__ = ["app", "client", "session"]

BEFORE = datetime(2026, 11, 10, 9, tzinfo=UTC)
FIRST = datetime(2026, 12, 1, 6, tzinfo=UTC)


@pytest.fixture
def company(session: Session) -> Iterator[Actor]:
    """A company with two approved documents, one of which ended, and one that waits."""
    with clock.moved_to(BEFORE):
        actor, reviewer = factories.company(), factories.reviewer()
        factories.approved(actor, reviewer, "liability_insurance")
        factories.approved(actor, reviewer, "quality_mark", validUntil="2026-11-20")
        factories.checked(actor, "annual_accounts")
        session.commit()
    with clock.moved_to(FIRST):
        yield actor


DAY = FIRST.date()


def send(day: date = DAY) -> int:
    return statement.send_due(SYSTEM, day)["statements"]


def messages(session: Session) -> list[Message]:
    return list(session.scalars(select(Message).where(Message.template == "statement").order_by(Message.address)))


def test_it_says_what_counts_what_ended_what_waits_and_what_is_missing(session: Session, company: Actor) -> None:
    assert send() == 1
    [message] = messages(session)
    payload = message.payload
    assert [(item["kind"], item["standing"]) for item in payload["counting"]] == [
        ("Aansprakelijkheidsverzekering", "geldig tot en met 2 augustus 2027")
    ]
    assert [item["standing"] for item in payload["ended"]] == ["niet meer geldig: 20 november 2026 was de laatste dag"]
    assert [item["standing"] for item in payload["waiting"]] == ["in beoordeling"]
    assert len(payload["missing"]) == len(catalogue().kinds) - 3
    letter = mail.compose(message)
    assert letter.subject == "Test BV Donald: maandoverzicht van 1 document"
    assert "http://localhost/dossier\n" in letter.text
    assert "/organisatie/meldingen" in letter.text
    assert "/organisatie/meldingen" in letter.content


def test_the_reader_has_it_in_the_language_that_he_chose(session: Session, company: Actor) -> None:
    organisation = session.get_one(Organisation, company.organisation_id)
    with clock.moved_to(BEFORE):
        factories.member(organisation, Role.COMPANY_MEMBER, locale="en")
        session.commit()
    assert send() == 2
    _admin, english = messages(session)
    assert english.payload["counting"][0]["standing"] == "valid up to and including 2 August 2027"
    assert mail.compose(english).subject == "Test BV Donald: monthly statement of 1 document"


def test_it_comes_once_a_month_however_often_the_job_runs_and_late_when_it_was_down(
    session: Session, company: Actor
) -> None:
    late = DAY + timedelta(days=9)
    assert [send(late), send(late), send(late + timedelta(days=1))] == [1, 0, 0]
    with clock.moved_to(FIRST + timedelta(days=34)):
        assert send(date(2027, 1, 4)) == 1
    assert len(messages(session)) == 2
    audited = session.scalars(select(Event).where(Event.action == "reminders.send")).all()
    assert [row.detail["statement"] for row in audited] == ["2026-12-01", "2027-01-01"]


def test_it_waits_for_the_first_office_day(session: Session, company: Actor) -> None:
    assert [send(date(2027, 1, day)) for day in (1, 2, 3, 4)] == [0, 0, 0, 1]


def test_what_was_missed_does_not_come_on_a_sunday(session: Session, company: Actor) -> None:
    assert send(date(2026, 12, 6)) == 0
    assert send(date(2026, 12, 7)) == 1


def test_who_does_not_want_it_came_later_reads_only_or_has_no_documents_gets_none(
    session: Session, company: Actor
) -> None:
    organisation = session.get_one(Organisation, company.organisation_id)
    preferences.choose(company, rhythm=Rhythm.DAILY, wants_statement=False)
    with clock.moved_to(BEFORE):
        factories.member(organisation, Role.COMPANY_READER)
        factories.company(factories.KATRIEN)
    with clock.moved_to(FIRST + timedelta(days=5)):
        factories.member(organisation, Role.COMPANY_MEMBER)
        session.commit()
        assert send(date(2026, 12, 6)) == 0


def test_what_is_dated_and_has_a_newer_one_of_its_kind_is_not_told_as_ended(session: Session, company: Actor) -> None:
    with clock.moved_to(BEFORE):
        other = factories.member(session.get_one(Organisation, company.organisation_id), Role.COMPANY_MEMBER)
        reviewer = factories.reviewer()
        factories.approved(other, reviewer, "kvk_extract", issueDate="2026-01-10")
        factories.approved(other, reviewer, "kvk_extract", issueDate="2026-11-01")
        session.commit()
    send()
    payload = messages(session)[0].payload
    assert sum(item["kind"].startswith("Uittreksel") for item in payload["counting"]) == 1
    assert [item["kind"] for item in payload["ended"]] == ["Keurmerk of certificaat"]


def test_only_the_depot_itself_sends(session: Session, company: Actor) -> None:
    with pytest.raises(Forbidden):
        statement.send_due(company, DAY)


def test_the_dossiers_of_many_companies_cost_as_many_queries_as_of_one(
    app: DepotFlask, session: Session, company: Actor
) -> None:
    with clock.moved_to(BEFORE):
        for number in range(4):
            factories.stated(factories.company(f"9000000{number}"))
        session.commit()
    session.expire_all()
    ids = [row.id for row in session.scalars(select(Organisation).where(Organisation.kvk_number.is_not(None)))]
    with queries_at_most(app, 6):
        statement._dossiers(ids)
