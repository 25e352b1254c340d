from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from depot.core import clock, db
from depot.core.work import JobSchedule


def test_leaving_a_transaction_commits_and_raising_undoes_it(session: Session) -> None:
    with db.transaction():
        session.add(JobSchedule(job="kept", interval_s=1))

    def fail() -> None:
        with db.transaction():
            session.add(JobSchedule(job="lost", interval_s=1))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    session.expire_all()
    assert session.get(JobSchedule, "kept") is not None
    assert session.get(JobSchedule, "lost") is None


def test_keys_sort_by_the_time_they_were_made() -> None:
    made = [db.new_id() for _round in range(2000)]
    assert made == sorted(made)
    assert len(set(made)) == 2000
    assert {key.version for key in made} == {7}


def test_an_instant_without_a_zone_is_refused(session: Session) -> None:
    session.add(JobSchedule(job="x", interval_s=1, seen_at=datetime(2026, 1, 1)))  # noqa: DTZ001 - the point
    with pytest.raises(Exception, match="time zone"):
        session.flush()
    session.rollback()


def test_instants_come_back_in_utc(session: Session) -> None:
    at = clock.now().astimezone(clock.AMSTERDAM)
    session.add(JobSchedule(job="x", interval_s=1, seen_at=at))
    session.flush()
    session.expire_all()
    assert session.get_one(JobSchedule, "x").seen_at == at


def test_sqlite_has_every_acknowledged_write_on_the_disk(tmp_path: Path) -> None:
    engine = db.make_engine(f"sqlite:///{tmp_path / 'depot.db'}")
    with engine.connect() as connection:
        found = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("synchronous", "journal_mode", "foreign_keys")
        ]
    assert found == [2, "wal", 1]
    engine.dispose()
