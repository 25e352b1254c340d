"""Reads of findings, decisions and the reviewers' queue."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, or_, select

from depot.access import Action, Actor, authorize
from depot.core import clock, db
from depot.documents import queries as documents
from depot.documents.models import Document, Version
from depot.verification.models import Claim, Decision, Finding, ProofFinding, Review


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


def decisions(company_ids: Sequence[UUID]) -> Sequence[Row[UUID, Decision, datetime]]:
    """Version, decision and instant of what was decided about the documents of some companies, oldest first."""
    found = (
        select(Review.version_id, Review.decision, Review.at)
        .join(Version, Version.id == Review.version_id)
        .join(Document, Document.id == Version.document_id)
        .where(Document.company_id.in_(company_ids))
    )
    return db.session.execute(found.order_by(Review.id)).all()


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
