"""A municipality writes a tender: its dates, its requirements, and the moment from which they are fixed."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from depot.access import Action, Actor, authorize
from depot.audit import service as audit
from depot.catalogue.service import catalogue
from depot.core import db
from depot.core.errors import Conflict, Invalid, NotFound, Stale
from depot.core.i18n import _
from depot.tenders import calls, language, library, proportionality, queries, revisions, stages
from depot.tenders.models import Procedure, RequirementSet, Tender, TenderState
from depot.tenders.requirements import RequirementSet as Asked


def create(
    actor: Actor,
    *,
    number: str,
    title: str,
    procedure: str,
    closes_at: datetime,
    evidence_until: datetime | None = None,
    applications_until: datetime | None = None,
    cpv: Sequence[str] = (),
    estimate: Decimal | None = None,
    contract_starts_on: date | None = None,
    external_system: str | None = None,
    external_number: str | None = None,
    lots: Sequence[tuple[str, str]] = (),
) -> Tender:
    """Start a draft with an empty set of requirements; bids close at `closes_at`, papers follow until `evidence_until`."""
    authorize(actor, Action.TENDER_WRITE)
    closings = stages.closings(
        Procedure(procedure),
        applications_until=applications_until,
        closes_at=closes_at,
        evidence_until=evidence_until,
        contract_starts_on=contract_starts_on,
    )
    _refuse_taken(actor, number)
    row = Tender(
        municipality_id=actor.organisation_id,
        number=number,
        title=title,
        procedure=procedure,
        cpv=list(cpv),
        estimate=estimate,
        contract_starts_on=contract_starts_on,
        external_system=external_system,
        external_number=external_number,
    )
    db.session.add(row)
    db.session.flush()
    stages.write(row, closings, lots)
    empty = {"schema": language.SCHEMA, "requirements": []}
    db.session.add(RequirementSet(tender_id=row.id, number=1, rules=empty))
    db.session.flush()
    db.session.refresh(row)
    audit.record(actor, Action.TENDER_WRITE, row, made=True)
    return row


def edit(
    actor: Actor,
    tender_id: UUID,
    *,
    row_version: Decimal,
    number: str,
    title: str,
    procedure: str,
    closes_at: datetime,
    evidence_until: datetime | None = None,
    applications_until: datetime | None = None,
    cpv: Sequence[str] = (),
    estimate: Decimal | None = None,
    contract_starts_on: date | None = None,
    external_system: str | None = None,
    external_number: str | None = None,
    lots: Sequence[tuple[str, str]] = (),
) -> Tender:
    """Replace what a draft says of itself; `row_version` is that of the form, so that no colleague's change is lost."""
    row = queries.get(actor, tender_id)
    authorize(actor, Action.TENDER_WRITE, row.municipality_id)
    if row.state is not TenderState.DRAFT:
        raise Conflict(_("Deze aanbesteding is al gepubliceerd. Haar gegevens liggen vast."))
    if row.row_version != row_version:
        raise Stale(
            _(
                "Iemand anders wijzigde dit concept terwijl u bezig was. Hieronder staat wat u typte. "
                "Vergelijk het met wat er nu staat, en bewaar opnieuw."
            )
        )
    closings = stages.closings(
        Procedure(procedure),
        applications_until=applications_until,
        closes_at=closes_at,
        evidence_until=evidence_until,
        contract_starts_on=contract_starts_on,
    )
    _refuse_taken(actor, number, besides=row.id)
    rules = queries.newest_set(row).rules
    if rules["requirements"]:
        stages.refuse_orphans(language.parse(rules, catalogue().kinds), closings, lots)
    row.number, row.title, row.procedure, row.cpv, row.estimate = number, title, procedure, list(cpv), estimate
    row.contract_starts_on, row.external_system, row.external_number = (
        contract_starts_on,
        external_system,
        external_number,
    )
    # A change of stages or lots alone is one of the tender too: the next colleague's form is out of date.
    flag_modified(row, "title")
    stages.write(row, closings, lots)
    db.session.flush()
    db.session.refresh(row)
    audit.record(actor, Action.TENDER_WRITE, row)
    return row


def add_requirement(actor: Actor, tender_id: UUID, code: str, answers: library.Answers) -> RequirementSet:
    """Add a standard requirement with the buyer's answers."""
    tender, draft = draft_of(actor, tender_id)
    used = {item["id"] for item in draft.rules["requirements"]}
    number = next(n for n in range(1, len(used) + 2) if f"E{n}" not in used)
    added = library.fill(code, answers, f"E{number}")
    return change(actor, tender, draft, [*draft.rules["requirements"], added])


def remove_requirement(actor: Actor, tender_id: UUID, requirement: str) -> RequirementSet:
    """Take a requirement out of the draft."""
    tender, draft = draft_of(actor, tender_id)
    kept = [item for item in draft.rules["requirements"] if item["id"] != requirement]
    if len(kept) == len(draft.rules["requirements"]):
        raise NotFound(_("Deze eis bestaat niet."))
    return change(actor, tender, draft, kept)


def write_rules(actor: Actor, tender_id: UUID, rules: Any) -> RequirementSet:
    """Replace the draft by rule JSON; raises Invalid with a sentence per path."""
    tender, draft = draft_of(actor, tender_id)
    language.parse(rules, catalogue().kinds)
    return change(actor, tender, draft, rules["requirements"])


def publish(actor: Actor, tender_id: UUID) -> Tender:
    """Make the tender visible to companies and fix its requirements; of one that runs, make changed requirements count."""
    tender = queries.get(actor, tender_id)
    authorize(actor, Action.TENDER_PUBLISH, tender.municipality_id)
    rules = queries.newest_set(tender)
    if not rules.rules["requirements"]:
        raise Conflict(_("Voeg eerst minstens één eis toe."))
    _refuse_unlawful(tender, language.parse(rules.rules, catalogue().kinds))
    if tender.state is TenderState.DRAFT:
        tender.publish()
        rules.publish()
        calls.send_first(actor, tender)
    else:
        revisions.publish(tender, rules)
    audit.record(actor, Action.TENDER_PUBLISH, tender, set=rules.number, catalogue=catalogue().version)
    return tender


def draft_of(actor: Actor, tender_id: UUID) -> tuple[Tender, RequirementSet]:
    """A tender whose requirements the actor may still change, with those requirements; raises Conflict once published."""
    tender = queries.get(actor, tender_id)
    authorize(actor, Action.TENDER_WRITE, tender.municipality_id)
    draft = queries.newest_set(tender)
    if draft.published_at is not None:
        raise Conflict(_("Gepubliceerde eisen kunnen niet meer worden gewijzigd."))
    return tender, draft


def change(actor: Actor, tender: Tender, draft: RequirementSet, requirements: list[Any]) -> RequirementSet:
    """Replace the requirements of a draft; raises Invalid with a sentence per path."""
    rules = {"schema": language.SCHEMA, "requirements": requirements}
    if requirements:
        asked = language.parse(rules, catalogue().kinds)
        known = {stage.name for stage in tender.stages}
        lots = {lot.code for lot in tender.lots}
        wrong = {
            f"requirements.{place}.stage": [_("Deze aanbesteding heeft die fase niet.")]
            for place, item in enumerate(asked.requirements)
            if item.stage and item.stage not in known
        } | {
            f"requirements.{place}.lots": [_("Deze aanbesteding heeft dit perceel niet.")]
            for place, item in enumerate(asked.requirements)
            if not lots.issuperset(item.lots)
        }
        if wrong:
            raise Invalid(_("De eisen kloppen niet."), wrong)
    draft.change(rules)
    audit.record(actor, Action.TENDER_WRITE, tender, set=draft.number)
    return draft


def _refuse_unlawful(tender: Tender, asked: Asked) -> None:
    call = proportionality.Call(tender.estimate, tender.procedure)
    wrong = [remark.requirement for remark in proportionality.lint(asked, call) if remark.is_error]
    if wrong:
        raise Conflict(_("Publiceren kan nog niet: laat gelijkwaardig bewijs toe bij %(ids)s.", ids=wrong))


def _refuse_taken(actor: Actor, number: str, besides: UUID | None = None) -> None:
    found = select(Tender.id).where(Tender.municipality_id == actor.organisation_id, Tender.number == number)
    if db.session.scalar(found.where(Tender.id != besides) if besides else found):
        raise Conflict(_("Dit nummer is al gebruikt."), {"nummer": [_("U hebt al een aanbesteding met dit nummer.")]})
