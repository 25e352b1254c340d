"""How a tender ended for who took part: what retention is counted from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from depot.core import clock
from depot.tenders import queries
from depot.tenders.awards import DECIDED
from depot.tenders.models import LotOutcome, Participation, ParticipationState

Outcomes = Mapping[UUID, Mapping[str, LotOutcome]]
"""What was decided, by participation and lot."""


@dataclass(frozen=True)
class Ending:
    """The day on which the procedure ended for a participation, None while it runs; and the contract, where it got one."""

    ended_on: date | None
    is_awarded: bool = False
    contract_ends_on: date | None = None


def of(tender_ids: Sequence[UUID]) -> Mapping[UUID, Ending]:
    """How each participation in some tenders ended. With lots, those that it was in count, and who else was in them."""
    rows = queries.in_tenders(tender_ids)
    outcomes = queries.outcomes_by_lot([row.id for row in rows])
    rivals: dict[UUID, list[Participation]] = {id: [] for id in tender_ids}
    for row in rows:
        rivals[row.tender_id].append(row)
    found = {}
    for row in rows:
        at = _ended_at(row, rivals[row.tender_id], outcomes)
        is_awarded = row.state is ParticipationState.AWARDED
        found[row.id] = Ending(clock.day_of(at) if at else None, is_awarded, row.contract_ends_on)
    return found


def _ended_at(row: Participation, rivals: Sequence[Participation], outcomes: Outcomes) -> datetime | None:
    """Who asks to come into an open house has no rivals: its own decision ends it."""
    tender = row.tender
    if row.lots:
        concerned = [row] if tender.is_continuous else rivals
        ends = [_lot_ended_at(lot, concerned, outcomes) or tender.ended_at for lot in row.lots]
        known = [at for at in ends if at is not None]
        return max(known) if len(known) == len(ends) else None
    if tender.is_continuous and row.state in DECIDED:
        return row.decided_at
    return tender.ended_at


def _lot_ended_at(lot: str, rivals: Sequence[Participation], outcomes: Outcomes) -> datetime | None:
    """When the last decision about a lot was taken, None while one is still to come."""
    found: list[datetime | None] = []
    for row in rivals:
        decided = outcomes.get(row.id, {})
        if lot in row.lots_left(decided):
            return None
        if lot in row.lots:
            found.append(decided[lot].at if lot in decided else row.decided_at)
    return max((at for at in found if at is not None), default=None)
