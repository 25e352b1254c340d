"""A company takes part: it declares its intent and consents; after closing the municipality decides."""

from collections.abc import Sequence
from uuid import UUID

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.catalogue.service import catalogue
from depot.core import clock, db
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.i18n import _
from depot.mail import service as mail
from depot.tenders import dossiers, language, needs, queries
from depot.tenders.models import (
    Consent,
    Declaration,
    Participation,
    ParticipationState,
    Party,
    PartyRole,
    RequirementDecision,
)

DECLARATION = "2026-11"
"""The version of the letter of intent that companies agree to; its text is on the page."""


def take_part(actor: Actor, tender_id: UUID, *, declares: bool, consents: bool, authority: str) -> Participation:
    """Declare that the company meets what is asked and lets the municipality read its evidence, once selected."""
    authorize(actor, Action.PARTICIPATION_WRITE)
    authorize(actor, Action.CONSENT_GIVE)
    tender = queries.get(actor, tender_id)
    wrong = {}
    if not declares:
        wrong["verklaring"] = [_("Zonder deze verklaring kunt u niet meedoen.")]
    if not consents:
        wrong["toestemming"] = [_("Zonder toestemming kan de gemeente uw bewijs niet lezen.")]
    if wrong:
        raise Invalid(_("Niet alles is goed ingevuld."), wrong)
    rules = queries.requirement_set(tender)
    row = queries.own_participation(actor, tender) or _prepare(tender_id, actor.organisation_id)
    row.submit()
    party = next(party for party in row.parties if party.company_id == actor.organisation_id)
    db.session.add(
        Declaration(
            participation_id=row.id,
            requirement_set_id=rules.id,
            text_version=DECLARATION,
            signed_by=actor.id,
            authority=authority,
        )
    )
    kinds = language.parse(rules.rules, catalogue().kinds).kinds_asked
    db.session.add(Consent(party_id=party.id, kinds=sorted(kinds), given_by=actor.id))
    needs.tell([row.company_id])
    audit.record(actor, Action.PARTICIPATION_WRITE, row, about=actor.organisation_id, tender=str(tender.id))
    audit.record(actor, Action.CONSENT_GIVE, row, about=actor.organisation_id, kinds=sorted(kinds))
    return row


def withdraw(actor: Actor, tender_id: UUID) -> Participation:
    """Step out before the closing; the consent ends with it."""
    row = _own(actor, tender_id)
    authorize(actor, Action.PARTICIPATION_WRITE, row.company_id)
    row.withdraw()
    _end_consents(actor, row)
    needs.tell([row.company_id])
    audit.record(actor, Action.PARTICIPATION_WRITE, row, about=row.company_id, withdrawn=True)
    return row


def withdraw_consent(actor: Actor, tender_id: UUID) -> Participation:
    """Take the consent back: no bundle is released after it; one that was released stays."""
    row = _own(actor, tender_id)
    authorize(actor, Action.CONSENT_GIVE, row.company_id)
    if not _end_consents(actor, row):
        raise Conflict(_("Er is geen toestemming die u kunt intrekken."))
    return row


def decide(actor: Actor, participation_id: UUID, requirement: str, *, is_accepted: bool, motivation: str) -> None:
    """Answer, with a motivation, what only the buyer can judge: an equivalent or an open question (Aw 2.78a, 2.96)."""
    row = queries.participation(actor, participation_id)
    authorize(actor, Action.TENDER_DECIDE, row.tender.municipality_id)
    if not row.tender.is_closed or row.state is not ParticipationState.SUBMITTED:
        raise Conflict(
            _("Besluiten over een eis kan na de sluiting, zolang de deelnemer nog niet is gekozen of afgewezen.")
        )
    asked = language.parse(queries.requirement_set(row.tender).rules, catalogue().kinds)
    found = next((item for item in asked.requirements if item.id == requirement), None)
    if found is None:
        raise NotFound(_("Deze eis bestaat niet."))
    if not found.asks_buyer:
        raise Conflict(_("Deze eis toetst het depot. Er is niets waarover u zelf besluit."))
    db.session.add(
        RequirementDecision(
            participation_id=row.id,
            requirement=requirement,
            is_accepted=is_accepted,
            motivation=motivation,
            by=actor.id,
        )
    )
    audit.record(
        actor, Action.TENDER_DECIDE, row, about=row.company_id, requirement=requirement, is_accepted=is_accepted
    )


def select(actor: Actor, participation_id: UUID, *, motivation: str) -> Participation:
    """Go on with a company after the closing; the verdict this rests on is kept as it is now."""
    row = _decidable(actor, participation_id)
    row.select(motivation)
    _conclude(actor, row, "selected", motivation)
    return row


def reject(actor: Actor, participation_id: UUID, *, motivation: str) -> Participation:
    """Do not go on with a company, and tell it why."""
    if not motivation:
        raise Invalid(_("Niet alles is goed ingevuld."), {"motivering": [_("Schrijf waarom u dit bedrijf afwijst.")]})
    row = _decidable(actor, participation_id)
    row.reject(motivation)
    _conclude(actor, row, "rejected", motivation)
    return row


def _own(actor: Actor, tender_id: UUID) -> Participation:
    row = queries.own_participation(actor, queries.get(actor, tender_id))
    if row is None:
        raise NotFound(_("U doet niet mee aan deze aanbesteding."))
    return row


def _prepare(tender_id: UUID, company_id: UUID) -> Participation:
    row = Participation(tender_id=tender_id, company_id=company_id)
    db.session.add(row)
    db.session.flush()
    db.session.add(Party(participation_id=row.id, company_id=company_id, role=PartyRole.BIDDER))
    db.session.flush()
    db.session.refresh(row)
    return row


def _end_consents(actor: Actor, row: Participation) -> int:
    ended: Sequence[Consent] = [
        consent for party, consent in queries.consents([row.id]) if party.company_id == actor.organisation_id
    ]
    for consent in ended:
        consent.withdrawn_at = clock.now()
        audit.record(actor, Action.CONSENT_GIVE, consent, about=actor.organisation_id, withdrawn=True)
    return len(ended)


def _decidable(actor: Actor, participation_id: UUID) -> Participation:
    row = queries.participation(actor, participation_id)
    authorize(actor, Action.TENDER_SELECT, row.tender.municipality_id)
    return row


def _conclude(actor: Actor, row: Participation, outcome: str, motivation: str) -> None:
    dossiers.keep(row, "selection")
    audit.record(actor, Action.TENDER_SELECT, row, about=row.company_id, outcome=outcome)
    for person in accounts.people(row.company_id, Role.COMPANY_ADMIN):
        mail.write(
            person,
            outcome,
            dedupe_key=f"{outcome}:{row.id}:{person.id}",
            company=row.company.legal_name,
            tender=row.tender.title,
            municipality=row.tender.municipality.name,
            motivation=motivation,
            tender_id=str(row.tender_id),
        )
