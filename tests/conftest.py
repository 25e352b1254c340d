"""The few fixtures that everything shares: one application, and a database that each test leaves as it found it."""

import contextvars
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from depot.app import create_app
from depot.config import Config
from depot.core import collector, db, migrate
from depot.core.http import DepotFlask
from depot.core.storage import LocalStore
from tests.buckets import objects_url
from tests.postgres import another, running
from tests.services import clamd

__all__ = ["clamd"]


hypothesis.settings.register_profile("depot", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("depot")  # how long an example takes is the machine's affair, not the test's


class Client(FlaskClient):
    """A browser on our own origin; each request has a context of its own, as it has in a server."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("buffered", True)
        headers = {"Origin": "http://localhost", **kwargs.pop("headers", {})}
        return contextvars.Context().run(lambda: super(Client, self).open(*args, headers=headers, **kwargs))


def settings(folder: Path, **changes: str) -> dict[str, str]:
    """The settings of a test's application."""
    return {
        "DEPOT_DEMO": "1",
        "DEPOT_SECRET_KEY": "a-secret-that-only-the-tests-know-about",
        "DEPOT_BASE_URL": "http://localhost",
        "DEPOT_DATABASE_URL": f"sqlite:///{folder / 'depot.db'}",
        "DEPOT_OBJECTS_URL": objects_url(folder),
        "DEPOT_MAIL_URL": f"maildir:{folder / 'mail'}",
        "DEPOT_SEAL_FOLDER": str(folder / "seal"),
        "DEPOT_CLAMD": "off",
        **changes,
    }


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Everything is tried on both databases; what reads the code and the texts asks neither of them."""
    readers = ("test_house.py", "test_translations.py")
    twice = [item for item in items if "[postgresql" in item.name and item.path.name in readers]
    config.hook.pytest_deselected(items=twice)
    items[:] = [item for item in items if item not in set(twice)]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The setting of one of the two databases; the second is a server of our own."""
    if request.param == "sqlite":
        yield {}
    else:
        with running() as url:
            yield {"DEPOT_DATABASE_URL": url}


@pytest.fixture(scope="session")
def whole_app(tmp_path_factory: pytest.TempPathFactory, database: dict[str, str]) -> Iterator[DepotFlask]:
    """The application over a migrated database, made once for each database."""
    app = create_app(Config.from_env(settings(tmp_path_factory.mktemp("depot"), **database)))
    app.test_client_class = Client
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    migrate.upgrade(app.extensions["depot.engine"])
    collector.settle()
    yield app
    app.extensions["depot.engine"].dispose()


@pytest.fixture(scope="session")
def blank_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a depot at the newest migration that nobody used yet: made once, to be copied."""
    folder = tmp_path_factory.mktemp("blank")
    _migrated(settings(folder))
    return folder


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory, database: dict[str, str]) -> str | None:
    """The name of such a database on the server; None where the folder has it."""
    if not database:
        return None
    url = another(database["DEPOT_DATABASE_URL"])
    _migrated(settings(tmp_path_factory.mktemp("blank"), DEPOT_DATABASE_URL=url))
    return url.rpartition("/")[2]


@pytest.fixture
def own_settings(blank_folder: Path, tmp_path: Path) -> dict[str, str]:
    """The settings of a depot of the test's own, on SQLite, at the newest migration."""
    shutil.copytree(blank_folder, tmp_path, symlinks=True, dirs_exist_ok=True)
    return settings(tmp_path)


@pytest.fixture
def real_settings(own_settings: dict[str, str], database: dict[str, str], blank_database: str | None) -> dict[str, str]:
    """The same on both databases: processes can meet on it, for its connections are its own."""
    return own_settings | {name: another(url, like=blank_database or "") for name, url in database.items()}


@pytest.fixture
def real_app(real_settings: dict[str, str]) -> Iterator[DepotFlask]:
    """An application over them."""
    app = create_app(Config.from_env(real_settings))
    app.test_client_class = Client
    yield app
    app.extensions["depot.engine"].dispose()


@pytest.fixture
def app(whole_app: DepotFlask) -> Iterator[DepotFlask]:
    """The application with all that is committed undone afterwards, and no file still on its way in."""
    store = whole_app.extensions["depot.store"]
    if isinstance(store, LocalStore):  # whose place for arrivals is its own
        for left in store.incoming.iterdir():
            left.unlink()  # of a test whose upload waits for the garbage collector
    before = whole_app.extensions["depot.sessions"]
    with whole_app.extensions["depot.engine"].connect() as connection:
        outer = connection.begin()
        whole_app.extensions["depot.sessions"] = sessionmaker(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        try:
            yield whole_app
        finally:
            whole_app.extensions["depot.sessions"] = before
            outer.rollback()


def _migrated(environ: dict[str, str]) -> None:
    engine = create_app(Config.from_env(environ)).extensions["depot.engine"]
    migrate.upgrade(engine)
    engine.dispose()


@pytest.fixture
def session(app: DepotFlask) -> Iterator[Session]:
    """A session within an application context, for tests of services and queries."""
    with app.app_context():
        yield db.session()


@pytest.fixture
def client(app: DepotFlask) -> FlaskClient:
    """A browser that nobody signed in with yet."""
    return app.test_client()
