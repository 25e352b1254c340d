"""The reviewers' queue: its order, its filters, its neighbours, and how long things take."""

from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.core import clock
from depot.core.http import DepotFlask
from depot.documents.models import Version
from depot.verification import queries, service, waits
from depot.verification.waits import Decided, figures
from tests import factories
from tests.factories import signed_in
from tests.verification.test_service import colleague

DAYS = st.one_of(st.none(), st.dates(date(2026, 11, 1), date(2026, 11, 4)))
NOON = datetime(2026, 11, 18, 11, tzinfo=clock.AMSTERDAM)  # a Wednesday


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def versions(company: Actor) -> list[Version]:
    found = [factories.deposited(company, kind) for kind in ("kvk_extract", "quality_mark", "liability_insurance") * 2]
    service.run_checks()
    return found


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_the_queue_goes_by_need_then_age_then_kind(
    session: Session, reviewer: Actor, versions: list[Version], data: st.DataObject
) -> None:
    for version in versions:
        version.document.needed_by = data.draw(DAYS)
        version.submitted_at = NOON + timedelta(hours=data.draw(st.integers(0, 2)))
    session.flush()
    asked = {
        version.id: (
            version.document.needed_by or date.max,
            version.submitted_at,
            version.document.kind,
            version.id,
        )
        for version in versions
    }
    order = sorted(asked, key=lambda id: asked[id])
    assert list(queries.queue(reviewer)) == order
    for place, id in enumerate(order):
        before, after = queries.beside(reviewer, id)
        assert before == (order[place - 1] if place else None)
        assert after == (order[place + 1] if place + 1 < len(order) else None)
    narrow = list(queries.queue(reviewer, kind="quality_mark", only="nodig"))
    assert narrow == [id for id in order if asked[id][2] == "quality_mark" and asked[id][0] != date.max]


def test_figures_tell_of_waiting_and_of_this_week() -> None:
    hour = timedelta(hours=1)
    decided = [
        Decided(NOON - 2 * hour, NOON - 12 * hour, NOON - 2 * hour - timedelta(minutes=10)),
        Decided(NOON - hour, NOON - 3 * hour, NOON - hour - timedelta(minutes=20)),
        Decided(NOON - timedelta(days=4), NOON - timedelta(days=4) - 4 * hour, None),
        Decided(NOON - timedelta(days=2), None, None),
    ]
    found = figures(decided, NOON - timedelta(days=3), NOON)
    assert found == waits.Waits(3, 4 * hour, timedelta(minutes=15), timedelta(days=3))
    assert figures([], None, NOON) == waits.Waits(0, None, None, None)


def test_what_people_decided_is_measured_and_what_rules_decided_is_not(company: Actor, reviewer: Actor) -> None:
    at = clock.now()
    with clock.moved_to(at):
        version = factories.checked(company)
        factories.checked(company, "quality_mark")
        factories.checked(company, data=b"%PDF-1.7 broken")
    with clock.moved_to(at + timedelta(hours=3)):
        service.send_back(reviewer, version.id, reason="Onleesbaar.")
        found = waits.now(reviewer)
    assert (found.median_wait, found.oldest) == (timedelta(hours=3), timedelta(hours=3))
    assert found.decided_this_week == 1


def test_the_page_filters_turns_and_leads_on_within_the_filter(
    app: DepotFlask, session: Session, client: FlaskClient, reviewer: Actor, versions: list[Version]
) -> None:
    session.commit()
    browser = signed_in(client, reviewer)
    marks = [version for version in versions if version.document.kind == "quality_mark"]
    page = browser.get("/beoordelen?soort=quality_mark").text
    assert "2 documenten wachten" in page
    assert f"/beoordelen/{marks[0].id}?soort=quality_mark" in page
    desk = browser.get(f"/beoordelen/{marks[0].id}?soort=quality_mark").text
    assert f'href="/beoordelen/{marks[1].id}?soort=quality_mark"' in desk
    answer = browser.post(f"/beoordelen/{marks[0].id}/terugsturen?soort=quality_mark", data={"reden": "Onleesbaar."})
    assert answer.location == f"/beoordelen/{marks[1].id}?soort=quality_mark"
    assert "past bij uw filter" in browser.get("/beoordelen?alleen=nodig").text


def test_a_long_queue_costs_no_more_questions(
    app: DepotFlask, session: Session, client: FlaskClient, reviewer: Actor, versions: list[Version]
) -> None:
    session.commit()
    browser = signed_in(client, reviewer)
    with factories.queries_at_most(app, 12):
        assert browser.get("/beoordelen").status_code == 200


def test_leaving_a_desk_gives_the_document_to_colleagues_unless_it_was_opened_again(
    session: Session, client: FlaskClient, reviewer: Actor, versions: list[Version]
) -> None:
    second, version = colleague(), versions[0]
    session.commit()
    browser = signed_in(client, reviewer)
    desk = f"/beoordelen/{version.id}"
    browser.get(desk)
    assert version.id not in queries.queue(second)
    assert browser.post(f"{desk}/vrijgeven", data={"tot": "2020-01-01T00:00:00+00:00"}).status_code == 303
    assert version.id not in queries.queue(second)
    assert browser.post(f"{desk}/vrijgeven").location == "/beoordelen"
    assert version.id in queries.queue(second)
