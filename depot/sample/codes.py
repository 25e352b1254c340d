"""The sample's reference codes: one that Apeldoorn follows, and one that was revoked."""

from datetime import date, timedelta

from sqlalchemy import select

from depot.bundles import codes
from depot.core import clock, db
from depot.sample.calls import CASE
from depot.sample.filing import moment
from depot.sample.people import DAGOBERT, DONALD, Cast
from depot.tenders.models import Tender

BUYER = "inkoper@apeldoorn.example"


def hand_over(cast: Cast, today: date) -> None:
    """Donald refers Apeldoorn to its proof in the tender of the case, and Apeldoorn looks; Dagobert takes his code back."""
    buyer, donald, dagobert = cast.actor(BUYER), cast.company(DONALD), cast.company(DAGOBERT)
    with clock.moved_to(moment(today, 22)), db.transaction():
        tender = db.session.scalars(select(Tender).where(Tender.number == CASE)).one()
        row = codes.make(
            donald,
            recipient=None,
            tender=tender.id,
            kinds=["kvk_extract", "liability_insurance", "quality_mark", "reference", "qualified_staff_list"],
            until=today + timedelta(days=180),
            reason="Aanmelding re-integratietrajecten",
        )
    with clock.moved_to(moment(today, 20)), db.transaction():
        taken_back = codes.make(
            dagobert,
            recipient=buyer.organisation_id,
            tender=None,
            kinds=["kvk_extract", "reference"],
            until=today + timedelta(days=90),
            reason="Kennismaking",
        )
    with clock.moved_to(moment(today, 18)), db.transaction():
        codes.revoke(dagobert, taken_back.id)
    with clock.moved_to(moment(today, 9)), db.transaction():
        codes.look(buyer, row.shown)
