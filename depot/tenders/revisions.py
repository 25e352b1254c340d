"""Requirements that change after publication: a new set beside the old one, that counts once it is published itself."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.core import db
from depot.core.errors import Conflict
from depot.core.i18n import _
from depot.mail import service as mail
from depot.tenders import needs, queries
from depot.tenders.models import Participation, Party, RequirementSet, Tender, TenderState


@dataclass(frozen=True)
class Changes:
    """The labels of requirements that are new, gone, or not what they were; in the order of the new set."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """What one set of rule JSON says otherwise than another; a requirement is known by its id."""
    old = {item["id"]: item for item in before["requirements"]}
    new = {item["id"]: item for item in after["requirements"]}
    return Changes(
        added=tuple(item["label"] for id, item in new.items() if id not in old),
        removed=tuple(item["label"] for id, item in old.items() if id not in new),
        changed=tuple(item["label"] for id, item in new.items() if id in old and old[id] != item),
    )


def begin(actor: Actor, tender_id: UUID) -> RequirementSet:
    """Start a new set from the one that counts; companies see nothing of it until it is published."""
    tender = queries.get(actor, tender_id)
    authorize(actor, Action.TENDER_WRITE, tender.municipality_id)
    newest = queries.newest_set(tender)
    if newest.published_at is None:
        raise Conflict(_("Er is al een concept van de eisen. Werk daarin verder."))
    _refuse_late(tender)
    row = RequirementSet(tender_id=tender.id, number=newest.number + 1, rules=deepcopy(newest.rules))
    db.session.add(row)
    db.session.flush()
    audit.record(actor, Action.TENDER_WRITE, tender, set=row.number, revises=newest.number)
    return row


def discard(actor: Actor, tender_id: UUID) -> None:
    """Throw the new set away; the one that counts stays as it is."""
    tender = queries.get(actor, tender_id)
    authorize(actor, Action.TENDER_WRITE, tender.municipality_id)
    newest = queries.newest_set(tender)
    if tender.state is TenderState.DRAFT or newest.published_at is not None:
        raise Conflict(_("Er is geen wijziging om weg te gooien."))
    audit.record(actor, Action.TENDER_WRITE, tender, set=newest.number, discarded=True)
    db.session.delete(newest)
    db.session.flush()


def publish(tender: Tender, draft: RequirementSet) -> Changes:
    """Let the new set count, and tell everybody who takes part what changed; the old set stays as it was."""
    if draft.published_at is not None:
        raise Conflict(_("Deze aanbesteding is al gepubliceerd."))
    _refuse_late(tender)
    found = changes(queries.requirement_set(tender).rules, draft.rules)
    if not found:
        raise Conflict(_("Er is niets gewijzigd aan de eisen."))
    draft.publish()
    db.session.flush()
    rows = queries.of_tender(tender, needs.UNDER_WAY)
    _tell(tender, draft, rows, found)
    needs.tell(sorted({party.company_id for row in rows for party in row.parties}))
    return found


def is_unconfirmed(row: Participation) -> bool:
    """Whether a company declared that it meets an older set than the one that counts now."""
    newest = queries.requirement_set(row.tender)
    declared = {item.requirement_set_id for item in queries.declarations([row.id]) if item.party_id is None}
    return bool(declared) and newest.id not in declared


def is_party_unconfirmed(party: Party, row: Participation) -> bool:
    """Whether another party, while this still matters, confirmed an older set than the one that counts now."""
    newest = queries.requirement_set(row.tender)
    declared = {item.requirement_set_id for item in queries.declarations([row.id]) if item.party_id == party.id}
    return party.counts and row.tender.is_open and bool(declared) and newest.id not in declared


def _refuse_late(tender: Tender) -> None:
    if not tender.is_open:
        raise Conflict(_("Eisen wijzigen kan zolang bedrijven nog kunnen meedoen. Dat is voorbij."))


def _tell(tender: Tender, draft: RequirementSet, rows: Sequence[Participation], found: Changes) -> None:
    for row in rows:
        for party in (party for party in row.parties if party.counts):
            for person in accounts.people(party.company_id, Role.COMPANY_ADMIN):
                mail.write(
                    person,
                    "requirements_changed",
                    dedupe_key=f"set:{draft.id}:{row.id}:{person.id}",
                    company=party.company.legal_name,
                    tender=tender.title,
                    municipality=tender.municipality.name,
                    added=list(found.added),
                    removed=list(found.removed),
                    changed=list(found.changed),
                    until=tender.joins_until.isoformat(),
                    tender_id=str(tender.id),
                    party_id="" if party.is_own else str(party.id),
                )
