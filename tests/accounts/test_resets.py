"""Another password by a link in the mail."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from depot.access import Action
from depot.accounts import queries, resets, service
from depot.accounts.models import PasswordReset, User
from depot.audit.models import Event
from depot.core import clock
from depot.core.errors import Invalid, NotFound, TooMany
from tests import factories
from tests.accounts.links import posted, secret_of
from tests.factories import PASSWORD, email_of, signed_in

ORIGIN = "192.0.2.1"
OTHER = "een heel ander wachtwoord"


@pytest.fixture
def donald(session):
    return factories.company()


@pytest.fixture
def secret(donald):
    resets.request(email_of(donald), ORIGIN)
    return secret_of("password_reset")


def test_a_link_gives_another_password_once_and_ends_every_session(app, client, session, donald, secret):
    elsewhere = signed_in(app.test_client(), donald)
    path = f"/wachtwoord/{secret}"
    assert email_of(donald) in client.get(path).text
    assert client.post(path, data={"wachtwoord": OTHER}).location == "/inloggen"
    assert elsewhere.get("/dossier").status_code == 303
    assert isinstance(service.sign_in(email_of(donald), PASSWORD, ORIGIN), Invalid)
    assert not isinstance(service.sign_in(email_of(donald), OTHER, ORIGIN), Invalid)
    assert client.post(path, data={"wachtwoord": "nog een ander wachtwoord"}).status_code == 404
    assert client.get(path).status_code == 404
    assert session.scalars(select(Event).where(Event.action == Action.ACCOUNT_RESET)).one().actor_id == donald.id


def test_every_other_link_ends_with_the_one_that_was_used(session, donald, secret):
    resets.request(email_of(donald), ORIGIN)
    resets.choose(secret_of("password_reset"), password=OTHER, origin=ORIGIN)
    session.flush()
    with pytest.raises(NotFound):
        queries.open_reset(service.digest(secret))


def test_only_a_hash_of_the_link_is_kept(session, donald, secret):
    assert session.scalars(select(PasswordReset)).one().token_hash == service.digest(secret)


def test_a_link_works_for_two_hours(client, session, donald, secret):
    with clock.moved_to(clock.now() + timedelta(hours=1, minutes=59)):
        assert client.get(f"/wachtwoord/{secret}").status_code == 200
    with clock.moved_to(clock.now() + timedelta(hours=2, minutes=1)):
        assert client.get(f"/wachtwoord/{secret}").status_code == 404
        assert client.post(f"/wachtwoord/{secret}", data={"wachtwoord": OTHER}).status_code == 404


@pytest.mark.parametrize("password", ["", "kort", "x" * 600, "a\x00b" * 10])
def test_a_password_that_will_not_do_leaves_the_link_open(client, session, donald, secret, password):
    assert client.post(f"/wachtwoord/{secret}", data={"wachtwoord": password}).status_code == 400
    assert client.post(f"/wachtwoord/{secret}", data={"wachtwoord": OTHER}).status_code == 303


def test_known_unknown_and_shut_out_addresses_get_the_same_answer(app, session, donald):
    dagobert = factories.company(factories.DAGOBERT)
    session.get_one(User, dagobert.id).is_active = False
    session.flush()
    answers = set()
    for email in (email_of(donald), "niemand@elders.example", email_of(dagobert)):
        client = app.test_client()
        answer = client.post("/wachtwoord-vergeten", data={"email": email})
        answers.add((answer.status_code, answer.location, client.get(answer.location).text))
    assert len(answers) == 1
    assert [row.address for row in posted("password_reset")] == [email_of(donald)]


@pytest.mark.parametrize("email", ["", "geen adres", "a@b.example\nBcc: x@y.example", "a@b.example,c@d.example"])
def test_what_is_no_address_is_said_at_the_field(client, session, email):
    answer = client.post("/wachtwoord-vergeten", data={"email": email})
    assert answer.status_code == 400
    assert 'id="field-email-error"' in answer.text


@pytest.mark.parametrize("email", ["admin", "niemand@elders.example"])
def test_asking_too_often_for_one_address_must_wait_whether_or_not_it_is_known(session, donald, email):
    email = email if "@" in email else email_of(donald)
    with clock.moved_to(clock.now()):
        for number in range(3):
            resets.request(email, f"192.0.2.{number}")
        with pytest.raises(TooMany):
            resets.request(email.upper(), ORIGIN)


def test_choosing_a_password_forgives_the_failures_of_the_address(session, donald, secret):
    with clock.moved_to(clock.now()):
        for _try in range(5):
            service.sign_in(email_of(donald), "fout fout fout", ORIGIN)
        assert isinstance(service.sign_in(email_of(donald), PASSWORD, ORIGIN), TooMany)
        resets.choose(secret, password=OTHER, origin=ORIGIN)
        assert not isinstance(service.sign_in(email_of(donald), OTHER, ORIGIN), TooMany)


def test_a_large_body_from_a_stranger_is_not_read(client, session):
    answer = client.post("/wachtwoord-vergeten", data={"email": "x" * 100_000})
    assert answer.status_code == 413
