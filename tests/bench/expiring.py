"""Whether the daily run over what ends costs what is due, not what is kept."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.orm import Session

from depot.accounts.models import Membership, Organisation, User
from depot.companies.models import Company
from depot.core import clock, db
from depot.core.db import Base
from depot.documents.models import Document, Lapse, Version
from depot.mail.models import Message
from depot.reminders.models import Digest, DigestLine, ReminderStep
from jobs.documents import record_lapses
from jobs.reminders import send_reminders
from tests import factories
from tests.bench.figures import Figure, quotient, seconds
from tests.bench.place import Place, place

FEW, MANY = 10_000, 1_000_000
DUE, DUE_COMPANIES = 1000, 100
EACH = 100
"""Documents a company, of those that are not due."""


def measure() -> Iterator[Figure]:
    """The jobs of one morning, on two depots that differ only in how much they keep."""
    with ExitStack() as stack:
        few, many = stack.enter_context(place()), stack.enter_context(place())
        for site, count in ((few, FEW), (many, MANY)):
            with site.app.app_context(), db.transaction() as session:
                _fill(session, count)
        ratio = quotient(lambda: _run(many), lambda: _run(few))
    yield Figure(
        "expiry.1m_vs_10k", ratio, f"{DUE} due of {MANY} versions over {DUE} of {FEW}, half of them long ended"
    )


def _run(site: Place) -> float:
    """The seconds of a run; what it did is undone, so that it can be run again."""
    with site.app.app_context():
        took = seconds(lambda: _morning(clock.today()))
        with db.transaction() as session:
            for table in (DigestLine, ReminderStep, Digest, Message):
                session.execute(delete(table))
            recent = Lapse.day >= clock.today() - timedelta(days=365)
            ended = select(Lapse.version_id).where(recent)
            session.execute(update(Version).where(Version.id.in_(ended)).values(lapse_due_on=Version.valid_until))
            session.execute(delete(Lapse).where(recent))
            reminded = update(Version).where(Version.valid_until == clock.today() - timedelta(days=1))
            session.execute(reminded.values(reminder_due_on=clock.today()))
    return took


def _morning(day: date) -> None:
    recorded, reminded = record_lapses(day), send_reminders(day)
    if (recorded["recorded"], reminded["documents"]) != (DUE, DUE):
        raise RuntimeError(f"{recorded} {reminded}")


def _fill(session: Session, count: int) -> None:
    """Copies of one approved policy: those due ended yesterday; of the others half ended years ago, half end in years.

    Those that ended long ago are given up: of what is not, one is reminded every week, and that is due.
    """
    company, reviewer = factories.company(), factories.reviewer()
    version = factories.approved(company, reviewer, "liability_insurance")
    version.document.versions[0].withdraw()
    session.flush()
    yesterday = f"date('{clock.today()}', '-1 day')"
    years = f"date('{clock.today()}', ((i % 2 * 2 - 1) * (500 + i % 2000)) || ' days')"
    _copies(session, version, company.organisation_id, DUE, DUE_COMPANIES, "d", yesterday)
    _copies(session, version, company.organisation_id, count - DUE, (count - DUE) // EACH, "e", years)
    year_ago = clock.today() - timedelta(days=365)
    session.execute(
        text(
            "INSERT INTO lapses (id, version_id, day, at) SELECT id, id, valid_until, created_at FROM versions "
            "WHERE state = 'approved' AND valid_until < :year_ago"
        ),
        {"year_ago": year_ago.isoformat()},
    )
    session.execute(
        text(
            "UPDATE versions SET lapse_due_on = NULL, reminder_due_on = NULL "
            "WHERE state = 'approved' AND valid_until < :year_ago"
        ),
        {"year_ago": year_ago.isoformat()},
    )


def _copies(
    session: Session, version: Version, company_id: UUID, count: int, companies: int, mark: str, ends: str
) -> None:
    """So many copies of a version and its document, spread over copies of its company; `ends` is SQL over the number i."""

    def key(kind: str, number: str = "i") -> str:
        return f"printf('{mark}{kind}%030x', {number})"

    owner = key("0", f"i % {companies}")
    person = session.query(Membership).filter_by(organisation_id=company_id).one()
    number = f"'{mark}' || i"
    _copy(session, Organisation, "id", company_id, companies, {"id": key("0"), "kvk_number": number})
    _copy(session, Company, "organisation_id", company_id, companies, {"organisation_id": key("0")})
    _copy(session, User, "id", person.user_id, companies, {"id": key("1"), "email": f"{number} || '@bedrijf.example'"})
    keys = {"id": key("2"), "user_id": key("1"), "organisation_id": key("0")}
    _copy(session, Membership, "id", person.id, companies, keys)
    _copy(session, Document, "id", version.document_id, count, {"id": key("3"), "company_id": owner})
    dates = {
        "valid_until": ends,
        "next_due_on": ends,
        "lapse_due_on": ends,
        "reminder_due_on": ends,
        "state": "'approved'",
        "withdrawn_at": "NULL",
    }
    _copy(session, Version, "id", version.id, count, {"id": key("4"), "document_id": key("3"), **dates})


def _copy(
    session: Session, model: type[Base], name: str, template: UUID, count: int, changes: Mapping[str, str]
) -> None:
    """So many copies of a row within the database, numbered i from 0; `changes` are SQL by column."""
    table = model.__table__
    assert isinstance(table, Table)
    columns = [column.name for column in table.columns]
    values = ", ".join(changes.get(column, f"original.{column}") for column in columns)
    statement = (
        f"WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < {count}) "  # noqa: S608 - ours
        f"INSERT INTO {table.name} ({', '.join(columns)}) "
        f"SELECT {values} FROM numbers, {table.name} AS original WHERE original.{name} = '{template.hex}'"
    )
    session.execute(text(statement))
