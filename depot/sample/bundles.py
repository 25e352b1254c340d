"""The sample's bundle of all selected: that of Apeldoorn's earlier tender."""

from datetime import date

from sqlalchemy import select

from depot.bundles import service
from depot.core import clock, db
from depot.sample.calls import EARLIER
from depot.sample.filing import moment
from depot.sample.people import Cast
from depot.tenders.models import Tender


def release(cast: Cast, today: date) -> None:
    """Apeldoorn seals the evidence of both whom it selected in one bundle."""
    with clock.moved_to(moment(today, EARLIER.closes - 12)), db.transaction():
        tender = db.session.scalars(select(Tender).where(Tender.number == EARLIER.number)).one()
        service.release_all(cast.actor(EARLIER.buyer), tender.id, legal_ground="selected")
