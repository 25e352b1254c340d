"""`depot audit verify|checkpoint`: what they say of a whole trail and of one that somebody changed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from depot.access import SYSTEM, Action
from depot.app import create_app
from depot.audit import service
from depot.cli import cli
from depot.config import Config
from depot.core import authority, db, migrate
from depot.core.http import DepotFlask
from jobs.audit import chain_events, seal_trail
from tests.audit.test_chain import Thing
from tests.conftest import settings

Depot = Callable[..., Result]
USAGE = 2  # of click; `depot` itself ends with 64


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """The settings of a depot of its own."""
    return settings(tmp_path)


@pytest.fixture
def own(place: dict[str, str]) -> Iterator[DepotFlask]:
    """A depot with three deeds."""
    authority.init(Path(place["DEPOT_SEAL_FOLDER"]), organisation="Depot Voorbeeld")
    app = create_app(Config.from_env(place))
    migrate.upgrade(app.extensions["depot.engine"])
    with app.app_context(), db.transaction():
        for _number in range(3):
            service.record(SYSTEM, Action.PROFILE_CHANGE, Thing)
    yield app
    app.extensions["depot.engine"].dispose()


@pytest.fixture
def depot(place: dict[str, str]) -> Depot:
    def run(*arguments: object) -> Result:
        return CliRunner().invoke(cli, ["audit", *map(str, arguments)], env=place)

    return run


def test_a_checkpoint_that_was_kept_proves_that_nothing_changed_since(
    own: DepotFlask, depot: Depot, tmp_path: Path
) -> None:
    kept = tmp_path / "checkpoint.json"
    assert "no checkpoint yet" in depot("checkpoint", "--out", kept).output
    assert "3 events wait for their link" in depot("verify").output
    with own.app_context():
        chain_events()
        seal_trail(None)
    assert depot("checkpoint", "--out", kept).exit_code == 0
    said = depot("verify", "--checkpoint", kept)
    assert (said.exit_code, said.output.splitlines()[-1]) == (0, "The audit trail is whole.")
    _start_again(own)
    assert depot("verify").exit_code == 0
    said = depot("verify", "--checkpoint", kept)
    assert said.exit_code == 1
    assert said.output.splitlines()[-1].startswith("The chain is not what the checkpoint of link 3 says")
    told = json.loads(depot("verify", "--checkpoint", kept, "--json").output)
    assert (told["whole"], told["broken"]["flaw"], told["broken"]["seq"]) == (False, "checkpoint", 3)


def _start_again(app: DepotFlask) -> None:
    """What somebody does who is the database's owner and wants another past."""
    with app.app_context(), db.transaction() as session:
        tables = ("audit_events", "audit_links", "audit_checkpoints")
        for (name,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text("UPDATE audit_events SET origin = 'elsewhere', is_chained = :no"), {"no": False})
        for table in tables[1:]:
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - ours
    with app.app_context():
        chain_events()


def test_a_file_that_is_no_checkpoint_is_wrong_usage(own: DepotFlask, depot: Depot, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    said = depot("verify", "--checkpoint", tmp_path / "other.json")
    assert said.exit_code == USAGE
    assert "is no checkpoint" in said.output
