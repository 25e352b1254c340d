"""The reminders of one document: when they come, and what the company chooses about them."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue

from depot.accounts.session import actor
from depot.core.forms import Day, Schema, submits
from depot.core.http import see_other
from depot.core.i18n import _
from depot.reminders import choices

bp = Blueprint("document_reminders", __name__, url_prefix="/dossier/<uuid:document_id>/herinneringen")


class PauseIn(Schema):
    """The last day on which nothing is said."""

    until = Day(required=True, data_key="totEnMet")


@bp.get("")
def show(document_id: UUID) -> ResponseReturnValue:
    """When the next reminder comes and why, with the forms to pause them and to give the document up."""
    return render_template("reminders/document.html", outlook=choices.outlook(actor(), document_id))


@bp.post("/pauze")
@submits(PauseIn, again=show)
def pause(document_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Hear nothing for a while."""
    row = choices.pause(actor(), document_id, until=data["until"])
    flash(str(_("U krijgt tot en met %(day)s geen herinnering over dit document.", day=row.until)), "good")
    return see_other("insight.document", document_id=document_id)


@bp.post("/pauze/beeindigen")
@submits(None, again=show)
def resume(document_id: UUID) -> ResponseReturnValue:
    """End the pause."""
    choices.resume(actor(), document_id)
    flash(str(_("De pauze is voorbij. U krijgt weer herinneringen over dit document.")), "good")
    return see_other("insight.document", document_id=document_id)


@bp.post("/niet-vernieuwen")
@submits(None, again=show)
def leave(document_id: UUID) -> ResponseReturnValue:
    """Give the document up."""
    choices.leave(actor(), document_id)
    flash(str(_("U vernieuwt dit document niet. U krijgt er geen herinneringen meer over.")), "good")
    return see_other("insight.document", document_id=document_id)


@bp.post("/toch-vernieuwen")
@submits(None, again=show)
def take_up(document_id: UUID) -> ResponseReturnValue:
    """Take that back."""
    choices.take_up(actor(), document_id)
    flash(str(_("U krijgt weer herinneringen over dit document.")), "good")
    return see_other("insight.document", document_id=document_id)
