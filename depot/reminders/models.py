"""What was reminded, so that nothing is reminded twice."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from depot.accounts.models import Organisation
from depot.core import clock, db
from depot.documents.models import Document


class ReminderStep(db.Base):
    """One step of the calendar towards one end date of one document; it exists once it is in a digest."""

    __tablename__ = "reminder_steps"
    __table_args__ = (UniqueConstraint("document_id", "end_date", "step"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    document_id: Mapped[UUID] = mapped_column(ForeignKey(Document.id))
    end_date: Mapped[date]
    step: Mapped[int]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class Digest(db.Base):
    """The one mail of a day to a company."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("company_id", "day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    day: Mapped[date]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
