"""Pages that mix rooms: the dossier, who looked, the operator's overview, and what anybody may read."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from depot.accounts.session import actor
from depot.catalogue.schemas import describe
from depot.core import clock
from depot.core.i18n import locale
from depot.documents import queries as documents
from depot.documents import viewing
from depot.insight import operations, queries
from depot.reminders import choices
from depot.reminders import service as reminders
from depot.tenders.holdings import lines, missing_kinds
from depot.verification import equivalence
from depot.verification.texts import sentence

bp = Blueprint("insight", __name__)


@bp.get("/")
def home() -> ResponseReturnValue:
    """What the depot is, for each group."""
    return render_template("insight/home.html")


@bp.get("/dossier")
def dossier() -> ResponseReturnValue:
    """The company's documents as they stand today."""
    deposited = queries.deposited(actor())
    found = [line for line in deposited if not line.is_withdrawn]
    return render_template(
        "insight/dossier.html",
        lines=found,
        withdrawn=[line for line in deposited if line.is_withdrawn],
        missing=missing_kinds(found),
        shown=request.args.get("toon", ""),
        is_alone=len(reminders.reachable(actor().organisation_id)) == 1,
    )


@bp.get("/dossier/<uuid:document_id>")
def document(document_id: UUID) -> ResponseReturnValue:
    """One document: what counts, what was said of it, what came before."""
    row = documents.in_dossier(actor(), document_id)
    findings, reviews = queries.history(row)
    line = lines([row])[0]
    return render_template(
        "insight/document.html",
        document=row,
        line=line,
        facts=describe(line.kind, line.latest.best_facts, locale()),
        sheet_count=viewing.count(line.latest),
        rows=[each for rows in documents.kept_rows(line.latest, line.kind).values() for each in rows],
        findings=[(item, sentence(item)) for item in findings],
        returned=queries.returned(line.latest, reviews),
        story=queries.story(row, reviews),
        norms=equivalence.scheme_of(row),
        outlook=choices.of(row) if row.company_id == actor().organisation_id else None,
    )


@bp.get("/inzage")
def looks() -> ResponseReturnValue:
    """Who saw what of the company."""
    return render_template("insight/looks.html", looks=queries.looks(actor()), limit=queries.LOOKS_SHOWN)


@bp.get("/inzage/<uuid:event_id>")
def taken(event_id: UUID) -> ResponseReturnValue:
    """One time that a bundle was made or fetched: who, when, and which versions."""
    return render_template("insight/taken.html", taken=queries.taken(actor(), event_id))


@bp.get("/beheer")
def overview() -> ResponseReturnValue:
    """What waits, what failed, what is silent."""
    return render_template("insight/operations.html", health=operations.health(actor()))


@bp.get("/gereed")
def ready() -> ResponseReturnValue:
    """For a load balancer: answers 200 when this process can serve."""
    return jsonify(operations.readiness())


@bp.get("/.well-known/security.txt")
def security_txt() -> ResponseReturnValue:
    """Where to report a weakness (RFC 9116)."""
    address = current_app.config["BASE_URL"]
    ends = (clock.now() + timedelta(days=180)).replace(microsecond=0).isoformat()
    lines = [
        f"Contact: mailto:{current_app.config['CONTACT']}",
        f"Expires: {ends}",
        "Preferred-Languages: nl, en",
        f"Canonical: {address}/.well-known/security.txt",
    ]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
