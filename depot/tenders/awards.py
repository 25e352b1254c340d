"""After the selection: who gets the contract and who does not, a tender that stops, and what later buyers may read of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.catalogue.service import catalogue
from depot.core import db
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.i18n import _
from depot.mail import service as mail
from depot.tenders import cures, dossiers, language, letters, needs, queries
from depot.tenders.models import (
    Participation,
    ParticipationState,
    RequirementDecision,
    Tender,
    TenderState,
)
from depot.tenders.requirements import AllOf, AnyOf, Equivalent, Manual, Requirement, Rule, SameAs

DECIDED = frozenset({ParticipationState.REJECTED, ParticipationState.AWARDED, ParticipationState.NOT_AWARDED})
"""Who is in one of these states hears nothing more in this tender."""


@dataclass(frozen=True)
class Precedent:
    """What another municipality decided about the same company: an earlier decision, never a rule."""

    municipality: str
    requirement: str
    at: datetime
    is_accepted: bool
    motivation: str


def award(actor: Actor, participation_id: UUID, *, motivation: str) -> Participation:
    """Give the contract to a selected company; the last decision of all finishes the tender.

    Refused where there are lots: each lot is a contract of its own, with its own reason and letter (`lots.award`).
    """
    row = awardable(actor, participation_id, motivation)
    _refuse_lots(row)
    row.award(motivation)
    _conclude(actor, row, ParticipationState.AWARDED, motivation)
    return row


def pass_over(actor: Actor, participation_id: UUID, *, motivation: str) -> Participation:
    """Tell a selected company that it does not get the contract, and why (Aw 2.130); refused where `award` is."""
    row = awardable(actor, participation_id, motivation)
    _refuse_lots(row)
    row.pass_over(motivation)
    _conclude(actor, row, ParticipationState.NOT_AWARDED, motivation)
    return row


def abandon(actor: Actor, tender_id: UUID, *, reason: str) -> Tender:
    """Stop a tender for a reason; who takes part and was not told its outcome yet gets a letter."""
    tender = queries.own(actor, tender_id)
    authorize(actor, Action.TENDER_ABANDON, tender.municipality_id)
    if not reason:
        raise Invalid(_("Niet alles is goed ingevuld."), {"motivering": [_("Schrijf waarom de aanbesteding stopt.")]})
    tender.abandon(reason)
    audit.record(actor, Action.TENDER_ABANDON, tender)
    rows = queries.all_in(tender)
    decided = queries.outcomes_by_lot([row.id for row in rows])
    for row in rows:
        left = row.lots_left(decided[row.id])
        if row.state not in DECIDED or left:
            letters.decision(row, letters.ABANDONED, reason, lots=left if decided[row.id] else ())
            _tell(row, letters.ABANDONED)
    needs.tell([party.company_id for row in rows for party in row.parties if party.counts])
    return tender


def share(actor: Actor, tender_id: UUID, *, shares: bool) -> Participation:
    """Let later buyers read, or no longer, what was decided about this company's equivalents and answers."""
    row = queries.own_participation(actor, queries.get(actor, tender_id))
    if row is None:
        raise NotFound(_("U doet niet mee aan deze aanbesteding."))
    authorize(actor, Action.CONSENT_GIVE, row.company_id)
    if row.tender.state is not TenderState.AWARDED:
        raise Conflict(_("Delen kan na de gunning."))
    row.shares_decisions = shares
    audit.record(actor, Action.CONSENT_GIVE, row, about=row.company_id, shares=shares)
    return row


def precedents(actor: Actor, row: Participation) -> dict[str, list[Precedent]]:
    """By requirement of this participation: what earlier buyers decided about the same company, as far as it lets them.

    Of an equivalent those about the same kind of document, of a question those about other questions too; newest first.
    """
    authorize(actor, Action.TENDER_DECIDE, row.tender.municipality_id)
    asked = [item for item in dossiers.requirements(row.tender).requirements if item.asks_buyer and item.rule]
    if not asked:
        return {}
    earlier = [
        (_subjects(before.rule), Precedent(name, _asked(before), decided.at, decided.is_accepted, decided.motivation))
        for decided, name, tender in _shared(row)
        for before in language.parse(queries.requirement_set(tender).rules, catalogue().kinds).requirements
        if before.id == decided.requirement and before.rule
    ]
    found = {item.id: [each for about, each in earlier if about & _subjects(item.rule)] for item in asked if item.rule}
    return {id: each for id, each in found.items() if each}


def _asked(requirement: Requirement) -> str:
    """What was asked: the question itself, where that is all there is."""
    return requirement.rule.question if isinstance(requirement.rule, Manual) else requirement.label


def _shared(row: Participation) -> Sequence[tuple[RequirementDecision, str, Tender]]:
    """The last decision on each requirement of the company's other participations that it shares."""
    found = (
        select(RequirementDecision, Participation)
        .join(Participation, Participation.id == RequirementDecision.participation_id)
        .join(Participation.tender)
        .where(
            Participation.company_id == row.company_id,
            Participation.id != row.id,
            Participation.shares_decisions,
            Tender.state == TenderState.AWARDED,
        )
        .order_by(RequirementDecision.id)
    )
    last: dict[tuple[UUID, str], tuple[RequirementDecision, str, Tender]] = {}
    for decided, before in db.session.execute(found).unique():
        said = (decided, before.tender.municipality.name, before.tender)
        last[decided.participation_id, decided.requirement] = said
    return sorted(last.values(), key=lambda each: each[0].at, reverse=True)


def _subjects(rule: Rule) -> frozenset[str]:
    """What a rule leaves to the buyer: the kinds whose equivalent is judged, and questions as one subject."""
    match rule:
        case AnyOf(rules) | AllOf(rules):
            return frozenset().union(*map(_subjects, rules))
        case SameAs(rule=same):
            return _subjects(same)
        case Equivalent(kind):
            return frozenset({kind.code})
        case Manual():
            return frozenset({""})
        case _:
            return frozenset()


def awardable(actor: Actor, participation_id: UUID, motivation: str) -> Participation:
    """A participation that the actor may award or not, now that there is a reason."""
    row = queries.participation(actor, participation_id)
    authorize(actor, Action.TENDER_AWARD, row.tender.municipality_id)
    if not motivation:
        raise Invalid(_("Niet alles is goed ingevuld."), {"motivering": [_("Schrijf waarom u dit besluit.")]})
    cures.require_none(row)
    return row


def _conclude(actor: Actor, row: Participation, outcome: ParticipationState, motivation: str) -> None:
    letters.decision(row, outcome, motivation)
    audit.record(actor, Action.TENDER_AWARD, row, about=row.company_id, outcome=outcome)
    _tell(row, outcome)
    settle(row)


def settle(row: Participation) -> None:
    """After a decision: the last of all finishes the tender, if somebody was awarded; the parties' documents are told anew."""
    queries.lock(row.tender)
    rows = queries.all_in(row.tender)
    decided = queries.outcomes_by_lot([each.id for each in rows if each.lots])
    is_decided = all(each.state in DECIDED and not each.lots_left(decided.get(each.id, {})) for each in rows)
    is_awarded = any(each.state is ParticipationState.AWARDED for each in rows)
    if is_decided and is_awarded and not row.tender.is_continuous:
        row.tender.finish()
    needs.tell([party.company_id for party in row.parties if party.counts])


def _refuse_lots(row: Participation) -> None:
    if row.lots:
        raise Conflict(_("Deze aanbesteding heeft percelen. Gun per perceel."))


def _tell(row: Participation, outcome: str) -> None:
    for person in accounts.people(row.company_id, Role.COMPANY_ADMIN):
        mail.write(
            person,
            "decided",
            dedupe_key=f"{outcome}:{row.id}:{person.id}",
            company=row.company.legal_name,
            tender=row.tender.title,
            municipality=row.tender.municipality.name,
            outcome=outcome,
            tender_id=str(row.tender_id),
        )
