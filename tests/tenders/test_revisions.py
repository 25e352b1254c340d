import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.core import clock
from depot.core.errors import Conflict
from depot.mail.models import Message
from depot.tenders import dossiers, participations, queries, revisions, service
from depot.tenders.models import ParticipationState, Tender
from tests import factories

LABELS = st.dictionaries(st.sampled_from(["E1", "E2", "E3", "E4"]), st.sampled_from(["a", "b"]))


@pytest.fixture
def tender(buyer: Actor) -> Tender:
    return factories.tender(buyer, "kvk-extract", "quality")


def performance(label: str = "Wij starten binnen een week.") -> dict[str, str]:
    return {"id": "P1", "label": label, "kind": "performance", "severity": "minimum"}


def replaced(buyer: Actor, tender: Tender, *items: dict[str, object]) -> None:
    rules = queries.newest_set(tender).rules
    service.write_rules(buyer, tender.id, {**rules, "requirements": list(items)})


def test_a_change_makes_a_new_set_and_leaves_the_old_as_it_was(buyer: Actor, company: Actor, tender: Tender) -> None:
    old = queries.requirement_set(tender)
    before = json.dumps(old.rules)
    new = revisions.begin(buyer, tender.id)
    assert (new.number, new.rules) == (old.number + 1, old.rules)
    service.remove_requirement(buyer, tender.id, "E2")
    assert queries.requirement_set(tender) is old
    assert len(dossiers.requirements(tender).requirements) == 2
    service.publish(buyer, tender.id)
    assert queries.requirement_set(tender) is new
    assert json.dumps(old.rules) == before
    with pytest.raises(Conflict):
        service.publish(buyer, tender.id)
    with pytest.raises(Conflict):
        service.remove_requirement(buyer, tender.id, "E1")


def test_participants_hear_what_changed_and_confirm_again(
    session: Session, buyer: Actor, company: Actor, tender: Tender
) -> None:
    row = factories.participant(company, tender)
    revisions.begin(buyer, tender.id)
    rules = queries.newest_set(tender).rules["requirements"]
    replaced(buyer, tender, {**rules[0], "label": "Ander uittreksel"}, performance())
    assert not revisions.is_unconfirmed(row)
    service.publish(buyer, tender.id)
    [told] = session.scalars(select(Message).where(Message.template == "requirements_changed"))
    said = (told.payload["added"], told.payload["changed"], told.payload["removed"])
    assert said == (["Wij starten binnen een week."], ["Ander uittreksel"], [rules[1]["label"]])
    assert revisions.is_unconfirmed(row)
    assert not is_declared(tender)
    old = {item.id for _party, item in queries.consents([row.id])}
    factories.participant(company, tender)
    assert not revisions.is_unconfirmed(row)
    assert is_declared(tender)
    [(_party, consent)] = queries.consents([row.id])
    assert consent.id not in old
    assert consent.kinds == ["kvk_extract"]
    with pytest.raises(Conflict):
        factories.participant(company, tender)


def is_declared(tender: Tender) -> bool:
    rows = queries.of_tender(tender, {ParticipationState.SUBMITTED})
    [found] = [item for item in dossiers.judge(tender, rows).verdicts[rows[0].id] if item.requirement_id == "P1"]
    return found.reason.code == "declared"


def test_one_change_at_a_time_and_never_an_empty_one(buyer: Actor, tender: Tender) -> None:
    revisions.begin(buyer, tender.id)
    with pytest.raises(Conflict):
        revisions.begin(buyer, tender.id)
    with pytest.raises(Conflict):
        service.publish(buyer, tender.id)
    revisions.discard(buyer, tender.id)
    assert queries.newest_set(tender) is queries.requirement_set(tender)
    with pytest.raises(Conflict):
        revisions.discard(buyer, tender.id)


def test_after_the_closing_nothing_changes_any_more(buyer: Actor, company: Actor, tender: Tender) -> None:
    row = factories.participant(company, tender)
    revisions.begin(buyer, tender.id)
    service.remove_requirement(buyer, tender.id, "E2")
    with clock.moved_to(tender.closes_at):
        with pytest.raises(Conflict):
            service.publish(buyer, tender.id)
        assert len(dossiers.judge(tender, [row]).verdicts[row.id]) == 2
        participations.select(buyer, row.id, motivation="")
    kept = queries.last_assessment(row.id, "selection")
    assert kept is not None
    assert kept.requirement_set_id == queries.requirement_set(tender).id
    with clock.moved_to(tender.closes_at + timedelta(days=1)):
        revisions.discard(buyer, tender.id)
        with pytest.raises(Conflict):
            revisions.begin(buyer, tender.id)


@given(LABELS, LABELS)
def test_what_changed_is_told_whole_and_nothing_else(before: dict[str, str], after: dict[str, str]) -> None:
    old = {"requirements": [{"id": id, "label": f"{id}{label}"} for id, label in before.items()]}
    new = {"requirements": [{"id": id, "label": f"{id}{label}"} for id, label in after.items()]}
    found = revisions.changes(old, new)
    assert set(found.added) == {f"{id}{after[id]}" for id in after.keys() - before.keys()}
    assert set(found.removed) == {f"{id}{before[id]}" for id in before.keys() - after.keys()}
    assert set(found.changed) == {f"{id}{after[id]}" for id in after.keys() & before.keys() if after[id] != before[id]}
    assert bool(found) == (before != after)
