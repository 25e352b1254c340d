"""Jobs of bundles."""

from datetime import date

from depot.access import SYSTEM
from depot.bundles import codes, keeping, revocations, service
from depot.core import db

from .registry import Figures, job


@job(every=60)
def flag_bundles() -> Figures:
    """Tell municipalities of versions in their bundles that lost their approval, each bundle by itself."""
    with db.transaction(write=False):
        bundles = revocations.untold()
    told = 0
    for bundle_id in bundles:
        with db.transaction():
            told += revocations.tell(SYSTEM, bundle_id)
    return {"bundles": len(bundles), "told": told}


@job(daily="03:45")
def destroy_bundles(_day: date) -> Figures:
    """Destroy the bundles whose retention is over, each by itself; their files go with the orphans."""
    with db.transaction(write=False):
        bundles = keeping.due()
    destroyed = 0
    for bundle_id in bundles:
        with db.transaction():
            destroyed += keeping.destroy(SYSTEM, bundle_id) is not None
    return {"due": len(bundles), "destroyed": destroyed}


@job(daily="03:50")
def remove_bundle_orphans(_day: date) -> Figures:
    """Remove files of bundles whose release did not get to its end, once they are older than a day."""
    with db.transaction(write=False):
        return {"removed": service.remove_orphans()}


@job(daily="00:20")
def end_codes(day: date) -> Figures:
    """Record which reference codes expired before this day."""
    expired = 0
    while True:
        with db.transaction():
            batch = codes.end_expired(day)
        expired += batch
        if not batch:
            return {"expired": expired}
