"""What the depot holds before its jobs begin to die: documents that end over the days, bundles to destroy, lost files."""

from datetime import timedelta
from random import Random
from uuid import UUID

from depot.access import Role
from depot.accounts.models import Organisation
from depot.bundles import service as bundles
from depot.core import clock, db
from depot.core.storage import store
from depot.documents.models import FactSource
from depot.tenders import awards, participations
from depot.verification import service as verification
from tests import factories

KEEP = timedelta(days=10)
"""How long bundles are kept here: DEPOT_KEEP_NOT_AWARDED."""


def fill(random: Random, *, companies: int, stopped: int, days: int) -> None:
    """Companies of two people and two policies that end, and bundles of tenders that were stopped, over so many days."""
    with db.transaction():
        reviewer = factories.reviewer()
        versions = []
        for number in range(companies):
            actor = factories.company(f"{90000000 + number}")
            factories.member(db.session.get_one(Organisation, actor.organisation_id), Role.COMPANY_MEMBER)
            for policy in range(2):
                ends = (clock.today() + timedelta(days=random.randint(-3, days + 45))).isoformat()
                facts = {"endDate": ends, "policyNumber": f"VB-{policy}"}
                paper = factories.pdf(f"{number}-{policy}")
                versions.append(factories.deposited(actor, "liability_insurance", paper, **facts))
    while any(verification.run_checks().values()):
        pass
    with db.transaction():
        for version in versions:
            db.session.refresh(version)
            verification.approve(reviewer, version.id, facts=version.facts(FactSource.SUBMITTED) or {})
    for number in range(stopped):
        _bundle(number, stopped=timedelta(days=random.randint(0, min(days, KEEP.days) - 1)))
    lose_files(random, 20)


def lose_files(random: Random, count: int) -> None:
    """Objects that no row points to, as a request that died leaves them."""
    for _number in range(count):
        prefix = random.choice(["documents", "bundles"])
        store().put_bytes(f"{prefix}/{UUID(int=random.getrandbits(128), version=4)}", b"lost")


def _bundle(number: int, stopped: timedelta) -> None:
    """A bundle whose last day comes KEEP after its tender was stopped, so long ago."""
    then = clock.now() - stopped
    with clock.moved_to(then - timedelta(days=40)), db.transaction():
        buyer = factories.municipality(name=f"Gemeente {number}", code=f"gm{1000 + number}")
        tender = factories.tender(buyer, closes_at=then - timedelta(days=1), number=f"2027-{number:02}")
        company = factories.company(f"{80000000 + number}")
        factories.approved(company, factories.reviewer())
        row = factories.participant(company, tender)
    with clock.moved_to(then), db.transaction():
        participations.select(buyer, row.id, motivation="")
        bundles.release(buyer, row.id, legal_ground="selected")
        awards.abandon(buyer, tender.id, reason="Geen geld.")
