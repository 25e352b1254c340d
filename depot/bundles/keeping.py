"""How long each bundle is kept, and its destruction once that is over, never before."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, func, select

from depot.access import Action, Actor, authorize
from depot.audit import service as audit
from depot.bundles.models import Bundle, BundleItem, BundleState, Destruction, bundle_participations
from depot.bundles.retention import Kept, Terms, kept
from depot.core import clock, db
from depot.core.periods import Period
from depot.tenders import endings, stages
from depot.tenders import queries as tenders
from depot.tenders.models import Participation


def terms_now() -> Terms:
    """The terms that a bundle made now is sealed with."""
    return Terms(current_app.config["KEEP_NOT_AWARDED"], current_app.config["KEEP_AFTER_CONTRACT"])


def kept_by_bundle(rows: Sequence[Bundle]) -> Mapping[UUID, Kept]:
    """How long each of some bundles is kept: computed from what became of the participations in it, never stored."""
    found = endings.of(sorted({row.tender_id for row in rows})) if rows else {}
    held: dict[UUID, list[endings.Ending]] = {row.id: [] for row in rows}
    pairs = select(bundle_participations).where(bundle_participations.c.bundle_id.in_(held))
    for bundle_id, participation_id in db.session.execute(pairs):
        held[bundle_id].append(found[participation_id])
    return {row.id: kept(held[row.id], row.terms, terms_now()) for row in rows}


def due() -> Sequence[UUID]:
    """The bundles that may be destroyed today.

    Only those are weighed of which somebody was decided on so long ago that the shorter of both terms is over.
    """
    day, terms = clock.today(), terms_now()
    latest = max(Period.parse(text).before(day) for text in (terms.not_awarded, terms.after_contract))
    is_old = Bundle.participations.any(Participation.decided_at < stages.start_of(latest))
    found = select(Bundle).where(Bundle.state != BundleState.DESTROYED, is_old).order_by(Bundle.id)
    rows = db.session.scalars(found).all()
    return [id for id, one in kept_by_bundle(rows).items() if one.is_over(day)]


def destroy(actor: Actor, bundle_id: UUID) -> Destruction | None:
    """Destroy a bundle whose time is over; None when it was destroyed before, or is not over after all.

    Its versions are free again, its own files are no longer anybody's and go with the orphans; receipts stay.
    """
    authorize(actor, Action.BUNDLE_DESTROY)
    row = db.session.get_one(Bundle, bundle_id, with_for_update=True, populate_existing=True)
    # Whoever says that a contract was extended holds the same row.
    tenders.lock(row.tender)
    one = kept_by_bundle([row])[row.id]
    if row.state is BundleState.DESTROYED or one.until is None or not one.is_over(clock.today()):
        return None
    held = BundleItem.bundle_id == row.id
    files, size = db.session.execute(select(func.count(), func.sum(BundleItem.size)).where(held)).one()
    done = Destruction(
        bundle_id=row.id,
        number=row.number,
        manifest_sha256=row.manifest_sha256,
        files=files,
        bytes=size,
        rule=one.rule,
        kept_until=one.until,
    )
    db.session.add(done)
    row.destroy()
    db.session.execute(delete(BundleItem).where(held))
    audit.record(actor, Action.BUNDLE_DESTROY, row, rule=one.rule, kept_until=one.until.isoformat(), files=files)
    return done


def destruction(bundle: Bundle) -> Destruction | None:
    """When and by what rule a bundle was destroyed, if it was."""
    return db.session.scalar(select(Destruction).where(Destruction.bundle_id == bundle.id))
