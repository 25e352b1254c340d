"""How many companies meet a draft: agreed, at least twenty, rounded, the same all day, limited and logged."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.audit.models import Event
from depot.companies import service as companies
from depot.core import clock
from depot.core.errors import Conflict, Forbidden, NotFound, TooMany
from depot.core.http import DepotFlask
from depot.tenders import coverage, language
from depot.tenders import service as tenders
from depot.tenders.evidence import Moment
from depot.tenders.models import CoverageLook, Tender
from depot.tenders.requirements import RequirementSet
from depot.tenders.rules import Dossier, Profile
from tests import factories
from tests.tenders.dossiers import CLOSING, DAY, KINDS, KNOWN

AT = {stage: Moment(DAY, CLOSING, KNOWN) for stage in ("application", "bid", "evidence", "contract")}


@pytest.fixture(autouse=True)
def fresh(whole_app: DepotFlask) -> Iterator[None]:
    yield
    whole_app.extensions.pop("depot.coverage", None)


@pytest.fixture
def draft(buyer: Actor) -> Tender:
    now = clock.now()
    row = tenders.create(
        buyer,
        number="2027-09",
        title="Jobcoaching",
        procedure="open",
        closes_at=now + timedelta(days=20),
        evidence_until=now + timedelta(days=30),
    )
    tenders.write_rules(buyer, row.id, asking(services("intake"), services("nazorg")))
    return row


def services(code: str) -> dict[str, Any]:
    return {"profile": {"services": {"containsAll": [code]}}}


def asking(*rules: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": language.SCHEMA,
        "requirements": [
            {
                "id": f"E{place}",
                "label": f"Eis {place}",
                "kind": "suitability",
                "stage": "bid",
                "subject": {"roles": ["bidder"], "aggregation": "each"},
                "rule": rule,
            }
            for place, rule in enumerate(rules, start=1)
        ],
    }


def crowd(count: int, *offers: tuple[str, ...]) -> list[Actor]:
    made = [factories.company(f"9{number:07d}") for number in range(count)]
    for place, actor in enumerate(made):
        companies.be_counted(actor, is_counted=True)
        companies.describe(actor, services=list(offers[place % len(offers)]), target_groups=[])
    return made


def counted(total: int, *offers: frozenset[str]) -> coverage.Population:
    made = (Dossier("bidder", str(place), None, profile=Profile(offers[place % len(offers)])) for place in range(total))
    return coverage.Population(tuple(made), KNOWN)


def parsed(*rules: dict[str, Any]) -> RequirementSet:
    return language.parse(asking(*rules), KINDS)


def test_each_requirement_and_the_whole_are_counted_and_what_each_costs(buyer: Actor, draft: Tender) -> None:
    crowd(24, ("intake", "nazorg"), ("intake",))
    found = coverage.look(buyer, draft.id)
    assert (found.population, found.whole) == (25, 10)
    assert [(line.alone, line.without) for line in found.lines] == [(25, 10), (10, 25)]


def test_below_twenty_companies_nothing_is_told(buyer: Actor, draft: Tender) -> None:
    crowd(19, ("intake", "nazorg"))
    found = coverage.look(buyer, draft.id)
    assert (found.population, found.whole, found.lines[0].alone) == (None, None, None)


def test_who_did_not_agree_is_not_counted(buyer: Actor, draft: Tender) -> None:
    made = crowd(21, ("intake", "nazorg"))
    companies.be_counted(made[0], is_counted=False)
    companies.be_counted(made[1], is_counted=False)
    assert coverage.look(buyer, draft.id).population is None


def test_the_same_question_has_the_same_answer_all_day(app: DepotFlask, buyer: Actor, draft: Tender) -> None:
    made = crowd(30, ("intake", "nazorg"))
    before = coverage.look(buyer, draft.id)
    for actor in made[:8]:
        companies.describe(actor, services=[], target_groups=[])
    app.extensions.pop("depot.coverage")
    again = coverage.look(buyer, draft.id)
    assert (again.whole, again.lines) == (before.whole, before.lines)


def test_a_change_of_the_crowd_is_counted_from_the_next_day(buyer: Actor, draft: Tender) -> None:
    made = crowd(30, ("intake", "nazorg"))
    with clock.moved_to(clock.now()):
        assert coverage.look(buyer, draft.id).whole == 30
        for actor in made[:20]:
            companies.describe(actor, services=["intake"], target_groups=[])
        tenders.write_rules(buyer, draft.id, asking(services("nazorg")))
        assert coverage.look(buyer, draft.id).whole == 30
    with clock.moved_to(clock.now() + timedelta(days=1)):
        assert coverage.look(buyer, draft.id).whole == 10


def test_each_look_is_logged(session: Session, buyer: Actor, draft: Tender) -> None:
    crowd(20, ("intake", "nazorg"))
    coverage.look(buyer, draft.id)
    coverage.look(buyer, draft.id)
    rows = session.scalars(select(CoverageLook)).all()
    assert [(row.municipality_id, row.shown) for row in rows] == [(buyer.organisation_id, 20)] * 2
    assert len({row.digest for row in rows}) == 1
    assert session.scalars(select(Event).where(Event.action == "tender.count")).all()[-1].object_id == rows[-1].id


def test_a_municipality_asks_about_so_many_sets_an_hour(app: DepotFlask, buyer: Actor, draft: Tender) -> None:
    crowd(20, ("intake", "nazorg"))
    limit = app.config["COVERAGE_LIMIT"]
    app.config["COVERAGE_LIMIT"] = 2
    try:
        with clock.moved_to(clock.now().replace(hour=12)):
            coverage.look(buyer, draft.id)
            tenders.write_rules(buyer, draft.id, asking(services("intake")))
            coverage.look(buyer, draft.id)
            tenders.write_rules(buyer, draft.id, asking(services("nazorg")))
            with pytest.raises(TooMany) as refused:
                coverage.look(buyer, draft.id)
            assert 0 < refused.value.retry_after <= 3601
            tenders.write_rules(buyer, draft.id, asking(services("intake")))
            assert coverage.look(buyer, draft.id).whole == 20
            tenders.write_rules(buyer, draft.id, asking(services("nazorg")))
            with clock.moved_to(clock.now() + timedelta(minutes=61)):
                assert coverage.look(buyer, draft.id).whole == 20
    finally:
        app.config["COVERAGE_LIMIT"] = limit


def test_only_the_buyer_of_the_draft_sees_its_coverage(buyer: Actor, draft: Tender) -> None:
    with pytest.raises(NotFound):
        coverage.look(factories.municipality(name="Gemeente Emmen", code="gm0114"), draft.id)
    with pytest.raises((Forbidden, NotFound)):
        coverage.look(factories.company(), draft.id)
    tenders.publish(buyer, draft.id)
    with pytest.raises(Conflict):
        coverage.look(buyer, draft.id)


@pytest.mark.parametrize(
    "rule",
    [
        {"document": "kvk_extract", "all": [{"field": "kvkNumber", "equals": "68750110"}]},
        {"document": "liability_insurance", "all": [{"field": "insurer", "equals": "Een verzekeraar"}]},
        {
            "anyOf": [
                services("intake"),
                {"document": "kvk_extract", "all": [{"field": "kvkNumber", "equals": "68750110"}]},
            ]
        },
    ],
)
def test_what_points_at_one_company_is_not_counted(rule: dict[str, Any]) -> None:
    figures = coverage.count(counted(30, frozenset({"intake"})), parsed(services("intake"), rule), AT)
    assert figures == {"population": 30, "whole": None, "alone": {"E1": 30}, "without": {}}


@given(st.integers(0, 5000))
def test_a_rounded_number_is_a_step_near_the_number(number: int) -> None:
    shown = coverage.rounded(number)
    assert shown % coverage.STEP == 0
    assert (shown == 0) == (number < coverage.STEP)
    assert abs(shown - number) < coverage.STEP


@given(
    st.lists(st.frozensets(st.sampled_from(["intake", "nazorg", "scholing"])), min_size=20, max_size=60),
    st.lists(st.sampled_from(["intake", "nazorg", "scholing"]), min_size=1, max_size=4),
)
def test_counting_is_judging_each_company_by_itself(offers: list[frozenset[str]], asked: list[str]) -> None:
    made = counted(len(offers), *offers)
    figures = coverage.count(made, parsed(*map(services, asked)), AT)
    assert figures["whole"] == coverage.rounded(sum(set(asked) <= has for has in offers))
    for place, code in enumerate(asked, start=1):
        others = {other for at, other in enumerate(asked, start=1) if at != place}
        assert figures["alone"][f"E{place}"] == coverage.rounded(sum(code in has for has in offers))
        assert figures["without"][f"E{place}"] == coverage.rounded(sum(others <= has for has in offers))


def test_a_buyer_reads_the_coverage_on_the_page_of_the_draft(
    session: Session, client: FlaskClient, buyer: Actor, draft: Tender
) -> None:
    crowd(24, ("intake", "nazorg"), ("intake",))
    session.commit()
    factories.signed_in(client, buyer)
    page = f"/gemeente/aanbestedingen/{draft.id}/eisen"
    assert "Toon dekking" in client.get(page).text
    answer = client.post(f"/gemeente/aanbestedingen/{draft.id}/dekking")
    assert (answer.status_code, answer.location.partition("#")) == (303, (page, "#", "dekking"))
    assert "Van ongeveer 25 bedrijven voldoen ongeveer 10 aan alle eisen samen." in client.get(page).text


def test_a_company_says_on_its_page_that_it_counts(session: Session, client: FlaskClient) -> None:
    company = factories.company()
    session.commit()
    factories.signed_in(client, company)
    assert client.post("/organisatie/meetellen", data={"meetellen": "true"}).status_code == 303
    assert "checked" in client.get("/organisatie").text.partition('name="meetellen"')[2][:60]
    client.post("/organisatie/meetellen", data={})
    assert "checked" not in client.get("/organisatie").text.partition('name="meetellen"')[2][:60]
