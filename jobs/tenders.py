"""Jobs of tenders."""

from depot.core import db
from depot.tenders import needs

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
