"""Registers of quality marks: the looks that were kept, bringing in a list, and a look by hand; for reviewers."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue

from depot.access import Action, authorize
from depot.accounts.session import actor
from depot.core.forms import submits
from depot.core.http import see_other, send_stored
from depot.core.i18n import _, n_
from depot.documents import importing
from depot.verification import marks
from depot.verification.mark_rules import ABSENT, COLUMNS, MAX_AGE_DAYS, STATUSES
from depot.verification.schemas import MarkListIn, MarkLookIn

bp = Blueprint("marks", __name__, url_prefix="/registers/keurmerken")


@bp.get("")
def index() -> ResponseReturnValue:
    """The last looks in registers of marks."""
    return render_template(
        "verification/marks.html", sources=marks.sources(actor()), schemes=marks.schemes(), days=MAX_AGE_DAYS
    )


@bp.get("/lijst")
def listing() -> ResponseReturnValue:
    """The form that brings in a list."""
    return _listing(importing.Preview(), {})


@bp.post("/lijst")
@submits(MarkListIn, again=listing)
def bring(data: dict[str, Any]) -> ResponseReturnValue:
    """Take over a list, or say what is wrong in it, row by row."""
    found = marks.bring(actor(), **data)
    if not found.is_right:
        return _listing(found, data), HTTPStatus.BAD_REQUEST
    flash(str(n_("Er is %(num)s houder ingelezen.", "Er zijn %(num)s houders ingelezen.", num=len(found.rows))), "good")
    return see_other("marks.index")


@bp.get("/nagekeken")
def looking() -> ResponseReturnValue:
    """The form for a look by hand."""
    authorize(actor(), Action.REGISTER_SETTLE)
    return render_template("verification/mark_look.html", schemes=marks.schemes(), statuses=STATUSES, absent=ABSENT)


@bp.post("/nagekeken")
@submits(MarkLookIn, again=looking)
def note(data: dict[str, Any]) -> ResponseReturnValue:
    """Keep what was seen of one company."""
    marks.note(actor(), **data)
    flash(str(_("Bewaard. Documenten die wachten, worden hiermee vergeleken.")), "good")
    return see_other("marks.index")


@bp.get("/<uuid:source_id>/bestand")
def file(source_id: UUID) -> ResponseReturnValue:
    """The list or print that shows what a register says."""
    return send_stored(marks.open_file(actor(), source_id))


def _listing(found: importing.Preview, chosen: Mapping[str, Any]) -> str:
    authorize(actor(), Action.REGISTER_SETTLE)
    return render_template(
        "verification/mark_list.html", schemes=marks.schemes(), columns=COLUMNS.columns, found=found, chosen=chosen
    )
