"""Bundles, as the municipality makes, fetches and reads them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, render_template, request
from flask.typing import ResponseReturnValue

from depot.accounts import queries as accounts
from depot.accounts.session import actor
from depot.bundles import keeping, making, queries, revocations, service
from depot.bundles.models import LEGAL_GROUNDS, Bundle
from depot.bundles.schemas import ReleaseIn
from depot.catalogue.service import catalogue
from depot.core.forms import submits
from depot.core.http import asked_span, not_modified, records, see_other, send_span, send_stored
from depot.core.i18n import _
from depot.tenders import dossiers
from depot.tenders import queries as tenders

bp = Blueprint("bundles", __name__)


@bp.get("/bundels")
def index() -> ResponseReturnValue:
    """All bundles of the organisation."""
    rows = queries.index(actor())
    return render_template(
        "bundles/index.html",
        bundles=rows,
        kept=keeping.kept_by_bundle(rows),
        revocations=revocations.of_bundles([row.id for row in rows]),
    )


@bp.get("/gemeente/deelnemers/<uuid:participation_id>/bundel")
def prepare(participation_id: UUID) -> ResponseReturnValue:
    """What would go in, and on what ground."""
    row = tenders.opened(actor(), participation_id)
    return render_template(
        "bundles/release.html",
        row=row,
        tender=row.tender,
        part=service.preview(row),
        verdicts=dossiers.judge(row.tender, [row]).verdicts[row.id],
        kinds=catalogue().kinds,
        grounds=LEGAL_GROUNDS,
        bundle=queries.of_participation(actor(), row.id),
    )


@bp.post("/gemeente/deelnemers/<uuid:participation_id>/bundel")
@submits(ReleaseIn, again=prepare)
def release(participation_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Make the bundle."""
    return _made(service.release(actor(), participation_id, **data))


@bp.get("/gemeente/aanbestedingen/<uuid:tender_id>/bundel")
def prepare_all(tender_id: UUID) -> ResponseReturnValue:
    """What of all selected would go in together, and on what ground."""
    tender = tenders.own(actor(), tender_id)
    parts, last = service.preview_all(tender), queries.of_tender(actor(), tender_id)
    return render_template(
        "bundles/release_all.html",
        tender=tender,
        parts=parts,
        kinds=catalogue().kinds,
        grounds=LEGAL_GROUNDS,
        last=last,
        is_unchanged=last is not None and service.is_same(last, parts),
    )


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/bundel")
@submits(ReleaseIn, again=prepare_all)
def release_all(tender_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Make the bundle of all selected."""
    return _made(service.release_all(actor(), tender_id, **data))


@bp.get("/bundels/<uuid:bundle_id>")
def show(bundle_id: UUID) -> ResponseReturnValue:
    """One bundle: what is in it, who fetched it, how to verify it."""
    row = queries.get(actor(), bundle_id)
    fetches = queries.fetches(actor(), bundle_id)
    return render_template(
        "bundles/show.html",
        bundle=row,
        ground=LEGAL_GROUNDS[row.legal_ground],
        fetches=fetches,
        kept=keeping.kept_by_bundle([row])[row.id],
        destruction=keeping.destruction(row),
        revocations=revocations.of_bundles([row.id]).get(row.id),
        names=accounts.user_names([row.made_by, *(item.by for item in fetches)]),
        readme=making.readme(row),
    )


@bp.get("/bundels/<uuid:bundle_id>/bundel.zip")
@records
def download(bundle_id: UUID) -> Response:
    """The bundle itself, streamed, also from a byte onwards; a fetch is recorded before its first byte, a HEAD is none."""
    row = service.fetchable(actor(), bundle_id)
    if request.if_none_match.contains(row.manifest_sha256):
        return not_modified(row.manifest_sha256)
    span = asked_span(row.size, row.manifest_sha256)
    content: Iterable[bytes] = ()
    if request.method != "HEAD":
        taken = service.fetch(actor(), bundle_id, start=span.start)
        content = service.stream(taken, span.start, span.stop)
        flash(
            str(_("Uw ontvangstbewijs is %(receipt)s. U vindt het bij de bundel.", receipt=taken.fetch.receipt)), "good"
        )
    return send_span(
        span, content, etag=row.manifest_sha256, name=f"bundel-{row.number}.zip", media_type="application/zip"
    )


@bp.get("/bundels/<uuid:bundle_id>/documenten/<int:position>")
@records
def document(bundle_id: UUID, position: int) -> Response:
    """One document of the bundle."""
    return send_stored(service.open_document(actor(), bundle_id, position))


def _made(row: Bundle) -> ResponseReturnValue:
    flash(str(_("De bundel %(number)s is gemaakt en verzegeld.", number=row.number)), "good")
    return see_other("bundles.show", bundle_id=row.id)
