"""How long it takes to say who meets what, from database to verdicts with reasons."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import event

from depot.access import Actor
from depot.core import clock, db
from depot.sample import crowd
from depot.tenders import dossiers, language, library
from depot.tenders import queries as tenders
from depot.tenders import service as calls
from depot.tenders.models import Stage, StageName
from tests import factories
from tests.bench.figures import Figure, seconds
from tests.bench.place import Place, place

STAGES = {
    StageName.APPLICATION: ("kvk-extract", "conduct-certificate", "tax-statement", "accounts"),
    StageName.BID: ("professional-liability", "competence", "results", "satisfaction"),
    StageName.EVIDENCE: ("quality", "staff", "privacy", "complaints"),
}
"""Twelve requirements; each stage gives a moment of its own."""
COMPANIES, ROUNDS = 1000, 5


def measure() -> Iterator[Figure]:
    """A crowd of companies in one tender, judged after its closing in a session that knows nothing yet."""
    with place() as site:
        with site.app.app_context():
            with db.transaction():
                buyer = factories.municipality()
                tender = _tender(buyer)
            crowd.load(COMPANIES, tender)
        _judge(site, buyer, tender)
        with _counted(site) as asked:
            _judge(site, buyer, tender)
        took = [seconds(lambda: _judge(site, buyer, tender)) for _round in range(ROUNDS)]
    yield Figure(
        "assess.1000x12x3_ms", statistics.median(took) * 1000, f"median of {ROUNDS}, with the participants' rows"
    )
    yield Figure("assess.queries", len(asked), "statements, with those for the tender and its participants")


def _tender(buyer: Actor) -> UUID:
    now = clock.now()
    row = calls.create(
        buyer,
        number="2027-01",
        title="Toeleiden naar werk",
        procedure="open",
        closes_at=now + timedelta(days=2),
        evidence_until=now + timedelta(days=3),
    )
    db.session.add(Stage(tender_id=row.id, name=StageName.APPLICATION, closes_at=now + timedelta(days=1)))
    db.session.flush()
    db.session.refresh(row)
    codes = [(stage, code) for stage, found in STAGES.items() for code in found]
    asked = [_requirement(f"E{number}", *found) for number, found in enumerate(codes, start=1)]
    calls.write_rules(buyer, row.id, {"schema": language.SCHEMA, "requirements": asked})
    return calls.publish(buyer, row.id).id


def _requirement(id: str, stage: StageName, code: str) -> dict[str, Any]:
    answers = {question.name: question.default for question in library.standards()[code].questions}
    return library.fill(code, answers, id) | {"stage": stage.value}


def _judge(site: Place, buyer: Actor, tender_id: UUID) -> None:
    with site.app.app_context(), clock.moved_to(clock.now() + timedelta(days=4)), db.transaction(write=False):
        tender = tenders.get(buyer, tender_id)
        judged = dossiers.judge(tender, tenders.participations(buyer, tender))
        assert len(judged.verdicts) == COMPANIES
        assert all(len(verdicts) == sum(map(len, STAGES.values())) for verdicts in judged.verdicts.values())


@contextmanager
def _counted(site: Place) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    engine = site.app.extensions["depot.engine"]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)
