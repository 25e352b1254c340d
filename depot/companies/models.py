"""What a company says of itself beyond its documents; requirements may ask for it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from depot.accounts.models import Organisation, User
from depot.companies.register import Outcome
from depot.core import clock, db
from depot.core.errors import Conflict
from depot.core.i18n import _
from depot.core.work import Leased


class Company(Leased, db.Base):
    """The profile of an organisation that deposits; services, target groups and regions are codes of the glossary.

    `is_counted`: it agreed to be counted, without its name, when a municipality asks how many companies meet a requirement.
    `looked_up_at`: when the trade register last answered.
    """

    __tablename__ = "companies"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id), primary_key=True)
    legal_name: Mapped[str]
    legal_form: Mapped[str]
    seat: Mapped[str]
    trade_names: Mapped[list[str]] = mapped_column(default_factory=list)
    services: Mapped[list[str]] = mapped_column(default_factory=list)
    target_groups: Mapped[list[str]] = mapped_column(default_factory=list)
    regions: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    is_listed: Mapped[bool] = mapped_column(default=False)
    is_counted: Mapped[bool] = mapped_column(default=False, server_default=false())
    looked_up_at: Mapped[datetime | None] = mapped_column(default=None)

    organisation: Mapped[Organisation] = relationship(init=False, lazy="joined", innerjoin=True)

    @property
    def id(self) -> UUID:
        """Its organisation's key."""
        return self.organisation_id


class Establishment(db.Base):
    """A branch (vestiging) of a company, by its twelve-digit number."""

    __tablename__ = "establishments"
    __table_args__ = (UniqueConstraint("company_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Company.organisation_id))
    number: Mapped[str]
    address: Mapped[str]
    municipality_code: Mapped[str]


class RegisterLook(db.Base):
    """One look in the trade register for a company: what came of it, what was told, and in what the profile differs.

    `attempts` counts how often it was asked in a row without an answer, the last time at `at`. A look is flagged when it
    differs in another way than the look before; a reviewer settles that.
    """

    __tablename__ = "register_looks"
    __table_args__ = (
        Index(None, "company_id", "at"),
        Index(None, "is_flagged", "seen_at"),
        Index(None, "outcome", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Company.organisation_id))
    outcome: Mapped[Outcome] = mapped_column(db.enum(Outcome))
    reason: Mapped[str]
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    differences: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    is_flagged: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    attempts: Mapped[int] = mapped_column(default=1)
    seen_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id), default=None)
    seen_at: Mapped[datetime | None] = mapped_column(default=None)
    remark: Mapped[str] = mapped_column(default="")

    company: Mapped[Company] = relationship(init=False, lazy="raise")

    def settle(self, by: UUID, remark: str) -> None:
        """A reviewer has seen it, and says what became of it."""
        if self.seen_at:
            raise Conflict(_("Dit is al bekeken."))
        self.seen_by, self.seen_at, self.remark = by, clock.now(), remark
