"""Other companies in a participation: asked by who takes part, and a party once they confirm from their own account."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.accounts.models import OrganisationKind, OrganisationState
from depot.audit import service as audit
from depot.catalogue.service import catalogue
from depot.companies.models import Company
from depot.core import clock, db
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.forms import REQUIRED
from depot.core.i18n import Text, _
from depot.mail import service as mail
from depot.tenders import declarations, dossiers, language, letters, needs, queries, revisions
from depot.tenders.models import (
    Consent,
    Declaration,
    Participation,
    Party,
    PartyRole,
    PartyState,
    Tender,
)
from depot.tenders.requirements import RequirementSet

OTHERS = (PartyRole.MEMBER, PartyRole.RELIED_ON, PartyRole.SUBCONTRACTOR)
"""The roles in which a company can ask another."""

OWN = (PartyRole.BIDDER, PartyRole.LEAD)


def kinds_for(tender: Tender, *roles: PartyRole, lots: Sequence[str] | None = None) -> list[str]:
    """The kinds of document that a tender asks of parties in these roles: all that such a party consents to."""
    asked = _asked(tender).of_roles(roles)
    return sorted((asked if lots is None else dossiers.asked_of(asked, lots)).kinds_asked)


def add(actor: Actor, tender_id: UUID, *, kvk_number: str, role: str, task: str) -> Party:
    """Ask another company of the depot to be a party; until it confirms it counts for nothing.

    Who adds a member becomes the lead. Raises Invalid at the field that names the company, Conflict after the closing.
    """
    authorize(actor, Action.PARTICIPATION_WRITE)
    row = own(actor, tender_id)
    _require_changeable(row)
    company = _company(kvk_number)
    before = next((party for party in row.parties if party.company_id == company.organisation_id), None)
    if before is not None and before.state in (PartyState.ASKED, PartyState.CONFIRMED):
        raise _wrong(_("Dit bedrijf doet al mee. Een bedrijf heeft één rol."))
    if _is_led_by(company, row):
        raise _wrong(_("Dit bedrijf vroeg u al voor zijn eigen inschrijving. Over en weer kan niet."))
    if before is not None:
        party = before
        party.ask_again(PartyRole(role), task)
    else:
        party = Party(
            participation_id=row.id,
            company_id=company.organisation_id,
            role=PartyRole(role),
            state=PartyState.ASKED,
            task=task,
        )
        db.session.add(party)
    db.session.flush()
    db.session.refresh(row)
    _settle_lead(row)
    audit.record(actor, Action.PARTICIPATION_WRITE, party, about=party.company_id, role=role, asked=True)
    _tell(party, "party_asked", row)
    return party


def remove(actor: Actor, tender_id: UUID, party_id: UUID) -> Participation:
    """Take another company out, whatever it answered; it hears so, unless it refused."""
    authorize(actor, Action.PARTICIPATION_WRITE)
    row = _own(actor, tender_id)
    party = next((each for each in row.parties if each.id == party_id and not each.is_own), None)
    if party is None:
        raise NotFound(_("Deze partij bestaat niet."))
    _require_changeable(row)
    was = party.state
    party.remove()
    end_consents(actor, row, party)
    _settle_lead(row)
    audit.record(actor, Action.PARTICIPATION_WRITE, party, about=party.company_id, role=party.role, removed=True)
    if was is not PartyState.REFUSED:
        _tell(party, "party_removed", row)
    needs.tell([party.company_id])
    return row


def confirm(actor: Actor, party_id: UUID, *, declares: bool, consents: bool, authority: str) -> Party:
    """Agree to be a party, with the company's own declaration and its consent to exactly the kinds asked of its role.

    Who confirmed does so again when the requirements changed; the new consent takes the place of the old one.
    """
    party, row = _answerable(actor, party_id)
    authorize(actor, Action.CONSENT_GIVE, party.company_id)
    kinds = kinds_for(row.tender, party.role, lots=row.lots)
    wrong = {} if authority else {"bevoegdheid": [REQUIRED]}
    if not declares:
        wrong["verklaring"] = [_("Zonder deze verklaring kunt u geen partij zijn.")]
    if kinds and not consents:
        wrong["toestemming"] = [_("Zonder toestemming kan de gemeente uw bewijs niet lezen.")]
    if wrong:
        raise Invalid(_("Niet alles is goed ingevuld."), wrong)
    if revisions.is_party_unconfirmed(party, row):
        end_consents(actor, row, party)
        party.answered_at = clock.now()
    else:
        party.confirm()
    declare(actor, row, authority=authority, party=party)
    consent(actor, party, kinds)
    needs.tell([party.company_id])
    audit.record(actor, Action.PARTICIPATION_WRITE, party, about=party.company_id, confirmed=True)
    _tell_lead(party, row)
    return party


def refuse(actor: Actor, party_id: UUID) -> Party:
    """Do not be a party, or no longer: until the closing; the lead hears it, and the consent ends."""
    party, row = _answerable(actor, party_id)
    was = party.state
    party.refuse()
    end_consents(actor, row, party)
    needs.tell([party.company_id])
    audit.record(actor, Action.PARTICIPATION_WRITE, party, about=party.company_id, confirmed=False, was=was)
    _tell_lead(party, row)
    return party


def withdraw_consent(actor: Actor, party_id: UUID) -> Party:
    """A party takes its own consent back: no bundle that is released after it holds its documents."""
    party, row = queries.party(actor, party_id)
    authorize(actor, Action.CONSENT_GIVE, party.company_id)
    if not end_consents(actor, row, party):
        raise Conflict(_("Er is geen toestemming die u kunt intrekken."))
    return party


def tell_withdrawn(row: Participation) -> None:
    """Let every company that was asked or confirmed know that who asked it stepped out."""
    for party in row.parties:
        if not party.is_own and party.state in (PartyState.ASKED, PartyState.CONFIRMED):
            _tell(party, "lead_withdrew", row, at=clock.now())


def declare(actor: Actor, row: Participation, *, authority: str, party: Party | None = None) -> Declaration:
    """Sign for the company that takes part, or for another party, and seal that as a PDF."""
    rules = queries.requirement_set(row.tender)
    signer = accounts.user_names([actor.id]).get(actor.id, "")
    made = letters.intent(row, rules, signer=signer, authority=authority, party=party)
    declared = Declaration(
        participation_id=row.id,
        requirement_set_id=rules.id,
        text_version=declarations.TEXT_VERSION,
        signed_by=actor.id,
        authority=authority,
        party_id=party.id if party else None,
        object_key=made.object_key,
        sha256=made.sha256,
        size=made.size,
    )
    db.session.add(declared)
    return declared


def consent(actor: Actor, party: Party, kinds: list[str]) -> None:
    """Let the municipality read these kinds; a party of which nothing is asked consents to nothing."""
    if kinds:
        db.session.add(Consent(party_id=party.id, kinds=kinds, given_by=actor.id))
        audit.record(actor, Action.CONSENT_GIVE, party, about=party.company_id, kinds=kinds)


def end_consents(actor: Actor, row: Participation, party: Party) -> int:
    """End what a party consented to; gives how many consents were in force."""
    ended = [each for giver, each in queries.consents([row.id]) if giver.id == party.id]
    for each in ended:
        each.withdrawn_at = clock.now()
        audit.record(actor, Action.CONSENT_GIVE, each, about=party.company_id, withdrawn=True)
    return len(ended)


def own(actor: Actor, tender_id: UUID) -> Participation:
    """The participation of the actor's company, which is begun if there is none."""
    tender = queries.get(actor, tender_id)
    row = queries.own_participation(actor, tender)
    if row is None:
        row = Participation(tender_id=tender.id, company_id=actor.organisation_id)
        db.session.add(row)
        db.session.flush()
        db.session.add(Party(participation_id=row.id, company_id=actor.organisation_id, role=PartyRole.BIDDER))
        db.session.flush()
        db.session.refresh(row)
    return row


def _own(actor: Actor, tender_id: UUID) -> Participation:
    row = queries.own_participation(actor, queries.get(actor, tender_id))
    if row is None:
        raise NotFound(_("U doet niet mee aan deze aanbesteding."))
    return row


def _asked(tender: Tender) -> RequirementSet:
    return language.parse(queries.requirement_set(tender).rules, catalogue().kinds)


def _answerable(actor: Actor, party_id: UUID) -> tuple[Party, Participation]:
    party, row = queries.party(actor, party_id)
    authorize(actor, Action.PARTICIPATION_WRITE, party.company_id)
    _require_changeable(row)
    return party, row


def _require_changeable(row: Participation) -> None:
    if not row.is_changeable:
        raise Conflict(_("Na de sluiting verandert er niets meer aan de partijen."))


def _company(kvk_number: str) -> Company:
    organisation = accounts.organisation_by_kvk(kvk_number)
    is_here = (
        organisation is not None
        and organisation.kind is OrganisationKind.COMPANY
        and organisation.state is OrganisationState.ACTIVE
    )
    company = db.session.get(Company, organisation.id) if organisation and is_here else None
    if company is None:
        raise _wrong(_("Dit bedrijf heeft geen dossier in het depot. Vraag het om zich eerst aan te melden."))
    return company


def _is_led_by(company: Company, row: Participation) -> bool:
    """Whether the company itself asked this one to be a party in the same tender: then neither would bid on its own."""
    theirs = queries.led_by(company.organisation_id, row.tender)
    return theirs is not None and any(
        party.company_id == row.company_id and party.state in (PartyState.ASKED, PartyState.CONFIRMED)
        for party in theirs.parties
    )


def _settle_lead(row: Participation) -> None:
    """Who has a member beside it is the lead; who has none bids alone."""
    has_member = any(party.role is PartyRole.MEMBER for party in row.parties if party.state is not PartyState.REMOVED)
    row.own_party.role = PartyRole.LEAD if has_member else PartyRole.BIDDER


def _wrong(text: Text) -> Invalid:
    return Invalid(_("Niet alles is goed ingevuld."), {"kvkNummer": [text]})


def _tell(party: Party, template: str, row: Participation, *, at: datetime | None = None) -> None:
    for person in accounts.people(party.company_id, Role.COMPANY_ADMIN):
        mail.write(
            person,
            template,
            dedupe_key=f"{template}:{party.id}:{at or party.answered_at}:{person.id}",
            company=party.company.legal_name,
            lead=row.company.legal_name,
            tender=row.tender.title,
            municipality=row.tender.municipality.name,
            until=row.tender.closes_at.isoformat(),
            party_id=str(party.id),
        )


def _tell_lead(party: Party, row: Participation) -> None:
    for person in accounts.people(row.company_id, Role.COMPANY_ADMIN):
        mail.write(
            person,
            "party_answered",
            dedupe_key=f"party_answered:{party.id}:{party.answered_at}:{person.id}",
            company=row.company.legal_name,
            party=party.company.legal_name,
            is_confirmed=party.counts,
            tender=row.tender.title,
            tender_id=str(row.tender_id),
        )
