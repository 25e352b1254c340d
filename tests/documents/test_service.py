"""Depositing, renewing and withdrawing, and who may see what was deposited."""

import hashlib
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from depot.access import SYSTEM, Action, Role
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.catalogue.service import catalogue
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge, UnsupportedType
from depot.core.storage import store
from depot.documents import files, queries, service
from depot.documents.models import Document, FactSource, File, Lapse, Relation, ScanState, State, Version
from depot.insight import queries as insight
from depot.verification import service as verification
from tests import factories
from tests.factories import approved, checked, deposited, facts, file


@pytest.fixture
def donald(session):
    return factories.company()


@pytest.fixture
def dagobert(session):
    return factories.company(factories.DAGOBERT)


@pytest.fixture
def reviewer(session):
    return factories.reviewer()


def newer():
    """The file of a next version."""
    return file(factories.pdf("volgend jaar"))


def deeds(session, action):
    session.flush()
    return session.scalars(select(Event).where(Event.action == action).order_by(Event.id)).all()


def test_what_is_deposited_is_kept_byte_for_byte_with_its_hash_and_its_facts(session, donald):
    version = deposited(donald)
    assert version.state is State.SUBMITTED
    assert version.file is not None
    with files.open_file(donald, version.document_id, 1).content as content:
        data = content.read()
    assert data == factories.pdf()
    assert (version.file.size, version.file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert version.facts(FactSource.SUBMITTED) == facts()
    assert version.facts(FactSource.CONFIRMED) is None


def test_depositing_is_on_the_trail_of_the_company(session, donald):
    version = deposited(donald)
    rows = deeds(session, Action.DOCUMENT_DEPOSIT)
    assert [row.detail for row in rows] == [{"draft": True}, {"kind": "kvk_extract"}]
    assert {(row.object_id, row.about_company_id) for row in rows} == {(version.id, donald.organisation_id)}


def test_a_draft_asked_again_with_its_key_is_the_same_draft(session, donald):
    key = uuid4()
    first = service.draft(donald, kind="kvk_extract", upload=file(), key=key)
    again = service.draft(donald, kind="kvk_extract", upload=file(), key=key)
    assert first is again
    assert session.scalar(select(func.count()).select_from(File)) == 1


def test_a_key_of_another_company_tells_nothing_and_gives_nothing(session, donald, dagobert):
    theirs = deposited(dagobert)
    with pytest.raises(NotFound):
        service.draft(donald, kind="kvk_extract", upload=file(), key=theirs.document_id)


@pytest.mark.parametrize("role", [Role.COMPANY_READER])
def test_a_reader_deposits_and_withdraws_nothing(session, role):
    reader = factories.company(role=role)
    with pytest.raises(Forbidden):
        service.draft(reader, kind="kvk_extract", upload=file())
    organisation = session.get_one(Organisation, reader.organisation_id)
    version = deposited(factories.member(organisation, Role.COMPANY_MEMBER))
    for attempt in (
        lambda: service.withdraw(reader, version.document_id),
        lambda: service.discard(reader, version.id),
        lambda: service.submit(reader, version.id, facts=facts()),
        lambda: service.succeed(reader, version.document_id, relation="renewal", upload=newer()),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert version.state is State.SUBMITTED


@pytest.mark.parametrize("make", [factories.municipality, factories.reviewer])
def test_only_a_company_deposits(session, make):
    with pytest.raises(Forbidden):
        service.draft(make(), kind="kvk_extract", upload=file())


def test_to_another_company_and_to_a_municipality_a_document_does_not_exist(session, donald, dagobert):
    version = deposited(donald)
    for actor in (dagobert, factories.municipality()):
        for attempt in (
            lambda actor=actor: queries.get(actor, version.document_id),
            lambda actor=actor: queries.version(actor, version.id),
            lambda actor=actor: service.withdraw(actor, version.document_id),
            lambda actor=actor: service.discard(actor, version.id),
            lambda actor=actor: service.submit(actor, version.id, facts=facts()),
            lambda actor=actor: files.open_file(actor, version.document_id, 1),
            lambda actor=actor: service.succeed(actor, version.document_id, relation="renewal", upload=newer()),
        ):
            with pytest.raises(NotFound):
                attempt()
        assert queries.dossier(actor) == []
    assert version.state is State.SUBMITTED


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (b"", Invalid),
        (b"<html>%PDF", UnsupportedType),
        (b"PK\x03\x04 a document of a word processor", UnsupportedType),
        (b"%PDF-" + b"x" * (26 << 20), TooLarge),
    ],
    ids=["empty", "web page", "word processor", "26 MB"],
)
def test_what_is_no_pdf_or_too_large_is_refused_at_its_field_and_not_kept(session, donald, data, failure):
    with pytest.raises(failure) as caught:
        service.draft(donald, kind="kvk_extract", upload=file(data))
    assert list(caught.value.fields) == ["bestand"]
    assert session.scalar(select(func.count()).select_from(Document)) == 0


def test_a_kind_that_the_catalogue_does_not_have_is_refused(session, donald):
    with pytest.raises(Invalid) as caught:
        service.draft(donald, kind="geen_soort", upload=file())
    assert list(caught.value.fields) == ["soort"]


def test_a_version_is_handed_in_once(session, donald):
    version = deposited(donald)
    with pytest.raises(Conflict):
        service.submit(donald, version.id, facts=facts(statutoryName="Iets anders"))
    session.expire_all()
    assert version.facts(FactSource.SUBMITTED) == facts()


def test_a_next_version_waits_until_the_one_before_is_decided(session, donald, reviewer):
    version = deposited(donald)
    with pytest.raises(Conflict):
        service.succeed(donald, version.document_id, relation="renewal", upload=newer())
    service.discard(donald, version.id)
    assert service.succeed(donald, version.document_id, relation="correction", upload=file()).number == 2


def test_a_change_names_its_day_and_other_relations_forget_it(session, donald, reviewer):
    version = approved(donald, reviewer, "liability_insurance")
    day = clock.today() + timedelta(days=10)
    with pytest.raises(Invalid) as caught:
        service.succeed(donald, version.document_id, relation="change", upload=newer())
    assert list(caught.value.fields) == ["ingangsdatum"]
    change = service.succeed(donald, version.document_id, relation="change", upload=newer(), effective_on=day)
    assert (change.relation, change.effective_on) == (Relation.CHANGE, day)
    service.discard(donald, change.id)
    renewal = service.succeed(donald, version.document_id, relation="renewal", upload=newer(), effective_on=day)
    assert renewal.effective_on is None


def test_a_renewal_starts_without_days_and_amounts_and_a_correction_with_all(session, donald, reviewer):
    version = approved(donald, reviewer, "liability_insurance")
    kind = service.kind_of("liability_insurance")
    renewal = service.succeed(donald, version.document_id, relation="renewal", upload=newer())
    begins = queries.starting_facts(renewal, kind)
    assert begins["insurer"] == "Voorbeeldverzekeraar N.V."
    assert begins.keys().isdisjoint({"amountPerClaim", "startDate", "endDate"})
    service.discard(donald, renewal.id)
    correction = service.succeed(donald, version.document_id, relation="correction", upload=file())
    assert correction.number == 3
    approved_facts = version.best_facts
    service.submit(donald, correction.id, facts=approved_facts)
    assert queries.starting_facts(correction, kind) == renewal.best_facts


def test_a_first_extract_starts_with_the_companys_own_number(session, donald):
    draft = service.draft(donald, kind="kvk_extract", upload=newer())
    assert queries.starting_facts(draft, service.kind_of("kvk_extract")) == {"kvkNumber": factories.DONALD}


def test_withdrawing_takes_every_version_and_happens_once(session, donald, reviewer):
    version = approved(donald, reviewer)
    waiting = service.deposit_next(
        donald, version.document_id, relation="renewal", upload=newer(), facts=facts(issueDate="2026-11-01")
    )
    service.withdraw(donald, version.document_id)
    assert {version.state, waiting.state} == {State.WITHDRAWN}
    assert version.withdrawn_at is not None
    assert len(deeds(session, Action.DOCUMENT_WITHDRAW)) == 1
    with pytest.raises(Conflict):
        service.withdraw(donald, version.document_id)


def test_discarding_takes_one_undecided_version_and_leaves_the_approved_one(session, donald, reviewer):
    version = approved(donald, reviewer)
    with pytest.raises(Conflict):
        service.discard(donald, version.id)
    renewal = service.succeed(donald, version.document_id, relation="renewal", upload=newer())
    service.discard(donald, renewal.id)
    assert (version.state, renewal.state) == (State.APPROVED, State.WITHDRAWN)


def test_ones_own_file_opens_at_once_and_a_reviewers_look_is_recorded(session, donald, reviewer):
    version = deposited(donald)
    files.open_file(donald, version.document_id, 1).content.close()
    with pytest.raises(NotFound):
        files.open_file(reviewer, version.document_id, 1)
    assert deeds(session, Action.DOCUMENT_READ) == []
    verification.run_checks()
    files.open_file(reviewer, version.document_id, 1).content.close()
    assert [row.organisation_id for row in deeds(session, Action.DOCUMENT_READ)] == [reviewer.organisation_id]


def test_a_file_with_a_virus_opens_for_nobody_not_even_its_own_company(session, donald, reviewer):
    version = deposited(donald)
    service.settle_scan(version, ScanState.INFECTED)
    assert version.file is not None
    assert version.file.object_key.startswith(service.QUARANTINE)
    for actor in (donald, reviewer, SYSTEM):
        with pytest.raises(NotFound):
            files.open_file(actor, version.document_id, 1)


def test_a_clean_file_gets_a_lasting_key_and_settling_it_twice_is_harmless(session, donald):
    version = deposited(donald)
    for _time in range(2):
        service.settle_scan(version, ScanState.CLEAN)
    assert version.file is not None
    assert version.file.object_key.startswith(service.CLEAN)
    assert store().read(version.file.object_key) == factories.pdf()


def test_only_objects_that_no_row_points_to_and_that_are_old_are_removed(app, session, donald):
    version = deposited(donald)
    lost = f"{service.QUARANTINE}{uuid4()}"
    store().put_bytes(lost, b"lost")
    service.remove_orphans()
    assert store().read(lost) == b"lost"
    with clock.moved_to(clock.now() + timedelta(days=2)):
        assert service.remove_orphans() >= 1
    assert lost not in dict(store().keys("documents/"))
    assert version.file is not None
    assert store().read(version.file.object_key) == factories.pdf()


def test_a_document_says_by_which_day_it_is_needed_until_nothing_asks_for_it(session, donald):
    document = deposited(donald).document
    for day in (date(2027, 3, 1), date(2027, 4, 1), None):
        service.needed_by(document, day)
        assert document.needed_by == day


def test_that_a_version_ended_is_recorded_once_and_only_of_what_was_approved(session, donald, reviewer):
    version = approved(donald, reviewer, "liability_insurance")
    deposited(donald, "quality_mark")
    after = clock.today() + timedelta(days=400)
    assert service.record_lapses(version.valid_until) == 0
    assert service.record_lapses(after) == 1
    assert service.record_lapses(after) == 0
    assert session.scalars(select(Lapse)).one().day == version.valid_until


def test_confirming_another_reading_keeps_the_earlier_one_and_moves_the_days(session, donald, reviewer):
    version = approved(donald, reviewer, "liability_insurance")
    end = clock.today() + timedelta(days=30)
    service.confirm(version, {**version.best_facts, "endDate": end.isoformat()}, reviewer.id)
    confirmed = [item for item in version.fact_sets if item.source is FactSource.CONFIRMED]
    assert len(confirmed) == 2
    assert version.valid_until == end
    assert version.best_facts["endDate"] == end.isoformat()


def test_what_is_shown_is_the_confirmed_reading_when_there_is_one(session, donald):
    version = deposited(donald)
    service.confirm(version, facts(statutoryName="Test BV Donald (gelezen)"), uuid4())
    assert version.best_facts["statutoryName"] == "Test BV Donald (gelezen)"


EDGES = [
    ("kvk_extract", ["issueDate"]),
    ("liability_insurance", ["startDate", "endDate", "certificateDate"]),
    ("quality_mark", ["validFrom", "validUntil"]),
]


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
@pytest.mark.parametrize(("kind", "names"), EDGES)
def test_a_day_from_which_no_period_can_be_counted_is_refused(session, donald, kind, names, day):
    with pytest.raises(Invalid) as caught:
        deposited(donald, kind, **dict.fromkeys(names, day))
    assert set(caught.value.fields) == set(names)


@pytest.mark.parametrize(
    ("kind", "names", "day"),
    [
        *((kind, names, "1900-01-01") for kind, names in EDGES),
        ("quality_mark", ["validFrom", "validUntil"], "2199-12-31"),
    ],
)
def test_the_first_and_the_last_day_that_are_accepted_break_nothing(session, donald, reviewer, kind, names, day):
    version = approved(donald, reviewer, kind, **dict.fromkeys(names, day))
    (line,) = insight.dossier(donald)
    assert line.document is version.document


def test_every_kind_of_the_catalogue_can_be_drafted(session, donald):
    for code in catalogue().kinds:
        draft = service.draft(donald, kind=code, upload=file(factories.pdf(code)))
        assert draft.document.title == catalogue().kinds[code].name.nl
    assert len(queries.dossier(donald)) == len(catalogue().kinds)


def test_a_returned_version_can_be_followed_by_a_better_one(session, donald, reviewer):
    version = checked(donald)
    verification.send_back(reviewer, version.id, reason="Het is niet te lezen.")
    better = service.deposit_next(donald, version.document_id, relation="correction", upload=file(), facts=facts())
    assert (better.number, better.state) == (2, State.SUBMITTED)
    assert queries.get(donald, version.document_id).latest is better


def test_the_reviewers_queue_has_the_most_urgent_first(session, donald):
    late, soon = checked(donald), checked(donald, "quality_mark")
    service.needed_by(soon.document, clock.today())
    db.session.flush()
    assert session.scalars(queries.in_review()).unique().all() == [soon, late]


def test_ending_documents_are_found_by_their_last_day_with_both_ends(session, donald, reviewer):
    version = approved(donald, reviewer, "liability_insurance")
    last = version.valid_until
    day = timedelta(days=1)
    assert [row.id for row in queries.ending_between(last, last)] == [version.document_id]
    assert queries.ending_between(last + day, last + day) == []
    assert queries.ending_between(last - day, last - day) == []
    assert isinstance(session.get(Version, version.id), Version)
