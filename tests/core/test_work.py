"""Locking is tested with real commits: own database, several threads."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from sqlalchemy import true

from depot.core import clock, db, work
from depot.core.http import DepotFlask
from depot.mail.models import Message

WORKERS = 6
ROWS = 120


def fill(app: DepotFlask) -> None:
    with app.app_context(), db.transaction() as session:
        for number in range(ROWS):
            row = Message(
                dedupe_key=str(number),
                recipient_id=db.new_id(),
                address="a@b.example",
                locale="nl",
                template="x",
                payload={},
            )
            session.add(row)


def claim(limit: int = 7) -> list[UUID]:
    return list(work.claim(Message.id, Message.leased_until, true(), Message.id, limit=limit))


def test_every_row_is_claimed_exactly_once_by_many_workers(real_app: DepotFlask) -> None:
    fill(real_app)
    start = threading.Barrier(WORKERS)

    def worker(_number: int) -> list[UUID]:
        found: list[UUID] = []
        with real_app.app_context():
            start.wait()
            while got := claim():
                found += got
        return found

    with ThreadPoolExecutor(WORKERS) as pool:
        claimed = [row for rows in pool.map(worker, range(WORKERS)) for row in rows]
    assert len(claimed) == len(set(claimed)) == ROWS


def test_a_lease_that_ran_out_is_another_workers(real_app: DepotFlask) -> None:
    fill(real_app)
    with real_app.app_context():
        first = claim(limit=ROWS)
        assert claim() == []
        with clock.moved_to(clock.now() + work.LEASE + timedelta(seconds=1)):
            assert claim(limit=ROWS) == first


def test_one_of_many_takes_a_slot(real_app: DepotFlask) -> None:
    start = threading.Barrier(WORKERS)

    def worker(_number: int) -> UUID | None:
        with real_app.app_context():
            start.wait()
            return work.take_slot("daily", "2026-11-21")

    with ThreadPoolExecutor(WORKERS) as pool:
        assert sum(run is not None for run in pool.map(worker, range(WORKERS))) == 1


def test_writers_at_once_lose_nothing_and_are_never_locked_out(real_app: DepotFlask) -> None:
    def worker(_number: int) -> None:
        for _round in range(20):
            with real_app.app_context(), db.transaction() as session:
                row = session.get_one(work.JobSchedule, "count", with_for_update=True)
                row.due_now += 1

    with real_app.app_context(), db.transaction() as session:
        session.add(work.JobSchedule(job="count", interval_s=1))
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(worker, range(WORKERS)))
    with real_app.app_context():
        assert db.session.get_one(work.JobSchedule, "count").due_now == WORKERS * 20
