"""Whose turn it is, and that nobody gets two."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from depot.access import SYSTEM, Role
from depot.accounts.models import Organisation, OrganisationKind, OrganisationState, User
from depot.core import clock, db
from depot.core.workdays import is_workday, weekly_day
from depot.mail import service as mail
from depot.mail.models import Message
from depot.reminders import desk, recipients
from depot.reminders.models import Notice, NoticeKind, Rhythm
from depot.reminders.preferences import Choice
from depot.reminders.recipients import Recipient
from tests import factories
from tests.conftest import app, client, session

__all__ = ["app", "client", "session"]

DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
USER = User(email="a@depot.example", name="A")
DEPOT = Organisation(kind=OrganisationKind.OPERATOR, name="Depot")


def recipient(rhythm: Rhythm, last_day: date | None) -> Recipient:
    return Recipient(USER, DEPOT, Role.REVIEWER, date(2026, 1, 1), Choice(rhythm), last_day)


runs = st.sets(st.dates(date(2026, 10, 1), date(2027, 6, 1)), max_size=60).map(sorted)


@given(runs)
def test_daily_mail_comes_on_workdays_only_and_never_twice_a_day(days: list[date]) -> None:
    last: date | None = None
    for day in days:
        is_due = recipient(Rhythm.DAILY, last).is_due(day)
        assert is_due == is_workday(day)
        last = day if is_due else last
        assert not recipient(Rhythm.DAILY, last).is_due(day)


@given(runs)
def test_weekly_mail_comes_once_a_week_and_later_in_the_week_when_the_depot_was_down(days: list[date]) -> None:
    sent: list[date] = []
    for day in days:
        if recipient(Rhythm.WEEKLY, sent[-1] if sent else None).is_due(day):
            sent.append(day)
    weeks = [weekly_day(day) for day in sent]
    assert len(weeks) == len(set(weeks))
    assert set(weeks) == {weekly_day(day) for day in days if is_workday(day) and day >= weekly_day(day)}
    assert not any(recipient(Rhythm.OFF, None).is_due(day) for day in days)


@pytest.fixture
def key(session: Session) -> tuple[UUID, UUID]:
    actor = factories.reviewer()
    session.commit()
    return actor.id, actor.organisation_id


def test_a_turn_is_taken_once_for_a_day_and_not_for_an_earlier_one(session: Session, key: tuple[UUID, UUID]) -> None:
    def take(day: date) -> bool:
        return recipients.take_turn(*key, NoticeKind.DESK, day, until=NOON)

    days = [DAY, DAY, DAY - timedelta(days=1), DAY + timedelta(days=1), DAY + timedelta(days=1)]
    assert [take(day) for day in days] == [True, False, False, True, False]
    assert session.scalar(select(func.count()).select_from(Notice)) == 1


def test_a_crash_before_the_end_of_the_unit_of_work_leaves_turn_and_mail_for_the_next_run(
    session: Session, key: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.moved_to(NOON - timedelta(days=3)):
        factories.checked(factories.company())
        session.commit()

    def crashing(write: Callable[..., None]) -> Callable[..., None]:
        def crash(*args: Any, **kwargs: Any) -> None:
            write(*args, **kwargs)
            raise KeyboardInterrupt

        return crash

    with clock.moved_to(NOON):
        with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
            patch.setattr(mail, "write", crashing(mail.write))
            desk.send_due(SYSTEM, DAY)
        assert session.scalar(select(func.count()).select_from(Message).where(Message.template == "desk")) == 0
        assert desk.send_due(SYSTEM, DAY) == {"digests": 1}


def test_of_two_at_somebodys_first_time_the_second_is_refused_by_the_database(
    session: Session, key: tuple[UUID, UUID]
) -> None:
    with db.transaction():
        assert recipients.take_turn(*key, NoticeKind.DESK, DAY, until=NOON)
    with pytest.raises(IntegrityError), db.transaction():
        session.add(Notice(user_id=key[0], organisation_id=key[1], kind=NoticeKind.DESK, day=DAY, at=NOON))


def test_whoever_left_is_no_recipient(session: Session, key: tuple[UUID, UUID]) -> None:
    def found() -> int:
        return len(recipients.of(NoticeKind.DESK, clock.today(), Role.REVIEWER))

    assert found() == 1
    session.get_one(User, key[0]).is_active = False
    assert found() == 0
    session.get_one(User, key[0]).is_active = True
    session.get_one(Organisation, key[1]).state = OrganisationState.SUSPENDED
    assert found() == 0
