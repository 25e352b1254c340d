"""Requirements are changed, moved, taken over and explained without anybody seeing JSON."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from depot.access import Actor, Role
from depot.audit.models import Event
from depot.core import clock, db
from depot.core.errors import Conflict, DepotError, Forbidden, Invalid, NotFound
from depot.tenders import editing, editor, examples, library, queries, service
from depot.tenders.language import SCHEMA
from depot.tenders.models import PaperRequest, Tender
from tests import factories

MARK = {"document": "quality_mark", "all": [{"field": "scheme", "equals": "iso-9001"}]}


def drafted(buyer: Actor, *codes: str, **changes: Any) -> Tender:
    closes_at = clock.now() + timedelta(days=30)
    made = {"number": "2027-09", "title": "Werk in de wijk", "procedure": "open", **changes}
    tender = service.create(buyer, **made, closes_at=closes_at, evidence_until=closes_at + timedelta(days=14))
    for code in codes:
        service.add_requirement(buyer, tender.id, code, {})
    return tender


@pytest.fixture
def draft(buyer: Actor) -> Tender:
    return drafted(
        buyer, "kvk-extract", "competence", "staff-level", "award-price", lots=[("1", "Noord"), ("2", "Zuid")]
    )


def listed(tender: Tender) -> list[dict[str, Any]]:
    return list(queries.newest_set(tender).rules["requirements"])


def ids(tender: Tender) -> list[str]:
    return [item["id"] for item in listed(tender)]


def written(buyer: Actor, tender: Tender, *rules: dict[str, Any]) -> None:
    made = [
        {
            "id": f"X{place}",
            "label": f"Eis {place}",
            "kind": "suitability",
            "stage": "evidence",
            "legalBasis": "Aw 2.96",
            "subject": {"roles": ["bidder"], "aggregation": "each"},
            "rule": rule,
        }
        for place, rule in enumerate(rules, 1)
    ]
    service.write_rules(buyer, tender.id, {"schema": SCHEMA, "requirements": made})


GIVEN: dict[str, Any] = {
    "label": "Vakmensen",
    "severity": "knockout",
    "legal_basis": "Aw 2012 art. 2.93",
    "stage": "bid",
    "roles": ["bidder", "member"],
    "aggregation": "any",
    "lots": ["2"],
    "answers": {"fte": "2,5", "level": "wo", "age": "P6M"},
}


def test_a_requirement_is_filled_in_again(buyer: Actor, draft: Tender) -> None:
    editing.rewrite(buyer, draft.id, "E3", **GIVEN)
    changed = listed(draft)[2]
    assert changed["rule"]["all"] == [
        {"asOfWithin": "P6M"},
        {"rows": {"where": [{"field": "qualificationLevel", "gte": "wo"}], "sum": "fte", "gte": "2.5"}},
    ]
    assert {key: changed[key] for key in ("label", "severity", "stage", "subject", "lots", "espdCriterion")} == {
        "label": "Vakmensen",
        "severity": "knockout",
        "stage": "bid",
        "subject": {"roles": ["bidder", "member"], "aggregation": "any"},
        "lots": ["2"],
        "espdCriterion": "qualification",
    }
    assert ids(draft) == ["E1", "E2", "E3", "E4"]


def test_all_lots_is_the_whole_tender_and_no_ground_is_none(buyer: Actor, draft: Tender) -> None:
    editing.rewrite(buyer, draft.id, "E3", **{**GIVEN, "lots": ["2", "1"], "legal_basis": None})
    assert not {"lots", "legalBasis"} & listed(draft)[2].keys()


def test_what_no_standard_made_keeps_its_rule(buyer: Actor, draft: Tender) -> None:
    written(buyer, draft, {"anyOf": [MARK, {"equivalent": "quality_mark", "decision": "buyer"}]})
    before = listed(draft)[0]["rule"]
    editing.rewrite(buyer, draft.id, "X1", **GIVEN)
    assert listed(draft)[0]["rule"] == before
    assert listed(draft)[0]["label"] == "Vakmensen"


def test_what_is_not_assessed_has_a_name_and_lots_alone(buyer: Actor, draft: Tender) -> None:
    editing.rewrite(buyer, draft.id, "E4", label="Prijs (60%)", severity="minimum", lots=["1"])
    assert listed(draft)[3] == {
        "id": "E4",
        "label": "Prijs (60%)",
        "kind": "award",
        "severity": "minimum",
        "lots": ["1"],
    }


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"roles": []}, "rollen"),
        ({"stage": "application"}, "fase"),
        ({"stage": None}, "fase"),
        ({"lots": ["9"]}, "percelen"),
        ({"answers": {"fte": "veel"}}, "fte"),
        ({"label": " "}, "naam"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(buyer: Actor, draft: Tender, change: dict[str, Any], name: str) -> None:
    with pytest.raises(Invalid) as caught:
        editing.rewrite(buyer, draft.id, "E3", **{**GIVEN, **change})
    assert list(caught.value.fields) == [name]


def test_adding_up_what_cannot_be_added_up_is_said_at_the_count(buyer: Actor, draft: Tender) -> None:
    with pytest.raises(Invalid) as caught:
        editing.rewrite(buyer, draft.id, "E1", **{**GIVEN, "aggregation": "sum", "answers": {"age": "P6M"}})
    assert list(caught.value.fields) == ["telling"]


@pytest.mark.parametrize(
    ("act", "order"),
    [
        (lambda buyer, id: editing.step(buyer, id, "E1", 1), ["E2", "E1", "E3", "E4"]),
        (lambda buyer, id: editing.step(buyer, id, "E1", -1), ["E1", "E2", "E3", "E4"]),
        (lambda buyer, id: editing.step(buyer, id, "E4", -1), ["E1", "E2", "E4", "E3"]),
        (lambda buyer, id: editing.step(buyer, id, "E4", 1), ["E1", "E2", "E3", "E4"]),
        (lambda buyer, id: editing.move(buyer, id, "E4", 0), ["E4", "E1", "E2", "E3"]),
        (lambda buyer, id: editing.move(buyer, id, "E1", 99), ["E2", "E3", "E4", "E1"]),
        (lambda buyer, id: editing.move(buyer, id, "E2", -5), ["E2", "E1", "E3", "E4"]),
    ],
)
def test_a_requirement_moves(buyer: Actor, draft: Tender, act: Any, order: list[str]) -> None:
    act(buyer, draft.id)
    assert ids(draft) == order


def test_publishing_waits_for_the_equivalent_of_a_mark(buyer: Actor, draft: Tender) -> None:
    written(buyer, draft, MARK, {"allOf": [{"sameAs": "X1"}, {"document": "privacy_policy"}]})
    with pytest.raises(Conflict) as caught:
        service.publish(buyer, draft.id)
    assert str(caught.value.text) == "Publiceren kan nog niet: laat gelijkwaardig bewijs toe bij X1, X2."
    editing.accept_equivalent(buyer, draft.id, "X1")
    assert service.publish(buyer, draft.id).is_open


def test_where_an_equivalent_counts_already_none_is_added(buyer: Actor, draft: Tender) -> None:
    service.add_requirement(buyer, draft.id, "quality", {})
    with pytest.raises(Conflict):
        editing.accept_equivalent(buyer, draft.id, "E5")


def test_a_warning_stands_beside_its_requirement_and_stops_nobody(buyer: Actor, draft: Tender) -> None:
    service.add_requirement(buyer, draft.id, "kvk-extract", {"age": "P1M"})
    lines = editor.lines(draft, queries.newest_set(draft))
    assert [(doubt.remark.code, doubt.ground.code) for doubt in lines[-1].doubts] == [
        ("stricter_than_law", "aw-2.89-1")
    ]
    assert service.publish(buyer, draft.id).is_open


def published(buyer: Actor, *codes: str, **changes: Any) -> Tender:
    return service.publish(buyer, drafted(buyer, *codes, **{"number": "2027-08", **changes}).id)


def test_requirements_are_taken_over_from_another_municipality(buyer: Actor, draft: Tender) -> None:
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    source = published(other, "kvk-extract", "quality", "award-price", title="Activering", lots=[("1", "Dorp")])
    assert [(row.title, count) for row, count in examples.index(buyer, "emmen")] == [("Activering", 3)]
    editing.copy(buyer, draft.id, source.id, ["E3", "E2"])
    assert ids(draft) == ["E1", "E2", "E3", "E4", "E5", "E6"]
    assert [item["label"] for item in listed(draft)[4:]] == ["Kwaliteitsborging", "Prijs (30%)"]
    assert ids(source) == ["E1", "E2", "E3"]
    event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert event is not None
    assert event.detail["copied_from"] == str(source.id)


def test_a_requirement_brings_along_what_it_refers_to(buyer: Actor, draft: Tender) -> None:
    source = drafted(buyer, number="2026-01")
    accepted = {"anyOf": [MARK, {"equivalent": "quality_mark", "decision": "buyer"}]}
    written(buyer, source, {"document": "kvk_extract"}, accepted, {"anyOf": [{"sameAs": "X2"}]}, {"sameAs": "X3"})
    editing.copy(buyer, draft.id, source.id, ["X4"])
    taken = listed(draft)[4:]
    assert [(item["id"], item["label"]) for item in taken] == [("E5", "Eis 2"), ("E6", "Eis 3"), ("E7", "Eis 4")]
    assert [item["rule"] for item in taken] == [accepted, {"anyOf": [{"sameAs": "E5"}]}, {"sameAs": "E6"}]


def test_a_stage_or_lot_that_this_tender_lacks_is_not_taken_over(buyer: Actor, draft: Tender) -> None:
    until = clock.now() + timedelta(days=10)
    source = drafted(
        buyer, "services", number="2026-02", procedure="restricted", applications_until=until, lots=[("9", "West")]
    )
    answers = {"services": ["intake"]}
    edited = {**GIVEN, "stage": "application", "lots": ["9"], "answers": answers}
    editing.rewrite(buyer, source.id, "E1", **edited)
    editing.copy(buyer, draft.id, source.id, ["E1"])
    assert listed(draft)[4]["stage"] == "bid"
    assert "lots" not in listed(draft)[4]


def test_what_is_not_for_everybody_is_not_copied(buyer: Actor, draft: Tender) -> None:
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    hidden = drafted(other, "kvk-extract", number="2027-01")
    assert examples.index(buyer, besides=draft.id) == []
    invited = drafted(other, "kvk-extract", number="2027-02")
    invited.publish()
    invited.procedure = "invitation"
    queries.newest_set(invited).publish()
    db.session.flush()
    assert [row.id for row, _count in examples.index(other)] == [invited.id, hidden.id]
    for source in (hidden, invited):
        with pytest.raises(NotFound):
            editing.copy(buyer, draft.id, source.id, ["E1"])
    with pytest.raises(Invalid):
        editing.copy(buyer, draft.id, draft.id, ["X9"])


def test_a_search_finds_words_as_they_are(buyer: Actor, draft: Tender) -> None:
    assert [row.id for row, _count in examples.index(buyer, "WIJK")] == [draft.id]
    assert examples.index(buyer, "100%") == []
    assert examples.index(buyer, "_") == []


def test_a_word_means_something_else_until_it_does_not(buyer: Actor, draft: Tender) -> None:
    editing.deviate(buyer, draft.id, "placement", "Een baan van minstens een jaar.")
    editing.deviate(buyer, draft.id, "placement", "Een baan van twee jaar.")
    [found] = editor.deviations(draft)
    assert (found.definition.term.nl, found.meaning) == ("Plaatsing", "Een baan van twee jaar.")
    editing.follow(buyer, draft.id, "placement")
    assert draft.deviations == {}
    with pytest.raises(NotFound):
        editing.follow(buyer, draft.id, "placement")
    with pytest.raises(Invalid):
        editing.deviate(buyer, draft.id, "toverwoord", "Iets")


def test_paper_takes_a_reason_that_is_recorded(buyer: Actor, draft: Tender) -> None:
    editing.ask_on_paper(buyer, draft.id, "kvk_extract", "Ons archief is nog van papier.")
    [row] = db.session.scalars(select(PaperRequest))
    assert (row.kind, row.reason, row.by) == ("kvk_extract", "Ons archief is nog van papier.", buyer.id)
    assert [paper.kind.nl for paper in editor.papers(draft)] == ["Uittreksel Handelsregister"]
    with pytest.raises(Conflict):
        editing.ask_on_paper(buyer, draft.id, "kvk_extract", "Nog eens.")
    with pytest.raises(Invalid):
        editing.ask_on_paper(buyer, draft.id, "diploma", "Graag.")
    editing.ask_no_paper(buyer, draft.id, "kvk_extract")
    assert editor.papers(draft) == ()
    with pytest.raises(NotFound):
        editing.ask_no_paper(buyer, draft.id, "kvk_extract")


ACTS: dict[str, Any] = {
    "rewrite": lambda actor, id: editing.rewrite(actor, id, "E3", **GIVEN),
    "move": lambda actor, id: editing.move(actor, id, "E1", 1),
    "step": lambda actor, id: editing.step(actor, id, "E1", 1),
    "equivalent": lambda actor, id: editing.accept_equivalent(actor, id, "E1"),
    "copy": lambda actor, id: editing.copy(actor, id, id, ["E1"]),
    "deviate": lambda actor, id: editing.deviate(actor, id, "placement", "Een baan."),
    "follow": lambda actor, id: editing.follow(actor, id, "placement"),
    "paper": lambda actor, id: editing.ask_on_paper(actor, id, "kvk_extract", "Daarom."),
    "no paper": lambda actor, id: editing.ask_no_paper(actor, id, "kvk_extract"),
}


@pytest.mark.parametrize("name", ACTS)
def test_only_a_buyer_of_the_municipality_edits(buyer: Actor, draft: Tender, name: str) -> None:
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    reader = Actor(buyer.kind, buyer.id, buyer.organisation_id, Role.MUNICIPALITY_READER)
    for actor, error in ((other, NotFound), (reader, Forbidden), (factories.company(), DepotError)):
        with pytest.raises(error):
            ACTS[name](actor, draft.id)


@pytest.mark.parametrize("name", ACTS)
def test_what_is_published_stays_as_it_is(buyer: Actor, draft: Tender, name: str) -> None:
    service.publish(buyer, draft.id)
    with pytest.raises(Conflict):
        ACTS[name](buyer, draft.id)


@pytest.mark.parametrize(
    "act", [lambda b, i: editing.rewrite(b, i, "E9", **GIVEN), lambda b, i: editing.move(b, i, "E9", 0)]
)
def test_a_requirement_that_is_not_there_is_not_found(buyer: Actor, draft: Tender, act: Any) -> None:
    with pytest.raises(NotFound):
        act(buyer, draft.id)


STANDARDS = [code for code, standard in library.standards().items() if "rule" in standard.requirement]


@given(st.sampled_from(STANDARDS), st.data())
def test_what_is_recognised_leads_back_to_the_same_rule(code: str, data: st.DataObject) -> None:
    numbers = {"count": st.integers(1, 99).map(str), "decimal": st.decimals(0, 99, places=1).map(str)}
    drawn = {
        question.name: data.draw(numbers[question.type])
        for question in library.standards()[code].questions
        if question.type in numbers
    }
    answers = {"question": "Waarom?", **drawn} if code == "question" else drawn
    made = library.fill(code, answers, "E1")
    found = library.recognise(made)
    assert found is not None
    assert library.fill(found[0].code, found[1], "E1")["rule"] == made["rule"]
