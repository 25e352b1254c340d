"""Regular control: approved documents come back on their day, and an approval can be taken back."""

from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid
from depot.core.periods import Period
from depot.documents import service as documents
from depot.documents.models import FactSource, State, Version
from depot.verification import decisions, holds, queries, service
from depot.verification.models import Decision
from tests import factories
from tests.verification.test_service import colleague

YEAR = Period(months=12)


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


def mark(company: Actor, reviewer: Actor, **changes: str) -> Version:
    """A mark that is valid for two years, of a kind that is looked at anew each year."""
    ends = clock.today() + timedelta(days=730)
    return factories.approved(company, reviewer, "quality_mark", validUntil=ends.isoformat(), **changes)


def a_year_later() -> AbstractContextManager[None]:
    return clock.moved_to(clock.now() + timedelta(days=366))


def last(version: Version) -> tuple[Decision, str]:
    row = queries.reviews([version.id])[-1]
    return row.decision, row.reason


def test_every_approval_names_the_day_of_the_next_look_and_comes_back_on_it(company: Actor, reviewer: Actor) -> None:
    version = mark(company, reviewer)
    [review] = queries.reviews([version.id])
    assert review.next_look_on == YEAR.after(clock.today())
    assert not queries.due(reviewer)
    with a_year_later():
        assert list(queries.due(reviewer)) == [version]
        assert not queries.queue(reviewer)


def test_a_kind_that_says_nothing_is_looked_at_again_after_a_year(company: Actor, reviewer: Actor) -> None:
    version = factories.approved(company, reviewer)
    assert [row.next_look_on for row in queries.reviews([version.id])] == [YEAR.after(clock.today())]


def test_what_is_still_right_goes_on_counting_and_gets_another_day(company: Actor, reviewer: Actor) -> None:
    version = mark(company, reviewer)
    with a_year_later():
        decisions.keep(reviewer, version.id, remark="Staat in het register.")
        assert version.state is State.APPROVED
        assert last(version) == (Decision.APPROVED, "Staat in het register.")
        assert queries.reviews([version.id])[-1].next_look_on == YEAR.after(clock.today())
        assert not queries.due(reviewer)
        with pytest.raises(Conflict, match="hoeft nu niet"):
            decisions.keep(reviewer, version.id, remark="")


def test_what_is_not_due_is_not_kept(company: Actor, reviewer: Actor) -> None:
    version = mark(company, reviewer)
    with pytest.raises(Conflict, match="hoeft nu niet"):
        decisions.keep(reviewer, version.id, remark="")


def test_what_ended_was_replaced_or_was_taken_back_is_not_looked_at_again(company: Actor, reviewer: Actor) -> None:
    ended = factories.approved(company, reviewer)
    taken = mark(company, reviewer)
    replaced = mark(company, reviewer)
    facts = replaced.facts(FactSource.SUBMITTED) or {}
    paper = factories.file(factories.pdf("verbeterd"))
    newer = documents.deposit_next(company, replaced.document_id, relation="correction", upload=paper, facts=facts)
    service.run_checks()
    service.approve(reviewer, newer.id, facts=facts)
    documents.withdraw(company, taken.document_id)
    with a_year_later():
        assert list(queries.due(reviewer)) == [newer]
        assert queries.is_due(ended)


def test_cover_that_runs_on_is_looked_at_again_after_its_last_day(company: Actor, reviewer: Actor) -> None:
    version = factories.approved(company, reviewer, "liability_insurance", tacitRenewal=True)
    fixed = factories.approved(company, reviewer, "liability_insurance", policyNumber="VB-2")
    with a_year_later():
        assert list(queries.due(reviewer)) == [version]
        assert queries.is_due(fixed)


def test_what_one_reviewer_looks_at_anew_another_passes_over(company: Actor, reviewer: Actor) -> None:
    version, second = mark(company, reviewer), colleague()
    with a_year_later():
        holds.take(reviewer, version.id)
        assert not queries.due(second)
        for act in (
            lambda: decisions.keep(second, version.id, remark=""),
            lambda: decisions.revoke(second, version.id, reason="Nee."),
        ):
            with pytest.raises(Conflict, match="collega"):
                act()
        holds.release(second, version.id)
        assert not queries.due(second)
        holds.release(reviewer, version.id)
        assert list(queries.due(second)) == [version]


def test_revoking_takes_a_reason_an_approval_and_a_reviewer(company: Actor, reviewer: Actor) -> None:
    version, waiting = mark(company, reviewer), factories.checked(company)
    with pytest.raises(Invalid) as caught, db.transaction():
        decisions.revoke(reviewer, version.id, reason="")
    assert list(caught.value.fields) == ["reden"]
    with pytest.raises(Conflict, match="Dit kan niet"):
        decisions.revoke(reviewer, waiting.id, reason="Nee.")
    for actor in (company, factories.municipality()):
        with pytest.raises(Forbidden):
            decisions.revoke(actor, version.id, reason="Nee.")
        with pytest.raises(Forbidden):
            decisions.keep(actor, version.id, remark="")
        with pytest.raises(Forbidden):
            queries.due(actor)


def test_after_a_revocation_the_company_hands_in_another_version(company: Actor, reviewer: Actor) -> None:
    version = factories.approved(company, reviewer)
    decisions.revoke(reviewer, version.id, reason="Onjuist.")
    with pytest.raises(Conflict, match="Dit kan niet"):
        decisions.revoke(reviewer, version.id, reason="Nog eens.")
    facts = factories.facts()
    paper = factories.file(factories.pdf("beter"))
    newer = documents.deposit_next(company, version.document_id, relation="correction", upload=paper, facts=facts)
    service.run_checks()
    assert service.approve(reviewer, newer.id, facts=facts).state is State.APPROVED
