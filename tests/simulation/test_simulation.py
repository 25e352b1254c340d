"""The short form of `make simulate`, and that its oracle sees what is wrong."""

import re
from datetime import timedelta

from sqlalchemy import delete, select

from depot.core import clock, db
from depot.documents.models import Lapse
from depot.mail.models import Message
from depot.reminders.models import DigestLine, ReminderStep
from tests.postgres import another
from tests.simulation import checks
from tests.simulation.running import SHORT, Simulation, simulated

SEED = 7
"""`make simulate` takes another each time; a test that is run for other changes must not find what they did not do."""


def wrong(simulation: Simulation) -> list[str]:
    return [*simulation.wrong, *checks.wrong(simulation.oracle, simulation.mail)]


def lose_a_step() -> str:
    row = db.session.scalars(select(ReminderStep).where(~ReminderStep.is_passed_over)).first()
    assert row is not None
    db.session.execute(delete(DigestLine).where(DigestLine.step_id == row.id))
    db.session.delete(row)
    return f"{row.day}: company .* {row.document_id}, ends {row.end_date}: step {row.step} taken up is missing"


def take_a_step_after_its_successor() -> str:
    row = db.session.scalars(select(ReminderStep).where(~ReminderStep.is_passed_over)).first()
    assert row is not None
    db.session.add(ReminderStep(document_id=row.document_id, end_date=row.end_date, step=-999, day=row.day))
    return (
        f"{row.day}: company .* {row.document_id}, ends {row.end_date}: step -999 taken up is there and should not be"
    )


def send_a_digest_twice() -> str:
    row = db.session.scalars(select(Message).where(Message.template == "digest")).first()
    assert row is not None
    copy = {"dedupe_key": "twice", "address": row.address, "locale": row.locale, "template": "digest", "host": row.host}
    db.session.add(
        Message(**copy, payload=row.payload, recipient_id=row.recipient_id, created_at=row.created_at, state=row.state)
    )
    return f"{clock.day_of(row.created_at)}: 2 digests to {row.address} in a day"


def lose_a_lapse() -> str:
    row = db.session.scalars(select(Lapse)).first()
    assert row is not None
    db.session.delete(row)
    return f"version {row.version_id} lapsed after {row.day}, which was not recorded"


def write_a_statement_on_a_sunday() -> str:
    row = db.session.scalars(select(Message).where(Message.template == "statement")).first()
    assert row is not None
    day = row.created_at + timedelta(days=6 - row.created_at.weekday())
    row.created_at = day
    return f"{clock.day_of(day)}: statement to {row.address}, which could wait, on a day without post"


BREAKS = [
    lose_a_step,
    take_a_step_after_its_successor,
    send_a_digest_twice,
    lose_a_lapse,
    write_a_statement_on_a_sunday,
]


def test_months_with_trouble_hold_every_step_digest_lapse_and_statement_once_and_damage_is_seen_and_named(
    database: dict[str, str],
) -> None:
    address = {"DEPOT_DATABASE_URL": another(database["DEPOT_DATABASE_URL"])} if database else {}
    with simulated(SHORT, SEED, address) as simulation, simulation.app.app_context():
        assert wrong(simulation) == []
        figures = checks.figures()
        assert all(figures[name] for name in ("steps", "passed_over", "digests", "statements", "lapses"))
        for damage in BREAKS:
            expected = damage()
            db.session.flush()
            seen = wrong(simulation)
            db.session.rollback()
            assert any(re.search(expected, each) for each in seen), (expected, seen)
