"""The calendar of a company, read by a parser that shares nothing with the library that writes it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import vobject
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from depot.access import Actor, Role
from depot.accounts.models import Organisation, OrganisationState
from depot.audit.models import Event
from depot.core import clock
from depot.core.errors import Forbidden, NotFound
from depot.reminders import feed, ics
from depot.reminders.ics import Entry
from depot.reminders.models import CalendarFeed
from tests import factories
from tests.conftest import app, client, session
from tests.factories import signed_in

__all__ = ["app", "client", "session"]

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


def events(content: bytes) -> list[Any]:
    found = vobject.readOne(content.decode())
    return list(found.contents.get("vevent", []))


def got(client: FlaskClient, secret: str, **headers: str) -> Any:
    return client.get(f"/kalender/{secret}.ics", headers=headers)


printable = st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.just("\n"), min_size=1, max_size=200).filter(
    lambda text: text.strip() == text
)


@given(st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2090, 1, 1)), printable), max_size=6))
def test_any_text_comes_back_from_another_parser_as_it_went_in(days: list[tuple[date, str]]) -> None:
    entries = [Entry(f"{number}@depot", day, text, "https://depot.example/") for number, (day, text) in enumerate(days)]
    content = ics.write("Depot", entries, at=AT)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert content.count(b"\n") == content.count(b"\r\n")
    assert {(each.uid.value, each.dtstart.value, each.summary.value) for each in events(content)} == {
        (entry.uid, entry.day, entry.summary) for entry in entries
    }


def test_commas_semicolons_backslashes_and_newlines_are_escaped() -> None:
    text = "Polis, blad 2; deel A\\B\nvervolg"
    content = ics.write("Depot", [Entry("1@depot", date(2028, 2, 29), text, "https://depot.example/")], at=AT)
    [event] = events(content)
    assert rb"Polis\, blad 2\; deel A\\B\nvervolg" in content
    assert (event.summary.value, event.dtstart.value) == (text, date(2028, 2, 29))
    assert (event.dtend.value, event.dtstamp.value) == (date(2028, 3, 1), AT)
    assert event.transp.value == "TRANSPARENT"


def test_the_calendar_tells_ends_wanted_days_and_closings_and_names_nobody(
    session: Session, company: Actor, client: FlaskClient
) -> None:
    version = factories.approved(company, factories.reviewer(), "liability_insurance")
    version.document.title = "Polis van Anna"
    tender = factories.tender(factories.municipality(), closes_at=clock.now() + timedelta(days=60))
    factories.participant(company, tender)
    secret = feed.make(company)
    session.commit()
    answer = got(client, secret)
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    end = clock.today() + timedelta(days=265)
    assert {(each.summary.value, each.dtstart.value) for each in events(answer.data)} == {
        ("Aansprakelijkheidsverzekering loopt af", end),
        ("Aansprakelijkheidsverzekering: begin met vernieuwen", end - timedelta(days=28)),
        ("Sluitingsdatum van een aanbesteding", clock.day_of(tender.closes_at)),
        ("Laatste dag voor bewijs bij een aanbesteding", clock.day_of(tender.evidence_until)),
    }
    text = answer.text.replace("\r\n ", "")
    for name in (
        tender.title,
        tender.number,
        "Gemeente",
        "Donald",
        version.document.title,
        factories.email_of(company),
    ):
        assert name not in text


def test_names_stay_while_days_move_and_what_did_not_change_is_not_sent_again(
    session: Session, company: Actor, client: FlaskClient
) -> None:
    reviewer = factories.reviewer()
    version = factories.approved(company, reviewer, "liability_insurance")
    secret = feed.make(company)
    session.commit()
    first = got(client, secret)
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = got(client, secret, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    version.valid_until = version.next_due_on = clock.today() + timedelta(days=100)
    session.commit()
    moved = got(client, secret, **{"If-None-Match": first.headers["ETag"]})
    assert moved.status_code == 200
    assert {each.uid.value for each in events(moved.data)} == {each.uid.value for each in events(first.data)}
    assert {each.dtstart.value for each in events(moved.data)} != {each.dtstart.value for each in events(first.data)}


def test_another_company_sees_none_of_it(session: Session, company: Actor, client: FlaskClient) -> None:
    factories.approved(company, factories.reviewer(), "liability_insurance")
    other = factories.company(factories.KATRIEN)
    secret = feed.make(other)
    session.commit()
    assert events(got(client, secret).data) == []


def test_a_wrong_a_revoked_and_a_replaced_address_do_not_exist(
    session: Session, company: Actor, client: FlaskClient
) -> None:
    first = feed.make(company)
    second = feed.make(company)
    session.commit()
    assert [got(client, secret).status_code for secret in (first, "niets", second)] == [404, 404, 200]
    feed.revoke(company)
    session.commit()
    assert got(client, second).status_code == 404
    with pytest.raises(NotFound):
        feed.revoke(company)
    assert session.scalar(select(func.count()).select_from(CalendarFeed).where(CalendarFeed.revoked_at.is_(None))) == 0


def test_the_calendar_of_a_company_that_left_does_not_exist(
    session: Session, company: Actor, client: FlaskClient
) -> None:
    secret = feed.make(company)
    session.get_one(Organisation, company.organisation_id).state = OrganisationState.ENDED
    session.commit()
    assert got(client, secret).status_code == 404


def test_who_guesses_has_to_wait_and_an_address_that_exists_goes_on_working(
    session: Session, company: Actor, client: FlaskClient
) -> None:
    secret = feed.make(company)
    session.commit()
    answers = [got(client, f"raad-{number}") for number in range(feed.FREE_MISSES + 3)]
    assert [answer.status_code for answer in answers[: feed.FREE_MISSES + 1]] == [404] * (feed.FREE_MISSES + 1)
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert got(client, secret).status_code == 200


def test_the_secret_is_kept_as_a_hash_and_reading_leaves_only_its_day(
    session: Session, company: Actor, client: FlaskClient
) -> None:
    secret = feed.make(company)
    session.commit()
    before = session.scalar(select(func.count()).select_from(Event))
    got(client, secret)
    session.expire_all()
    row = feed.in_force(company)
    assert row is not None
    assert secret not in row.token_hash
    assert row.used_on == clock.today()
    assert session.scalar(select(func.count()).select_from(Event)) == before
    made = session.scalars(select(Event).where(Event.action == "feed.manage")).one()
    assert made.detail == {"made": True}


def test_only_who_administers_a_company_manages_its_calendar(session: Session, company: Actor) -> None:
    organisation = session.get_one(Organisation, company.organisation_id)
    for actor in (factories.member(organisation, Role.COMPANY_MEMBER), factories.municipality()):
        with pytest.raises(Forbidden):
            feed.make(actor)


def test_the_address_is_shown_once_and_works(session: Session, company: Actor, client: FlaskClient) -> None:
    session.commit()
    page = signed_in(client, company).post("/organisatie/meldingen/kalender")
    path = page.text.split("<code>")[1].split("</code>")[0].removeprefix("http://localhost")
    assert client.get(path).status_code == 200
    assert path not in client.get("/organisatie/meldingen").text
    assert client.post("/organisatie/meldingen/kalender/stoppen").status_code == 303
    assert client.get(path).status_code == 404
