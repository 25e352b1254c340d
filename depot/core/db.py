"""One engine, one session a request or unit of work, and the only place that commits."""

import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast, dataclass_transform
from uuid import UUID

from flask import Flask, current_app
from flask.globals import app_ctx
from sqlalchemy import (
    JSON,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    Numeric,
    String,
    TypeDecorator,
    Uuid,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    MappedColumn,
    Relationship,
    Session,
    declared_attr,
    mapped_column,
    relationship,
    scoped_session,
    sessionmaker,
)
from sqlalchemy.pool import ConnectionPoolEntry

from depot.core import clock

SQLITE_TIMEOUT = 15.0
"""Seconds a writer waits for another on SQLite before it gives up."""

SQLITE_PAUSE = 0.0005
"""Seconds between two tries to take SQLite's write lock."""


class Instant(TypeDecorator[datetime]):
    """An instant: stored as UTC without zone, always read back with it."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse an instant without a zone: it would mean another moment on another machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class KeyText(TypeDecorator[str]):
    """A key read as text, for reads of very many rows: most of their time went into making UUIDs of them and text of those."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """The text that `str` makes of the UUID; SQLite keeps it without its dashes."""
        if value is None:
            return None
        text = str(value)
        return text if "-" in text else f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass_transform(
    eq_default=False, kw_only_default=True, field_specifiers=(MappedColumn, mapped_column, Relationship, relationship)
)
class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False, repr=False):
    """Every table: constraints named by convention, instants in UTC, keys as UUID."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        UUID: Uuid,
        datetime: Instant,
        date: Date,
        Decimal: Numeric(14, 2),
        dict[str, Any]: JSON,
        list[str]: JSON,
    }


class Guarded(MappedAsDataclass, kw_only=True):
    """A row of which no change is lost: who changes what somebody else changed in between is refused (StaleDataError)."""

    row_version: Mapped[int] = mapped_column(init=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands it the class
        return {"version_id_col": cls.row_version}


def enum(members: type[StrEnum]) -> Enum:
    """A column that holds one of the members' values, as text that another reader of the database understands."""
    return Enum(members, native_enum=False, length=40, values_callable=lambda found: [item.value for item in found])


_last = (0, 0)
_lock = threading.Lock()


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): sorts by the time it was made, also within one millisecond of one process."""
    global _last  # noqa: PLW0603 - the counter is the process's
    millis = int(clock.now().timestamp() * 1000)
    with _lock:
        count = _last[1] + 1 if _last[0] == millis else secrets.randbits(10)
        _last = (millis, count)
    value = millis << 80 | 0x7 << 76 | (count & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


def _session_of_the_app() -> Session:
    return current_app.extensions["depot.sessions"]()  # type: ignore[no-any-return] # Flask's registry is untyped


session: scoped_session[Session] = scoped_session(
    cast("sessionmaker[Session]", _session_of_the_app),
    scopefunc=lambda: id(app_ctx._get_current_object()),  # type: ignore[attr-defined] # noqa: SLF001 - as Flask-SQLAlchemy
)
"""The session of the app context in force: one a request, one a unit of work of a job."""


@contextmanager
def transaction(*, write: bool = True) -> Iterator[Session]:
    """One unit of work: leaving commits, raising rolls back.

    A writer takes SQLite's lock with its first query, also when that only reads: what comes before it, such as putting an
    object in the store, keeps nobody waiting.
    """
    current = session()
    reader = current.bind
    if write and isinstance(reader, Engine) and not current.in_transaction():
        current.bind = reader.execution_options(sqlite_begin="IMMEDIATE")
    try:
        yield current
        current.commit()
    except BaseException:
        current.rollback()
        raise
    finally:
        current.bind = reader


@contextmanager
def reading() -> Iterator[None]:
    """Reads at the start of a unit of work that writes, in a transaction of their own that ends with the block.

    What follows may then take long before the first query that locks. What was read stays at hand, and may be old by then.
    Within a transaction that is under way already this changes nothing.
    """
    current = session()
    writer = current.bind
    if current.in_transaction() or not isinstance(writer, Engine):
        yield
        return
    current.bind = current_app.extensions["depot.engine"]
    try:
        yield
        current.commit()
    finally:
        current.bind = writer


def insert(table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what happens when the row is there already (`on_conflict_...`), for the database in force."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def undo() -> None:
    """Forget what this unit of work did so far: a form that is shown again changed nothing."""
    session.rollback()


def make_engine(url: str) -> Engine:
    """An engine with the settings that keep every acknowledged write: on SQLite WAL, synchronous=FULL, foreign keys."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": SQLITE_TIMEOUT})
    turn = threading.Lock()

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # pysqlite would begin too late: we emit BEGIN
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("sqlite_begin") == "IMMEDIATE":
            _take_write_lock(connection, turn)
        else:
            connection.exec_driver_sql("BEGIN DEFERRED")

    def on_end(connection: Connection) -> None:
        _end_turn(connection, turn)

    event.listen(engine, "commit", on_end)
    event.listen(engine, "rollback", on_end)
    return engine


_HAS_TURN = "depot.has_turn"


def _take_write_lock(connection: Connection, turn: threading.Lock) -> None:
    """Begin as the one writer on SQLite; raises OperationalError when that takes too long.

    SQLite waits ever longer between its tries, up to 100 ms, while our writers take some milliseconds. So the threads of
    one process take turns, which wakes the next at once, and whose turn it is asks SQLite often (ADR 0020).
    """
    driver = cast(sqlite3.Connection, connection.connection.dbapi_connection)
    last = time.monotonic() + SQLITE_TIMEOUT
    connection.info[_HAS_TURN] = turn.acquire(timeout=SQLITE_TIMEOUT)
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while time.monotonic() < last:
            with suppress(sqlite3.OperationalError):
                driver.execute("BEGIN IMMEDIATE")
                return
            time.sleep(SQLITE_PAUSE)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except BaseException:
        _end_turn(connection, turn)
        raise
    finally:
        driver.execute(f"PRAGMA busy_timeout = {SQLITE_TIMEOUT * 1000:.0f}")


def _end_turn(connection: Connection, turn: threading.Lock) -> None:
    if connection.info.pop(_HAS_TURN, False):
        turn.release()


def init_app(app: Flask, url: str) -> None:
    """Bind the app to its database, and end each context's session with the context."""
    engine = make_engine(url)
    app.extensions["depot.engine"] = engine
    app.extensions["depot.sessions"] = sessionmaker(engine, expire_on_commit=False)

    @app.teardown_appcontext
    def forget(_error: BaseException | None) -> None:
        session.remove()
