"""Asking how many companies meet the requirements of a draft."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from depot.accounts.session import actor
from depot.core.forms import submits
from depot.core.http import see_other
from depot.tenders import coverage, pages

bp = Blueprint("coverage", __name__)


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/dekking")
@submits(None, again=pages.rules)
def look(tender_id: UUID) -> ResponseReturnValue:
    """Count, and go back to the requirements, which show it."""
    coverage.look(actor(), tender_id)
    return see_other("tenders.rules", tender_id=tender_id, _anchor="dekking")
