"""What a company says of itself."""

import pytest
from sqlalchemy import select

from depot.access import Action, Role
from depot.audit.models import Event
from depot.companies import queries, service
from depot.companies.glossary import SERVICES
from depot.core.errors import Forbidden, Invalid, NotFound
from tests import factories


def test_a_company_says_what_it_offers_and_the_trail_keeps_that(session):
    actor = factories.company(role=Role.COMPANY_MEMBER)
    service.describe(actor, services=["nazorg", "intake"], target_groups=["jongeren"])
    session.flush()
    row = queries.profile(actor)
    assert (row.services, row.target_groups) == (["intake", "nazorg"], ["jongeren"])
    assert session.scalars(select(Event)).one().action == Action.PROFILE_CHANGE


@pytest.mark.parametrize(
    ("services", "target_groups", "field"), [(["zweven"], [], "diensten"), ([], ["iedereen"], "doelgroepen")]
)
def test_a_code_outside_the_glossary_is_refused_at_its_field(session, services, target_groups, field):
    actor = factories.company()
    with pytest.raises(Invalid) as caught:
        service.describe(actor, services=services, target_groups=target_groups)
    assert list(caught.value.fields) == [field]
    assert queries.profile(actor).services == []


@pytest.mark.parametrize("make", [lambda: factories.company(role=Role.COMPANY_READER), factories.municipality])
def test_who_only_reads_changes_no_profile(session, make):
    with pytest.raises(Forbidden):
        service.describe(make(), services=list(SERVICES), target_groups=[])


def test_an_organisation_without_a_profile_is_not_found(session):
    with pytest.raises(NotFound):
        queries.get(factories.municipality().organisation_id)


def test_branches_come_by_number_for_the_companies_that_are_asked(session):
    actor = factories.company()
    row = queries.profile(actor)
    for number in ("000000000002", "000000000001"):
        service.add_establishment(row, number=number, address="Marktplein 1", municipality_code="gm0200")
    session.flush()
    assert [item.number for item in queries.establishments([row.id])] == ["000000000001", "000000000002"]
    assert queries.establishments([factories.company(factories.DAGOBERT).organisation_id]) == []
