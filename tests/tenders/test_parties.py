from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor, Role
from depot.accounts.models import Organisation, OrganisationState
from depot.audit.models import Event
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound
from depot.core.http import DepotFlask
from depot.core.storage import store
from depot.mail.models import Message
from depot.tenders import dossiers, letters, participations, parties, queries, revisions
from depot.tenders import service as tenders
from depot.tenders.judgement import Verdict
from depot.tenders.language import SCHEMA
from depot.tenders.models import Declaration, Participation, Party, PartyRole, PartyState, Tender
from tests import factories
from tests.factories import DAGOBERT, DONALD, KATRIEN, signed_in


def requirement(id: str, kind: str, roles: list[str], aggregation: str = "any") -> dict[str, Any]:
    return {
        "id": id,
        "label": f"Eis {id}",
        "kind": "suitability",
        "stage": "bid",
        "subject": {"roles": roles, "aggregation": aggregation},
        "rule": {"document": kind, "all": [{"validOn": "reference"}]} if kind == "liability_insurance" else {
            "document": kind,
            "all": [{"issuedWithin": "P6M"}],
        },
    }  # fmt: skip


RULES = {
    "schema": SCHEMA,
    "requirements": [
        requirement("E1", "kvk_extract", ["bidder", "member", "reliedOn"], "each"),
        requirement("E2", "liability_insurance", ["bidder", "member", "reliedOn"]),
    ],
}


@pytest.fixture
def other(session: Session) -> Actor:
    return factories.company(DAGOBERT)


@pytest.fixture
def tender(session: Session, buyer: Actor) -> Tender:
    closes_at = clock.now() + timedelta(days=30)
    row = tenders.create(
        buyer,
        number="2027-01",
        title="Toeleiden naar werk",
        procedure="open",
        closes_at=closes_at,
        evidence_until=closes_at + timedelta(days=14),
    )
    tenders.write_rules(buyer, row.id, RULES)
    made = tenders.publish(buyer, row.id)
    session.commit()
    return made


def ask(company: Actor, tender: Tender, role: str = "relied_on", kvk_number: str = DAGOBERT) -> Party:
    return parties.add(company, tender.id, kvk_number=kvk_number, role=role, task="Jobcoaching in de regio")


def confirm(actor: Actor, party: Party) -> Party:
    return parties.confirm(actor, party.id, declares=True, consents=True, authority="bestuurder")


def own(company: Actor, tender: Tender) -> Participation:
    row = queries.own_participation(company, tender)
    assert row is not None
    return row


def verdict(row: Participation, requirement: str) -> Verdict | None:
    found = dossiers.judge(row.tender, [row]).verdicts[row.id]
    return next(item.verdict for item in found if item.requirement_id == requirement)


def refused(act: Callable[[], Any]) -> dict[str, list[str]]:
    db.session.commit()
    with pytest.raises((Invalid, Conflict)) as caught, db.transaction():
        act()
    db.session.expire_all()
    return {name: [str(line) for line in lines] for name, lines in caught.value.fields.items()}


def opened(actor: Actor, declaration: Declaration) -> str:
    """The hash of a declaration as somebody reads it."""
    found = letters.open_declaration(actor, declaration.id)
    with found.content:
        assert sha256(found.content.read()).hexdigest() == found.sha256
    assert found.media_type == "application/pdf"
    return found.sha256


def read(key: str) -> str:
    with pikepdf.open(BytesIO(store().read(key))) as pdf:
        assert "/Sig" in str(pdf.Root.AcroForm.Fields[0].FT)
        return str(pdf.docinfo.get("/Title") or pdf.open_metadata().get("dc:title"))


def test_who_is_asked_gets_a_mail_and_counts_only_after_confirming(
    session: Session, company: Actor, other: Actor, tender: Tender
) -> None:
    factories.approved(other, factories.reviewer(), "liability_insurance")
    row = factories.participant(company, tender)
    party = ask(company, tender)
    mails = session.scalars(select(Message).where(Message.template == "party_asked")).all()
    assert [mail.address for mail in mails] == [factories.email_of(other)]
    assert (party.state, verdict(row, "E2")) == (PartyState.ASKED, Verdict.NOT_MET)
    assert not queries.consents([row.id])[1:]
    confirm(other, party)
    assert (party.state, verdict(row, "E2")) == (PartyState.CONFIRMED, Verdict.MET)
    [answer] = session.scalars(select(Message).where(Message.template == "party_answered"))
    assert (answer.address, answer.payload["is_confirmed"]) == (factories.email_of(company), True)


def test_a_party_signs_and_consents_for_itself_and_for_what_is_asked_of_its_role(
    session: Session, company: Actor, other: Actor, tender: Tender
) -> None:
    row = factories.participant(company, tender)
    party = confirm(other, ask(company, tender))
    consents = {giver.company_id: each for giver, each in queries.consents([row.id])}
    assert consents[other.organisation_id].kinds == ["kvk_extract", "liability_insurance"]
    assert consents[other.organisation_id].given_by == other.id
    [declared] = [each for each in queries.declarations([row.id]) if each.party_id == party.id]
    assert (declared.signed_by, declared.authority) == (other.id, "bestuurder")
    events = session.scalars(select(Event).where(Event.about_company_id == other.organisation_id)).all()
    assert {event.action for event in events} >= {"participation.write", "consent.give"}


def test_a_subcontractor_of_whom_nothing_is_asked_consents_to_nothing(
    company: Actor, other: Actor, tender: Tender
) -> None:
    row = factories.participant(company, tender)
    party = ask(company, tender, "subcontractor")
    parties.confirm(other, party.id, declares=True, consents=False, authority="bestuurder")
    assert [giver.company_id for giver, _each in queries.consents([row.id])] == [company.organisation_id]


def test_without_declaration_and_consent_nobody_becomes_a_party(company: Actor, other: Actor, tender: Tender) -> None:
    party = ask(company, tender)
    assert refused(lambda: parties.confirm(other, party.id, declares=False, consents=False, authority="x")) == {
        "verklaring": ["Zonder deze verklaring kunt u geen partij zijn."],
        "toestemming": ["Zonder toestemming kan de gemeente uw bewijs niet lezen."],
    }
    assert not db.session.query(Declaration).count()


def test_a_member_makes_a_lead_of_who_takes_part_as_long_as_there_is_one(
    company: Actor, other: Actor, tender: Tender
) -> None:
    row = factories.participant(company, tender)
    assert row.own_party.role is PartyRole.BIDDER
    party = ask(company, tender, "member")
    assert row.own_party.role is PartyRole.LEAD
    parties.remove(company, tender.id, party.id)
    assert row.own_party.role is PartyRole.BIDDER


def test_of_every_member_is_asked_what_each_must_meet(company: Actor, other: Actor, tender: Tender) -> None:
    reviewer = factories.reviewer()
    factories.approved(company, reviewer)
    row = factories.participant(company, tender)
    assert verdict(row, "E1") is Verdict.MET
    confirm(other, ask(company, tender, "member"))
    assert verdict(row, "E1") is Verdict.NOT_MET
    factories.approved(other, reviewer)
    assert verdict(row, "E1") is Verdict.MET


@pytest.mark.parametrize("kvk_number", [DONALD, KATRIEN])
def test_itself_or_a_company_outside_the_depot_cannot_be_asked(company: Actor, tender: Tender, kvk_number: str) -> None:
    found = refused(lambda: ask(company, tender, kvk_number=kvk_number))
    assert list(found) == ["kvkNummer"]


def test_a_municipality_or_a_suspended_company_cannot_be_asked(
    session: Session, company: Actor, other: Actor, tender: Tender
) -> None:
    session.get_one(Organisation, other.organisation_id).state = OrganisationState.SUSPENDED
    assert refused(lambda: ask(company, tender)) == {
        "kvkNummer": ["Dit bedrijf heeft geen dossier in het depot. Vraag het om zich eerst aan te melden."]
    }


def test_a_company_is_asked_in_one_role_and_anew_after_it_refused(
    session: Session, company: Actor, other: Actor, tender: Tender
) -> None:
    party = ask(company, tender)
    assert refused(lambda: ask(company, tender, "member")) == {
        "kvkNummer": ["Dit bedrijf doet al mee. Een bedrijf heeft één rol."]
    }
    parties.refuse(other, party.id)
    again = ask(company, tender, "member")
    assert (again.id, again.state, again.role) == (party.id, PartyState.ASKED, PartyRole.MEMBER)
    assert session.query(Message).where(Message.template == "party_asked").count() == 2


def test_two_companies_do_not_ask_each_other(company: Actor, other: Actor, tender: Tender) -> None:
    ask(company, tender)
    assert list(refused(lambda: ask(other, tender, kvk_number=DONALD))) == ["kvkNummer"]


def test_the_lead_hears_a_refusal_and_takes_the_party_out(
    session: Session, company: Actor, other: Actor, tender: Tender
) -> None:
    party = ask(company, tender)
    parties.refuse(other, party.id)
    [told] = session.scalars(select(Message).where(Message.template == "party_answered"))
    assert (told.address, told.payload["is_confirmed"]) == (factories.email_of(company), False)
    refused(lambda: confirm(other, party))
    parties.remove(company, tender.id, party.id)
    assert own(company, tender).parties[1].state is PartyState.REMOVED
    with pytest.raises(NotFound):
        queries.party(other, party.id)
    assert not session.scalars(select(Message).where(Message.template == "party_removed")).all()


def test_the_other_parties_hear_each_time_that_the_lead_steps_out(
    session: Session, company: Actor, other: Actor, tender: Tender
) -> None:
    third = factories.company(KATRIEN)
    factories.participant(company, tender)
    confirm(other, ask(company, tender))
    parties.refuse(third, ask(company, tender, kvk_number=KATRIEN).id)
    participations.withdraw(company, tender.id)

    def told() -> list[str]:
        return [row.address for row in session.scalars(select(Message).where(Message.template == "lead_withdrew"))]

    assert told() == [factories.email_of(other)]
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        factories.participant(company, tender)
        participations.withdraw(company, tender.id)
    assert told() == [factories.email_of(other)] * 2


def test_a_party_confirms_again_when_the_requirements_changed(
    session: Session, client: FlaskClient, buyer: Actor, company: Actor, other: Actor, tender: Tender
) -> None:
    row = factories.participant(company, tender)
    party = confirm(other, ask(company, tender))
    refused(lambda: confirm(other, party))
    revisions.begin(buyer, tender.id)
    more = requirement("E3", "privacy_policy", ["bidder", "reliedOn"])
    more["rule"] = {"document": "privacy_policy", "all": [{"validOn": "reference"}]}
    tenders.write_rules(buyer, tender.id, {**RULES, "requirements": [*RULES["requirements"], more]})
    tenders.publish(buyer, tender.id)
    session.commit()
    told = {row.address: row for row in session.scalars(select(Message)) if row.template == "requirements_changed"}
    assert told[factories.email_of(other)].payload["party_id"] == str(party.id)
    assert not told[factories.email_of(company)].payload["party_id"]
    browser, page = signed_in(client, other), f"/aanbestedingen/partij/{party.id}"
    assert "Opnieuw bevestigen" in browser.get(page).text
    form = {"bevoegdheid": "bestuurder", "verklaring": "true", "toestemming": "true"}
    assert browser.post(f"{page}/bevestigen", data=form).status_code == 303
    assert "Opnieuw bevestigen" not in browser.get(page).text
    session.expire_all()
    [consent] = [each for giver, each in queries.consents([row.id]) if giver.id == party.id]
    assert "privacy_policy" in consent.kinds
    assert browser.post(f"{page}/bevestigen", data=form).status_code == 409


def test_who_steps_out_ends_its_consent_and_counts_no_longer(company: Actor, other: Actor, tender: Tender) -> None:
    document = factories.deposited(other).document
    row = factories.participant(company, tender)
    party = confirm(other, ask(company, tender))
    assert document.needed_by == clock.day_of(tender.closes_at)
    parties.refuse(other, party.id)
    assert [giver.company_id for giver, _each in queries.consents([row.id])] == [company.organisation_id]
    assert document.needed_by is None


def test_a_party_takes_its_own_consent_back_and_nobody_elses(company: Actor, other: Actor, tender: Tender) -> None:
    row = factories.participant(company, tender)
    party = confirm(other, ask(company, tender))
    participations.withdraw_consent(company, tender.id)
    assert [giver.company_id for giver, _each in queries.consents([row.id])] == [other.organisation_id]
    parties.withdraw_consent(other, party.id)
    refused(lambda: parties.withdraw_consent(other, party.id))
    assert not queries.consents([row.id])


def test_after_the_closing_the_parties_stay_as_they_are(company: Actor, other: Actor, tender: Tender) -> None:
    factories.participant(company, tender)
    party = ask(company, tender)
    factories.company(KATRIEN)
    with clock.moved_to(tender.closes_at):
        refused(lambda: confirm(other, party))
        refused(lambda: parties.refuse(other, party.id))
        refused(lambda: parties.remove(company, tender.id, party.id))
        refused(lambda: ask(company, tender, kvk_number=KATRIEN))
    with clock.moved_to(tender.closes_at - timedelta(microseconds=1)):
        assert confirm(other, party).counts


def test_nobody_answers_for_another_company(company: Actor, other: Actor, tender: Tender) -> None:
    party = ask(company, tender)
    stranger = factories.company(KATRIEN)
    for actor in (stranger, company):
        for act in (parties.refuse, parties.withdraw_consent):
            with pytest.raises(NotFound):
                act(actor, party.id)
    with pytest.raises(NotFound):
        parties.remove(stranger, tender.id, party.id)
    own_party = own(company, tender).own_party
    with pytest.raises(NotFound):
        parties.remove(company, tender.id, own_party.id)


def test_only_who_administers_a_company_asks_and_answers(
    session: Session, company: Actor, other: Actor, tender: Tender
) -> None:
    party = ask(company, tender)
    member = factories.member(session.get_one(Organisation, other.organisation_id), Role.COMPANY_MEMBER)
    assert queries.party(member, party.id)[0] is party
    with pytest.raises(Forbidden):
        confirm(member, party)
    with pytest.raises(Forbidden):
        ask(factories.company(KATRIEN, Role.COMPANY_MEMBER), tender)


def test_the_letter_of_intent_is_a_sealed_file_with_what_was_declared(
    session: Session, company: Actor, tender: Tender
) -> None:
    row = factories.participant(company, tender)
    [declared] = queries.declarations([row.id])
    assert declared.object_key is not None
    assert declared.object_key.startswith(letters.PREFIX)
    assert read(declared.object_key) == "Intentieverklaring"
    assert opened(company, declared) == declared.sha256


def test_a_declaration_is_read_by_signer_lead_and_after_the_closing_the_municipality(
    buyer: Actor, company: Actor, other: Actor, tender: Tender
) -> None:
    row = factories.participant(company, tender)
    party = confirm(other, ask(company, tender))
    lead, commitment = sorted(queries.declarations([row.id]), key=lambda each: each.party_id is not None)
    assert commitment.party_id == party.id
    for actor in (company, other):
        assert opened(actor, commitment) == commitment.sha256
    for actor, each in ((other, lead), (factories.company(KATRIEN), commitment), (buyer, lead), (buyer, commitment)):
        with pytest.raises(NotFound):
            opened(actor, each)
    stranger = factories.municipality(name="Gemeente Emmen", code="gm0114")
    with clock.moved_to(tender.closes_at):
        assert opened(buyer, commitment) == commitment.sha256
        with pytest.raises(NotFound):
            opened(stranger, commitment)


def test_a_letter_that_no_row_points_to_is_removed_after_a_day(company: Actor, tender: Tender) -> None:
    row = factories.participant(company, tender)
    store().put_bytes(f"{letters.PREFIX}lost", b"%PDF-")
    assert letters.remove_orphans() == 0
    with clock.moved_to(clock.now() + timedelta(days=2)):
        assert letters.remove_orphans() >= 1
    [declared] = queries.declarations([row.id])
    assert opened(company, declared)


def test_signs_that_a_letter_cannot_show_do_not_stop_it(company: Actor, other: Actor, tender: Tender) -> None:
    factories.participant(company, tender)
    party = parties.add(company, tender.id, kvk_number=DAGOBERT, role="relied_on", task="漢字 \u202e " + "x" * 200)
    assert confirm(other, party).counts


def test_a_company_asks_another_and_that_one_answers_on_its_own_page(
    session: Session, app: DepotFlask, client: FlaskClient, company: Actor, other: Actor, tender: Tender
) -> None:
    session.commit()
    lead = signed_in(client, company)
    page = f"/aanbestedingen/{tender.id}"
    wrong = lead.post(f"{page}/partijen", data={"kvkNummer": "123", "rol": "baas", "taak": ""})
    assert wrong.status_code == 400
    assert all(text in wrong.text for text in ("Een KvK-nummer heeft 8 cijfers.", "Kies een van de mogelijkheden."))
    given = {"kvkNummer": "6959 9084", "rol": "relied_on", "taak": "Jobcoaching"}
    assert lead.post(f"{page}/partijen", data=given).status_code == 303
    shown = lead.get(page).text
    assert "Test EMZ Dagobert" in shown
    assert "gevraagd" in shown
    asked = signed_in(app.test_client(), other)
    party = own(company, tender).parties[1]
    theirs = f"/aanbestedingen/partij/{party.id}"
    assert theirs in asked.get("/aanbestedingen").text
    assert "mag zich bij de opdracht" in asked.get(theirs).text
    refused = asked.post(f"{theirs}/bevestigen", data={"bevoegdheid": "bestuurder"})
    assert refused.status_code == 400
    answer = {"bevoegdheid": "bestuurder", "verklaring": "true", "toestemming": "true"}
    assert asked.post(f"{theirs}/bevestigen", data=answer).status_code == 303
    assert asked.post(f"{theirs}/bevestigen", data=answer).status_code == 409
    assert "Toestemming intrekken" in asked.get(theirs).text
    [declared] = queries.declarations([party.participation_id])
    sealed = asked.get(f"/verklaringen/{declared.id}")
    assert (sealed.status_code, sealed.data[:5]) == (200, b"%PDF-")
    assert asked.post(f"{theirs}/toestemming-intrekken").status_code == 303
    assert lead.get(theirs).status_code == 404
    assert asked.post(f"{theirs}/weigeren").status_code == 303
    assert "geweigerd" in lead.get(page).text
    assert lead.post(f"{page}/partijen/{party.id}/weg").status_code == 303
    assert asked.get(theirs).status_code == 404
