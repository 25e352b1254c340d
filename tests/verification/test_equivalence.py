from io import BytesIO
from uuid import uuid4

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Action, Actor, Role
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.catalogue.service import catalogue, schemes
from depot.core import db
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound
from depot.documents import service as documents
from depot.documents.models import Version
from depot.verification import equivalence, equivalence_annex
from depot.verification.equivalence_models import NormProof, Shown
from tests import factories

CLAIM = {
    "proofKind": "equivalent_measures",
    "equivalenceClaim": "Eigen kwaliteitshandboek, beschreven per norm.",
    "reasonNotObtainable": "De audit is pas volgend jaar.",
}


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def claim(company: Actor, reviewer: Actor) -> Version:
    return factories.approved(company, reviewer, "quality_mark", **CLAIM)


@pytest.fixture
def paper(company: Actor, reviewer: Actor) -> Version:
    return factories.approved(company, reviewer, "liability_insurance")


@pytest.fixture
def proof(company: Actor, claim: Version, paper: Version) -> NormProof:
    return add(company, claim, paper)


def add(company: Actor, claim: Version, paper: Version, norm: str = "continuity") -> NormProof:
    return equivalence.add(
        company, claim.document_id, norm=norm, version_id=paper.id, explanation="Bladzijde 2: de dekking loopt door."
    )


def test_a_file_names_every_norm_also_those_without_proof(company: Actor, claim: Version, proof: NormProof) -> None:
    file = equivalence.file(company, claim.document_id)
    assert file.scheme_name == "Blik op Werk"
    assert [len(line.proofs) for line in file.lines] == [0, 1, 0, 0, 0, 0, 0, 0]
    assert file.norms_with_proof == 1


def test_every_scheme_says_its_norms_in_two_languages_and_where_they_are_from() -> None:
    for known in schemes().values():
        assert known.source
        assert len({norm.code for norm in known.norms}) == len(known.norms)
        assert all(norm.name.nl and norm.name.en and norm.says.nl and norm.says.en for norm in known.norms)


def test_the_schemes_are_those_that_a_mark_can_be_of(session: Session) -> None:
    kind = catalogue().kinds["quality_mark"]
    assert kind.equivalence
    spec = kind.field(kind.equivalence.scheme)
    assert spec
    assert {code for code, _name in spec.choices} == {*schemes(), "other"}


@pytest.mark.parametrize("changes", [{"proofKind": "certificate"}, {**CLAIM, "scheme": "other"}])
def test_a_mark_itself_and_an_unknown_scheme_have_no_file(company: Actor, changes: dict[str, str]) -> None:
    version = factories.checked(company, "quality_mark", **changes)
    assert equivalence.scheme_of(version.document) is None
    with pytest.raises(NotFound):
        equivalence.file(company, version.document_id)


def test_a_reviewer_finds_whether_a_document_shows_it_and_no_more(
    session: Session, reviewer: Actor, claim: Version, proof: NormProof
) -> None:
    assert [row.id for row in equivalence.waiting(reviewer)] == [claim.document_id]
    with pytest.raises(Invalid):
        equivalence.look(reviewer, proof.id, shown="not_shown", remark="")
    row = equivalence.look(reviewer, proof.id, shown="shown", remark="")
    assert (row.shown, row.looked_by) == (Shown.SHOWN, reviewer.id)
    session.flush()
    assert not equivalence.waiting(reviewer)
    event = session.scalars(select(Event).where(Event.action == Action.EQUIVALENCE_LOOK)).one()
    assert event.detail == {"shown": "shown"}


def test_a_document_that_was_not_reviewed_itself_shows_nothing_yet(
    company: Actor, reviewer: Actor, claim: Version
) -> None:
    paper = factories.checked(company, "liability_insurance")
    row = add(company, claim, paper)
    assert not equivalence.waiting(reviewer)
    with pytest.raises(Conflict):
        equivalence.look(reviewer, row.id, shown="shown", remark="")


def test_the_document_itself_may_be_its_own_proof_for_several_norms(company: Actor, claim: Version) -> None:
    for norm in ("processes", "staff"):
        add(company, claim, claim, norm)
    assert equivalence.file(company, claim.document_id).norms_with_proof == 2


def test_the_same_document_stands_once_with_a_norm_until_it_is_taken_back(
    session: Session, company: Actor, reviewer: Actor, claim: Version, paper: Version, proof: NormProof
) -> None:
    with pytest.raises(Conflict):
        add(company, claim, paper)
    equivalence.take_back(company, proof.id)
    equivalence.take_back(company, proof.id)
    session.flush()
    assert equivalence.file(company, claim.document_id).norms_with_proof == 0
    with pytest.raises(Conflict):
        equivalence.look(reviewer, proof.id, shown="shown", remark="")
    assert add(company, claim, paper).id != proof.id


def test_only_norms_of_the_scheme_and_documents_of_ones_own_dossier_are_taken(
    company: Actor, reviewer: Actor, claim: Version, paper: Version
) -> None:
    other = factories.approved(factories.company(factories.DAGOBERT), reviewer, "liability_insurance")
    withdrawn = factories.approved(company, reviewer, "reference")
    documents.withdraw(company, withdrawn.document_id)
    for version_id in (other.id, withdrawn.id, uuid4()):
        with pytest.raises(Invalid):
            equivalence.add(company, claim.document_id, norm="staff", version_id=version_id, explanation="x")
    with pytest.raises(Invalid):
        equivalence.add(company, claim.document_id, norm="leadership", version_id=paper.id, explanation="x")


def test_strangers_see_no_file_and_readers_write_none(
    company: Actor, claim: Version, paper: Version, proof: NormProof
) -> None:
    dagobert = factories.company(factories.DAGOBERT)
    with pytest.raises(NotFound):
        equivalence.file(dagobert, claim.document_id)
    with pytest.raises(NotFound):
        equivalence.take_back(dagobert, proof.id)
    reader = factories.member(db.session.get_one(Organisation, company.organisation_id), Role.COMPANY_READER)
    assert equivalence.file(reader, claim.document_id).norms_with_proof == 1
    with pytest.raises(Forbidden):
        add(reader, claim, paper, "staff")
    with pytest.raises(Forbidden):
        equivalence.look(company, proof.id, shown="shown", remark="")
    with pytest.raises(Forbidden):
        equivalence.waiting(company)


def test_a_document_that_is_withdrawn_has_no_file(company: Actor, claim: Version, proof: NormProof) -> None:
    documents.withdraw(company, claim.document_id)
    with pytest.raises(NotFound):
        equivalence.file(company, claim.document_id)


def test_the_annex_is_a_pdf_that_says_each_norm_and_that_the_municipality_decides(
    company: Actor, reviewer: Actor, claim: Version, proof: NormProof
) -> None:
    equivalence.look(reviewer, proof.id, shown="not_shown", remark="De polis noemt dit niet.")
    file = equivalence.file(company, claim.document_id)
    said = equivalence_annex.content(file)
    assert "besluit de gemeente" in said["intro"]
    [shown] = [norm["proofs"] for norm in said["norms"] if norm["proofs"]]
    assert shown[0]["looked"] == "het document toont dit niet: De polis noemt dit niet."
    with pikepdf.open(BytesIO(equivalence_annex.pdf(file))) as pdf:
        assert len(pdf.pages) <= 2
        assert "Blik op Werk" in str(pdf.docinfo["/Title"])
