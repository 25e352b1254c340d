"""Reference codes: with one, a municipality follows how a company's documents stand, without reading them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from depot.accounts.models import Organisation, User
from depot.bundles import code_rules
from depot.companies.models import Company
from depot.core import clock, db
from depot.core.errors import Conflict
from depot.core.i18n import _
from depot.tenders.models import Tender


class CodeState(StrEnum):
    """Whether a code tells anything; that it expired follows from the clock."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Code(db.Base):
    """A reference that a company made for one municipality, or for one tender and so for its municipality.

    It is kept readable: it opens nothing but to the recipient, signed in (ADR 0024). `until` is its last day.
    """

    __tablename__ = "codes"
    __table_args__ = (Index(None, "company_id"), Index(None, "recipient_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    code: Mapped[str] = mapped_column(unique=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Company.organisation_id))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    tender_id: Mapped[UUID | None] = mapped_column(ForeignKey(Tender.id))
    kinds: Mapped[list[str]]
    reason: Mapped[str]
    until: Mapped[date]
    made_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    made_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    expired_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was recorded that its last day was over."""

    company: Mapped[Company] = relationship(init=False, lazy="joined", innerjoin=True)
    recipient: Mapped[Organisation] = relationship(init=False, lazy="joined", innerjoin=True)
    tender: Mapped[Tender | None] = relationship(init=False, lazy="joined")

    @property
    def shown(self) -> str:
        """The code as people read it."""
        return code_rules.shown(self.code)

    @property
    def state(self) -> CodeState:
        """Whether it tells anything now."""
        if self.revoked_at is not None:
            return CodeState.REVOKED
        return CodeState.EXPIRED if clock.today() > self.until else CodeState.ACTIVE

    @property
    def is_active(self) -> bool:
        """Whether its recipient sees how the documents stand."""
        return self.state is CodeState.ACTIVE

    def revoke(self) -> None:
        """It tells nothing any more, from this instant on."""
        if not self.is_active:
            raise Conflict(_("Deze verwijzing werkt al niet meer."))
        self.revoked_at = clock.now()


class CodeLook(db.Base):
    """That a municipality looked up a code; one that it may not see, or that does not exist, has no `code_id`."""

    __tablename__ = "code_looks"
    __table_args__ = (Index(None, "municipality_id", "at"), Index(None, "code_id", "municipality_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    municipality_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    code_id: Mapped[UUID | None] = mapped_column(ForeignKey(Code.id))
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
