"""What is wrong with the depot is told to who administers it: by mail once, in the log for as long as it lasts."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from depot.access import Role
from depot.accounts import watch
from depot.core import clock
from depot.core.work import JobSchedule, ObjectLook
from depot.mail.models import Message
from tests import factories
from tests.factories import signed_in


@pytest.fixture
def operator(session):
    return factories.reviewer(Role.OPERATOR_ADMIN)


def letters(session, template):
    return session.scalars(select(Message).where(Message.template == template)).all()


def test_a_silence_is_logged_each_hour_and_mailed_once(session, operator):
    now = clock.now()
    session.add(JobSchedule(job="send_mail", interval_s=60, seen_at=now, well_at=now))
    session.flush()
    with capture_logs() as logs:
        for minutes, logged in ((3, 0), (4, 1), (30, 0), (64, 1), (125, 1)):
            with clock.moved_to(now + timedelta(minutes=minutes)):
                assert watch.tell_silent() == logged, minutes
    assert [(line["event"], line["log_level"]) for line in logs] == [("job_silent", "error")] * 3
    assert [row.payload["job"] for row in letters(session, "job_silent")] == ["send_mail"]


def test_a_job_that_is_heard_of_again_alarms_anew_when_it_falls_silent(session, operator):
    now = clock.now()
    row = JobSchedule(job="send_mail", interval_s=60, seen_at=now, well_at=now)
    session.add(row)
    session.flush()
    for hours in (1, 2, 3):
        later = now + timedelta(hours=hours)
        with clock.moved_to(later):
            assert watch.tell_silent() == 1
            row.seen_at = row.well_at = later
            assert watch.tell_silent() == 0
    assert len(letters(session, "job_silent")) == 3


def test_a_job_that_only_fails_is_silent_though_its_scheduler_lives(session):
    now = clock.now()
    session.add(JobSchedule(job="a", interval_s=60, seen_at=now, well_at=now - timedelta(hours=1)))
    session.flush()
    assert [row.job for row in watch.silent_jobs()] == ["a"]


def test_damage_is_mailed_once_for_each_object_and_stays_on_the_page(client, session, operator):
    for key in ("documents/clean/1", "bundles/2"):
        session.add(ObjectLook(key=key, outcome="missing", since=clock.now()))
    session.flush()
    assert (watch.tell_damaged(), watch.tell_damaged()) == (2, 0)
    session.add(ObjectLook(key="bundles/3", outcome="changed", since=clock.now()))
    session.flush()
    assert watch.tell_damaged() == 1
    assert [row.payload["count"] for row in letters(session, "objects_damaged")] == [2, 1]
    page = signed_in(client, operator).get("/beheer").text
    assert "Bestanden in de opslag zijn weg of veranderd" in page
    assert "documents/clean/1" in page
    assert "bundles/3" in page
