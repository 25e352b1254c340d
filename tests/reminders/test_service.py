from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from depot.access import SYSTEM, Actor, Role
from depot.accounts import service as accounts
from depot.accounts.models import Organisation, OrganisationState, User
from depot.core import clock, db
from depot.core.errors import Forbidden
from depot.core.http import DepotFlask
from depot.documents import endings
from depot.documents import service as documents
from depot.documents.models import Document, Relation, State, Version
from depot.mail import addresses
from depot.mail import service as mail
from depot.mail.models import Message
from depot.reminders import digests, preferences, service
from depot.reminders.models import Digest, DigestLine, ReminderStep, Rhythm
from depot.verification import decisions
from tests import factories
from tests.factories import DAGOBERT, member

TODAY = date(2026, 11, 24)
"""A Tuesday."""
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
NOTHING = {"digests": 0, "documents": 0, "unreachable": 0, "waiting": 0}
POLICY = "liability_insurance"


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.moved_to(NOON):
        yield


@pytest.fixture
def anna(session: Session) -> Actor:
    """The administrator of a company."""
    return factories.company()


def deposit(company: Actor, kind: str, days: int, *, title: str = "", is_validity: bool = True) -> UUID:
    """An approved document that ends so many days from today."""
    document = Document(company_id=company.organisation_id, kind=kind, title=title or kind)
    db.session.add(document)
    db.session.flush()
    add_version(document, 1, days=days, is_validity=is_validity)
    return document.id


def add_version(
    document: Document,
    number: int,
    *,
    days: int | None = None,
    state: State = State.APPROVED,
    relation: Relation = Relation.FIRST,
    is_validity: bool = True,
) -> Version:
    end = None if days is None else TODAY + timedelta(days=days)
    row = Version(document_id=document.id, number=number, relation=relation, state=state, next_due_on=end)
    row.valid_until = end if is_validity else None
    db.session.add(row)
    endings.look_anew(document)
    return row


def get(document_id: UUID) -> Document:
    return db.session.get_one(Document, document_id)


def send(days: int = 0) -> dict[str, int]:
    """The job of a day: it has a session of its own."""
    db.session.commit()
    db.session.expunge_all()
    with clock.moved_to(NOON + timedelta(days=days)):
        return service.send_due(SYSTEM, TODAY + timedelta(days=days))


def messages() -> list[Message]:
    return list(db.session.scalars(select(Message).where(Message.template == "digest").order_by(Message.id)))


def titles(message: Message) -> list[str]:
    return [item["title"] for item in message.payload["items"]]


def steps() -> list[int]:
    return list(
        db.session.scalars(select(ReminderStep.step).where(~ReminderStep.is_passed_over).order_by(ReminderStep.id))
    )


def due_on(document_id: UUID) -> date | None:
    return db.session.scalar(select(Version.reminder_due_on).where(Version.document_id == document_id))


def test_a_company_gets_one_digest_with_the_most_urgent_first(anna: Actor) -> None:
    deposit(anna, POLICY, 25, title="Polis")
    deposit(anna, "kvk_extract", -3, title="Uittreksel")
    deposit(anna, "quality_mark", 200, title="Keurmerk")
    assert send() == NOTHING | {"digests": 1, "documents": 2}
    [message] = messages()
    assert titles(message) == ["Uittreksel", "Polis"]
    late, soon = message.payload["items"]
    assert late["ending"] == "niet meer geldig: 21 november 2026 was de laatste dag, 3 dagen geleden"
    assert late["begin"] == ""
    assert soon["ending"] == "geldig tot en met 19 december 2026, nog 25 dagen"
    assert soon["begin"] == "Begin nu met vernieuwen. Het beste moment was 21 november 2026."
    letter = mail.compose(message)
    assert letter.subject == "Test BV Donald: 2 documenten vragen uw aandacht"
    assert f"/dossier/{soon['document_id']}/vernieuwen" in letter.text
    assert "U bent de enige die deze mails krijgt" in letter.text


def test_the_next_look_is_on_the_next_step_and_between_steps_nothing_is_read_or_sent(anna: Actor) -> None:
    document = deposit(anna, POLICY, 64)
    assert send(4)["digests"] == 1
    assert due_on(document) == TODAY + timedelta(days=4 + 31)
    assert send(4) == NOTHING
    assert send(5) == NOTHING
    assert send(35)["digests"] == 1
    assert due_on(document) == TODAY + timedelta(days=36)
    assert steps() == [60, 29]


def test_what_is_far_away_is_looked_at_once_and_then_on_its_first_day(anna: Actor) -> None:
    document = deposit(anna, POLICY, 400)
    assert send() == NOTHING
    assert due_on(document) == TODAY + timedelta(days=340)


def test_years_after_its_end_a_document_is_asked_for_weekly(anna: Actor) -> None:
    document = deposit(anna, POLICY, -700)
    assert send()["documents"] == 1
    first = due_on(document)
    assert first is not None
    week = [day for day in range(1, 22) if send(day)["documents"]]
    assert [TODAY + timedelta(days=day) for day in week] == [first + timedelta(days=7 * number) for number in range(3)]


def test_what_comes_due_after_todays_digest_is_told_tomorrow(anna: Actor) -> None:
    deposit(anna, POLICY, 28)
    send()
    deposit(anna, "kvk_extract", 15)
    assert send() == NOTHING | {"documents": 1, "waiting": 1}
    assert send(1)["digests"] == 1
    assert titles(messages()[1]) == ["kvk_extract", POLICY]


def test_everybody_who_deposits_is_written_to_in_their_language_and_readers_are_not(anna: Actor) -> None:
    organisation = db.session.get_one(Organisation, anna.organisation_id)
    member(organisation, Role.COMPANY_MEMBER, "en")
    member(organisation, Role.COMPANY_READER)
    deposit(anna, POLICY, 28)
    assert send() == NOTHING | {"digests": 2, "documents": 1}
    admin, other = sorted(messages(), key=lambda message: message.address)
    assert admin.payload["items"][0]["kind"] == "Aansprakelijkheidsverzekering"
    assert other.payload["items"][0]["kind"] == "Liability insurance"
    assert not admin.payload["is_alone"]


def test_a_person_with_two_companies_gets_one_digest_for_each(anna: Actor) -> None:
    other = factories.company(DAGOBERT)
    person = db.session.get_one(User, anna.id)
    accounts.join(person, db.session.get_one(Organisation, other.organisation_id), Role.COMPANY_MEMBER)
    deposit(anna, POLICY, 28)
    deposit(other, POLICY, 28)
    assert send() == NOTHING | {"digests": 3, "documents": 2}


def test_a_company_nobody_can_be_written_for_keeps_its_steps(session: Session) -> None:
    reader = factories.company(role=Role.COMPANY_READER)
    deposit(reader, POLICY, 28)
    assert send() == NOTHING | {"unreachable": 1}
    member(db.session.get_one(Organisation, reader.organisation_id), Role.COMPANY_ADMIN)
    assert send(1) == NOTHING | {"digests": 1, "documents": 1}


def test_an_address_at_which_nothing_arrives_is_nobody(anna: Actor) -> None:
    deposit(anna, POLICY, 28)
    addresses.mark(factories.email_of(anna), "550 no such user")
    assert send() == NOTHING | {"unreachable": 1}
    member(db.session.get_one(Organisation, anna.organisation_id), Role.COMPANY_MEMBER)
    assert send()["digests"] == 1
    assert messages()[0].payload["is_alone"]


@pytest.mark.parametrize(
    ("state", "digests"),
    [(State.DRAFT, 1), (State.SUBMITTED, 0), (State.IN_REVIEW, 0), (State.RETURNED, 1), (State.WITHDRAWN, 1)],
)
def test_a_successor_counts_from_handing_in_until_it_is_returned(anna: Actor, state: State, digests: int) -> None:
    document = deposit(anna, POLICY, 28)
    add_version(get(document), 2, state=state, relation=Relation.RENEWAL)
    assert send()["digests"] == digests
    if state is State.DRAFT:
        assert f"/dossier/{document}/versies/2/gegevens" in mail.compose(messages()[0]).text


def test_reminding_goes_on_with_one_mail_the_day_that_a_successor_is_taken_back(anna: Actor) -> None:
    document = deposit(anna, POLICY, 28)
    successor = add_version(get(document), 2, state=State.IN_REVIEW, relation=Relation.RENEWAL)
    assert [send(days) for days in range(13)] == [NOTHING] * 13
    with clock.moved_to(NOON + timedelta(days=13)):
        documents.discard(anna, successor.id)
    assert send(13)["digests"] == 1
    assert steps() == [20]
    assert send(15)["digests"] == 1


def test_an_approved_renewal_moves_the_calendar_to_its_own_end(anna: Actor) -> None:
    document = deposit(anna, POLICY, 28)
    send()
    add_version(get(document), 2, days=395, relation=Relation.RENEWAL)
    assert [send(days)["digests"] for days in (1, 2, 8, 28, 60)] == [0] * 5
    assert send(335)["digests"] == 1


def test_a_revoked_renewal_brings_the_older_one_back(anna: Actor) -> None:
    reviewer = factories.reviewer()
    document = deposit(anna, POLICY, 28)
    renewal = add_version(get(document), 2, days=395, relation=Relation.RENEWAL)
    assert [send(), send(1)] == [NOTHING, NOTHING]
    assert due_on(document) is None
    with clock.moved_to(NOON + timedelta(days=10)):
        renewal = db.session.get_one(Version, renewal.id)
        renewal.revoke()
        decisions.decide(reviewer, renewal, decisions.Decision.REVOKED, reason="Niet echt.")
    assert send(10)["digests"] == 1


def test_withdrawing_a_newer_extract_brings_the_older_one_back(anna: Actor) -> None:
    deposit(anna, "kvk_extract", 10, title="Oud")
    newer = deposit(anna, "kvk_extract", 150, title="Nieuw")
    assert send() == NOTHING
    documents.withdraw(anna, newer)
    assert send(1)["digests"] == 1
    assert titles(messages()[0]) == ["Oud"]


def test_a_correction_that_ends_sooner_is_the_one_that_counts(anna: Actor) -> None:
    document = deposit(anna, POLICY, 300)
    add_version(get(document), 2, days=28, relation=Relation.CORRECTION)
    assert send()["digests"] == 1


def test_a_newer_extract_ends_the_reminders_of_the_older_but_a_second_policy_does_not(anna: Actor) -> None:
    for kind in ("kvk_extract", POLICY):
        deposit(anna, kind, 7)
        deposit(anna, kind, 150)
    assert send() == NOTHING | {"digests": 1, "documents": 1}
    assert messages()[0].payload["items"][0]["kind"] == "Aansprakelijkheidsverzekering"


def test_accounts_that_stay_valid_are_reminded_of_when_the_next_year_is_due(anna: Actor) -> None:
    deposit(anna, "annual_accounts", 74, is_validity=False)
    send()
    [message] = messages()
    assert message.payload["items"][0]["ending"] == "wij verwachten een nieuwe versie uiterlijk op 6 februari 2027"


def test_a_reference_is_never_asked_for_again(anna: Actor) -> None:
    document = deposit(anna, "reference", -10)
    assert send() == NOTHING
    assert due_on(document) is None


def test_a_company_that_no_longer_takes_part_hears_nothing(anna: Actor) -> None:
    deposit(anna, POLICY, 28)
    db.session.get_one(Organisation, anna.organisation_id).state = OrganisationState.SUSPENDED
    assert send() == NOTHING


def test_an_approval_by_a_reviewer_starts_the_calendar(anna: Actor) -> None:
    end = (TODAY + timedelta(days=28)).isoformat()
    factories.approved(anna, factories.reviewer(), POLICY, endDate=end)
    assert send() == NOTHING | {"digests": 1, "documents": 1}


def test_who_wants_weekly_mail_gets_what_can_wait_on_monday_in_one_line_a_document(anna: Actor) -> None:
    preferences.choose(anna, rhythm=Rhythm.WEEKLY)
    deposit(anna, POLICY, 29)
    deposit(anna, "kvk_extract", 30)
    assert send() == NOTHING | {"documents": 2, "waiting": 1}
    assert [send(days)["digests"] for days in range(1, 6)] == [0] * 5
    assert send(6) == NOTHING | {"digests": 1}
    assert titles(messages()[0]) == [POLICY, "kvk_extract"]
    assert sorted(steps()) == [27, 28, 29, 30]


def test_a_missed_monday_is_made_up_for_on_tuesday(anna: Actor) -> None:
    preferences.choose(anna, rhythm=Rhythm.WEEKLY)
    deposit(anna, POLICY, 29)
    assert [send(1)["digests"], send(7)["digests"], send(8)["digests"]] == [0, 1, 0]


def test_what_is_urgent_waits_for_no_monday_and_no_holiday(anna: Actor) -> None:
    preferences.choose(anna, rhythm=Rhythm.WEEKLY)
    deposit(anna, POLICY, 13, title="Polis")
    deposit(anna, "quality_mark", 200, title="Keurmerk")
    assert send()["waiting"] == 1
    assert [send(days)["digests"] for days in (5, 7)] == [0, 1]  # Sunday the 29th can wait; the 1st is in the last week
    christmas = (date(2026, 12, 25) - TODAY).days
    deposit(anna, "kvk_extract", christmas + 3, title="Uittreksel")
    assert send(christmas)["digests"] == 1


def test_what_can_wait_does_not_go_out_on_a_sunday_but_on_the_monday_after(anna: Actor) -> None:
    deposit(anna, POLICY, 65)
    assert [send(day) for day in range(4)] == [NOTHING] * 4
    assert send(5) == NOTHING | {"documents": 1, "waiting": 1}
    assert send(6) == NOTHING | {"digests": 1}
    assert titles(messages()[0]) == [POLICY]


def test_a_day_that_is_run_once_more_says_nothing_of_later_days(anna: Actor) -> None:
    """By hand, `run send_reminders --on` a day before: what came due on the Sunday is no news of that Thursday."""
    deposit(anna, POLICY, 34)
    assert send()["digests"] == 1
    assert send(5) == NOTHING | {"documents": 1, "waiting": 1}
    with clock.moved_to(NOON + timedelta(days=5)):
        assert service.send_due(SYSTEM, TODAY + timedelta(days=2))["digests"] == 0
    assert send(6)["digests"] == 1


def test_what_was_renewed_before_the_weekly_mail_does_not_stand_in_it(anna: Actor) -> None:
    preferences.choose(anna, rhythm=Rhythm.WEEKLY)
    renewed, waiting = deposit(anna, POLICY, 28), deposit(anna, "quality_mark", 133)
    deposit(anna, "kvk_extract", 30, title="Uittreksel")
    send()
    add_version(get(renewed), 2, days=395, relation=Relation.RENEWAL)
    successor = add_version(get(waiting), 2, state=State.IN_REVIEW, relation=Relation.RENEWAL)
    assert send(6)["digests"] == 1
    assert titles(messages()[0]) == ["Uittreksel"]
    successor = db.session.get_one(Version, successor.id)
    successor.send_back()
    assert send(13)["digests"] == 1
    assert "quality_mark" in titles(messages()[1])


def test_who_left_the_company_hears_no_more_of_it(anna: Actor) -> None:
    other = member(db.session.get_one(Organisation, anna.organisation_id), Role.COMPANY_MEMBER)
    preferences.choose(other, rhythm=Rhythm.WEEKLY)
    deposit(anna, POLICY, 28)
    assert send() == NOTHING | {"documents": 1, "digests": 1, "waiting": 1}
    db.session.get_one(User, other.id).is_active = False
    assert send(6)["waiting"] == 0
    assert set(db.session.scalars(select(DigestLine.recipient_id))) == {anna.id}


def test_a_lapse_that_breaks_a_tender_is_urgent_and_names_it(anna: Actor) -> None:
    preferences.choose(anna, rhythm=Rhythm.WEEKLY)
    buyer = factories.municipality()
    tender = factories.tender(buyer, "kvk-extract")
    factories.participant(anna, tender)
    deposit(anna, "kvk_extract", 16)
    assert send()["digests"] == 1
    [message] = messages()
    closing = clock.day_of(tender.closes_at)
    assert closing == date(2026, 12, 24)
    assert message.payload["items"][0]["tenders"] == ["nodig op 24 december 2026 voor „Toeleiden naar werk”"]
    assert "Let op: nodig op 24 december 2026" in mail.compose(message).text


def test_a_tender_that_closes_before_the_end_or_is_over_is_not_named(anna: Actor) -> None:
    factories.participant(anna, factories.tender(factories.municipality(), "kvk-extract"))
    deposit(anna, "kvk_extract", 30)
    send()
    assert messages()[0].payload["items"][0]["tenders"] == []


def test_digest_steps_mail_and_trail_stand_or_fall_together(app: DepotFlask, anna: Actor) -> None:
    deposit(anna, POLICY, 5)
    db.session.commit()

    def refuse(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO mail_messages"):
            raise OSError("the disk is full")

    engine = app.extensions["depot.engine"]
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        with pytest.raises(OSError, match="full"):
            send()
    finally:
        event.remove(engine, "before_cursor_execute", refuse)
    for table in (Digest, DigestLine, ReminderStep):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert send()["digests"] == 1
    found = db.session.scalars(select(ReminderStep.step).order_by(ReminderStep.step)).all()
    assert found == [6, 13, 20, 27, 28, 29, 60]


def test_a_run_over_what_is_not_due_costs_one_question(app: DepotFlask, anna: Actor) -> None:
    for _document in range(5):
        deposit(anna, "quality_mark", 400)
    send()
    with factories.queries_at_most(app, 2):
        assert send(1) == NOTHING


def test_only_the_depot_itself_sends_reminders(anna: Actor) -> None:
    with pytest.raises(Forbidden):
        service.send_due(anna, TODAY)


@pytest.mark.parametrize(
    ("days", "is_validity", "words"),
    [
        (1, True, "geldig tot en met 25 november 2026, nog 1 dag"),
        (0, True, "vandaag, 24 november 2026, is de laatste geldige dag"),
        (-1, True, "niet meer geldig: 23 november 2026 was de laatste dag, 1 dag geleden"),
        (0, False, "wij verwachten een nieuwe versie uiterlijk op 24 november 2026"),
        (-1, False, "wij verwachten een nieuwe versie sinds 23 november 2026"),
    ],
)
def test_the_ending_is_told_from_the_day(days: int, is_validity: bool, words: str) -> None:
    assert str(digests.sentence(TODAY, TODAY + timedelta(days=days), is_validity=is_validity)) == words
