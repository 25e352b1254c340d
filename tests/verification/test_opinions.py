"""Two reviewers where the catalogue asks for them, and none who belongs to the company."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from depot.access import Actor, Role
from depot.accounts import queries as people
from depot.accounts import service as accounts
from depot.accounts.models import Membership, Organisation, User
from depot.audit.models import Event
from depot.core import clock, db
from depot.core.errors import Conflict, DepotError, Forbidden, Invalid
from depot.core.http import DepotFlask
from depot.documents import service as documents
from depot.documents.models import FactSource, State, Version
from depot.mail.models import Message
from depot.tenders.dossiers import evidence_of
from depot.tenders.evidence import Absence, Moment, evidence_at
from depot.verification import decisions, holds, opinions, queries, service
from tests import factories
from tests.verification.test_service import colleague, reviews

KIND = "procurement_conduct_certificate"


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def first(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def second(first: Actor) -> Actor:
    return colleague()


def facts() -> dict[str, str]:
    return {
        "gvaReference": "GVA-1",
        "holderName": factories.name_of(factories.DONALD),
        "holderType": "legal_person",
        "kvkNumber": factories.DONALD,
        "issueDate": (clock.today() - timedelta(days=30)).isoformat(),
    }


def handed_in(company: Actor) -> Version:
    version = documents.deposit(company, kind=KIND, upload=factories.file(factories.unused(company)), facts=facts())
    service.run_checks()
    return version


def counts(version: Version) -> bool:
    [found], now = evidence_of([version.document]), clock.now()
    kind = documents.kind_of(KIND)
    return not isinstance(evidence_at(found, kind, Moment(clock.today(), now, now)), Absence)


def test_what_takes_two_counts_only_when_another_reviewer_agrees(
    session: Session, company: Actor, first: Actor, second: Actor
) -> None:
    version = handed_in(company)
    service.approve(first, version.id, facts=facts())
    assert (version.state, counts(version), reviews(version)) == (State.IN_REVIEW, False, [])
    assert not session.scalars(select(Message)).all()
    assert not queries.queue(first)
    assert list(queries.queue(second, only="tweede")) == [version.id]
    with pytest.raises(Conflict, match="andere beoordelaar"):
        service.approve(first, version.id, facts=facts())
    holds.release(first, version.id)
    service.approve(second, version.id, facts=facts())
    assert (version.state, counts(version)) == (State.APPROVED, True)
    [opinion] = queries.opinions([version.id])
    [review] = queries.reviews([version.id])
    assert (opinion.by, opinion.is_agreeing, review.by_user_id) == (first.id, True, second.id)
    said = [row.detail["decision"] for row in session.scalars(select(Event).where(Event.action == "version.review"))]
    assert said == ["first_approved", "approved"]


def test_a_colleague_who_does_not_agree_sends_it_back_to_the_first(
    session: Session, company: Actor, first: Actor, second: Actor
) -> None:
    version = handed_in(company)
    with pytest.raises(Conflict, match="geen oordeel"):
        opinions.dissent(second, version.id, reason="Te oud.")
    holds.release(second, version.id)
    service.approve(first, version.id, facts=facts())
    with pytest.raises(Conflict, match="geen oordeel"):
        opinions.dissent(first, version.id, reason="Toch niet.")
    holds.release(first, version.id)
    with pytest.raises(Invalid) as caught:
        opinions.dissent(second, version.id, reason="")
    assert list(caught.value.fields) == ["reden"]
    opinions.dissent(second, version.id, reason="De naam is anders.")
    assert (version.state, reviews(version)) == (State.IN_REVIEW, [])
    assert not queries.queue(second)
    assert list(queries.queue(first, only="oneens")) == [version.id]
    service.approve(first, version.id, facts=facts())
    assert version.state is State.IN_REVIEW
    service.approve(second, version.id, facts=facts())
    assert version.state is State.APPROVED
    assert [row.is_agreeing for row in queries.opinions([version.id])] == [True, False, True]


def test_the_second_reviewer_may_return_it_to_the_company(company: Actor, first: Actor, second: Actor) -> None:
    version = handed_in(company)
    service.approve(first, version.id, facts=facts())
    service.send_back(second, version.id, reason="Dit is een VOG.")
    assert version.state is State.RETURNED
    assert not counts(version)


def test_the_facts_of_the_second_count(company: Actor, first: Actor, second: Actor) -> None:
    version = handed_in(company)
    service.approve(first, version.id, facts=facts() | {"gvaReference": "GVA-2"})
    assert version.best_facts["gvaReference"] == "GVA-2"
    service.approve(second, version.id, facts=facts() | {"gvaReference": "GVA-3"})
    assert (version.facts(FactSource.CONFIRMED) or {})["gvaReference"] == "GVA-3"


def test_what_takes_one_reviewer_is_not_seconded(company: Actor, first: Actor) -> None:
    version = factories.approved(company, first)
    assert version.state is State.APPROVED
    assert not queries.opinions([version.id])


def test_nobody_reviews_for_an_organisation_that_is_or_lately_was_ones_own(
    session: Session, company: Actor, first: Actor
) -> None:
    version = factories.checked(company)
    own = session.get_one(Organisation, company.organisation_id)
    accounts.join(session.get_one(User, first.id), own, Role.COMPANY_READER)
    joined = people.any_membership(first.id, own.id)
    assert isinstance(joined, Membership)
    for days_ago in (None, 0, 364):
        joined.until_day = None if days_ago is None else clock.today() - timedelta(days=days_ago)
        assert not queries.queue(first)
        for act in (
            lambda: holds.take(first, version.id),
            lambda: service.approve(first, version.id, facts=factories.facts()),
            lambda: service.send_back(first, version.id, reason="Nee."),
            lambda: decisions.revoke(first, version.id, reason="Nee."),
        ):
            with pytest.raises(Forbidden, match="U hoort of hoorde bij dit bedrijf"):
                act()
    joined.until_day = clock.today() - timedelta(days=367)
    assert list(queries.queue(first)) == [version.id]
    assert service.approve(first, version.id, facts=factories.facts()).state is State.APPROVED


@pytest.mark.parametrize("kind", ["kvk_extract", KIND])
def test_of_two_reviewers_who_decide_at_once_neither_decides_twice(real_app: DepotFlask, kind: str) -> None:
    app, given = real_app, factories.facts() if kind == "kvk_extract" else facts()
    with app.app_context(), db.transaction():
        company, reviewers = factories.company(), [factories.reviewer(), colleague()]
        version = documents.deposit(company, kind=kind, upload=factories.file(), facts=given)
    with app.app_context():
        assert service.check(version.id) == "checked"
    begin, ended = threading.Barrier(2), list[str]()

    def decide(actor: Actor) -> None:
        with app.app_context():
            begin.wait()
            try:
                with db.transaction():
                    service.approve(actor, version.id, facts=given)
                ended.append("approved")
            except (DepotError, IntegrityError, StaleDataError):
                ended.append("refused")

    threads = [threading.Thread(target=decide, args=(actor,)) for actor in reviewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        reviews, said = queries.reviews([version.id]), queries.opinions([version.id])
        assert len(said) == (kind == KIND)
        assert len(reviews) + len(said) == ended.count("approved")
        assert len(reviews) <= 1
        assert not {row.by for row in said} & {row.by_user_id for row in reviews}
