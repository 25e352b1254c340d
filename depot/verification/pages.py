"""The reviewer's desk."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from depot.accounts.session import actor
from depot.catalogue.schemas import describe, facts_schema
from depot.catalogue.service import catalogue
from depot.core.forms import submits, typed
from depot.core.http import records, see_other
from depot.core.i18n import _, locale
from depot.documents.models import FactSource
from depot.documents.service import kind_of
from depot.verification import queries, service
from depot.verification.schemas import ReturnIn
from depot.verification.texts import REASONS_TO_RETURN, sentence

bp = Blueprint("verification", __name__, url_prefix="/beoordelen")


@bp.get("")
def queue() -> ResponseReturnValue:
    """What waits for a reviewer."""
    return render_template("verification/queue.html", versions=queries.queue(actor()), kinds=catalogue().kinds)


@bp.get("/<uuid:version_id>")
@records
def desk(version_id: UUID) -> ResponseReturnValue:
    """One document beside its facts and findings."""
    version = service.claim(actor(), version_id)
    kind, before = kind_of(version.document.kind), queries.predecessor(version)
    return render_template(
        "verification/desk.html",
        version=version,
        document=version.document,
        kind=kind,
        facts=version.facts(FactSource.SUBMITTED) or {},
        findings=[(row, sentence(row)) for row in queries.findings([version_id])],
        reviews=queries.reviews([row.id for row in version.document.versions]),
        predecessor=before,
        facts_before=describe(kind, before.best_facts, locale()) if before else [],
    )


@bp.post("/<uuid:version_id>/goedkeuren")
@submits(None, again=desk)
def approve(version_id: UUID) -> ResponseReturnValue:
    """Let it count, with the facts as the reviewer left them."""
    version = queries.to_review(actor(), version_id)
    schema = facts_schema(kind_of(version.document.kind))
    service.approve(actor(), version_id, facts=typed(schema()))
    flash(str(_("“%(title)s” is goedgekeurd.", title=version.document.title)), "good")
    return _onward()


@bp.get("/<uuid:version_id>/terugsturen")
def returning(version_id: UUID) -> ResponseReturnValue:
    """Say why it goes back; a form of its own, so that refusing it leaves the facts on the desk alone."""
    return render_template(
        "verification/return.html",
        version=queries.to_review(actor(), version_id),
        reasons=REASONS_TO_RETURN,
        chosen=request.args.get("reden", type=int),
    )


@bp.post("/<uuid:version_id>/terugsturen")
@submits(ReturnIn, again=returning)
def send_back(version_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Send it back with a reason."""
    version = service.send_back(actor(), version_id, **data)
    flash(str(_("“%(title)s” is teruggestuurd. Het bedrijf krijgt een mail.", title=version.document.title)), "good")
    return _onward()


def _onward() -> Response:
    """After a decision the next one opens; after the last the queue."""
    waiting = queries.queue(actor())
    return see_other("verification.desk", version_id=waiting[0].id) if waiting else see_other("verification.queue")
