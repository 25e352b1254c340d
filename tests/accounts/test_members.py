"""Inviting people, letting them in, and ending that."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from depot.access import Action, Role
from depot.accounts import members, queries, service
from depot.accounts.models import Invitation, Membership, Organisation, User
from depot.audit.models import Event
from depot.core import clock
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound
from tests import factories
from tests.accounts.links import posted, secret_of
from tests.factories import PASSWORD, email_of, signed_in

NEW = "nieuw@donald.example"


@pytest.fixture
def donald(session):
    return factories.company()


def invited(actor, email=NEW, role=Role.COMPANY_MEMBER):
    members.invite(actor, email=email, role=role)
    return secret_of("invitation")


def form(**changes):
    return {"naam": "Nieuwe Collega", "wachtwoord": PASSWORD, **changes}


def test_who_is_invited_joins_with_a_name_and_a_password_and_is_signed_in(client, session, donald):
    path = f"/uitnodiging/{invited(donald)}"
    page = client.get(path).text
    assert "Test BV Donald" in page
    assert "medewerker" in page
    assert client.post(path, data=form()).location == "/begin"
    assert "Nieuwe Collega" in client.get("/dossier").text
    user = queries.user_by_email(NEW)
    [row] = queries.memberships(user.id)
    assert (row.organisation_id, row.role) == (donald.organisation_id, Role.COMPANY_MEMBER)
    assert client.get("/organisatie/mensen").status_code == 403
    event = session.scalars(select(Event).where(Event.action == Action.ACCOUNT_JOIN)).one()
    assert (event.actor_id, event.about_company_id) == (user.id, donald.organisation_id)


def test_looking_at_a_link_does_not_use_it_up(client, session, donald):
    path = f"/uitnodiging/{invited(donald)}"
    assert [client.get(path).status_code for _look in range(3)] == [200, 200, 200]
    assert client.post(path, data=form()).status_code == 303


def test_only_a_hash_of_the_link_is_kept_with_the_invitation(session, donald):
    secret = invited(donald)
    row = session.scalars(select(Invitation)).one()
    assert row.token_hash == service.digest(secret)
    assert secret not in str(vars(row))


@pytest.mark.parametrize(
    "data", [{"naam": ""}, {"wachtwoord": ""}, {"wachtwoord": "kort"}, {"naam": "a\x00b"}, {"x": "1"}]
)
def test_a_name_or_password_that_will_not_do_gives_the_form_again(client, session, donald, data):
    path = f"/uitnodiging/{invited(donald)}"
    answer = client.post(path, data=form(**data))
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert queries.user_by_email(NEW) is None
    assert client.post(path, data=form()).status_code == 303


def _used(client, actor, path):
    client.post(path, data=form())


def _withdrawn(client, actor, path):
    members.revoke(actor, queries.invitations(actor)[0].id)


def _suspended(client, actor, path):
    queries.membership(actor.id, actor.organisation_id).organisation.state = "suspended"


@pytest.mark.parametrize("change", [_used, _withdrawn, _suspended])
def test_a_link_that_was_used_or_withdrawn_opens_nothing(app, client, session, donald, change):
    path = f"/uitnodiging/{invited(donald)}"
    change(client, donald, path)
    session.flush()
    other = app.test_client()
    assert other.get(path).status_code == 404
    assert other.post(path, data=form(naam="Een Ander")).status_code == 404
    assert other.get("/dossier").status_code == 303


def test_a_link_is_over_after_fourteen_days(client, session, donald):
    path = f"/uitnodiging/{invited(donald)}"
    with clock.moved_to(clock.now() + timedelta(days=13, hours=23)):
        assert client.get(path).status_code == 200
    with clock.moved_to(clock.now() + timedelta(days=14, minutes=1)):
        assert client.get(path).status_code == 404
        assert client.post(path, data=form()).status_code == 404
        page = signed_in(client, donald).get("/organisatie/mensen").text
    assert "verlopen" in page


@pytest.mark.parametrize("secret", ["x", "..%2f", "%00", "a" * 300])
def test_an_invented_link_opens_nothing(client, session, secret):
    for path in ("uitnodiging", "wachtwoord", "aanmelden"):
        assert client.get(f"/{path}/{secret}").status_code == 404


def test_a_known_person_joins_with_the_password_they_have(client, session, donald):
    dagobert = factories.company(factories.DAGOBERT, Role.COMPANY_READER)
    path = f"/uitnodiging/{invited(donald, email_of(dagobert))}"
    page = client.get(path).text
    assert 'name="naam"' not in page
    refused = client.post(path, data={"wachtwoord": "fout fout fout"})
    assert refused.status_code == 400
    assert client.get("/dossier").status_code == 303
    assert client.post(path, data={"wachtwoord": PASSWORD}).status_code == 303
    assert len(queries.memberships(dagobert.id)) == 2
    assert not isinstance(service.sign_in(email_of(dagobert), PASSWORD, "x"), Invalid)


def test_a_link_for_a_known_person_is_no_way_to_guess_their_password(client, session, donald):
    dagobert = factories.company(factories.DAGOBERT)
    path = f"/uitnodiging/{invited(donald, email_of(dagobert))}"
    with clock.moved_to(clock.now()):
        answers = [client.post(path, data={"wachtwoord": "fout fout fout"}).status_code for _try in range(6)]
    assert answers == [400] * 5 + [429]


def test_who_is_signed_in_joins_with_one_click_and_can_switch_in_the_header(client, session, donald):
    dagobert = factories.company(factories.DAGOBERT)
    path = f"/uitnodiging/{invited(donald, email_of(dagobert), Role.COMPANY_READER)}"
    signed_in(client, dagobert)
    assert 'type="password"' not in client.get(path).text
    assert client.post(path).status_code == 303
    header = client.get("/dossier").text.split("</header>")[0]
    assert f'<option value="{donald.organisation_id}" selected>Test BV Donald</option>' in header
    assert f'<option value="{dagobert.organisation_id}">Test EMZ Dagobert</option>' in header
    client.post("/organisatie/wisselen", data={"organisatie": str(dagobert.organisation_id)})
    header = client.get("/dossier").text.split("</header>")[0]
    assert f'<option value="{dagobert.organisation_id}" selected>' in header


def test_somebody_else_who_is_signed_in_cannot_join_with_the_link(client, session, donald):
    dagobert = factories.company(factories.DAGOBERT)
    path = f"/uitnodiging/{invited(factories.municipality(), email_of(dagobert), Role.BUYER)}"
    signed_in(client, donald)
    assert client.post(path).status_code == 400
    assert len(queries.memberships(donald.id)) == len(queries.memberships(dagobert.id)) == 1


def test_sending_the_form_twice_mails_once(client, session, donald):
    signed_in(client, donald)
    key = client.get("/organisatie/mensen").text.split('name="sleutel" value="')[1].split('"')[0]
    data = {"email": NEW, "rol": "company_member", "sleutel": key}
    assert [client.post("/organisatie/mensen", data=data).status_code for _click in range(2)] == [303, 303]
    assert len(posted("invitation")) == 1


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"email": "geen adres"}, "email"),
        ({"email": "a@b.example, c@d.example"}, "email"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "email"),
        ({"email": '"x"@b.example'}, "email"),
        ({"email": "é@b.example"}, "email"),
        ({"email": "x" * 260 + "@b.example"}, "email"),
        ({"email": ""}, "email"),
        ({"rol": "buyer"}, "rol"),
        ({"rol": "operator_admin"}, "rol"),
        ({"rol": "system"}, "rol"),
        ({"rol": ""}, "rol"),
    ],
)
def test_an_address_or_role_that_will_not_do_is_refused_at_its_field(client, session, donald, data, field):
    signed_in(client, donald)
    answer = client.post("/organisatie/mensen", data={"email": NEW, "rol": "company_member", **data})
    assert answer.status_code == 400
    assert f'id="field-{field}-error"' in answer.text
    assert posted("invitation") == []


def test_an_address_in_capitals_is_the_same_address(client, session, donald):
    signed_in(client, donald)
    for email, status in (("NIEUW@Donald.EXAMPLE", 303), (NEW, 400), (email_of(donald).upper(), 400)):
        data = {"email": email, "rol": "company_reader"}
        assert client.post("/organisatie/mensen", data=data).status_code == status
    assert posted("invitation")[0].address == NEW


def test_a_hostile_name_is_shown_as_text(client, session, donald):
    client.post(f"/uitnodiging/{invited(donald)}", data=form(naam="<script>alert(1)</script>"))
    signed_in(client, donald)
    page = client.get("/organisatie/mensen").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_ending_a_membership_ends_the_open_session_at_once(app, client, session, donald):
    other = factories.member(session.get_one(Organisation, donald.organisation_id), Role.COMPANY_MEMBER)
    theirs = signed_in(app.test_client(), other)
    row = queries.membership(other.id, donald.organisation_id)
    signed_in(client, donald)
    assert client.post(f"/organisatie/mensen/{row.id}/beeindigen").status_code == 303
    assert theirs.get("/dossier").status_code == 303
    assert client.post(f"/organisatie/mensen/{row.id}/beeindigen").status_code == 404


@pytest.mark.parametrize(
    "make",
    [factories.company, factories.municipality, lambda: factories.reviewer(Role.OPERATOR_ADMIN)],
)
def test_the_last_who_manages_people_stays(client, session, make):
    actor = make()
    row = queries.membership(actor.id, actor.organisation_id)
    signed_in(client, actor)
    answer = client.post(f"/organisatie/mensen/{row.id}/beeindigen")
    assert answer.status_code == 409
    assert "laatste persoon" in answer.text
    assert client.get("/organisatie/mensen").status_code == 200


def test_one_of_two_who_manage_people_can_go(session, donald):
    second = factories.member(session.get_one(Organisation, donald.organisation_id), Role.COMPANY_READER)
    row = queries.membership(second.id, donald.organisation_id)
    row.role = Role.COMPANY_ADMIN
    session.flush()
    members.end(donald, queries.membership(donald.id, donald.organisation_id).id)
    session.flush()
    assert queries.first_membership(donald.id) is None
    with pytest.raises(Conflict):
        members.end(replace(second, role=Role.COMPANY_ADMIN), row.id)


def test_who_left_can_come_back_in_another_role(client, session, donald):
    client.post(f"/uitnodiging/{invited(donald)}", data=form())
    user = queries.user_by_email(NEW)
    members.end(donald, queries.membership(user.id, donald.organisation_id).id)
    session.flush()
    secret = invited(donald, NEW, Role.COMPANY_READER)
    assert client.post(f"/uitnodiging/{secret}", data={"wachtwoord": PASSWORD}).status_code == 303
    session.expire_all()
    [row] = queries.memberships(user.id)
    assert row.role == Role.COMPANY_READER
    assert len(session.scalars(select(Membership).where(Membership.user_id == user.id)).all()) == 1


def test_who_was_shut_out_cannot_come_back_by_a_link(client, session, donald):
    other = factories.company(factories.DAGOBERT)
    email = email_of(other)
    session.get_one(User, other.id).is_active = False
    secret = invited(donald, email)
    assert client.post(f"/uitnodiging/{secret}", data=form()).status_code == 409
    assert client.get("/dossier").status_code == 303


@pytest.mark.parametrize("role", [Role.COMPANY_MEMBER, Role.COMPANY_READER])
def test_who_does_not_manage_people_sees_and_invites_nobody(client, session, role):
    actor = factories.company(role=role)
    with pytest.raises(Forbidden):
        members.invite(actor, email=NEW, role=Role.COMPANY_ADMIN)
    with pytest.raises(Forbidden):
        members.end(actor, queries.membership(actor.id, actor.organisation_id).id)
    signed_in(client, actor)
    assert client.get("/organisatie/mensen").status_code == 403
    assert "/organisatie/mensen" not in client.get("/organisatie").text


def test_another_organisations_people_and_invitations_do_not_exist(session, donald):
    dagobert = factories.company(factories.DAGOBERT)
    invited(dagobert)
    with pytest.raises(NotFound):
        members.end(donald, queries.membership(dagobert.id, dagobert.organisation_id).id)
    with pytest.raises(NotFound):
        members.revoke(donald, queries.invitations(dagobert)[0].id)


def test_a_list_of_people_costs_the_same_for_any_list(app, client, session, donald):
    for number in range(10):
        invited(donald, f"m{number}@donald.example")
    signed_in(client, donald)
    with factories.queries_at_most(app, 5):
        assert client.get("/organisatie/mensen").status_code == 200
