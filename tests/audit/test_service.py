"""The trail of deeds."""

import pytest

from depot.access import SYSTEM, Action
from depot.audit import queries, service
from depot.companies import queries as companies
from depot.core import clock
from depot.core.errors import Forbidden
from tests import factories


def test_a_deed_says_who_did_what_to_what_and_when(session):
    actor = factories.company()
    row = companies.profile(actor)
    service.record(actor, Action.PROFILE_CHANGE, row, about=row.id, codes=["intake"])
    event = session.scalars(queries.about_company(actor, actor.organisation_id)).one()
    assert (event.actor_id, event.organisation_id) == (actor.id, actor.organisation_id)
    assert (event.action, event.object_type, event.object_id) == ("profile.change", "companies", row.id)
    assert (event.origin, event.detail) == ("127.0.0.1", {"codes": ["intake"]})
    assert abs((clock.now() - event.at).total_seconds()) < 60


def test_a_company_reads_its_own_trail_newest_first_and_by_act(session):
    actor, other = factories.company(), factories.company(factories.DAGOBERT)
    row = companies.profile(actor)
    for action in (Action.PROFILE_CHANGE, Action.DOCUMENT_READ):
        service.record(SYSTEM, action, row, about=row.id)
    service.record(SYSTEM, Action.DOCUMENT_READ, row, about=other.organisation_id)
    found = session.scalars(queries.about_company(actor, row.id)).all()
    assert [item.action for item in found] == ["document.read", "profile.change"]
    chosen = session.scalars(queries.about_company(actor, row.id, Action.DOCUMENT_READ)).all()
    assert [item.action for item in chosen] == ["document.read"]


@pytest.mark.parametrize(
    "make", [lambda: factories.company(factories.DAGOBERT), factories.municipality, factories.reviewer]
)
def test_nobody_else_reads_a_companys_trail(session, make):
    company_id = factories.company().organisation_id
    with pytest.raises(Forbidden):
        queries.about_company(make(), company_id)
