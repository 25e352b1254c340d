"""What registers say otherwise than companies do; for reviewers."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue

from depot.accounts.session import actor
from depot.companies import looks
from depot.core.forms import submits
from depot.core.http import see_other
from depot.core.i18n import _
from depot.verification.schemas import SeenIn

bp = Blueprint("registers", __name__, url_prefix="/registers")


@bp.get("")
def index() -> ResponseReturnValue:
    """What changed in the trade register and nobody looked at yet."""
    return render_template(
        "verification/registers.html",
        looks=looks.flagged(actor()),
        is_connected=looks.register() is not None,
        names=looks.FIELD_NAMES,
    )


@bp.get("/<uuid:look_id>")
def look(look_id: UUID) -> ResponseReturnValue:
    """One change."""
    return render_template(
        "verification/register_look.html",
        look=looks.get(actor(), look_id),
        names=looks.FIELD_NAMES,
        shown_value=looks.shown_value,
    )


@bp.post("/<uuid:look_id>")
@submits(SeenIn, again=look)
def settle(look_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Say that a change was seen, and what became of it."""
    row = looks.settle(actor(), look_id, **data)
    flash(str(_("“%(company)s” is bekeken.", company=row.company.legal_name)), "good")
    return see_other("registers.index")
