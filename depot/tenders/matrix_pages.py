"""The matrix as a file."""

from io import BytesIO
from uuid import UUID

from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue

from depot.accounts.session import actor
from depot.core.http import safe_name
from depot.tenders import matrix, queries

bp = Blueprint("matrix", __name__)
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@bp.get("/gemeente/aanbestedingen/<uuid:tender_id>/oordelen.csv")
def as_csv(tender_id: UUID) -> ResponseReturnValue:
    """The verdicts that the filters leave, as CSV."""
    return _file(tender_id, "csv")


@bp.get("/gemeente/aanbestedingen/<uuid:tender_id>/oordelen.xlsx")
def as_workbook(tender_id: UUID) -> ResponseReturnValue:
    """The verdicts that the filters leave, as a workbook."""
    return _file(tender_id, "xlsx")


def _file(tender_id: UUID, form: str) -> ResponseReturnValue:
    tender = queries.own(actor(), tender_id)
    data = matrix.export(actor(), tender, matrix.Filters.of(request.args), form)
    name = safe_name(f"oordelen-{tender.number}.{form}", f"oordelen.{form}")
    return send_file(BytesIO(data), MEDIA_TYPES[form], as_attachment=True, download_name=name)
