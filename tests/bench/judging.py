"""How long it takes to say who meets what, from database to verdicts with reasons."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import event

from depot.access import Actor
from depot.catalogue.service import catalogue
from depot.core import clock, db
from depot.sample import crowd
from depot.tenders import coverage, dossiers, language, library
from depot.tenders import queries as tenders
from depot.tenders import service as calls
from depot.tenders.evidence import Moment
from depot.tenders.models import Stage, StageName
from depot.tenders.requirements import RequirementSet
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


def measure_growth() -> Iterator[Figure]:
    """The same with a crowd ten times as large."""
    with place() as site:
        with site.app.app_context(), db.transaction():
            buyer = factories.municipality()
            tender = _tender(buyer)
        took = []
        for companies in (COMPANIES, crowd.LAST):
            with site.app.app_context():
                crowd.load(companies, tender)
            _judge(site, buyer, tender, companies)
            rounds = [seconds(partial(_judge, site, buyer, tender, companies)) for _round in range(ROUNDS)]
            took.append(statistics.median(rounds))
    yield Figure("assess.growth_10x", took[1] / took[0], f"{crowd.LAST} companies over {COMPANIES}")


def measure_coverage() -> Iterator[Figure]:
    """The day's population is there, and the set was counted; then the amount that one requirement asks is changed."""
    with place() as site, site.app.app_context():
        crowd.load(COMPANIES)
        with clock.moved_to(clock.now() + timedelta(days=1)):
            moment = Moment(clock.today(), clock.now(), clock.now())
            at = dict.fromkeys(map(str, STAGES), moment)
            counted = coverage.population()
            coverage.count(counted, _asked(0), at)
            sets = [_asked(claim) for claim in range(1, ROUNDS + 1)]
            took = [seconds(partial(coverage.count, counted, asked, at)) for asked in sets]
    yield Figure("coverage.clause_ms", statistics.median(took) * 1000, f"{len(counted.dossiers)} companies")


def _asked(claim: int) -> RequirementSet:
    """The twelve requirements, with so many euros above a million for the insurance."""
    found = _requirements()
    [amount] = [test for test in found[4]["rule"]["all"] if test.get("field") == "amountPerClaim"]
    amount["gte"]["amount"] = f"{1_000_000 + claim}.00"
    return language.parse({"schema": language.SCHEMA, "requirements": found}, catalogue().kinds)


def _requirements() -> list[dict[str, Any]]:
    codes = [(stage, code) for stage, found in STAGES.items() for code in found]
    return [_requirement(f"E{number}", *found) for number, found in enumerate(codes, start=1)]


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
    calls.write_rules(buyer, row.id, {"schema": language.SCHEMA, "requirements": _requirements()})
    return calls.publish(buyer, row.id).id


def _requirement(id: str, stage: StageName, code: str) -> dict[str, Any]:
    answers = {question.name: question.default for question in library.standards()[code].questions}
    return library.fill(code, answers, id) | {"stage": stage.value}


def _judge(site: Place, buyer: Actor, tender_id: UUID, companies: int = COMPANIES) -> None:
    with site.app.app_context(), clock.moved_to(clock.now() + timedelta(days=4)), db.transaction(write=False):
        judged = dossiers.judge_all(tenders.get(buyer, tender_id), tenders.TAKES_PART)
        assert len(judged.verdicts) == companies
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
