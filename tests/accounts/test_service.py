"""Signing in, memberships and keys, as the pages and the command line use them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from depot.access import Action, Actor, ActorKind, Role
from depot.accounts import limits, queries, service
from depot.accounts.models import Membership, Organisation, OrganisationState, SignInFailure, User
from depot.audit.models import Event
from depot.core import clock
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from tests import factories
from tests.factories import PASSWORD

ORIGIN = "192.0.2.1"


@pytest.fixture
def donald(session):
    return factories.company()


def sign_in(actor, password=PASSWORD, origin=ORIGIN):
    return service.sign_in(factories.email_of(actor), password, origin)


def test_signing_in_gives_a_session_that_only_its_secret_opens(session, donald):
    row, secret = sign_in(donald)
    assert queries.signed_in(row.id, service.digest(secret))
    assert queries.signed_in(row.id, service.digest("iets anders")) is None
    assert secret not in row.secret_hash


def test_signing_in_is_on_the_trail(session, donald):
    row, _secret = sign_in(donald)
    session.flush()
    event = session.scalars(select(Event).where(Event.action == Action.ACCOUNT_SIGN_IN)).one()
    assert (event.actor_id, event.object_id, event.origin) == (donald.id, row.id, ORIGIN)


def test_an_address_is_the_same_in_capitals_and_with_spaces(session, donald):
    row, _secret = service.sign_in(f" {factories.email_of(donald).upper()} ", PASSWORD, ORIGIN)
    assert row.user_id == donald.id


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(session, donald):
    wrong, unknown = sign_in(donald, "iets heel anders"), service.sign_in("niemand@elders.example", PASSWORD, ORIGIN)
    assert isinstance(wrong, Invalid)
    assert isinstance(unknown, Invalid)
    assert str(wrong.text) == str(unknown.text)


def _leaves(session, actor):
    session.get_one(User, actor.id).is_active = False


def _role_ended(session, actor):
    session.scalars(select(Membership)).one().until_day = clock.today() - timedelta(days=1)


def _role_begins_later(session, actor):
    session.scalars(select(Membership)).one().from_day = clock.today() + timedelta(days=1)


def _suspended(session, actor):
    session.get_one(Organisation, actor.organisation_id).state = OrganisationState.SUSPENDED


@pytest.mark.parametrize("change", [_leaves, _role_ended, _role_begins_later, _suspended])
def test_who_may_act_no_longer_cannot_sign_in_and_an_open_session_ends(session, donald, change):
    row, secret = sign_in(donald)
    change(session, donald)
    session.flush()
    assert queries.signed_in(row.id, service.digest(secret)) is None
    assert isinstance(sign_in(donald), Invalid)


def test_a_role_counts_up_to_and_with_its_last_day(session, donald):
    session.scalars(select(Membership)).one().until_day = clock.today()
    assert not isinstance(sign_in(donald), Invalid)


def test_a_session_ends_by_itself_after_its_hours(session, donald):
    row, secret = sign_in(donald)
    with clock.moved_to(clock.now() + service.SESSION_LENGTH + timedelta(seconds=1)):
        assert queries.signed_in(row.id, service.digest(secret)) is None


def test_a_fifth_failure_closes_an_address_for_a_while_even_for_the_right_password(session, donald):
    with clock.moved_to(clock.now()):
        assert all(isinstance(sign_in(donald, "fout fout fout"), Invalid) for _try in range(5))
        refused = sign_in(donald)
        assert isinstance(refused, TooMany)
        assert refused.retry_after == 3
    with clock.moved_to(clock.now() + timedelta(seconds=4)):
        assert not isinstance(sign_in(donald), TooMany)


def test_each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour(session, donald):
    waits, now = [], clock.now()
    for _try in range(18):
        with clock.moved_to(now):
            sign_in(donald, "fout fout fout")
            row = session.scalars(select(SignInFailure).order_by(SignInFailure.blocked_until.desc())).first()
            assert row is not None
            waits.append(int((row.blocked_until - now).total_seconds()))
        now = row.blocked_until + timedelta(seconds=1)
    assert waits[:8] == [0, 0, 0, 0, 2, 4, 8, 16]
    assert waits[-1] == limits.LONGEST_BLOCK_S


def test_a_quiet_day_forgets_failures(session, donald):
    for _try in range(4):
        sign_in(donald, "fout fout fout")
    with clock.moved_to(clock.now() + timedelta(days=1, minutes=1)):
        sign_in(donald, "fout fout fout")
        assert not isinstance(sign_in(donald), TooMany)


def test_signing_in_forgets_the_failures_of_the_address_but_not_of_the_origin(session, donald):
    sign_in(donald, "fout fout fout")
    sign_in(donald)
    left = session.scalars(select(SignInFailure.key)).all()
    assert left == [service.digest(f"origin:{ORIGIN}")]


def test_an_origin_that_tries_many_addresses_is_closed_too(session, donald):
    key = service.digest(f"origin:{ORIGIN}")
    session.add(SignInFailure(key=key, count=service.FREE_FAILURES["origin"], blocked_until=clock.now()))
    service.sign_in("niemand@elders.example", PASSWORD, ORIGIN)
    assert isinstance(sign_in(donald), TooMany)
    assert not isinstance(sign_in(donald, origin="192.0.2.2"), TooMany)


def test_failures_are_kept_without_the_address_or_the_origin(session, donald):
    sign_in(donald, "fout fout fout")
    kept = " ".join(session.scalars(select(SignInFailure.key)))
    assert factories.email_of(donald) not in kept
    assert ORIGIN not in kept


def test_signing_out_ends_the_session_on_the_server(session, donald):
    row, secret = sign_in(donald)
    service.sign_out(donald, row.id)
    session.flush()
    assert queries.signed_in(row.id, service.digest(secret)) is None


def test_nobody_ends_anothers_session(session, donald):
    row, _secret = sign_in(donald)
    with pytest.raises(NotFound):
        service.sign_out(factories.company(factories.DAGOBERT), row.id)


def test_switching_goes_to_an_organisation_of_ones_own_alone(session, donald):
    row, secret = sign_in(donald)
    dagobert = factories.company(factories.DAGOBERT)
    with pytest.raises(NotFound):
        service.switch(donald, row.id, dagobert.organisation_id)
    organisation = session.get_one(Organisation, dagobert.organisation_id)
    email = factories.email_of(donald)
    service.add_user(organisation, Role.COMPANY_READER, email=email, name="x", password=PASSWORD)
    service.switch(donald, row.id, organisation.id)
    session.flush()
    found = queries.signed_in(row.id, service.digest(secret))
    assert found is not None
    assert (found[1].organisation_id, found[1].role) == (organisation.id, Role.COMPANY_READER)


def test_a_known_person_keeps_their_password_in_another_organisation(session, donald):
    dagobert = factories.company(factories.DAGOBERT)
    organisation = session.get_one(Organisation, dagobert.organisation_id)
    service.add_user(
        organisation, Role.COMPANY_ADMIN, email=factories.email_of(donald), name="x", password="een heel ander woord"
    )
    assert isinstance(sign_in(donald, "een heel ander woord"), Invalid)
    assert not isinstance(sign_in(donald), Invalid)


@pytest.mark.parametrize(
    ("role", "password", "field"),
    [(Role.BUYER, PASSWORD, "rol"), (Role.SYSTEM, PASSWORD, "rol"), (Role.COMPANY_READER, "kort", "wachtwoord")],
)
def test_a_role_of_another_sort_of_organisation_and_a_short_password_are_refused(
    session, donald, role, password, field
):
    organisation = session.get_one(Organisation, donald.organisation_id)
    with pytest.raises(Invalid) as caught:
        service.add_user(organisation, role, email="nieuw@donald.example", name="Nieuw", password=password)
    assert field in caught.value.fields


def test_a_password_with_spaces_around_it_or_composed_letters_can_be_used_to_sign_in(client, session, donald):
    organisation = session.get_one(Organisation, donald.organisation_id)
    password = " café met een spatie "
    email = "spatie@donald.example"
    service.add_user(organisation, Role.COMPANY_READER, email=email, name="Spatie", password=password)
    session.flush()
    assert client.post("/inloggen", data={"email": email, "wachtwoord": password}).status_code == 303


def test_a_key_lets_a_program_act_as_a_medewerker_and_nothing_more(session, donald):
    row, secret = service.make_token(donald, name="Documentbeheer")
    session.flush()
    found = queries.living_token(service.digest(secret))
    assert found is row
    assert found.role == Role.COMPANY_MEMBER
    assert secret not in row.secret_hash


def test_a_stopped_key_and_the_key_of_a_suspended_company_open_nothing(session, donald):
    row, secret = service.make_token(donald, name="Eerste")
    _other, second = service.make_token(donald, name="Tweede")
    session.flush()
    service.revoke_token(donald, row.id)
    session.flush()
    assert queries.living_token(service.digest(secret)) is None
    assert queries.living_token(service.digest(second))
    _suspended(session, donald)
    session.flush()
    assert queries.living_token(service.digest(second)) is None


def test_stopping_a_key_twice_or_anothers_is_refused(session, donald):
    row, _secret = service.make_token(donald, name="Eerste")
    session.flush()
    with pytest.raises(NotFound):
        service.revoke_token(factories.company(factories.DAGOBERT), row.id)
    with pytest.raises(NotFound):
        service.revoke_token(donald, uuid4())
    service.revoke_token(donald, row.id)
    with pytest.raises(Conflict):
        service.revoke_token(donald, row.id)


@pytest.mark.parametrize("role", [Role.COMPANY_MEMBER, Role.COMPANY_READER])
def test_only_who_administers_the_company_makes_keys_or_sees_them(session, role):
    actor = factories.company(role=role)
    with pytest.raises(Forbidden):
        service.make_token(actor, name="x")
    with pytest.raises(Forbidden):
        queries.tokens(actor)


def test_a_key_makes_no_other_keys(session, donald):
    row, _secret = service.make_token(donald, name="Eerste")
    program = Actor(ActorKind.TOKEN, row.id, donald.organisation_id, Role(row.role))
    with pytest.raises(Forbidden):
        service.make_token(program, name="Tweede")
