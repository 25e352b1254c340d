"""Reads of findings, decisions and the reviewers' queue."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select, type_coerce

from depot.access import Action, Actor, authorize
from depot.core import clock, db
from depot.documents import queries as documents
from depot.documents.models import Document, FactSet, FactSource, File, Version
from depot.verification.models import Claim, Finding, ProofFinding, Review


def findings(version_ids: Sequence[UUID]) -> Sequence[Finding]:
    """What the checks said about some versions, in the order in which they ran."""
    found = select(Finding).where(Finding.version_id.in_(version_ids)).order_by(Finding.version_id, Finding.id)
    return db.session.scalars(found).all()


def proof_findings(registration_id: UUID) -> Sequence[ProofFinding]:
    """What the checks said about the proof of a claim, in the order in which they ran."""
    found = select(ProofFinding).where(ProofFinding.registration_id == registration_id)
    return db.session.scalars(found.order_by(ProofFinding.id)).all()


def reviews(version_ids: Sequence[UUID]) -> Sequence[Review]:
    """The decisions about some versions, oldest first."""
    found = select(Review).where(Review.version_id.in_(version_ids)).order_by(Review.id)
    return db.session.scalars(found).all()


def evidence(company_ids: Select[UUID], kinds: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """What verdicts take from the documents of these kinds of some companies, in the order of documents and versions.

    No objects are made of it, not even of the keys, for there may be thousands. A version has a row for each pair of
    confirmed facts and a decision, both oldest first, and one where it has neither.
    """
    is_confirmed = and_(FactSet.version_id == Version.id, FactSet.source == FactSource.CONFIRMED)
    found = (
        select(
            type_coerce(Document.company_id, db.KeyText).label("company_id"),
            type_coerce(Document.id, db.KeyText).label("document_id"),
            Document.kind,
            type_coerce(Version.id, db.KeyText).label("version_id"),
            Version.number,
            Version.relation,
            Version.submitted_at,
            Version.effective_on,
            Version.withdrawn_at,
            File.sha256,
            FactSet.facts,
            FactSet.at,
            Review.decision,
            Review.at,
        )
        .join(Version, Version.document_id == Document.id)
        .outerjoin(File, File.id == Version.file_id)
        .outerjoin(FactSet, is_confirmed)
        .outerjoin(Review, Review.version_id == Version.id)
        .where(Document.company_id.in_(company_ids), Document.kind.in_(kinds))
        .order_by(Document.id, Version.number, FactSet.id, Review.id)
    )
    return db.session.execute(found).all()


def queue(actor: Actor) -> Sequence[Version]:
    """What waits for a reviewer and is not open with a colleague: most urgent first."""
    authorize(actor, Action.VERSION_REVIEW)
    is_free = or_(Claim.version_id.is_(None), Claim.until < clock.now(), Claim.user_id == actor.id)
    found = documents.in_review().outerjoin(Claim, Claim.version_id == Version.id).where(is_free)
    return db.session.scalars(found).unique().all()


def to_review(actor: Actor, version_id: UUID) -> Version:
    """One version for a reviewer."""
    authorize(actor, Action.VERSION_REVIEW)
    return documents.version(actor, version_id)


def predecessor(version: Version) -> Version | None:
    """The version before this one, for comparing."""
    return next((row for row in version.document.versions if row.number == version.number - 1), None)
