"""On which days the tenders that run ask a company for a kind of document: what a lapse would break."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from depot.catalogue.service import catalogue
from depot.core import clock
from depot.tenders import dossiers, language, needs, queries
from depot.tenders.models import Participation, Party, Tender
from depot.tenders.requirements import RequirementSet

UNDER_WAY = needs.UNDER_WAY
"""Who is in one of these states still has something to lose by a document that ends."""


@dataclass(frozen=True, order=True)
class Asked:
    """That a tender a company takes part in wants a kind of document to be valid on a day."""

    day: date
    title: str
    tender_id: UUID


def of_companies(company_ids: Sequence[UUID], day: date) -> Mapping[tuple[UUID, str], Sequence[Asked]]:
    """By company and kind, what is asked on this day or later by tenders that are not over, the nearest first."""
    found: dict[tuple[UUID, str], set[Asked]] = {}
    sets: dict[UUID, RequirementSet] = {}
    for row in queries.taking_part(company_ids, UNDER_WAY):
        tender = row.tender
        if tender.state in needs.OVER:
            continue
        if tender.id not in sets:
            sets[tender.id] = language.parse(queries.requirement_set(tender).rules, catalogue().kinds)
        for party in row.parties:
            if party.counts and party.company_id in company_ids:
                for kind, asked in _by_kind(row, party, sets[tender.id]):
                    if asked >= day:
                        found.setdefault((party.company_id, kind), set()).add(Asked(asked, tender.title, tender.id))
    return {key: sorted(items) for key, items in found.items()}


def _by_kind(row: Participation, party: Party, requirements: RequirementSet) -> Sequence[tuple[str, date]]:
    days = _days(row)
    return [
        (kind, days[item.stage])
        for item in requirements.of_roles({party.role}).requirements
        if item.stage in days and (not item.lots or not row.lots or set(item.lots) & set(row.lots))
        for kind in RequirementSet((item,)).kinds_asked
    ]


def _days(row: Participation) -> Mapping[str | None, date]:
    """The day that each stage asks for. Open house asks until it ends, but of who waits for admission only the day he came."""
    tender: Tender = row.tender
    if tender.is_continuous and not (row.is_undecided and row.submitted_at):
        return {stage.name: clock.day_of(tender.closes_at) for stage in tender.stages}
    return {name: moment.day for name, moment in dossiers.moments(tender, clock.now(), row).items()}
