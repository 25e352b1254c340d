"""What checks found in a version, and what was decided about it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column, relationship

from depot.accounts.models import Registration, User
from depot.core import clock, db
from depot.documents.models import Version


class Found(MappedAsDataclass, kw_only=True):
    """What one check, in one version of that check, said."""

    check: Mapped[str]
    check_version: Mapped[int]
    outcome: Mapped[str]
    reason: Mapped[str]
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class Finding(Found, db.Base):
    """What one check, in one version of that check, said about one version."""

    __tablename__ = "findings"
    __table_args__ = (UniqueConstraint("version_id", "check", "check_version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id))


class ProofFinding(Found, db.Base):
    """What one check, in one version of that check, said about the proof of a claim to act for a company."""

    __tablename__ = "proof_findings"
    __table_args__ = (UniqueConstraint("registration_id", "check", "check_version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey(Registration.id))


class Claim(db.Base):
    """A reviewer has the version open; others pass it over until the claim ends."""

    __tablename__ = "claims"

    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    until: Mapped[datetime]


class Decision(StrEnum):
    """What a review can end in."""

    APPROVED = "approved"
    RETURNED = "returned"
    REVOKED = "revoked"


class Review(db.Base):
    """A decision about a version, by a person or by a rule, under one version of the catalogue."""

    __tablename__ = "reviews"
    __table_args__ = (Index(None, "version_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id))
    decision: Mapped[Decision] = mapped_column(db.enum(Decision))
    by_user_id: Mapped[UUID | None]
    by_rule: Mapped[str | None]
    reason: Mapped[str]
    catalogue_version: Mapped[str]
    next_look_on: Mapped[date | None] = mapped_column(default=None)
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    version: Mapped[Version] = relationship(init=False, lazy="raise")
