"""Several processes that remind at the same moment, on both databases."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from depot.access import SYSTEM, Role
from depot.accounts.models import Organisation
from depot.core import clock, db
from depot.core.http import DepotFlask
from depot.documents import endings
from depot.documents.models import Document, Relation, State, Version
from depot.mail.models import Message
from depot.reminders import service
from depot.reminders.models import Digest, DigestLine, ReminderStep
from jobs.documents import record_lapses
from tests import factories

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
COMPANIES = 8


@pytest.fixture
def full_app(real_app: DepotFlask) -> DepotFlask:
    """A depot of some companies, each with a policy that ends."""
    with real_app.app_context(), clock.moved_to(NOON), db.transaction():
        for number in range(COMPANIES):
            company = factories.company(f"{number:08}")
            factories.member(db.session.get_one(Organisation, company.organisation_id), Role.COMPANY_MEMBER)
            document = Document(company_id=company.organisation_id, kind="liability_insurance", title="Polis")
            db.session.add(document)
            db.session.flush()
            end = TODAY + timedelta(days=28)
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
    return real_app


def test_processes_that_remind_at_once_together_write_each_step_line_and_mail_once(full_app: DepotFlask) -> None:
    start = threading.Barrier(4)
    written: list[int] = []

    def process() -> None:
        with full_app.app_context():
            start.wait()
            written.append(service.send_due(SYSTEM, TODAY)["digests"])

    with clock.moved_to(NOON):
        processes = [threading.Thread(target=process) for _number in range(4)]
        for each in processes:
            each.start()
        for each in processes:
            each.join()
    assert len(written) == 4
    assert sum(written) == 2 * COMPANIES
    with full_app.app_context(), db.transaction(write=False) as session:
        counts = {
            table: session.scalar(select(func.count()).select_from(table))
            for table in (Digest, DigestLine, Message, ReminderStep)
        }
        assert counts == {
            Digest: 2 * COMPANIES,
            DigestLine: 2 * COMPANIES,
            Message: 2 * COMPANIES,
            ReminderStep: 3 * COMPANIES,
        }


def test_processes_that_record_lapses_at_once_record_each_once_and_none_fails(full_app: DepotFlask) -> None:
    with full_app.app_context(), db.transaction() as session:
        session.execute(update(Version).values(lapse_due_on=TODAY))
    start = threading.Barrier(4)
    recorded: list[int] = []

    def process() -> None:
        with full_app.app_context():
            start.wait()
            recorded.append(record_lapses(TODAY + timedelta(days=1))["recorded"])

    processes = [threading.Thread(target=process) for _number in range(4)]
    for each in processes:
        each.start()
    for each in processes:
        each.join()
    assert len(recorded) == 4
    assert sum(recorded) == COMPANIES
