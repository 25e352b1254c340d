"""The equivalence file: as the company fills it, as a reviewer looks at it, and as an annex on paper."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, render_template, request
from flask.typing import ResponseReturnValue

from depot.access import Action, authorize
from depot.accounts.session import actor
from depot.catalogue.service import catalogue
from depot.core.forms import submits
from depot.core.http import see_other
from depot.core.i18n import _
from depot.verification import equivalence, equivalence_annex
from depot.verification.equivalence_models import SHOWN_NAMES
from depot.verification.equivalence_schemas import LookIn, ProofIn

bp = Blueprint("equivalence", __name__)


@bp.get("/dossier/gelijkwaardig/<uuid:document_id>")
def show(document_id: UUID) -> ResponseReturnValue:
    """Every norm with the company's own proof, and the form to add some."""
    return render_template(
        "verification/equivalence.html",
        file=equivalence.file(actor(), document_id),
        candidates=equivalence.candidates(actor()),
        kinds=catalogue().kinds,
        norm=request.args.get("norm", ""),
    )


@bp.post("/dossier/gelijkwaardig/<uuid:document_id>")
@submits(ProofIn, again=show)
def add(document_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Put a document forward for a norm."""
    equivalence.add(actor(), document_id, **data)
    flash(str(_("Het bewijs staat bij de norm. Een beoordelaar kijkt of het document dit toont.")), "good")
    return see_other("equivalence.show", document_id=document_id)


@bp.post("/dossier/gelijkwaardig/<uuid:document_id>/<uuid:proof_id>/terugnemen")
@submits(None, again=show)
def take_back(document_id: UUID, proof_id: UUID) -> ResponseReturnValue:
    """Take a proof back."""
    equivalence.take_back(actor(), proof_id)
    flash(str(_("Het bewijs is teruggenomen.")), "good")
    return see_other("equivalence.show", document_id=document_id)


@bp.get("/dossier/gelijkwaardig/<uuid:document_id>/bijlage")
def annex(document_id: UUID) -> Response:
    """The same as PDF, to print or to send along."""
    data = equivalence_annex.pdf(equivalence.file(actor(), document_id))
    response = Response(data, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="bewijs-per-norm.pdf"'
    return response


@bp.get("/beoordelen/gelijkwaardig")
def waiting() -> ResponseReturnValue:
    """Files with something that no reviewer looked at yet."""
    return render_template("verification/equivalence_waiting.html", documents=equivalence.waiting(actor()))


@bp.get("/beoordelen/gelijkwaardig/<uuid:document_id>")
def desk(document_id: UUID) -> ResponseReturnValue:
    """Every norm with what the company puts forward, to find whether the documents show it."""
    authorize(actor(), Action.EQUIVALENCE_LOOK)
    return render_template(
        "verification/equivalence_desk.html",
        file=equivalence.file(actor(), document_id),
        outcomes=SHOWN_NAMES,
        failed=request.view_args.get("proof_id") if request.view_args else None,
    )


@bp.post("/beoordelen/gelijkwaardig/<uuid:document_id>/<uuid:proof_id>")
@submits(LookIn, again=desk)
def look(document_id: UUID, proof_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Keep what the reviewer found."""
    equivalence.look(actor(), proof_id, **data)
    flash(str(_("Uw bevinding is bewaard.")), "good")
    return see_other("equivalence.desk", document_id=document_id)
