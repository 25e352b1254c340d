from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor, ActorKind, Role
from depot.accounts import service as accounts
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.core import clock, db
from depot.documents import service as documents
from depot.documents.models import FactSource, State, Version
from depot.verification import holds, service
from tests import factories
from tests.factories import signed_in


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def version(session: Session, company: Actor) -> Version:
    made = factories.checked(company, "liability_insurance")
    session.commit()
    return made


@pytest.fixture
def browser(client: FlaskClient, reviewer: Actor, version: Version, session: Session) -> FlaskClient:
    session.commit()
    return signed_in(client, reviewer)


def form(version: Version, **changes: str) -> dict[str, str]:
    facts = version.facts(FactSource.SUBMITTED) or {}
    return {**facts, "tacitRenewal": "nee", **changes}


def test_the_queue_leads_to_a_desk_with_document_facts_and_findings(browser: FlaskClient, version: Version) -> None:
    page = browser.get("/beoordelen").text
    assert f"/beoordelen/{version.id}" in page
    desk = browser.get(f"/beoordelen/{version.id}").text
    assert f"/dossier/{version.document_id}/versies/1/bestand" in desk
    assert "Het KvK-nummer 68750110 staat in het document." in desk
    assert "Niet gescand op virussen" in desk
    assert 'value="1.250.000,00"' in desk
    assert 'value="VB-1"' in desk


def test_approving_confirms_the_facts_as_typed_and_the_queue_is_empty(
    browser: FlaskClient, version: Version, session: Session
) -> None:
    answer = browser.post(f"/beoordelen/{version.id}/goedkeuren", data=form(version, amountPerClaim="1.000.000,00"))
    assert (answer.status_code, answer.location) == (303, "/beoordelen")
    assert "is goedgekeurd" in browser.get("/beoordelen").text
    session.expire_all()
    assert version.state is State.APPROVED
    assert (version.facts(FactSource.CONFIRMED) or {})["amountPerClaim"] == "1000000.00"
    assert (version.facts(FactSource.SUBMITTED) or {})["amountPerClaim"] == "1250000.00"


def test_after_a_decision_the_next_document_opens(
    browser: FlaskClient, version: Version, company: Actor, session: Session
) -> None:
    following = factories.checked(company, "quality_mark")
    session.commit()
    answer = browser.post(f"/beoordelen/{version.id}/terugsturen", data={"reden": "Onleesbaar."})
    assert (answer.status_code, answer.location) == (303, f"/beoordelen/{following.id}")


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("endDate", "31-02-2027", "31-02-2027 bestaat niet."),
        ("endDate", "01-01-2001", "Dit is eerder dan"),
        ("amountPerClaim", "1.2.3", "Schrijf een bedrag als 1.250.000,00."),
        ("coverKind", "alles", "Kies een van de mogelijkheden."),
    ],
)
def test_facts_that_are_wrong_come_back_on_the_desk_with_what_was_typed(
    browser: FlaskClient, version: Version, session: Session, name: str, typed: str, sentence: str
) -> None:
    answer = browser.post(
        f"/beoordelen/{version.id}/goedkeuren", data=form(version, **{name: typed, "insurer": "Verbeterd"})
    )
    assert answer.status_code == 400
    assert sentence in answer.text
    assert 'value="Verbeterd"' in answer.text
    assert f"field-{name}-error" in answer.text
    session.expire_all()
    assert version.state is State.IN_REVIEW
    assert version.facts(FactSource.CONFIRMED) is None


def test_a_field_that_the_kind_does_not_have_is_refused(browser: FlaskClient, version: Version) -> None:
    answer = browser.post(f"/beoordelen/{version.id}/goedkeuren", data=form(version, colour="rood"))
    assert answer.status_code == 400
    assert "Dit veld bestaat niet." in answer.text


def test_returning_takes_a_reason(browser: FlaskClient, version: Version, session: Session) -> None:
    for data in ({}, {"reden": "  "}):
        answer = browser.post(f"/beoordelen/{version.id}/terugsturen", data=data)
        assert answer.status_code == 400
        assert "Schrijf wat het bedrijf moet doen." in answer.text
    long = browser.post(f"/beoordelen/{version.id}/terugsturen", data={"reden": "x" * 2001})
    assert long.status_code == 400
    assert "x" * 2001 in long.text
    session.expire_all()
    assert version.state is State.IN_REVIEW
    assert (
        browser.post(f"/beoordelen/{version.id}/terugsturen", data={"reden": "Pagina 2 ontbreekt."}).status_code == 303
    )
    session.expire_all()
    assert version.state is State.RETURNED


def test_reasons_are_chosen_several_at_once_and_put_in_the_text(browser: FlaskClient, version: Version) -> None:
    address = f"/beoordelen/{version.id}/terugsturen"
    empty = browser.get(f"{address}?kies=iets+anders").text.split("<textarea")[1]
    assert "Lever" not in empty
    chosen = browser.get(f"{address}?kies=no_amounts&kies=unreadable")
    text = chosen.text.split("<textarea")[1].split("</textarea>")[0]
    assert text.index("Lever een betere scan") < text.index("\n\nDe verzekerde bedragen")
    assert chosen.text.count(" checked") == 2
    assert "gewaarmerkt uittreksel" not in chosen.text


def test_asking_for_more_returns_the_document_with_the_question(
    browser: FlaskClient, version: Version, session: Session
) -> None:
    address = f"/beoordelen/{version.id}/terugsturen?vraag=ja"
    assert "Wat wilt u weten?" in browser.get(address).text
    assert "Wat wilt u weten?" in browser.post(address, data={"reden": ""}).text
    assert browser.post(address, data={"reden": "Dekt dit ook Emmen?"}).status_code == 303
    session.expire_all()
    assert version.state is State.RETURNED


def test_what_must_be_looked_at_anew_is_kept_or_revoked_from_its_desk(
    browser: FlaskClient, version: Version, reviewer: Actor, session: Session
) -> None:
    facts = version.facts(FactSource.SUBMITTED) or {}
    ends = (clock.today() + timedelta(days=730)).isoformat()
    service.approve(reviewer, version.id, facts=facts | {"endDate": ends})
    session.commit()
    assert "Er wacht niets" in browser.get("/herbeoordelen").text
    with clock.moved_to(clock.now() + timedelta(days=366)):
        signed_in(browser, reviewer)
        assert f"/beoordelen/{version.id}" in browser.get("/herbeoordelen").text
        desk = browser.get(f"/beoordelen/{version.id}").text
        assert "Nog steeds juist" in desk
        answer = browser.post(f"/beoordelen/{version.id}/nog-juist", data={"opmerking": "Nagebeld."})
        assert (answer.status_code, answer.location) == (303, "/herbeoordelen")
        assert "Nog steeds juist" not in browser.get(f"/beoordelen/{version.id}").text
        address = f"/beoordelen/{version.id}/goedkeuring-intrekken"
        assert "Dit kunt u niet terugdraaien" in browser.get(address).text
        assert browser.post(address, data={"reden": " "}).status_code == 400
        assert browser.post(address, data={"reden": "De verzekeraar kent de polis niet."}).status_code == 303
    session.expire_all()
    assert version.state is State.REVOKED


def test_the_desk_lists_its_keys_and_where_they_lead(
    browser: FlaskClient, version: Version, company: Actor, session: Session
) -> None:
    following = factories.checked(company, "quality_mark")
    session.commit()
    desk = browser.get(f"/beoordelen/{version.id}").text
    for key in "arvj":
        assert f'data-key="{key}"' in desk
    assert 'data-key="k"' not in desk
    assert "Sneltoetsen gebruiken in deze browser" in desk
    assert f"/beoordelen/{following.id}" in desk


def test_a_renewal_stands_beside_what_it_renews_with_the_days_between(
    browser: FlaskClient, version: Version, company: Actor, reviewer: Actor, session: Session
) -> None:
    facts = version.facts(FactSource.SUBMITTED) or {}
    service.approve(reviewer, version.id, facts=facts)
    starts = date.fromisoformat(facts["endDate"]) + timedelta(days=4)
    new = facts | {"startDate": starts.isoformat(), "endDate": (starts + timedelta(days=365)).isoformat()}
    paper = factories.file(factories.pdf("volgend jaar"))
    renewal = documents.deposit_next(company, version.document_id, relation="renewal", upload=paper, facts=new)
    service.run_checks()
    session.commit()
    desk = browser.get(f"/beoordelen/{renewal.id}").text
    assert "Vergeleken met versie 1" in desk
    assert "2 gegevens zijn anders." in desk
    assert "zitten 3 dagen die geen van beide dekt" in desk


def test_a_document_that_a_colleague_has_open_is_not_opened_or_decided_on(
    browser: FlaskClient, version: Version, session: Session
) -> None:
    operator = session.scalars(select(Organisation).where(Organisation.name == "Depot")).one()
    user = accounts.add_user(
        operator, Role.REVIEWER, email="tweede@depot.example", name="T", password=factories.PASSWORD
    )
    holds.take(Actor(ActorKind.USER, user.id, operator.id, Role.REVIEWER), version.id)
    session.commit()
    for answer in (
        browser.get(f"/beoordelen/{version.id}"),
        browser.post(f"/beoordelen/{version.id}/goedkeuren", data=form(version)),
        browser.post(f"/beoordelen/{version.id}/terugsturen", data={"reden": "Onleesbaar."}),
    ):
        assert answer.status_code == 409
        assert "Een collega heeft dit document open." in answer.text
    assert str(version.id) not in browser.get("/beoordelen").text
    with clock.moved_to(clock.now() + timedelta(minutes=31)):
        assert str(version.id) in browser.get("/beoordelen").text


def test_deciding_twice_says_what_happened(browser: FlaskClient, version: Version) -> None:
    browser.post(f"/beoordelen/{version.id}/goedkeuren", data=form(version))
    again = browser.post(f"/beoordelen/{version.id}/goedkeuren", data=form(version))
    assert again.status_code == 409
    assert "deze versie heeft de status “goedgekeurd”" in again.text


def test_the_desk_of_what_does_not_exist_is_not_found(browser: FlaskClient) -> None:
    unknown = db.new_id()
    assert browser.get(f"/beoordelen/{unknown}").status_code == 404
    assert browser.get(f"/beoordelen/{unknown}/terugsturen").status_code == 404
    assert browser.post(f"/beoordelen/{unknown}/goedkeuren").status_code == 404
    assert browser.post(f"/beoordelen/{unknown}/terugsturen", data={"reden": "x"}).status_code == 404
    assert browser.get("/beoordelen/geen-sleutel").status_code == 404


@pytest.mark.parametrize("path", ["", "/{id}", "/{id}/terugsturen"])
def test_a_company_does_not_see_the_reviewers_pages(
    client: FlaskClient, company: Actor, version: Version, path: str
) -> None:
    answer = signed_in(client, company).get(f"/beoordelen{path.format(id=version.id)}")
    assert answer.status_code == 403


def test_a_reviewer_who_opens_the_file_leaves_a_trace(
    browser: FlaskClient, version: Version, company: Actor, session: Session
) -> None:
    answer = browser.get(f"/dossier/{version.document_id}/versies/1/bestand")
    assert answer.status_code == 200
    assert answer.data == factories.pdf()
    event = session.scalars(select(Event).where(Event.action == "document.read")).one()
    assert event.about_company_id == company.organisation_id
