"""Who meets whom in the tests of tenders: a municipality that buys, a company, and a published tender that it takes part in."""

import pytest
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.tenders.models import Participation, Tender
from tests import factories


@pytest.fixture
def buyer(session: Session) -> Actor:
    return factories.municipality()


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def tender(session: Session, buyer: Actor) -> Tender:
    made = factories.tender(buyer, "kvk-extract", "quality")
    session.commit()
    return made


@pytest.fixture
def row(session: Session, company: Actor, tender: Tender) -> Participation:
    made = factories.participant(company, tender)
    session.commit()
    return made
