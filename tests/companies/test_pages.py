"""The company's own page."""

import pytest

from depot.access import Role
from depot.companies import queries
from tests import factories
from tests.factories import signed_in


def test_what_was_ticked_is_kept_and_shown(client, session):
    actor = factories.company()
    signed_in(client, actor)
    answer = client.post("/organisatie", data={"diensten": ["intake", "nazorg"], "doelgroepen": ["jongeren"]})
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "Het profiel is bewaard." in page
    assert page.count(" checked") == 3


def test_unticking_everything_empties_the_profile(client, session):
    actor = factories.company()
    signed_in(client, actor)
    client.post("/organisatie", data={"diensten": ["intake"]})
    client.post("/organisatie", data={})
    session.expire_all()
    assert queries.profile(actor).services == []


@pytest.mark.parametrize("data", [{"diensten": "zweven"}, {"doelgroepen": "iedereen"}, {"naam": "Een andere naam"}])
def test_what_the_form_does_not_know_is_refused_and_nothing_changes(client, session, data):
    actor = factories.company()
    signed_in(client, actor)
    client.post("/organisatie", data={"diensten": "intake"})
    answer = client.post("/organisatie", data=data)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    session.expire_all()
    assert queries.profile(actor).services == ["intake"]


def test_a_reader_sees_the_profile_without_a_form_and_cannot_change_it(client, session):
    signed_in(client, factories.company(role=Role.COMPANY_READER))
    page = client.get("/organisatie").text
    assert 'name="diensten"' not in page
    assert "/organisatie/sleutels" not in page
    assert client.post("/organisatie", data={"diensten": "intake"}).status_code == 403


BRANCH = {"nummer": "0000 3717 8599", "adres": "Marktplein 1, Apeldoorn", "gemeente": "Apeldoorn"}


def branches(session, actor):
    session.expire_all()
    rows = queries.establishments([actor.organisation_id])
    return [(row.number, row.address, row.municipality_code) for row in rows]


def test_a_branch_is_added_corrected_and_removed(client, session):
    actor = factories.company()
    signed_in(client, actor)
    assert client.post("/organisatie/vestigingen/nieuw", data=BRANCH).status_code == 303
    assert branches(session, actor) == [("000037178599", "Marktplein 1, Apeldoorn", "gm0200")]
    path = f"/organisatie/vestigingen/{queries.establishments([actor.organisation_id])[0].id}"
    assert 'value="Apeldoorn"' in client.get(path).text
    assert client.post(path, data={**BRANCH, "gemeente": "gm1234"}).status_code == 303
    assert branches(session, actor)[0][2] == "gm1234"
    assert path in client.get("/organisatie").text
    assert client.post(f"{path}/verwijderen").status_code == 303
    assert branches(session, actor) == []
    assert client.post(f"{path}/verwijderen").status_code == 404


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"nummer": "00003717859"}, "nummer"),
        ({"nummer": "00003717859x"}, "nummer"),
        ({"nummer": ""}, "nummer"),
        ({"adres": " "}, "adres"),
        ({"gemeente": "Verweggistan"}, "gemeente"),
        ({"gemeente": "gm12"}, "gemeente"),
        ({"gemeente": "gm12345"}, "gemeente"),
    ],
)
def test_a_branch_that_will_not_do_is_refused_at_its_field(client, session, data, field):
    actor = factories.company()
    signed_in(client, actor)
    answer = client.post("/organisatie/vestigingen/nieuw", data={**BRANCH, **data})
    assert answer.status_code == 400
    assert f'id="field-{field}-error"' in answer.text
    assert branches(session, actor) == []


def test_the_same_branch_twice_is_refused_but_another_company_may_name_it(client, session):
    actor, other = factories.company(), factories.company(factories.DAGOBERT)
    signed_in(client, actor)
    client.post("/organisatie/vestigingen/nieuw", data=BRANCH)
    assert client.post("/organisatie/vestigingen/nieuw", data=BRANCH).status_code == 400
    path = f"/organisatie/vestigingen/{queries.establishments([actor.organisation_id])[0].id}"
    assert client.post(path, data={**BRANCH, "adres": "Dorpsweg 2"}).status_code == 303
    signed_in(client, other)
    assert client.get(path).status_code == 404
    assert client.post(path, data=BRANCH).status_code == 404
    assert client.post(f"{path}/verwijderen").status_code == 404
    assert client.post("/organisatie/vestigingen/nieuw", data=BRANCH).status_code == 303


def test_a_reader_changes_no_branch(client, session):
    signed_in(client, factories.company(role=Role.COMPANY_READER))
    assert client.get("/organisatie/vestigingen/nieuw").status_code == 403
    assert client.post("/organisatie/vestigingen/nieuw", data=BRANCH).status_code == 403


def test_regions_are_kept_in_codes_of_the_glossary(client, session):
    actor = factories.company()
    signed_in(client, actor)
    client.post("/organisatie", data={"regios": ["utrecht", "drenthe"]})
    session.expire_all()
    assert queries.profile(actor).regions == ["drenthe", "utrecht"]
    assert client.post("/organisatie", data={"regios": "atlantis"}).status_code == 400
