"""Several files at once, the same file twice, and drafts that wait with what was typed."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from depot.access import Role
from depot.accounts.models import Organisation
from depot.core.errors import Conflict, Duplicate, Forbidden, Invalid, NotFound, TooLarge
from depot.core.storage import store
from depot.documents import drafts, lists, queries, service
from depot.documents.models import Document, FactSource, Relation, State
from depot.verification import service as verification
from tests import factories
from tests.factories import approved, checked, deposited, facts, file, pdf, staff


@pytest.fixture
def donald(session):
    return factories.company()


def papers(*names):
    return [file(pdf(name), name=name) for name in names]


def test_several_files_become_a_draft_each_called_after_its_file(session, donald):
    begun = drafts.begin(donald, kind="reference", uploads=papers("Venlo.pdf", "Weert 2025.pdf"), title="Van alles")
    assert [row.document.title for row in begun.versions] == ["Venlo", "Weert 2025"]
    assert {row.document.kind for row in begun.versions} == {"reference"}
    assert begun.refused == ()
    assert [row.document.title for row in queries.drafts(donald)] == ["Weert 2025", "Venlo"]


def test_wrong_files_are_named_one_by_one_and_the_good_ones_are_kept(session, donald):
    known = deposited(donald)
    uploads = [
        *papers("een.pdf"),
        file(b"", name="leeg.pdf"),
        file(b"PK\x03\x04", name="tekst.docx"),
        file(pdf(), name="nog eens.pdf"),
        file(b"%PDF-" + b"x" * (26 << 20), name="groot.pdf"),
        *papers("een.pdf", "twee.pdf"),
    ]
    begun = drafts.begin(donald, kind="reference", uploads=uploads, key=uuid4())
    assert [row.document.title for row in begun.versions] == ["een", "twee"]
    assert [(item.name, item.existing) for item in begun.refused] == [
        ("leeg.pdf", None),
        ("tekst.docx", None),
        ("nog eens.pdf", known.document_id),
        ("groot.pdf", None),
        ("een.pdf", None),
    ]
    said = [str(item.why) for item in begun.refused]
    for sentence, part in zip(
        said, ("leeg", "geen PDF, PNG of JPEG", "staat al", "mag 25 MB zijn", "twee keer"), strict=True
    ):
        assert part in sentence
    assert session.scalar(select(func.count()).select_from(Document)) == 3


def test_when_no_file_is_right_nothing_is_kept_and_each_is_named(session, donald):
    with pytest.raises(Invalid) as caught:
        drafts.begin(donald, kind="reference", uploads=[file(b"x", name="a.txt"), file(b"", name="b.pdf")])
    assert [str(line).split(":")[0] for line in caught.value.fields["bestand"]] == ["a.txt", "b.pdf"]
    assert session.scalar(select(func.count()).select_from(Document)) == 0


def test_the_same_form_sent_twice_makes_the_same_drafts(session, donald):
    key = uuid4()
    first = drafts.begin(donald, kind="reference", uploads=papers("a.pdf", "b.pdf"), key=key)
    again = drafts.begin(donald, kind="reference", uploads=papers("b.pdf", "a.pdf"), key=key)
    assert [row.id for row in first.versions] == [row.id for row in again.versions][::-1]
    assert session.scalar(select(func.count()).select_from(Document)) == 2


def test_more_files_than_the_limit_are_refused_before_any_is_kept(session, donald):
    uploads = papers(*(f"{number}.pdf" for number in range(drafts.FILES_LIMIT + 1)))
    with pytest.raises(Invalid) as caught:
        drafts.begin(donald, kind="reference", uploads=uploads)
    assert list(caught.value.fields) == ["bestand"]
    assert session.scalar(select(func.count()).select_from(Document)) == 0


def test_the_same_file_twice_within_a_company_is_refused_with_the_document_that_has_it(session, donald):
    known = deposited(donald)
    before = set(store().keys("documents/"))
    with pytest.raises(Duplicate) as caught:
        service.draft(donald, kind="quality_mark", upload=file(pdf()))
    assert caught.value.existing == known.document_id
    assert list(caught.value.fields) == ["bestand"]
    assert set(store().keys("documents/")) == before


def test_two_companies_may_have_the_same_file(session, donald):
    deposited(donald)
    assert deposited(factories.company(factories.DAGOBERT)).file.sha256


@pytest.mark.parametrize("end", ["withdrawn", "discarded", "returned"])
def test_a_file_that_no_longer_counts_may_come_again(session, donald, end):
    version = checked(donald)
    match end:
        case "withdrawn":
            service.withdraw(donald, version.document_id)
        case "discarded":
            service.discard(donald, version.id)
        case "returned":
            verification.send_back(factories.reviewer(), version.id, reason="Dit is een andere soort.")
    session.flush()
    assert service.draft(donald, kind="quality_mark", upload=file(pdf())).state is State.DRAFT


def test_a_correction_may_bring_the_same_file_and_nothing_else_may(session, donald):
    version = approved(donald, factories.reviewer())
    for relation in (Relation.RENEWAL, Relation.CHANGE):
        with pytest.raises(Duplicate):
            service.succeed(
                donald,
                version.document_id,
                relation=relation,
                upload=file(pdf()),
                effective_on=version.issued_on,
            )
    assert service.succeed(donald, version.document_id, relation="correction", upload=file(pdf())).number == 2


def test_a_correction_does_not_bring_the_file_of_another_document(session, donald):
    deposited(donald)
    version = approved(donald, factories.reviewer(), "quality_mark")
    with pytest.raises(Duplicate):
        service.succeed(donald, version.document_id, relation="correction", upload=file(pdf()))


def test_what_was_typed_is_kept_as_it_was_typed_until_it_is_handed_in(session, donald):
    version = service.draft(donald, kind="kvk_extract", upload=file())
    drafts.keep(donald, version.id, typed={"kvkNumber": ["12"], "issueDate": ["gisteren"], "vreemd": ["x"]})
    session.flush()
    session.expire_all()
    assert version.typed == {"kvkNumber": ["12"], "issueDate": ["gisteren"]}
    assert version.state is State.DRAFT
    service.submit(donald, version.id, facts=facts())
    session.flush()
    assert version.typed is None


def test_what_was_typed_goes_with_a_draft_that_is_thrown_away(session, donald):
    version = service.draft(donald, kind="kvk_extract", upload=file())
    drafts.keep(donald, version.id, typed={"kvkNumber": ["12"]})
    service.discard(donald, version.id)
    assert version.typed is None
    assert queries.drafts(donald) == []


def test_there_is_an_end_to_what_is_kept_of_a_form(session, donald):
    version = service.draft(donald, kind="kvk_extract", upload=file())
    with pytest.raises(TooLarge):
        drafts.keep(donald, version.id, typed={"statutoryName": ["x" * (drafts.TYPED_LIMIT + 1)]})


def test_a_draft_gets_another_kind_with_its_name_and_without_the_rows_of_the_first(session, donald):
    version = service.draft(donald, kind="qualified_staff_list")
    lists.put(donald, version.id, 1, values=staff())
    drafts.change_kind(donald, version.id, kind="reference")
    assert (version.document.kind, version.document.title) == ("reference", service.kind_of("reference").name.nl)
    assert version.facts(FactSource.PROPOSED) is None


def test_a_kind_that_does_not_go_with_or_without_a_file_is_refused(session, donald):
    without = service.draft(donald, kind="reference")
    with pytest.raises(Invalid) as caught:
        drafts.change_kind(donald, without.id, kind="kvk_extract")
    assert list(caught.value.fields) == ["soort"]
    with pytest.raises(Invalid):
        drafts.change_kind(donald, without.id, kind="geen_soort")
    assert without.document.kind == "reference"


def test_what_was_handed_in_once_keeps_its_kind_and_its_facts(session, donald):
    version = approved(donald, factories.reviewer())
    following = service.succeed(donald, version.document_id, relation="correction", upload=file(pdf()))
    for attempt in (
        lambda: drafts.change_kind(donald, version.id, kind="reference"),
        lambda: drafts.change_kind(donald, following.id, kind="reference"),
        lambda: drafts.keep(donald, version.id, typed={"kvkNumber": ["1"]}),
    ):
        with pytest.raises(Conflict):
            attempt()


def test_drafts_are_the_companys_own_and_a_reader_changes_none(session, donald):
    version = service.draft(donald, kind="reference", upload=file())
    reader = factories.member(session.get_one(Organisation, donald.organisation_id), Role.COMPANY_READER)
    dagobert = factories.company(factories.DAGOBERT)
    for actor, failure in ((reader, Forbidden), (dagobert, NotFound), (factories.municipality(), NotFound)):
        for attempt in (
            lambda actor=actor: drafts.keep(actor, version.id, typed={}),
            lambda actor=actor: drafts.change_kind(actor, version.id, kind="kvk_extract"),
        ):
            with pytest.raises(failure):
                attempt()
    assert queries.drafts(dagobert) == []
    assert (version.typed, version.document.kind) == (None, "reference")
