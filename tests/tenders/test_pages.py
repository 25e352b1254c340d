import json
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from depot.access import Action, Actor
from depot.core import clock
from depot.core.http import DepotFlask
from depot.tenders import queries, service
from depot.tenders.language import SCHEMA
from depot.tenders.models import Participation, ParticipationState, Tender, TenderState
from tests import factories
from tests.factories import signed_in

OWN = "/gemeente/aanbestedingen"


@pytest.fixture
def draft(session: Session, buyer: Actor) -> Tender:
    closes_at = clock.now() + timedelta(days=30)
    made = service.create(
        buyer,
        number="2027-02",
        title="Beschut werk",
        procedure="open",
        closes_at=closes_at,
        evidence_until=closes_at + timedelta(days=14),
    )
    service.add_requirement(buyer, made.id, "kvk-extract", {"age": "P6M"})
    session.commit()
    return made


@pytest.fixture
def browser(session: Session, client: FlaskClient, buyer: Actor) -> FlaskClient:
    session.commit()
    return signed_in(client, buyer)


@pytest.fixture
def company_browser(session: Session, app: DepotFlask, company: Actor) -> FlaskClient:
    session.commit()
    return signed_in(app.test_client(), company)


def said(answer: TestResponse) -> str:
    return unescape(answer.text)


def typed(at: datetime) -> str:
    return f"{clock.dutch(at):%d-%m-%Y} 12:00"


def form(**changes: str) -> dict[str, str]:
    now = clock.now()
    given = {
        "titel": "Toeleiding naar werk",
        "nummer": "2027-77",
        "procedure": "open",
        "cpv": "79611000-0",
        "raming": "1.250.000,00",
        "sluiting": typed(now + timedelta(days=30)),
        "bewijsTot": typed(now + timedelta(days=40)),
        "startContract": f"{clock.today() + timedelta(days=100):%d-%m-%Y}",
    }
    return {**given, **changes}


def test_a_new_tender_leads_to_its_requirements(browser: FlaskClient, buyer: Actor, session: Session) -> None:
    answer = browser.post(f"{OWN}/nieuw", data=form())
    [made] = queries.index(buyer, Action.TENDER_READ)
    assert (answer.status_code, answer.location) == (303, f"{OWN}/{made.id}/eisen")
    assert (made.number, str(made.estimate), made.cpv) == ("2027-77", "1250000.00", ["79611000-0"])
    assert "Toeleiding naar werk" in browser.get(OWN).text
    assert browser.get(f"{OWN}/{made.id}").status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("sluiting", "31-02-2027 12:00", "31-02-2027 12:00 bestaat niet."),
        ("sluiting", "28-03-2027 02:30", "Deze tijd valt in het uur waarin de klok wordt verzet."),
        ("bewijsTot", "31-10-2027 02:30", "Deze tijd valt in het uur waarin de klok wordt verzet."),
        ("sluiting", "15-02-2020 12:00", "Kies een moment in de toekomst."),
        ("sluiting", "volgende week", "Schrijf een dag en een tijd als 15-02-2027 12:00."),
        ("sluiting", "", "Vul dit in."),
        ("bewijsTot", typed(clock.now()), "Dit moment ligt na de sluiting."),
        ("startContract", "31-02-2027", "31-02-2027 bestaat niet."),
        ("raming", "1.2.3", "Schrijf een bedrag als 1.250.000,00."),
        ("raming", "-5,00", "Een bedrag kan hier niet negatief zijn."),
        ("cpv", "79611000", "Schrijf een CPV-code als 79611000-0."),
        ("procedure", "loterij", "Kies een van de mogelijkheden."),
        ("titel", " ", "Vul dit in."),
        ("titel", "x" * 201, "Dit is langer dan 200 tekens."),
        ("titel", "Werk\x00", "Hier staat een teken in dat niet zichtbaar is."),
        ("titel", "Werk \u202e2027", "Hier staat een teken in dat niet zichtbaar is."),
        ("kleur", "rood", "Dit veld bestaat niet."),
    ],
)
def test_a_tender_that_is_filled_in_wrongly_comes_back_as_typed(
    browser: FlaskClient, buyer: Actor, name: str, value: str, sentence: str
) -> None:
    answer = browser.post(f"{OWN}/nieuw", data=form(**{name: value}))
    assert answer.status_code == 400
    assert sentence in said(answer)
    if name != "kleur":
        assert f'id="field-{name}-error"' in answer.text
    if name != "raming":
        assert 'value="1.250.000,00"' in answer.text
    if name not in ("titel", "procedure", "kleur") and value:
        assert f'value="{value}"' in said(answer)
    assert not queries.index(buyer, Action.TENDER_READ)


def test_a_number_that_is_taken_is_told_at_its_field(browser: FlaskClient, draft: Tender) -> None:
    answer = browser.post(f"{OWN}/nieuw", data=form(nummer=draft.number))
    assert answer.status_code == 409
    assert "U hebt al een aanbesteding met dit nummer." in answer.text
    assert 'id="field-nummer-error"' in answer.text
    assert 'value="Toeleiding naar werk"' in answer.text


def test_requirements_are_added_from_the_library_and_taken_out(browser: FlaskClient, draft: Tender) -> None:
    page = f"{OWN}/{draft.id}/eisen"
    answer = browser.post(f"{page}/professional-liability", data={"claim": "750.000,00", "year": "1500000"})
    assert answer.status_code == 303
    shown = said(browser.get(page))
    assert "€ 750.000,00" in shown.replace("\u00a0", " ")
    assert browser.post(f"{page}/E1/weg").status_code == 303
    assert [item["id"] for item in queries.requirement_set(draft).rules["requirements"]] == ["E2"]
    assert browser.post(f"{page}/E1/weg").status_code == 404
    assert browser.post(f"{page}/onbekend", data={}).status_code == 404


@pytest.mark.parametrize(
    ("code", "answers", "sentence"),
    [
        ("professional-liability", {"claim": "1.2.3", "year": "2.500.000,00"}, "Schrijf een bedrag als 1.250.000,00."),
        (
            "competence",
            {"domains": "scholing", "references": "0", "value": "500.000,00"},
            "Schrijf een heel getal van 1 tot en met 20.",
        ),
        ("competence", {"references": "1", "value": "500.000,00"}, "Kies er minstens een."),
        ("branch", {"municipality": "Atlantis"}, "Schrijf de code van een gemeente als gm0200."),
        ("kvk-extract", {"age": "P99Y"}, "Deze termijn is te lang."),
    ],
)
def test_an_answer_that_is_wrong_stays_in_its_form(
    browser: FlaskClient, draft: Tender, code: str, answers: dict[str, str], sentence: str
) -> None:
    answer = browser.post(f"{OWN}/{draft.id}/eisen/{code}", data=answers)
    assert answer.status_code == 400
    assert sentence in said(answer)
    if code != "kvk-extract":
        for value in answers.values():
            assert f'value="{value}"' in answer.text
    assert len(queries.requirement_set(draft).rules["requirements"]) == 1


@pytest.mark.parametrize(
    ("path", "change", "sentence"),
    [
        ("requirements.0.rule.document", lambda item: item["rule"].update(document="diploma"), "Kies een van: "),
        ("requirements.0.stage", lambda item: item.update(stage="contract"), "Deze aanbesteding heeft die fase niet."),
        ("requirements.0.colour", lambda item: item.update(colour="rood"), "Dit veld bestaat niet."),
        ("requirements.0.rule.all.0.issuedWithin", lambda item: item["rule"].update(all=[{"issuedWithin": "6M"}]), "Schrijf"),
    ],
)  # fmt: skip
def test_rule_json_that_is_wrong_says_where_and_keeps_what_was_typed(
    browser: FlaskClient, draft: Tender, path: str, change: object, sentence: str
) -> None:
    before = json.dumps(queries.requirement_set(draft).rules)
    rules = json.loads(before)
    change(rules["requirements"][0])  # type: ignore[operator]
    text = json.dumps(rules, indent=1)
    answer = browser.post(f"{OWN}/{draft.id}/regels", data={"regels": text})
    assert answer.status_code == 400
    assert f"{path}: {sentence}" in said(answer)
    assert 'id="field-regels-error"' in answer.text
    assert text in said(answer).replace("\r\n", "\n")
    assert json.dumps(queries.requirement_set(draft).rules) == before


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"schema": "eisen/1.0",\n"requirements": [}', "Dit is geen JSON: regel 2."),
        ("Prijs telt voor de helft.", "Dit is geen JSON: regel 1."),
        ("[" * 100_000, "Dit is geen JSON"),
        ('{"schema": "eisen/1.0", "requirements": [1], "\\ud800": 1}', "Dit is geen JSON"),
        ('{"schema": NaN, "requirements": []}', "Deze versie van de eisentaal kent het depot niet."),
        ("[]", "Hier hoort een object te staan."),
        ("", "Vul dit in."),
        ("x" * 200_001, "Dit is langer dan"),
    ],
)
def test_text_that_is_no_rule_json_is_refused_and_kept(
    browser: FlaskClient, draft: Tender, text: str, sentence: str
) -> None:
    answer = browser.post(f"{OWN}/{draft.id}/regels", data={"regels": text})
    assert answer.status_code == 400
    assert sentence in said(answer)
    assert text in said(answer)


def test_rule_json_replaces_the_requirements(browser: FlaskClient, draft: Tender) -> None:
    award = {"id": "G1", "label": "Prijs (50%) & plan", "kind": "award"}
    text = json.dumps({"schema": SCHEMA, "requirements": [award]}, ensure_ascii=False, indent=2)
    assert browser.post(f"{OWN}/{draft.id}/regels", data={"regels": text}).status_code == 303
    page = browser.get(f"{OWN}/{draft.id}/eisen")
    assert "Prijs (50%) & plan" in said(page)
    assert text in said(page)


def test_publishing_fixes_the_requirements(browser: FlaskClient, draft: Tender, session: Session) -> None:
    page = f"{OWN}/{draft.id}"
    before = json.dumps(queries.requirement_set(draft).rules)
    assert browser.post(f"{page}/publiceren").status_code == 303
    for answer, sentence in (
        (browser.post(f"{page}/publiceren"), "Deze aanbesteding is al gepubliceerd."),
        (browser.post(f"{page}/eisen/services"), "Gepubliceerde eisen kunnen niet meer worden gewijzigd."),
        (browser.post(f"{page}/eisen/E1/weg"), "Gepubliceerde eisen kunnen niet meer worden gewijzigd."),
        (browser.post(f"{page}/regels", data={"regels": before}), "Gepubliceerde eisen kunnen niet meer worden gewijzigd."),
    ):  # fmt: skip
        assert answer.status_code == 409
        assert sentence in answer.text
    session.expire_all()
    assert json.dumps(queries.requirement_set(draft).rules) == before


def test_publishing_after_the_closing_is_refused(client: FlaskClient, buyer: Actor, session: Session) -> None:
    past = clock.now() - timedelta(days=10)
    with clock.moved_to(past):
        draft = service.create(
            buyer,
            number="1",
            title="Te laat",
            procedure="open",
            closes_at=past + timedelta(days=1),
            evidence_until=past + timedelta(days=2),
        )
        service.add_requirement(buyer, draft.id, "kvk-extract", {"age": "P6M"})
    session.commit()
    answer = signed_in(client, buyer).post(f"{OWN}/{draft.id}/publiceren")
    assert answer.status_code == 409
    assert "De sluiting ligt in het verleden." in answer.text


def test_publishing_without_requirements_is_refused(browser: FlaskClient, draft: Tender) -> None:
    browser.post(f"{OWN}/{draft.id}/eisen/E1/weg")
    answer = browser.post(f"{OWN}/{draft.id}/publiceren")
    assert answer.status_code == 409
    assert "Voeg eerst minstens één eis toe." in answer.text


def test_a_company_takes_part_from_the_page_that_says_what_it_lacks(
    company_browser: FlaskClient, company: Actor, tender: Tender
) -> None:
    assert str(tender.id) in company_browser.get("/aanbestedingen").text
    page = f"/aanbestedingen/{tender.id}"
    shown = said(company_browser.get(page))
    assert "U voldoet aan 0 van de 2 eisen die het depot toetst" in shown
    assert "Voeg toe: Uittreksel" in shown
    given = {"verklaring": "true", "toestemming": "true", "bevoegdheid": "bestuurder"}
    assert company_browser.post(f"{page}/meedoen", data=given).status_code == 303
    again = company_browser.post(f"{page}/meedoen", data=given)
    assert again.status_code == 409
    assert "U doet al mee aan deze aanbesteding." in again.text
    assert company_browser.post(f"{page}/toestemming-intrekken").status_code == 303
    twice = company_browser.post(f"{page}/toestemming-intrekken")
    assert twice.status_code == 409
    assert "Er is geen toestemming die u kunt intrekken." in twice.text
    assert company_browser.post(f"{page}/terugtrekken").status_code == 303
    assert company_browser.post(f"{page}/terugtrekken").status_code == 409


@pytest.mark.parametrize(
    ("given", "sentences"),
    [
        ({"bevoegdheid": "bestuurder", "toestemming": "true"}, ["Zonder deze verklaring kunt u niet meedoen."]),
        ({"bevoegdheid": "bestuurder", "verklaring": "true"}, ["Zonder toestemming kan de gemeente uw bewijs niet lezen."]),
        ({"bevoegdheid": "bestuurder", "verklaring": "misschien", "toestemming": "true"}, ["Kies ja of nee."]),
        ({"verklaring": "true", "toestemming": "true"}, ["Vul dit in."]),
        (
            {},
            [
                "Vul dit in.",
                "Zonder deze verklaring kunt u niet meedoen.",
                "Zonder toestemming kan de gemeente uw bewijs niet lezen.",
            ],
        ),
        ({"bevoegdheid": "x" * 121, "verklaring": "true", "toestemming": "true"}, ["Dit is langer dan 120 tekens."]),
    ],
)  # fmt: skip
def test_without_declaration_consent_and_authority_nobody_takes_part(
    company_browser: FlaskClient, company: Actor, tender: Tender, given: dict[str, str], sentences: list[str]
) -> None:
    answer = company_browser.post(f"/aanbestedingen/{tender.id}/meedoen", data=given)
    assert answer.status_code == 400
    assert all(sentence in said(answer) for sentence in sentences)
    assert f'value="{given.get("bevoegdheid", "")}"' in answer.text
    assert queries.own_participation(company, tender) is None


def test_at_the_closing_instant_taking_part_is_too_late(
    session: Session, client: FlaskClient, buyer: Actor, company: Actor
) -> None:
    tender = factories.tender(buyer, closes_at=clock.now() + timedelta(hours=1))
    session.commit()
    signed_in(client, company)
    page, given = f"/aanbestedingen/{tender.id}", {"verklaring": "true", "toestemming": "true", "bevoegdheid": "x"}
    with clock.moved_to(tender.closes_at):
        answer = client.post(f"{page}/meedoen", data=given)
        assert answer.status_code == 409
        assert "Deze aanbesteding is gesloten; meedoen kan niet meer." in answer.text
    with clock.moved_to(tender.closes_at - timedelta(microseconds=1)):
        assert client.post(f"{page}/meedoen", data=given).status_code == 303
    with clock.moved_to(tender.closes_at):
        answer = client.post(f"{page}/terugtrekken")
        assert answer.status_code == 409
        assert "Terugtrekken kan alleen tot de sluiting." in answer.text


def test_a_draft_does_not_exist_for_companies(company_browser: FlaskClient, draft: Tender) -> None:
    assert company_browser.get(f"/aanbestedingen/{draft.id}").status_code == 404
    assert company_browser.post(f"/aanbestedingen/{draft.id}/meedoen", data={"bevoegdheid": "x"}).status_code in (
        400,
        404,
    )
    assert "Beschut werk" not in company_browser.get("/aanbestedingen").text


def test_a_company_does_not_see_the_municipalitys_pages(company_browser: FlaskClient, row: Participation) -> None:
    for path in (OWN, f"{OWN}/nieuw", f"/gemeente/deelnemers/{row.id}"):
        assert company_browser.get(path).status_code == 403
    assert company_browser.get(f"{OWN}/{row.tender_id}").status_code == 403


@pytest.fixture
def closed(session: Session, client: FlaskClient, buyer: Actor, company: Actor) -> Participation:
    """A participation in a tender whose closing has just come; the buyer's browser is signed in."""
    at = clock.now() - timedelta(days=40)
    with clock.moved_to(at):
        tender = factories.tender(buyer, "kvk-extract", "quality", closes_at=at + timedelta(days=39))
        made = factories.participant(company, tender)
    session.commit()
    signed_in(client, buyer)
    return made


def test_before_the_closing_the_municipality_decides_nothing_and_sees_nobody(
    browser: FlaskClient, row: Participation, session: Session
) -> None:
    assert "Test BV Donald" not in browser.get(f"{OWN}/{row.tender_id}").text
    assert browser.get(f"/gemeente/deelnemers/{row.id}").status_code == 404
    for act in ("selecteren", "afwijzen"):
        answer = browser.post(f"/gemeente/deelnemers/{row.id}/{act}", data={"motivering": "Goed."})
        assert answer.status_code == 409
        assert "Selecteren kan pas na de sluiting" in answer.text
    answer = browser.post(
        f"/gemeente/deelnemers/{row.id}/eisen/E2/besluit", data={"akkoord": "true", "motivering": "Ja."}
    )
    assert answer.status_code == 409
    session.expire_all()
    assert row.state is ParticipationState.SUBMITTED


def test_after_the_closing_verdicts_and_reasons_are_shown(client: FlaskClient, closed: Participation) -> None:
    matrix = said(client.get(f"{OWN}/{closed.tender_id}"))
    assert "Test BV Donald" in matrix
    assert "Over 1 deelnemer is nog niet besloten." in matrix
    page = said(client.get(f"/gemeente/deelnemers/{closed.id}"))
    assert "Voldoet aan 0 van de 2 eisen die het depot toetst" in page
    assert "bestuurder" in page


def test_selecting_is_done_once(client: FlaskClient, closed: Participation, session: Session) -> None:
    page = f"/gemeente/deelnemers/{closed.id}"
    assert client.post(f"{page}/selecteren", data={"motivering": "Goed plan."}).status_code == 303
    assert "U hebt dit bedrijf geselecteerd" in client.get(page).text
    for act in ("selecteren", "afwijzen"):
        answer = client.post(f"{page}/{act}", data={"motivering": "Nog eens."})
        assert answer.status_code == 409
        assert "Over deze deelnemer is al besloten" in answer.text
    session.expire_all()
    assert (closed.state, closed.motivation) == (ParticipationState.SELECTED, "Goed plan.")
    assert closed.tender.state is TenderState.EVIDENCE


def test_rejecting_takes_a_reason(client: FlaskClient, closed: Participation, session: Session) -> None:
    page = f"/gemeente/deelnemers/{closed.id}/afwijzen"
    answer = client.post(page, data={"motivering": " "})
    assert answer.status_code == 400
    assert "Schrijf waarom u dit bedrijf afwijst." in answer.text
    assert client.post(page, data={"motivering": "De polis is te laag."}).status_code == 303
    session.expire_all()
    assert (closed.state, closed.motivation) == (ParticipationState.REJECTED, "De polis is te laag.")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"akkoord": "misschien", "motivering": "Mijn tekst."}, "Kies ja of nee."),
        ({"motivering": "Mijn tekst."}, "Vul dit in."),
        ({"akkoord": "true"}, "Vul dit in."),
        ({"akkoord": "true", "motivering": "y" * 4001}, "Dit is langer dan 4000 tekens."),
    ],
)
def test_a_decision_on_a_requirement_takes_a_verdict_and_a_motivation(
    client: FlaskClient, closed: Participation, given: dict[str, str], sentence: str
) -> None:
    answer = client.post(f"/gemeente/deelnemers/{closed.id}/eisen/E2/besluit", data=given)
    assert answer.status_code == 400
    assert sentence in said(answer)
    assert given.get("motivering", "") in said(answer)
    assert not queries.decisions([closed.id])


def test_a_decision_on_a_requirement_is_kept(client: FlaskClient, closed: Participation) -> None:
    page, given = f"/gemeente/deelnemers/{closed.id}", {"akkoord": "false", "motivering": "Geen bewijs."}
    assert client.post(f"{page}/eisen/E2/besluit", data=given).status_code == 303
    assert "Besluit van uw gemeente op" in client.get(page).text
    assert client.post(f"{page}/eisen/E9/besluit", data=given).status_code == 404
    assert client.post(f"{page}/eisen/E1/besluit", data=given).status_code == 409


def test_the_matrix_costs_the_same_for_many_participants(
    app: DepotFlask, client: FlaskClient, closed: Participation, session: Session
) -> None:
    with clock.moved_to(closed.tender.closes_at - timedelta(days=1)):
        for number in range(5):
            actor = factories.company(f"900000{number:02d}")
            factories.deposited(actor)
            factories.participant(actor, closed.tender)
    session.commit()
    with factories.queries_at_most(app, 25):
        page = client.get(f"{OWN}/{closed.tender_id}")
    assert page.text.count("Test BV 900000") > 5


def test_another_municipality_sees_nothing_of_it(
    session: Session, app: DepotFlask, closed: Participation, draft: Tender
) -> None:
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    session.commit()
    browser = signed_in(app.test_client(), other)
    for path in (f"{OWN}/{closed.tender_id}", f"{OWN}/{draft.id}/eisen", f"/gemeente/deelnemers/{closed.id}"):
        assert browser.get(path).status_code == 404
    for path, data in (
        (f"{OWN}/{draft.id}/publiceren", {}),
        (f"{OWN}/{draft.id}/eisen/services", {}),
        (f"/gemeente/deelnemers/{closed.id}/selecteren", {"motivering": "x"}),
        (f"/gemeente/deelnemers/{closed.id}/eisen/E2/besluit", {"akkoord": "true", "motivering": "x"}),
    ):
        assert browser.post(path, data=data).status_code == 404
