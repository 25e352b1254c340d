"""From rows to verdicts: what parties deposited, as the pure rules want it, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from depot.accounts.models import Organisation
from depot.catalogue.service import catalogue
from depot.companies import queries as companies
from depot.companies.models import Company
from depot.core import clock, db
from depot.documents import queries as documents
from depot.documents.models import Document, Version
from depot.tenders import language, queries
from depot.tenders.evidence import Decided, DocumentFacts, Evidence, FactSet, Moment, VersionFacts, evidence_at
from depot.tenders.models import Assessment as AssessmentRow
from depot.tenders.models import Participation, Tender
from depot.tenders.requirements import RequirementSet
from depot.tenders.rules import (
    EVALUATOR_VERSION,
    Assessment,
    BuyerDecision,
    Dossier,
    Profile,
    assess,
    to_json,
)
from depot.verification import queries as verification


@dataclass(frozen=True)
class Judged:
    """A requirement set, the moments it was judged at, and the verdicts by participation (None: not taking part yet)."""

    requirements: RequirementSet
    moments: Mapping[str, Moment]
    verdicts: Mapping[UUID, tuple[Assessment, ...]]


def moments(tender: Tender, known_at: datetime) -> dict[str, Moment]:
    """One moment for each stage: papers asked after selection prove the day on which bids closed."""
    day = clock.day_of(tender.closes_at)
    return {stage.name: Moment(day, stage.closes_at, known_at) for stage in tender.stages}


def requirements(tender: Tender) -> RequirementSet:
    """What a tender asks; a draft may ask nothing yet."""
    rules = queries.requirement_set(tender).rules
    return language.parse(rules, catalogue().kinds) if rules["requirements"] else RequirementSet(())


def judge(tender: Tender, participations: Sequence[Participation], *, known_at: datetime | None = None) -> Judged:
    """The verdicts on some participations of one tender, with what is known now or was known at an instant."""
    asked = requirements(tender)
    known_at = known_at or clock.now()
    at = moments(tender, known_at)
    made = _dossiers(participations, known_at)
    return Judged(asked, at, {item.id: assess(asked, made[item.id], at) for item in participations})


def judge_company(tender: Tender, company: Company) -> Judged:
    """What the verdicts on a company would be if it took part alone; the key is the company's."""
    asked = requirements(tender)
    now = clock.now()
    at = moments(tender, now)
    facts = _documents([company.organisation_id])[company.organisation_id]
    profile = _profiles([company])[company.organisation_id]
    dossier = _dossier("bidder", company.organisation, facts, profile, now)
    return Judged(asked, at, {company.organisation_id: assess(asked, [dossier], at)})


def keep(participation: Participation, purpose: str) -> AssessmentRow:
    """Store the verdict as it is now, because something is decided on it."""
    judged = judge(participation.tender, [participation])
    row = AssessmentRow(
        participation_id=participation.id,
        requirement_set_id=queries.requirement_set(participation.tender).id,
        purpose=purpose,
        moments={name: moment.to_json() for name, moment in judged.moments.items()},
        evaluator_version=EVALUATOR_VERSION,
        result=to_json(judged.verdicts[participation.id]),
    )
    db.session.add(row)
    return row


def _dossiers(participations: Sequence[Participation], known_at: datetime) -> Mapping[UUID, list[Dossier]]:
    ids = [item.id for item in participations]
    parties = [(item, party) for item in participations for party in item.parties]
    facts = _documents([party.company_id for _item, party in parties])
    profiles = _profiles([party.company for _item, party in parties])
    declared = {row.participation_id for row in queries.declarations(ids)}
    decided: dict[UUID, list[BuyerDecision]] = defaultdict(list)
    for row in queries.decisions(ids):
        decided[row.participation_id].append(BuyerDecision(row.requirement, row.is_accepted, row.motivation, row.at))
    found: dict[UUID, list[Dossier]] = defaultdict(list)
    for item, party in parties:
        found[item.id].append(
            _dossier(
                party.role,
                party.company.organisation,
                facts[party.company_id],
                profiles[party.company_id],
                known_at,
                is_declared=item.id in declared,
                decisions=tuple(decided[item.id]),
            )
        )
    return found


def _dossier(
    role: str,
    organisation: Organisation,
    facts: Sequence[DocumentFacts],
    profile: Profile,
    known_at: datetime,
    *,
    is_declared: bool = False,
    decisions: tuple[BuyerDecision, ...] = (),
) -> Dossier:
    return Dossier(
        role=role,
        organisation=str(organisation.id),
        kvk_number=organisation.kvk_number,
        documents=tuple(facts),
        profile=profile,
        is_declared=is_declared,
        decisions=decisions,
        began_in=_began_in(facts, known_at),
    )


def _began_in(facts: Sequence[DocumentFacts], known_at: datetime) -> int | None:
    """The year in which a company began, by the extract that counted at an instant; None when none says so."""
    kind, moment = catalogue().kinds["kvk_extract"], Moment(clock.day_of(known_at), known_at, known_at)
    found = (evidence_at(each, kind, moment) for each in facts if each.kind == kind.code)
    days = [each.facts["startDate"] for each in found if isinstance(each, Evidence) and "startDate" in each.facts]
    return int(min(days)[:4]) if days else None


def _profiles(found: Sequence[Company]) -> Mapping[UUID, Profile]:
    branches: dict[UUID, set[str]] = defaultdict(set)
    for row in companies.establishments([company.organisation_id for company in found]):
        branches[row.company_id].add(row.municipality_code)
    return {
        company.organisation_id: Profile(
            frozenset(company.services),
            frozenset(company.target_groups),
            frozenset(branches[company.organisation_id]),
            frozenset({company.legal_form}),
        )
        for company in found
    }


def _documents(company_ids: Sequence[UUID]) -> Mapping[UUID, list[DocumentFacts]]:
    decided: dict[UUID, list[Decided]] = defaultdict(list)
    for version_id, decision, at in verification.decisions(company_ids):
        decided[version_id].append(Decided(decision, at))
    found: dict[UUID, list[DocumentFacts]] = defaultdict(list)
    for _document, rows in groupby(documents.evidence(company_ids), key=attrgetter("document_id")):
        versions = [list(lines) for _version, lines in groupby(rows, key=attrgetter("version_id"))]
        first = versions[0][0]
        made = tuple(_listed(lines, tuple(decided[lines[0].version_id])) for lines in versions)
        found[first.company_id].append(DocumentFacts(str(first.document_id), first.kind, made))
    return found


def _listed(rows: Sequence[Row[*tuple[Any, ...]]], decided: tuple[Decided, ...]) -> VersionFacts:
    """A version from its rows of `documents.evidence`."""
    row = rows[0]
    return VersionFacts(
        version_id=str(row.version_id),
        number=row.number,
        relation=row.relation,
        submitted_at=row.submitted_at,
        sha256=row.sha256,
        effective_on=row.effective_on,
        withdrawn_at=row.withdrawn_at,
        decided=decided,
        fact_sets=tuple(FactSet(item.source, item.facts, item.at) for item in rows if item.source),
    )


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
