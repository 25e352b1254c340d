"""What registers of quality marks say: lists brought in whole, and single looks by hand."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from depot.accounts.models import User
from depot.core import clock, db


class MarkSource(db.Base):
    """One look in the register of a scheme on a day: of all its holders (no KvK number), or of one company.

    The file is what shows it: the list itself, or a print of the register's page.
    """

    __tablename__ = "mark_sources"
    __table_args__ = (Index(None, "scheme", "kvk_number", "as_of"), Index(None, "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    scheme: Mapped[str]
    kvk_number: Mapped[str]
    as_of: Mapped[date]
    by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    object_key: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    size: Mapped[int]
    name: Mapped[str]
    media_type: Mapped[str]
    entries: Mapped[int]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class MarkEntry(db.Base):
    """A holder of a mark as a source says; `holder_key` is the holder's name in one spelling."""

    __tablename__ = "mark_entries"
    __table_args__ = (Index(None, "source_id", "kvk_number"), Index(None, "source_id", "holder_key"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    source_id: Mapped[UUID] = mapped_column(ForeignKey(MarkSource.id))
    kvk_number: Mapped[str]
    holder: Mapped[str]
    holder_key: Mapped[str]
    number: Mapped[str]
    status: Mapped[str]
    valid_from: Mapped[date | None] = mapped_column(default=None)
    valid_until: Mapped[date | None] = mapped_column(default=None)
