"""A company's profile: what it offers, to whom, and from where."""

from collections.abc import Sequence
from uuid import UUID

from depot.access import Action, Actor, authorize
from depot.accounts.models import Organisation
from depot.audit import service as audit
from depot.companies import queries
from depot.companies.glossary import REGIONS, SERVICES, TARGET_GROUPS
from depot.companies.models import Company, Establishment
from depot.core import db
from depot.core.errors import Invalid
from depot.core.i18n import _


def add(
    organisation: Organisation,
    *,
    legal_name: str,
    legal_form: str,
    seat: str,
    trade_names: Sequence[str] = (),
) -> Company:
    """Open the profile of a company that was admitted."""
    row = Company(
        organisation_id=organisation.id,
        legal_name=legal_name,
        legal_form=legal_form,
        seat=seat,
        trade_names=list(trade_names),
    )
    db.session.add(row)
    db.session.flush()
    return row


def add_establishment(company: Company, *, number: str, address: str, municipality_code: str) -> Establishment:
    """Add a branch as the register knows it."""
    row = Establishment(
        company_id=company.organisation_id,
        number=number,
        address=address,
        municipality_code=municipality_code,
    )
    db.session.add(row)
    return row


def open_establishment(actor: Actor, *, number: str, address: str, municipality_code: str) -> Establishment:
    """Add a branch to one's own company."""
    authorize(actor, Action.PROFILE_CHANGE)
    company = queries.profile(actor)
    _refuse_double(company.id, number)
    row = add_establishment(company, number=number, address=address, municipality_code=municipality_code)
    db.session.flush()
    audit.record(actor, Action.PROFILE_CHANGE, row, about=company.id, opened=number)
    return row


def change_establishment(
    actor: Actor, establishment_id: UUID, *, number: str, address: str, municipality_code: str
) -> Establishment:
    """Correct a branch of one's own company."""
    authorize(actor, Action.PROFILE_CHANGE)
    row = queries.establishment(actor, establishment_id)
    if number != row.number:
        _refuse_double(row.company_id, number)
    row.number, row.address, row.municipality_code = number, address, municipality_code
    audit.record(actor, Action.PROFILE_CHANGE, row, about=row.company_id, changed=number)
    return row


def close_establishment(actor: Actor, establishment_id: UUID) -> None:
    """Remove a branch from one's own company."""
    authorize(actor, Action.PROFILE_CHANGE)
    row = queries.establishment(actor, establishment_id)
    audit.record(actor, Action.PROFILE_CHANGE, row, about=row.company_id, closed=row.number)
    db.session.delete(row)


def describe(
    actor: Actor, *, services: Sequence[str], target_groups: Sequence[str], regions: Sequence[str] = ()
) -> Company:
    """Say what the company offers, to whom and where, in codes of the glossary; requirements may ask for these."""
    authorize(actor, Action.PROFILE_CHANGE)
    for codes, known, name in (
        (services, SERVICES, "diensten"),
        (target_groups, TARGET_GROUPS, "doelgroepen"),
        (regions, REGIONS, "regios"),
    ):
        if not set(codes) <= set(known):
            raise Invalid(_("Niet alles is goed ingevuld."), {name: [_("Kies een van de mogelijkheden.")]})
    row = queries.profile(actor)
    row.services, row.target_groups, row.regions = sorted(services), sorted(target_groups), sorted(regions)
    audit.record(actor, Action.PROFILE_CHANGE, row, about=row.organisation_id)
    return row


def be_counted(actor: Actor, *, is_counted: bool) -> Company:
    """Say whether the company counts, without its name, when a municipality asks how many companies meet its requirements."""
    authorize(actor, Action.PROFILE_CHANGE)
    row = queries.profile(actor)
    row.is_counted = is_counted
    audit.record(actor, Action.PROFILE_CHANGE, row, about=row.organisation_id, counted=is_counted)
    return row


def _refuse_double(company_id: UUID, number: str) -> None:
    if number in {row.number for row in queries.establishments([company_id])}:
        raise Invalid(_("Niet alles is goed ingevuld."), {"nummer": [_("Deze vestiging staat al in de lijst.")]})
