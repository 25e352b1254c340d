"""Jobs of tenders."""

from datetime import date

from depot.core import db
from depot.tenders import letters, needs, openhouse

from .registry import Figures, job

COMPANIES_AT_ONCE = 100


@job(every=300)
def tell_needs() -> Figures:
    """Tell documents by which day a tender needs them, and that none does any more once it is over."""
    with db.transaction(write=False):
        companies = needs.companies()
    told = 0
    for first in range(0, len(companies), COMPANIES_AT_ONCE):
        with db.transaction():
            told += needs.tell(companies[first : first + COMPANIES_AT_ONCE])
    return {"told": told}


@job(daily="05:30")
def judge_admissions(_day: date) -> Figures:
    """Judge anew who was admitted to an open house, and tell both sides of what turned."""
    with db.transaction(write=False):
        tenders = openhouse.running()
    turned = 0
    for tender_id in tenders:
        with db.transaction():
            turned += openhouse.judge_again(tender_id)
    return {"tenders": len(tenders), "turned": turned}


@job(daily="03:55")
def remove_letter_orphans(_day: date) -> Figures:
    """Remove letters whose making did not get to its end, once they are older than a day."""
    with db.transaction(write=False):
        return {"removed": letters.remove_orphans()}
