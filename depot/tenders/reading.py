"""What parties bring, read for many of them at once: columns, not objects, in a number of queries that stays the same."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, select
from sqlalchemy.orm import aliased, lazyload

from depot.accounts.models import Organisation
from depot.catalogue.service import catalogue
from depot.companies.models import Company, Establishment
from depot.core import clock, db
from depot.tenders.evidence import Decided, DocumentFacts, Evidence, FactSet, Moment, VersionFacts, evidence_at
from depot.tenders.models import CureWindow, Declaration, Participation, Party, PartyState, RequirementDecision
from depot.tenders.requirements import Aspect, RequirementSet
from depot.tenders.rules import BuyerDecision, Dossier, Profile
from depot.verification import queries as verification

EXTRACT = "kvk_extract"
"""The kind of document that says when a company began."""

_COMPANY = (
    Company.organisation_id,
    Organisation.kvk_number,
    Company.services,
    Company.target_groups,
    Company.legal_form,
)


@dataclass(frozen=True)
class Entry:
    """A participation, the name of the company that takes part, its window to cure, and the dossiers of its parties."""

    participation: Participation
    window: CureWindow | None
    name: str
    dossiers: tuple[Dossier, ...]


def entries(
    chosen: ColumnElement[bool], asked: RequirementSet, set_id: UUID, known_at: datetime
) -> Mapping[UUID, Entry]:
    """Some participations of one tender with what their parties bring, in the order in which they began.

    Who was asked to be a party and did not agree is none.
    """
    is_party = and_(Party.participation_id == Participation.id, Party.state == PartyState.CONFIRMED)
    company_ids = select(Party.company_id).join(Participation, is_party).where(chosen)
    documents = _documents(company_ids, asked.kinds_asked)
    branches = _branches(company_ids, asked.aspects)
    lines: dict[tuple[UUID, UUID], list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in db.session.execute(_parties(chosen, is_party, set_id)):
        lines[row[0].id, row.party_id].append(row)
    brought: dict[UUID, list[Dossier]] = defaultdict(list)
    shown: dict[UUID, tuple[Participation, CureWindow | None, str]] = {}
    for (participation_id, _party), rows in lines.items():
        row = rows[0]
        shown.setdefault(participation_id, (row[0], row[1], row.name))
        brought[participation_id].append(
            _dossier(
                row.role,
                row,
                documents,
                branches,
                known_at,
                is_declared=row.is_declared,
                has_commitment=row.has_commitment,
                decisions=tuple(
                    BuyerDecision(each.requirement, each.is_accepted, each.motivation, each.at)
                    for each in rows
                    if each.requirement is not None
                ),
            )
        )
    return {id: Entry(*shown[id], tuple(found)) for id, found in brought.items()}


def companies(
    chosen: ColumnElement[bool], kinds: Collection[str], aspects: Collection[Aspect], known_at: datetime
) -> Mapping[UUID, Dossier]:
    """What some companies would bring if each took part alone: documents of these kinds, these parts of their profile."""
    company_ids = select(Company.organisation_id).join(Company.organisation).where(chosen)
    documents = _documents(company_ids, kinds)
    branches = _branches(company_ids, aspects)
    found = select(*_COMPANY).join(Company.organisation).where(chosen).order_by(Company.organisation_id)
    return {
        row.organisation_id: _dossier("bidder", row, documents, branches, known_at) for row in db.session.execute(found)
    }


def _parties(chosen: ColumnElement[bool], is_party: ColumnElement[bool], set_id: UUID) -> Select[*tuple[Any, ...]]:
    """A row for each party and what was decided on its participation."""
    own = aliased(Company)
    declared = select(Declaration.participation_id).where(
        Declaration.requirement_set_id == set_id, Declaration.party_id.is_(None)
    )
    committed = select(Declaration.party_id).where(Declaration.party_id.is_not(None))
    return (
        select(
            Participation,
            CureWindow,
            own.legal_name.label("name"),
            Party.id.label("party_id"),
            Party.role,
            *_COMPANY,
            Participation.id.in_(declared).label("is_declared"),
            Party.id.in_(committed).label("has_commitment"),
            RequirementDecision.requirement,
            RequirementDecision.is_accepted,
            RequirementDecision.motivation,
            RequirementDecision.at,
        )
        .outerjoin(CureWindow, CureWindow.participation_id == Participation.id)
        .join(own, own.organisation_id == Participation.company_id)
        .join(Party, is_party)
        .join(Company, Company.organisation_id == Party.company_id)
        .join(Organisation, Organisation.id == Company.organisation_id)
        .outerjoin(RequirementDecision, RequirementDecision.participation_id == Participation.id)
        .where(chosen)
        .order_by(Participation.id, Party.id, RequirementDecision.id)
        .options(lazyload(Participation.tender), lazyload(Participation.company), lazyload(Participation.parties))
    )


def _dossier(
    role: str,
    company: Row[*tuple[Any, ...]],
    documents: Mapping[str, Sequence[DocumentFacts]],
    branches: Mapping[UUID, Collection[str]],
    known_at: datetime,
    **more: Any,
) -> Dossier:
    organisation = str(company.organisation_id)
    brought = documents.get(organisation, ())
    return Dossier(
        role=role,
        organisation=organisation,
        kvk_number=company.kvk_number,
        documents=tuple(brought),
        profile=Profile(
            frozenset(company.services),
            frozenset(company.target_groups),
            frozenset(branches.get(company.organisation_id, ())),
            frozenset({company.legal_form}),
        ),
        began_in=_began_in(brought, known_at),
        **more,
    )


def _began_in(brought: Sequence[DocumentFacts], known_at: datetime) -> int | None:
    """The year in which a company began, by the extract that counted at an instant; None when none says so."""
    kind, moment = catalogue().kinds[EXTRACT], Moment(clock.day_of(known_at), known_at, known_at)
    found = (evidence_at(each, kind, moment) for each in brought if each.kind == kind.code)
    days = [each.facts["startDate"] for each in found if isinstance(each, Evidence) and "startDate" in each.facts]
    return int(min(days)[:4]) if days else None


def _branches(company_ids: Select[UUID], aspects: Collection[Aspect]) -> Mapping[UUID, Collection[str]]:
    """The municipalities in which companies have a branch, if a requirement is about that."""
    found: dict[UUID, set[str]] = defaultdict(set)
    if Aspect.ESTABLISHMENT in aspects:
        rows = select(Establishment.company_id, Establishment.municipality_code)
        for company_id, code in db.session.execute(rows.where(Establishment.company_id.in_(company_ids))):
            found[company_id].add(code)
    return found


def _documents(company_ids: Select[UUID], kinds: Collection[str]) -> Mapping[str, Sequence[DocumentFacts]]:
    found: dict[str, list[DocumentFacts]] = defaultdict(list)
    lines = verification.evidence(company_ids, {*kinds, EXTRACT})
    for id, of_document in groupby(lines, key=itemgetter(1)):
        versions = [list(rows) for _version_id, rows in groupby(of_document, key=itemgetter(3))]
        company_id, _id, kind, *_version = versions[0][0]
        found[company_id].append(DocumentFacts(id, kind, tuple(map(_version_of, versions))))
    return found


def _version_of(rows: Sequence[Row[*tuple[Any, ...]]]) -> VersionFacts:
    """A version from its rows of `verification.evidence`."""
    _company, _document, _kind, id, number, relation, submitted_at, effective_on, withdrawn_at, sha256, *_more = rows[0]
    facts: list[FactSet] = []
    decided: list[Decided] = []
    for row in rows:
        *_version, found, confirmed_at, decision, decided_at = row
        if found is not None and (each := FactSet("confirmed", found, confirmed_at)) not in facts:
            facts.append(each)
        if decision is not None and (decided_so := Decided(decision, decided_at)) not in decided:
            decided.append(decided_so)
    return VersionFacts(
        id,
        number,
        relation,
        submitted_at,
        sha256,
        effective_on,
        withdrawn_at,
        tuple(decided),
        tuple(facts),
    )
