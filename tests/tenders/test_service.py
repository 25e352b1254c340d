import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from depot.access import Actor, Role
from depot.audit.models import Event
from depot.core import clock, db
from depot.core.clock import AMSTERDAM
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound
from depot.tenders import queries, service
from depot.tenders.language import SCHEMA
from depot.tenders.models import RequirementSet, StageName, Tender, TenderState
from depot.tenders.schemas import Moment
from tests import factories


def created(buyer: Actor, **changes: Any) -> Tender:
    closes_at = changes.pop("closes_at", clock.now() + timedelta(days=30))
    given = {
        "number": "2027-01",
        "title": "Toeleiden naar werk",
        "procedure": "open",
        "closes_at": closes_at,
        "evidence_until": closes_at + timedelta(days=14),
    }
    return service.create(buyer, **{**given, **changes})


@pytest.fixture
def draft(buyer: Actor) -> Tender:
    return created(buyer)


def ids(tender: Tender) -> list[str]:
    return [item["id"] for item in queries.requirement_set(tender).rules["requirements"]]


def refused(act: Any) -> dict[str, list[str]]:
    db.session.commit()
    with pytest.raises((Invalid, Conflict)) as caught, db.transaction():
        act()
    return {name: [str(line) for line in lines] for name, lines in caught.value.fields.items()}


def test_a_new_tender_is_a_draft_with_two_stages_and_no_requirements(buyer: Actor, draft: Tender) -> None:
    assert draft.state is TenderState.DRAFT
    assert [(stage.name, stage.closes_at) for stage in draft.stages] == [
        (StageName.BID, draft.closes_at),
        (StageName.EVIDENCE, draft.closes_at + timedelta(days=14)),
    ]
    assert queries.requirement_set(draft).rules == {"schema": SCHEMA, "requirements": []}


def test_a_tender_closes_in_the_future_and_takes_evidence_after_that(buyer: Actor) -> None:
    now = clock.now()
    with clock.moved_to(now):
        assert refused(lambda: created(buyer, closes_at=now)) == {"sluiting": ["Kies een moment in de toekomst."]}
        later = now + timedelta(days=1)
        assert refused(lambda: created(buyer, closes_at=later, evidence_until=later)) == {
            "bewijsTot": ["Dit moment ligt na de sluiting."]
        }


def test_a_number_is_used_once_in_a_municipality(buyer: Actor, draft: Tender) -> None:
    assert refused(lambda: created(buyer)) == {"nummer": ["U hebt al een aanbesteding met dit nummer."]}
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    assert created(other).number == draft.number


def test_only_a_buyer_writes_tenders(session: Session, buyer: Actor, draft: Tender) -> None:
    reader = factories.municipality(Role.MUNICIPALITY_READER, name="Gemeente Emmen", code="gm0114")
    for actor in (reader, factories.company()):
        with pytest.raises(Forbidden):
            created(actor, number="2")
    for act in (
        lambda actor: service.add_requirement(actor, draft.id, "kvk-extract", {"age": "P6M"}),
        lambda actor: service.remove_requirement(actor, draft.id, "E1"),
        lambda actor: service.write_rules(actor, draft.id, {}),
        lambda actor: service.publish(actor, draft.id),
    ):
        with pytest.raises(NotFound):
            act(reader)


def test_requirements_are_numbered_in_the_order_in_which_gaps_are_filled(buyer: Actor, draft: Tender) -> None:
    for _time in range(3):
        service.add_requirement(buyer, draft.id, "kvk-extract", {"age": "P6M"})
    assert ids(draft) == ["E1", "E2", "E3"]
    service.remove_requirement(buyer, draft.id, "E2")
    service.add_requirement(buyer, draft.id, "services", {})
    assert ids(draft) == ["E1", "E3", "E2"]
    with pytest.raises(NotFound):
        service.remove_requirement(buyer, draft.id, "E9")


def test_rule_json_replaces_the_requirements(buyer: Actor, draft: Tender) -> None:
    service.add_requirement(buyer, draft.id, "kvk-extract", {"age": "P6M"})
    award = {"id": "G1", "label": "Prijs (50%)", "kind": "award"}
    service.write_rules(buyer, draft.id, {"schema": SCHEMA, "requirements": [award]})
    assert queries.requirement_set(draft).rules == {"schema": SCHEMA, "requirements": [award]}


def test_rule_json_that_is_wrong_says_where_and_changes_nothing(buyer: Actor, draft: Tender) -> None:
    service.add_requirement(buyer, draft.id, "kvk-extract", {"age": "P6M"})
    with db.transaction():
        before = json.dumps(queries.requirement_set(draft).rules)
    rules = json.loads(before)
    rules["requirements"][0]["rule"]["document"] = "diploma"
    rules["requirements"].append(
        rules["requirements"][0] | {"id": "E2", "stage": "contract", "rule": {"document": "kvk_extract"}}
    )
    wrong = refused(lambda: service.write_rules(buyer, draft.id, rules))
    assert list(wrong) == ["requirements.0.rule.document"]
    rules["requirements"][0]["rule"]["document"] = "kvk_extract"
    wrong = refused(lambda: service.write_rules(buyer, draft.id, rules))
    assert wrong == {"requirements.1.stage": ["Deze aanbesteding heeft die fase niet."]}
    assert json.dumps(queries.requirement_set(draft).rules) == before


def test_publishing_fixes_the_requirements(session: Session, buyer: Actor, draft: Tender) -> None:
    service.add_requirement(buyer, draft.id, "kvk-extract", {"age": "P6M"})
    published = service.publish(buyer, draft.id)
    assert published.is_open
    rules = queries.requirement_set(published)
    assert rules.published_at is not None
    before = json.dumps(rules.rules)
    for act in (
        lambda: service.publish(buyer, draft.id),
        lambda: service.add_requirement(buyer, draft.id, "services", {}),
        lambda: service.remove_requirement(buyer, draft.id, "E1"),
        lambda: service.write_rules(buyer, draft.id, {"schema": SCHEMA, "requirements": []}),
        lambda: rules.change({}),
    ):
        with pytest.raises(Conflict):
            act()
    assert json.dumps(queries.requirement_set(published).rules) == before
    [event] = [row for row in session.query(Event) if row.action == "tender.publish"]
    assert event.detail["set"] == 1


def test_a_tender_without_requirements_is_not_published(buyer: Actor, draft: Tender) -> None:
    with pytest.raises(Conflict, match="minstens één eis"):
        service.publish(buyer, draft.id)


def test_a_tender_is_not_published_once_its_closing_has_come(buyer: Actor, draft: Tender) -> None:
    service.add_requirement(buyer, draft.id, "kvk-extract", {"age": "P6M"})
    with clock.moved_to(draft.closes_at), pytest.raises(Conflict, match="in het verleden"):
        service.publish(buyer, draft.id)
    with clock.moved_to(draft.closes_at - timedelta(seconds=1)):
        assert service.publish(buyer, draft.id).is_open


def test_a_company_sees_a_tender_once_it_is_published(buyer: Actor, draft: Tender) -> None:
    company = factories.company()
    with pytest.raises(NotFound):
        queries.get(company, draft.id)
    service.add_requirement(buyer, draft.id, "kvk-extract", {"age": "P6M"})
    service.publish(buyer, draft.id)
    assert queries.get(company, draft.id) is draft


def test_a_tender_is_closed_from_its_closing_instant_on(buyer: Actor) -> None:
    row = factories.tender(buyer)
    with clock.moved_to(row.closes_at - timedelta(microseconds=1)):
        assert (row.is_open, row.is_closed) == (True, False)
    with clock.moved_to(row.closes_at):
        assert (row.is_open, row.is_closed) == (False, True)


def moment(text: str) -> datetime:
    return Moment().deserialize(text)


@pytest.mark.parametrize(
    "text",
    ["15-02-2027 12:00", "15-02-2027 om 12.00 uur", "2027-02-15T12:00", " 15/2/2027   12:00 "],
)
def test_a_moment_is_read_as_people_write_it(text: str) -> None:
    assert moment(text) == datetime(2027, 2, 15, 11, 0, tzinfo=UTC)


def test_a_moment_in_summer_is_two_hours_before_utc() -> None:
    assert moment("15-07-2027 12:00") == datetime(2027, 7, 15, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("31-02-2027 12:00", "31-02-2027 12:00 bestaat niet."),
        ("15-02-2027 24:00", "15-02-2027 24:00 bestaat niet."),
        ("15-02-2027 12:60", "15-02-2027 12:60 bestaat niet."),
        ("15-02-2027", "Schrijf een dag en een tijd als 15-02-2027 12:00."),
        ("morgen 12:00", "morgen 12:00 bestaat niet."),
        ("", "Schrijf een dag en een tijd als 15-02-2027 12:00."),
        ("28-03-2027 02:00", "Deze tijd valt in het uur waarin de klok wordt verzet. Kies een andere tijd."),
        ("28-03-2027 02:59", "Deze tijd valt in het uur waarin de klok wordt verzet. Kies een andere tijd."),
        ("31-10-2027 02:00", "Deze tijd valt in het uur waarin de klok wordt verzet. Kies een andere tijd."),
        ("31-10-2027 02:59", "Deze tijd valt in het uur waarin de klok wordt verzet. Kies een andere tijd."),
    ],
)
def test_a_moment_that_does_not_exist_or_comes_twice_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ma.ValidationError) as caught:
        moment(text)
    assert [str(line) for line in caught.value.messages] == [sentence]


@pytest.mark.parametrize("text", ["28-03-2027 01:59", "28-03-2027 03:00", "31-10-2027 01:59", "31-10-2027 03:00"])
def test_the_minutes_around_the_change_of_the_clock_are_accepted(text: str) -> None:
    assert f"{clock.dutch(moment(text)):%d-%m-%Y %H:%M}" == text


@given(st.dates(date(2024, 1, 1), date(2035, 12, 31)), st.times())
def test_an_accepted_moment_is_the_one_that_a_dutch_clock_shows(day: date, at: time) -> None:
    text = f"{day:%d-%m-%Y} {at:%H:%M}"
    try:
        found = moment(text)
    except ma.ValidationError:
        assert at.hour == 2
        assert day.month in (3, 10)
        return
    assert f"{found.astimezone(UTC).astimezone(AMSTERDAM):%d-%m-%Y %H:%M}" == text


def test_contract_and_estimate_are_kept_as_given(buyer: Actor) -> None:
    row = created(buyer, cpv=["79611000-0"], estimate="1000000.00", contract_starts_on=date(2027, 6, 1))
    with db.transaction() as session:
        session.refresh(row)
    assert (row.cpv, str(row.estimate), row.contract_starts_on) == (["79611000-0"], "1000000.00", date(2027, 6, 1))


def test_who_changes_what_a_colleague_changed_in_between_is_refused(session: Session, draft: Tender) -> None:
    seen = queries.requirement_set(draft)
    table = RequirementSet.__table__
    session.execute(update(table).where(table.c.id == seen.id).values(row_version=2))
    seen.rules = {"schema": SCHEMA, "requirements": [{}]}
    with pytest.raises(StaleDataError):
        session.flush()
    session.rollback()
