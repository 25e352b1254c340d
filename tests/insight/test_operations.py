"""The operator's page of jobs, and running one now."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from depot.access import Action, Role
from depot.audit.models import Event
from depot.core import clock, db
from depot.core.errors import Forbidden
from depot.core.work import JobRun, JobSchedule
from depot.insight import operations
from depot.mail.models import Message
from tests import factories
from tests.factories import signed_in


@pytest.fixture
def operator(client, session):
    return signed_in(client, factories.reviewer(Role.OPERATOR_ADMIN))


def test_the_jobs_show_their_last_and_next_run_and_what_failed(operator, session):
    now = clock.now()
    session.add(
        JobSchedule(
            job="send_mail",
            interval_s=10,
            started_at=now - timedelta(seconds=9),
            took_s=1.25,
            outcome="failed",
            failures=3,
            next_at=now,
            due_now=1,
        )
    )
    session.flush()
    page = operator.get("/taken").text
    for sentence in ("send_mail", "1250 ms", "mislukt", ">3<", "ja", "Nu starten"):
        assert sentence in page


def test_asking_for_a_run_twice_is_one_run_and_on_record(operator, session):
    session.add(JobSchedule(job="send_mail", interval_s=10))
    session.flush()
    for _click in range(2):
        assert operator.post("/taken/send_mail").status_code == 303
    row = session.scalars(select(JobRun)).one()
    assert (row.job, row.outcome) == ("send_mail", "asked")
    assert session.scalars(select(Event.object_id).where(Event.action == Action.JOB_RUN)).all() == [row.id] * 2
    assert "gevraagd" in operator.get("/taken").text


def test_a_job_that_does_not_exist_is_not_found(operator):
    assert operator.post("/taken/onzin").status_code == 404


@pytest.mark.parametrize("make", [factories.company, factories.municipality, factories.reviewer])
def test_nobody_else_runs_jobs_or_sees_the_mail(session, make):
    actor = make()
    for ask in (operations.works, operations.lost_mail, lambda here: operations.run_job(here, "send_mail")):
        with pytest.raises(Forbidden):
            ask(actor)


def test_mail_that_did_not_arrive_is_shown_with_what_the_server_said(operator, session):
    for number, state in enumerate(("failed", "bounced", "sent")):
        row = Message(
            dedupe_key=str(number),
            recipient_id=db.new_id(),
            address=f"{state}@werkpad.example",
            locale="nl",
            template="digest",
            payload={},
            state=state,
            last_error="550 5.1.1 <unknown>",
        )
        session.add(row)
    session.flush()
    page = operator.get("/berichten").text
    assert "failed@werkpad.example" in page
    assert "bounced@werkpad.example" in page
    assert "sent@werkpad.example" not in page
    assert "550 5.1.1 &lt;unknown&gt;" in page
