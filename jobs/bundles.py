"""Jobs of bundles."""

from datetime import date

from depot.bundles import service
from depot.core import db

from .registry import Figures, job


@job(daily="03:50")
def remove_bundle_orphans(_day: date) -> Figures:
    """Remove files of bundles whose release did not get to its end, once they are older than a day."""
    with db.transaction(write=False):
        return {"removed": service.remove_orphans()}
