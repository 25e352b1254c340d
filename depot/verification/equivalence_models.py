"""What a company without a mark puts forward for each of its norms."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from depot.core import clock, db
from depot.core.i18n import Text, _
from depot.documents.models import Document, Version


class Shown(StrEnum):
    """What a reviewer found: whether the document shows what the company says. Never whether that is equivalent."""

    SHOWN = "shown"
    NOT_SHOWN = "not_shown"


SHOWN_NAMES: dict[Shown, Text] = {
    Shown.SHOWN: _("het document toont dit"),
    Shown.NOT_SHOWN: _("het document toont dit niet"),
}


class NormProof(db.Guarded, db.Base):
    """One document of the company, with what it shows of one norm. It is taken back, never changed.

    `document_id` is the document that is put forward as the equivalent; `version_id` is the proof.
    """

    __tablename__ = "norm_proofs"
    __table_args__ = (Index(None, "document_id"), Index(None, "version_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    document_id: Mapped[UUID] = mapped_column(ForeignKey(Document.id))
    scheme: Mapped[str]
    norm: Mapped[str]
    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id))
    explanation: Mapped[str]
    by: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    shown: Mapped[Shown | None] = mapped_column(db.enum(Shown), default=None)
    remark: Mapped[str] = mapped_column(default="")
    looked_by: Mapped[UUID | None] = mapped_column(default=None)
    looked_at: Mapped[datetime | None] = mapped_column(default=None)

    document: Mapped[Document] = relationship(init=False, lazy="joined", innerjoin=True)
    version: Mapped[Version] = relationship(init=False, lazy="joined", innerjoin=True)
