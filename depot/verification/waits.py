"""How long documents wait for a reviewer, and how much was decided. Pure but for one read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from depot.access import Action, Actor, authorize
from depot.core import clock, db
from depot.documents import queries as documents
from depot.documents.models import Version
from depot.verification.models import Review

LOOKED_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Decided:
    """A person's decision: when it came, when the document came if this was its first, and since when it was open."""

    at: datetime
    submitted_at: datetime | None
    opened_at: datetime | None


@dataclass(frozen=True)
class Waits:
    """Of the last thirty days, and of this week since Monday; None where nothing can be said."""

    decided_this_week: int
    median_wait: timedelta | None
    mean_open: timedelta | None
    oldest: timedelta | None


def now(actor: Actor) -> Waits:
    """The figures of this moment, by people's decisions alone."""
    authorize(actor, Action.VERSION_REVIEW)
    earlier = aliased(Review)
    is_later = exists().where(earlier.version_id == Review.version_id, earlier.id < Review.id)
    found = (
        select(Review.at, Version.submitted_at, Review.opened_at, is_later)
        .join(Version, Version.id == Review.version_id)
        .where(Review.at >= clock.now() - LOOKED_BACK, Review.by_user_id.is_not(None))
    )
    decided = [Decided(row[0], None if row[3] else row[1], row[2]) for row in db.session.execute(found)]
    waiting = documents.in_review().with_only_columns(Version.submitted_at).order_by(None)
    since = [at for at in db.session.scalars(waiting.order_by(Version.submitted_at).limit(1)) if at]
    return figures(decided, min(since, default=None), clock.now())


def figures(decided: Sequence[Decided], oldest: datetime | None, at: datetime) -> Waits:
    """What some decisions come to, seen from an instant."""
    monday = clock.day_of(at) - timedelta(days=clock.day_of(at).weekday())
    waited = [(each.at - each.submitted_at).total_seconds() for each in decided if each.submitted_at]
    opened = [(each.at - each.opened_at).total_seconds() for each in decided if each.opened_at]
    return Waits(
        decided_this_week=sum(clock.day_of(each.at) >= monday for each in decided),
        median_wait=timedelta(seconds=median(waited)) if waited else None,
        mean_open=timedelta(seconds=fmean(opened)) if opened else None,
        oldest=at - oldest if oldest else None,
    )
