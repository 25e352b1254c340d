from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor, Role
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound
from depot.documents.models import Document
from depot.mail.models import Message
from depot.tenders import declarations, dossiers, participations, queries
from depot.tenders import service as tenders
from depot.tenders.judgement import Verdict
from depot.tenders.models import Assessment, Declaration, Participation, ParticipationState, Tender, TenderState
from depot.tenders.rules import to_json
from tests import factories

Act = Callable[[], Any]


@pytest.fixture
def tender(buyer: Actor) -> Tender:
    closes_at = clock.now() + timedelta(days=30)
    row = tenders.create(
        buyer,
        number="2027-01",
        title="Toeleiden naar werk",
        procedure="open",
        closes_at=closes_at,
        evidence_until=closes_at + timedelta(days=14),
    )
    for code, answers in (
        ("kvk-extract", {"age": "P6M"}),
        ("quality", {}),
        ("question", {"question": "Past de aanpak bij jongeren?"}),
    ):
        tenders.add_requirement(buyer, row.id, code, answers)
    return tenders.publish(buyer, row.id)


@pytest.fixture
def row(company: Actor, tender: Tender) -> Participation:
    return factories.participant(company, tender)


def refused(act: Act) -> dict[str, list[str]]:
    db.session.commit()
    with pytest.raises((Invalid, Conflict)) as caught, db.transaction():
        act()
    db.session.expire_all()
    return {name: [str(line) for line in lines] for name, lines in caught.value.fields.items()}


def verdict(row: Participation, requirement: str) -> Verdict | None:
    found = dossiers.judge(row.tender, [row]).verdicts[row.id]
    return next(item.verdict for item in found if item.requirement_id == requirement)


def test_taking_part_takes_a_declaration_and_a_consent(company: Actor, tender: Tender) -> None:
    def take_part(**said: bool) -> Act:
        return lambda: participations.take_part(company, tender.id, authority="bestuurder", **said)

    declaration = "Zonder deze verklaring kunt u niet meedoen."
    consent = "Zonder toestemming kan de gemeente uw bewijs niet lezen."
    assert refused(take_part(declares=False, consents=True)) == {"verklaring": [declaration]}
    assert refused(take_part(declares=True, consents=False)) == {"toestemming": [consent]}
    assert refused(take_part(declares=False, consents=False)) == {"verklaring": [declaration], "toestemming": [consent]}
    assert queries.own_participation(company, tender) is None


def test_taking_part_records_who_declared_and_what_may_be_read(
    session: Session, company: Actor, tender: Tender, row: Participation
) -> None:
    assert (row.state, [party.role for party in row.parties]) == (ParticipationState.SUBMITTED, ["bidder"])
    [declared] = queries.declarations([row.id])
    assert (declared.signed_by, declared.authority, declared.text_version) == (
        company.id,
        "bestuurder",
        declarations.TEXT_VERSION,
    )
    [(party, consent)] = queries.consents([row.id])
    assert (party.company_id, consent.kinds) == (company.organisation_id, ["kvk_extract", "quality_mark"])
    events = session.scalars(select(Event).where(Event.about_company_id == company.organisation_id)).all()
    assert {event.action for event in events} >= {"participation.write", "consent.give"}


def test_documents_that_a_tender_asks_are_needed_by_its_closing(company: Actor, tender: Tender) -> None:
    asked = factories.deposited(company).document
    other = factories.deposited(company, "liability_insurance").document
    factories.participant(company, tender)
    assert asked.needed_by == clock.day_of(tender.closes_at)
    assert other.needed_by is None


def test_the_nearest_tender_decides_when_a_document_is_needed(buyer: Actor, company: Actor, tender: Tender) -> None:
    document: Document = factories.deposited(company).document
    sooner = factories.tender(buyer, number="2", closes_at=clock.now() + timedelta(days=3))
    later = factories.tender(buyer, number="3", closes_at=clock.now() + timedelta(days=90))
    for one in (tender, sooner, later):
        factories.participant(company, one)
    assert document.needed_by == clock.day_of(sooner.closes_at)


def test_a_company_takes_part_once(company: Actor, tender: Tender, row: Participation) -> None:
    refused(lambda: factories.participant(company, tender))
    assert len(queries.declarations([row.id])) == len(queries.consents([row.id])) == 1


def test_until_the_closing_instant_a_company_can_take_part_and_step_out(company: Actor, tender: Tender) -> None:
    with clock.moved_to(tender.closes_at):
        refused(lambda: factories.participant(company, tender))
        assert queries.own_participation(company, tender) is None
    with clock.moved_to(tender.closes_at - timedelta(microseconds=1)):
        row = factories.participant(company, tender)
        assert participations.withdraw(company, tender.id).state is ParticipationState.WITHDRAWN
        assert not queries.consents([row.id])
        again = factories.participant(company, tender)
    assert (again.id, again.state) == (row.id, ParticipationState.SUBMITTED)
    assert len(queries.consents([row.id])) == 1
    assert db.session.query(Declaration).count() == 2
    with clock.moved_to(tender.closes_at):
        refused(lambda: participations.withdraw(company, tender.id))


def test_only_who_administers_a_company_binds_it(session: Session, tender: Tender) -> None:
    member = factories.company(factories.DAGOBERT, Role.COMPANY_MEMBER)
    with pytest.raises(Forbidden):
        factories.participant(member, tender)
    with pytest.raises(Forbidden):
        factories.participant(factories.reviewer(), tender)


def test_who_takes_part_stays_unknown_until_the_closing(buyer: Actor, tender: Tender, row: Participation) -> None:
    assert not queries.participations(buyer, tender)
    with pytest.raises(NotFound):
        queries.opened(buyer, row.id)
    with clock.moved_to(tender.closes_at):
        assert queries.participations(buyer, tender) == [row]
        assert queries.opened(buyer, row.id) is row


def test_who_stepped_out_stays_unknown(buyer: Actor, company: Actor, tender: Tender, row: Participation) -> None:
    participations.withdraw(company, tender.id)
    with clock.moved_to(tender.closes_at):
        assert not queries.participations(buyer, tender)
        with pytest.raises(NotFound):
            queries.opened(buyer, row.id)
        refused(lambda: participations.select(buyer, row.id, motivation=""))


def test_consent_is_withdrawn_once_also_after_the_closing(company: Actor, tender: Tender, row: Participation) -> None:
    with clock.moved_to(tender.closes_at + timedelta(days=1)):
        participations.withdraw_consent(company, tender.id)
        assert not queries.consents([row.id])
        assert row.state is ParticipationState.SUBMITTED
        refused(lambda: participations.withdraw_consent(company, tender.id))


def test_nobody_withdraws_for_another_company(tender: Tender, row: Participation) -> None:
    other = factories.company(factories.DAGOBERT)
    for act in (participations.withdraw, participations.withdraw_consent):
        with pytest.raises(NotFound):
            act(other, tender.id)
    assert len(queries.consents([row.id])) == 1


def test_nothing_is_decided_before_the_closing(buyer: Actor, tender: Tender, row: Participation) -> None:
    for act in (
        lambda: participations.select(buyer, row.id, motivation=""),
        lambda: participations.reject(buyer, row.id, motivation="Te laat."),
        lambda: participations.decide(buyer, row.id, "E2", is_accepted=True, motivation="Gelijkwaardig."),
    ):
        with clock.moved_to(tender.closes_at - timedelta(seconds=1)):
            refused(act)
    assert (row.state, tender.state) == (ParticipationState.SUBMITTED, TenderState.PUBLISHED)
    with clock.moved_to(tender.closes_at):
        assert participations.select(buyer, row.id, motivation="").state is ParticipationState.SELECTED


def test_selecting_keeps_the_verdict_and_tells_the_company(
    session: Session, buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at + timedelta(hours=1)):
        at = clock.now()
        participations.select(buyer, row.id, motivation="Goed plan.")
        judged = dossiers.judge(tender, [row])
    assert (row.decided_at, row.motivation, tender.state) == (at, "Goed plan.", TenderState.EVIDENCE)
    kept = queries.last_assessment(row.id, "selection")
    assert kept is not None
    assert kept.result == to_json(judged.verdicts[row.id])
    assert kept.moments["evidence"] == {
        "day": clock.day_of(tender.closes_at).isoformat(),
        "handedInBy": tender.stages[1].closes_at.isoformat(),
        "knownAt": at.isoformat(),
    }
    [mail] = session.scalars(select(Message))
    assert (mail.template, mail.address) == ("selected", factories.email_of(company))


def test_a_kept_verdict_stays_as_it_was(
    session: Session, buyer: Actor, company: Actor, tender: Tender, row: Participation
) -> None:
    reviewer = factories.reviewer()
    with clock.moved_to(tender.closes_at):
        participations.select(buyer, row.id, motivation="")
    kept = queries.last_assessment(row.id, "selection")
    assert kept is not None
    with clock.moved_to(tender.closes_at + timedelta(days=1)):
        factories.approved(company, reviewer)
        assert verdict(row, "E1") is Verdict.MET
    session.refresh(kept)
    assert kept.result["assessments"][0]["verdict"] == "not_met"
    with clock.moved_to(tender.closes_at):
        again = dossiers.judge(tender, [row], known_at=clock.now())
    assert to_json(again.verdicts[row.id]) == kept.result


def test_a_company_is_decided_on_once(session: Session, buyer: Actor, tender: Tender, row: Participation) -> None:
    with clock.moved_to(tender.closes_at):
        participations.select(buyer, row.id, motivation="")
        for act in (
            lambda: participations.select(buyer, row.id, motivation=""),
            lambda: participations.reject(buyer, row.id, motivation="Toch niet."),
            lambda: participations.decide(buyer, row.id, "E2", is_accepted=True, motivation="Gelijkwaardig."),
        ):
            refused(act)
    assert row.state is ParticipationState.SELECTED
    assert session.query(Assessment).count() == 1


def test_a_rejection_takes_a_motivation_that_reaches_the_company(
    session: Session, buyer: Actor, tender: Tender, row: Participation
) -> None:
    with clock.moved_to(tender.closes_at):
        wrong = refused(lambda: participations.reject(buyer, row.id, motivation=""))
        assert wrong == {"motivering": ["Schrijf waarom u dit bedrijf afwijst."]}
        assert row.state is ParticipationState.SUBMITTED
        participations.reject(buyer, row.id, motivation="De polis is te laag.")
    assert row.state is ParticipationState.REJECTED
    [mail] = session.scalars(select(Message))
    assert (mail.template, mail.payload["motivation"]) == ("rejected", "De polis is te laag.")
    assert queries.last_assessment(row.id, "selection") is not None


def test_another_municipality_does_not_know_the_participant(tender: Tender, row: Participation) -> None:
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    with clock.moved_to(tender.closes_at):
        for act in (
            lambda: participations.select(other, row.id, motivation=""),
            lambda: participations.reject(other, row.id, motivation="Nee."),
            lambda: participations.decide(other, row.id, "E2", is_accepted=True, motivation="Ja."),
            lambda: queries.opened(other, row.id),
        ):
            with pytest.raises(NotFound):
                act()


def test_a_reader_of_the_municipality_decides_nothing(buyer: Actor, tender: Tender, row: Participation) -> None:
    municipality = db.session.get_one(Organisation, buyer.organisation_id)
    reader = factories.member(municipality, Role.MUNICIPALITY_READER)
    with clock.moved_to(tender.closes_at):
        assert queries.opened(reader, row.id) is row
        for act in (
            lambda: participations.select(reader, row.id, motivation=""),
            lambda: participations.reject(reader, row.id, motivation="Nee."),
            lambda: participations.decide(reader, row.id, "E2", is_accepted=True, motivation="Ja."),
        ):
            with pytest.raises(Forbidden):
                act()


def test_the_buyer_decides_on_an_equivalent_and_the_latest_word_counts(
    buyer: Actor, company: Actor, tender: Tender
) -> None:
    reviewer = factories.reviewer()
    claim = "Eigen kwaliteitshandboek met jaarlijkse meting, beschreven per norm van het keurmerk."
    factories.approved(
        company, reviewer, "quality_mark", proofKind="equivalent_certificate", equivalenceClaim=claim, scheme="other"
    )
    row = factories.participant(company, tender)
    with clock.moved_to(tender.closes_at):
        assert verdict(row, "E2") is Verdict.MANUAL
        participations.decide(buyer, row.id, "E2", is_accepted=True, motivation="Het handboek dekt de norm.")
        assert verdict(row, "E2") is Verdict.MET
    with clock.moved_to(tender.closes_at + timedelta(minutes=1)):
        participations.decide(buyer, row.id, "E2", is_accepted=False, motivation="De meting ontbreekt.")
        assert verdict(row, "E2") is Verdict.NOT_MET
        found = queries.decisions([row.id])
    assert [(item.is_accepted, item.motivation, item.by) for item in found] == [
        (True, "Het handboek dekt de norm.", buyer.id),
        (False, "De meting ontbreekt.", buyer.id),
    ]


def test_the_buyer_answers_an_open_question(buyer: Actor, tender: Tender, row: Participation) -> None:
    with clock.moved_to(tender.closes_at):
        assert verdict(row, "E3") is Verdict.MANUAL
        participations.decide(buyer, row.id, "E3", is_accepted=False, motivation="Geen antwoord.")
        assert verdict(row, "E3") is Verdict.NOT_MET


def test_what_the_depot_assesses_the_buyer_does_not_decide_on(buyer: Actor, tender: Tender, row: Participation) -> None:
    with clock.moved_to(tender.closes_at):
        refused(lambda: participations.decide(buyer, row.id, "E1", is_accepted=True, motivation="Mag wel."))
        with pytest.raises(NotFound):
            participations.decide(buyer, row.id, "E9", is_accepted=True, motivation="Mag wel.")
    assert not queries.decisions([row.id])
