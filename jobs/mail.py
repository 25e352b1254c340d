"""Jobs of mail."""

from flask import current_app

from depot.accounts import reach
from depot.core import db
from depot.mail import addresses, bounces, service

from .registry import Figures, job


@job(every=10)
def send_mail() -> Figures:
    """Send the mail that is due."""
    return service.send_due(limit=1000)


@job(every=60)
def read_bounces() -> Figures:
    """Read what other mail servers say of mail that did not arrive."""
    folder = current_app.config["BOUNCES"]
    return bounces.read(folder) if folder else {}


@job(every=60)
def tell_unreachable() -> Figures:
    """Tell the others of an organisation that nothing arrives at the address of one of them."""
    with db.transaction(write=False):
        marks = addresses.untold()
    told = 0
    for mark_id in marks:
        with db.transaction():
            told += reach.tell(mark_id)
    return {"marks": len(marks), "told": told}
