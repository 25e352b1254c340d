"""By which day a company's documents must count, told to the documents: worked anew from the tenders it takes part in."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from depot.catalogue.service import catalogue
from depot.core import clock
from depot.documents import queries as documents
from depot.documents import service as deposits
from depot.tenders import language, queries
from depot.tenders.models import UNDECIDED, Participation, ParticipationState, Party, StageName, TenderState
from depot.tenders.requirements import RequirementSet

UNDER_WAY = UNDECIDED | {ParticipationState.SELECTED}
OVER = frozenset({TenderState.DRAFT, TenderState.AWARDED, TenderState.ABANDONED})


def tell(company_ids: Sequence[UUID]) -> int:
    """Let the documents of some companies say by which day each must count, or that none is asked; gives how many changed."""
    rows = queries.taking_part(company_ids, UNDER_WAY | {ParticipationState.AWARDED})
    decided = queries.outcomes_by_lot([row.id for row in rows if row.state is ParticipationState.AWARDED and row.lots])
    days = _days([row for row in rows if row.state in UNDER_WAY or row.lots_left(decided.get(row.id, {}))])
    changed = 0
    for row in documents.bare(company_ids):
        day = days.get((row.company_id, row.kind))
        if row.needed_by != day:
            deposits.needed_by(row, day)
            changed += 1
    return changed


def companies() -> Sequence[UUID]:
    """Whose documents may have to be told: who takes part in a tender, and whose documents still say that they are asked."""
    return sorted({*queries.companies_taking_part(UNDER_WAY), *documents.companies_asked()})


def _days(rows: Sequence[Participation]) -> Mapping[tuple[UUID, str], date]:
    """The nearest day by company and kind."""
    found: dict[tuple[UUID, str], date] = {}
    asked: dict[UUID, RequirementSet] = {}
    for row in rows:
        day = _next(row)
        if day is None:
            continue
        if row.tender_id not in asked:
            rules = queries.requirement_set(row.tender).rules
            asked[row.tender_id] = language.parse(rules, catalogue().kinds)
        for party in row.parties:
            for kind in kinds_of(asked[row.tender_id], party):
                found[party.company_id, kind] = min(day, found.get((party.company_id, kind), day))
    return found


def kinds_of(asked: RequirementSet, party: Party) -> frozenset[str]:
    """What a party is asked for; who was asked to be one, and did not agree, for nothing."""
    return asked.of_roles({party.role}).kinds_asked if party.counts else frozenset()


def _next(row: Participation) -> date | None:
    """The day of the closing that comes next, if the tender is not over; by the contract's start nothing is handed in.

    Who asks to come into an open house is waiting since that day; who was admitted is asked for nothing by a day.
    """
    if row.tender.state in OVER:
        return None
    if row.tender.is_continuous:
        return clock.day_of(row.submitted_at) if row.is_undecided and row.submitted_at else None
    closings = (stage.closes_at for stage in row.tender.stages if stage.name is not StageName.CONTRACT)
    return next((clock.day_of(closing) for closing in closings if closing > clock.now()), None)
