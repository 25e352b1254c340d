"""Regular control: what is to be looked at anew, and what comes of it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from depot.accounts.session import actor
from depot.catalogue.service import catalogue
from depot.core.forms import submits
from depot.core.http import see_other
from depot.core.i18n import _
from depot.verification import decisions, queries
from depot.verification.pages import desk
from depot.verification.schemas import RemarkIn, ReturnIn

bp = Blueprint("control", __name__)


@bp.get("/herbeoordelen")
def due() -> ResponseReturnValue:
    """Approved documents that are to be looked at anew."""
    return render_template("verification/due.html", versions=queries.due(actor()), kinds=catalogue().kinds)


@bp.post("/beoordelen/<uuid:version_id>/nog-juist")
@submits(RemarkIn, again=desk)
def keep(version_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """It is still right."""
    version = decisions.keep(actor(), version_id, **data)
    flash(str(_("“%(title)s” is nog steeds juist.", title=version.document.title)), "good")
    return _onward()


@bp.get("/beoordelen/<uuid:version_id>/goedkeuring-intrekken")
def revoking(version_id: UUID) -> ResponseReturnValue:
    """Say why the approval cannot stay, and what that does."""
    return render_template("verification/revoke.html", version=queries.to_review(actor(), version_id))


@bp.post("/beoordelen/<uuid:version_id>/goedkeuring-intrekken")
@submits(ReturnIn, again=revoking)
def revoke(version_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Take the approval back."""
    version = decisions.revoke(actor(), version_id, **data)
    flash(str(_("De goedkeuring van “%(title)s” is ingetrokken.", title=version.document.title)), "good")
    return _onward()


def _onward() -> Response:
    """The next one opens; after the last the list."""
    waiting = queries.due(actor())
    return see_other("verification.desk", version_id=waiting[0].id) if waiting else see_other("control.due")
