"""The company's own page."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue

from depot.access import Action, authorize
from depot.accounts.session import actor
from depot.accounts.words import LEGAL_FORMS
from depot.companies import looks, queries, service
from depot.companies.glossary import MUNICIPALITIES, REGIONS, SERVICES, TARGET_GROUPS
from depot.companies.register import Outcome
from depot.companies.schemas import CountedIn, EstablishmentIn, ProfileIn
from depot.core.forms import submits
from depot.core.http import see_other
from depot.core.i18n import _

bp = Blueprint("companies", __name__, url_prefix="/organisatie")


@bp.get("")
def profile() -> ResponseReturnValue:
    """What the register and the company say of it."""
    row = queries.profile(actor())
    last = queries.last_look(row.organisation_id)
    return render_template(
        "companies/profile.html",
        company=row,
        establishments=queries.establishments([row.organisation_id]),
        services=SERVICES,
        target_groups=TARGET_GROUPS,
        regions=REGIONS,
        legal_forms=LEGAL_FORMS,
        municipalities=MUNICIPALITIES,
        look=queries.last_look(row.organisation_id, answered=True),
        is_silent=last is not None and last.outcome is Outcome.UNREACHABLE,
        is_connected=looks.register() is not None,
        difference_names=looks.FIELD_NAMES,
        shown_value=looks.shown_value,
    )


@bp.post("")
@submits(ProfileIn, again=profile)
def describe(data: dict[str, Any]) -> ResponseReturnValue:
    """Change what the company offers."""
    service.describe(actor(), **data)
    flash(str(_("Het profiel is bewaard.")), "good")
    return see_other("companies.profile")


@bp.post("/meetellen")
@submits(CountedIn, again=profile)
def be_counted(data: dict[str, Any]) -> ResponseReturnValue:
    """Count in numbers for municipalities, or no longer."""
    service.be_counted(actor(), **data)
    flash(str(_("Uw keuze is bewaard.")), "good")
    return see_other("companies.profile")


@bp.get("/vestigingen/nieuw")
def new_establishment() -> ResponseReturnValue:
    """The form for a branch that is not in the list."""
    authorize(actor(), Action.PROFILE_CHANGE)
    return render_template("companies/establishment.html", establishment=None, municipalities=MUNICIPALITIES)


@bp.post("/vestigingen/nieuw")
@submits(EstablishmentIn, again=new_establishment)
def open_establishment(data: dict[str, Any]) -> ResponseReturnValue:
    """Add a branch."""
    service.open_establishment(actor(), **data)
    flash(str(_("De vestiging is bewaard.")), "good")
    return see_other("companies.profile")


@bp.get("/vestigingen/<uuid:establishment_id>")
def establishment(establishment_id: UUID) -> ResponseReturnValue:
    """One branch, to correct or to remove."""
    authorize(actor(), Action.PROFILE_CHANGE)
    row = queries.establishment(actor(), establishment_id)
    return render_template("companies/establishment.html", establishment=row, municipalities=MUNICIPALITIES)


@bp.post("/vestigingen/<uuid:establishment_id>")
@submits(EstablishmentIn, again=establishment)
def change_establishment(establishment_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Correct a branch."""
    service.change_establishment(actor(), establishment_id, **data)
    flash(str(_("De vestiging is bewaard.")), "good")
    return see_other("companies.profile")


@bp.post("/vestigingen/<uuid:establishment_id>/verwijderen")
@submits(None, again=establishment)
def close_establishment(establishment_id: UUID) -> ResponseReturnValue:
    """Remove a branch."""
    service.close_establishment(actor(), establishment_id)
    flash(str(_("De vestiging is verwijderd.")), "good")
    return see_other("companies.profile")
