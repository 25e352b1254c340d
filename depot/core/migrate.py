"""Bringing a database to the newest migration, from wherever the depot is installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

ROOT = Path(__file__).parents[2]
FOLDER = next(path for path in (ROOT / "depot" / "_migrations", ROOT / "migrations") if path.is_dir())


LOCK = 0x6465706F74
"""The number of PostgreSQL's advisory lock: of two that migrate at once, the second waits and finds nothing to do."""


class NotReady(Exception):
    """The database cannot be served as it is; the message says why, and what to do."""


def revisions(engine: Engine) -> tuple[str, str]:
    """The migration that the database is at, "" for none, and the newest one there is."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found or "", ScriptDirectory(str(FOLDER)).get_current_head() or ""


def require_newest(engine: Engine) -> None:
    """Raise NotReady unless the database answers and is at the newest migration."""
    try:
        found, newest = revisions(engine)
    except OperationalError as error:
        raise NotReady(f"The database cannot be used: {error.orig}") from error
    if found > newest:
        raise NotReady(f"The database is at migration {found}, made by a newer depot than this one ({newest}).")
    if found != newest:
        raise NotReady(f"The database is at migration {found or 'none'}, not {newest}. Run: depot migrate")


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A connection of its own, that nobody else migrates beside."""
    with engine.connect() as connection:
        connection.detach()  # what is set below ends with the connection, whatever happens
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
            connection.rollback()
        else:
            # SQLite changes a table by making it anew: dropping the old one must not count as deleting its rows.
            # `env.py` looks at the foreign keys before each commit instead (sqlite.org/lang_altertable.html, 7).
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            connection.execution_options(sqlite_begin="IMMEDIATE")
        yield connection


def settings(connection: Connection) -> Config:
    """Alembic's settings for one connection."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, to: str = "head") -> None:
    """Run every migration that has not run yet, each in a transaction of its own; doing it again does nothing.

    One that is interrupted leaves nothing behind, on SQLite neither: its DDL is in the transaction too.
    """
    with _alone(engine) as connection:
        command.upgrade(settings(connection), to)


def downgrade(engine: Engine, to: str) -> None:
    """Undo migrations down to a revision."""
    with _alone(engine) as connection:
        command.downgrade(settings(connection), to)


def check(engine: Engine) -> None:
    """Raise when the models say something that no migration made."""
    with engine.connect() as connection:
        command.check(settings(connection))


def draft(engine: Engine, number: str, slug: str) -> None:
    """Write a new migration from the difference between models and database."""
    with engine.connect() as connection:
        config = settings(connection)
        config.set_main_option("file_template", f"{number}_{slug}")
        command.revision(config, message=slug.replace("_", " ").capitalize(), rev_id=number, autogenerate=True)
