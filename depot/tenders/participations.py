"""A company takes part: it declares its intent and consents; after closing the municipality decides."""

from collections.abc import Sequence
from uuid import UUID

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.accounts.models import OrganisationState
from depot.audit import service as audit
from depot.catalogue.service import catalogue
from depot.core import db
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.forms import REQUIRED
from depot.core.i18n import _
from depot.mail import service as mail
from depot.tenders import awards, calls, cures, dossiers, language, letters, needs, parties, queries, revisions
from depot.tenders.models import (
    Participation,
    Procedure,
    RequirementDecision,
    Tender,
)


def take_part(
    actor: Actor, tender_id: UUID, *, declares: bool, consents: bool, authority: str, lots: Sequence[str] = ()
) -> Participation:
    """Declare that the company meets what is asked and lets the municipality read its evidence, once selected.

    Who takes part already does so again when the requirements changed. `lots` are the codes of the parts it is for.
    """
    authorize(actor, Action.PARTICIPATION_WRITE)
    authorize(actor, Action.CONSENT_GIVE)
    tender = queries.get(actor, tender_id)
    wrong = {} if authority else {"bevoegdheid": [REQUIRED]}
    if not declares:
        wrong["verklaring"] = [_("Zonder deze verklaring kunt u niet meedoen.")]
    if not consents:
        wrong["toestemming"] = [_("Zonder toestemming kan de gemeente uw bewijs niet lezen.")]
    known = {lot.code for lot in tender.lots}
    if not known.issuperset(lots) or (known and not lots):
        wrong["percelen"] = [_("Kies voor welke percelen u meedoet.")]
    if wrong:
        raise Invalid(_("Niet alles is goed ingevuld."), wrong)
    row = parties.own(actor, tender_id)
    if tender.is_open and row.state in needs.UNDER_WAY and revisions.is_unconfirmed(row):
        parties.end_consents(actor, row, row.own_party)
    else:
        row.submit(is_asked=_is_asked(actor, tender))
    if row.is_undecided:
        row.lots = sorted(set(lots))
    parties.declare(actor, row, authority=authority)
    parties.consent(actor, row.own_party, parties.kinds_for(tender, *parties.OWN, lots=row.lots))
    _tell_needs(row)
    audit.record(actor, Action.PARTICIPATION_WRITE, row, about=actor.organisation_id, tender=str(tender.id))
    return row


def withdraw(actor: Actor, tender_id: UUID) -> Participation:
    """Step out before the closing; the consent ends with it."""
    row = _own(actor, tender_id)
    authorize(actor, Action.PARTICIPATION_WRITE, row.company_id)
    row.withdraw()
    parties.end_consents(actor, row, row.own_party)
    parties.tell_withdrawn(row)
    _tell_needs(row)
    audit.record(actor, Action.PARTICIPATION_WRITE, row, about=row.company_id, withdrawn=True)
    return row


def withdraw_consent(actor: Actor, tender_id: UUID) -> Participation:
    """Take the consent back: no bundle is released after it; one that was released stays."""
    row = _own(actor, tender_id)
    authorize(actor, Action.CONSENT_GIVE, row.company_id)
    if not parties.end_consents(actor, row, row.own_party):
        raise Conflict(_("Er is geen toestemming die u kunt intrekken."))
    return row


def decide(actor: Actor, participation_id: UUID, requirement: str, *, is_accepted: bool, motivation: str) -> None:
    """Answer, with a motivation, what only the buyer can judge: an equivalent or an open question (Aw 2.78a, 2.96)."""
    row = queries.participation(actor, participation_id)
    authorize(actor, Action.TENDER_DECIDE, row.tender.municipality_id)
    if not row.tender.is_opened or not row.is_undecided:
        raise Conflict(
            _("Besluiten over een eis kan na de sluiting, zolang de deelnemer nog niet is gekozen of afgewezen.")
        )
    cures.require_none(row)
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
    row = decidable(actor, participation_id)
    refuse_inactive(row)
    _refuse_lots(row)
    row.select(motivation)
    conclude(actor, row, "selected", motivation)
    return row


def shortlist(actor: Actor, participation_id: UUID, *, motivation: str) -> Participation:
    """Invite a company that applied to bid; the verdict this rests on is kept as it is now."""
    row = decidable(actor, participation_id)
    refuse_inactive(row)
    row.shortlist(motivation)
    conclude(actor, row, "shortlisted", motivation)
    return row


def reject(actor: Actor, participation_id: UUID, *, motivation: str) -> Participation:
    """Do not go on with a company, and tell it why."""
    if not motivation:
        raise Invalid(_("Niet alles is goed ingevuld."), {"motivering": [_("Schrijf waarom u dit bedrijf afwijst.")]})
    row = decidable(actor, participation_id)
    if row.tender.is_closed or row.tender.is_continuous:
        _refuse_lots(row)
    row.reject(motivation)
    conclude(actor, row, "rejected", motivation)
    awards.settle(row)
    return row


def _own(actor: Actor, tender_id: UUID) -> Participation:
    row = queries.own_participation(actor, queries.get(actor, tender_id))
    if row is None:
        raise NotFound(_("U doet niet mee aan deze aanbesteding."))
    return row


def _tell_needs(row: Participation) -> None:
    needs.tell([party.company_id for party in row.parties if party.counts])


def _is_asked(actor: Actor, tender: Tender) -> bool:
    """Whether the buyer of an external tender asked the company; who declined an invitation takes no part."""
    asked = calls.own(actor, tender)
    if asked is not None and asked.declined_at is not None:
        raise Conflict(_("U hebt de uitnodiging afgeslagen. Vraag de gemeente als u toch wilt meedoen."))
    return asked is not None and tender.procedure == Procedure.EXTERNAL


def refuse_inactive(row: Participation) -> None:
    """Raise Conflict when the company's registration in the depot was suspended or has ended."""
    if row.company.organisation.state is not OrganisationState.ACTIVE:
        raise Conflict(_("De registratie van dit bedrijf in het depot is niet actief. Selecteren kan daarom niet."))


def _refuse_lots(row: Participation) -> None:
    if row.lots:
        raise Conflict(_("Deze aanbesteding heeft percelen. Besluit per perceel."))


def decidable(actor: Actor, participation_id: UUID) -> Participation:
    """A participation that the actor may select or reject."""
    row = queries.participation(actor, participation_id)
    authorize(actor, Action.TENDER_SELECT, row.tender.municipality_id)
    cures.require_none(row)
    return row


def conclude(actor: Actor, row: Participation, outcome: str, motivation: str, *, lots: Sequence[str] = ()) -> None:
    """Keep the verdict that a decision rests on, record the deed and tell the company; its letter names the `lots`."""
    dossiers.keep(row, "selection")
    letters.decision(row, outcome, motivation, lots=lots)
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
            is_admission=row.tender.is_continuous,
            tender_id=str(row.tender_id),
        )
