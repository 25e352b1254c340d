"""Who has which version open: others pass it over until it is decided on, left, or half an hour has gone."""

from datetime import datetime, timedelta
from uuid import UUID

from depot.access import Action, Actor, authorize
from depot.core import clock, db
from depot.core.errors import Conflict
from depot.core.i18n import _
from depot.documents.models import State, Version
from depot.verification import queries
from depot.verification.models import Claim

LENGTH = timedelta(minutes=30)


def take(actor: Actor, version_id: UUID) -> Version:
    """Open a version for reviewing; for half an hour colleagues pass it over."""
    version = queries.to_review(actor, version_id)
    row = db.session.get(Claim, version_id, with_for_update=True)
    if row and row.user_id != actor.id and row.until > clock.now():
        raise Conflict(_("Een collega heeft dit document open. Kies een ander uit de wachtrij."))
    if version.state is State.IN_REVIEW or queries.is_due(version):
        row = row or Claim(version_id=version_id, user_id=actor.id, until=clock.now())
        if row.user_id != actor.id:
            row.user_id, row.since = actor.id, clock.now()
        row.until = clock.now() + LENGTH
        db.session.add(row)
    return version


def settle(actor: Actor, version_id: UUID) -> tuple[Version, datetime | None]:
    """The version that the actor decides on now, no longer claimed, and since when the actor had it open."""
    authorize(actor, Action.VERSION_REVIEW)
    version = take(actor, version_id)
    row = db.session.get(Claim, version_id)
    if row:
        db.session.delete(row)
    return version, row.since if row else None


def until(actor: Actor, version_id: UUID) -> datetime | None:
    """Till when the actor has a version open; None when not at all."""
    row = db.session.get(Claim, version_id)
    return row.until if row and row.user_id == actor.id else None


def release(actor: Actor, version_id: UUID, *, opened_until: str = "") -> None:
    """Leave a version to colleagues again; what somebody else has open stays so.

    With the end of a claim (ISO 8601) only that one is given up: what was opened once more since then stays open.
    """
    authorize(actor, Action.VERSION_REVIEW)
    row = db.session.get(Claim, version_id, with_for_update=True)
    if row and row.user_id == actor.id and opened_until in ("", row.until.isoformat()):
        db.session.delete(row)
