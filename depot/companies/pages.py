"""The company's own page."""

from typing import Any

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue

from depot.accounts.session import actor
from depot.companies import queries, service
from depot.companies.glossary import MUNICIPALITIES, SERVICES, TARGET_GROUPS
from depot.companies.schemas import ProfileIn
from depot.core.forms import submits
from depot.core.http import see_other
from depot.core.i18n import _

bp = Blueprint("companies", __name__, url_prefix="/organisatie")


@bp.get("")
def profile() -> ResponseReturnValue:
    """What the register and the company say of it."""
    row = queries.profile(actor())
    return render_template(
        "companies/profile.html",
        company=row,
        establishments=queries.establishments([row.organisation_id]),
        services=SERVICES,
        target_groups=TARGET_GROUPS,
        municipalities=MUNICIPALITIES,
    )


@bp.post("")
@submits(ProfileIn, again=profile)
def describe(data: dict[str, Any]) -> ResponseReturnValue:
    """Change what the company offers."""
    service.describe(actor(), **data)
    flash(str(_("Het profiel is bewaard.")), "good")
    return see_other("companies.profile")
