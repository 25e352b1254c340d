"""How many companies meet a requirement, while it is still being written: rounded, limited and logged.

Nobody may be singled out by comparing answers. So only companies count that agreed, at least LEAST of them, on what was
known at the start of the day; numbers are rounded; what points at one company is refused; and a municipality may ask
about so many sets of requirements in an hour.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from operator import and_
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import func, select

from depot.access import Action, Actor, authorize
from depot.accounts.models import Organisation, OrganisationState
from depot.audit import service as audit
from depot.catalogue.rules import NUMERIC, FieldType
from depot.catalogue.service import catalogue
from depot.companies.models import Company
from depot.core import clock, collector, db
from depot.core.errors import Conflict, TooMany
from depot.core.i18n import _
from depot.tenders import dossiers, queries, reading
from depot.tenders.evidence import Moment
from depot.tenders.judgement import Verdict
from depot.tenders.models import CoverageLook, Tender
from depot.tenders.models import RequirementSet as RequirementSetRow
from depot.tenders.requirements import (
    STAGES,
    AllOf,
    AnyOf,
    Aspect,
    DocumentRule,
    FieldTest,
    NotTest,
    Operator,
    Requirement,
    RequirementSet,
    RowsTest,
    Rule,
    SameAs,
    Test,
)
from depot.tenders.rules import Dossier, assess

LEAST, STEP = 20, 5
_WINDOW = timedelta(hours=1)
_KEPT = 2000
_TELLING = frozenset({FieldType.TEXT, FieldType.PROSE, FieldType.KVK_NUMBER, FieldType.RSIN, FieldType.EMAIL})
_EXACT = frozenset({Operator.EQUALS, Operator.IN})


@dataclass(frozen=True)
class Line:
    """About one requirement: how many meet it, and how many would meet all others; None where that is not told."""

    requirement: Requirement
    alone: int | None
    without: int | None
    is_refused: bool


@dataclass(frozen=True)
class Coverage:
    """Rounded counts; 0 means fewer than STEP. `population` is None when there are too few companies to tell anything."""

    population: int | None
    whole: int | None
    lines: tuple[Line, ...]
    at: datetime


@dataclass(frozen=True)
class Population:
    """The companies that are counted on one day, with what was known of each; what was counted before is kept."""

    dossiers: tuple[Dossier, ...]
    known_at: datetime
    _met: dict[tuple[Any, ...], int] = field(default_factory=dict)
    _narrowed: dict[frozenset[str], tuple[Dossier, ...]] = field(default_factory=dict)

    def meeting(self, requirement: Requirement, moment: Moment) -> int:
        """The companies that meet a requirement, a bit for each."""
        key = (requirement.rule, requirement.subject, moment)
        if key not in self._met:
            if len(self._met) >= _KEPT:
                self._met.clear()
            self._met[key] = self._assessed(requirement, moment)
        return self._met[key]

    def _assessed(self, requirement: Requirement, moment: Moment) -> int:
        asked, at = RequirementSet((requirement,)), {requirement.stage or "": moment}
        found = 0
        with collector.at_rest():
            for place, dossier in enumerate(self._with(asked.kinds_asked | {reading.EXTRACT})):
                if assess(asked, (dossier,), at)[0].verdict is Verdict.MET:
                    found |= 1 << place
        return found

    def _with(self, kinds: frozenset[str]) -> tuple[Dossier, ...]:
        """The dossiers with the documents of these kinds alone: a requirement would look at each of all the others."""
        if kinds not in self._narrowed:
            self._narrowed[kinds] = tuple(
                replace(each, documents=tuple(one for one in each.documents if one.kind in kinds))
                for each in self.dossiers
            )
        return self._narrowed[kinds]

    @property
    def everybody(self) -> int:
        """All of them, a bit for each."""
        return (1 << len(self.dossiers)) - 1


def look(actor: Actor, tender_id: UUID) -> Coverage:
    """Count the companies for the draft requirements of one's own tender; raises TooMany when that was asked too often."""
    tender, row = _draft(actor, tender_id)
    digest, asked = _digest(tender, row), dossiers.parsed(row)
    before = _seen_today(tender, digest)
    if before is None:
        _refuse_many(actor.organisation_id, digest)
    figures = before.figures if before else count(population(), asked, _moments(tender))
    seen = CoverageLook(
        municipality_id=tender.municipality_id, digest=digest, shown=figures["whole"], figures=figures, by=actor.id
    )
    db.session.add(seen)
    db.session.flush()
    audit.record(actor, Action.TENDER_COUNT, seen, tender=str(tender.id), digest=digest)
    return _coverage(asked, figures, seen.at)


def shown(tender: Tender, row: RequirementSetRow) -> Coverage | None:
    """What the municipality already saw today about these very requirements."""
    seen = _seen_today(tender, _digest(tender, row))
    return _coverage(dossiers.parsed(row), seen.figures, seen.at) if seen else None


def population() -> Population:
    """The companies of today: agreed, active, as they were known when the day began; the same until it ends."""
    kept: dict[date, Population] = current_app.extensions.setdefault("depot.coverage", {})
    today = clock.today()
    if today not in kept:
        known_at = _start_of(today)
        is_counted = Company.is_counted.is_(True) & (Organisation.state == OrganisationState.ACTIVE)
        with collector.at_rest():
            found = reading.companies(is_counted, catalogue().kinds, frozenset(Aspect), known_at)
        kept.clear()
        kept[today] = Population(tuple(found.values()), known_at)
    return kept[today]


def count(counted: Population, asked: RequirementSet, at: Mapping[str, Moment]) -> dict[str, Any]:
    """The rounded figures about a set of requirements, as JSON; only what changed since the last time is judged."""
    total = len(counted.dossiers)
    if total < LEAST:
        return {"population": None, "whole": None, "alone": {}, "without": {}}
    judged = [item for item in asked.requirements if item.rule and item.stage]
    told = [item for item in judged if item.rule and not _points_at_one(item.rule)]
    met = {item.id: counted.meeting(item, at[item.stage or ""]) for item in told}
    is_whole_told = len(told) == len(judged)
    without = {
        item.id: reduce(and_, (bits for id, bits in met.items() if id != item.id), counted.everybody) for item in told
    }
    return {
        "population": rounded(total),
        "whole": rounded(reduce(and_, met.values(), counted.everybody).bit_count()) if is_whole_told else None,
        "alone": {id: rounded(bits.bit_count()) for id, bits in met.items()},
        "without": {id: rounded(bits.bit_count()) for id, bits in without.items()} if is_whole_told else {},
    }


def rounded(number: int) -> int:
    """To the nearest STEP; fewer than STEP is 0, so that nobody knows whether there is one."""
    return 0 if number < STEP else (number + STEP // 2) // STEP * STEP


def _points_at_one(rule: Rule) -> bool:
    """Whether a rule asks for what belongs to one company: names, numbers, free text, an exact amount or day."""
    match rule:
        case AnyOf(rules) | AllOf(rules):
            return any(map(_points_at_one, rules))
        case SameAs(rule=same):
            return _points_at_one(same)
        case DocumentRule(tests=tests):
            return any(map(_is_telling, tests))
        case _:
            return False


def _is_telling(test: Test) -> bool:
    match test:
        case NotTest(test=inner):
            return _is_telling(inner)
        case RowsTest(where=where, operator=operator):
            return operator in _EXACT or any(map(_is_telling, where))
        case FieldTest(field=spec, operator=operator, only_if=condition):
            is_exact = operator in _EXACT and spec.type in NUMERIC | {FieldType.DAY}
            return spec.type in _TELLING or is_exact or (condition is not None and _is_telling(condition))
        case _:
            return False


def _draft(actor: Actor, tender_id: UUID) -> tuple[Tender, RequirementSetRow]:
    tender = queries.own(actor, tender_id)
    authorize(actor, Action.TENDER_COUNT, tender.municipality_id)
    row = queries.newest_set(tender)
    if row.published_at is not None:
        raise Conflict(_("De dekking ziet u alleen zolang u aan de eisen werkt."))
    return tender, row


def _moments(tender: Tender) -> Mapping[str, Moment]:
    """One for each stage there can be: while a draft is written its stages may still change."""
    own = dossiers.moments(tender, _start_of(clock.today()))
    return {name: own.get(name, own["bid"]) for name in STAGES}


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), clock.AMSTERDAM).astimezone(UTC)


def _digest(tender: Tender, row: RequirementSetRow) -> str:
    days = {name: moment.to_json() for name, moment in _moments(tender).items()}
    text = json.dumps([row.rules, days], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _seen_today(tender: Tender, digest: str) -> CoverageLook | None:
    found = select(CoverageLook).where(
        CoverageLook.municipality_id == tender.municipality_id,
        CoverageLook.digest == digest,
        CoverageLook.at >= _start_of(clock.today()),
    )
    return db.session.scalar(found.order_by(CoverageLook.at.desc()).limit(1))


def _refuse_many(municipality_id: UUID, digest: str) -> None:
    since = clock.now() - _WINDOW
    asked = {
        row[0]: row[1]
        for row in db.session.execute(
            select(CoverageLook.digest, func.max(CoverageLook.at))
            .where(CoverageLook.municipality_id == municipality_id, CoverageLook.at > since)
            .group_by(CoverageLook.digest)
        )
    }
    if digest not in asked and len(asked) >= current_app.config["COVERAGE_LIMIT"]:
        wait = int((min(asked.values()) - since).total_seconds()) + 1
        raise TooMany(_("U vroeg de dekking het laatste uur te vaak. Probeer het later opnieuw."), wait)


def _coverage(asked: RequirementSet, figures: Mapping[str, Any], at: datetime) -> Coverage:
    alone, without = figures["alone"], figures["without"]
    lines = tuple(
        Line(item, alone.get(item.id), without.get(item.id), item.id not in alone)
        for item in asked.requirements
        if item.rule is not None
    )
    return Coverage(figures["population"], figures["whole"], lines, at)
