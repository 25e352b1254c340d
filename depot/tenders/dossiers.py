"""From rows to verdicts: what parties deposited, as the pure rules want it, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_

from depot.catalogue.service import catalogue
from depot.companies.models import Company
from depot.core import clock, collector, db
from depot.documents.models import Document, Version
from depot.tenders import language, queries, reading
from depot.tenders.evidence import Decided, DocumentFacts, FactSet, Moment, VersionFacts
from depot.tenders.models import Assessment as AssessmentRow
from depot.tenders.models import CureWindow, Participation, ParticipationState, PartyRole, StageName, Tender
from depot.tenders.models import RequirementSet as RequirementSetRow
from depot.tenders.requirements import RequirementSet
from depot.tenders.rules import EVALUATOR_VERSION, Assessment, Dossier, assess, to_json
from depot.verification import queries as verification


class AsOf(StrEnum):
    """The dates that verdicts are asked for: of the closing, of today, and of the start of the contract."""

    CLOSING = "closing"
    TODAY = "today"
    START = "start"


@dataclass(frozen=True)
class Dated:
    """A participation with its verdicts on each date."""

    entry: reading.Entry
    verdicts: Mapping[AsOf, tuple[Assessment, ...]]


@dataclass(frozen=True)
class Judged:
    """A requirement set, and by participation (or company) the moments it was judged at and the verdicts."""

    requirements: RequirementSet
    moments: Mapping[UUID, Mapping[str, Moment]]
    verdicts: Mapping[UUID, tuple[Assessment, ...]]


def moments(tender: Tender, known_at: datetime, row: Participation | None = None) -> dict[str, Moment]:
    """One moment for each stage of a participation: papers asked after selection prove the day on which bids closed.

    What goes with the application, or holds at the start of the contract, proves that day. In open house the day on which
    the company asked to come in counts, and after the day of its admission each day anew.
    """
    if tender.is_continuous:
        day = clock.day_of(_came_in(row, known_at))
        return {stage.name: Moment(day, known_at, known_at) for stage in tender.stages}
    bids = clock.day_of(tender.closes_at)
    own = (StageName.APPLICATION, StageName.CONTRACT)
    return {
        stage.name: Moment(clock.day_of(stage.closes_at) if stage.name in own else bids, stage.closes_at, known_at)
        for stage in tender.stages
    }


def _came_in(row: Participation | None, known_at: datetime) -> datetime:
    if row is None or row.submitted_at is None:
        return known_at
    admitted_at = row.decided_at if row.state is ParticipationState.SELECTED else None
    is_later = admitted_at is not None and clock.day_of(known_at) > clock.day_of(admitted_at)
    return known_at if is_later else row.submitted_at


def asked_of(asked: RequirementSet, lots: Sequence[str]) -> RequirementSet:
    """What goes for the lots that a company takes part in: of each requirement there is one verdict, whatever the lot."""
    return RequirementSet(tuple(item for item in asked.requirements if not item.lots or set(item.lots) & set(lots)))


def requirements(tender: Tender) -> RequirementSet:
    """What a tender asks; a draft may ask nothing yet."""
    return parsed(queries.requirement_set(tender))


def parsed(row: RequirementSetRow) -> RequirementSet:
    """The requirements of a stored set."""
    return language.parse(row.rules, catalogue().kinds) if row.rules["requirements"] else RequirementSet(())


def judge(tender: Tender, participations: Sequence[Participation], *, known_at: datetime | None = None) -> Judged:
    """The verdicts on some participations of one tender, with what is known now or was known at an instant."""
    is_chosen = Participation.id.in_([item.id for item in participations])
    return judge_all(tender, is_chosen, known_at=known_at)


def judge_all(tender: Tender, chosen: ColumnElement[bool], *, known_at: datetime | None = None) -> Judged:
    """The verdicts on the participations of one tender that a condition chooses, however many."""
    known_at = known_at or clock.now()
    with collector.at_rest():
        asked, found = entries(tender, chosen, known_at)
        at = {id: moments(tender, known_at, entry.participation) for id, entry in found.items()}
        verdicts = {
            id: assess_cured(asked_of(asked, entry.participation.lots), entry.dossiers, at[id], entry.window)
            for id, entry in found.items()
        }
    return Judged(asked, at, verdicts)


def entries(
    tender: Tender, chosen: ColumnElement[bool], known_at: datetime
) -> tuple[RequirementSet, Mapping[UUID, reading.Entry]]:
    """What a tender asks, and what the participations that a condition chooses bring."""
    row = queries.requirement_set(tender)
    asked = parsed(row)
    return asked, reading.entries(and_(Participation.tender_id == tender.id, chosen), asked, row.id, known_at)


def dates(tender: Tender) -> tuple[AsOf, ...]:
    """The dates that there are: who set no start of the contract has two."""
    return tuple(AsOf) if tender.contract_starts_on else (AsOf.CLOSING, AsOf.TODAY)


def judge_dates(tender: Tender, chosen: ColumnElement[bool]) -> tuple[RequirementSet, list[Dated]]:
    """The verdicts on the participations that a condition chooses, on each date, with what is known now.

    On another date than the closing all counts that is there now, also what came in since.
    """
    now = clock.now()
    asked, found = entries(tender, chosen, now)
    others = _other_moments(tender, now)
    made = []
    for entry in found.values():
        own, brought = asked_of(asked, entry.participation.lots), entry.dossiers
        closing = assess_cured(own, brought, moments(tender, now, entry.participation), entry.window)
        later = {as_of: assess(own, brought, at) for as_of, at in others.items()}
        made.append(Dated(entry, {AsOf.CLOSING: closing, **later}))
    return asked, made


def judge_company_dates(
    tender: Tender, company: Company
) -> tuple[RequirementSet, Mapping[AsOf, tuple[Assessment, ...]]]:
    """The verdicts on a company on each date if it took part alone."""
    asked, now = requirements(tender), clock.now()
    found = reading.companies(Company.organisation_id == company.organisation_id, asked.kinds_asked, asked.aspects, now)
    brought = list(found.values())
    at = {AsOf.CLOSING: moments(tender, now), **_other_moments(tender, now)}
    return asked, {as_of: assess(asked, brought, own) for as_of, own in at.items()}


def _other_moments(tender: Tender, now: datetime) -> Mapping[AsOf, Mapping[str, Moment]]:
    """The moments of the dates other than the closing, for each stage."""
    days = {AsOf.TODAY: clock.day_of(now), AsOf.START: tender.contract_starts_on}
    return {
        as_of: {stage.name: Moment(day, now, now) for stage in tender.stages}
        for as_of, day in days.items()
        if day is not None
    }


def assess_cured(
    asked: RequirementSet, brought: Sequence[Dossier], at: Mapping[str, Moment], window: CureWindow | None
) -> tuple[Assessment, ...]:
    """The verdicts on one participation; what its window to cure is about may have come in until that ended."""
    found = assess(asked, brought, at)
    if window is None:
        return found
    later = {name: replace(each, handed_in_by=max(each.handed_in_by, window.ends_at)) for name, each in at.items()}
    about = RequirementSet(tuple(item for item in asked.requirements if item.id in window.requirements))
    cured = {each.requirement_id: each for each in assess(about, brought, later)}
    return tuple(cured.get(each.requirement_id, each) for each in found)


def judge_company(tender: Tender, company: Company) -> Judged:
    """What the verdicts on a company would be if it took part alone; the key is the company's."""
    return _judge_company(tender, company, requirements(tender), PartyRole.BIDDER)


def judge_party(tender: Tender, company: Company, role: PartyRole) -> Judged:
    """What the verdicts on a company in a role would be, on what is asked of that role; the key is the company's."""
    return _judge_company(tender, company, requirements(tender).of_roles({role}), role)


def _judge_company(tender: Tender, company: Company, asked: RequirementSet, role: PartyRole) -> Judged:
    now, id = clock.now(), company.organisation_id
    at = moments(tender, now)
    found = reading.companies(Company.organisation_id == id, asked.kinds_asked, asked.aspects, now)
    brought = replace(found[id], role=role, has_commitment=True)
    return Judged(asked, {id: at}, {id: assess(asked, [brought], at)})


def keep(participation: Participation, purpose: str) -> AssessmentRow:
    """Store the verdict as it is now, because something is decided on it."""
    return keep_judged(judge(participation.tender, [participation]), participation, purpose)


def keep_judged(judged: Judged, participation: Participation, purpose: str) -> AssessmentRow:
    """Store the verdict on one of those that were judged, because something was decided on it."""
    row = AssessmentRow(
        participation_id=participation.id,
        requirement_set_id=queries.requirement_set(participation.tender).id,
        purpose=purpose,
        moments={name: moment.to_json() for name, moment in judged.moments[participation.id].items()},
        evaluator_version=EVALUATOR_VERSION,
        result=to_json(judged.verdicts[participation.id]),
    )
    db.session.add(row)
    return row


def _decided(version_ids: Sequence[UUID]) -> Mapping[UUID, list[Decided]]:
    found: dict[UUID, list[Decided]] = defaultdict(list)
    for row in verification.reviews(version_ids):
        found[row.version_id].append(Decided(row.decision, row.at))
    return found


def evidence_of(rows: Sequence[Document]) -> list[DocumentFacts]:
    """Some documents as the rules want them, in the same order."""
    decided = _decided([version.id for row in rows for version in row.versions])
    return [facts_of(row, decided) for row in rows]


def facts_of(row: Document, decided: Mapping[UUID, Sequence[Decided]]) -> DocumentFacts:
    """One document with all its versions and what was decided about them."""
    versions = tuple(_version(version, tuple(decided.get(version.id, ()))) for version in row.versions)
    return DocumentFacts(document_id=str(row.id), kind=row.kind, versions=versions)


def _version(row: Version, decided: tuple[Decided, ...]) -> VersionFacts:
    return VersionFacts(
        version_id=str(row.id),
        number=row.number,
        relation=row.relation,
        submitted_at=row.submitted_at,
        sha256=row.file.sha256 if row.file else None,
        effective_on=row.effective_on,
        withdrawn_at=row.withdrawn_at,
        decided=decided,
        fact_sets=tuple(FactSet(item.source, item.facts, item.at) for item in row.fact_sets),
    )
