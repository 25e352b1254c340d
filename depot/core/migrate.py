"""Bringing a database to the newest migration, from wherever the depot is installed."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

ROOT = Path(__file__).parents[2]
FOLDER = next(path for path in (ROOT / "depot" / "_migrations", ROOT / "migrations") if path.is_dir())


def settings(connection: Connection) -> Config:
    """Alembic's settings for one connection."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, to: str = "head") -> None:
    """Run every migration that has not run yet; doing it again does nothing."""
    with engine.connect() as connection:
        command.upgrade(settings(connection), to)


def downgrade(engine: Engine, to: str) -> None:
    """Undo migrations down to a revision."""
    with engine.connect() as connection:
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
