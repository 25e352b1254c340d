"""Reads for reminders; they serve the depot's own job, so they reach over all companies."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from depot.accounts.models import Organisation, OrganisationState
from depot.core import db
from depot.documents.models import Document, State, Version
from depot.reminders.models import Digest, ReminderStep


def companies_with_ends(first: date, last: date) -> Sequence[UUID]:
    """The companies that take part and have an approved version whose successor is due within these days; both count."""
    found = (
        select(Document.company_id)
        .join(Version, Version.document_id == Document.id)
        .join(Organisation, Organisation.id == Document.company_id)
        .where(
            Version.state == State.APPROVED,
            Version.next_due_on.between(first, last),
            Organisation.state == OrganisationState.ACTIVE,
        )
        .distinct()
        .order_by(Document.company_id)
    )
    return db.session.scalars(found).all()


def log(company_ids: Sequence[UUID]) -> set[tuple[UUID, date, int]]:
    """Every step that was sent or passed over for documents of some companies."""
    found = (
        select(ReminderStep.document_id, ReminderStep.end_date, ReminderStep.step)
        .join(Document, Document.id == ReminderStep.document_id)
        .where(Document.company_id.in_(company_ids))
    )
    return {(row.document_id, row.end_date, row.step) for row in db.session.execute(found)}


def has_digest(company_id: UUID, day: date) -> bool:
    """Whether the company's digest of that day was written."""
    found = select(Digest.id).where(Digest.company_id == company_id, Digest.day == day)
    return db.session.scalar(found) is not None
