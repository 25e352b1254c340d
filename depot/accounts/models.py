"""Organisations, the people who act for them, and how they prove who they are."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from depot.core import clock, db
from depot.core.errors import Conflict
from depot.core.i18n import Text, _
from depot.core.work import Leased


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


class Invitation(db.Base):
    """A one-time link with which one person can join an organisation; made from the command line it has no maker."""

    __tablename__ = "invitations"
    __table_args__ = (Index(None, "organisation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    email: Mapped[str]
    role: Mapped[str]
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    """What opens it; None once it lapsed."""
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    until: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    lapsed_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was recorded that its time was over."""

    organisation: Mapped[Organisation] = relationship(init=False, lazy="raise")

    @property
    def has_lapsed(self) -> bool:
        """Whether its time is over."""
        return self.until <= clock.now()


class PasswordReset(db.Base):
    """A one-time link with which a person chooses another password."""

    __tablename__ = "password_resets"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    token_hash: Mapped[str] = mapped_column(unique=True)
    until: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    used_at: Mapped[datetime | None] = mapped_column(default=None)

    user: Mapped[User] = relationship(init=False, lazy="raise")


class RegistrationState(StrEnum):
    """How far a company is on its way in."""

    STARTED = "started"
    PENDING = "pending"
    ADMITTED = "admitted"
    REFUSED = "refused"


REGISTRATION_NAMES: dict[RegistrationState, Text] = {
    RegistrationState.STARTED: _("nog niet ingediend"),
    RegistrationState.PENDING: _("wacht op een besluit"),
    RegistrationState.ADMITTED: _("toegelaten"),
    RegistrationState.REFUSED: _("afgewezen"),
}


class Ground(StrEnum):
    """On what ground a person may act for a company."""

    SEALED_EXTRACT = "sealed_extract"
    AUTHORISATION = "authorisation"


class Registration(Leased, db.Base):
    """The claim of a person to act for a company. It reserves nothing: any number of claims may name one KvK number."""

    __tablename__ = "registrations"
    __table_args__ = (Index(None, "kvk_number"), Index(None, "state"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    kvk_number: Mapped[str]
    company_name: Mapped[str]
    legal_form: Mapped[str]
    seat: Mapped[str]
    name: Mapped[str]
    email: Mapped[str]
    locale: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    until: Mapped[datetime]
    state: Mapped[RegistrationState] = mapped_column(db.enum(RegistrationState), default=RegistrationState.STARTED)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    password_hash: Mapped[str | None] = mapped_column(default=None)
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    proof_kind: Mapped[Ground | None] = mapped_column(db.enum(Ground), default=None)
    proof_key: Mapped[str | None] = mapped_column(unique=True, default=None)
    proof_sha256: Mapped[str | None] = mapped_column(default=None)
    proof_size: Mapped[int | None] = mapped_column(BigInteger, default=None)
    proof_name: Mapped[str | None] = mapped_column(default=None)
    scan_state: Mapped[str | None] = mapped_column(default=None)
    """What the virus scan found, in the words of `documents.models.ScanState`; None until it was done."""
    ground: Mapped[Ground | None] = mapped_column(db.enum(Ground), default=None)
    reason: Mapped[str | None] = mapped_column(default=None)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    register_outcome: Mapped[str | None] = mapped_column(default=None)
    """What came of asking the trade register, in the words of `companies.register.Outcome`; None until it was asked."""
    register_told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """What the register says of the number: a proposal, until the person takes it over."""
    is_register_taken: Mapped[bool] = mapped_column(default=False, server_default=false())

    def take_over(self) -> None:
        """The person confirms what the register says of the company; what it does not say stays as typed."""
        told = self.register_told
        if not told:
            raise Conflict(_("Het Handelsregister heeft nog niets over dit nummer gezegd."))
        self.company_name = told["name"]
        self.legal_form = told["legal_form"] or self.legal_form
        self.seat = told["place"] or self.seat
        self.is_register_taken = True

    def submit(self, *, proof_kind: Ground, key: str, sha256: str, size: int, name: str) -> None:
        """The person hands in the proof."""
        self._move(RegistrationState.PENDING, RegistrationState.STARTED)
        self.proof_kind, self.proof_key, self.proof_sha256 = proof_kind, key, sha256
        self.proof_size, self.proof_name, self.submitted_at = size, name, clock.now()

    def admit(self, by: UUID, ground: Ground, reason: str) -> None:
        """The proof was found to be enough, on a ground and for a reason."""
        self._decide(RegistrationState.ADMITTED, by, reason)
        self.ground = ground

    def refuse(self, by: UUID | None, reason: str) -> None:
        """The proof was not enough; a rule decides as nobody."""
        self._decide(RegistrationState.REFUSED, by, reason)
        self.password_hash = None

    def _decide(self, state: RegistrationState, by: UUID | None, reason: str) -> None:
        self._move(state, RegistrationState.PENDING)
        self.decided_by, self.decided_at, self.reason = by, clock.now(), reason

    def _move(self, to: RegistrationState, *allowed: RegistrationState) -> None:
        if self.state not in allowed:
            raise Conflict(
                _("Dit kan niet: deze aanmelding heeft de status “%(state)s”.", state=REGISTRATION_NAMES[self.state])
            )
        self.state = to
