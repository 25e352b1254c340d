"""Dates of a published tender that move to later, who hears of it, and what counts since."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from depot.access import Action, Actor, Role
from depot.accounts.models import Membership, Organisation
from depot.audit.models import Event
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from depot.core.http import DepotFlask
from depot.mail import service as mail
from depot.mail.models import Message
from depot.tenders import awards, calls, dates, dossiers, needs, participations, parties, queries, revisions, service
from depot.tenders import stages as order
from depot.tenders.judgement import Verdict
from depot.tenders.language import SCHEMA
from depot.tenders.models import (
    ParticipationState,
    PartyRole,
    Postponement,
    Procedure,
    StageName,
    Tender,
)
from tests import factories
from tests.factories import DAGOBERT, KATRIEN, signed_in

DAY = timedelta(days=1)
WHY = "Er kwamen veel vragen binnen."


TODAY = date(2027, 1, 5)


@pytest.fixture(autouse=True)
def _in_january() -> Iterator[None]:
    with clock.moved_to(datetime(2027, 1, 5, 10, tzinfo=clock.AMSTERDAM)):
        yield


def noon(days: int) -> datetime:
    """Noon on a Dutch clock, some days from the day of these tests."""
    return order.start_of(TODAY + days * DAY).replace(hour=12)


def made(buyer: Actor, procedure: str = "open", **changes: object) -> Tender:
    said = {
        "closes_at": noon(30),
        "evidence_until": noon(44),
        "contract_starts_on": TODAY + 90 * DAY,
        **changes,
    }
    row = service.create(buyer, number="2027-01", title="Activering", procedure=procedure, **said)  # type: ignore[arg-type]
    service.add_requirement(buyer, row.id, "kvk-extract", {"age": "P6M"})
    return row


def published(buyer: Actor, procedure: str = "open", **changes: object) -> Tender:
    return service.publish(buyer, made(buyer, procedure, **changes).id)


@pytest.fixture
def tender(buyer: Actor) -> Tender:
    return published(buyer)


def moved(buyer: Actor, tender: Tender, reason: str = WHY, **asked: object) -> Postponement:
    return dates.move(buyer, tender.id, row_version=tender.row_version, reason=reason, **asked)  # type: ignore[arg-type]


def wrong(act: Callable[[], object]) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        act()
    return {name: [str(line) for line in lines] for name, lines in caught.value.fields.items()}


def told(session: Session) -> list[tuple[str, str]]:
    found = session.scalars(select(Message).where(Message.template == "dates_moved").order_by(Message.id))
    return [(message.address, message.payload["company"]) for message in found]


def test_each_date_moves_to_later_and_what_moved_is_kept(session: Session, buyer: Actor, tender: Tender) -> None:
    start = tender.contract_starts_on
    row = moved(
        buyer,
        tender,
        closes_at=noon(40),
        evidence_until=noon(60),
        contract_starts_on=TODAY + 120 * DAY,
    )
    assert (tender.closes_at, tender.evidence_until) == (noon(40), noon(60))
    assert tender.contract_starts_on == TODAY + 120 * DAY
    assert tender.closing_of(StageName.CONTRACT) == order.start_of(TODAY + 120 * DAY)
    assert row.moved == [
        (StageName.BID, noon(30), noon(40)),
        (StageName.EVIDENCE, noon(44), noon(60)),
        (StageName.CONTRACT, start, TODAY + 120 * DAY),
    ]
    assert (row.reason, row.by) == (WHY, buyer.id)
    assert tender.postponements == [row]
    [event] = session.scalars(select(Event).where(Event.action == Action.TENDER_RESCHEDULE))
    assert event.object_id == tender.id
    assert event.detail["moved"]["bid"] == [noon(30).astimezone(UTC).isoformat(), noon(40).isoformat()]


def test_the_latest_move_stands_first(buyer: Actor, tender: Tender) -> None:
    first, second = moved(buyer, tender, closes_at=noon(31)), moved(buyer, tender, closes_at=noon(32))
    assert tender.postponements == [second, first]


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({"closes_at": 29}, ["sluiting"]),
        ({"closes_at": 44}, ["bewijsTot"]),
        ({"closes_at": 50}, ["bewijsTot"]),
        ({"evidence_until": 43}, ["bewijsTot"]),
        ({"evidence_until": 90}, ["startContract"]),
        ({"contract_starts_on": 89}, ["startContract"]),
        ({"applications_until": 10}, ["aanmeldenTot"]),
        ({"closes_at": 20, "evidence_until": 20}, ["bewijsTot", "sluiting"]),
        ({"closes_at": 40, "reason": " "}, ["reden"]),
        ({}, []),
        ({"closes_at": 30, "evidence_until": 44, "contract_starts_on": 90}, []),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_nothing_moves(
    buyer: Actor, tender: Tender, asked: dict[str, int | str], fields: list[str]
) -> None:
    def value(name: str, given: int | str) -> object:
        if isinstance(given, str):
            return given
        return TODAY + given * DAY if name == "contract_starts_on" else noon(given)

    found = wrong(lambda: moved(buyer, tender, **{"reason": WHY, **{k: value(k, v) for k, v in asked.items()}}))  # type: ignore[arg-type]
    assert sorted(found) == fields
    assert (tender.closes_at, tender.evidence_until, tender.postponements) == (noon(30), noon(44), [])


def test_a_date_moves_until_the_second_before_it_and_not_at_that_second(buyer: Actor, tender: Tender) -> None:
    later = {"closes_at": noon(32), "evidence_until": noon(50)}
    with clock.moved_to(noon(30)):
        assert list(wrong(lambda: moved(buyer, tender, **later))) == ["sluiting"]
    with clock.moved_to(noon(30) - timedelta(seconds=1)):
        moved(buyer, tender, **later)
    with clock.moved_to(noon(32)):
        moved(buyer, tender, evidence_until=noon(55))
    with clock.moved_to(noon(55)):
        assert list(wrong(lambda: moved(buyer, tender, evidence_until=noon(56)))) == ["bewijsTot"]
        moved(buyer, tender, contract_starts_on=TODAY + 95 * DAY)
    with clock.moved_to(order.start_of(tender.contract_starts_on or date.max)):
        found = wrong(lambda: moved(buyer, tender, contract_starts_on=TODAY + 96 * DAY))
        assert list(found) == ["startContract"]


def test_a_date_that_a_tender_lacks_is_not_added(buyer: Actor) -> None:
    tender = published(buyer, contract_starts_on=None)
    found = wrong(lambda: moved(buyer, tender, contract_starts_on=TODAY + 100 * DAY))
    assert list(found) == ["startContract"]


def test_an_application_moves_up_to_the_bids(buyer: Actor) -> None:
    tender = published(buyer, "restricted", applications_until=noon(10))
    assert list(wrong(lambda: moved(buyer, tender, applications_until=noon(30)))) == ["aanmeldenTot"]
    moved(buyer, tender, applications_until=noon(20))
    assert tender.joins_until == noon(20)
    with clock.moved_to(noon(20)):
        moved(buyer, tender, closes_at=noon(35))
        assert tender.is_opened
        assert list(wrong(lambda: moved(buyer, tender, applications_until=noon(25)))) == ["aanmeldenTot"]


def test_admission_to_an_open_house_goes_on_longer(buyer: Actor) -> None:
    tender = published(buyer, "open_house", evidence_until=None)
    assert [each.name for each in dates.plan(tender)] == [StageName.BID, StageName.CONTRACT]
    row = moved(buyer, tender, closes_at=noon(300))
    assert (tender.closes_at, tender.evidence_until) == (noon(300), noon(300))
    assert list(row.dates) == ["bid"]
    assert list(wrong(lambda: moved(buyer, tender, evidence_until=noon(400)))) == ["bewijsTot"]


def test_a_draft_or_a_finished_tender_is_refused(buyer: Actor, tender: Tender) -> None:
    draft = service.create(buyer, number="9", title="x", procedure="open", closes_at=noon(30), evidence_until=noon(44))
    with pytest.raises(Conflict):
        moved(buyer, draft, closes_at=noon(31))
    awards.abandon(buyer, tender.id, reason="Het beleid is veranderd.")
    with pytest.raises(Conflict):
        moved(buyer, tender, closes_at=noon(31))


def test_only_a_buyer_of_the_own_municipality_moves_dates(
    session: Session, buyer: Actor, company: Actor, tender: Tender
) -> None:
    reader = factories.member(db.session.get_one(Organisation, buyer.organisation_id), Role.MUNICIPALITY_READER)
    stranger = factories.municipality(name="Gemeente Emmen", code="gm0114")
    for actor, error in ((reader, Forbidden), (company, Forbidden), (stranger, NotFound)):
        with pytest.raises(error):
            moved(actor, tender, closes_at=noon(31))
        with pytest.raises(error):
            dates.movable(actor, tender.id)


def test_a_colleague_who_did_not_see_the_change_is_told(buyer: Actor, tender: Tender) -> None:
    seen = tender.row_version
    moved(buyer, tender, closes_at=noon(40))
    with pytest.raises(Stale):
        dates.move(buyer, tender.id, row_version=seen, reason="Anders.", closes_at=noon(35))  # type: ignore[arg-type]
    assert (tender.closes_at, len(tender.postponements)) == (noon(40), 1)


@pytest.mark.parametrize("is_moved", [True, False])
@pytest.mark.parametrize(("stage", "handed_in"), [("bid", 35), ("evidence", 50)])
def test_what_is_handed_in_between_the_old_and_the_new_closing_counts(
    buyer: Actor, company: Actor, stage: str, handed_in: int, is_moved: bool
) -> None:
    tender = made(buyer)
    [asked] = queries.newest_set(tender).rules["requirements"]
    service.write_rules(buyer, tender.id, {"schema": SCHEMA, "requirements": [{**asked, "stage": stage}]})
    service.publish(buyer, tender.id)
    row = factories.participant(company, tender)
    if is_moved:
        with clock.moved_to(noon(29)):
            moved(buyer, tender, closes_at=noon(40), evidence_until=noon(60))
    with clock.moved_to(noon(handed_in)):
        issued = clock.day_of(noon(20)).isoformat()
        factories.approved(company, factories.reviewer(), issueDate=issued)
    with clock.moved_to(noon(70)):
        judged = dossiers.judge(tender, [row])
        assert judged.moments[row.id][stage].day == clock.day_of(tender.closes_at)
        [found] = judged.verdicts[row.id]
        assert (found.verdict == Verdict.MET) == is_moved
        assert participations.select(buyer, row.id, motivation="").state is ParticipationState.SELECTED


def test_declarations_and_consents_stay_as_they_were(buyer: Actor, company: Actor, tender: Tender) -> None:
    row = factories.participant(company, tender)
    consents = [item.id for _party, item in queries.consents([row.id])]
    declared = [item.sha256 for item in queries.declarations([row.id])]
    moved(buyer, tender, closes_at=noon(40))
    assert not revisions.is_unconfirmed(row)
    assert [item.id for _party, item in queries.consents([row.id])] == consents
    assert [item.sha256 for item in queries.declarations([row.id])] == declared
    assert row.state is ParticipationState.SUBMITTED


def test_documents_hear_by_which_day_they_are_needed_now(buyer: Actor, company: Actor, tender: Tender) -> None:
    document = factories.deposited(company).document
    factories.participant(company, tender)
    moved(buyer, tender, closes_at=noon(40))
    assert document.needed_by == clock.day_of(noon(40))
    assert needs.tell([company.organisation_id]) == 0


def test_who_takes_part_hears_it_once_and_nobody_else(
    session: Session, buyer: Actor, company: Actor, tender: Tender
) -> None:
    moved(buyer, tender, closes_at=noon(31))
    assert told(session) == []
    other, left = factories.company(DAGOBERT), factories.company(KATRIEN)
    for actor in (company, other, left):
        factories.participant(actor, tender)
    participations.withdraw(left, tender.id)
    # one person who administers both companies reads one mail
    session.add(Membership(user_id=company.id, organisation_id=other.organisation_id, role=Role.COMPANY_ADMIN))
    moved(buyer, tender, closes_at=noon(32))
    addresses = [address for address, _company in told(session)]
    assert len(addresses) == len(set(addresses)) == 2
    moved(buyer, tender, closes_at=noon(33))
    assert len(told(session)) == 4


def test_parties_hear_it_too_also_who_did_not_answer_yet(
    session: Session, buyer: Actor, company: Actor, tender: Tender
) -> None:
    confirmed, refused, asked = (factories.company(number) for number in (DAGOBERT, KATRIEN, "12345678"))
    factories.participant(company, tender)
    for actor in (confirmed, refused, asked):
        organisation = db.session.get_one(Organisation, actor.organisation_id)
        party = parties.add(
            company, tender.id, kvk_number=organisation.kvk_number or "", role=PartyRole.SUBCONTRACTOR, task="Coachen"
        )
        if actor is confirmed:
            parties.confirm(actor, party.id, declares=True, consents=True, authority="bestuurder")
        elif actor is refused:
            parties.refuse(actor, party.id)
    moved(buyer, tender, closes_at=noon(31))
    names = {factories.name_of(number) for number in (factories.DONALD, DAGOBERT, "12345678")}
    assert {name for _address, name in told(session)} == names
    with clock.moved_to(noon(31)):
        moved(buyer, tender, evidence_until=noon(50))
    assert len(told(session)) == 3 + 2


def test_who_makes_ready_with_others_hears_it_as_long_as_it_can_come_in(
    session: Session, buyer: Actor, company: Actor, tender: Tender
) -> None:
    factories.company(DAGOBERT)
    parties.add(company, tender.id, kvk_number=DAGOBERT, role=PartyRole.MEMBER, task="Coachen")
    moved(buyer, tender, closes_at=noon(31))
    assert len(told(session)) == 2
    with clock.moved_to(noon(31)):
        moved(buyer, tender, evidence_until=noon(50))
    assert len(told(session)) == 2


def test_who_was_rejected_hears_no_more_and_who_was_selected_does(
    session: Session, buyer: Actor, company: Actor, tender: Tender
) -> None:
    chosen, out = factories.participant(company, tender), factories.participant(factories.company(DAGOBERT), tender)
    with clock.moved_to(noon(30)):
        participations.select(buyer, chosen.id, motivation="")
        participations.reject(buyer, out.id, motivation="Een ander was beter.")
        moved(buyer, tender, evidence_until=noon(50))
    assert [name for _address, name in told(session)] == [factories.name_of(factories.DONALD)]


def test_who_was_asked_and_did_not_decline_hears_it(session: Session, buyer: Actor) -> None:
    tender = made(buyer, "invitation")
    actors = [factories.company(number) for number in (factories.DONALD, DAGOBERT, KATRIEN)]
    for number, turn in ((factories.DONALD, "1"), (DAGOBERT, "1"), (KATRIEN, "2")):
        calls.invite(buyer, tender.id, kvk_number=number, round=turn)
    service.publish(buyer, tender.id)
    calls.decline(actors[1], tender.id)
    moved(buyer, tender, closes_at=noon(31))
    assert [name for _address, name in told(session)] == [factories.name_of(factories.DONALD)]
    with clock.moved_to(noon(31)):
        moved(buyer, tender, evidence_until=noon(50))
    assert len(told(session)) == 1


def test_of_an_external_tender_the_buyer_records_what_moved_there(session: Session, buyer: Actor) -> None:
    tender = made(buyer, "external", external_system="Mercell", external_number="4711")
    company = factories.company()
    calls.invite(buyer, tender.id, kvk_number=factories.DONALD)
    service.publish(buyer, tender.id)
    with clock.moved_to(noon(31)):
        moved(buyer, tender, evidence_until=noon(50))
        assert len(told(session)) == 1
    with clock.moved_to(noon(49)):
        assert factories.participant(company, tender).state is ParticipationState.SUBMITTED


@pytest.mark.parametrize("locale", ["nl", "en"])
def test_the_mail_says_what_moved_and_why_in_the_readers_language(
    session: Session, buyer: Actor, company: Actor, tender: Tender, locale: str
) -> None:
    factories.participant(company, tender)
    moved(buyer, tender, closes_at=datetime(2027, 3, 15, 12, tzinfo=clock.AMSTERDAM), evidence_until=noon(999),
          contract_starts_on=noon(1200).date())  # fmt: skip
    [message] = session.scalars(select(Message).where(Message.template == "dates_moved"))
    message.locale = locale
    letter = mail.compose(message)
    for body in (letter.text, str(letter.content)):
        assert WHY in body
        assert ("naar 15 maart 2027 12:00" if locale == "nl" else "to 15 March 2027 12:00") in body
        assert f"/aanbestedingen/{tender.id}" in body


MOMENTS = st.integers(-10, 90)


@given(
    st.sampled_from([Procedure.OPEN, Procedure.RESTRICTED, Procedure.OPEN_HOUSE]),
    st.tuples(MOMENTS, MOMENTS, MOMENTS),
    MOMENTS,
)
def test_stages_in_disorder_are_exactly_those_that_do_not_follow_on_each_other(
    procedure: Procedure, days: tuple[int, int, int], start: int
) -> None:
    application, bids, papers = (datetime(2027, 1, 1, 12, tzinfo=UTC) + day * DAY for day in days)
    starts_on = date(2027, 1, 1) + start * DAY
    closings = {StageName.BID: bids, StageName.EVIDENCE: papers}
    if procedure is Procedure.RESTRICTED:
        closings[StageName.APPLICATION] = application
    found = order.disorder(procedure, closings, starts_on)
    in_row = [closings[name] for name in StageName if name in closings] + [order.start_of(starts_on)]
    follows = all(before < after for before, after in pairwise(in_row))
    assert (not found) == (follows or procedure is Procedure.OPEN_HOUSE)


# The pages.

OWN = "/gemeente/aanbestedingen"


@pytest.fixture
def browser(session: Session, client: FlaskClient, buyer: Actor) -> FlaskClient:
    session.commit()
    return signed_in(client, buyer)


def said(answer: TestResponse) -> str:
    return " ".join(unescape(answer.text).split())


def typed(at: datetime) -> str:
    return f"{clock.dutch(at):%d-%m-%Y %H:%M}"


def test_the_page_shows_the_present_dates_and_moves_them(
    session: Session, app: DepotFlask, browser: FlaskClient, buyer: Actor, company: Actor, tender: Tender
) -> None:
    factories.participant(company, tender)
    session.commit()
    url = f"{OWN}/{tender.id}/data"
    assert f'href="{url}"' in browser.get(f"{OWN}/{tender.id}").text
    page = browser.get(url).text
    for name, value in (("sluiting", typed(noon(30))), ("bewijsTot", typed(noon(44)))):
        assert f'name="{name}" type="text" value="{value}"' in page
    assert 'name="aanmeldenTot"' not in page
    form = {
        "versie": str(tender.row_version),
        "sluiting": typed(noon(40)),
        "bewijsTot": typed(noon(50)),
        "startContract": f"{tender.contract_starts_on:%d-%m-%Y}",
        "reden": "Er waren <vragen>.\n\nZie de nota.",
    }
    assert browser.post(url, data=form).status_code == 303
    session.refresh(tender)
    assert tender.closes_at == noon(40)
    reader = signed_in(app.test_client(), company)
    for page in (said(reader.get(f"/aanbestedingen/{tender.id}")), said(browser.get(f"{OWN}/{tender.id}"))):
        assert "Verplaatste data" in page
        assert "Er waren <vragen>." in page
        assert "Sluiting: van " in page
        assert "Start van het contract: van" not in page


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"reden": ""}, 400, "Vul dit in."),
        ({"sluiting": "morgen"}, 400, "Schrijf een dag en een tijd"),
        ({"sluiting": "31-02-2099 12:00"}, 400, "bestaat niet"),
        ({"sluiting": "28-03-2027 02:30"}, 400, "het uur waarin de klok wordt verzet"),
        ({"sluiting": "31-10-2027 02:30"}, 400, "het uur waarin de klok wordt verzet"),
        ({"sluiting": "01-01-2024 12:00"}, 400, "Verplaatsen kan alleen naar later dan"),
        ({"startContract": "2027"}, 400, "dd-mm-jjjj"),
        ({}, 400, "Er is niets verplaatst."),
        ({"versie": "0"}, 409, "Iemand anders veranderde deze aanbesteding"),
        ({"versie": "x"}, 400, ""),
        ({"reden": "x" * 1001}, 400, "langer dan 1000 tekens"),
        ({"erbij": "1"}, 400, "Dit veld bestaat niet."),
    ],
)
def test_a_form_that_is_wrong_is_shown_again_and_moves_nothing(
    session: Session, browser: FlaskClient, tender: Tender, changes: dict[str, str], status: int, words: str
) -> None:
    session.commit()
    form = {"versie": str(tender.row_version), "sluiting": typed(noon(30)), "reden": WHY, **changes}
    answer = browser.post(f"{OWN}/{tender.id}/data", data=form)
    assert answer.status_code == status
    assert words in said(answer)
    assert 'name="reden"' in answer.text
    assert session.scalar(select(func.count()).select_from(Postponement)) == 0


def test_a_date_that_passed_while_the_form_was_open_is_told_at_its_field(
    session: Session, browser: FlaskClient, buyer: Actor, tender: Tender
) -> None:
    session.commit()
    form = {"versie": str(tender.row_version), "sluiting": typed(noon(31)), "reden": WHY}
    with clock.moved_to(noon(30)):
        signed_in(browser, buyer)
        page = browser.get(f"{OWN}/{tender.id}/data").text
        assert 'name="bewijsTot"' in page
        assert 'name="sluiting"' not in page
        answer = browser.post(f"{OWN}/{tender.id}/data", data=form)
    assert answer.status_code == 400
    assert "Dit moment is voorbij" in said(answer)
    assert 'name="sluiting"' in answer.text


def test_the_page_says_when_there_is_nothing_to_move(
    session: Session, browser: FlaskClient, buyer: Actor, tender: Tender
) -> None:
    draft = service.create(buyer, number="9", title="x", procedure="open", closes_at=noon(30), evidence_until=noon(44))
    session.commit()
    assert "nog een concept" in said(browser.get(f"{OWN}/{draft.id}/data"))
    with clock.moved_to(noon(95)):
        browser = signed_in(browser, buyer)
        assert "zijn voorbij" in said(browser.get(f"{OWN}/{tender.id}/data"))
    awards.abandon(buyer, tender.id, reason="Gestopt.")
    session.commit()
    assert "is afgerond" in said(browser.get(f"{OWN}/{tender.id}/data"))
    assert browser.post(f"{OWN}/{tender.id}/data", data={"versie": "9", "reden": WHY}).status_code == 409


def test_a_reader_does_not_get_the_page_or_the_button(
    session: Session, client: FlaskClient, buyer: Actor, tender: Tender
) -> None:
    reader = factories.member(db.session.get_one(Organisation, buyer.organisation_id), Role.MUNICIPALITY_READER)
    session.commit()
    browser = signed_in(client, reader)
    assert f"{tender.id}/data" not in browser.get(f"{OWN}/{tender.id}").text
    assert browser.get(f"{OWN}/{tender.id}/data").status_code == 403
    assert browser.post(f"{OWN}/{tender.id}/data", data={"versie": "1", "reden": WHY}).status_code == 403
