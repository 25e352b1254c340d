"""A company's profile: what it offers, to whom, and from where."""

from collections.abc import Sequence

from depot.access import Action, Actor, authorize
from depot.accounts.models import Organisation
from depot.audit import service as audit
from depot.companies import queries
from depot.companies.glossary import SERVICES, TARGET_GROUPS
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


def describe(actor: Actor, *, services: Sequence[str], target_groups: Sequence[str]) -> Company:
    """Say what the company offers and to whom, in codes of the glossary; requirements may ask for these."""
    authorize(actor, Action.PROFILE_CHANGE)
    for codes, known, name in (
        (services, SERVICES, "diensten"),
        (target_groups, TARGET_GROUPS, "doelgroepen"),
    ):
        if not set(codes) <= set(known):
            raise Invalid(_("Niet alles is goed ingevuld."), {name: [_("Kies een van de mogelijkheden.")]})
    row = queries.profile(actor)
    row.services, row.target_groups = sorted(services), sorted(target_groups)
    audit.record(actor, Action.PROFILE_CHANGE, row, about=row.organisation_id)
    return row
