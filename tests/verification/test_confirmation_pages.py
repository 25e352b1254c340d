import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.documents.models import FactSource, Version
from depot.verification import confirmations, service
from depot.verification.confirmation_models import Confirmation, ConfirmationState
from tests import factories
from tests.accounts.links import posted, secret_of
from tests.factories import email_of, signed_in

CLIENT = "inkoop@voorbeeld.example"
ASK = {"email": CLIENT, "controle": "Op de eigen website gevonden en gebeld.", "taal": "nl"}
ANSWER = {"oordeel": "right", "tevreden": "ja", "functie": "contractmanager"}


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def version(session: Session, company: Actor) -> Version:
    made = factories.stated(company, contactEmail=CLIENT, amountTotalExVat="120000.00", resultPct="61")
    service.run_checks()
    session.commit()
    return made


@pytest.fixture
def browser(client: FlaskClient, reviewer: Actor, version: Version, session: Session) -> FlaskClient:
    session.commit()
    return signed_in(client, reviewer)


@pytest.fixture
def path(session: Session, reviewer: Actor, version: Version) -> str:
    """Where the link in the mail leads."""
    confirmations.ask(reviewer, version.id, email=CLIENT, checked_how="Website.", locale="nl")
    session.commit()
    return f"/bevestiging/{secret_of('confirmation_asked')}"


def row(session: Session) -> Confirmation:
    session.expire_all()
    return session.scalars(select(Confirmation)).one()


def test_the_desk_leads_to_asking_which_shows_the_proposed_address(browser: FlaskClient, version: Version) -> None:
    url = f"/beoordelen/{version.id}/bevestiging"
    assert url in browser.get(f"/beoordelen/{version.id}").text
    page = browser.get(url).text
    assert f'value="{CLIENT}"' in page
    assert browser.post(url, data=ASK).location == f"/beoordelen/{version.id}"
    desk = browser.get(f"/beoordelen/{version.id}").text
    assert "Gevraagd, nog geen antwoord" in desk
    assert [message.address for message in posted("confirmation_asked")] == [CLIENT]


def test_the_desk_of_another_kind_does_not_speak_of_it(browser: FlaskClient, company: Actor, session: Session) -> None:
    other = factories.checked(company, "liability_insurance")
    session.commit()
    assert "Bevestiging door de opdrachtgever" not in browser.get(f"/beoordelen/{other.id}").text
    assert browser.get(f"/beoordelen/{other.id}/bevestiging").status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "geen adres"}, "email"),
        ({"email": "a@b.example,c@d.example"}, "email"),
        ({"email": "a@b.example\r\nBcc: x@y.example"}, "email"),
        ({"email": "emmen@gmail.com"}, "email"),
        ({"controle": "  "}, "controle"),
        ({"controle": "x" * 501}, "controle"),
        ({"taal": "fr"}, "taal"),
    ],
)
def test_what_is_wrong_with_asking_is_said_at_its_field_and_nothing_is_sent(
    browser: FlaskClient, version: Version, changes: dict[str, str], field: str
) -> None:
    answer = browser.post(f"/beoordelen/{version.id}/bevestiging", data={**ASK, **changes})
    assert answer.status_code == 400
    assert f'id="field-{field}-error"' in answer.text
    assert not posted("confirmation_asked")


def test_an_address_of_the_company_itself_is_pointed_out_and_not_filled_in(
    browser: FlaskClient, company: Actor, session: Session
) -> None:
    own = email_of(company)
    made = factories.stated(company, title="Tweede", client="Elders", contactEmail=own)
    service.run_checks()
    session.commit()
    page = browser.get(f"/beoordelen/{made.id}/bevestiging").text
    assert "Dit adres is van het bedrijf zelf." in page
    assert f'value="{own}"' not in page


def test_following_the_link_uses_nothing_up_and_shows_what_the_company_says(
    client: FlaskClient, session: Session, path: str
) -> None:
    for _scanner in range(3):
        page = client.get(path)
        assert page.status_code == 200
    for said in ("Gemeente Voorbeeld", "toeleiden naar werk", "120.000,00", "61"):
        assert said in page.text
    assert CLIENT not in page.text
    assert row(session).state is ConfirmationState.ASKED


def test_an_answer_sent_twice_gives_the_same_page(client: FlaskClient, session: Session, path: str) -> None:
    pages = []
    for said in (ANSWER, {**ANSWER, "oordeel": "not_ours"}):
        answer = client.post(path, data=said)
        assert (answer.status_code, answer.location) == (303, path)
        pages.append(client.get(path).text)
    assert pages[0] == pages[1]
    assert "Uw antwoord is bewaard" in pages[0]
    kept = row(session)
    assert kept.outcome == "right"
    assert kept.answer == {
        "outcome": "right",
        "corrections": {},
        "isSatisfied": True,
        "function": "contractmanager",
        "remarks": "",
    }


def test_corrections_reach_the_reviewer_and_only_the_outcome_the_company(
    app: object, client: FlaskClient, session: Session, company: Actor, reviewer: Actor, version: Version, path: str
) -> None:
    said = {**ANSWER, "oordeel": "corrected", "correctie-amountTotalExVat": "110.000 <b>", "opmerkingen": "Let op."}
    assert client.post(path, data=said).status_code == 303
    desk = signed_in(client, reviewer).get(f"/beoordelen/{version.id}").text
    assert "De opdrachtgever zegt: juist, met correcties" in desk
    assert "110.000 &lt;b&gt;" in desk
    assert "Let op." in desk
    client.post("/uitloggen")
    own = signed_in(client, company).get(f"/dossier/{version.document_id}").text
    assert "Opdrachtgever antwoordde" in own
    assert "Juist, met correcties" in own
    assert "Let op." not in own


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"oordeel": ""}, "oordeel"),
        ({"oordeel": "misschien"}, "oordeel"),
        ({"oordeel": "corrected"}, "oordeel"),
        ({"tevreden": ""}, "tevreden"),
        ({"tevreden": "soms"}, "tevreden"),
        ({"functie": ""}, "functie"),
        ({"functie": "x" * 101}, "functie"),
        ({"opmerkingen": "x" * 2001}, "opmerkingen"),
        ({"opmerkingen": "Deelnemer 111222333 was tevreden."}, "opmerkingen"),
        ({"oordeel": "wrong"}, "opmerkingen"),
        ({"correctie-client": "Gemeente Elders"}, "correctie-client"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said_and_the_link_stays_open(
    client: FlaskClient, session: Session, path: str, changes: dict[str, str], field: str
) -> None:
    answer = client.post(path, data={**ANSWER, **changes})
    assert answer.status_code == 400
    assert f'id="field-{field}-error"' in answer.text
    assert row(session).is_open
    assert client.post(path, data=ANSWER).status_code == 303


def test_unknown_fields_large_bodies_and_other_secrets_are_refused(
    client: FlaskClient, session: Session, path: str
) -> None:
    assert client.post(path, data={**ANSWER, "correctie-contactEmail": "x"}).status_code == 400
    assert client.post(path, data={**ANSWER, "opmerkingen": "x" * 100_000}).status_code == 413
    assert client.get("/bevestiging/onbekend").status_code == 404
    assert client.post("/bevestiging/onbekend", data=ANSWER).status_code == 404
    assert row(session).is_open


def test_who_says_that_it_is_not_theirs_need_not_be_satisfied(client: FlaskClient, session: Session, path: str) -> None:
    assert client.post(path, data={"oordeel": "not_ours", "functie": "inkoper"}).status_code == 303
    kept = row(session)
    assert (kept.outcome, kept.answer and kept.answer["isSatisfied"]) == ("not_ours", None)


def test_stopping_the_question_kills_the_link(
    app: object, client: FlaskClient, session: Session, reviewer: Actor, version: Version, path: str
) -> None:
    signed_in(client, reviewer)
    assert client.post(f"/beoordelen/{version.id}/bevestiging/stoppen").status_code == 303
    assert client.get(path).status_code == 404
    assert client.post(path, data=ANSWER).status_code == 404


def test_an_earlier_answer_is_shown_beside_the_same_reference(
    client: FlaskClient, session: Session, company: Actor, reviewer: Actor, version: Version, path: str
) -> None:
    client.post(path, data=ANSWER)
    other = factories.stated(company, **{**(version.facts(FactSource.SUBMITTED) or {}), "description": "Anders."})
    service.run_checks()
    session.commit()
    desk = signed_in(client, reviewer).get(f"/beoordelen/{other.id}").text
    assert "Dit antwoord is eerder gegeven" in desk
    assert "De opdrachtgever zegt: juist" in desk


@pytest.mark.parametrize("who", ["company", "buyer"])
def test_nobody_else_asks(client: FlaskClient, session: Session, company: Actor, version: Version, who: str) -> None:
    actor = company if who == "company" else factories.municipality()
    session.commit()
    signed_in(client, actor)
    url = f"/beoordelen/{version.id}/bevestiging"
    assert client.get(url).status_code == 403
    assert client.post(url, data=ASK).status_code == 403
    assert client.post(f"{url}/stoppen").status_code == 403
