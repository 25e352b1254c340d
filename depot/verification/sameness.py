"""Files of one company that another company handed in too: kept apart from the findings, for reviewers alone."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import selectinload

from depot.access import Action, Actor, authorize
from depot.catalogue.rules import FileCheck
from depot.core import db
from depot.documents.models import Document, File, State, Version
from depot.documents.service import kind_of
from depot.verification import likeness
from depot.verification.models import Print, Sameness

LIMIT = 20
"""With how many others a version is compared at most."""


def of(actor: Actor, version_id: UUID) -> Sequence[Sameness]:
    """What other companies handed in that is suspiciously the same as a version; for reviewers."""
    authorize(actor, Action.VERSION_REVIEW)
    found = select(Sameness).where(Sameness.version_id == version_id).order_by(Sameness.id)
    return db.session.scalars(found.options(selectinload(Sameness.other))).unique().all()


def record(version: Version, text: str) -> int:
    """Remember the text's fingerprint, and what others handed in that is the same; gives how many.

    The text is compared for kinds that companies write themselves only: certificates of one issuer are all alike.
    """
    is_own_words = FileCheck.LIKENESS in kind_of(version.document.kind).checks
    parts = likeness.fingerprint(text) if is_own_words else {}
    same = set(db.session.scalars(_same_bytes(version)))
    near = set(db.session.scalars(_near(version, parts))) - same if parts else set()
    db.session.add_all(Print(version_id=version.id, part=part, value=value) for part, value in parts.items())
    db.session.add_all(
        Sameness(version_id=version.id, other_id=other, is_same_bytes=other in same) for other in sorted(same | near)
    )
    return len(same) + len(near)


def _of_others(version: Version) -> Select[UUID]:
    return (
        select(Version.id)
        .join(Document, Document.id == Version.document_id)
        .where(Document.company_id != version.document.company_id, Version.state != State.DRAFT)
    )


def _same_bytes(version: Version) -> Select[UUID]:
    sha256 = version.file.sha256 if version.file else ""
    return _of_others(version).join(File, File.id == Version.file_id).where(File.sha256 == sha256).limit(LIMIT)


def _near(version: Version, parts: Mapping[int, int]) -> Select[UUID]:
    shared = or_(*(and_(Print.part == part, Print.value == value) for part, value in parts.items()))
    found = _of_others(version).join(Print, Print.version_id == Version.id).where(shared)
    return found.group_by(Version.id).having(func.count() >= likeness.NEAR).limit(LIMIT)
