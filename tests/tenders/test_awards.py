from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from depot.access import Actor, Role
from depot.accounts.models import Organisation
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound
from depot.core.http import DepotFlask
from depot.core.storage import store
from depot.mail.models import Message
from depot.tenders import awards, letters, participations, queries
from depot.tenders import service as tenders
from depot.tenders.models import Participation, ParticipationState, Tender, TenderState
from tests import factories
from tests.factories import DAGOBERT, signed_in


def refused(act: Callable[[], Any]) -> dict[str, list[str]]:
    db.session.commit()
    with pytest.raises((Invalid, Conflict)) as caught, db.transaction():
        act()
    db.session.expire_all()
    return {name: [str(line) for line in lines] for name, lines in caught.value.fields.items()}


def test_the_last_decision_of_all_finishes_the_tender(
    session: Session, buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    second = factories.participant(factories.company(DAGOBERT), tender)
    with clock.moved_to(tender.closes_at):
        for each in (row, second):
            participations.select(buyer, each.id, motivation="")
        awards.award(buyer, row.id, motivation="Beste plan.")
        assert (row.state, tender.state) == (ParticipationState.AWARDED, TenderState.EVIDENCE)
        awards.pass_over(buyer, second.id, motivation="Duurder.")
    assert (second.state, second.motivation) == (ParticipationState.NOT_AWARDED, "Duurder.")
    assert tender.state is TenderState.AWARDED
    mails = [mail for mail in session.query(Message) if mail.template == "decided"]
    assert sorted(mail.payload["outcome"] for mail in mails) == ["awarded", "not_awarded"]
    assert not any("Beste plan." in str(mail.payload) for mail in mails)


def test_without_an_award_the_tender_goes_on(buyer: Actor, tender: Tender, row: Participation) -> None:
    with clock.moved_to(tender.closes_at):
        participations.select(buyer, row.id, motivation="")
        awards.pass_over(buyer, row.id, motivation="Past niet.")
        assert tender.state is TenderState.EVIDENCE
        assert awards.abandon(buyer, tender.id, reason="Niemand over.").state is TenderState.ABANDONED


def test_only_who_was_selected_is_awarded_once_and_with_a_motivation(
    buyer: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        refused(lambda: awards.award(buyer, row.id, motivation="Goed."))
        participations.select(buyer, row.id, motivation="")
        assert refused(lambda: awards.award(buyer, row.id, motivation="")) == {
            "motivering": ["Schrijf waarom u dit besluit."]
        }
        awards.award(buyer, row.id, motivation="Goed.")
        refused(lambda: awards.award(buyer, row.id, motivation="Goed."))
        refused(lambda: awards.pass_over(buyer, row.id, motivation="Toch niet."))


def test_each_decision_is_a_sealed_letter_for_both_sides_and_nobody_else(
    buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        participations.select(buyer, row.id, motivation="Goed plan.")
        awards.award(buyer, row.id, motivation="Beste plan.")
    written = queries.letters(row.id)
    assert [letter.outcome for letter in written] == ["awarded", "selected"]
    for actor in (buyer, company):
        found = letters.open_letter(actor, written[0].id)
        with found.content:
            data = found.content.read()
        assert (data[:5], b"/ByteRange" in data, found.size) == (b"%PDF-", True, len(data))
    strangers = (factories.company(DAGOBERT), factories.municipality(name="Gemeente Emmen", code="gm0114"))
    for actor in (*strangers, factories.reviewer()):
        with pytest.raises(NotFound):
            letters.open_letter(actor, written[0].id)
    assert set(store().keys(letters.PREFIX))
    assert queries.stored_keys() >= {letter.object_key for letter in written}


def test_stopping_a_tender_takes_a_reason_and_tells_who_still_waits(
    session: Session, buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    told = factories.participant(factories.company(DAGOBERT), tender)
    assert refused(lambda: awards.abandon(buyer, tender.id, reason="")) == {
        "motivering": ["Schrijf waarom de aanbesteding stopt."]
    }
    with clock.moved_to(tender.closes_at):
        participations.reject(buyer, told.id, motivation="Te laat.")
        awards.abandon(buyer, tender.id, reason="Het beleid is veranderd.")
        refused(lambda: awards.abandon(buyer, tender.id, reason="Nog eens."))
        refused(lambda: participations.select(buyer, row.id, motivation=""))
    assert (tender.state, tender.abandoned_because) == (TenderState.ABANDONED, "Het beleid is veranderd.")
    assert [letter.outcome for letter in queries.letters(row.id)] == ["abandoned"]
    assert [letter.outcome for letter in queries.letters(told.id)] == ["rejected"]


def test_a_reader_and_another_municipality_award_and_stop_nothing(
    session: Session, buyer: Actor, tender: Tender, row: Participation
) -> None:
    reader = factories.member(session.get_one(Organisation, buyer.organisation_id), Role.MUNICIPALITY_READER)
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    with clock.moved_to(tender.closes_at):
        participations.select(buyer, row.id, motivation="")
        for actor, error in ((reader, Forbidden), (other, NotFound)):
            for act in (
                lambda actor=actor: awards.award(actor, row.id, motivation="Ja."),
                lambda actor=actor: awards.pass_over(actor, row.id, motivation="Nee."),
                lambda actor=actor: awards.abandon(actor, tender.id, reason="Stop."),
            ):
                with pytest.raises(error):
                    act()


def claim(company: Actor) -> None:
    factories.approved(
        company,
        factories.reviewer(),
        "quality_mark",
        proofKind="equivalent_certificate",
        equivalenceClaim="Eigen kwaliteitshandboek met jaarlijkse meting, beschreven per norm van het keurmerk.",
        scheme="other",
    )


def test_a_decision_is_precedent_after_the_award_and_with_the_companys_consent_only(
    session: Session, buyer: Actor, company: Actor, tender: Tender
) -> None:
    claim(company)
    row = factories.participant(company, tender)
    later_buyer = factories.municipality(name="Gemeente Emmen", code="gm0114")
    later = factories.tender(later_buyer, "quality", closes_at=tender.closes_at + timedelta(days=1))
    again = factories.participant(company, later)
    elsewhere = factories.participant(factories.company(DAGOBERT), later)
    with clock.moved_to(tender.closes_at):
        for text, is_accepted in (("De meting ontbreekt.", False), ("Het handboek dekt de norm.", True)):
            participations.decide(buyer, row.id, "E2", is_accepted=is_accepted, motivation=text)
        participations.select(buyer, row.id, motivation="")
        refused(lambda: awards.share(company, tender.id, shares=True))
        awards.award(buyer, row.id, motivation="Goed.")
    with clock.moved_to(later.closes_at):
        assert not awards.precedents(later_buyer, again)
        awards.share(company, tender.id, shares=True)
        [found] = awards.precedents(later_buyer, again)["E1"]
        assert (found.municipality, found.is_accepted, found.motivation) == (
            "Gemeente Apeldoorn",
            True,
            "Het handboek dekt de norm.",
        )
        assert not awards.precedents(later_buyer, elsewhere)
        awards.share(company, tender.id, shares=False)
        assert not awards.precedents(later_buyer, again)


def asking(buyer: Actor, number: str, question: str) -> Tender:
    """A published tender that asks one thing, which the buyer judges."""
    closes_at = clock.now() + timedelta(days=10)
    row = tenders.create(
        buyer,
        number=number,
        title="Activering",
        procedure="open",
        closes_at=closes_at,
        evidence_until=closes_at + timedelta(days=14),
    )
    tenders.add_requirement(buyer, row.id, "question", {"question": question})
    return tenders.publish(buyer, row.id)


def test_a_precedent_about_a_question_tells_what_the_question_was(
    session: Session, buyer: Actor, company: Actor
) -> None:
    later_buyer = factories.municipality(name="Gemeente Emmen", code="gm0114")
    first, later = asking(buyer, "2027-08", "Kent het bureau de streek?"), asking(later_buyer, "2027-09", "Past het?")
    row, again = factories.participant(company, first), factories.participant(company, later)
    with clock.moved_to(first.closes_at):
        participations.decide(buyer, row.id, "E1", is_accepted=True, motivation="Werkt er tien jaar.")
        participations.select(buyer, row.id, motivation="")
        awards.award(buyer, row.id, motivation="Goed.")
        awards.share(company, first.id, shares=True)
        [found] = awards.precedents(later_buyer, again)["E1"]
    assert found.requirement == "Kent het bureau de streek?"


def test_the_pages_award_stop_and_show_letters_and_precedents(
    session: Session, app: DepotFlask, client: FlaskClient, buyer: Actor, company: Actor
) -> None:
    now = clock.now()
    with clock.moved_to(now - timedelta(days=31)):
        tender = factories.tender(buyer, "quality", closes_at=now - timedelta(days=1))
        claim(company)
        row = factories.participant(company, tender)
        second = factories.municipality(name="Gemeente Emmen", code="gm0114")
        later = factories.tender(second, "quality", closes_at=now - timedelta(hours=1))
        again = factories.participant(company, later)
    participations.decide(buyer, row.id, "E1", is_accepted=True, motivation="Het handboek dekt de norm.")
    participations.select(buyer, row.id, motivation="")
    session.commit()
    desk, page = signed_in(client, buyer), f"/gemeente/deelnemers/{row.id}"
    assert desk.post(f"{page}/gunnen", data={"motivering": ""}).status_code == 400
    assert desk.post(f"{page}/gunnen", data={"motivering": "Beste plan."}).status_code == 303
    assert desk.post(f"{page}/niet-gunnen", data={"motivering": "Toch niet."}).status_code == 409
    assert "Brief: De opdracht wordt aan u gegund" in desk.get(page).text
    own = signed_in(app.test_client(), company)
    shown = own.get(f"/aanbestedingen/{tender.id}").text
    letter = queries.letters(row.id)[0]
    assert f"/brieven/{letter.id}" in shown
    assert own.get(f"/brieven/{letter.id}").data[:5] == b"%PDF-"
    assert own.post(f"/aanbestedingen/{tender.id}/delen", data={"delen": "true"}).status_code == 303
    other = signed_in(app.test_client(), second)
    assert "Eerder besluit, geen regel" in other.get(f"/gemeente/deelnemers/{again.id}").text
    stop = f"/gemeente/aanbestedingen/{later.id}/stoppen"
    assert other.get(stop).status_code == 200
    assert other.post(stop, data={}).status_code == 400
    assert other.post(stop, data={"motivering": "Het beleid is veranderd."}).status_code == 303
    stopped = own.get(f"/aanbestedingen/{later.id}").text
    assert "Het beleid is veranderd." in stopped
    assert "U krijgt een mail met het besluit" not in stopped
    assert "Het beleid is veranderd." in other.get(f"/gemeente/aanbestedingen/{later.id}").text
    assert desk.get(stop).status_code == 404
