"""Reads for reminders; those of the daily job reach over all companies."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, union

from depot.accounts.models import Organisation, OrganisationState
from depot.core import db
from depot.documents.models import Document, Version
from depot.reminders.models import Digest, DigestLine, Pause, ReminderStep, ReminderStop
from depot.reminders.rules import Log


def companies_due(day: date) -> Sequence[UUID]:
    """The companies that take part and have a document to look at by this day, or people who are still to be told."""
    looked_at = (
        select(Document.company_id)
        .join(Version, Version.document_id == Document.id)
        .where(Version.reminder_due_on <= day)
    )
    untold = select(DigestLine.company_id).where(DigestLine.digest_id.is_(None))
    found = select(Organisation.id).where(
        Organisation.state == OrganisationState.ACTIVE, Organisation.id.in_(union(looked_at, untold))
    )
    return db.session.scalars(found.order_by(Organisation.id)).all()


def hold_due(company_id: UUID, day: date) -> set[UUID]:
    """The versions of a company to look at by this day, held until the unit of work ends: who makes one due again waits."""
    found = (
        select(Version.id)
        .join(Document, Document.id == Version.document_id)
        .where(Document.company_id == company_id, Version.reminder_due_on <= day)
        .order_by(Version.id)
        .with_for_update(of=Version)
    )
    return set(db.session.scalars(found))


def log(document_ids: Collection[UUID]) -> Log:
    """The most urgent step that was told, or passed over, of each end of some documents."""
    found = (
        select(ReminderStep.document_id, ReminderStep.end_date, func.min(ReminderStep.step))
        .where(ReminderStep.document_id.in_(document_ids))
        .group_by(ReminderStep.document_id, ReminderStep.end_date)
    )
    return {(row[0], row[1]): row[2] for row in db.session.execute(found)}


def pauses(document_ids: Collection[UUID]) -> Mapping[UUID, Pause]:
    """The pause of each document that was not ended; the latest counts."""
    found = select(Pause).where(Pause.document_id.in_(document_ids), Pause.ended_at.is_(None)).order_by(Pause.id)
    return {row.document_id: row for row in db.session.scalars(found)}


def stops(document_ids: Collection[UUID]) -> Mapping[tuple[UUID, date], ReminderStop]:
    """What the company said that it will not renew, by document and end."""
    found = select(ReminderStop).where(ReminderStop.document_id.in_(document_ids), ReminderStop.taken_back_at.is_(None))
    return {(row.document_id, row.end_date): row for row in db.session.scalars(found)}


def of_kind(document: Document) -> Sequence[Document]:
    """The documents of a document's company and kind, itself among them."""
    found = select(Document).where(Document.company_id == document.company_id, Document.kind == document.kind)
    return db.session.scalars(found.order_by(Document.id)).unique().all()


def untold(company_id: UUID) -> Sequence[DigestLine]:
    """What people of a company are still to be told."""
    found = select(DigestLine).where(DigestLine.company_id == company_id, DigestLine.digest_id.is_(None))
    return db.session.scalars(found.order_by(DigestLine.id)).all()


def last_digests(company_id: UUID) -> Mapping[UUID, date]:
    """The day of each person's last digest about a company."""
    found = select(Digest.recipient_id, func.max(Digest.day)).where(Digest.company_id == company_id)
    return {row[0]: row[1] for row in db.session.execute(found.group_by(Digest.recipient_id))}
