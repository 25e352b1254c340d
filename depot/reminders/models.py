"""What was reminded, so that nothing is reminded twice."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from depot.accounts.models import Organisation, User
from depot.core import clock, db
from depot.documents.models import Document


class ReminderStep(db.Base):
    """One step of the calendar towards one end date of one document, and the day on which it was taken up or passed over."""

    __tablename__ = "reminder_steps"
    __table_args__ = (UniqueConstraint("document_id", "end_date", "step"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    document_id: Mapped[UUID] = mapped_column(ForeignKey(Document.id))
    end_date: Mapped[date]
    step: Mapped[int]
    day: Mapped[date]
    is_passed_over: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class Digest(db.Base):
    """The one mail of a day to a person about a company."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("recipient_id", "company_id", "day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    day: Mapped[date]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class DigestLine(db.Base):
    """That a person is to hear of a step: it waits until it stands in a digest, and is removed when it has become untrue."""

    __tablename__ = "digest_lines"
    __table_args__ = (
        UniqueConstraint("recipient_id", "step_id"),
        Index(None, "step_id"),
        Index(
            "ix_digest_lines_waiting",
            "company_id",
            sqlite_where=text("digest_id IS NULL"),
            postgresql_where=text("digest_id IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    step_id: Mapped[UUID] = mapped_column(ForeignKey(ReminderStep.id))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    digest_id: Mapped[UUID | None] = mapped_column(ForeignKey(Digest.id), default=None)

    step: Mapped[ReminderStep] = relationship(init=False, lazy="joined", innerjoin=True)


class Pause(db.Base):
    """That the company wants to hear nothing of a document until a day has passed; what is urgent it hears all the same."""

    __tablename__ = "pauses"
    __table_args__ = (Index(None, "document_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    document_id: Mapped[UUID] = mapped_column(ForeignKey(Document.id))
    until: Mapped[date]
    by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class ReminderStop(db.Base):
    """That the company will not renew what ends on a day: it hears nothing more of that end, unless it takes this back."""

    __tablename__ = "reminder_stops"
    __table_args__ = (
        Index(
            "uq_reminder_stops_in_force",
            "document_id",
            "end_date",
            unique=True,
            sqlite_where=text("taken_back_at IS NULL"),
            postgresql_where=text("taken_back_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    document_id: Mapped[UUID] = mapped_column(ForeignKey(Document.id))
    end_date: Mapped[date]
    by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    taken_back_at: Mapped[datetime | None] = mapped_column(default=None)


class Rhythm(StrEnum):
    """How often somebody is written to about what can wait."""

    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


class Preference(db.Base):
    """What a person chose about the mails for one organisation; who chose nothing has no row."""

    __tablename__ = "preferences"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id), primary_key=True)
    rhythm: Mapped[Rhythm] = mapped_column(db.enum(Rhythm), default=Rhythm.DAILY)
    wants_statement: Mapped[bool] = mapped_column(default=True)

    @property
    def id(self) -> UUID:
        """Whose it is, for the audit trail."""
        return self.user_id


class NoticeKind(StrEnum):
    """The mails that a person gets at most once a day for an organisation, beside the digest of what ends."""

    STATEMENT = "statement"
    CHANGES = "changes"
    DESK = "desk"


class Notice(db.Base):
    """For which day a person was last written to for an organisation, or had nothing to be told, and up to which moment."""

    __tablename__ = "notices"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id), primary_key=True)
    kind: Mapped[NoticeKind] = mapped_column(db.enum(NoticeKind), primary_key=True)
    day: Mapped[date]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class CalendarFeed(db.Base):
    """The address at which a company's calendar can be read; the secret in it is kept as a hash."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        Index(
            "uq_calendar_feeds_in_force",
            "company_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    used_on: Mapped[date | None] = mapped_column(default=None)
    """The last Dutch day on which it was read."""
