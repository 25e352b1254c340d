from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from depot.access import Action, Actor
from depot.accounts import links
from depot.accounts.service import digest
from depot.audit.models import Event
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from depot.documents import service as documents
from depot.documents.models import FactSource, Relation, State, Version
from depot.mail import service as mail
from depot.mail.models import MessageState
from depot.verification import confirmations, queries, service
from depot.verification.confirmation_models import Confirmation, ConfirmationLink, ConfirmationState
from depot.verification.confirmation_rules import Outcome
from tests import factories
from tests.accounts.links import posted, secret_of
from tests.factories import email_of

CLIENT = "inkoop@voorbeeld.example"
ANSWER = {
    "outcome": "right",
    "corrections": {},
    "is_satisfied": True,
    "function": "contractmanager",
    "remarks": "",
    "origin": "192.0.2.1",
}


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def version(company: Actor) -> Version:
    made = factories.stated(company, contactEmail=CLIENT, amountTotalExVat="120000.00")
    service.run_checks()
    return made


def ask(reviewer: Actor, version: Version, email: str = CLIENT) -> Confirmation:
    return confirmations.ask(reviewer, version.id, email=email, checked_how="Eigen website, gebeld.", locale="nl")


def again(company: Actor, version: Version, **changes: str | None) -> Version:
    """The same reference once more, as a correction of the first."""
    facts = {**(version.facts(FactSource.SUBMITTED) or {}), **changes}
    made = documents.deposit_next(company, version.document_id, relation=Relation.CORRECTION, facts=facts)
    service.run_checks()
    return made


def test_a_client_is_asked_by_a_link_of_which_only_a_hash_is_kept(
    session: Session, reviewer: Actor, version: Version
) -> None:
    row = ask(reviewer, version)
    assert [message.address for message in posted("confirmation_asked")] == [CLIENT]
    assert session.scalars(select(ConfirmationLink.token_hash)).all() == [digest(secret_of("confirmation_asked"))]
    assert row.until - row.asked_at == pytest.approx(timedelta(days=30), abs=timedelta(seconds=5))
    assert row.asked["amountTotalExVat"] == "120000.00"
    assert "contactEmail" not in row.asked
    event = session.scalars(select(Event).where(Event.action == Action.REFERENCE_ASK)).one()
    assert event.about_company_id == version.document.company_id


def test_the_answer_is_kept_changes_no_fact_and_the_first_one_stands(
    session: Session, reviewer: Actor, version: Version
) -> None:
    ask(reviewer, version)
    secret = secret_of("confirmation_asked")
    before = version.best_facts
    said = {**ANSWER, "outcome": "corrected", "corrections": {"amountTotalExVat": "110.000"}}
    row = confirmations.answer(secret, **said)
    assert (row.state, row.outcome) == (ConfirmationState.ANSWERED, Outcome.CORRECTED)
    assert confirmations.answer(secret, **{**ANSWER, "outcome": "wrong"}).outcome is Outcome.CORRECTED
    assert version.best_facts == before
    told = confirmations.about_version(version, "nl")
    assert told
    assert told.corrections == [("Bedrag van de hele opdracht (ex btw)", "110.000")]
    event = session.scalars(select(Event).where(Event.action == Action.REFERENCE_ANSWER)).one()
    assert event.detail == {"outcome": "corrected"}


@pytest.mark.parametrize("email", ["emmen@gmail.com", "x@sub.hotmail.nl"])
def test_an_address_that_anybody_can_get_is_refused(reviewer: Actor, version: Version, email: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask(reviewer, version, email)
    assert "email" in refused.value.fields
    assert not posted("confirmation_asked")


def test_the_companys_own_domain_is_refused(reviewer: Actor, company: Actor, version: Version) -> None:
    own = email_of(company).rpartition("@")[2]
    for domain in (own, f"mail.{own}"):
        with pytest.raises(Invalid):
            ask(reviewer, version, f"iemand@{domain}")


def test_what_is_asked_or_answered_is_not_asked_again(reviewer: Actor, version: Version) -> None:
    ask(reviewer, version)
    with pytest.raises(Conflict):
        ask(reviewer, version)
    confirmations.answer(secret_of("confirmation_asked"), **ANSWER)
    with pytest.raises(Conflict):
        ask(reviewer, version)


def test_an_answer_holds_for_every_version_with_the_same_facts(
    reviewer: Actor, company: Actor, version: Version
) -> None:
    ask(reviewer, version)
    row = confirmations.answer(secret_of("confirmation_asked"), **ANSWER)
    service.send_back(reviewer, version.id, reason="Verbeter de omschrijving.")
    same = again(company, version, description="Andere woorden.", contactEmail="contract@voorbeeld.example")
    other = factories.stated(company, "reference", "Nog eens", amountTotalExVat="120000.00")
    assert confirmations.of_version(same) is row
    assert confirmations.of_version(other) is row
    told = confirmations.about_version(same, "nl")
    assert told
    assert told.source is version
    with pytest.raises(Conflict):
        ask(reviewer, same)


def test_other_facts_and_other_companies_are_asked_anew(reviewer: Actor, company: Actor, version: Version) -> None:
    ask(reviewer, version)
    confirmations.answer(secret_of("confirmation_asked"), **ANSWER)
    service.send_back(reviewer, version.id, reason="Verbeter het bedrag.")
    other = again(company, version, amountTotalExVat="130000.00")
    elsewhere = factories.stated(factories.company(factories.DAGOBERT), amountTotalExVat="120000.00")
    assert confirmations.of_version(other) is None
    assert confirmations.of_version(elsewhere) is None
    assert ask(reviewer, other).is_open


def test_what_a_reviewer_corrects_keeps_the_answer(reviewer: Actor, version: Version) -> None:
    row = ask(reviewer, version)
    confirmations.answer(secret_of("confirmation_asked"), **ANSWER)
    facts = {**(version.facts(FactSource.SUBMITTED) or {}), "amountTotalExVat": "110000.00"}
    service.approve(reviewer, version.id, facts=facts)
    assert confirmations.of_version(version) is row


def test_a_question_that_was_stopped_can_be_asked_elsewhere(reviewer: Actor, version: Version) -> None:
    ask(reviewer, version)
    first = secret_of("confirmation_asked")
    confirmations.stop(reviewer, version.id)
    with pytest.raises(NotFound):
        confirmations.opened(first)
    assert ask(reviewer, version, "contract@voorbeeld.example").is_open
    assert confirmations.opened(secret_of("confirmation_asked")).email == "contract@voorbeeld.example"


def test_two_reviewers_cannot_ask_the_same_at_once(session: Session, reviewer: Actor, version: Version) -> None:
    row = ask(reviewer, version)
    twin = {
        name: getattr(row, name)
        for name in (
            "version_id", "company_id", "about", "asked", "client", "address", "domain", "checked_how", "locale",
            "asked_by", "until",
        )
    }  # fmt: skip
    session.add(Confirmation(**twin))
    with pytest.raises(IntegrityError):
        session.flush()


def test_there_are_two_reminders_each_with_a_link_of_its_own_and_then_no_answer(
    session: Session, reviewer: Actor, version: Version
) -> None:
    row = ask(reviewer, version)
    told = []
    for days in range(1, 32):
        with clock.moved_to(row.asked_at + timedelta(days=days, minutes=1)):
            told += [(days, confirmations.remind(id)) for id in confirmations.due()]
    assert [each for each in told if each[1] != "nothing"] == [(7, "reminded"), (14, "reminded"), (30, "silent")]
    sent = posted("confirmation_asked")
    assert [message.payload["is_reminder"] for message in sent] == [False, True, True]
    assert len({message.payload["secret"] for message in sent}) == 3
    assert row.state is ConfirmationState.SILENT
    assert ask(reviewer, version).is_open


def test_reminders_that_were_missed_are_not_made_up_for(reviewer: Actor, version: Version) -> None:
    row = ask(reviewer, version)
    with clock.moved_to(row.asked_at + timedelta(days=20)):
        assert [confirmations.remind(row.id) for _run in range(3)] == ["reminded", "nothing", "nothing"]


def test_who_answered_is_not_reminded_and_every_link_shows_the_answer(reviewer: Actor, version: Version) -> None:
    row = ask(reviewer, version)
    with clock.moved_to(row.asked_at + timedelta(days=8)):
        confirmations.remind(row.id)
        confirmations.answer(secret_of("confirmation_asked"), **ANSWER)
        for message in posted("confirmation_asked"):
            assert confirmations.opened(message.payload["secret"]) is row
    with clock.moved_to(row.asked_at + timedelta(days=15)):
        assert not confirmations.due()


def test_a_reference_that_is_taken_back_ends_its_question(reviewer: Actor, company: Actor, version: Version) -> None:
    row = ask(reviewer, version)
    documents.withdraw(company, version.document_id)
    with clock.moved_to(row.asked_at + timedelta(days=8)):
        assert confirmations.remind(row.id) == "stopped"


def test_a_link_works_for_thirty_days_and_another_secret_never(reviewer: Actor, version: Version) -> None:
    row = ask(reviewer, version)
    secret = secret_of("confirmation_asked")
    with clock.moved_to(row.asked_at + timedelta(days=29)):
        assert confirmations.opened(secret) is row
    with clock.moved_to(row.asked_at + timedelta(days=30, minutes=1)), pytest.raises(NotFound):
        confirmations.opened(secret)
    with pytest.raises(NotFound):
        confirmations.answer(links.new()[0], **ANSWER)


def test_sending_an_answer_over_and_over_must_wait(reviewer: Actor, version: Version) -> None:
    ask(reviewer, version)
    with clock.moved_to(clock.now()):
        for _try in range(6):
            confirmations.answer(secret_of("confirmation_asked"), **ANSWER)
        with pytest.raises(TooMany):
            confirmations.answer(secret_of("confirmation_asked"), **ANSWER)


def test_the_address_is_forgotten_once_the_reference_cannot_count_any_more(
    session: Session, reviewer: Actor, company: Actor, version: Version
) -> None:
    row = ask(reviewer, version)
    mail.send_due()
    confirmations.answer(posted("confirmation_asked")[0].payload["secret"], **ANSWER)
    service.approve(reviewer, version.id, facts=version.facts(FactSource.SUBMITTED) or {})
    last = version.valid_until
    assert last
    assert confirmations.forget_addresses(last) == 0
    assert confirmations.forget_addresses(last + timedelta(days=1)) == 1
    assert (row.address, row.domain) == (None, "voorbeeld.example")
    session.expire_all()
    assert [message.address for message in posted("confirmation_asked")] == [""]
    assert confirmations.forget_addresses(last + timedelta(days=2)) == 0


def test_only_reviewers_ask_and_only_about_references_they_look_at(
    reviewer: Actor, company: Actor, version: Version
) -> None:
    for stranger in (company, factories.municipality()):
        with pytest.raises(Forbidden):
            ask(stranger, version)
        with pytest.raises(Forbidden):
            confirmations.stop(stranger, version.id)
    with pytest.raises(Conflict):
        ask(reviewer, factories.checked(company, "liability_insurance"))
    service.send_back(reviewer, version.id, reason="Niet leesbaar.")
    assert db.session.get_one(Version, version.id).state is State.RETURNED
    with pytest.raises(Conflict):
        ask(reviewer, version)


@pytest.mark.parametrize(("locale", "subject"), [("nl", "Klopt de referentie van"), ("en", "Is the reference of")])
def test_the_mail_speaks_the_language_that_the_reviewer_chose(
    reviewer: Actor, version: Version, locale: str, subject: str
) -> None:
    confirmations.ask(reviewer, version.id, email=CLIENT, checked_how="Website.", locale=locale)
    letter = mail.compose(posted("confirmation_asked")[0])
    assert letter.subject.startswith(subject)
    for body in (letter.text, letter.content):
        assert f"/bevestiging/{secret_of('confirmation_asked')}" in body
        assert "Gemeente Voorbeeld" in body


@pytest.mark.parametrize(("outcome", "comes_back"), [("right", False), ("corrected", True), ("not_ours", True)])
def test_what_was_approved_comes_back_to_the_reviewers_unless_the_client_says_right(
    session: Session, reviewer: Actor, version: Version, outcome: str, comes_back: bool
) -> None:
    ask(reviewer, version)
    service.approve(reviewer, version.id, facts=version.facts(FactSource.SUBMITTED) or {})
    confirmations.answer(secret_of("confirmation_asked"), **{**ANSWER, "outcome": outcome})
    session.flush()
    assert [row.id for row in queries.due(reviewer)] == ([version.id] if comes_back else [])
    assert version.state is State.APPROVED


def test_a_mail_that_could_not_be_delivered_is_told(session: Session, reviewer: Actor, version: Version) -> None:
    ask(reviewer, version)
    [message] = posted("confirmation_asked")
    for state, is_undelivered in ((MessageState.SENT, False), (MessageState.FAILED, True)):
        message.state = state
        session.flush()
        told = confirmations.about_version(version, "nl")
        assert told
        assert told.is_undelivered is is_undelivered
