"""The chain over the trail: that everything gets its link once, and that no tampering goes unseen."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from depot.access import SYSTEM, Action
from depot.audit import chain, checkpoints, queries, rules, service, verifying
from depot.audit.checkpoints import Kept
from depot.audit.models import Checkpoint, Event, Link
from depot.audit.verifying import Flaw
from depot.core import authority, clock, db, seal
from depot.core.http import DepotFlask
from jobs.audit import chain_events, seal_trail

NOON = datetime(2026, 11, 21, 11, tzinfo=UTC)
COUNT = 12


class Thing:
    """What a deed is done to."""

    __tablename__ = "companies"
    id = UUID(int=7)


def deeds(count: int) -> None:
    """So many events, committed."""
    with db.transaction():
        for number in range(count):
            service.record(SYSTEM, Action.PROFILE_CHANGE, Thing, about=Thing.id, number=number, text="Één €")


@pytest.fixture
def sealed(app: DepotFlask, session: Session, tmp_path: Path) -> Session:
    """A trail of COUNT events in the chain, with a checkpoint over them."""
    authority.init(tmp_path / "seal", organisation="Depot Voorbeeld")
    seal.init_app(app, tmp_path / "seal")
    deeds(COUNT)
    assert chain_events() == {"linked": COUNT}
    assert seal_trail(clock.today()) == {"sealed": 1}
    return session


@contextmanager
def tampering(session: Session) -> Iterator[None]:
    """Who can do anything with the database: no refusal, no foreign key; all is undone afterwards."""
    session.rollback()
    connection = session.get_bind()
    assert isinstance(connection, Connection)
    with connection.begin_nested() as all_of_it:
        if connection.dialect.name == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
            for (name,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                session.execute(text(f"DROP TRIGGER {name}"))
        session.commit()
        try:
            yield
        finally:
            session.rollback()
            all_of_it.rollback()
            session.expire_all()


def verdict(given: Kept | None = None) -> verifying.Verdict:
    return verifying.verify(seal.current().trust, given)


def flaw() -> tuple[Flaw, int | None]:
    broken = verdict().broken
    assert broken is not None
    return broken.flaw, broken.seq


def event_of(session: Session, seq: int) -> UUID:
    return session.scalars(select(Link.event_id).where(Link.seq == seq)).one()


def test_a_hash_is_what_another_program_computes() -> None:
    facts = ["00000000-0000-7000-8000-000000000001", datetime(2026, 11, 22, 8, 30)]  # noqa: DTZ001 - as the database keeps it
    facts += ["user", None, None, "profile.change", "companies", None, None, "127.0.0.1", '{"b": [1, true], "a": "é"}']
    written = (
        b'["00000000-0000-7000-8000-000000000001","2026-11-22T08:30:00.000000Z","user",null,null,'
        b'"profile.change","companies",null,null,"127.0.0.1",{"a":"\\u00e9","b":[1,true]}]'
    )
    assert rules.link_hash(rules.START, facts) == hashlib.sha256(bytes(32) + written).hexdigest()
    assert rules.link_hash("ab" * 32, facts) == hashlib.sha256(b"\xab" * 32 + written).hexdigest()


def test_each_event_gets_its_link_once_and_the_numbers_have_no_gap(sealed: Session) -> None:
    deeds(3)
    assert chain_events() == {"linked": 3}
    assert chain_events() == {"linked": 0}
    assert sealed.scalars(select(Link.seq).order_by(Link.seq)).all() == list(range(1, COUNT + 4))
    found = verdict()
    assert (found.links, found.waiting, found.checkpoints, found.broken) == (COUNT + 3, 0, 1, None)


def test_what_is_chained_is_found_by_an_index_of_what_waits(session: Session) -> None:
    explain = "EXPLAIN QUERY PLAN " if session.get_bind().dialect.name == "sqlite" else "EXPLAIN "
    if explain == "EXPLAIN ":
        session.execute(text("SET LOCAL enable_seqscan = off"))
    statement = queries.waiting(5).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    plan = session.execute(text(f"{explain}{statement}")).all()
    assert "ix_audit_events_waiting" in str(plan)


def test_an_event_that_is_committed_after_later_ones_is_linked_after_them(session: Session) -> None:
    with clock.moved_to(NOON):
        deeds(1)
    with db.transaction():
        chain.append()
    with clock.moved_to(NOON - timedelta(minutes=10)):
        deeds(1)
    assert chain.append() == 1
    at = session.scalars(select(Event.at).join(Link).order_by(Link.seq)).all()
    assert at[-2:] == [NOON, NOON - timedelta(minutes=10)]


@pytest.mark.parametrize("table", ["audit_events", "audit_links", "audit_checkpoints"])
@pytest.mark.parametrize(
    "change", ["DELETE FROM {table}", "UPDATE {table} SET {key} = {key}", "UPDATE {table} SET {mark} = {mark}"]
)
def test_the_database_refuses_changes(sealed: Session, table: str, change: str) -> None:
    key, mark = {"audit_events": ("at", "is_chained")}.get(table, ("seq", "hash"))
    with pytest.raises(IntegrityError, match="only added to"), sealed.begin_nested():
        sealed.execute(text(change.format(table=table, key=key, mark=mark)))


def test_postgresql_refuses_to_empty_it(sealed: Session) -> None:
    if sealed.get_bind().dialect.name == "postgresql":
        with pytest.raises(IntegrityError, match="only added to"), sealed.begin_nested():
            sealed.execute(text("TRUNCATE audit_links"))


CHANGES = {
    "at": "'2020-01-01 00:00:00.000001'",
    "actor_kind": "'guest'",
    "actor_id": "'99999999999999999999999999999999'",
    "organisation_id": "'99999999999999999999999999999999'",
    "action": "'document.read'",
    "object_type": "'documents'",
    "object_id": "'99999999999999999999999999999999'",
    "about_company_id": "NULL",
    "origin": "'127.0.0.2'",
    "detail": "'{}'",
}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_tampering_with_any_row_goes_unseen(sealed: Session, data: st.DataObject) -> None:
    seq = data.draw(st.integers(1, COUNT), label="seq")
    other = data.draw(st.integers(1, COUNT).filter(lambda number: number != seq), label="other")
    kind = data.draw(st.sampled_from(["column", "event", "link", "swap", "hash", "insert"]), label="kind")
    event, second = event_of(sealed, seq), event_of(sealed, other)
    with tampering(sealed):
        if kind == "column":
            column = data.draw(st.sampled_from(sorted(CHANGES)), label="column")
            change = f"UPDATE audit_events SET {column} = {CHANGES[column]} WHERE id = :id"  # noqa: S608 - ours
            sealed.execute(text(change), {"id": event.hex})
            assert flaw() == (Flaw.CHANGED, seq)
        if kind == "event":
            sealed.execute(text("DELETE FROM audit_events WHERE id = :id"), {"id": event.hex})
            assert flaw() == (Flaw.REMOVED, seq)
        if kind == "link":
            sealed.execute(text("DELETE FROM audit_links WHERE seq = :seq"), {"seq": seq})
            assert flaw() == ((Flaw.GAP, seq) if seq < COUNT else (Flaw.CHECKPOINT, COUNT))
        if kind == "swap":
            for number, key in ((seq, UUID(int=1)), (other, event), (seq, second)):
                sealed.execute(
                    text("UPDATE audit_links SET event_id = :id WHERE seq = :seq"), {"id": key.hex, "seq": number}
                )
            assert flaw() in ((Flaw.REORDERED, min(seq, other)), (Flaw.INSERTED, min(seq, other)))
        if kind == "hash":
            sealed.execute(
                text("UPDATE audit_links SET hash = :hash WHERE seq = :seq"), {"hash": "ab" * 32, "seq": seq}
            )
            assert flaw() == (Flaw.CHANGED, seq)
        if kind == "insert":
            _insert(sealed, seq)
            assert flaw() == ((Flaw.INSERTED if seq < COUNT else Flaw.CHECKPOINT), seq)
    assert verdict().broken is None


def _insert(session: Session, seq: int) -> None:
    """A forged event at a place, with the hash that it should have there; what follows moves up."""
    for number in range(COUNT, seq - 1, -1):
        session.execute(text("UPDATE audit_links SET seq = seq + 1 WHERE seq = :seq"), {"seq": number})
    with db.transaction():
        service.record(SYSTEM, Action.DOCUMENT_READ, Thing)
    before = session.scalar(select(Link.hash).where(Link.seq == seq - 1)) or rules.START
    facts = session.execute(queries.waiting(1)).one()
    session.add(Link(seq=seq, event_id=UUID(facts[0]), form=rules.FORM, hash=rules.link_hash(before, facts)))
    session.flush()


def test_who_writes_the_whole_chain_anew_is_found_by_its_checkpoint(sealed: Session) -> None:
    kept = Kept.from_text(Kept.of(sealed.scalars(select(Checkpoint)).one()).text)
    with tampering(sealed):
        sealed.execute(text("UPDATE audit_events SET origin = 'elsewhere', is_chained = :no"), {"no": False})
        sealed.execute(text("DELETE FROM audit_links"))
        assert chain_events() == {"linked": COUNT}
        assert flaw() == (Flaw.CHECKPOINT, COUNT)
        sealed.execute(text("DELETE FROM audit_checkpoints"))
        assert verdict().broken is None
        found = verdict(kept).broken
        assert found is not None
        assert (found.flaw, found.seq) == (Flaw.CHECKPOINT, COUNT)


def test_a_checkpoint_sealed_by_another_proves_nothing(sealed: Session, app: DepotFlask, tmp_path: Path) -> None:
    authority.init(tmp_path / "other", organisation="Ander Depot")
    seal.init_app(app, tmp_path / "other")
    found = verdict().broken
    assert found is not None
    assert (found.flaw, found.detail) == (Flaw.SEAL, "timestamp_chain")


def test_a_checkpoint_with_other_words_than_were_sealed_proves_nothing(sealed: Session) -> None:
    with tampering(sealed):
        sealed.execute(text("UPDATE audit_checkpoints SET at = '2020-01-01 00:00:00.000000'"))
        assert flaw() == (Flaw.SEAL, COUNT)


def test_an_event_without_a_link_is_missed_after_an_hour_whatever_its_mark_says(sealed: Session) -> None:
    with clock.moved_to(clock.now() - timedelta(minutes=59)):
        deeds(1)
    assert (verdict().broken, verdict().waiting) == (None, 1)
    with tampering(sealed):
        sealed.execute(text("UPDATE audit_events SET is_chained = :yes"), {"yes": True})
        with clock.moved_to(clock.now() + timedelta(minutes=2)):
            assert flaw() == (Flaw.UNLINKED, None)


def test_a_chain_that_did_not_go_on_is_not_sealed_again(sealed: Session) -> None:
    assert not checkpoints.make()
    deeds(1)
    chain_events()
    assert checkpoints.make()
    assert sealed.scalars(select(Checkpoint.seq).order_by(Checkpoint.seq)).all() == [COUNT, COUNT + 1]


def test_what_is_no_checkpoint_is_refused() -> None:
    for wrong in ("", "{}", "[1]", '{"at": 1}'):
        with pytest.raises(ValueError):  # noqa: PT011 - its words are the command's
            Kept.from_text(wrong)


def test_writers_and_two_that_chain_at_once_leave_one_whole_chain(real_app: DepotFlask) -> None:
    _write_and_chain(real_app, threads=3, each=60)
    with real_app.app_context():
        chain_events()
        assert db.session.scalar(select(func.count()).select_from(Event)) == 180
        found = verifying.verify(seal.Trust())
    assert (found.links, found.waiting, found.broken) == (180, 0, None)


def _write_and_chain(app: Flask, threads: int, each: int) -> None:
    left = threading.Semaphore(0)

    def write() -> None:
        for number in range(each):
            with app.app_context():
                deeds(1)
                if number % 7 == 0:
                    with suppress(ZeroDivisionError), db.transaction():
                        service.record(SYSTEM, Action.PROFILE_CHANGE, Thing)
                        raise ZeroDivisionError
        left.release()

    def link() -> None:
        while not left.acquire(blocking=False):
            with app.app_context():
                chain.append()

    running = [threading.Thread(target=each) for each in (*[write] * threads, link, link)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
