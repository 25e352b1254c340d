"""When a procedure ended for who took part, and the contract that followed."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor, Role
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.core import clock
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound
from depot.tenders import awards, contracts, endings, lots, participations, service
from depot.tenders.endings import Ending
from depot.tenders.models import Participation, Tender
from tests import factories
from tests.factories import DAGOBERT, signed_in


def ending(row: Participation) -> Ending:
    return endings.of([row.tender_id])[row.id]


def later(tender: Tender, days: int, act: Callable[..., Any], *arguments: Any, **more: Any) -> date:
    """Do something so many days after the closing; gives that day."""
    with clock.moved_to(tender.closes_at + timedelta(days=days)):
        act(*arguments, **more)
        return clock.today()


@pytest.fixture
def awarded(buyer: Actor, tender: Tender, row: Participation, session: Session) -> Participation:
    later(tender, 1, participations.select, buyer, row.id, motivation="")
    later(tender, 2, awards.award, buyer, row.id, motivation="Beste plan.")
    session.commit()
    return row


def test_the_last_decision_of_all_ends_the_procedure_for_everybody(
    buyer: Actor, tender: Tender, row: Participation
) -> None:
    other = factories.participant(factories.company(DAGOBERT), tender)
    assert ending(row) == Ending(None)
    later(tender, 1, participations.select, buyer, row.id, motivation="")
    later(tender, 1, participations.select, buyer, other.id, motivation="")
    later(tender, 2, awards.pass_over, buyer, row.id, motivation="Een ander plan was beter.")
    assert ending(row) == Ending(None)
    day = later(tender, 5, awards.award, buyer, other.id, motivation="Beste plan.")
    assert (ending(row), ending(other)) == (Ending(day), Ending(day, is_awarded=True))


def test_a_tender_that_stops_ends_there_also_for_who_was_selected(
    buyer: Actor, tender: Tender, row: Participation
) -> None:
    later(tender, 1, participations.select, buyer, row.id, motivation="")
    day = later(tender, 9, awards.abandon, buyer, tender.id, reason="Geen geld.")
    assert ending(row) == Ending(day)


def test_with_lots_those_of_the_company_count_and_not_the_others(buyer: Actor, company: Actor) -> None:
    closes_at = clock.now() + timedelta(days=30)
    tender = service.create(
        buyer,
        number="2027-02",
        title="Toeleiden naar werk",
        procedure="open",
        closes_at=closes_at,
        evidence_until=closes_at + timedelta(days=14),
        lots=(("1", "Noord"), ("2", "Zuid")),
    )
    service.add_requirement(buyer, tender.id, "kvk-extract", {"age": "P6M"})
    service.publish(buyer, tender.id)

    def joined(actor: Actor, *codes: str) -> Participation:
        return participations.take_part(
            actor, tender.id, declares=True, consents=True, authority="bestuurder", lots=codes
        )

    one, both = joined(company, "1"), joined(factories.company(DAGOBERT), "1", "2")
    for row in (one, both):
        for lot in row.lots:
            later(tender, 1, lots.decide, buyer, row.id, lot, is_accepted=True, motivation="")
    later(tender, 2, lots.award, buyer, one.id, "1", is_accepted=False, motivation="Minder.")
    assert (ending(one), ending(both)) == (Ending(None), Ending(None))
    first = later(tender, 3, lots.award, buyer, both.id, "1", is_accepted=True, motivation="Goed.")
    assert (ending(one), ending(both)) == (Ending(first), Ending(None, is_awarded=True))
    stopped = later(tender, 8, awards.abandon, buyer, tender.id, reason="Geen geld voor zuid.")
    assert (ending(one), ending(both)) == (Ending(first), Ending(stopped, is_awarded=True))


def test_in_an_open_house_each_ends_by_itself(buyer: Actor, company: Actor) -> None:
    house = service.create(
        buyer, number="OH-1", title="Trajecten", procedure="open_house", closes_at=clock.now() + timedelta(days=700)
    )
    service.add_requirement(buyer, house.id, "kvk-extract", {"age": "P6M"})
    service.publish(buyer, house.id)
    row, other = (factories.participant(each, house) for each in (company, factories.company(DAGOBERT)))
    participations.select(buyer, row.id, motivation="")
    participations.reject(buyer, other.id, motivation="Nog niet.")
    assert (ending(row), ending(other)) == (Ending(None), Ending(clock.today()))
    awards.award(buyer, row.id, motivation="Contract.")
    assert ending(row) == Ending(clock.today(), is_awarded=True)


def test_a_contract_is_recorded_and_can_be_extended(buyer: Actor, awarded: Participation, session: Session) -> None:
    day = clock.day_of(awarded.tender.closes_at) + timedelta(days=30)
    contracts.record(buyer, awarded.id, starts_on=day, ends_on=day.replace(year=day.year + 2))
    assert ending(awarded).contract_ends_on == day.replace(year=day.year + 2)
    contracts.record(buyer, awarded.id, starts_on=day, ends_on=day.replace(year=day.year + 3))
    assert ending(awarded).contract_ends_on == day.replace(year=day.year + 3)
    said = session.scalars(select(Event).where(Event.action == "contract.record").order_by(Event.id)).all()
    assert [each.detail["ends_on"][:4] for each in said] == [str(day.year + 2), str(day.year + 3)]
    assert {each.about_company_id for each in said} == {awarded.company_id}


@pytest.mark.parametrize(
    ("starts_in", "ends_in", "said"),
    [
        (-400, -1, "niet vóór de gunning"),
        (100, 99, "niet vóór het begint"),
        (1, 366 * 60, "hoogstens 50 jaar"),
        (-366 * 60, 1, "hoogstens 50 jaar"),
    ],
)
def test_a_contract_that_cannot_be_is_refused(
    buyer: Actor, awarded: Participation, starts_in: int, ends_in: int, said: str
) -> None:
    assert awarded.decided_at is not None
    day = clock.day_of(awarded.decided_at)
    with pytest.raises(Invalid) as caught:
        contracts.record(
            buyer, awarded.id, starts_on=day + timedelta(days=starts_in), ends_on=day + timedelta(days=ends_in)
        )
    assert said in str(caught.value.fields["eindeContract"][0])


def test_only_the_buyer_of_the_tender_says_how_long_a_contract_runs(
    buyer: Actor, company: Actor, awarded: Participation, session: Session
) -> None:
    days = {"starts_on": date(2027, 1, 1), "ends_on": date(2030, 1, 1)}
    reader = factories.member(session.get_one(Organisation, buyer.organisation_id), Role.MUNICIPALITY_READER)
    elsewhere = factories.municipality(name="Gemeente Epe", code="gm0232")
    for actor, error in ((reader, Forbidden), (company, Forbidden), (elsewhere, NotFound)):
        with pytest.raises(error):
            contracts.record(actor, awarded.id, **days)


def test_there_is_no_contract_without_an_award(buyer: Actor, tender: Tender, row: Participation) -> None:
    later(tender, 1, participations.select, buyer, row.id, motivation="")
    with pytest.raises(Conflict):
        contracts.record(buyer, row.id, starts_on=date(2027, 1, 1), ends_on=date(2030, 1, 1))


def test_the_page_asks_for_the_end_and_shows_what_is_wrong(
    client: FlaskClient, buyer: Actor, awarded: Participation
) -> None:
    assert awarded.decided_at is not None
    end = clock.day_of(awarded.decided_at) + timedelta(days=700)
    page, form = (
        f"/gemeente/deelnemers/{awarded.id}",
        {"beginContract": "01-03-2027", "eindeContract": f"{end:%d-%m-%Y}"},
    )
    with clock.moved_to(awarded.decided_at):
        desk = signed_in(client, buyer)
        assert "Vul in wanneer het contract eindigt" in desk.get(page).text
        wrong = desk.post(f"{page}/contract", data={**form, "eindeContract": "01-01-2020"})
        assert (wrong.status_code, "niet vóór de gunning" in wrong.text) == (400, True)
        assert desk.post(f"{page}/contract", data={"beginContract": "gisteren"}).status_code == 400
        told = desk.post(f"{page}/contract", data=form, follow_redirects=True).text
        assert "Het contract loopt tot en met" in told
        assert f"{end.day} " in told
