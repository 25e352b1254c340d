"""An extract is held against the trade register; while that is silent the check waits, and nothing else does."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.catalogue import service as catalogue
from depot.companies.models import RegisterLook
from depot.companies.register import Answer, Outcome, Profile
from depot.core import db
from depot.documents.models import State, Version
from depot.verification import queries, service
from depot.verification import register as registers
from depot.verification.models import Finding
from depot.verification.texts import sentence
from tests import factories
from tests.factories import DONALD
from tests.registers import Desk, desk, register
from tests.verification.test_approval import authority, extract, trusting

__all__ = ["desk", "register", "trusting"]

NAME = "Test BV Donald"
EXTRACT = catalogue.load(catalogue.FOLDER).kinds["kvk_extract"]
TODAY = date(2026, 11, 22)
FACTS = {"kvkNumber": DONALD, "statutoryName": "Test B.V. Donald", "legalForm": "bv", "rsin": "857587973"}
FOUND = Profile(DONALD, NAME, "bv", "857587973", ("Donald Coaching",))


def judged(profile: Profile, **changes: Any) -> tuple[str, str]:
    found = registers.judge(EXTRACT, FACTS | changes, Answer(Outcome.FOUND, profile), TODAY)
    return found.reason, str(sentence(found))


def told(version: Version) -> Finding:
    found = {row.check: row for row in queries.findings([version.id])}
    db.session.refresh(found["register"])
    return found["register"]


def later() -> None:
    for row in db.session.scalars(select(Finding)):
        row.at -= timedelta(minutes=11)
    for look in db.session.scalars(select(RegisterLook)):
        look.at -= timedelta(minutes=11)
    db.session.flush()


def test_name_form_and_rsin_are_equal_in_any_spelling() -> None:
    assert judged(FOUND)[0] == "equal"
    assert judged(FOUND, statutoryName="DONALD coaching")[0] == "equal"
    assert judged(FOUND, rsin=None)[0] == "equal"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"statutoryName": "Test BV Duck"}, "De naam is daar: Test BV Donald."),
        ({"legalForm": "foundation"}, "De rechtsvorm is daar: besloten vennootschap (bv)."),
        ({"rsin": "123456782"}, "Het RSIN is daar: 857587973."),
    ],
)
def test_what_the_register_says_otherwise_is_said_in_words(changes: dict[str, str], said: str) -> None:
    reason, text = judged(FOUND, **changes)
    assert reason == "differs"
    assert said in text


def test_a_company_that_ended_is_said_as_such() -> None:
    assert judged(Profile(DONALD, NAME, is_active=False))[0] == "ended"


def test_found_not_found_and_not_reachable_stay_apart() -> None:
    reasons = {
        outcome: registers.judge(EXTRACT, FACTS, Answer(outcome, FOUND if outcome == "found" else None), TODAY).reason
        for outcome in Outcome
    }
    assert reasons == {"found": "equal", "not_found": "not_found", "unreachable": "unreachable"}
    assert registers.judge(EXTRACT, FACTS, None, TODAY).reason == "not_looked"


def test_an_extract_gets_what_the_register_says(session: Session, register: Desk) -> None:
    register.add(DONALD, NAME)
    version = factories.checked(factories.company())
    assert (version.state, told(version).reason) == (State.IN_REVIEW, "equal")


def test_a_number_that_the_register_does_not_know_is_wrong_but_for_a_person_to_judge(
    session: Session, register: Desk
) -> None:
    version = factories.checked(factories.company())
    assert (version.state, told(version).reason, told(version).outcome) == (State.IN_REVIEW, "not_found", "error")


def test_another_kind_does_not_ask_the_register(session: Session, register: Desk) -> None:
    factories.checked(factories.company(), kind="quality_mark")
    assert register.asked == []


def test_a_register_that_is_down_keeps_nothing_back_and_is_asked_again(session: Session, register: Desk) -> None:
    register.is_down = True
    version = factories.checked(factories.company())
    assert (version.state, told(version).reason) == (State.IN_REVIEW, "unreachable")
    assert registers.ask_again(10) == {"answered": 0, "unreachable": 0}
    later()
    assert registers.ask_again(10) == {"answered": 0, "unreachable": 1}
    assert told(version).reason == "unreachable"
    register.is_down = False
    register.add(DONALD, NAME)
    later()
    assert registers.ask_again(10) == {"answered": 1, "unreachable": 0}
    assert (told(version).reason, told(version).outcome) == ("equal", "ok")
    assert registers.ask_again(10) == {"answered": 0, "unreachable": 0}


def test_what_a_person_decided_on_is_not_asked_again(session: Session, register: Desk) -> None:
    register.is_down = True
    version = factories.checked(factories.company())
    service.approve(factories.reviewer(), version.id, facts=factories.facts())
    later()
    assert registers.ask_again(10) == {"answered": 0, "unreachable": 0}


def test_an_extract_is_approved_by_rule_only_when_the_register_says_the_same(
    session: Session, trusting: None, register: Desk
) -> None:
    issued = {"issueDate": str(factories.clock.today() - timedelta(days=3))}
    assert factories.checked(factories.company(), data=extract(authority()), **issued).state is State.IN_REVIEW


def test_an_extract_that_seal_and_register_prove_is_approved_by_rule(
    session: Session, trusting: None, register: Desk
) -> None:
    register.add(DONALD, NAME)
    issued = {"issueDate": str(factories.clock.today() - timedelta(days=3))}
    assert factories.checked(factories.company(), data=extract(authority()), **issued).state is State.APPROVED


def test_without_a_register_the_finding_says_so_and_a_rule_may_approve(session: Session, trusting: None) -> None:
    assert current_app.extensions["depot.register"] is None
    issued = {"issueDate": str(factories.clock.today() - timedelta(days=3))}
    version = factories.checked(factories.company(), data=extract(authority()), **issued)
    assert (version.state, told(version).reason) == (State.APPROVED, "not_looked")
