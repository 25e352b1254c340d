from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import Engine, event, func, select

from depot.access import SYSTEM, Actor, ActorKind, Role
from depot.accounts import service as accounts
from depot.accounts.models import Organisation, OrganisationKind, OrganisationState
from depot.audit.models import Event
from depot.companies.models import Company
from depot.core import clock, db
from depot.core.errors import Forbidden
from depot.documents.models import Document, Relation, State, Version
from depot.mail import service as mail
from depot.mail.models import Message
from depot.reminders import service
from depot.reminders.models import Digest, ReminderStep

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 11, tzinfo=UTC)
NOTHING = {"digests": 0, "documents": 0, "unreachable": 0, "waiting": 0}


@pytest.fixture(autouse=True)
def _at_noon():
    with clock.moved_to(NOON):
        yield


def make_company(number: int = 1, *roles: Role) -> UUID:
    with db.transaction() as session:
        organisation = accounts.add_organisation(
            OrganisationKind.COMPANY, f"Werkpad {number} BV", kvk_number=f"{number:08}"
        )
        session.add(
            Company(
                organisation_id=organisation.id,
                legal_name=organisation.name,
                legal_form="besloten vennootschap",
                seat="Lindeveld",
            )
        )
        for role in roles or (Role.COMPANY_ADMIN,):
            accounts.add_user(
                organisation,
                role,
                email=f"{role}-{number}@werkpad.example",
                name="Anna",
                password="correct horse battery",
                locale="en" if role is Role.COMPANY_MEMBER else "nl",
            )
        return organisation.id


def deposit(company_id: UUID, kind: str, days: int, *, title: str = "", is_validity: bool = True) -> UUID:
    with db.transaction() as session:
        document = Document(company_id=company_id, kind=kind, title=title or kind)
        session.add(document)
        session.flush()
        add_version(document.id, 1, days=days, is_validity=is_validity)
        return document.id


def add_version(
    document_id: UUID,
    number: int,
    *,
    days: int | None = None,
    state: State = State.APPROVED,
    relation: Relation = Relation.FIRST,
    is_validity: bool = True,
) -> None:
    end = None if days is None else TODAY + timedelta(days=days)
    with db.transaction() as session:
        row = Version(document_id=document_id, number=number, relation=relation, state=state, next_due_on=end)
        row.valid_until = end if is_validity else None
        session.add(row)


def send(day: date = TODAY) -> dict[str, int]:
    db.session().expunge_all()  # each run of the job has a session of its own
    return service.send_due(SYSTEM, day)


def messages() -> list[Message]:
    with db.transaction(write=False) as session:
        return list(session.scalars(select(Message).order_by(Message.address)))


def test_a_company_gets_one_digest_with_the_most_urgent_first(ctx: AppContext) -> None:
    company = make_company()
    deposit(company, "liability_insurance", 25, title="Polis")
    deposit(company, "kvk_extract", -3, title="Uittreksel")
    deposit(company, "quality_mark", 200, title="Keurmerk")
    assert send() == NOTHING | {"digests": 1, "documents": 2}
    [message] = messages()
    assert [item["title"] for item in message.payload["items"]] == ["Uittreksel", "Polis"]
    assert message.payload["items"][0]["ending"] == (
        "niet meer geldig: 18 november 2026 was de laatste dag, 3 dagen geleden"
    )
    assert message.payload["items"][1]["ending"] == "geldig tot en met 16 december 2026, nog 25 dagen"
    assert mail.compose(message).subject == "Werkpad 1 BV: 2 documenten vragen uw aandacht"


def test_a_second_run_and_the_days_between_steps_send_nothing(ctx: AppContext) -> None:
    deposit(make_company(), "liability_insurance", 30)
    assert send()["digests"] == 1
    assert send() == NOTHING
    assert send(TODAY + timedelta(days=1)) == NOTHING
    assert send(TODAY + timedelta(days=23))["digests"] == 1


def test_what_comes_due_after_todays_digest_is_told_tomorrow(ctx: AppContext) -> None:
    company = make_company()
    deposit(company, "liability_insurance", 30)
    send()
    deposit(company, "kvk_extract", 7)
    assert send() == NOTHING | {"waiting": 1}
    assert send(TODAY + timedelta(days=1)) == NOTHING | {"digests": 1, "documents": 1}


def test_everybody_who_deposits_is_written_to_in_their_language_and_readers_are_not(ctx: AppContext) -> None:
    company = make_company(1, Role.COMPANY_ADMIN, Role.COMPANY_MEMBER, Role.COMPANY_READER)
    deposit(company, "liability_insurance", 30)
    send()
    admin, member = messages()
    assert (admin.address, member.address) == ("company_admin-1@werkpad.example", "company_member-1@werkpad.example")
    assert admin.payload["items"][0]["kind"] == "Aansprakelijkheidsverzekering"
    assert member.payload["items"][0]["kind"] == "Liability insurance"


def test_a_company_nobody_can_be_written_for_keeps_its_steps(ctx: AppContext) -> None:
    company = make_company(1, Role.COMPANY_READER)
    deposit(company, "liability_insurance", 30)
    assert send() == NOTHING | {"unreachable": 1}
    with db.transaction() as session:
        accounts.add_user(
            session.get_one(Organisation, company),
            Role.COMPANY_ADMIN,
            email="later@werkpad.example",
            name="Bram",
            password="correct horse battery",
        )
    assert send()["digests"] == 1


@pytest.mark.parametrize(
    ("state", "digests"),
    [(State.DRAFT, 1), (State.SUBMITTED, 0), (State.IN_REVIEW, 0), (State.RETURNED, 1), (State.WITHDRAWN, 1)],
)
def test_a_successor_counts_from_handing_in_until_it_is_returned(ctx: AppContext, state: State, digests: int) -> None:
    document = deposit(make_company(), "liability_insurance", 30)
    add_version(document, 2, state=state, relation=Relation.RENEWAL)
    assert send()["digests"] == digests


def test_an_approved_renewal_moves_the_calendar_to_its_own_end(ctx: AppContext) -> None:
    document = deposit(make_company(), "liability_insurance", 30)
    send()
    add_version(document, 2, days=395, relation=Relation.RENEWAL)
    assert send(TODAY + timedelta(days=30)) == NOTHING
    assert send(TODAY + timedelta(days=335))["digests"] == 1


def test_a_correction_that_ends_sooner_is_the_one_that_counts(ctx: AppContext) -> None:
    document = deposit(make_company(), "liability_insurance", 300)
    add_version(document, 2, days=30, relation=Relation.CORRECTION)
    assert send()["digests"] == 1


def test_a_newer_extract_ends_the_reminders_of_the_older_but_a_second_policy_does_not(ctx: AppContext) -> None:
    company = make_company()
    for kind in ("kvk_extract", "liability_insurance"):
        deposit(company, kind, 7)
        deposit(company, kind, 150)
    assert send() == NOTHING | {"digests": 1, "documents": 1}
    assert messages()[0].payload["items"][0]["kind"] == "Aansprakelijkheidsverzekering"


def test_accounts_that_stay_valid_are_reminded_of_when_the_next_year_is_due(ctx: AppContext) -> None:
    deposit(make_company(), "annual_accounts", 30, is_validity=False)
    send()
    [message] = messages()
    assert message.payload["items"][0]["ending"] == "wij verwachten een nieuwe versie uiterlijk op 21 december 2026"


def test_a_reference_is_never_asked_for_again(ctx: AppContext) -> None:
    deposit(make_company(), "reference", -10)
    assert send() == NOTHING


def test_a_company_that_no_longer_takes_part_hears_nothing(ctx: AppContext) -> None:
    company = make_company()
    deposit(company, "liability_insurance", 30)
    with db.transaction() as session:
        session.get_one(Organisation, company).state = OrganisationState.SUSPENDED
    assert send() == NOTHING


def test_digest_steps_mail_and_trail_stand_or_fall_together(ctx: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    deposit(make_company(), "liability_insurance", 5)
    engine: Engine = db.session.get_bind()

    def refuse(_connection, _cursor, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO mail_messages"):
            raise OSError("the disk is full")

    event.listen(engine, "before_cursor_execute", refuse)
    with pytest.raises(OSError, match="full"):
        send()
    event.remove(engine, "before_cursor_execute", refuse)
    with db.transaction(write=False) as session:
        for table in (Digest, ReminderStep, Event):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    assert send()["digests"] == 1
    with db.transaction(write=False) as session:
        assert session.scalars(select(ReminderStep.step).order_by(ReminderStep.step)).all() == [7, 30, 60]
        assert session.scalar(select(func.count()).select_from(Event)) == 1


def test_reading_a_batch_takes_as_many_queries_for_one_document_as_for_many(app: Flask, ctx: AppContext) -> None:
    def queries_for(day: date) -> int:
        seen: list[str] = []

        def note(_connection, _cursor, statement: str, *_rest: object) -> None:
            seen.append(statement)

        engine = app.extensions["depot.engine"]
        event.listen(engine, "before_cursor_execute", note)
        with app.app_context():
            assert service.send_due(SYSTEM, day) == NOTHING
        event.remove(engine, "before_cursor_execute", note)
        return len([statement for statement in seen if statement.startswith("SELECT")])

    company = make_company()
    deposit(company, "quality_mark", 120)
    send()
    few = queries_for(TODAY + timedelta(days=1))
    for number in range(2, 12):
        company = make_company(number)
        for _document in range(5):
            deposit(company, "quality_mark", 120)
    send()
    assert queries_for(TODAY + timedelta(days=1)) == few


def test_only_the_depot_itself_sends_reminders(ctx: AppContext) -> None:
    person = Actor(ActorKind.USER, UUID(int=1), UUID(int=2), Role.COMPANY_ADMIN)
    with pytest.raises(Forbidden):
        service.send_due(person, TODAY)


@pytest.mark.parametrize(
    ("days", "is_validity", "words"),
    [
        (1, True, "geldig tot en met 22 november 2026, nog 1 dag"),
        (0, True, "vandaag, 21 november 2026, is de laatste geldige dag"),
        (-1, True, "niet meer geldig: 20 november 2026 was de laatste dag, 1 dag geleden"),
        (0, False, "wij verwachten een nieuwe versie uiterlijk op 21 november 2026"),
        (-1, False, "wij verwachten een nieuwe versie sinds 20 november 2026"),
    ],
)
def test_the_ending_is_told_from_the_day(days: int, is_validity: bool, words: str) -> None:
    assert str(service.ending(TODAY, TODAY + timedelta(days=days), is_validity=is_validity)) == words
