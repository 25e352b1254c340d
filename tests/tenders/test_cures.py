from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from depot.access import Actor, Role
from depot.accounts.models import Organisation
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound
from depot.core.http import DepotFlask
from depot.mail.models import Message
from depot.tenders import cures, dossiers, participations
from depot.tenders.judgement import Verdict
from depot.tenders.models import CureWindow, Participation, ParticipationState, Tender
from tests import factories
from tests.factories import signed_in


def begin(buyer: Actor, row: Participation, until: datetime | None = None, *ids: str) -> CureWindow:
    return cures.begin(
        buyer,
        row.id,
        requirements=ids or ["E1"],
        question="Het uittreksel ontbreekt.",
        until=until or row.tender.closes_at + timedelta(days=2),
    )


def refused(act: Callable[[], Any]) -> dict[str, list[str]]:
    db.session.commit()
    with pytest.raises((Invalid, Conflict)) as caught, db.transaction():
        act()
    db.session.expire_all()
    return {name: [str(line) for line in lines] for name, lines in caught.value.fields.items()}


def verdict(row: Participation, requirement: str) -> Verdict | None:
    found = dossiers.judge(row.tender, [row]).verdicts[row.id]
    return next(item.verdict for item in found if item.requirement_id == requirement)


def typed(at: datetime) -> str:
    return f"{clock.dutch(at):%d-%m-%Y %H:%M}"


def test_until_the_window_ends_nothing_is_decided(buyer: Actor, tender: Tender, row: Participation) -> None:
    with clock.moved_to(tender.closes_at):
        window = begin(buyer, row)
        for act in (
            lambda: participations.select(buyer, row.id, motivation=""),
            lambda: participations.reject(buyer, row.id, motivation="Nee."),
            lambda: participations.decide(buyer, row.id, "E2", is_accepted=True, motivation="Ja."),
        ):
            refused(act)
    with clock.moved_to(window.until - timedelta(microseconds=1)):
        refused(lambda: participations.select(buyer, row.id, motivation=""))
    with clock.moved_to(window.until):
        assert participations.select(buyer, row.id, motivation="").state is ParticipationState.SELECTED


def test_what_comes_in_during_the_window_counts_for_the_requirements_it_is_about(
    buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    reviewer = factories.reviewer()
    with clock.moved_to(tender.closes_at):
        begin(buyer, row, tender.evidence_until, "E1")
    late = tender.evidence_until + timedelta(hours=1)
    with clock.moved_to(tender.closes_at + timedelta(days=1)):
        factories.approved(company, reviewer)
        assert verdict(row, "E1") is Verdict.MET
        kept = dossiers.keep(row, "selection").result["assessments"]
    assert kept[0]["moment"]["handedInBy"] == tender.evidence_until.isoformat()
    with clock.moved_to(late):
        assert verdict(row, "E1") is Verdict.MET


def test_what_comes_in_after_the_window_does_not_count(
    buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        begin(buyer, row, tender.evidence_until)
    with clock.moved_to(tender.evidence_until + timedelta(minutes=1)):
        factories.approved(company, factories.reviewer())
        assert verdict(row, "E1") is Verdict.NOT_MET


def test_a_company_that_is_done_lets_the_municipality_decide_at_once(
    session: Session, buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        window = begin(buyer, row)
    with clock.moved_to(tender.closes_at + timedelta(hours=3)):
        done = cures.finish(company, tender.id)
        assert (done.ends_at, done.is_open) == (clock.now(), False)
        refused(lambda: cures.finish(company, tender.id))
        assert participations.select(buyer, row.id, motivation="").state is ParticipationState.SELECTED
    assert window.until > done.ends_at
    told = {mail.template: mail.address for mail in session.query(Message)}
    assert told["cure_asked"] == factories.email_of(company)
    assert told["cure_done"] == factories.email_of(buyer)


def test_a_participant_is_asked_once(buyer: Actor, tender: Tender, row: Participation) -> None:
    with clock.moved_to(tender.closes_at):
        window = begin(buyer, row)
        refused(lambda: begin(buyer, row))
    with clock.moved_to(window.until):
        refused(lambda: begin(buyer, row, tender.evidence_until))


def test_a_window_takes_requirements_and_an_end_within_the_time_for_evidence(
    buyer: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        past = refused(lambda: begin(buyer, row, clock.now()))
        assert past == {"tot": ["Kies een moment in de toekomst."]}
        late = refused(lambda: begin(buyer, row, tender.evidence_until + timedelta(microseconds=1)))
        assert list(late) == ["tot"]
        assert list(refused(lambda: begin(buyer, row, None, "E1", "E9"))) == ["eisen"]
        assert begin(buyer, row, tender.evidence_until).is_open


def test_a_window_opens_after_the_closing_and_before_a_decision(
    buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    with pytest.raises(NotFound):
        begin(buyer, row)
    with pytest.raises(NotFound):
        cures.finish(company, tender.id)
    with clock.moved_to(tender.closes_at):
        participations.select(buyer, row.id, motivation="")
        refused(lambda: begin(buyer, row))


def test_only_a_buyer_of_the_municipality_lets_a_company_mend(
    session: Session, buyer: Actor, tender: Tender, row: Participation
) -> None:
    reader = factories.member(session.get_one(Organisation, buyer.organisation_id), Role.MUNICIPALITY_READER)
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    with clock.moved_to(tender.closes_at):
        with pytest.raises(Forbidden):
            begin(reader, row)
        with pytest.raises(NotFound):
            begin(other, row)


def test_the_pages_show_the_window_to_both_sides(
    session: Session, app: DepotFlask, client: FlaskClient, buyer: Actor, company: Actor
) -> None:
    now = clock.now()
    with clock.moved_to(now - timedelta(days=31)):
        tender = factories.tender(buyer, closes_at=now - timedelta(days=1))
        row = factories.participant(company, tender)
    session.commit()
    page = f"/gemeente/deelnemers/{row.id}"
    desk = signed_in(client, buyer)
    assert "Het bedrijf één keer laten herstellen" in desk.get(page).text
    wrong = desk.post(f"{page}/herstel", data={"vraag": "", "tot": "morgen"})
    assert wrong.status_code == 400
    assert "Schrijf een dag en een tijd" in wrong.text
    given = {"eisen": "E1", "vraag": "Het uittreksel ontbreekt.", "tot": typed(now + timedelta(days=3))}
    assert desk.post(f"{page}/herstel", data=given).status_code == 303
    assert "Herstellen kan tot" in desk.get(page).text
    assert desk.post(f"{page}/selecteren", data={"motivering": ""}).status_code == 409
    desk.get("/")
    own = signed_in(app.test_client(), company)
    shown = own.get(f"/aanbestedingen/{tender.id}").text
    assert "Het uittreksel ontbreekt." in shown
    assert "Ik ben klaar met herstellen" in shown
    assert own.post(f"/aanbestedingen/{tender.id}/hersteld").status_code == 303
    assert own.post(f"/aanbestedingen/{tender.id}/hersteld").status_code == 409
    assert desk.post(f"{page}/selecteren", data={"motivering": ""}).status_code == 303
