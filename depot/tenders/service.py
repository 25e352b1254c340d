"""A municipality writes a tender: its dates, its requirements, and the moment from which they are fixed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from depot.access import Action, Actor, authorize
from depot.audit import service as audit
from depot.catalogue.service import catalogue
from depot.core import clock, db
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.i18n import _
from depot.tenders import language, library, queries
from depot.tenders.models import RequirementSet, Stage, StageName, Tender, TenderState


def create(
    actor: Actor,
    *,
    number: str,
    title: str,
    procedure: str,
    closes_at: datetime,
    evidence_until: datetime,
    cpv: Sequence[str] = (),
    estimate: Decimal | None = None,
    contract_starts_on: date | None = None,
) -> Tender:
    """Start a draft with an empty set of requirements; bids close at `closes_at`, papers follow until `evidence_until`."""
    authorize(actor, Action.TENDER_WRITE)
    if closes_at <= clock.now():
        raise Invalid(_("Niet alles is goed ingevuld."), {"sluiting": [_("Kies een moment in de toekomst.")]})
    if evidence_until <= closes_at:
        raise Invalid(_("Niet alles is goed ingevuld."), {"bewijsTot": [_("Dit moment ligt na de sluiting.")]})
    is_taken = select(Tender.id).where(Tender.municipality_id == actor.organisation_id, Tender.number == number)
    if db.session.scalar(is_taken):
        raise Conflict(_("Dit nummer is al gebruikt."), {"nummer": [_("U hebt al een aanbesteding met dit nummer.")]})
    row = Tender(
        municipality_id=actor.organisation_id,
        number=number,
        title=title,
        procedure=procedure,
        cpv=list(cpv),
        estimate=estimate,
        contract_starts_on=contract_starts_on,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add(Stage(tender_id=row.id, name=StageName.BID, closes_at=closes_at))
    db.session.add(Stage(tender_id=row.id, name=StageName.EVIDENCE, closes_at=evidence_until))
    empty = {"schema": language.SCHEMA, "requirements": []}
    db.session.add(RequirementSet(tender_id=row.id, number=1, rules=empty))
    db.session.flush()
    db.session.refresh(row)
    audit.record(actor, Action.TENDER_WRITE, row, made=True)
    return row


def add_requirement(actor: Actor, tender_id: UUID, code: str, answers: Mapping[str, str]) -> RequirementSet:
    """Add a standard requirement with the buyer's answers."""
    tender, draft = _draft(actor, tender_id)
    used = {item["id"] for item in draft.rules["requirements"]}
    number = next(n for n in range(1, len(used) + 2) if f"E{n}" not in used)
    added = library.fill(code, answers, f"E{number}")
    return _change(actor, tender, draft, [*draft.rules["requirements"], added])


def remove_requirement(actor: Actor, tender_id: UUID, requirement: str) -> RequirementSet:
    """Take a requirement out of the draft."""
    tender, draft = _draft(actor, tender_id)
    kept = [item for item in draft.rules["requirements"] if item["id"] != requirement]
    if len(kept) == len(draft.rules["requirements"]):
        raise NotFound(_("Deze eis bestaat niet."))
    return _change(actor, tender, draft, kept)


def write_rules(actor: Actor, tender_id: UUID, rules: Any) -> RequirementSet:
    """Replace the draft by rule JSON; raises Invalid with a sentence per path."""
    tender, draft = _draft(actor, tender_id)
    language.parse(rules, catalogue().kinds)
    return _change(actor, tender, draft, rules["requirements"])


def publish(actor: Actor, tender_id: UUID) -> Tender:
    """Make the tender visible to companies and fix its requirements."""
    tender = queries.get(actor, tender_id)
    authorize(actor, Action.TENDER_PUBLISH, tender.municipality_id)
    rules = queries.requirement_set(tender)
    if not rules.rules["requirements"]:
        raise Conflict(_("Voeg eerst minstens één eis toe."))
    language.parse(rules.rules, catalogue().kinds)
    tender.publish()
    rules.publish()
    audit.record(actor, Action.TENDER_PUBLISH, tender, set=rules.number, catalogue=catalogue().version)
    return tender


def _draft(actor: Actor, tender_id: UUID) -> tuple[Tender, RequirementSet]:
    tender = queries.get(actor, tender_id)
    authorize(actor, Action.TENDER_WRITE, tender.municipality_id)
    if tender.state is not TenderState.DRAFT:
        raise Conflict(_("Gepubliceerde eisen kunnen niet meer worden gewijzigd."))
    return tender, queries.requirement_set(tender)


def _change(actor: Actor, tender: Tender, draft: RequirementSet, requirements: list[Any]) -> RequirementSet:
    rules = {"schema": language.SCHEMA, "requirements": requirements}
    if requirements:
        asked = language.parse(rules, catalogue().kinds)
        stages = {stage.name for stage in tender.stages}
        wrong = {
            f"requirements.{place}.stage": [_("Deze aanbesteding heeft die fase niet.")]
            for place, item in enumerate(asked.requirements)
            if item.stage and item.stage not in stages
        }
        if wrong:
            raise Invalid(_("De eisen kloppen niet."), wrong)
    draft.change(rules)
    audit.record(actor, Action.TENDER_WRITE, tender, set=draft.number)
    return draft
