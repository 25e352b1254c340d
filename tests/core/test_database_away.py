"""A database that is busy, cuts the line or is away: 503 with a moment to come back, and nothing half done."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event, func, select, text
from werkzeug.test import TestResponse

from depot.access import Actor
from depot.accounts.models import ApiToken
from depot.app import create_app
from depot.config import Config
from depot.core import clock, db
from depot.core.http import DepotFlask
from depot.documents import service as documents
from depot.documents.models import Version
from tests import factories
from tests.conftest import Client

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def site(real_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[DepotFlask]:
    """An application that commits, over a database of its own; a writer waits a moment only."""
    monkeypatch.setattr(db, "SQLITE_TIMEOUT", 0.05)
    app = create_app(Config.from_env(real_settings))
    app.test_client_class = Client
    yield app
    app.extensions["depot.engine"].dispose()


@pytest.fixture
def donald(site: DepotFlask) -> Actor:
    with site.app_context(), db.transaction():
        return factories.company()


@pytest.fixture
def browser(site: DepotFlask, donald: Actor) -> FlaskClient:
    with site.app_context():
        return factories.signed_in(site.test_client(), donald)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another process holds SQLite's write lock."""
    with closing(sqlite3.connect(folder / "depot.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def cut(engine: Engine, url: str, before: str) -> Iterator[None]:
    """The server ends our connection right before a statement that begins so."""
    there = create_engine(url, isolation_level="AUTOCOMMIT")

    def end(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(before):
            pid = connection.connection.dbapi_connection.info.backend_pid
            with there.connect() as other:
                other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")

    event.listen(engine, "before_cursor_execute", end)
    yield
    event.remove(engine, "before_cursor_execute", end)
    there.dispose()


@contextmanager
def away(engine: Engine, url: str) -> Iterator[None]:
    """The server lets nobody in any more."""
    there = create_engine(url, isolation_level="AUTOCOMMIT")
    name = engine.url.database
    with there.connect() as other:
        other.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        asked = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        other.execute(asked, {"name": name})
        yield
        other.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    there.dispose()


def make_key(browser: FlaskClient) -> TestResponse:
    return browser.post("/organisatie/sleutels", data={"naam": "proef"})


def deposit(site: DepotFlask, headers: dict[str, str]) -> TestResponse:
    data = {
        "soort": "kvk_extract",
        "gegevens": json.dumps(factories.facts()),
        "bestand": (BytesIO(factories.pdf()), "uittreksel.pdf"),
    }
    return site.test_client().post("/api/v1/documenten", data=data, headers=headers)


def count(site: DepotFlask, table: type[db.Base]) -> int:
    with site.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def assert_told(answer: TestResponse) -> None:
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "Probeer het over een halve minuut opnieuw." in (
        answer.text if answer.json is None else answer.json["detail"]
    )


@SQLITE
def test_a_writer_that_waited_too_long_is_told_when_to_come_back(
    site: DepotFlask, browser: FlaskClient, tmp_path: Path
) -> None:
    with locked(tmp_path):
        assert_told(make_key(browser))
        assert browser.get("/organisatie/sleutels").status_code == 200
    assert count(site, ApiToken) == 0
    assert make_key(browser).status_code == 200


@SQLITE
def test_a_file_that_comes_while_the_database_is_busy_leaves_no_row_and_its_object_goes_with_the_orphans(
    site: DepotFlask, donald: Actor, tmp_path: Path
) -> None:
    with site.app_context(), db.transaction():
        headers = factories.bearer(donald)
    with locked(tmp_path):
        answer = deposit(site, headers)
    assert_told(answer)
    assert answer.content_type == "application/problem+json"
    assert count(site, Version) == 0
    with site.app_context(), clock.moved_to(clock.now() + timedelta(days=2)):
        assert documents.remove_orphans() == 1
    assert [path for path in (tmp_path / "objects").rglob("*") if path.is_file()] == []
    assert deposit(site, headers).status_code == 201


@POSTGRESQL
def test_a_line_that_is_cut_in_the_middle_of_a_request_leaves_nothing(
    site: DepotFlask, browser: FlaskClient, database: dict[str, str]
) -> None:
    engine = site.extensions["depot.engine"]
    for statement in ("INSERT INTO api_tokens", "INSERT INTO audit_events"):
        with cut(engine, database["DEPOT_DATABASE_URL"], statement):
            assert_told(make_key(browser))
    assert count(site, ApiToken) == 0
    assert make_key(browser).status_code == 200


@POSTGRESQL
def test_while_the_database_is_away_every_door_says_so_and_opens_again(
    site: DepotFlask, browser: FlaskClient, donald: Actor, database: dict[str, str]
) -> None:
    with site.app_context(), db.transaction():
        headers = factories.bearer(donald)
    with away(site.extensions["depot.engine"], database["DEPOT_DATABASE_URL"]):
        for path in ("/dossier", "/inloggen", "/gereed"):
            assert_told(browser.get(path))
        answer = browser.get("/api/v1/documenten", headers=headers)
        assert_told(answer)
        assert answer.content_type == "application/problem+json"
    assert browser.get("/dossier").status_code == 200
    assert browser.get("/gereed").status_code == 200
