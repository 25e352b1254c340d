"""The dates of a published tender move: to later only, before they have passed, for a reason that companies read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.core import clock, db
from depot.core.errors import Conflict, Invalid, Stale
from depot.core.forms import REQUIRED
from depot.core.i18n import Text, _
from depot.mail import service as mail
from depot.tenders import calls, needs, queries, stages
from depot.tenders.models import (
    ParticipationState,
    PartyState,
    Postponement,
    Procedure,
    StageName,
    Tender,
    TenderState,
)

FIELDS: Mapping[StageName, str] = {
    StageName.APPLICATION: "aanmeldenTot",
    StageName.BID: "sluiting",
    StageName.EVIDENCE: "bewijsTot",
    StageName.CONTRACT: "startContract",
}
"""Where a form says when each stage ends, or the contract starts."""

TAKING_PART = needs.UNDER_WAY | {ParticipationState.AWARDED}
"""Who is in one of these states has to do with what comes next."""


@dataclass(frozen=True)
class Planned:
    """A date of a tender as it stands: an instant, and for the contract's start a day."""

    name: StageName
    at: date

    @property
    def field(self) -> str:
        """Where a form says it."""
        return FIELDS[self.name]

    @property
    def is_past(self) -> bool:
        """Whether it has come; at that very instant it is too late to move it."""
        return clock.now() >= _instant(self.at)


def plan(tender: Tender) -> Sequence[Planned]:
    """The dates that a tender has; in open house papers follow with the admission and have no date of their own."""
    found = [
        Planned(name, at)
        for name in StageName
        if name is not StageName.CONTRACT
        and not (tender.is_continuous and name is StageName.EVIDENCE)
        and (at := tender.closing_of(name)) is not None
    ]
    start = tender.contract_starts_on
    return [*found, Planned(StageName.CONTRACT, start)] if start else found


def movable(actor: Actor, tender_id: UUID) -> tuple[Tender, Sequence[Planned]]:
    """A tender of the actor's municipality with its dates, for who may move them."""
    tender = queries.get(actor, tender_id)
    authorize(actor, Action.TENDER_RESCHEDULE, tender.municipality_id)
    return tender, plan(tender)


def move(
    actor: Actor,
    tender_id: UUID,
    *,
    row_version: Decimal,
    reason: str,
    applications_until: datetime | None = None,
    closes_at: datetime | None = None,
    evidence_until: datetime | None = None,
    contract_starts_on: date | None = None,
) -> Postponement:
    """Let dates of a published tender come later, and tell who takes part or was asked; None leaves a date as it is.

    `row_version` is that of the form: whoever did not see a colleague's change is told so. Raises Invalid with a sentence
    at each date that would come earlier, that has passed, or after which the stages no longer follow on each other.
    """
    tender = queries.get(actor, tender_id)
    authorize(actor, Action.TENDER_RESCHEDULE, tender.municipality_id)
    queries.lock(tender)
    db.session.refresh(tender)
    if tender.state is TenderState.DRAFT:
        raise Conflict(_("Deze aanbesteding is nog een concept. Verander de momenten bij de gegevens."))
    if tender.is_over:
        raise Conflict(_("Deze aanbesteding is afgerond."))
    if tender.row_version != row_version:
        raise Stale(
            _(
                "Iemand anders veranderde deze aanbesteding terwijl u bezig was. Hieronder staat wat u typte. "
                "Vergelijk het met wat er nu staat, en bewaar opnieuw."
            )
        )
    asked = {
        StageName.APPLICATION: applications_until,
        StageName.BID: closes_at,
        StageName.EVIDENCE: evidence_until,
        StageName.CONTRACT: contract_starts_on,
    }
    moved = _moved(tender, {name: to for name, to in asked.items() if to is not None}, reason)
    row = Postponement(
        tender_id=tender.id,
        dates={name: [before.isoformat(), after.isoformat()] for name, (before, after) in moved.items()},
        reason=reason,
        by=actor.id,
    )
    for name, (_before, after) in moved.items():
        _write(tender, name, after)
    # A stage that moves is a change of the tender too: the next colleague's form is out of date.
    flag_modified(tender, "title")
    db.session.add(row)
    db.session.flush()
    db.session.refresh(tender)
    audit.record(actor, Action.TENDER_RESCHEDULE, tender, postponement=str(row.id), moved=row.dates)
    _tell(tender, row)
    taking_part = queries.of_tender(tender, needs.UNDER_WAY)
    needs.tell(sorted({party.company_id for each in taking_part for party in each.parties}))
    return row


def _moved(tender: Tender, asked: Mapping[StageName, date], reason: str) -> Mapping[StageName, tuple[date, date]]:
    """What each date that changes is and becomes; raises Invalid when that cannot be."""
    planned = {each.name: each for each in plan(tender)}
    wrong: dict[str, list[Text]] = {} if reason.strip() else {"reden": [REQUIRED]}
    moved = {}
    for name, to in asked.items():
        now = planned.get(name)
        if now is None:
            wrong[FIELDS[name]] = [_("Deze aanbesteding heeft dit moment niet.")]
        elif to != now.at:
            moved[name] = (now.at, to)
            if now.is_past:
                wrong[now.field] = [_("Dit moment is voorbij: %(at)s. Het blijft zoals het was.", at=now.at)]
            elif to < now.at:
                wrong[now.field] = [_("Verplaatsen kan alleen naar later dan %(at)s.", at=now.at)]
    closings = {stage.name: stage.closes_at for stage in tender.stages}
    closings |= {name: _instant(to) for name, (_before, to) in moved.items()}
    starts_on = moved[StageName.CONTRACT][1] if StageName.CONTRACT in moved else tender.contract_starts_on
    wrong = stages.disorder(Procedure(tender.procedure), closings, starts_on) | wrong
    if wrong:
        raise Invalid(_("Niet alles is goed ingevuld."), wrong)
    if not moved:
        raise Invalid(_("Er is niets verplaatst. Verander minstens één moment."))
    return moved


def _write(tender: Tender, name: StageName, to: date) -> None:
    """Let a stage close later; papers in open house follow with the admission, and the contract has a day besides."""
    at = _instant(to)
    names = {name, StageName.EVIDENCE} if tender.is_continuous and name is StageName.BID else {name}
    for stage in tender.stages:
        if stage.name in names:
            stage.closes_at = at
    if name is StageName.CONTRACT:
        tender.contract_starts_on = to


def _instant(at: date) -> datetime:
    return at if isinstance(at, datetime) else stages.start_of(at)


def _tell(tender: Tender, row: Postponement) -> None:
    """One mail for each person, also when one administers several companies that this touches."""
    for company_id, company in _concerned(tender).items():
        for person in accounts.people(company_id, Role.COMPANY_ADMIN):
            mail.write(
                person,
                "dates_moved",
                dedupe_key=f"dates:{row.id}:{person.id}",
                company=company,
                tender=tender.title,
                municipality=tender.municipality.name,
                is_continuous=tender.is_continuous,
                dates=row.dates,
                reason=row.reason,
                tender_id=str(tender.id),
            )


def _concerned(tender: Tender) -> Mapping[UUID, str]:
    """The names of the companies that take part or are making ready to, and of those that can still say yes."""
    found: dict[UUID, str] = {}
    for row in queries.of_tender(tender, TAKING_PART | {ParticipationState.PREPARING}):
        for party in row.parties:
            can_answer = party.state is PartyState.ASKED and row.is_changeable
            if can_answer or (party.counts and (row.state in TAKING_PART or row.is_changeable)):
                found.setdefault(party.company_id, party.company.legal_name)
    for asked in calls.awaited(tender):
        found.setdefault(asked.company_id, asked.company.legal_name)
    return found
