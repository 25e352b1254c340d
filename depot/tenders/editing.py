"""A buyer changes requirements without seeing JSON: fills one in again, moves it, takes it over from elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from depot.access import Action, Actor, authorize
from depot.audit import service as audit
from depot.catalogue.service import catalogue
from depot.core import db
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.i18n import Text, _
from depot.tenders import definitions, dossiers, examples, library, proportionality, queries, service
from depot.tenders.models import PaperRequest, RequirementSet, StageName, Tender, TenderState
from depot.tenders.requirements import RequirementKind

_FORM_FIELDS = {"label": "naam", "legalBasis": "grondslag", "severity": "ernst", "stage": "fase", "lots": "percelen"}
_SUBJECT_FIELDS = {"roles": "rollen", "aggregation": "telling"}


def rewrite(
    actor: Actor,
    tender_id: UUID,
    requirement: str,
    *,
    label: str,
    severity: str,
    legal_basis: str | None = None,
    stage: str | None = None,
    roles: Sequence[str] = (),
    aggregation: str | None = None,
    lots: Sequence[str] = (),
    answers: library.Answers | None = None,
) -> RequirementSet:
    """Fill a requirement in again: what it is called, how it is meant, whom it is about, and the standard's answers.

    Without lots, or with all of them, it goes for the whole tender. A rule that no standard makes stays as it is.
    """
    tender, draft = service.draft_of(actor, tender_id)
    place, old = _find(draft, requirement)
    made = {key: value for key, value in old.items() if key not in ("legalBasis", "lots")}
    made |= {"label": label, "severity": severity}
    if legal_basis:
        made["legalBasis"] = legal_basis
    if lots and set(lots) != {lot.code for lot in tender.lots}:
        made["lots"] = sorted(set(lots))
    if old["kind"] == RequirementKind.SUITABILITY:
        made |= {"stage": stage, "subject": {"roles": list(dict.fromkeys(roles)), "aggregation": aggregation}}
        known = library.recognise(old)
        if known is not None and answers is not None:
            made["rule"] = library.fill(known[0].code, answers, requirement)["rule"]
    listed = list(draft.rules["requirements"])
    listed[place] = made
    try:
        return service.change(actor, tender, draft, listed)
    except Invalid as error:
        raise Invalid(error.text, _at_fields(error.fields, f"requirements.{place}.")) from error


def move(actor: Actor, tender_id: UUID, requirement: str, to: int) -> RequirementSet:
    """Put a requirement at a place in the list, counted from 0; a place beyond an end is that end."""
    tender, draft = service.draft_of(actor, tender_id)
    place, item = _find(draft, requirement)
    listed = list(draft.rules["requirements"])
    del listed[place]
    listed.insert(max(to, 0), item)
    return service.change(actor, tender, draft, listed)


def step(actor: Actor, tender_id: UUID, requirement: str, by: int) -> RequirementSet:
    """Move a requirement some places down, or up when `by` is negative."""
    _tender, draft = service.draft_of(actor, tender_id)
    return move(actor, tender_id, requirement, _find(draft, requirement)[0] + by)


def accept_equivalent(actor: Actor, tender_id: UUID, requirement: str) -> RequirementSet:
    """Let equivalent proof meet a requirement that asks for a mark (Aw 2.78a, 2.96)."""
    tender, draft = service.draft_of(actor, tender_id)
    place, item = _find(draft, requirement)
    rule = dossiers.parsed(draft).requirements[place].rule
    mark = proportionality.mark_needed(rule) if rule is not None else None
    if mark is None:
        raise Conflict(_("Bij deze eis telt gelijkwaardig bewijs al mee."))
    listed = list(draft.rules["requirements"])
    listed[place] = {**item, "rule": proportionality.with_equivalent(item["rule"], mark.code)}
    return service.change(actor, tender, draft, listed)


def copy(actor: Actor, tender_id: UUID, source_id: UUID, ids: Sequence[str]) -> RequirementSet:
    """Take requirements over from another tender, with those that they refer to; they get new ids, and go for all lots."""
    tender, draft = service.draft_of(actor, tender_id)
    source, found = examples.get(actor, source_id)
    wanted = _with_referred(found.rules["requirements"], ids)
    if not wanted:
        raise Invalid(_("Niet alles is goed ingevuld."), {"eisen": [_("Kies er minstens een.")]})
    used = {item["id"] for item in draft.rules["requirements"]}
    free = (f"E{number}" for number in range(1, len(used) + len(wanted) + 1) if f"E{number}" not in used)
    renamed = {item["id"]: id for item, id in zip(wanted, free, strict=False)}
    stages = {str(stage.name) for stage in tender.stages}
    taken = [_taken_over(item, renamed, stages) for item in wanted]
    made = service.change(actor, tender, draft, [*draft.rules["requirements"], *taken])
    audit.record(actor, Action.TENDER_WRITE, tender, copied_from=str(source.id), copied=len(taken))
    return made


def deviate(actor: Actor, tender_id: UUID, term: str, meaning: str) -> Tender:
    """Say what a word of the list of definitions means in this tender."""
    tender = _unpublished(actor, tender_id)
    if term not in definitions.definitions():
        raise Invalid(_("Niet alles is goed ingevuld."), {"begrip": [_("Kies een van de mogelijkheden.")]})
    tender.deviations = {**tender.deviations, term: meaning}
    audit.record(actor, Action.TENDER_WRITE, tender, deviates=term)
    return tender


def follow(actor: Actor, tender_id: UUID, term: str) -> Tender:
    """Let a word mean again what the list of definitions says."""
    tender = _unpublished(actor, tender_id)
    if term not in tender.deviations:
        raise NotFound(_("Deze afwijking bestaat niet."))
    tender.deviations = {key: meaning for key, meaning in tender.deviations.items() if key != term}
    audit.record(actor, Action.TENDER_WRITE, tender, follows=term)
    return tender


def ask_on_paper(actor: Actor, tender_id: UUID, kind: str, reason: str) -> PaperRequest:
    """Ask companies on paper for what the depot holds already, and say why; companies read the reason."""
    tender = _unpublished(actor, tender_id)
    if kind not in catalogue().kinds:
        raise Invalid(_("Niet alles is goed ingevuld."), {"soort": [_("Kies een van de mogelijkheden.")]})
    if any(row.kind == kind for row in examples.paper_requests(tender)):
        raise Conflict(_("U vraagt dit al op papier."), {"soort": [_("U vraagt dit al op papier.")]})
    row = PaperRequest(tender_id=tender.id, kind=kind, reason=reason, by=actor.id)
    db.session.add(row)
    db.session.flush()
    audit.record(actor, Action.TENDER_WRITE, tender, paper=kind)
    return row


def ask_no_paper(actor: Actor, tender_id: UUID, kind: str) -> None:
    """Do not ask it on paper after all."""
    tender = _unpublished(actor, tender_id)
    row = next((row for row in examples.paper_requests(tender) if row.kind == kind), None)
    if row is None:
        raise NotFound(_("Dit vraagt u niet op papier."))
    db.session.delete(row)
    db.session.flush()
    audit.record(actor, Action.TENDER_WRITE, tender, no_paper=kind)


def _unpublished(actor: Actor, tender_id: UUID) -> Tender:
    tender = queries.get(actor, tender_id)
    authorize(actor, Action.TENDER_WRITE, tender.municipality_id)
    if tender.state is not TenderState.DRAFT:
        raise Conflict(_("Deze aanbesteding is al gepubliceerd. Haar gegevens liggen vast."))
    return tender


def _find(draft: RequirementSet, requirement: str) -> tuple[int, dict[str, Any]]:
    for place, item in enumerate(draft.rules["requirements"]):
        if item["id"] == requirement:
            return place, item
    raise NotFound(_("Deze eis bestaat niet."))


def _with_referred(listed: Sequence[dict[str, Any]], ids: Sequence[str]) -> list[dict[str, Any]]:
    """The items with these ids and all that they refer to, in the order of the list."""
    by_id = {item["id"]: item for item in listed}
    open_ids, found = [id for id in ids if id in by_id], set[str]()
    while open_ids:
        id = open_ids.pop()
        if id not in found:
            found.add(id)
            open_ids += _referred(by_id[id].get("rule", {}))
    return [item for item in listed if item["id"] in found]


def _referred(rule: Mapping[str, Any]) -> list[str]:
    if "sameAs" in rule:
        return [rule["sameAs"]]
    return [id for part in (*rule.get("anyOf", ()), *rule.get("allOf", ())) for id in _referred(part)]


def _taken_over(item: Mapping[str, Any], renamed: Mapping[str, str], stages: set[str]) -> dict[str, Any]:
    made = {key: value for key, value in item.items() if key != "lots"} | {"id": renamed[item["id"]]}
    if "stage" in item and item["stage"] not in stages:
        made["stage"] = str(StageName.BID)
    if "rule" in item:
        made["rule"] = _renamed(item["rule"], renamed)
    return made


def _renamed(rule: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    made = dict(rule)
    if "sameAs" in made:
        made["sameAs"] = renamed[made["sameAs"]]
    for key in ("anyOf", "allOf"):
        if key in made:
            made[key] = [_renamed(part, renamed) for part in made[key]]
    return made


def _at_fields(fields: Mapping[str, Sequence[Text]], prefix: str) -> dict[str, list[Text]]:
    """Sentences at the fields of the form; one about the rule as a whole stands at the top."""
    found: dict[str, list[Text]] = {}
    for path, lines in fields.items():
        first, *rest = path.removeprefix(prefix).split(".")
        name = _SUBJECT_FIELDS.get(rest[0], "") if first == "subject" and rest else _FORM_FIELDS.get(first, "")
        found.setdefault(name, []).extend(lines)
    return found
