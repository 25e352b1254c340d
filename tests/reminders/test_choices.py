from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from depot.access import SYSTEM, Action, Actor, Role
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound
from depot.documents import endings
from depot.documents.models import Document, Relation, State, Version
from depot.reminders import choices, service
from depot.reminders.models import Pause, ReminderStop
from tests import factories
from tests.factories import DAGOBERT, member, signed_in

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.moved_to(NOON):
        yield


@pytest.fixture
def anna(session: Session) -> Actor:
    """The administrator of a company."""
    return factories.company()


def policy(company: Actor, days: int = 28) -> UUID:
    """An approved policy that ends so many days from today."""
    document = Document(company_id=company.organisation_id, kind="liability_insurance", title="Polis 2026")
    db.session.add(document)
    db.session.flush()
    end = TODAY + timedelta(days=days)
    db.session.add(
        Version(
            document_id=document.id,
            number=1,
            relation=Relation.FIRST,
            state=State.APPROVED,
            next_due_on=end,
            valid_until=end,
        )
    )
    endings.look_anew(document)
    return document.id


def send(days: int = 0) -> int:
    """How many digests the job of a day writes."""
    db.session.commit()
    db.session.expunge_all()
    with clock.moved_to(NOON + timedelta(days=days)):
        return service.send_due(SYSTEM, TODAY + timedelta(days=days))["digests"]


def recorded() -> list[tuple[str, object, object]]:
    found = db.session.scalars(select(Event).where(Event.action.startswith("reminders.")).order_by(Event.id))
    return [(row.action, row.detail.get("until"), row.detail.get("left")) for row in found]


def test_a_pause_hides_what_can_wait_and_then_one_mail_tells_it(anna: Actor) -> None:
    document = policy(anna)
    choices.pause(anna, document, until=TODAY + timedelta(days=10))
    assert [send(days) for days in range(11)] == [0] * 11
    assert choices.outlook(anna, document).next_on == TODAY + timedelta(days=11)
    assert send(11) == 1
    assert [send(days) for days in (12, 13, 14, 15)] == [0, 0, 0, 1]


def test_a_pause_never_hides_the_last_week(anna: Actor) -> None:
    document = policy(anna)
    choices.pause(anna, document, until=TODAY + timedelta(days=60))
    sent = [days for days in range(45) if send(days)]
    assert sent == [21, 22, 29, 36, 43]
    outlook = choices.outlook(anna, document)
    assert outlook.pause is not None
    assert outlook.chosen_by == "company_admin Test BV Donald"


def test_a_pause_can_be_ended_or_changed(anna: Actor) -> None:
    document = policy(anna)
    choices.pause(anna, document, until=TODAY + timedelta(days=5))
    choices.pause(anna, document, until=TODAY + timedelta(days=6))
    assert db.session.scalar(select(func.count()).select_from(Pause).where(Pause.ended_at.is_(None))) == 1
    choices.resume(anna, document)
    choices.resume(anna, document)
    assert recorded() == [
        ("reminders.pause", "2026-11-29", None),
        ("reminders.pause", "2026-11-30", None),
        ("reminders.pause", None, None),
    ]
    assert send() == 1


@pytest.mark.parametrize("days", [-1, 0, 61])
def test_a_pause_ends_within_sixty_days_and_after_today(anna: Actor, days: int) -> None:
    document = policy(anna)
    with pytest.raises(Invalid) as refused:
        choices.pause(anna, document, until=TODAY + timedelta(days=days))
    assert str(refused.value.fields["totEnMet"][0]) == "Kies een dag na vandaag en uiterlijk 23 januari 2027."


def test_what_is_urgent_cannot_be_paused(anna: Actor) -> None:
    for days in (7, -20):
        with pytest.raises(Conflict):
            choices.pause(anna, policy(anna, days), until=TODAY + timedelta(days=5))


def test_what_the_company_gives_up_is_no_more_reminded_of_until_it_takes_that_back(anna: Actor) -> None:
    document = policy(anna)
    assert send() == 1
    choices.leave(anna, document)
    choices.leave(anna, document)
    assert [send(days) for days in (1, 8, 28, 30, 60)] == [0] * 5
    with clock.moved_to(NOON + timedelta(days=60)):
        assert choices.outlook(anna, document).next_on is None
        choices.take_up(anna, document)
        choices.take_up(anna, document)
    assert send(60) == 1
    assert recorded()[1:3] == [("reminders.leave", None, True), ("reminders.leave", None, False)]


def test_giving_up_holds_for_one_end_only(anna: Actor) -> None:
    document = policy(anna)
    choices.leave(anna, document)
    end = TODAY + timedelta(days=395)
    row = db.session.get_one(Document, document)
    db.session.add(
        Version(
            document_id=document,
            number=2,
            relation=Relation.RENEWAL,
            state=State.APPROVED,
            next_due_on=end,
            valid_until=end,
        )
    )
    endings.look_anew(row)
    assert send() == 0
    assert send(367) == 1
    assert db.session.scalar(select(func.count()).select_from(ReminderStop)) == 1


def test_what_never_ends_has_nothing_to_choose(anna: Actor) -> None:
    version = factories.approved(anna, factories.reviewer(), "reference")
    assert choices.outlook(anna, version.document_id).ending is None
    with pytest.raises(Conflict):
        choices.leave(anna, version.document_id)


def test_another_companys_document_is_not_found_and_a_reader_only_looks(anna: Actor) -> None:
    document, other = policy(anna), factories.company(DAGOBERT)
    for act in (choices.outlook, choices.resume, choices.leave, choices.take_up):
        with pytest.raises(NotFound):
            act(other, document)
    with pytest.raises(NotFound):
        choices.outlook(factories.reviewer(), document)
    reader = member(db.session.get_one(Organisation, anna.organisation_id), Role.COMPANY_READER)
    assert choices.outlook(reader, document).ending is not None
    with pytest.raises(Forbidden):
        choices.leave(reader, document)
    with pytest.raises(Forbidden):
        choices.pause(reader, document, until=TODAY + timedelta(days=5))


def test_the_pages_show_the_calendar_and_take_the_choices(session: Session, client: FlaskClient, anna: Actor) -> None:
    document = policy(anna, 29)
    session.commit()
    browser, path = signed_in(client, anna), f"/dossier/{document}"
    page = browser.get(path).text
    assert "Begin met vernieuwen" in page
    assert f"{path}/herinneringen" in page
    form = browser.get(f"{path}/herinneringen").text
    assert "Volgende herinnering" in form
    wrong = browser.post(f"{path}/herinneringen/pauze", data={"totEnMet": "31-02-2027"})
    assert wrong.status_code == 400
    assert 'value="31-02-2027"' in wrong.text
    late = browser.post(f"{path}/herinneringen/pauze", data={"totEnMet": "1-6-2027"})
    assert "Kies een dag na vandaag en uiterlijk 23 januari 2027." in late.text
    done = browser.post(f"{path}/herinneringen/pauze", data={"totEnMet": "10-12-2026"}, follow_redirects=True)
    assert "gepauzeerd tot en met 10 december 2026" in done.text
    done = browser.post(f"{path}/herinneringen/pauze/beeindigen", follow_redirects=True)
    assert "U krijgt weer herinneringen" in done.text or "De pauze is voorbij" in done.text
    done = browser.post(f"{path}/herinneringen/niet-vernieuwen", follow_redirects=True)
    assert "U krijgt er geen herinneringen over." in done.text
    assert "Toch vernieuwen" in browser.get(f"{path}/herinneringen").text
    done = browser.post(f"{path}/herinneringen/toch-vernieuwen", follow_redirects=True)
    assert "Volgende herinnering" in done.text
    assert {row[0] for row in recorded()} == {Action.REMINDERS_PAUSE, Action.REMINDERS_LEAVE}


def test_the_dossier_asks_for_a_second_person(session: Session, client: FlaskClient, anna: Actor) -> None:
    session.commit()
    browser = signed_in(client, anna)
    assert "Eén persoon krijgt de mails over dit dossier." in browser.get("/dossier").text
    member(session.get_one(Organisation, anna.organisation_id), Role.COMPANY_MEMBER)
    session.commit()
    assert "Eén persoon krijgt" not in browser.get("/dossier").text
