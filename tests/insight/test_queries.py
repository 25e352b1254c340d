"""The dossier as it stands today, its history, and who looked."""

from datetime import timedelta

import pytest

from depot.access import Role
from depot.catalogue.rules import Status
from depot.catalogue.service import catalogue
from depot.core import clock
from depot.core.errors import Forbidden
from depot.core.work import JobSchedule
from depot.documents import files
from depot.documents import service as documents
from depot.documents.models import State
from depot.insight import operations, queries
from depot.tenders.holdings import missing_kinds
from depot.verification import service as verification
from tests import factories
from tests.factories import approved, checked, deposited, facts, file


@pytest.fixture
def donald(session):
    return factories.company()


@pytest.fixture
def reviewer(session):
    return factories.reviewer()


def the_line(actor):
    (line,) = queries.dossier(actor)
    return line


def in_days(days):
    return (clock.today() + timedelta(days=days)).isoformat()


def test_what_was_only_handed_in_does_not_count_and_asks_nothing(session, donald):
    deposited(donald)
    line = the_line(donald)
    assert (line.counting, line.validity, line.needs_attention) == (None, Status.MISSING, False)


def test_a_draft_asks_for_its_facts(session, donald):
    documents.draft(donald, kind="kvk_extract", upload=file())
    assert the_line(donald).needs_attention


@pytest.mark.parametrize(
    ("days", "validity", "asks"),
    [(200, Status.VALID, False), (30, Status.EXPIRING, True), (0, Status.EXPIRING, True), (-1, Status.EXPIRED, True)],
)
def test_an_approved_policy_is_valid_up_to_and_with_its_last_day(session, donald, reviewer, days, validity, asks):
    approved(donald, reviewer, "liability_insurance", endDate=in_days(days))
    line = the_line(donald)
    assert line.validity is validity
    assert line.needs_attention is asks


def test_during_the_review_of_a_renewal_the_old_version_counts_and_nothing_is_asked(session, donald, reviewer):
    old = approved(donald, reviewer, "liability_insurance", endDate=in_days(20))
    assert the_line(donald).needs_attention
    new = documents.deposit_next(
        donald,
        old.document_id,
        relation="renewal",
        upload=file(factories.pdf("volgend jaar")),
        facts=facts("liability_insurance", startDate=in_days(21), endDate=in_days(386)),
    )
    line = the_line(donald)
    assert line.counting is old
    assert line.latest is new
    assert not line.needs_attention


def test_an_approved_correction_takes_the_place_of_what_it_corrects(session, donald, reviewer):
    old = approved(donald, reviewer)
    new = documents.deposit_next(
        donald, old.document_id, relation="correction", upload=file(), facts=facts(statutoryName="Juiste naam")
    )
    verification.run_checks()
    verification.approve(reviewer, new.id, facts=facts(statutoryName="Juiste naam"))
    line = the_line(donald)
    assert line.counting is new
    assert line.facts is not None
    assert line.facts["statutoryName"] == "Juiste naam"


def test_a_returned_version_asks_and_its_reason_is_at_hand(session, donald, reviewer):
    version = checked(donald)
    verification.send_back(reviewer, version.id, reason="Pagina 2 ontbreekt.")
    line = the_line(donald)
    _findings, reviews = queries.history(version.document)
    found = queries.returned(line.latest, reviews)
    assert line.needs_attention
    assert found is not None
    assert found.reason == "Pagina 2 ontbreekt."


def test_a_withdrawn_document_leaves_the_dossier_and_its_kind_is_missing_again(session, donald, reviewer):
    version = approved(donald, reviewer)
    codes = {kind.code for kind in missing_kinds(queries.dossier(donald))}
    assert codes == set(catalogue().kinds) - {"kvk_extract"}
    documents.withdraw(donald, version.document_id)
    assert queries.dossier(donald) == []
    assert len(missing_kinds([])) == len(catalogue().kinds)


def test_a_discarded_renewal_leaves_the_approved_version_as_the_latest(session, donald, reviewer):
    version = approved(donald, reviewer)
    draft = documents.succeed(
        donald, version.document_id, relation="renewal", upload=file(factories.pdf("volgend jaar"))
    )
    documents.discard(donald, draft.id)
    line = the_line(donald)
    assert draft.state is State.WITHDRAWN
    assert line.latest is line.counting is version


def test_the_story_of_a_document_tells_all_newest_first(session, donald, reviewer):
    start = clock.now()
    with clock.moved_to(start):
        version = deposited(donald)
    with clock.moved_to(start + timedelta(minutes=1)):
        verification.run_checks()
    with clock.moved_to(start + timedelta(minutes=2)):
        verification.approve(reviewer, version.id, facts=facts())
    with clock.moved_to(start + timedelta(minutes=3)):
        documents.withdraw(donald, version.document_id)
    _findings, reviews = queries.history(version.document)
    told = [str(what) for _at, what, _more in queries.story(version.document, reviews)]
    assert told == ["Versie 1 ingetrokken", "Versie 1 goedgekeurd", "Versie 1 ingediend", "Versie 1 toegevoegd"]


def test_a_look_says_who_when_and_at_what_and_ones_own_looks_are_none(session, donald, reviewer):
    version = checked(donald)
    files.open_file(donald, version.document_id, 1).content.close()
    files.open_file(reviewer, version.document_id, 1).content.close()
    session.flush()
    (look,) = queries.looks(donald)
    assert (look.who, look.document) == ("Depot", version.document)
    assert queries.looks(factories.company(factories.DAGOBERT)) == []


def test_looks_are_cut_at_their_limit_newest_first(session, donald, reviewer):
    version = checked(donald)
    for _time in range(3):
        files.open_file(reviewer, version.document_id, 1).content.close()
    session.flush()
    found = queries.looks(donald, limit=2)
    assert len(found) == 2
    assert found[0].event.id > found[1].event.id


@pytest.mark.parametrize("make", [factories.municipality, lambda: factories.reviewer(Role.OPERATOR_ADMIN)])
def test_who_has_no_dossier_is_refused(session, make):
    with pytest.raises(Forbidden):
        queries.dossier(make())


def test_a_job_that_was_not_heard_of_within_twice_its_interval_is_silent(session):
    now = clock.now()
    for job, age in (("checks", 100), ("mail", 200)):
        session.add(JobSchedule(job=job, interval_s=60, seen_at=now - timedelta(seconds=age)))
    session.flush()
    with clock.moved_to(now):
        assert operations.readiness() == {"database": "ok", "stilleTaken": ["mail"]}


def test_the_operator_sees_what_waits(session, donald):
    deposited(donald)
    checked(factories.company(factories.DAGOBERT))
    deposited(donald, "quality_mark")
    health = operations.health(factories.reviewer(Role.OPERATOR_ADMIN))
    assert (health.to_check, health.in_review, health.mail_lost) == (1, 2, 0)
    assert health.oldest_review is not None


@pytest.mark.parametrize("make", [factories.company, factories.municipality, factories.reviewer])
def test_only_the_operator_sees_the_works(session, make):
    with pytest.raises(Forbidden):
        operations.health(make())
