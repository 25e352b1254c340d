"""Migrations that were interrupted, run at once, or did not run, on both databases."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from depot.accounts.models import Membership, Organisation, OrganisationKind, User
from depot.core import db, migrate
from tests.postgres import another

HALF_WAY = """
import signal
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{number}", "{before}", None, None


def upgrade() -> None:
    op.create_table("fresh", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO fresh VALUES (1)")
    anew = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("organisations", recreate=anew) as batch:
        batch.add_column(sa.Column("extra", sa.String(), nullable=True))
    op.execute("UPDATE organisations SET extra = 'filled'")
    if Path(__file__).with_name("lose").exists():
        op.execute("DELETE FROM organisations")
    if Path(__file__).with_name("wait").exists():
        print("half-way", flush=True)
        signal.pause()


def downgrade() -> None:
    op.drop_table("fresh")
"""

PROGRAM = """
import sys
from pathlib import Path

from depot.core import db, migrate

migrate.FOLDER = Path(sys.argv[2])
migrate.upgrade(db.make_engine(sys.argv[1]))
"""


@pytest.fixture
def url(database: dict[str, str], tmp_path: Path) -> str:
    """An empty database."""
    return another(database["DEPOT_DATABASE_URL"]) if database else f"sqlite:///{tmp_path / 'depot.db'}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The migrations of the depot, and one more that stops half-way as long as there is a file `wait`."""
    target = tmp_path / "migrations"
    shutil.copytree(migrate.FOLDER, target, ignore=shutil.ignore_patterns("__pycache__"))
    newest = max(path.name[:4] for path in (target / "versions").glob("[0-9]*.py"))
    fresh = f"{int(newest) + 1:04d}"
    (target / "versions" / f"{fresh}_half_way.py").write_text(HALF_WAY.format(number=fresh, before=newest))
    return target


def migrating(url: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, url, folder], stdout=subprocess.PIPE, text=True)


def join(engine: Engine) -> None:
    """An organisation, and a row that points to it."""
    with Session(engine, expire_on_commit=False) as session:
        organisation = Organisation(kind=OrganisationKind.MUNICIPALITY, name="Gemeente Epe")
        user = User(email="inkoper@epe.example", name="Ina Inkoper")
        session.add_all([organisation, user])
        session.flush()
        session.add(Membership(user_id=user.id, organisation_id=organisation.id, role="buyer"))
        session.commit()


def state(engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[bool, bool, bool]:
    """Whether the database is at the newest migration, has its table, and its column."""
    monkeypatch.setattr(migrate, "FOLDER", folder)
    found, newest = migrate.revisions(engine)
    columns = {column["name"] for column in inspect(engine).get_columns("organisations")}
    return found == newest, inspect(engine).has_table("fresh"), "extra" in columns


def test_a_migration_that_was_killed_half_way_leaves_nothing_and_runs_again(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = db.make_engine(url)
    migrate.upgrade(engine)
    join(engine)
    wait = folder / "versions" / "wait"
    wait.touch()
    with migrating(url, folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half-way\n"
        process.kill()
    assert state(engine, folder, monkeypatch) == (False, False, False)
    wait.unlink()
    migrate.upgrade(engine)
    assert state(engine, folder, monkeypatch) == (True, True, True)
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM fresh")) == 1
        assert connection.scalar(text("SELECT extra FROM memberships JOIN organisations o ON o.id = organisation_id"))
        if engine.dialect.name == "sqlite":
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    engine.dispose()


def test_a_migration_that_would_leave_a_row_pointing_nowhere_is_undone(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = db.make_engine(url)
    migrate.upgrade(engine)
    join(engine)
    (folder / "versions" / "lose").touch()
    monkeypatch.setattr(migrate, "FOLDER", folder)
    with pytest.raises((ValueError, IntegrityError), match="memberships"):
        migrate.upgrade(engine)
    assert state(engine, folder, monkeypatch) == (False, False, False)
    engine.dispose()


def test_two_that_migrate_at_once_do_it_once(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = db.make_engine(url)
    migrate.upgrade(engine)
    with migrating(url, folder) as first, migrating(url, folder) as second:
        assert [first.wait(60), second.wait(60)] == [0, 0]
    assert state(engine, folder, monkeypatch) == (True, True, True)
    engine.dispose()


def test_a_database_without_migrations_is_not_ready(url: str) -> None:
    engine = db.make_engine(url)
    with pytest.raises(migrate.NotReady, match=r"at migration none, not \d{4}. Run: depot migrate"):
        migrate.require_newest(engine)
    migrate.upgrade(engine)
    migrate.require_newest(engine)
    engine.dispose()


def test_a_database_of_a_newer_depot_is_not_ready(url: str) -> None:
    engine = db.make_engine(url)
    migrate.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrate.NotReady, match="at migration 9999, made by a newer depot"):
        migrate.require_newest(engine)
    engine.dispose()


@pytest.mark.parametrize("away", ["sqlite:////no/such/folder/depot.db", "postgresql://depot@127.0.0.1:1/depot"])
def test_a_database_that_does_not_answer_is_not_ready(away: str) -> None:
    with pytest.raises(migrate.NotReady, match="The database cannot be used: "):
        migrate.require_newest(create_engine(away))
