"""Pages for depositing; the dossier itself mixes rooms and lives in insight."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from depot.access import Action, authorize
from depot.accounts.session import actor
from depot.catalogue.rules import Form, Words
from depot.catalogue.schemas import facts_schema
from depot.catalogue.service import catalogue
from depot.core import db
from depot.core.errors import NotFound
from depot.core.forms import continue_with, submits, typed
from depot.core.http import onward, records, see_other, send_stored
from depot.core.i18n import _, n_
from depot.documents import drafts, files, queries, service, viewing
from depot.documents.models import Version
from depot.documents.schemas import DraftsIn, KindIn, SuccessorIn
from depot.reading.sheets import MEDIA_TYPE, WIDTHS

bp = Blueprint("documents", __name__, url_prefix="/dossier")
SHEET_KEPT_S = 600
"""How long a browser keeps a page's picture, so that closer and back is not drawn again."""


@bp.get("/toevoegen")
def add() -> ResponseReturnValue:
    """Choose a kind and one or more files."""
    authorize(actor(), Action.DOCUMENT_DEPOSIT)
    kinds = [(kind.code, kind.name) for kind in catalogue().kinds.values()]
    without = [kind.name for kind in catalogue().kinds.values() if kind.form is not Form.FILE]
    return render_template(
        "documents/add.html", kinds=kinds, without=without, key=db.new_id(), limit=drafts.FILES_LIMIT
    )


@bp.post("/toevoegen")
@submits(DraftsIn, again=add)
def draft(data: dict[str, Any]) -> ResponseReturnValue:
    """Keep the files: of one ask for its facts, of several show the drafts, and which were not kept."""
    return _onward(drafts.begin(actor(), **data))


@bp.get("/concepten")
def unfinished() -> ResponseReturnValue:
    """The drafts, to go on with or to throw away."""
    return _drafts(())


@bp.post("/<uuid:document_id>/versies/<int:number>/soort")
@submits(KindIn, again=unfinished)
def change_kind(document_id: UUID, number: int, data: dict[str, Any]) -> ResponseReturnValue:
    """Make a draft one of another kind."""
    version = drafts.change_kind(actor(), queries.numbered(actor(), document_id, number).id, kind=data["kind"])
    kind = service.kind_of(version.document.kind).name
    flash(str(_("“%(title)s” is nu van de soort: %(kind)s.", title=version.document.title, kind=kind)), "good")
    return onward(data["onward"], url_for("documents.unfinished"))


@bp.get("/<uuid:document_id>/vernieuwen")
def successor(document_id: UUID) -> ResponseReturnValue:
    """Choose a file for the next version."""
    document = queries.get(actor(), document_id)
    authorize(actor(), Action.DOCUMENT_DEPOSIT, document.company_id)
    return render_template("documents/renew.html", document=document, kind=service.kind_of(document.kind))


@bp.post("/<uuid:document_id>/vernieuwen")
@submits(SuccessorIn, again=successor)
def succeed(document_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Keep the file as the next version, and ask for its facts."""
    version = drafts.succeed(actor(), document_id, **data)
    return see_other("documents.facts", document_id=document_id, number=version.number)


@bp.get("/<uuid:document_id>/versies/<int:number>/gegevens")
def facts(document_id: UUID, number: int) -> ResponseReturnValue:
    """The fields of the kind, beside the file."""
    version = queries.numbered(actor(), document_id, number)
    authorize(actor(), Action.DOCUMENT_DEPOSIT, version.document.company_id)
    reading = queries.readings([version]).get(version.id)
    kind = catalogue().kinds.get(version.document.kind)
    if kind is None:
        return render_template(
            "documents/kind.html",
            version=version,
            reading=reading,
            kinds=_kinds(version),
            sheet_count=viewing.count(version),
        )
    continue_with(version.typed or {})
    proposed = reading.of_kind(kind.code) if reading else {}
    return render_template(
        "documents/facts.html",
        version=version,
        document=version.document,
        kind=kind,
        kinds=_kinds(version),
        reading=reading,
        proposed=proposed,
        sheet_count=viewing.count(version),
        facts=queries.starting_facts(version, kind) | {name: item["value"] for name, item in proposed.items()},
        rows=[row for rows in queries.kept_rows(version, kind).values() for row in rows],
    )


@bp.post("/<uuid:document_id>/versies/<int:number>/gegevens")
@submits(None, again=facts)
def submit(document_id: UUID, number: int) -> ResponseReturnValue:
    """Hand the version in."""
    version = queries.numbered(actor(), document_id, number)
    schema = facts_schema(service.kind_of(version.document.kind))
    service.submit(actor(), version.id, facts=typed(schema()))
    flash(str(_("Het document is ingediend. U krijgt een mail na de beoordeling.")), "good")
    for same in queries.same_things(version, service.kind_of(version.document.kind)):
        flash(str(_("Let op: “%(title)s” in uw dossier lijkt over hetzelfde te gaan.", title=same.title)), "attention")
    return see_other("insight.document", document_id=document_id)


@bp.post("/<uuid:document_id>/versies/<int:number>/concept")
@submits(None, again=facts)
def keep(document_id: UUID, number: int) -> ResponseReturnValue:
    """Keep what was typed so far, unchecked; the way to its list is this too, so that going there loses nothing."""
    version = queries.numbered(actor(), document_id, number)
    drafts.keep(actor(), version.id, typed=request.form.to_dict(flat=False))
    if request.form.get("naar") == "lijst":
        return see_other("lists.show", document_id=document_id, number=number)
    flash(
        str(_("“%(title)s” is bewaard als concept. Het is nog niet ingediend.", title=version.document.title)), "good"
    )
    return see_other("documents.unfinished")


@bp.post("/<uuid:document_id>/versies/<int:number>/weggooien")
@submits(None, again=facts)
def discard(document_id: UUID, number: int) -> ResponseReturnValue:
    """Take one undecided version back."""
    service.discard(actor(), queries.numbered(actor(), document_id, number).id)
    flash(str(_("De versie is ingetrokken.")), "good")
    return onward(request.form.get("verder", ""), url_for("insight.dossier"))


@bp.get("/<uuid:document_id>/intrekken")
def leave(document_id: UUID) -> ResponseReturnValue:
    """Ask whether the document is really to be withdrawn."""
    document = queries.get(actor(), document_id)
    authorize(actor(), Action.DOCUMENT_WITHDRAW, document.company_id)
    return render_template("documents/withdraw.html", document=document)


@bp.post("/<uuid:document_id>/intrekken")
@submits(None, again=leave)
def withdraw(document_id: UUID) -> ResponseReturnValue:
    """Withdraw the document."""
    service.withdraw(actor(), document_id)
    flash(str(_("Het document is ingetrokken.")), "good")
    return see_other("insight.dossier")


@bp.get("/<uuid:document_id>/versies/<int:number>/bestand")
@records
def file(document_id: UUID, number: int) -> Response:
    """The file itself, shown within our own pages only."""
    return send_stored(files.open_file(actor(), document_id, number))


@bp.get("/<uuid:document_id>/versies/<int:number>/bladen/<int:page>")
def sheet(document_id: UUID, number: int, page: int) -> Response:
    """One page of the file as a picture."""
    width = request.args.get("breedte", WIDTHS[0], type=int)
    if width not in WIDTHS:
        raise NotFound(_("Deze bladzijde is niet te tonen."))
    response = Response(viewing.see(actor(), document_id, number, page=page, width=width), mimetype=MEDIA_TYPE)
    response.cache_control.private, response.cache_control.max_age = True, SHEET_KEPT_S
    return response


def _onward(begun: drafts.Begun) -> ResponseReturnValue:
    first, count = begun.versions[0], len(begun.versions)
    if begun.refused:
        return _drafts(begun.refused)
    if count == 1:
        return see_other("documents.facts", document_id=first.document_id, number=first.number)
    flash(str(n_("%(num)s bestand is bewaard.", "%(num)s bestanden zijn bewaard.", num=count)), "good")
    return see_other("documents.unfinished")


def _drafts(refused: Sequence[drafts.Refused]) -> ResponseReturnValue:
    authorize(actor(), Action.DOCUMENT_DEPOSIT)
    kinds, versions = catalogue().kinds, queries.drafts(actor())
    return render_template(
        "documents/drafts.html",
        versions=versions,
        readings=queries.readings(versions),
        refused=refused,
        kinds=kinds,
        choices={version.id: _kinds(version) for version in versions},
    )


def _kinds(version: Version) -> list[tuple[str, Words]]:
    """The kinds that a draft can be of: those that take a file, or do without."""
    unfit = Form.STRUCTURED if version.file else Form.FILE
    return [(kind.code, kind.name) for kind in catalogue().kinds.values() if kind.form is not unfit]
