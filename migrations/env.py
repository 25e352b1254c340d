"""How Alembic finds the tables and the database: both come from the application."""

from typing import Any

from alembic import context
from sqlalchemy import Enum, TypeDecorator

import depot.app  # noqa: F401 - importing it registers every model
from depot.core.db import Base

LOCK_TIMEOUT_S = 10


def render_item(kind: str, item: Any, _autogen_context: Any) -> Any:
    """Write plain types: a migration must not change its meaning when the application does."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{type(item.impl_instance).__name__}()"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def check_foreign_keys(**_said: Any) -> None:
    """Refuse a migration that left a row pointing nowhere; SQLite did not watch meanwhile, see `depot.core.migrate`."""
    if connection.dialect.name == "sqlite" and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
        raise ValueError(f"a row of {lost.table} points to no row of {lost.parent}")


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_type=False,  # SQLite reports other names for the same types; the models' tests write every column
    transaction_per_migration=True,
    on_version_apply=check_foreign_keys,
)
with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
    context.run_migrations()
