"""Questions to clients about references, and their answers."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from depot.companies.models import Company
from depot.core import clock, db
from depot.core.i18n import Text, _
from depot.documents.models import Version
from depot.verification.confirmation_rules import Outcome


class ConfirmationState(StrEnum):
    """How far a question is."""

    ASKED = "asked"
    ANSWERED = "answered"
    SILENT = "silent"
    STOPPED = "stopped"


STATE_NAMES: dict[ConfirmationState, Text] = {
    ConfirmationState.ASKED: _("gevraagd"),
    ConfirmationState.ANSWERED: _("beantwoord"),
    ConfirmationState.SILENT: _("geen antwoord"),
    ConfirmationState.STOPPED: _("gestopt"),
}


class Confirmation(db.Guarded, db.Base):
    """One question to one client about the facts of a reference. The answer is evidence for who reviews; it changes no fact.

    `about` is the same for the same facts of one company, so that nobody is asked twice. `address` is emptied once the
    reference cannot count any more; `domain` stays.
    """

    __tablename__ = "confirmations"
    __table_args__ = (
        Index(None, "company_id", "about"),
        Index(None, "version_id"),
        Index(
            "uq_confirmations_asked",
            "company_id",
            "about",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id))
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Company.organisation_id))
    about: Mapped[str]
    asked: Mapped[dict[str, Any]]
    client: Mapped[str]
    address: Mapped[str | None]
    domain: Mapped[str]
    checked_how: Mapped[str]
    locale: Mapped[str]
    asked_by: Mapped[UUID]
    until: Mapped[datetime]
    asked_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    reminded: Mapped[int] = mapped_column(default=0)
    state: Mapped[ConfirmationState] = mapped_column(db.enum(ConfirmationState), default=ConfirmationState.ASKED)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)

    version: Mapped[Version] = relationship(init=False, lazy="joined", innerjoin=True)

    @property
    def email(self) -> str:
        """Whom mail goes to."""
        return self.address or ""

    @property
    def is_open(self) -> bool:
        """Whether an answer is still awaited."""
        return self.state is ConfirmationState.ASKED

    @property
    def outcome(self) -> Outcome | None:
        """What the client said, if anything."""
        return Outcome(self.answer["outcome"]) if self.answer else None


class ConfirmationLink(db.Base):
    """A link that was mailed for a question; each mail has its own, and all work."""

    __tablename__ = "confirmation_links"
    __table_args__ = (Index(None, "confirmation_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    confirmation_id: Mapped[UUID] = mapped_column(ForeignKey(Confirmation.id))
