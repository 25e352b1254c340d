"""A released bundle, and the officer who may fetch it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.bundles import service
from depot.bundles.models import Bundle
from depot.core import clock
from depot.tenders import participations
from tests import factories


@pytest.fixture
def buyer(session: Session) -> Actor:
    return factories.municipality()


@pytest.fixture
def bundle(session: Session, buyer: Actor) -> Bundle:
    company, past = factories.company(), clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        tender = factories.tender(buyer, closes_at=past + timedelta(days=39))
        factories.approved(company, factories.reviewer())
        row = factories.participant(company, tender)
    participations.select(buyer, row.id, motivation="")
    made = service.release(buyer, row.id, legal_ground="selected")
    session.commit()
    return made
