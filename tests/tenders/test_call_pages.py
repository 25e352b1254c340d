from datetime import datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from depot.access import Action, Actor
from depot.core import clock
from depot.core.http import DepotFlask
from depot.tenders import calls, participations, queries, revisions, service
from depot.tenders.models import ParticipationState, Tender
from tests import factories
from tests.factories import signed_in

OWN = "/gemeente/aanbestedingen"


@pytest.fixture
def browser(session: Session, client: FlaskClient, buyer: Actor) -> FlaskClient:
    session.commit()
    return signed_in(client, buyer)


@pytest.fixture
def company_browser(session: Session, app: DepotFlask, company: Actor) -> FlaskClient:
    session.commit()
    return signed_in(app.test_client(), company)


def said(answer: TestResponse) -> str:
    return " ".join(unescape(answer.text).split())


def typed(days: int) -> str:
    return f"{clock.dutch(clock.now()) + timedelta(days=days):%d-%m-%Y} 12:00"


def form(**changes: str) -> dict[str, str]:
    given = {
        "titel": "Toeleiding naar werk",
        "nummer": "2027-77",
        "procedure": "open",
        "cpv": "79611000-0, 85312510-7",
        "percelen": "1 Noord\n2. Zuid en centrum",
        "sluiting": typed(30),
        "bewijsTot": typed(40),
    }
    return {name: value for name, value in {**given, **changes}.items() if value}


def made(buyer: Actor, procedure: str = "open", **changes: object) -> Tender:
    closes_at = clock.now() + timedelta(days=30)
    said = {"closes_at": closes_at, "evidence_until": closes_at + timedelta(days=14), **changes}
    row = service.create(buyer, number="2027-01", title="Activering", procedure=procedure, **said)  # type: ignore[arg-type]
    service.add_requirement(buyer, row.id, "kvk-extract", {"age": "P6M"})
    return row


def moments(row: Tender) -> list[tuple[str, datetime]]:
    return [(stage.name, clock.dutch(stage.closes_at).replace(tzinfo=None)) for stage in row.stages]


@pytest.mark.parametrize(
    ("changes", "stages"),
    [
        ({}, ["bid", "evidence"]),
        ({"procedure": "restricted", "aanmeldenTot": typed(10)}, ["application", "bid", "evidence"]),
        ({"procedure": "open_house", "bewijsTot": ""}, ["bid", "evidence"]),
        ({"procedure": "external", "systeem": "Mercell", "systeemNummer": "4711"}, ["bid", "evidence"]),
    ],
)
def test_the_form_makes_a_tender_of_each_procedure(
    browser: FlaskClient, buyer: Actor, changes: dict[str, str], stages: list[str]
) -> None:
    assert browser.post(f"{OWN}/nieuw", data=form(**changes)).status_code == 303
    [row] = queries.index(buyer, Action.TENDER_READ)
    assert sorted(name for name, _at in moments(row)) == sorted(stages)
    assert [(lot.code, lot.title) for lot in row.lots] == [("1", "Noord"), ("2", "Zuid en centrum")]
    assert row.cpv == ["79611000-0", "85312510-7"]
    assert row.external_system == changes.get("systeem")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("cpv", "79611000-1", "79611000-1 staat niet in de CPV. Kijk het controlecijfer na."),
        ("cpv", "99000000-6", "99000000-6 staat niet in de CPV."),
        ("percelen", "Noord", "Schrijf op elke regel een nummer en een naam, zoals: 1 Toeleiding naar werk."),
        ("percelen", "1 Noord\n1 Zuid", "Elk perceel heeft een eigen nummer."),
        ("percelen", "\n".join(f"{n} Perceel" for n in range(60)), "Er passen ten hoogste 50 percelen"),
        ("aanmeldenTot", typed(10), "Alleen bij een niet-openbare procedure melden bedrijven zich eerst aan."),
        ("bewijsTot", "", "Vul dit in."),
        ("startContract", "01-01-2020", "Deze dag ligt na de bewijstermijn."),
    ],
)
def test_a_call_that_does_not_fit_is_told_at_its_field(
    browser: FlaskClient, buyer: Actor, name: str, value: str, sentence: str
) -> None:
    answer = browser.post(f"{OWN}/nieuw", data=form(**{name: value}))
    assert answer.status_code == 400
    assert sentence in said(answer)
    assert f'id="field-{name}-error"' in answer.text
    assert not queries.index(buyer, Action.TENDER_READ)


@pytest.mark.parametrize(("procedure", "name"), [("restricted", "aanmeldenTot"), ("external", "systeem")])
def test_a_procedure_asks_for_its_own(browser: FlaskClient, procedure: str, name: str) -> None:
    answer = browser.post(f"{OWN}/nieuw", data=form(procedure=procedure))
    assert answer.status_code == 400
    assert f'id="field-{name}-error"' in answer.text


def test_a_draft_is_changed_and_of_two_colleagues_the_second_is_told(
    session: Session, browser: FlaskClient, buyer: Actor
) -> None:
    row = made(buyer)
    session.commit()
    page = f"{OWN}/{row.id}/gegevens"
    assert f'name="versie" value="{row.row_version}"' in browser.get(page).text
    version = str(row.row_version)
    first = browser.post(page, data=form(versie=version, titel="Van de eerste"))
    assert (first.status_code, first.location) == (303, f"{OWN}/{row.id}/eisen")
    second = browser.post(page, data=form(versie=version, titel="Van de tweede"))
    assert second.status_code == 409
    assert "Iemand anders wijzigde dit concept" in said(second)
    assert 'value="Van de tweede"' in second.text
    assert "Van de eerste" in second.text
    session.expire_all()
    assert row.title == "Van de eerste"
    assert f'name="versie" value="{row.row_version}"' in second.text
    assert browser.post(page, data=form(versie=str(row.row_version), titel="Nu wel")).status_code == 303


def test_companies_are_found_and_put_on_the_list(
    session: Session, browser: FlaskClient, buyer: Actor, company: Actor
) -> None:
    row = made(buyer, "invitation")
    session.commit()
    page = f"{OWN}/{row.id}/uitnodigingen"
    assert "Test BV Donald" in said(browser.get(f"{page}?zoek={factories.DONALD}"))
    assert "Niets gevonden voor “niemand”." in said(browser.get(f"{page}?zoek=niemand"))
    assert browser.post(page, data={"kvkNummer": factories.DONALD, "ronde": "1"}).status_code == 303
    twice = browser.post(page, data={"kvkNummer": factories.DONALD})
    assert twice.status_code == 409
    assert "Dit bedrijf staat al op de lijst." in said(twice)
    unknown = browser.post(page, data={"kvkNummer": "11111111"})
    assert unknown.status_code == 400
    assert 'id="field-kvkNummer-error"' in unknown.text
    assert browser.post(page, data={"kvkNummer": "1", "ronde": "77"}).status_code == 400
    [asked] = calls.index(buyer, row)
    assert browser.post(f"{page}/volgende-ronde").status_code == 409
    assert browser.post(f"{page}/{asked.id}/weg").status_code == 303
    assert not calls.index(buyer, row)


def test_who_is_invited_sees_the_tender_and_may_decline(
    session: Session, company_browser: FlaskClient, buyer: Actor, company: Actor
) -> None:
    row = made(buyer, "invitation")
    session.commit()
    page = f"/aanbestedingen/{row.id}"
    assert company_browser.get(page).status_code == 404
    calls.invite(buyer, row.id, kvk_number=factories.DONALD)
    service.publish(buyer, row.id)
    session.commit()
    assert "U bent gevraagd om mee te doen" in said(company_browser.get(page))
    assert row.title in company_browser.get("/aanbestedingen").text
    assert company_browser.post(f"{page}/afslaan").status_code == 303
    shown = said(company_browser.get(page))
    assert "U hebt de uitnodiging afgeslagen op" in shown
    assert 'name="bevoegdheid"' not in shown
    assert company_browser.post(f"{page}/afslaan").status_code == 409


def test_requirements_are_revised_and_the_company_confirms_on_its_page(
    session: Session, browser: FlaskClient, company_browser: FlaskClient, buyer: Actor, company: Actor
) -> None:
    row = factories.tender(buyer, "kvk-extract", "quality")
    factories.participant(company, row)
    session.commit()
    page = f"{OWN}/{row.id}"
    assert browser.post(f"{page}/nieuwe-eisen").status_code == 303
    assert browser.post(f"{page}/nieuwe-eisen").status_code == 409
    assert "U werkt aan nieuwe eisen" in said(browser.get(f"{page}/eisen"))
    assert browser.post(f"{page}/eisen/E2/weg").status_code == 303
    assert "Vervallen: " in said(browser.get(f"{page}/eisen"))
    assert "Eisen gewijzigd op" not in said(company_browser.get(f"/aanbestedingen/{row.id}"))
    assert browser.post(f"{page}/publiceren").status_code == 303
    shown = said(company_browser.get(f"/aanbestedingen/{row.id}"))
    assert "Eisen gewijzigd op" in shown
    assert "bevestig opnieuw" in shown
    given = {"verklaring": "true", "toestemming": "true", "bevoegdheid": "bestuurder"}
    assert company_browser.post(f"/aanbestedingen/{row.id}/meedoen", data=given).status_code == 303
    assert "Eisen gewijzigd op" not in said(company_browser.get(f"/aanbestedingen/{row.id}"))


def test_a_revision_is_thrown_away(session: Session, browser: FlaskClient, buyer: Actor) -> None:
    row = factories.tender(buyer)
    revisions.begin(buyer, row.id)
    session.commit()
    assert browser.post(f"{OWN}/{row.id}/nieuwe-eisen/weg").status_code == 303
    assert browser.post(f"{OWN}/{row.id}/nieuwe-eisen/weg").status_code == 409


def test_a_restricted_tender_on_its_pages(
    session: Session, browser: FlaskClient, company_browser: FlaskClient, buyer: Actor, company: Actor
) -> None:
    row = made(buyer, "restricted", applications_until=clock.now() + timedelta(hours=1))
    service.publish(buyer, row.id)
    taking_part = factories.participant(company, row)
    session.commit()
    assert "U ziet de deelnemers na de sluiting" in said(browser.get(f"{OWN}/{row.id}"))
    with clock.moved_to(row.joins_until):
        page = f"/gemeente/deelnemers/{taking_part.id}"
        assert "Uitnodigen tot inschrijving" in said(browser.get(page))
        assert browser.post(f"{page}/selecteren", data={}).status_code == 409
        assert browser.post(f"{page}/uitnodigen", data={"motivering": "Sterk."}).status_code == 303
        assert browser.post(f"{page}/uitnodigen", data={}).status_code == 409
        assert "uitgenodigd tot inschrijving" in said(browser.get(page))
        assert "U bent uitgenodigd tot inschrijving" in said(company_browser.get(f"/aanbestedingen/{row.id}"))


def test_lots_are_chosen_shown_and_decided_one_by_one(
    session: Session, browser: FlaskClient, company_browser: FlaskClient, buyer: Actor, company: Actor
) -> None:
    row = made(buyer, lots=(("1", "Noord"), ("2", "Zuid")), closes_at=clock.now() + timedelta(hours=1))
    service.publish(buyer, row.id)
    session.commit()
    page = f"/aanbestedingen/{row.id}"
    assert "2 Zuid" in said(company_browser.get(page))
    given = {"verklaring": "true", "toestemming": "true", "bevoegdheid": "bestuurder"}
    without = company_browser.post(f"{page}/meedoen", data=given)
    assert without.status_code == 400
    assert 'id="field-percelen-error"' in without.text
    assert company_browser.post(f"{page}/meedoen", data={**given, "percelen": ["1", "2"]}).status_code == 303
    taking_part = queries.own_participation(company, row)
    assert taking_part is not None
    assert taking_part.lots == ["1", "2"]
    with clock.moved_to(row.closes_at):
        judged = f"/gemeente/deelnemers/{taking_part.id}"
        assert "Besluiten over perceel 2" in said(browser.get(judged))
        assert browser.get(f"{OWN}/{row.id}").status_code == 200
        refused = browser.post(f"{judged}/percelen/1/besluit", data={"akkoord": "false"})
        assert refused.status_code == 400
        assert "Schrijf waarom u dit bedrijf afwijst." in said(refused)
        assert browser.post(f"{judged}/percelen/1/besluit", data={"akkoord": "true"}).status_code == 303
        assert browser.post(f"{judged}/percelen/1/besluit", data={"akkoord": "true"}).status_code == 409
        assert browser.post(f"{judged}/percelen/9/besluit", data={"akkoord": "true"}).status_code == 404
        shown = said(browser.get(judged))
        assert "Besluiten over perceel 1" not in shown
        assert "Besluiten over perceel 2" in shown
    session.expire_all()
    assert taking_part.state is ParticipationState.SELECTED


def test_a_reference_with_the_bid_is_read_on_its_page(
    session: Session, client: FlaskClient, buyer: Actor, company: Actor
) -> None:
    version = factories.approved(company, factories.reviewer(), "reference")
    row = factories.tender(buyer, "competence", closes_at=clock.now() + timedelta(hours=1))
    taking_part = factories.participant(company, row)
    session.commit()
    signed_in(client, buyer)
    page = f"/gemeente/deelnemers/{taking_part.id}"
    with clock.moved_to(row.closes_at):
        assert "Referenties bij de inschrijving" in said(client.get(page))
        assert "Gemeente Voorbeeld" in said(client.get(f"{page}/referenties/{version.id}"))
        assert client.get(f"{page}/referenties/{version.id}/bestand").data.startswith(b"%PDF")
        participations.withdraw_consent(company, row.id)
        session.commit()
        assert client.get(f"{page}/referenties/{version.id}").status_code == 404
