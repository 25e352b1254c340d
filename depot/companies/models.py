"""What a company says of itself beyond its documents; requirements may ask for it."""

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from depot.accounts.models import Organisation
from depot.core import db


class Company(db.Base):
    """The profile of an organisation that deposits; services, target groups and regions are codes of the glossary.

    `is_counted`: it agreed to be counted, without its name, when a municipality asks how many companies meet a requirement.
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
