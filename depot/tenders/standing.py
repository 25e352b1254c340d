"""Where a company stands in a tender: the verdicts on it, what it lacks, and what it would let the municipality read."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from depot.access import Actor
from depot.companies.models import Company
from depot.core import clock
from depot.documents import queries as documents
from depot.documents.models import Document, State
from depot.tenders import dossiers, queries
from depot.tenders.gaps import Gap, gap
from depot.tenders.models import Participation, Party, StageName, Tender


def judge_own(tender: Tender, company: Company, own: Participation | None) -> tuple[dossiers.Judged, UUID]:
    """The verdicts on the whole participation, with the key to find them by; on the company alone until it has one."""
    is_in = own is not None and (own.state not in queries.NOT_IN or sum(party.counts for party in own.parties) > 1)
    if own is not None and is_in:
        return dossiers.judge(tender, [own]), own.id
    return dossiers.judge_company(tender, company), company.organisation_id


def gaps(actor: Actor, tender: Tender, judged: dossiers.Judged, key: UUID, role: str) -> Mapping[str, Gap]:
    """By requirement what the actor's company, in a role, lacks and how it mends that."""
    rows = documents.dossier(actor)
    own, ends, days = {str(row.id) for row in rows}, _ends(rows), _days(tender)
    asked = {item.id: item for item in judged.requirements.requirements}
    return {
        item.requirement_id: gap(asked[item.requirement_id], item.reason, role=role, own=own, ends=ends, days=days)
        for item in judged.verdicts[key]
        if item.verdict is not None
    }


def readable(actor: Actor, kinds: Sequence[str]) -> Mapping[str, list[Document]]:
    """By kind the documents that a consent would be about today: those of the company that are approved."""
    found: dict[str, list[Document]] = {kind: [] for kind in kinds}
    for row in documents.dossier(actor):
        if row.kind in found and any(version.state is State.APPROVED for version in row.versions):
            found[row.kind].append(row)
    return found


def judge_party(party: Party, row: Participation) -> dossiers.Judged:
    """The verdicts on one party alone, on what is asked of its role; the key is its company's."""
    return dossiers.judge_party(row.tender, party.company, party.role)


def _ends(rows: Sequence[Document]) -> Mapping[str, date]:
    """The last day on which each document that ends is in force, with its renewals."""
    found: dict[str, date] = {}
    for row in rows:
        ends = [version.valid_until for version in row.versions if version.state is State.APPROVED]
        known = [end for end in ends if end is not None]
        if known and len(known) == len(ends):
            found[str(row.id)] = max(known)
    return found


def _days(tender: Tender) -> Sequence[date]:
    """The days that a document ought to outlive: the closing, the end of the evidence, the start of the contract."""
    stages = [clock.day_of(stage.closes_at) for stage in tender.stages if stage.name is not StageName.APPLICATION]
    return [*stages, *([tender.contract_starts_on] if tender.contract_starts_on else [])]
