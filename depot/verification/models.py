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


class Print(db.Base):
    """A part of the fingerprint of a version's text (`likeness.fingerprint`)."""

    __tablename__ = "prints"
    __table_args__ = (Index(None, "part", "value"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]


class Sameness(db.Base):
    """A version has the bytes, or nearly the text, of another company's. For reviewers alone: it tells of both."""

    __tablename__ = "samenesses"
    __table_args__ = (UniqueConstraint("version_id", "other_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id))
    other_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id))
    is_same_bytes: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    other: Mapped[Version] = relationship(init=False, lazy="joined", innerjoin=True, foreign_keys=[other_id])


class Claim(db.Base):
    """A reviewer has the version open; others pass it over until the claim ends."""

    __tablename__ = "claims"

    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    until: Mapped[datetime]
    since: Mapped[datetime] = mapped_column(default_factory=clock.now)


class Opinion(db.Base):
    """What one of two reviewers found while there was no decision yet: the first who agrees, or a second who does not."""

    __tablename__ = "opinions"
    __table_args__ = (Index(None, "version_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id))
    by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    is_agreeing: Mapped[bool]
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class Decision(StrEnum):
    """What a review can end in."""

    APPROVED = "approved"
    RETURNED = "returned"
    REVOKED = "revoked"


class Review(db.Base):
    """A decision about a version, by a person or by a rule, under one version of the catalogue.

    Approving anew an approved version says that it is still right. `opened_at` is when the person began to look.
    """

    __tablename__ = "reviews"
    __table_args__ = (Index(None, "version_id"), Index(None, "next_look_on"), Index(None, "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id))
    decision: Mapped[Decision] = mapped_column(db.enum(Decision))
    by_user_id: Mapped[UUID | None]
    by_rule: Mapped[str | None]
    reason: Mapped[str]
    catalogue_version: Mapped[str]
    next_look_on: Mapped[date | None] = mapped_column(default=None)
    opened_at: Mapped[datetime | None] = mapped_column(default=None)
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    version: Mapped[Version] = relationship(init=False, lazy="raise")
