from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from depot.access import Action, Actor, Role
from depot.accounts.models import Organisation, OrganisationState
from depot.audit.models import Event
from depot.bundles import code_queries as queries
from depot.bundles import code_rules, code_texts, codes
from depot.bundles import service as bundles
from depot.bundles.code_models import Code, CodeLook, CodeState
from depot.catalogue.rules import Status
from depot.catalogue.service import catalogue
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from depot.core.http import DepotFlask
from depot.documents import service as documents
from depot.insight.queries import looks as looks_of
from depot.tenders import participations
from depot.tenders.models import Participation, Tender
from tests import factories
from tests.factories import queries_at_most

KINDS = ["kvk_extract", "liability_insurance"]


@pytest.fixture
def buyer(session: Session) -> Actor:
    return factories.municipality()


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


def made(company: Actor, buyer: Actor, **changes: Any) -> Code:
    given = {
        "recipient": buyer.organisation_id,
        "tender": None,
        "kinds": KINDS,
        "until": clock.today() + timedelta(days=90),
        "reason": "Inschrijving jobcoaching",
    }
    return codes.make(company, **{**given, **changes})


def wrong(company: Actor, buyer: Actor, **changes: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        made(company, buyer, **changes)
    return {name: str(lines[0]) for name, lines in caught.value.fields.items()}


def seen(buyer: Actor, code: Code) -> codes.Seen:
    found = codes.look(buyer, code.shown)
    assert found is not None
    return found


def number_of_looks() -> int:
    return db.session.scalar(select(func.count()).select_from(CodeLook)) or 0


def test_a_code_tells_its_municipality_how_each_kind_stands_and_nothing_else(
    company: Actor, buyer: Actor, reviewer: Actor
) -> None:
    factories.approved(company, reviewer, "kvk_extract")
    factories.checked(company, "liability_insurance")
    factories.approved(company, reviewer, "quality_mark")
    found = seen(buyer, made(company, buyer))
    assert list(found.standings) == KINDS
    extract, policy = found.standings.values()
    assert (extract.status, extract.count, extract.dated_on) == (Status.VALID, 1, clock.today() - timedelta(days=30))
    # What waits for a reviewer is not told: to the municipality it is not there.
    assert (policy.status, policy.count, policy.dated_on) == (Status.MISSING, 0, None)


def test_a_code_tells_what_changed_since_it_was_made_and_since_the_last_look_on_an_earlier_day(
    company: Actor, buyer: Actor, reviewer: Actor
) -> None:
    now = clock.now()
    with clock.moved_to(now - timedelta(days=20)):
        row = made(company, buyer)
        assert seen(buyer, row).last_look is None
    with clock.moved_to(now - timedelta(days=10)):
        factories.approved(company, reviewer, "kvk_extract")
        second = seen(buyer, row)
    assert [each.kind for each in second.since_look] == ["kvk_extract"]
    with clock.moved_to(now - timedelta(days=5)):
        policy = factories.approved(company, reviewer, "liability_insurance")
    third = seen(buyer, row)
    assert third.last_look == now - timedelta(days=10)
    assert [each.kind for each in third.since_look] == ["liability_insurance"]
    assert [each.kind for each in third.since_made] == KINDS
    documents.withdraw(company, policy.document_id)
    again = seen(buyer, row)
    assert again.last_look == third.last_look
    assert again.since_look == []
    assert again.standings["liability_insurance"].status is Status.MISSING


def test_nobody_but_the_named_municipality_finds_a_code(company: Actor, buyer: Actor) -> None:
    row = made(company, buyer)
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    assert codes.look(other, row.shown) is None
    assert codes.look(buyer, code_rules.complete("0000000")) is None
    assert codes.look(buyer, "geen code") is None
    with pytest.raises(Forbidden):
        codes.look(company, row.shown)
    assert queries.looks(row.id, 10) == []


def test_a_code_of_a_company_that_was_suspended_is_not_found(company: Actor, buyer: Actor) -> None:
    row = made(company, buyer)
    db.session.get_one(Organisation, company.organisation_id).state = OrganisationState.SUSPENDED
    db.session.flush()
    assert codes.look(buyer, row.shown) is None


def test_every_look_is_recorded_and_told_to_the_company(company: Actor, buyer: Actor) -> None:
    row = made(company, buyer)
    reader = factories.member(db.session.get_one(Organisation, buyer.organisation_id), Role.MUNICIPALITY_READER)
    seen(buyer, row)
    seen(reader, row)
    assert [look.by for look in queries.looks(row.id, 10)] == [reader.id, buyer.id]
    assert queries.look_counts([row.id])[row.id][0] == 2
    told = [(look.event.action, look.code, look.who) for look in looks_of(company)]
    looked = ("code.look", row, "Gemeente Apeldoorn")
    assert told == [looked, looked, ("code.make", row, "Test BV Donald")]
    assert looks_of(factories.company(factories.DAGOBERT)) == []


def test_what_the_company_sees_of_its_own_code_is_no_look(company: Actor, buyer: Actor, reviewer: Actor) -> None:
    factories.approved(company, reviewer, "kvk_extract")
    row = made(company, buyer)
    assert codes.told(company, row.id).standings == seen(buyer, row).standings
    assert number_of_looks() == 1


def test_a_revoked_code_tells_nothing_from_that_instant_on(company: Actor, buyer: Actor, reviewer: Actor) -> None:
    factories.approved(company, reviewer, "kvk_extract")
    row = made(company, buyer)
    codes.revoke(company, row.id)
    found = seen(buyer, row)
    assert (row.state, found.standings, found.since_made) == (CodeState.REVOKED, {}, ())
    with pytest.raises(Conflict):
        codes.revoke(company, row.id)
    actions = db.session.scalars(select(Event.action).where(Event.object_id == row.id).order_by(Event.id)).all()
    assert actions == ["code.make", "code.revoke", "code.look"]


def test_a_code_ends_after_its_last_day(company: Actor, buyer: Actor) -> None:
    row = made(company, buyer, until=clock.today())
    assert seen(buyer, row).standings
    with clock.moved_to(clock.now() + timedelta(days=1)):
        assert row.state is CodeState.EXPIRED
        assert not seen(buyer, row).standings
        with pytest.raises(Conflict):
            codes.revoke(company, row.id)


def test_another_companys_code_is_not_found(company: Actor, buyer: Actor) -> None:
    row = made(company, buyer)
    other = factories.company(factories.DAGOBERT)
    for ask in (codes.told, codes.revoke):
        with pytest.raises(NotFound):
            ask(other, row.id)
    assert queries.index(other) == []


@pytest.mark.parametrize("role", [Role.COMPANY_MEMBER, Role.COMPANY_READER])
def test_only_who_administers_the_company_makes_and_revokes_codes(company: Actor, buyer: Actor, role: Role) -> None:
    row = made(company, buyer)
    colleague = factories.member(db.session.get_one(Organisation, company.organisation_id), role)
    assert queries.get(colleague, row.id) is row
    with pytest.raises(Forbidden):
        made(colleague, buyer)
    with pytest.raises(Forbidden):
        codes.revoke(colleague, row.id)


def test_a_code_with_wrong_answers_is_refused_with_a_sentence_at_each(company: Actor, buyer: Actor) -> None:
    today = clock.today()
    assert "al voorbij" in wrong(company, buyer, until=today - timedelta(days=1))["geldigTot"]
    assert "ten hoogste 2 jaar" in wrong(company, buyer, until=date(today.year + 3, 1, 1))["geldigTot"]
    assert "minstens één" in wrong(company, buyer, kinds=[])["soorten"]
    assert set(wrong(company, buyer, kinds=["onbekend"])) == {"soorten"}
    assert "Kies een gemeente" in wrong(company, buyer, recipient=None)["gemeente"]
    assert set(wrong(company, buyer, recipient=company.organisation_id)) == {"gemeente"}
    assert set(wrong(company, buyer, recipient=None, tender=company.id)) == {"aanbesteding"}
    assert set(wrong(company, buyer, kinds=[], until=today - timedelta(days=1))) == {"soorten", "geldigTot"}


def test_a_code_for_a_tender_is_for_its_municipality(company: Actor, buyer: Actor) -> None:
    tender = factories.tender(buyer)
    row = made(company, buyer, recipient=None, tender=tender.id)
    assert (row.recipient_id, row.tender_id) == (buyer.organisation_id, tender.id)
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    found = wrong(company, buyer, recipient=other.organisation_id, tender=tender.id)
    assert "andere gemeente" in found["gemeente"]


@pytest.fixture
def participation(buyer: Actor, company: Actor, reviewer: Actor) -> Participation:
    """A company in a tender that closed yesterday."""
    past = clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        tender = factories.tender(buyer, closes_at=past + timedelta(days=39))
        factories.approved(company, reviewer)
        return factories.participant(company, tender)


def closed_tender(buyer: Actor) -> Tender:
    past = clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        return factories.tender(buyer, closes_at=past + timedelta(days=39), number="2027-02")


def test_documents_open_by_way_of_the_bundle_once_the_company_is_selected(
    company: Actor, buyer: Actor, participation: Participation
) -> None:
    row = made(company, buyer)
    assert queries.opened(buyer, row) == []
    participations.select(buyer, participation.id, motivation="")
    assert queries.opened(buyer, row) == [(participation, None)]
    bundle = bundles.release(buyer, participation.id, legal_ground="selected")
    assert queries.opened(buyer, row) == [(participation, bundle)]
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    assert queries.opened(other, row) == []


def test_a_code_for_one_tender_opens_nothing_of_another(
    company: Actor, buyer: Actor, participation: Participation
) -> None:
    elsewhere = made(company, buyer, recipient=None, tender=closed_tender(buyer).id)
    participations.select(buyer, participation.id, motivation="")
    here = made(company, buyer, recipient=None, tender=participation.tender_id)
    assert queries.opened(buyer, elsewhere) == []
    assert queries.opened(buyer, here) == [(participation, None)]


def test_a_list_is_answered_line_by_line_and_a_code_in_it_is_looked_at_once(
    app: DepotFlask, company: Actor, buyer: Actor
) -> None:
    one, other = made(company, buyer), made(factories.company(factories.DAGOBERT), buyer)
    text = f"Code\n{one.shown}\nniets\n{other.shown.lower()}\n{one.code}\n"
    answers = codes.look_many(buyer, codes.asked(buyer, typed=text, upload=None))
    assert [each.seen and each.seen.code for each in answers] == [one, None, other, one]
    assert [each.line.number for each in answers] == [2, 3, 4, 5]
    assert number_of_looks() == 3


def test_a_long_list_costs_as_many_questions_as_a_short_one(
    app: DepotFlask, company: Actor, buyer: Actor, reviewer: Actor
) -> None:
    factories.approved(company, reviewer, "kvk_extract")
    rows = [made(company, buyer) for _number in range(6)]
    lines = codes.asked(buyer, typed="\n".join(row.code for row in rows), upload=None)
    db.session.flush()
    db.session.expunge_all()
    with queries_at_most(app, 24):
        codes.look_many(buyer, lines)


def test_a_list_that_is_too_long_or_empty_is_refused(buyer: Actor) -> None:
    with pytest.raises(Invalid) as caught:
        codes.asked(buyer, typed="X\n" * (code_rules.LINES + 1), upload=None)
    assert str(code_rules.LINES) in str(caught.value.fields["codes"][0])
    for typed in ("", ";;;", "code"):
        with pytest.raises(Invalid):
            codes.asked(buyer, typed=typed, upload=None)


def test_a_municipality_that_guesses_has_to_wait_and_another_has_not(
    company: Actor, buyer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "MISSES_LIMIT", 3)
    row, other = made(company, buyer), factories.municipality(name="Gemeente Emmen", code="gm0114")
    for number in range(3):
        seen(buyer, row)
        assert codes.look(buyer, f"fout {number}") is None
    with pytest.raises(TooMany) as caught:
        codes.look(buyer, row.shown)
    assert 0 < caught.value.retry_after <= 3601
    assert codes.look(other, row.shown) is None
    with clock.moved_to(clock.now() + timedelta(hours=1, seconds=2)):
        seen(buyer, row)


def test_earlier_codes_of_a_municipality_come_back_with_the_last_look(company: Actor, buyer: Actor) -> None:
    first, second = made(company, buyer), made(company, buyer)
    made(company, buyer)
    for row in (first, second, first):
        seen(buyer, row)
    assert [row for row, _at in queries.earlier(buyer, 10)] == [first, second]
    assert queries.earlier(factories.municipality(name="Gemeente Emmen", code="gm0114"), 10) == []


def test_the_texts_to_hand_over_say_who_where_and_until_when(company: Actor, buyer: Actor) -> None:
    row = made(company, buyer, recipient=None, tender=factories.tender(buyer).id, until=clock.today())
    kinds = [catalogue().kinds[kind] for kind in row.kinds]
    names = {"address": "https://depot.example/verwijzing/X", "system": "Depot"}
    text = code_texts.paragraph(row, kinds, **names)
    for words in (row.shown, names["address"], "Gemeente Apeldoorn", "2027-01", "Aansprakelijkheidsverzekering"):
        assert words in text
    values = dict(code_texts.espd_values(row, kinds, **names))
    assert values["Nummer van de registratie"] == row.shown
    assert "Inschrijving in een handelsregister (trade-regist)" in values["Criteria die de registratie dekt"]
    assert "(indem-insu)" in values["Criteria die de registratie dekt"]


def test_that_a_code_expired_is_on_record_once(session: Session, company: Actor, buyer: Actor) -> None:
    row = made(company, buyer)
    withdrawn = codes.revoke(company, made(company, buyer).id)
    session.flush()
    assert codes.end_expired(row.until) == 0
    day_after = row.until + timedelta(days=1)
    assert (codes.end_expired(day_after), codes.end_expired(day_after)) == (1, 0)
    assert (row.expired_at is not None, withdrawn.expired_at) == (True, None)
    found = select(Event).where(Event.action == Action.LINK_LAPSE)
    assert session.scalars(found).one().about_company_id == company.organisation_id
