"""Apeldoorn's numbers as one test: fifty companies apply, twenty-eight are asked to bid, twelve are contracted."""

from collections import Counter
from datetime import timedelta

from sqlalchemy.orm import Session

from depot.core import clock
from depot.mail.models import Message
from depot.tenders import awards, participations, queries
from depot.tenders import service as tenders
from depot.tenders.models import Letter, ParticipationState, TenderState
from tests import factories

APPLY, BID, CONTRACTED = 50, 28, 12


def test_fifty_apply_twenty_eight_bid_and_twelve_are_contracted(session: Session) -> None:
    buyer = factories.municipality()
    companies = [factories.company(f"9{number:07d}") for number in range(APPLY)]
    now = clock.now()
    tender = tenders.create(
        buyer,
        number="2027-APD-50",
        title="Re-integratietrajecten",
        procedure="restricted",
        applications_until=now + timedelta(days=10),
        closes_at=now + timedelta(days=40),
        evidence_until=now + timedelta(days=60),
    )
    for code, answers in (
        ("services", {}),
        ("kvk-extract", {}),
        ("performance", {"label": "Minstens 55% haalt het doel."}),
    ):
        tenders.add_requirement(buyer, tender.id, code, answers)
    tenders.publish(buyer, tender.id)
    rows = [factories.participant(company, tender) for company in companies]

    with clock.moved_to(tender.joins_until):
        assert len(queries.participations(buyer, tender)) == APPLY
        for row in rows[:BID]:
            participations.shortlist(buyer, row.id, motivation="")
        for row in rows[BID:]:
            participations.reject(buyer, row.id, motivation="Andere bedrijven boden meer ervaring.")
    with clock.moved_to(tender.closes_at):
        for row in rows[:CONTRACTED]:
            participations.select(buyer, row.id, motivation="")
        for row in rows[CONTRACTED:BID]:
            participations.reject(buyer, row.id, motivation="Een ander plan sloot beter aan.")
        assert tender.state is TenderState.EVIDENCE
        for row in rows[:CONTRACTED]:
            awards.award(buyer, row.id, motivation="Goede verhouding van prijs en kwaliteit.")

    assert Counter(row.state for row in rows) == {
        ParticipationState.AWARDED: CONTRACTED,
        ParticipationState.REJECTED: APPLY - CONTRACTED,
    }
    assert tender.state is TenderState.AWARDED
    letters = Counter(letter.outcome for letter in session.query(Letter))
    assert letters["awarded"] == CONTRACTED
    assert letters["rejected"] == APPLY - CONTRACTED
    told = Counter(message.template for message in session.query(Message))
    assert told["shortlisted"] == BID
    assert told["rejected"] == APPLY - CONTRACTED
