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
from depot.core.i18n import Text, _, locale
from depot.core.paging import Part
from depot.documents import queries as documents
from depot.documents import viewing
from depot.documents.models import FactSource, Relation, State, Version
from depot.documents.service import kind_of
from depot.verification import (
    admissions,
    confirmations,
    equivalence,
    holds,
    opinions,
    queries,
    sameness,
    service,
    waits,
)
from depot.verification.comparison import compare, gap
from depot.verification.schemas import AdmitIn, LeaveIn, RefuseIn, ReturnIn
from depot.verification.texts import REASONS_TO_RETURN, sentence

bp = Blueprint("verification", __name__, url_prefix="/beoordelen")
ROWS_SHOWN = 50
admission_bp = Blueprint("admissions", __name__, url_prefix="/aanmeldingen")


@bp.get("")
def queue() -> ResponseReturnValue:
    """What waits for a reviewer."""
    page = Part(queries.queue(actor(), **_narrowed()), request.args.get("pagina", 1, type=int), ROWS_SHOWN)
    return render_template(
        "verification/queue.html",
        page=page,
        versions=queries.waiting(page.rows),
        opinions={row.version_id: row for row in queries.opinions(page.rows)},
        waits=waits.now(actor()),
        kinds=catalogue().kinds,
        asked=_asked(),
    )


@bp.get("/<uuid:version_id>")
@records
def desk(version_id: UUID) -> ResponseReturnValue:
    """One document beside its facts and findings."""
    version = holds.take(actor(), version_id)
    kind, before = kind_of(version.document.kind), queries.predecessor(version)
    facts = version.best_facts
    return render_template(
        "verification/desk.html",
        version=version,
        document=version.document,
        kind=kind,
        is_due=queries.is_due(version),
        sheet_count=viewing.opened(actor(), version),
        confirmed=describe(kind, version.facts(FactSource.CONFIRMED) or {}, locale()),
        facts=facts,
        rows=[row for rows in documents.kept_rows(version, kind).values() for row in rows],
        computed=computed(kind, facts, locale()),
        findings=[(row, sentence(row)) for row in queries.findings([version_id])],
        reviews=queries.reviews([row.id for row in version.document.versions]),
        opinions=queries.opinions([version_id]),
        me=actor().id,
        elsewhere=sameness.of(actor(), version_id),
        confirmation=confirmations.about_version(version, locale()),
        norms=equivalence.scheme_of(version.document),
        predecessor=before,
        compared=compare(kind, before.best_facts, facts, locale()) if before else [],
        gap=gap(kind, before.best_facts, facts) if before and version.relation is Relation.RENEWAL else None,
        beside=queries.beside(actor(), version_id, **_narrowed()),
        opened_until=holds.until(actor(), version_id),
        asked=_asked(),
    )


@bp.post("/<uuid:version_id>/goedkeuren")
@submits(None, again=desk)
def approve(version_id: UUID) -> ResponseReturnValue:
    """Let it count, with the facts as the reviewer left them."""
    version = queries.to_review(actor(), version_id)
    schema = facts_schema(kind_of(version.document.kind))
    following = queries.beside(actor(), version_id, **_narrowed())[1]
    version = service.approve(actor(), version_id, facts=typed(schema()))
    flash(str(_said(version)), "good")
    return _onward(following)


@bp.get("/<uuid:version_id>/terugsturen")
@records
def returning(version_id: UUID) -> ResponseReturnValue:
    """Say why it goes back; a form of its own, so that refusing it leaves the facts on the desk alone."""
    version = holds.take(actor(), version_id)
    reasons = [
        *REASONS_TO_RETURN.items(),
        *((each.code, each.says) for each in kind_of(version.document.kind).review.reasons),
    ]
    chosen = request.args.getlist("kies")
    return render_template(
        "verification/return.html",
        version=version,
        sheet_count=viewing.opened(actor(), version),
        reasons=reasons,
        chosen=chosen,
        composed="\n\n".join(str(says) for code, says in reasons if code in chosen),
        is_question="vraag" in request.args,
        asked=_asked(),
    )


@bp.post("/<uuid:version_id>/terugsturen")
@submits(ReturnIn, again=returning)
def send_back(version_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Send it back with a reason."""
    following = queries.beside(actor(), version_id, **_narrowed())[1]
    version = service.send_back(actor(), version_id, **data)
    flash(str(_("“%(title)s” is teruggestuurd. Het bedrijf krijgt een mail.", title=version.document.title)), "good")
    return _onward(following)


@bp.post("/<uuid:version_id>/oneens")
@submits(ReturnIn, again=desk)
def dissent(version_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Not agree with a colleague, who looks again."""
    following = queries.beside(actor(), version_id, **_narrowed())[1]
    version = opinions.dissent(actor(), version_id, **data)
    flash(str(_("“%(title)s” gaat terug naar uw collega, met uw reden.", title=version.document.title)), "good")
    return _onward(following)


@bp.post("/<uuid:version_id>/vrijgeven")
@submits(LeaveIn, again=desk)
def leave(version_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Leave it to colleagues."""
    holds.release(actor(), version_id, **data)
    return see_other("verification.queue", **_asked())


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


def _said(version: Version) -> Text:
    title = version.document.title
    if version.state is State.IN_REVIEW:
        return _("U keurt “%(title)s” goed. Nu kijkt een andere beoordelaar.", title=title)
    return _("“%(title)s” is goedgekeurd.", title=title)


def _asked() -> dict[str, str]:
    """How the address narrows the queue; it stays in the addresses that lead on."""
    return {name: request.args[name] for name in ("soort", "alleen") if request.args.get(name)}


def _narrowed() -> dict[str, str]:
    return {"kind": request.args.get("soort", ""), "only": request.args.get("alleen", "")}


def _onward(following: UUID | None) -> Response:
    """After a decision the next one opens; after the last the first that waits, else the queue."""
    waiting = queries.queue(actor(), **_narrowed())
    opens = following if following in waiting else next(iter(waiting), None)
    return see_other("verification.desk", version_id=opens, **_asked()) if opens else see_other("verification.queue")
