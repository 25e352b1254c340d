"""Addresses at which nothing arrives: who is told, and how somebody is reachable again."""

import pytest
from sqlalchemy import select

from depot.access import Action, Role
from depot.accounts import reach, resets
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.core import db
from depot.core.errors import Forbidden, NotFound
from depot.mail import addresses
from depot.mail.models import Message
from tests import factories
from tests.accounts.links import secret_of
from tests.factories import email_of, signed_in


@pytest.fixture
def operator(session):
    return factories.reviewer(Role.OPERATOR_ADMIN)


@pytest.fixture
def donald(session):
    return factories.company()


def colleague(actor, role=Role.COMPANY_MEMBER):
    return factories.member(db.session.get_one(Organisation, actor.organisation_id), role)


def warned():
    found = select(Message).where(Message.template == "colleague_unreachable")
    return {row.address for row in db.session.scalars(found)}


def test_the_others_of_the_organisation_are_told_once_and_not_whose_address_it_is(session, donald):
    other = colleague(donald)
    mark = addresses.mark(email_of(donald).upper(), "failed 5.1.1")
    assert reach.tell(mark.id) == 1
    assert reach.tell(mark.id) == 0
    assert warned() == {email_of(other)}
    [letter] = session.scalars(select(Message).where(Message.template == "colleague_unreachable"))
    assert email_of(donald) not in str(letter.payload)
    assert session.scalars(select(Event).where(Event.action == Action.ADDRESS_MARK)).one().object_id == mark.id


def test_an_organisation_of_which_nobody_is_left_is_the_operators_to_see(client, session, donald, operator):
    mark = addresses.mark(email_of(donald), "550 5.1.1 unknown")
    assert reach.tell(mark.id) == 0
    [seen] = reach.marks(operator)
    assert seen.deserted == seen.organisations != []
    page = signed_in(client, operator).get("/berichten").text
    assert f"Niemand van {seen.deserted[0]} is nog per mail te bereiken" in page
    assert "550 5.1.1 unknown" in page


def test_an_address_of_nobody_in_the_depot_is_only_marked(session, operator):
    assert reach.tell(addresses.mark("client@elders.example", "failed 5.1.1").id) == 0
    assert reach.marks(operator)[0].name is None


def test_the_operator_marks_an_address_and_takes_that_back(client, session, donald, operator):
    page = signed_in(client, operator)
    wrong = page.post("/berichten/onbestelbaar", data={"email": "geen adres", "reden": ""})
    assert wrong.status_code == 400
    page.post("/berichten/onbestelbaar", data={"email": email_of(donald), "reden": "Uit dienst."})
    [mark] = addresses.marks()
    assert (mark.address, mark.marked_by) == (email_of(donald), operator.id)
    assert "Uit dienst." in page.get("/berichten").text
    path = f"/berichten/onbestelbaar/{mark.id}/opheffen"
    assert page.post(path).status_code == 303
    assert addresses.marks() == []
    assert page.post(path).status_code == 404
    acts = session.scalars(select(Event.actor_id).where(Event.action == Action.ADDRESS_MARK)).all()
    assert acts == [operator.id] * 2


def test_only_the_operator_marks(session, donald):
    mark = addresses.mark("x@y.example", "failed 5.1.1")
    with pytest.raises(Forbidden):
        reach.mark(donald, address="x@y.example", reason="Zomaar.")
    with pytest.raises(Forbidden):
        reach.unmark(donald, mark.id)
    with pytest.raises(Forbidden):
        reach.marks(donald)


def test_who_opens_a_link_from_the_mail_is_reachable_again(session, donald):
    addresses.mark(email_of(donald), "failed 5.1.1")
    resets.request(email_of(donald), "192.0.2.1")
    resets.choose(secret_of("password_reset"), password="een heel ander wachtwoord", origin="192.0.2.1")
    assert addresses.undeliverable([email_of(donald)]) == set()


def test_a_mark_that_is_gone_is_not_found(session, operator):
    with pytest.raises(NotFound):
        reach.unmark(operator, db.new_id())
