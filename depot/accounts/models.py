"""Organisations, the people who act for them, and how they prove who they are."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from depot.core import clock, db


class OrganisationKind(StrEnum):
    """The three sorts of tenant."""

    COMPANY = "company"
    MUNICIPALITY = "municipality"
    OPERATOR = "operator"


class OrganisationState(StrEnum):
    """Whether an organisation takes part."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Organisation(db.Base):
    """A tenant: a company by its KvK number, a municipality by its CBS code, or the operator."""

    __tablename__ = "organisations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    kind: Mapped[OrganisationKind] = mapped_column(db.enum(OrganisationKind))
    name: Mapped[str]
    kvk_number: Mapped[str | None] = mapped_column(unique=True, default=None)
    rsin: Mapped[str | None] = mapped_column(default=None)
    municipality_code: Mapped[str | None] = mapped_column(unique=True, default=None)
    state: Mapped[OrganisationState] = mapped_column(db.enum(OrganisationState), default=OrganisationState.PENDING)


class User(db.Base):
    """A person who can sign in."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    locale: Mapped[str] = mapped_column(default="nl")
    is_active: Mapped[bool] = mapped_column(default=True)


class Membership(db.Base):
    """What a person may be within an organisation, and during which days."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    role: Mapped[str]
    from_day: Mapped[date] = mapped_column(default_factory=clock.today)
    until_day: Mapped[date | None] = mapped_column(default=None)

    user: Mapped[User] = relationship(init=False, lazy="raise")
    organisation: Mapped[Organisation] = relationship(init=False, lazy="raise")


class Credential(db.Base):
    """A password, as an Argon2id hash."""

    __tablename__ = "credentials"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), primary_key=True)
    password_hash: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class SignIn(db.Base):
    """One signed-in browser; ending the row ends it everywhere, whatever the cookie says."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    secret_hash: Mapped[str]
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    membership_id: Mapped[UUID] = mapped_column(ForeignKey(Membership.id))
    until: Mapped[datetime]
    started_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class SignInFailure(db.Base):
    """How often signing in failed in a row for one address or one origin, whether or not it exists."""

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    blocked_until: Mapped[datetime]


class ApiToken(db.Base):
    """A key with which a program acts for an organisation, in the role its maker gave it."""

    __tablename__ = "api_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    made_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    name: Mapped[str]
    role: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
