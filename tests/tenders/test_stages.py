from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.accounts.models import Organisation, OrganisationState
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid, Stale
from depot.mail.models import Message
from depot.tenders import dossiers, lots, needs, participations, queries, service, stages
from depot.tenders.language import SCHEMA
from depot.tenders.models import Participation, ParticipationState, Procedure, StageName, Tender, TenderState
from depot.tenders.schemas import check_digit
from tests import factories

TWO_LOTS = (("1", "Noord"), ("2", "Zuid"))


def draft(buyer: Actor, procedure: str = "open", number: str = "2027-01", **changes: object) -> Tender:
    now = clock.now()
    said = {
        "title": "Toeleiden naar werk",
        "closes_at": now + timedelta(days=30),
        "evidence_until": now + timedelta(days=44),
        **changes,
    }
    return service.create(buyer, number=number, procedure=procedure, **said)  # type: ignore[arg-type]


def published(buyer: Actor, procedure: str = "open", **changes: object) -> Tender:
    row = draft(buyer, procedure, **changes)
    service.add_requirement(buyer, row.id, "kvk-extract", {"age": "P6M"})
    return service.publish(buyer, row.id)


def restricted(buyer: Actor) -> Tender:
    return published(buyer, "restricted", applications_until=clock.now() + timedelta(days=10))


def take_part(company: Actor, tender: Tender, *codes: str) -> Participation:
    return participations.take_part(
        company, tender.id, declares=True, consents=True, authority="bestuurder", lots=codes
    )


def wrong(act: object) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        act()  # type: ignore[operator]
    return {name: [str(line) for line in lines] for name, lines in caught.value.fields.items()}


def test_each_procedure_has_its_own_stages(buyer: Actor) -> None:
    soon = clock.now() + timedelta(days=10)
    start = clock.today() + timedelta(days=90)
    for number, (procedure, changes, expected) in enumerate(
        [
            ("open", {}, ["bid", "evidence"]),
            ("social", {"contract_starts_on": start}, ["bid", "evidence", "contract"]),
            ("invitation", {}, ["bid", "evidence"]),
            ("external", {}, ["bid", "evidence"]),
            ("restricted", {"applications_until": soon}, ["application", "bid", "evidence"]),
            ("open_house", {"evidence_until": None, "contract_starts_on": start}, ["bid", "evidence"]),
        ]
    ):
        row = draft(buyer, procedure, number=str(number), **changes)  # type: ignore[arg-type]
        assert sorted(stage.name for stage in row.stages) == sorted(expected)


def test_what_holds_at_the_start_of_the_contract_counts_for_that_dutch_day(buyer: Actor) -> None:
    start = clock.today() + timedelta(days=90)
    row = draft(buyer, contract_starts_on=start)
    assert dossiers.moments(row, clock.now())["contract"].day == start
    assert dossiers.moments(row, clock.now())["evidence"].day == clock.day_of(row.closes_at)


@pytest.mark.parametrize(
    ("procedure", "days", "field"),
    [
        ("open", (None, -1, 10, None), "sluiting"),
        ("open", (None, 10, 10, None), "bewijsTot"),
        ("open", (None, 10, None, None), "bewijsTot"),
        ("open", (5, 10, 20, None), "aanmeldenTot"),
        ("restricted", (-1, 10, 20, None), "aanmeldenTot"),
        ("restricted", (10, 10, 20, None), "aanmeldenTot"),
        ("open", (None, 10, 20, 15), "startContract"),
        ("open_house", (None, 10, 20, None), "bewijsTot"),
    ],
)
def test_stages_out_of_order_are_told_at_their_field(
    session: Session, procedure: str, days: tuple[int | None, int, int | None, int | None], field: str
) -> None:
    with clock.moved_to(clock.now()):
        now = clock.now()
        application, bid, evidence, contract = (None if day is None else now + timedelta(days=day) for day in days)
        assert bid is not None
        found = wrong(
            lambda: stages.closings(
                Procedure(procedure),
                applications_until=application,
                closes_at=bid,
                evidence_until=evidence,
                contract_starts_on=clock.day_of(contract) if contract else None,
            )
        )
    assert list(found) == [field]


@given(st.sampled_from(Procedure), st.lists(st.integers(-5, 60), min_size=3, max_size=3), st.integers(0, 90))
def test_stages_that_are_accepted_are_in_order(procedure: Procedure, days: list[int], start: int) -> None:
    now = clock.now()
    moments = [now + timedelta(days=day, hours=1) for day in days]
    day = clock.day_of(now) + timedelta(days=start)
    try:
        found = stages.closings(
            procedure,
            applications_until=moments[0] if procedure is Procedure.RESTRICTED else None,
            closes_at=moments[1],
            evidence_until=None if procedure is Procedure.OPEN_HOUSE else moments[2],
            contract_starts_on=day,
        )
    except Invalid:
        return
    order = [found[name] for name in StageName if name in found]
    assert order == sorted(order)
    assert order[0] > now


def test_the_check_digit_of_a_cpv_code() -> None:
    for code in ("79611000-0", "85312510-7", "85312310-5", "80500000-9", "45000000-7", "03000000-1", "98000000-3"):
        assert check_digit(code[:8]) == int(code[9])


def test_a_draft_is_changed_also_when_its_closing_has_passed(buyer: Actor) -> None:
    with clock.moved_to(clock.now() - timedelta(days=60)):
        row = draft(buyer)
        service.add_requirement(buyer, row.id, "kvk-extract", {"age": "P6M"})
    with pytest.raises(Conflict):
        service.publish(buyer, row.id)
    closes_at = clock.now() + timedelta(days=5)
    service.edit(
        buyer,
        row.id,
        row_version=row.row_version,  # type: ignore[arg-type]
        number="2027-09",
        title="Anders",
        procedure="social",
        closes_at=closes_at,
        evidence_until=closes_at + timedelta(days=5),
        lots=TWO_LOTS,
    )
    assert (row.number, row.title, row.closes_at) == ("2027-09", "Anders", closes_at)
    assert [lot.code for lot in row.lots] == ["1", "2"]
    assert service.publish(buyer, row.id).is_open


def test_a_colleagues_change_is_not_overwritten(buyer: Actor) -> None:
    row = draft(buyer)
    seen = row.row_version
    said = {
        "number": row.number,
        "procedure": "open",
        "closes_at": row.closes_at,
        "evidence_until": row.evidence_until,
    }
    service.edit(buyer, row.id, row_version=seen, title="Eerste", lots=TWO_LOTS, **said)  # type: ignore[arg-type]
    with pytest.raises(Stale):
        service.edit(buyer, row.id, row_version=seen, title="Tweede", **said)  # type: ignore[arg-type]
    assert row.title == "Eerste"


def test_a_published_tender_keeps_its_dates(buyer: Actor) -> None:
    row = published(buyer)
    with pytest.raises(Conflict):
        service.edit(
            buyer,
            row.id,
            row_version=row.row_version,  # type: ignore[arg-type]
            number="1",
            title="x",
            procedure="open",
            closes_at=row.closes_at,
            evidence_until=row.evidence_until,
        )


def test_a_stage_or_lot_that_a_requirement_names_does_not_vanish(buyer: Actor) -> None:
    row = draft(buyer, lots=TWO_LOTS)
    service.write_rules(buyer, row.id, {"schema": SCHEMA, "requirements": [of_lot("E1", "2")]})
    said = {"title": "x", "closes_at": row.closes_at, "evidence_until": row.evidence_until}
    found = wrong(
        lambda: service.edit(buyer, row.id, row_version=row.row_version, number="1", procedure="open", lots=TWO_LOTS[:1], **said)  # type: ignore[arg-type]
    )  # fmt: skip
    assert list(found) == ["percelen"]


def of_lot(id: str, *codes: str) -> dict[str, object]:
    return {
        "id": id,
        "label": f"Uittreksel {id}",
        "kind": "suitability",
        "severity": "knockout",
        "stage": "evidence",
        "subject": {"roles": ["bidder"], "aggregation": "each"},
        "lots": list(codes),
        "rule": {"document": "kvk_extract", "all": [{"issuedWithin": "P6M"}]},
    }


def test_a_requirement_names_lots_that_the_tender_has(buyer: Actor) -> None:
    row = draft(buyer, lots=TWO_LOTS)
    found = wrong(lambda: service.write_rules(buyer, row.id, {"schema": SCHEMA, "requirements": [of_lot("E1", "3")]}))
    assert list(found) == ["requirements.0.lots"]


@pytest.fixture
def in_lots(buyer: Actor) -> Tender:
    row = draft(buyer, lots=TWO_LOTS)
    service.write_rules(
        buyer,
        row.id,
        {"schema": SCHEMA, "requirements": [of_lot("E1", "1"), of_lot("E2", "2"), of_lot("E3", "1", "2")]},
    )
    return service.publish(buyer, row.id)


def test_taking_part_names_lots_and_is_judged_on_those(company: Actor, in_lots: Tender) -> None:
    assert list(wrong(lambda: take_part(company, in_lots))) == ["percelen"]
    assert list(wrong(lambda: take_part(company, in_lots, "9"))) == ["percelen"]
    row = take_part(company, in_lots, "2")
    judged = dossiers.judge(in_lots, [row])
    assert [item.requirement_id for item in judged.verdicts[row.id]] == ["E2", "E3"]


def test_consent_covers_what_the_lots_ask_and_no_more(buyer: Actor, company: Actor) -> None:
    tender = draft(buyer, lots=TWO_LOTS)
    rule = {"document": "reference"}
    other = {**of_lot("E2", "2"), "rule": rule}
    service.write_rules(buyer, tender.id, {"schema": SCHEMA, "requirements": [of_lot("E1", "1"), other]})
    row = take_part(company, service.publish(buyer, tender.id), "1")
    [(_party, consent)] = queries.consents([row.id])
    assert consent.kinds == ["kvk_extract"]


def test_a_participation_follows_its_lots(session: Session, buyer: Actor, company: Actor, in_lots: Tender) -> None:
    other = factories.company(factories.DAGOBERT)
    both, one = take_part(company, in_lots, "1", "2"), take_part(other, in_lots, "1")
    with pytest.raises(Conflict):
        lots.decide(buyer, both.id, "1", is_accepted=True, motivation="")
    with clock.moved_to(in_lots.closes_at):
        with pytest.raises(Conflict):
            participations.select(buyer, both.id, motivation="")
        lots.decide(buyer, both.id, "1", is_accepted=False, motivation="Te duur.")
        assert both.state is ParticipationState.SUBMITTED
        lots.decide(buyer, both.id, "2", is_accepted=True, motivation="Goed plan.")
        assert both.state is ParticipationState.SELECTED
        with pytest.raises(Conflict):
            lots.decide(buyer, both.id, "2", is_accepted=False, motivation="Toch niet.")
        assert wrong(lambda: lots.decide(buyer, one.id, "1", is_accepted=False, motivation=""))
        lots.decide(buyer, one.id, "1", is_accepted=False, motivation="Te laat.")
        assert (one.state, one.motivation) == (ParticipationState.REJECTED, "Perceel 1: Te laat.")
    assert [(item.lot, item.state) for item in queries.lot_outcomes([both.id])] == [
        ("1", "rejected"),
        ("2", "selected"),
    ]
    templates = sorted(message.template for message in session.query(Message))
    assert templates == ["lot_decided", "rejected", "selected"]


def test_who_is_selected_for_one_lot_is_still_decided_on_for_the_other(
    buyer: Actor, company: Actor, in_lots: Tender
) -> None:
    row = take_part(company, in_lots, "1", "2")
    with clock.moved_to(in_lots.closes_at):
        lots.decide(buyer, row.id, "1", is_accepted=True, motivation="")
        lots.decide(buyer, row.id, "2", is_accepted=False, motivation="Vol.")
    assert row.state is ParticipationState.SELECTED


def test_a_restricted_tender_first_selects_who_may_bid(session: Session, buyer: Actor, company: Actor) -> None:
    tender = restricted(buyer)
    row = take_part(company, tender)
    out = take_part(factories.company(factories.DAGOBERT), tender)
    left = take_part(factories.company(factories.KATRIEN), tender)
    assert not queries.participations(buyer, tender)
    with pytest.raises(Conflict):
        participations.shortlist(buyer, row.id, motivation="")
    with clock.moved_to(tender.joins_until):
        assert len(queries.participations(buyer, tender)) == 3
        assert not tender.is_open
        with pytest.raises(Conflict):
            take_part(factories.company("12345678"), tender)
        with pytest.raises(Conflict):
            participations.select(buyer, row.id, motivation="")
        participations.shortlist(buyer, row.id, motivation="Sterk.")
        participations.reject(buyer, out.id, motivation="Te weinig ervaring.")
        assert (row.state, out.state) == (ParticipationState.SHORTLISTED, ParticipationState.REJECTED)
        assert tender.state is TenderState.PUBLISHED
        assert row in needs_rows(company)
    with clock.moved_to(tender.closes_at):
        with pytest.raises(Conflict):
            participations.shortlist(buyer, left.id, motivation="")
        with pytest.raises(Conflict):
            participations.select(buyer, left.id, motivation="")
        assert participations.select(buyer, row.id, motivation="").state is ParticipationState.SELECTED
        assert tender.state is TenderState.EVIDENCE
    assert "shortlisted" in {message.template for message in session.query(Message)}


def needs_rows(company: Actor) -> list[Participation]:
    return list(queries.taking_part([company.organisation_id], needs.UNDER_WAY))


def test_who_was_invited_to_bid_can_still_step_out(buyer: Actor, company: Actor) -> None:
    tender = restricted(buyer)
    row = take_part(company, tender)
    with clock.moved_to(tender.joins_until):
        participations.shortlist(buyer, row.id, motivation="")
        assert participations.withdraw(company, tender.id).state is ParticipationState.WITHDRAWN


def test_only_a_restricted_tender_has_a_selection_before_the_bids(buyer: Actor, company: Actor) -> None:
    tender = published(buyer)
    row = take_part(company, tender)
    with clock.moved_to(tender.closes_at), pytest.raises(Conflict):
        participations.shortlist(buyer, row.id, motivation="")
    with pytest.raises(Forbidden):
        participations.shortlist(company, row.id, motivation="")


@pytest.mark.parametrize("state", [OrganisationState.SUSPENDED, OrganisationState.ENDED])
def test_a_company_whose_registration_ended_cannot_be_selected(
    buyer: Actor, company: Actor, state: OrganisationState
) -> None:
    tender = published(buyer)
    row = take_part(company, tender)
    db.session.get_one(Organisation, company.organisation_id).state = state
    with clock.moved_to(tender.closes_at):
        with pytest.raises(Conflict):
            participations.select(buyer, row.id, motivation="")
        assert participations.reject(buyer, row.id, motivation="Gestopt.").state is ParticipationState.REJECTED


def test_a_contract_starts_at_midnight_on_a_dutch_clock_also_when_the_clocks_change(session: Session) -> None:
    with clock.moved_to(datetime(2027, 1, 5, 12, tzinfo=clock.AMSTERDAM)):
        for day in (date(2027, 3, 28), date(2027, 10, 31)):
            found = stages.closings(
                Procedure.OPEN,
                applications_until=None,
                closes_at=clock.now() + timedelta(days=5),
                evidence_until=clock.now() + timedelta(days=9),
                contract_starts_on=day,
            )
            assert clock.day_of(found[StageName.CONTRACT]) == day
