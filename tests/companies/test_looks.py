"""Looks in the trade register: when they are due, what they flag, and that an outage changes nothing."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor, Role
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.companies import looks, queries
from depot.companies.models import Company, RegisterLook
from depot.companies.register import Outcome
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, NotFound
from depot.mail import service as mail
from depot.mail.models import Message
from tests import factories
from tests.factories import DAGOBERT, DONALD, KATRIEN
from tests.registers import Desk, desk, register

__all__ = ["desk", "register"]

NAME = "Test BV Donald"


@pytest.fixture
def donald(session: Session) -> Actor:
    return factories.company()


def look(actor: Actor) -> RegisterLook:
    found = queries.last_look(actor.organisation_id)
    assert found is not None
    return found


def later(days: float) -> None:
    """A month passes for every company."""
    for company in db.session.scalars(select(Company)):
        company.looked_up_at = company.looked_up_at and company.looked_up_at - timedelta(days=days)
        company.leased_until = None
    for row in db.session.scalars(select(RegisterLook)):
        row.at -= timedelta(days=days)
    db.session.flush()


def letters() -> list[Message]:
    return list(db.session.scalars(select(Message).where(Message.template == "register_differs")))


def test_a_company_that_the_register_knows_the_same_is_not_flagged(donald: Actor, register: Desk) -> None:
    register.add(DONALD, "TEST B.V. Dónald")
    assert looks.look_up_due(10) == {"looked": 1, "flagged": 0, "unreachable": 0}
    assert (look(donald).outcome, look(donald).differences) == (Outcome.FOUND, [])
    assert look(donald).told["place"] == "Apeldoorn"
    assert looks.look_up_due(10) == {"looked": 0, "flagged": 0, "unreachable": 0}
    assert letters() == []


def test_a_company_is_looked_up_again_after_a_month_and_no_sooner(donald: Actor, register: Desk) -> None:
    register.add(DONALD, NAME)
    looks.look_up_due(10)
    later(29.9)
    assert looks.look_up_due(10)["looked"] == 0
    later(0.2)
    assert looks.look_up_due(10)["looked"] == 1


def test_the_longest_ago_comes_first_and_no_more_than_the_limit(donald: Actor, register: Desk) -> None:
    register.add(DONALD, NAME)
    looks.look_up_due(1)
    later(40)
    for number in (DAGOBERT, KATRIEN):
        factories.company(number)
        register.add(number, factories.name_of(number))
    assert looks.look_up_due(2)["looked"] == 2
    assert not any(path.endswith(DONALD) for path in register.asked[1:])
    assert looks.look_up_due(2)["looked"] == 1


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"form": "Stichting"}, "legal_form", "foundation"),
        ({"form": "Kerkgenootschap"}, "legal_form", "other"),
        ({"rsin": "123456782"}, "rsin", "123456782"),
        ({"ended_on": "20261101"}, "registration", "ended"),
    ],
)
def test_what_changed_is_flagged_mailed_and_recorded_once(
    donald: Actor, register: Desk, changes: dict[str, str], field: str, value: str
) -> None:
    db.session.get_one(Organisation, donald.organisation_id).rsin = "857587973"
    register.add(DONALD, NAME, **changes)
    assert looks.look_up_due(10)["flagged"] == 1
    assert [(item["field"], item["theirs"]) for item in look(donald).differences] == [(field, value)]
    assert len(letters()) == 1
    event = db.session.scalars(select(Event).where(Event.action == "register.ask")).one()
    assert (event.about_company_id, event.detail) == (donald.organisation_id, {"fields": [field]})
    later(31)
    assert looks.look_up_due(10) == {"looked": 1, "flagged": 0, "unreachable": 0}
    assert len(letters()) == 1


def test_another_name_is_flagged_and_a_further_change_again(donald: Actor, register: Desk) -> None:
    register.add(DONALD, "Test BV Duck")
    assert looks.look_up_due(10)["flagged"] == 1
    register.add(DONALD, "Test BV Duck", ended_on="20261101")
    later(31)
    assert looks.look_up_due(10)["flagged"] == 1
    assert [item["field"] for item in look(donald).differences] == ["registration", "name"]


def test_a_company_that_is_gone_from_the_register_is_flagged(donald: Actor, register: Desk) -> None:
    assert looks.look_up_due(10) == {"looked": 1, "flagged": 1, "unreachable": 0}
    assert look(donald).outcome is Outcome.NOT_FOUND
    assert look(donald).differences == [{"field": "registration", "ours": "active", "theirs": "not_found"}]


def test_an_outage_flags_nothing_and_is_tried_again_ever_later(donald: Actor, register: Desk) -> None:
    register.add(DONALD, NAME)
    register.is_down = True
    for attempt, minutes in ((1, 1), (2, 2), (3, 4)):
        assert looks.look_up_due(10) == {"looked": 0, "flagged": 0, "unreachable": 1}
        found, company = look(donald), db.session.get_one(Company, donald.organisation_id)
        assert (found.outcome, found.reason, found.attempts) == (Outcome.UNREACHABLE, "busy", attempt)
        assert company.leased_until is not None
        assert timedelta(minutes=minutes - 0.5) < company.leased_until - clock.now() <= timedelta(minutes=minutes)
        assert looks.look_up_due(10) == {"looked": 0, "flagged": 0, "unreachable": 0}
        company.leased_until = None
    register.is_down = False
    assert looks.look_up_due(10) == {"looked": 1, "flagged": 0, "unreachable": 0}
    assert letters() == []


def test_an_outage_between_two_looks_does_not_flag_the_same_twice(donald: Actor, register: Desk) -> None:
    register.add(DONALD, "Test BV Duck")
    looks.look_up_due(10)
    later(31)
    register.is_down = True
    looks.look_up_due(10)
    later(1)
    register.is_down = False
    assert looks.look_up_due(10) == {"looked": 1, "flagged": 0, "unreachable": 0}


def test_an_outage_ends_the_run_at_the_first(session: Session, register: Desk) -> None:
    for number in (DONALD, DAGOBERT, KATRIEN):
        factories.company(number)
    register.is_down = True
    assert looks.look_up_due(10)["unreachable"] == 1


def test_without_a_register_nothing_is_looked_up(donald: Actor) -> None:
    assert looks.look_up_due(10) == {"looked": 0, "flagged": 0, "unreachable": 0}
    assert looks.answer_for(donald.organisation_id) is None


def test_an_answer_of_today_serves_again_and_silence_is_not_waited_for_by_each(donald: Actor, register: Desk) -> None:
    register.add(DONALD, NAME)
    first = looks.answer_for(donald.organisation_id)
    assert looks.answer_for(donald.organisation_id) == first
    assert len(register.asked) == 1
    later(2)
    register.is_down = True
    for _check in range(2):
        answer = looks.answer_for(donald.organisation_id)
        assert answer is not None
        assert answer.outcome is Outcome.UNREACHABLE
    assert len(register.asked) == 4
    register.is_down = False
    later(1)
    assert looks.answer_for(donald.organisation_id) == first


def test_a_flag_is_settled_once_by_a_reviewer(donald: Actor, register: Desk) -> None:
    looks.look_up_due(10)
    reviewer = factories.reviewer()
    (row,) = looks.flagged(reviewer)
    looks.settle(reviewer, row.id, remark="Het bedrijf is gebeld.")
    assert looks.flagged(reviewer) == []
    assert (row.seen_by, row.remark) == (reviewer.id, "Het bedrijf is gebeld.")
    with pytest.raises(Conflict):
        looks.settle(reviewer, row.id, remark="")
    with pytest.raises(NotFound):
        looks.settle(reviewer, db.new_id(), remark="")


def test_a_company_reads_no_flags_and_settles_none(donald: Actor, register: Desk) -> None:
    looks.look_up_due(10)
    with pytest.raises(Forbidden):
        looks.flagged(donald)
    with pytest.raises(Forbidden):
        looks.settle(donald, look(donald).id, remark="")


def test_the_letter_leads_to_what_differs(donald: Actor, register: Desk) -> None:
    looks.look_up_due(10)
    letter = mail.compose(letters()[0])
    assert letter.subject == "Test BV Donald: het Handelsregister zegt iets anders"
    assert "/organisatie" in letter.text
    assert "/organisatie" in letter.content


def test_the_company_sees_what_the_register_says_and_when(client: FlaskClient, donald: Actor, register: Desk) -> None:
    factories.signed_in(client, donald)
    assert "Nog niet nagekeken in het Handelsregister." in client.get("/organisatie").text
    register.add(DONALD, "Test BV Duck <b>", form="Stichting")
    looks.look_up_due(10)
    page = client.get("/organisatie").text
    assert "Het register zegt iets anders" in page
    assert "Test BV Duck &lt;b&gt;" in page
    assert "stichting" in page
    register.is_down = True
    later(31)
    looks.look_up_due(10)
    assert "Het Handelsregister antwoordt nu niet." in client.get("/organisatie").text


def test_without_a_register_the_page_says_that_nobody_looked(client: FlaskClient, donald: Actor) -> None:
    factories.signed_in(client, donald)
    assert "Niet nagekeken: het depot is niet verbonden met het Handelsregister." in client.get("/organisatie").text


def test_a_reviewer_settles_a_flag_on_the_page(client: FlaskClient, donald: Actor, register: Desk) -> None:
    looks.look_up_due(10)
    factories.signed_in(client, factories.reviewer())
    page = client.get("/registers").text
    assert "Test BV Donald" in page
    address = f"/registers/{look(donald).id}"
    assert "niet in het register" in client.get(address).text
    assert client.post(address, data={"opmerking": "Gebeld."}).status_code == 303
    assert "Er is niets veranderd" in client.get("/registers").text
    assert "Gebeld." in client.get(address).text
    assert client.post(address, data={}).status_code == 409


def test_a_reader_of_a_municipality_has_no_registers(client: FlaskClient, session: Session) -> None:
    factories.signed_in(client, factories.municipality(Role.MUNICIPALITY_READER))
    assert client.get("/registers").status_code == 403
