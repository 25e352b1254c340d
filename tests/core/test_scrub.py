"""Every stored object is read again in time, by any number of processes, and damage stays known until it is healed."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from depot.core import clock, db, scrub, work
from depot.core.errors import Unavailable
from depot.core.http import DepotFlask
from depot.core.storage import LocalStore, Store, store
from depot.core.work import ObjectLook
from depot.documents import queries
from depot.documents.models import File

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _in_context(real_app: DepotFlask) -> Iterator[None]:
    with real_app.app_context(), clock.moved_to(START):
        yield


def stored(number: int) -> File:
    key = f"documents/clean/{number}"
    digest = store().put_bytes(key, b"x" * number)
    row = File(
        object_key=key,
        sha256=digest.sha256,
        crc32=digest.crc32,
        size=digest.size,
        media_type="application/pdf",
        name="x.pdf",
    )
    with db.transaction() as session:
        session.add(row)
    return row


def look(at: datetime, most: int = scrub.BYTES) -> dict[str, int]:
    with clock.moved_to(at):
        return scrub.look([queries.holding()], HOUR, most)


def looks() -> dict[str, ObjectLook]:
    with db.transaction(write=False) as session:
        found = session.scalars(select(ObjectLook).execution_options(populate_existing=True))
        return {row.key: row for row in found}


def path_of(row: File) -> Path:
    here = store()
    assert isinstance(here, LocalStore)
    return here.root / row.object_key


def test_every_object_is_read_within_thirty_days_spread_over_the_days() -> None:
    for number in range(1, 61):
        stored(number)
    most_a_day = 0
    for day in range(30):
        whole = 0
        for hour in range(0, 24, 6):  # a process that ran a quarter of the time
            whole += look(START + timedelta(days=day, hours=hour))["whole"]
        most_a_day = max(most_a_day, whole)
    assert min(row.looked_at for row in looks().values()) > START
    assert most_a_day <= 4


def test_new_objects_do_not_keep_old_ones_waiting() -> None:
    first = stored(1)
    for day in range(29):
        for number in range(3):
            stored(10 + day * 3 + number)
        for hour in range(0, 24, 3):
            look(START + timedelta(days=day, hours=hour))
    assert looks()[first.object_key].looked_at > START
    assert look(START + timedelta(days=30))["overdue"] == 0


@pytest.mark.parametrize(("harm", "outcome"), [("unlink", "missing"), ("flip", "changed"), ("cut", "changed")])
def test_damage_is_found_and_stays_until_it_is_healed(harm: str, outcome: str) -> None:
    row = stored(9)
    look(START)
    path = path_of(row)
    whole = path.read_bytes()
    path.unlink()
    if harm != "unlink":
        path.write_bytes(b"y" * 9 if harm == "flip" else whole[:-1])
    found_at = START + timedelta(days=2)
    assert look(found_at)[outcome] == 1
    assert look(found_at + HOUR)[outcome] == 1
    assert (looks()[row.object_key].outcome, looks()[row.object_key].since) == (outcome, found_at)
    path.unlink(missing_ok=True)
    path.write_bytes(whole)
    assert look(found_at + 2 * HOUR)["whole"] == 1
    assert looks()[row.object_key].since is None


def test_what_a_room_let_go_is_no_damage_and_forgotten() -> None:
    row = stored(1)
    look(START)
    path_of(row).unlink()
    with db.transaction() as session:
        session.delete(session.get_one(File, row.id))
    assert look(START + timedelta(days=2))["missing"] == 0
    assert looks() == {}


def test_a_run_reads_no_more_than_it_may() -> None:
    for number in range(1, 4):
        stored(number)
    look(START)
    with clock.moved_to(START + timedelta(days=2)):
        assert scrub.look([queries.holding()], timedelta(days=25), most=2)["whole"] == 2


def test_a_store_that_is_away_says_nothing_of_the_objects(
    real_app: DepotFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = stored(1)
    look(START)

    def away(_self: Store, _key: str) -> None:
        raise Unavailable(scrub.AWAY)

    monkeypatch.setattr(LocalStore, "open", away)
    look(START + timedelta(days=2))
    assert looks()[row.object_key].since is None


def test_processes_share_the_work_and_one_that_died_is_made_up_for() -> None:
    for number in range(1, 5):
        stored(number)
    look(START)
    at = START + timedelta(days=40)
    with clock.moved_to(at):
        work.claim(ObjectLook.id, ObjectLook.leased_until, ObjectLook.looked_at < at, ObjectLook.looked_at, limit=1)
    read = [look(at + minute * timedelta(minutes=10))["whole"] for minute in range(4)]
    assert sum(read) == 4
    assert look(at + timedelta(hours=1)).get("whole", 0) == 0


def test_two_runs_at_once_read_each_object_once(real_app: DepotFlask) -> None:
    for number in range(1, 4):
        stored(number)
    look(START)
    found: list[int] = []

    def run() -> None:
        with real_app.app_context():
            found.append(scrub.look([queries.holding()], timedelta(days=25))["whole"])

    with clock.moved_to(START + timedelta(days=2)):
        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(found) == 3
