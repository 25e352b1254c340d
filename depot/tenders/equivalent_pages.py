"""The equivalence file as the municipality reads it."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from depot.accounts.session import actor
from depot.catalogue.service import catalogue
from depot.core.http import records
from depot.tenders import equivalents

bp = Blueprint("equivalents", __name__)


@bp.get("/gemeente/deelnemers/<uuid:participation_id>/gelijkwaardig/<uuid:document_id>")
@records
def show(participation_id: UUID, document_id: UUID) -> ResponseReturnValue:
    """Per norm what the company puts forward, what a reviewer found, and what goes along in a bundle."""
    shown = equivalents.read(actor(), participation_id, document_id)
    return render_template("tenders/equivalent.html", shown=shown, file=shown.file, kinds=catalogue().kinds)
