"""The receipt of one download: for the officer who took the bundle, and for whoever asks about it later."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from depot.accounts import queries as accounts
from depot.accounts.session import actor
from depot.bundles import queries, revocations
from depot.bundles.models import LEGAL_GROUNDS

bp = Blueprint("receipts", __name__)


@bp.get("/bundels/<uuid:bundle_id>/ontvangst/<receipt>")
def show(bundle_id: UUID, receipt: str) -> ResponseReturnValue:
    """What was taken, by whom, when and on what ground, and how to see that it is still the same."""
    row = queries.receipt(actor(), bundle_id, receipt)
    return render_template(
        "bundles/receipt.html",
        receipt=row,
        bundle=row.bundle,
        revocations=revocations.of_bundles([row.bundle_id]).get(row.bundle_id),
        ground=LEGAL_GROUNDS[row.legal_ground],
        by=accounts.user_names([row.by]).get(row.by),
    )
