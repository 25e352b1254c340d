"""Pages for the list of a draft: bringing it in as a table, and writing it row by row without JavaScript."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, render_template, request
from flask.typing import ResponseReturnValue

from depot.access import Action, authorize
from depot.accounts.session import actor
from depot.catalogue.schemas import row_schema, table_of
from depot.core.forms import submits, typed
from depot.core.http import see_other
from depot.core.i18n import _, n_
from depot.core.paging import Part
from depot.documents import importing, lists, queries
from depot.documents.models import Version
from depot.documents.schemas import ListIn

bp = Blueprint("lists", __name__, url_prefix="/dossier/<uuid:document_id>/versies/<int:number>/lijst")

ROWS_SHOWN = 50


@bp.get("")
def show(document_id: UUID, number: int) -> ResponseReturnValue:
    """The rows so far, and the ways to get more."""
    return _shown(_mine(document_id, number), importing.Preview())


@bp.post("")
@submits(ListIn, again=show)
def bring(document_id: UUID, number: int, data: dict[str, Any]) -> ResponseReturnValue:
    """Take over the rows of a file, or say what is wrong in it, row by row."""
    version = _mine(document_id, number)
    found = lists.bring(actor(), version.id, **data)
    if not found.is_right:
        return _shown(version, found), HTTPStatus.BAD_REQUEST
    flash(str(n_("De lijst heeft nu %(num)s rij.", "De lijst heeft nu %(num)s rijen.", num=len(found.rows))), "good")
    return see_other("lists.show", document_id=document_id, number=number)


@bp.get("/rijen/<int:place>")
def row(document_id: UUID, number: int, place: int) -> ResponseReturnValue:
    """One row as a form; the place after the last one is a new row."""
    version = _mine(document_id, number)
    return render_template(
        "documents/row.html",
        version=version,
        document=version.document,
        spec=lists.spec_of(version),
        place=place,
        row=lists.row_at(version, place),
        count=len(lists.rows_of(version)),
    )


@bp.post("/rijen/<int:place>")
@submits(None, again=row)
def put(document_id: UUID, number: int, place: int) -> ResponseReturnValue:
    """Keep one row, and go on to a next one or back to the list."""
    version = _mine(document_id, number)
    values = typed(row_schema(lists.spec_of(version))())
    is_going_on = bool(values.pop("nog", None))
    lists.put(actor(), version.id, place, values=values)
    flash(str(_("Rij %(place)s is bewaard.", place=place)), "good")
    if is_going_on:
        return see_other("lists.row", document_id=document_id, number=number, place=len(lists.rows_of(version)) + 1)
    return see_other("lists.show", document_id=document_id, number=number)


@bp.post("/rijen/<int:place>/weg")
@submits(None, again=show)
def remove(document_id: UUID, number: int, place: int) -> ResponseReturnValue:
    """Take one row out."""
    lists.remove(actor(), _mine(document_id, number).id, place)
    flash(str(_("De rij is weggehaald.")), "good")
    return see_other("lists.show", document_id=document_id, number=number)


@bp.post("/leegmaken")
@submits(None, again=show)
def clear(document_id: UUID, number: int) -> ResponseReturnValue:
    """Take all rows out."""
    lists.clear(actor(), _mine(document_id, number).id)
    flash(str(_("De lijst is leeg.")), "good")
    return see_other("lists.show", document_id=document_id, number=number)


@bp.post("/overnemen")
@submits(None, again=show)
def take_over(document_id: UUID, number: int) -> ResponseReturnValue:
    """Begin with the rows of the version before."""
    lists.take_over(actor(), _mine(document_id, number).id)
    flash(str(_("De lijst van de vorige versie is overgenomen. Controleer elke rij.")), "good")
    return see_other("lists.show", document_id=document_id, number=number)


@bp.get("/lijst.csv")
def download(document_id: UUID, number: int) -> ResponseReturnValue:
    """The list as CSV; without rows it is a template."""
    version = _mine(document_id, number)
    response = Response(importing.to_csv(lists.spec_of(version), lists.rows_of(version)), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="lijst.csv"'
    return response


def _mine(document_id: UUID, number: int) -> Version:
    version = queries.numbered(actor(), document_id, number)
    authorize(actor(), Action.DOCUMENT_DEPOSIT, version.document.company_id)
    return version


def _shown(version: Version, found: importing.Preview) -> str:
    spec, rows = lists.spec_of(version), lists.rows_of(version)
    page = Part(rows, request.args.get("pagina", 1, type=int), ROWS_SHOWN)
    columns, cells = table_of(spec, page.rows)
    before = queries.before(version)
    return render_template(
        "documents/list.html",
        version=version,
        document=version.document,
        spec=spec,
        count=len(rows),
        page=page,
        columns=columns,
        cells=cells,
        found=found,
        before=before if before and lists.rows_of(before) else None,
    )
