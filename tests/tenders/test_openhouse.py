from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.core import clock
from depot.core.errors import Conflict
from depot.core.http import DepotFlask
from depot.mail import service as mail
from depot.mail.models import Message
from depot.tenders import dossiers, needs, openhouse, participations, queries, service
from depot.tenders.judgement import Verdict
from depot.tenders.models import Participation, ParticipationState, Tender
from tests import factories
from tests.factories import signed_in

VERDICTS = st.dictionaries(st.sampled_from(["E1", "E2", "E3"]), st.sampled_from(Verdict))


@pytest.fixture
def house(buyer: Actor) -> Tender:
    row = service.create(
        buyer, number="OH-1", title="Trajecten", procedure="open_house", closes_at=clock.now() + timedelta(days=700)
    )
    service.add_requirement(buyer, row.id, "kvk-extract", {"age": "P6M"})
    return service.publish(buyer, row.id)


def verdict(row: Participation, known_at: datetime | None = None) -> Verdict | None:
    judged = dossiers.judge(row.tender, [row], known_at=known_at)
    return judged.verdicts[row.id][0].verdict


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def admitted(buyer: Actor, company: Actor, reviewer: Actor, house: Tender) -> Participation:
    factories.approved(company, reviewer)
    row = factories.participant(company, house)
    with clock.moved_to(clock.now() + timedelta(hours=1)):
        return participations.select(buyer, row.id, motivation="Toegelaten.")


def test_pages_speak_of_admission_not_of_a_closing(
    app: DepotFlask, session: Session, buyer: Actor, company: Actor, reviewer: Actor, house: Tender
) -> None:
    factories.approved(company, reviewer)
    session.commit()
    desk, own = signed_in(app.test_client(), buyer), signed_in(app.test_client(), company)
    assert "Er doet nog niemand mee" in desk.get(f"/gemeente/aanbestedingen/{house.id}").text
    form = {"bevoegdheid": "bestuurder", "verklaring": "true", "toestemming": "true"}
    joined = own.post(f"/aanbestedingen/{house.id}/meedoen", data=form, follow_redirects=True).text
    assert "De gemeente ziet nu uw oordelen" in joined
    assert "tot de sluiting" not in joined
    [row] = queries.participations(buyer, house)
    page = f"/gemeente/deelnemers/{row.id}"
    assert "is toegelaten" in desk.post(f"{page}/selecteren", data={}, follow_redirects=True).text
    shown = own.get(f"/aanbestedingen/{house.id}").text
    assert "Brief: U bent toegelaten" in shown
    message = session.scalars(select(Message).where(Message.template == "selected")).one()
    assert "is toegelaten tot" in mail.compose(message).subject


def test_companies_come_in_and_are_admitted_while_it_runs(buyer: Actor, admitted: Participation, house: Tender) -> None:
    row = admitted
    assert (row.state, house.is_open, house.is_closed) == (ParticipationState.SELECTED, True, False)
    assert queries.participations(buyer, house) == [row]
    later = factories.company(factories.DAGOBERT)
    with clock.moved_to(clock.now() + timedelta(days=400)):
        second = factories.participant(later, house)
        assert (
            participations.reject(buyer, second.id, motivation="Geen uittreksel.").state is ParticipationState.REJECTED
        )
    with clock.moved_to(house.closes_at), pytest.raises(Conflict):
        factories.participant(factories.company(factories.KATRIEN), house)


def test_the_day_of_asking_counts_until_admission_and_then_every_day(
    buyer: Actor, company: Actor, house: Tender
) -> None:
    factories.approved(company, factories.reviewer())
    row = factories.participant(company, house)
    asked_on = clock.today()
    with clock.moved_to(clock.now() + timedelta(days=300)):
        assert dossiers.moments(house, clock.now(), row)["evidence"].day == asked_on
        assert verdict(row) is Verdict.MET
        participations.select(buyer, row.id, motivation="")
        kept = queries.last_assessment(row.id, "selection")
        assert kept is not None
        assert kept.moments["evidence"]["day"] == asked_on.isoformat()
    with clock.moved_to(clock.now() + timedelta(days=301)):
        assert verdict(row) is Verdict.NOT_MET


def test_a_verdict_that_turned_is_kept_and_told_once_to_both(
    session: Session, buyer: Actor, company: Actor, admitted: Participation, house: Tender
) -> None:
    row = admitted
    assert list(openhouse.running()) == [house.id]
    assert openhouse.judge_again(house.id) == 0
    with clock.moved_to(clock.now() + timedelta(days=200)):
        assert openhouse.judge_again(house.id) == 1
        assert openhouse.judge_again(house.id) == 0
    turned = list(session.scalars(select(Message).where(Message.template == "admission_turned")))
    assert {message.address for message in turned} == {factories.email_of(buyer), factories.email_of(company)}
    assert all(message.payload["lost"] and not message.payload["regained"] for message in turned)
    kept = queries.last_assessment(row.id, openhouse.ADMISSION)
    assert kept is not None
    assert kept.result["assessments"][0]["verdict"] == "not_met"
    assert row.state is ParticipationState.SELECTED


@pytest.mark.usefixtures("admitted")
def test_what_is_mended_is_told_as_well(session: Session, company: Actor, reviewer: Actor, house: Tender) -> None:
    with clock.moved_to(clock.now() + timedelta(days=200)):
        assert openhouse.judge_again(house.id) == 1
        factories.approved(company, reviewer)
        assert openhouse.judge_again(house.id) == 1
    last = session.scalars(select(Message).where(Message.template == "admission_turned").order_by(Message.id)).all()[-1]
    assert last.payload["regained"]


@given(VERDICTS, VERDICTS)
def test_only_met_and_not_met_turn_into_each_other(before: dict[str, Verdict], now: dict[str, Verdict]) -> None:
    lost, regained = openhouse.turned(before, now)
    assert not set(lost) & set(regained)
    assert all((before[id], now[id]) == (Verdict.MET, Verdict.NOT_MET) for id in lost)
    assert all((before[id], now[id]) == (Verdict.NOT_MET, Verdict.MET) for id in regained)
    back = openhouse.turned(now, before)
    assert (set(back[0]), set(back[1])) == (set(regained), set(lost))


def test_documents_are_needed_while_admission_is_undecided(
    buyer: Actor, company: Actor, reviewer: Actor, house: Tender
) -> None:
    document = factories.approved(company, reviewer).document
    row = factories.participant(company, house)
    assert document.needed_by == clock.today()
    participations.select(buyer, row.id, motivation="")
    needs.tell([company.organisation_id])
    assert document.needed_by is None
