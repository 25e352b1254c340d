"""Jobs of the object store."""

from datetime import timedelta

from depot.accounts import registrations, watch
from depot.bundles import queries as bundles
from depot.core import db, scrub
from depot.documents import queries as documents
from depot.tenders import queries as tenders
from depot.verification import marks

from .registry import Figures, job

HOURLY_S = 3600

HOLDINGS = (
    bundles.holding,
    documents.holding,
    marks.holding,
    registrations.holding,
    tenders.declarations_held,
    tenders.letters_held,
)
"""What each room holds in the store."""


@job(every=HOURLY_S)
def scrub_objects() -> Figures:
    """Read stored objects again, each within thirty days, and say which are missing or changed."""
    figures = scrub.look([holding() for holding in HOLDINGS], timedelta(seconds=HOURLY_S))
    with db.transaction():
        return {**figures, "told": watch.tell_damaged()}
