"""By which day a company's documents must count, told to the documents: worked anew from the tenders it takes part in."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from depot.catalogue.service import catalogue
from depot.core import clock
from depot.documents import queries as documents
from depot.documents import service as deposits
from depot.tenders import language, queries
from depot.tenders.models import Participation, ParticipationState, Stage, TenderState

UNDER_WAY = frozenset({ParticipationState.SUBMITTED, ParticipationState.SELECTED})
OVER = frozenset({TenderState.DRAFT, TenderState.AWARDED, TenderState.ABANDONED})


def tell(company_ids: Sequence[UUID]) -> int:
    """Let the documents of some companies say by which day each must count, or that none is asked; gives how many changed."""
    days = _days(queries.taking_part(company_ids, UNDER_WAY))
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
    asked: dict[UUID, frozenset[str]] = {}
    for row in rows:
        stage = _next(row)
        if stage is None:
            continue
        if row.tender_id not in asked:
            rules = queries.requirement_set(row.tender).rules
            asked[row.tender_id] = frozenset(language.parse(rules, catalogue().kinds).kinds_asked)
        day = clock.day_of(stage.closes_at)
        for kind in asked[row.tender_id]:
            for party in row.parties:
                found[party.company_id, kind] = min(day, found.get((party.company_id, kind), day))
    return found


def _next(row: Participation) -> Stage | None:
    """The stage whose closing comes next, if the tender is not over."""
    if row.tender.state in OVER:
        return None
    return next((stage for stage in row.tender.stages if stage.closes_at > clock.now()), None)
