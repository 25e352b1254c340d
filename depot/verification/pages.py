"""The reviewer's desk, and the operator's for companies that register."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from depot.accounts import queries as accounts
from depot.accounts.session import actor
from depot.accounts.words import GROUND_NAMES, LEGAL_FORMS
from depot.catalogue.schemas import computed, describe, facts_schema
from depot.catalogue.service import catalogue
from depot.core.forms import submits, typed
from depot.core.http import records, see_other, send_stored
from depot.core.i18n import _, locale
from depot.documents import queries as documents
from depot.documents.models import FactSource
from depot.documents.service import kind_of
from depot.verification import admissions, queries, service
from depot.verification.schemas import AdmitIn, RefuseIn, ReturnIn
from depot.verification.texts import REASONS_TO_RETURN, sentence

bp = Blueprint("verification", __name__, url_prefix="/beoordelen")
admission_bp = Blueprint("admissions", __name__, url_prefix="/aanmeldingen")


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
        rows=[row for rows in documents.kept_rows(version, kind).values() for row in rows],
        computed=computed(kind, version.facts(FactSource.SUBMITTED) or {}, locale()),
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


@admission_bp.get("")
def claims() -> ResponseReturnValue:
    """The companies that ask to be let in."""
    return render_template("verification/claims.html", claims=accounts.registrations(actor()))


@admission_bp.get("/<uuid:registration_id>")
def claim(registration_id: UUID) -> ResponseReturnValue:
    """One claim beside its proof and findings, and what else is known of its number."""
    row = accounts.registration(actor(), registration_id)
    return render_template(
        "verification/claim.html",
        claim=row,
        is_readable=row.scan_state in admissions.READABLE,
        is_blocked=row.scan_state in admissions.BLOCKED,
        findings=[(item, sentence(item)) for item in queries.proof_findings(row.id)],
        rivals=accounts.rivals(row),
        organisation=accounts.organisation_by_kvk(row.kvk_number),
        person=accounts.user_by_email(row.email),
        grounds=GROUND_NAMES,
        legal_forms=LEGAL_FORMS,
    )


@admission_bp.get("/<uuid:registration_id>/bewijs")
@records
def proof(registration_id: UUID) -> Response:
    """The proof itself, shown within our own pages only."""
    return send_stored(admissions.open_proof(actor(), registration_id))


@admission_bp.post("/<uuid:registration_id>/toelaten")
@submits(AdmitIn, again=claim)
def admit(registration_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Let the company in."""
    organisation = admissions.admit(actor(), registration_id, **data)
    flash(str(_("%(company)s is toegelaten. De aanvrager krijgt een mail.", company=organisation.name)), "good")
    return see_other("admissions.claims")


@admission_bp.post("/<uuid:registration_id>/afwijzen")
@submits(RefuseIn, again=claim)
def refuse(registration_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Turn the claim down."""
    row = admissions.refuse(actor(), registration_id, **data)
    flash(
        str(_("De aanmelding van %(company)s is afgewezen. De aanvrager krijgt een mail.", company=row.company_name)),
        "good",
    )
    return see_other("admissions.claims")


def _onward() -> Response:
    """After a decision the next one opens; after the last the queue."""
    waiting = queries.queue(actor())
    return see_other("verification.desk", version_id=waiting[0].id) if waiting else see_other("verification.queue")
