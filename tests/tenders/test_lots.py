"""A tender with lots: each lot is awarded by itself, and the participation and the tender follow."""

import csv
import io
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
from depot.bundles import service as bundles
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound
from depot.core.http import DepotFlask
from depot.documents.models import Document
from depot.mail.models import Message
from depot.tenders import awards, letters, lots, matrix, participations, queries, service
from depot.tenders.matrix import Filters
from depot.tenders.models import CureWindow, LotOutcome, Participation, ParticipationState, Tender, TenderState
from tests import factories
from tests.factories import DAGOBERT, signed_in

SUBMITTED, SELECTED, REJECTED, AWARDED, NOT_AWARDED = (
    ParticipationState.SUBMITTED,
    ParticipationState.SELECTED,
    ParticipationState.REJECTED,
    ParticipationState.AWARDED,
    ParticipationState.NOT_AWARDED,
)


def made(buyer: Actor, **changes: Any) -> Tender:
    closes_at = changes.pop("closes_at", clock.now() + timedelta(days=30))
    said = {"procedure": "open", "evidence_until": closes_at + timedelta(days=14), **changes}
    row = service.create(
        buyer,
        number="2027-01",
        title="Toeleiden naar werk",
        closes_at=closes_at,
        lots=(("1", "Noord"), ("2", "Zuid")),
        **said,
    )
    service.add_requirement(buyer, row.id, "kvk-extract", {"age": "P6M"})
    return service.publish(buyer, row.id)


@pytest.fixture
def tender(session: Session, buyer: Actor) -> Tender:
    row = made(buyer)
    session.commit()
    return row


def take_part(company: Actor, tender: Tender, *codes: str) -> Participation:
    row = participations.take_part(
        company, tender.id, declares=True, consents=True, authority="bestuurder", lots=codes or ("1", "2")
    )
    db.session.commit()
    return row


@pytest.fixture
def row(company: Actor, tender: Tender) -> Participation:
    return take_part(company, tender)


def selected(buyer: Actor, row: Participation, *codes: str) -> None:
    for code in codes or row.lots:
        lots.decide(buyer, row.id, code, is_accepted=True, motivation="")


def award(
    buyer: Actor, row: Participation, lot: str, *, is_accepted: bool = True, motivation: str = "Goed."
) -> LotOutcome:
    return lots.award(buyer, row.id, lot, is_accepted=is_accepted, motivation=motivation)


def refused(act: Callable[[], Any], error: type[Exception] = Conflict) -> str:
    db.session.commit()
    with pytest.raises(error) as caught, db.transaction():
        act()
    db.session.expire_all()
    return str(caught.value)


def states(row: Participation) -> dict[str, ParticipationState]:
    return {item.lot: item.state for item in queries.lot_outcomes([row.id])}


def test_a_participation_is_awarded_with_its_first_lot_and_the_tender_with_the_last_of_all(
    buyer: Actor, tender: Tender, row: Participation
) -> None:
    other = take_part(factories.company(DAGOBERT), tender, "2")
    with clock.moved_to(tender.closes_at):
        selected(buyer, row)
        selected(buyer, other)
        award(buyer, row, "1", motivation="Beste plan voor noord.")
        assert (row.state, row.motivation, tender.state) == (
            AWARDED,
            "Perceel 1: Beste plan voor noord.",
            TenderState.EVIDENCE,
        )
        award(buyer, other, "2", motivation="Beste plan voor zuid.")
        assert tender.state is TenderState.EVIDENCE
        award(buyer, row, "2", is_accepted=False, motivation="Duurder.")
    assert (row.state, other.state, tender.state) == (AWARDED, AWARDED, TenderState.AWARDED)
    assert states(row) == {"1": AWARDED, "2": NOT_AWARDED}


def test_who_gets_none_of_its_lots_is_not_awarded_whichever_decision_comes_last(
    buyer: Actor, tender: Tender, row: Participation
) -> None:
    other = take_part(factories.company(DAGOBERT), tender)
    with clock.moved_to(tender.closes_at):
        selected(buyer, row, "1")
        award(buyer, row, "1", is_accepted=False)
        assert row.state is SELECTED
        lots.decide(buyer, row.id, "2", is_accepted=False, motivation="Vol.")
        assert (row.state, row.motivation) == (NOT_AWARDED, "Perceel 1: Goed.\nPerceel 2: Vol.")
        selected(buyer, other)
        award(buyer, other, "1", is_accepted=False)
        award(buyer, other, "2", is_accepted=False)
        assert other.state is NOT_AWARDED
        assert tender.state is TenderState.EVIDENCE


def test_a_lot_is_still_selected_and_awarded_after_the_first_was_awarded(
    buyer: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        selected(buyer, row, "1")
        award(buyer, row, "1")
        assert row.state is AWARDED
        selected(buyer, row, "2")
        assert (states(row), tender.state) == ({"1": AWARDED, "2": SELECTED}, TenderState.EVIDENCE)
        award(buyer, row, "2")
    assert (states(row), tender.state) == ({"1": AWARDED, "2": AWARDED}, TenderState.AWARDED)


def test_a_rejection_that_comes_last_finishes_the_tender_too(buyer: Actor, tender: Tender, row: Participation) -> None:
    other = take_part(factories.company(DAGOBERT), tender)
    with clock.moved_to(tender.closes_at):
        selected(buyer, row)
        award(buyer, row, "1")
        award(buyer, row, "2")
        lots.decide(buyer, other.id, "1", is_accepted=False, motivation="Duurder.")
        assert (other.state, tender.state) == (SUBMITTED, TenderState.EVIDENCE)
        lots.decide(buyer, other.id, "2", is_accepted=False, motivation="Duurder.")
    assert (other.state, tender.state) == (REJECTED, TenderState.AWARDED)


def test_without_lots_a_rejection_that_comes_last_finishes_the_tender(buyer: Actor, company: Actor) -> None:
    tender = factories.tender(buyer)
    first, second = factories.participant(company, tender), factories.participant(factories.company(DAGOBERT), tender)
    with clock.moved_to(tender.closes_at):
        participations.select(buyer, first.id, motivation="")
        awards.award(buyer, first.id, motivation="Goed.")
        participations.reject(buyer, second.id, motivation="Duurder.")
    assert tender.state is TenderState.AWARDED


def test_several_companies_can_get_the_same_lot_and_each_is_named(
    buyer: Actor, tender: Tender, row: Participation
) -> None:
    other = take_part(factories.company(DAGOBERT), tender, "1")
    with clock.moved_to(tender.closes_at):
        selected(buyer, row)
        selected(buyer, other)
        assert not queries.lot_holders(tender)
        award(buyer, row, "1")
        award(buyer, other, "1")
    names = sorted(each.company.legal_name for each in (row, other))
    assert queries.lot_holders(tender) == {"1": names}


def test_an_open_house_with_lots_never_finishes(buyer: Actor, company: Actor) -> None:
    tender = made(buyer, procedure="open_house", evidence_until=None)
    row = take_part(company, tender)
    selected(buyer, row)
    award(buyer, row, "1")
    award(buyer, row, "2")
    assert (row.state, tender.state) == (AWARDED, TenderState.PUBLISHED)


def test_what_cannot_be_awarded_is_refused_and_changes_nothing(
    buyer: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        refused(lambda: award(buyer, row, "1"))
        selected(buyer, row, "1")
        refused(lambda: award(buyer, row, "3"), NotFound)
        refused(lambda: award(buyer, row, "2"))
        refused(lambda: award(buyer, row, "1", motivation=""), Invalid)
        lots.decide(buyer, row.id, "2", is_accepted=False, motivation="Vol.")
        refused(lambda: award(buyer, row, "2"))
        assert states(row) == {"1": SELECTED, "2": REJECTED}
        award(buyer, row, "1")
        for is_accepted in (True, False):
            refused(lambda is_accepted=is_accepted: award(buyer, row, "1", is_accepted=is_accepted))
    assert (states(row)["1"], len(queries.letters(row.id))) == (AWARDED, 3)


def test_the_whole_participation_is_not_awarded_where_there_are_lots(
    buyer: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        selected(buyer, row)
        for act in (awards.award, awards.pass_over):
            said = refused(lambda act=act: act(buyer, row.id, motivation="Goed."))
            assert said == "Deze aanbesteding heeft percelen. Gun per perceel."
    assert row.state is SELECTED


def test_while_a_window_to_cure_is_open_no_lot_is_awarded(
    session: Session, buyer: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        selected(buyer, row)
        until = tender.closes_at + timedelta(days=2)
        session.add(CureWindow(participation_id=row.id, requirements=["E1"], question="Wat?", until=until, by=buyer.id))
        assert "herstellen" in refused(lambda: award(buyer, row, "1"))
    with clock.moved_to(until):
        assert award(buyer, row, "1").state is AWARDED


def test_a_reader_and_another_municipality_award_no_lot(
    session: Session, buyer: Actor, tender: Tender, row: Participation
) -> None:
    reader = factories.member(session.get_one(Organisation, buyer.organisation_id), Role.MUNICIPALITY_READER)
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    with clock.moved_to(tender.closes_at):
        selected(buyer, row)
        refused(lambda: award(reader, row, "1"), Forbidden)
        refused(lambda: award(other, row, "1"), NotFound)


def test_the_second_of_two_buyers_is_told_what_the_first_decided(
    session: Session, buyer: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        selected(buyer, row)
        session.commit()
        seen = queries.lot_outcomes([row.id])[0]
        assert seen.state is SELECTED
        # The first buyer's decision comes through another connection's unit of work: this session has not seen it.
        values = {"state": AWARDED, "motivation": "Beste plan.", "row_version": LotOutcome.row_version + 1}
        session.connection().execute(LotOutcome.__table__.update().where(LotOutcome.id == seen.id).values(values))  # type: ignore[attr-defined]
        assert seen.state is SELECTED
        said = refused(lambda: award(buyer, row, "1", is_accepted=False, motivation="Duurder."))
    assert said == "Over dit perceel is al besloten."
    assert (states(row)["1"], seen.motivation) == (AWARDED, "Beste plan.")


def test_each_decision_has_a_letter_a_mail_and_a_line_in_the_trail_that_name_the_lot(
    session: Session, buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        selected(buyer, row)
        award(buyer, row, "1", motivation="Beste plan.")
        award(buyer, row, "2", is_accepted=False, motivation="Duurder.")
    written = list(reversed(queries.letters(row.id)))
    titles = letters.titles(row.tender, written)
    assert [str(titles[letter.id]) for letter in written] == [
        "U bent geselecteerd voor perceel 1",
        "U bent geselecteerd voor perceel 2",
        "Perceel 1 wordt aan u gegund",
        "Perceel 2 wordt niet aan u gegund",
    ]
    found = letters.open_letter(company, written[2].id)
    assert found.name == "brief-2027-01-awarded-perceel-1.pdf"
    with found.content as content:
        data = content.read()
    assert (data[:5], b"/ByteRange" in data) == (b"%PDF-", True)
    mails = [mail.payload for mail in session.query(Message) if mail.template == "lot_awarded"]
    assert [(mail["lot"], mail["lot_title"], mail["is_awarded"]) for mail in mails] == [
        ("1", "Noord", True),
        ("2", "Zuid", False),
    ]
    assert not any("Beste plan." in str(mail) for mail in mails)
    trail = session.scalars(select(Event).where(Event.action == "tender.award").order_by(Event.id)).all()
    assert [(event.detail, event.about_company_id) for event in trail] == [
        ({"lot": "1", "outcome": "awarded"}, company.organisation_id),
        ({"lot": "2", "outcome": "not_awarded"}, company.organisation_id),
    ]


def test_documents_are_asked_for_until_every_lot_is_decided(
    session: Session, buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    factories.approved(company, factories.reviewer())

    def needed() -> date | None:
        return session.scalars(select(Document).execution_options(populate_existing=True)).one().needed_by

    with clock.moved_to(tender.closes_at):
        selected(buyer, row)
        award(buyer, row, "1")
        assert needed() == clock.day_of(tender.evidence_until)
        award(buyer, row, "2", is_accepted=False)
        assert needed() is None


def test_a_bundle_is_made_after_the_first_award_as_well(
    session: Session, buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    factories.approved(company, factories.reviewer())
    with clock.moved_to(tender.closes_at):
        selected(buyer, row, "1")
        award(buyer, row, "1")
        assert bundles.release(buyer, row.id, legal_ground="selected").items


def test_stopping_tells_who_waits_for_a_lot_and_nobody_else(buyer: Actor, tender: Tender, row: Participation) -> None:
    done = take_part(factories.company(DAGOBERT), tender, "1")
    with clock.moved_to(tender.closes_at):
        selected(buyer, row)
        award(buyer, row, "1")
        selected(buyer, done)
        award(buyer, done, "1", is_accepted=False)
        awards.abandon(buyer, tender.id, reason="Het beleid is veranderd.")
        refused(lambda: award(buyer, row, "2"))
    last = queries.letters(row.id)[0]
    assert (last.outcome, last.lots) == ("abandoned", ["2"])
    assert "abandoned" not in [letter.outcome for letter in queries.letters(done.id)]


def test_the_matrix_filters_by_how_far_a_company_is_in_a_lot_and_its_file_says_so(
    buyer: Actor, tender: Tender, row: Participation
) -> None:
    other = take_part(factories.company(DAGOBERT), tender, "2")

    def found(**filters: str) -> list[Participation]:
        return [each.participation for each in matrix.of(buyer, tender, Filters(**filters)).rows]

    with clock.moved_to(tender.closes_at):
        selected(buyer, row, "1")
        award(buyer, row, "1")
        shown = matrix.of(buyer, tender, Filters())
        assert (shown.waiting, shown.holders) == (2, {"1": [row.company.legal_name]})
        assert found(state=AWARDED) == [row]
        assert found(state=AWARDED, lot="1") == [row]
        assert found(state=AWARDED, lot="2") == []
        assert {each.id for each in found(state=SUBMITTED, lot="2")} == {row.id, other.id}
        text = matrix.export(buyer, tender, Filters(lot="1"), "csv").decode("utf-8-sig")
    head, line = csv.reader(io.StringIO(text), delimiter=";")
    assert dict(zip(head, line, strict=True))["Stand per perceel"] == "1 gegund; 2 aangemeld"


def test_a_matrix_without_lots_has_no_column_for_them(buyer: Actor, company: Actor) -> None:
    tender = factories.tender(buyer)
    factories.participant(company, tender)
    with clock.moved_to(tender.closes_at):
        text = matrix.export(buyer, tender, Filters(), "csv").decode("utf-8-sig")
    assert "Stand per perceel" not in text


def test_the_pages_award_lot_by_lot_and_show_both_sides_the_outcome(
    session: Session, app: DepotFlask, client: FlaskClient, buyer: Actor, company: Actor
) -> None:
    now = clock.now()
    with clock.moved_to(now - timedelta(days=31)):
        tender = made(buyer, closes_at=now - timedelta(days=1))
        row = take_part(company, tender)
        other = take_part(factories.company(DAGOBERT), tender, "1")
    selected(buyer, row)
    selected(buyer, other)
    award(buyer, other, "1", motivation="Ook goed.")
    session.commit()
    desk, page = signed_in(client, buyer), f"/gemeente/deelnemers/{row.id}"
    shown = desk.get(page).text
    assert "Perceel 1 gunnen" in shown
    assert f"Dit perceel is al gegund aan {other.company.legal_name}." in shown
    assert "Gunnen aan dit bedrijf" not in shown
    first, given = f"{page}/percelen/1/gunning", {"akkoord": "true", "motivering": "Beste plan."}
    refusal = desk.post(first, data={"akkoord": "true"})
    assert refusal.status_code == 400
    assert "Schrijf waarom u dit besluit." in refusal.text
    assert desk.post(first, data={"motivering": "Beste plan."}).status_code == 400
    assert desk.post(f"{page}/percelen/9/gunning", data=given).status_code == 404
    whole = desk.post(f"{page}/gunnen", data={"motivering": "Beste plan."})
    assert whole.status_code == 409
    assert "Deze aanbesteding heeft percelen. Gun per perceel." in whole.text
    assert desk.post(first, data=given).status_code == 303
    again = desk.post(first, data={**given, "akkoord": "false"})
    assert again.status_code == 409
    assert "Over dit perceel is al besloten." in again.text
    assert (
        desk.post(f"{page}/percelen/2/gunning", data={"akkoord": "false", "motivering": "Duurder."}).status_code == 303
    )
    shown = desk.get(page).text
    assert "Brief: Perceel 1 wordt aan u gegund" in shown
    assert "/gunning" not in shown
    matrix_page = desk.get(f"/gemeente/aanbestedingen/{tender.id}").text
    assert "Aan wie elk perceel is gegund" in matrix_page
    assert "nog niemand" in matrix_page
    own = signed_in(app.test_client(), company).get(f"/aanbestedingen/{tender.id}").text
    for said in (
        "Er is 1 perceel aan u gegund",
        "Beste plan.",
        "Duurder.",
        "Brief: Perceel 2 wordt niet aan u gegund",
    ):
        assert said in own
    stranger = signed_in(app.test_client(), factories.municipality(name="Gemeente Emmen", code="gm0114"))
    assert stranger.post(first, data=given).status_code == 404
