"""What was there before a migration is there after it, in its new form, on both databases."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from depot.core import db, migrate
from tests.postgres import another

AT = datetime(2026, 11, 20, 10, 0)  # noqa: DTZ001 - as it lies in the database
LATER = datetime(2026, 12, 1, 9, 30)  # noqa: DTZ001 - as above
EMPTY: dict[type, Any] = {str: "", int: 1, bool: False, datetime: AT, date: AT.date(), object: []}


@pytest.fixture
def engine(database: dict[str, str], tmp_path: Path) -> Iterator[Engine]:
    url = another(database["DEPOT_DATABASE_URL"]) if database else f"sqlite:///{tmp_path / 'depot.db'}"
    made = db.make_engine(url)
    yield made
    made.dispose()


def key(number: int) -> UUID:
    return UUID(int=number)


class Rows:
    """Writes rows as the database knows them now; what is not said gets some value of its type."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.known = engine, sa.MetaData()
        self.known.reflect(engine)

    def add(self, table: str, **said: Any) -> None:
        columns = self.known.tables[table].columns
        needed = {name: self._any(each) for name, each in columns.items() if not each.nullable and name not in said}
        values = {name: self._stored(columns[name], value) for name, value in {**needed, **said}.items()}
        with self.engine.begin() as connection:
            connection.execute(self.known.tables[table].insert().values(values))

    def _any(self, column: sa.Column[Any]) -> Any:
        return key(0) if self._is_key(column) else EMPTY[column.type.python_type]

    def _stored(self, column: sa.Column[Any], value: Any) -> Any:
        is_text = isinstance(value, UUID) and self.engine.dialect.name == "sqlite"
        return value.hex if is_text else value

    def _is_key(self, column: sa.Column[Any]) -> bool:
        return isinstance(column.type, sa.Uuid) or (isinstance(column.type, sa.CHAR) and column.type.length == 32)


def test_bundles_of_before_keep_whose_they_are_and_are_kept_as_long_as_they_said(engine: Engine) -> None:
    migrate.upgrade(engine, "0004")
    rows = Rows(engine)
    rows.add("organisations", id=key(1), kind="municipality")
    rows.add("organisations", id=key(2), kind="company", kvk_number="1")
    rows.add("users", id=key(3), email="a@voorbeeld.example")
    rows.add("companies", organisation_id=key(2))
    rows.add("tenders", id=key(4), municipality_id=key(1), state="awarded", number="1")
    rows.add("tenders", id=key(5), municipality_id=key(1), state="evidence", number="2")
    for number, tender in ((6, 4), (7, 5)):
        rows.add("participations", id=key(number), tender_id=key(tender), company_id=key(2), state="selected")
        for place, at in enumerate((AT, LATER)):
            id = number * 10 + place
            rows.add("letters", id=key(id), participation_id=key(number), object_key=f"{id}", at=at)
    rows.add("bundles", id=key(8), participation_id=key(6), made_by=key(3), number="B1", state="released")
    migrate.upgrade(engine)
    migrate.check(engine)
    with engine.connect() as connection:
        ended = connection.execute(sa.text("SELECT number, ended_at FROM tenders ORDER BY number")).all()
        [bundle] = connection.execute(
            sa.text("SELECT number, keep_not_awarded, keep_after_contract, is_of_all FROM bundles")
        ).all()
        pairs = connection.execute(
            sa.text(
                "SELECT bundles.number, tenders.number FROM bundle_participations"
                " JOIN bundles ON bundles.id = bundle_id JOIN participations ON participations.id = participation_id"
                " JOIN tenders ON tenders.id = participations.tender_id AND tenders.id = bundles.tender_id"
            )
        ).all()
    assert [(number, str(at)[:19] if at else None) for number, at in ended] == [("1", str(LATER)), ("2", None)]
    assert (bundle[:3], bool(bundle[3])) == (("B1", "P7Y", "P7Y"), False)
    assert pairs == [("B1", "1")]
    migrate.downgrade(engine, "0004")
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM bundles WHERE participation_id IS NOT NULL")) == 1
    migrate.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE bundles SET is_of_all = :yes").bindparams(yes=True))
    with pytest.raises(ValueError, match="no room for the bundles of all selected"):
        migrate.downgrade(engine, "0004")


def test_what_was_reminded_is_known_and_every_approved_version_is_looked_at(engine: Engine) -> None:
    migrate.upgrade(engine, "0005")
    rows = Rows(engine)
    rows.add("organisations", id=key(1), kind="company", kvk_number="1")
    rows.add("companies", organisation_id=key(1))
    rows.add("documents", id=key(2), company_id=key(1), kind="liability_insurance")
    for number, state in enumerate(("approved", "returned"), 1):
        rows.add(
            "versions", document_id=key(2), id=key(2 + number), number=number, state=state, next_due_on=LATER.date()
        )
    rows.add("reminder_steps", id=key(5), document_id=key(2), end_date=LATER.date(), step=11, at=AT)
    rows.add("digests", id=key(6), company_id=key(1), day=AT.date())
    looked_at = sa.text("SELECT number, reminder_due_on FROM versions WHERE reminder_due_on IS NOT NULL")
    for _time in range(2):
        migrate.upgrade(engine)
        migrate.check(engine)
        with engine.connect() as connection:
            [step] = connection.execute(sa.text("SELECT step, day, is_passed_over FROM reminder_steps")).all()
            found = [(number, str(day)) for number, day in connection.execute(looked_at)]
        assert (step.step, str(step.day), bool(step.is_passed_over)) == (11, "2026-11-20", False)
        assert found == [(1, "2026-11-20")]
        migrate.downgrade(engine, "0005")
    rows.add("digests", id=key(7), company_id=key(1), day=AT.date())
