"""Signing in and out, switching between organisations, and keys for programs."""

import hashlib
import secrets
from datetime import timedelta
from unicodedata import normalize
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, select

from depot.access import Action, Actor, ActorKind, Role, authorize
from depot.accounts import limits, queries
from depot.accounts.models import (
    ApiToken,
    Credential,
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationState,
    SignIn,
    SignInFailure,
    User,
)
from depot.audit import service as audit
from depot.core import clock, db
from depot.core.errors import Conflict, DepotError, Invalid
from depot.core.i18n import _

SESSION_LENGTH = timedelta(hours=12)
# An address is one person; an origin may be a whole town hall behind one address.
FREE_FAILURES = {"email": 4, "origin": 40}
PASSWORD_LENGTH = 12
PEPPER_OF_KEYS = "depot_"

NO_MATCH = _("Dit e-mailadres en wachtwoord horen niet bij elkaar.")

_hasher = PasswordHasher()
# Compared against when the address is unknown, so that the answer takes as long as for a known one.
_DUMMY = _hasher.hash(secrets.token_hex())

ROLES: dict[OrganisationKind, frozenset[Role]] = {
    OrganisationKind.COMPANY: frozenset({Role.COMPANY_ADMIN, Role.COMPANY_MEMBER, Role.COMPANY_READER}),
    OrganisationKind.MUNICIPALITY: frozenset({Role.BUYER, Role.MUNICIPALITY_READER}),
    OrganisationKind.OPERATOR: frozenset({Role.REVIEWER, Role.OPERATOR_ADMIN}),
}


def digest(secret: str) -> str:
    """How a random secret is kept: SHA-256 suffices, there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def sign_in(email: str, password: str, origin: str) -> tuple[SignIn, str] | DepotError:
    """Start a session; gives its row and the cookie's secret, or the error that the page shows.

    The error is returned, not raised, so that the count of failures is committed with the page (OWASP ASVS 2.2).
    """
    found = authenticate(email, password, origin)
    if isinstance(found, DepotError):
        return found
    membership = queries.first_membership(found.id)
    return begin(membership, origin) if membership else Invalid(NO_MATCH)


def authenticate(email: str, password: str, origin: str) -> User | DepotError:
    """The person with this address and password, or the error that the page shows; failures are counted."""
    keys = {
        digest(f"email:{email.lower()}"): FREE_FAILURES["email"],
        digest(f"origin:{origin}"): FREE_FAILURES["origin"],
    }
    if refusal := limits.refusal(keys):
        return refusal
    found = queries.user_by_email(email)
    credential = db.session.get(Credential, found.id) if found else None
    if not _matches(credential, password) or found is None:
        limits.count(keys)
        return Invalid(NO_MATCH)
    db.session.execute(delete(SignInFailure).where(SignInFailure.key == next(iter(keys))))
    return found


def begin(membership: Membership, origin: str) -> tuple[SignIn, str]:
    """Start a session in one of a person's organisations, once they proved who they are."""
    secret = secrets.token_urlsafe(32)
    row = SignIn(
        secret_hash=digest(secret),
        user_id=membership.user_id,
        membership_id=membership.id,
        until=clock.now() + SESSION_LENGTH,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(acting(membership, origin), Action.ACCOUNT_SIGN_IN, row)
    return row, secret


def acting(membership: Membership, origin: str) -> Actor:
    """A person as the audit trail knows them, before there is a session."""
    return Actor(ActorKind.USER, membership.user_id, membership.organisation_id, Role(membership.role), origin)


def sign_out(actor: Actor, session_id: UUID) -> None:
    """End a session, on the server as well as in the browser."""
    row = queries.session_of(actor.id, session_id)
    row.ended_at = clock.now()
    audit.record(actor, Action.ACCOUNT_SIGN_OUT, row)


def switch(actor: Actor, session_id: UUID, organisation_id: UUID) -> None:
    """Act for another of one's own organisations from here on."""
    authorize(actor, Action.ACCOUNT_SWITCH)
    membership = queries.membership(actor.id, organisation_id)
    row = queries.session_of(actor.id, session_id)
    row.membership_id = membership.id
    audit.record(actor, Action.ACCOUNT_SWITCH, row, to=str(organisation_id))


def add_organisation(
    kind: OrganisationKind,
    name: str,
    *,
    kvk_number: str | None = None,
    rsin: str | None = None,
    municipality_code: str | None = None,
) -> Organisation:
    """Register an organisation that the operator admits at once; called from the command line and the sample."""
    row = Organisation(
        kind=kind,
        name=name,
        kvk_number=kvk_number,
        rsin=rsin,
        municipality_code=municipality_code,
        state=OrganisationState.ACTIVE,
    )
    db.session.add(row)
    db.session.flush()
    return row


def add_user(
    organisation: Organisation, role: Role, *, email: str, name: str, password: str, locale: str = "nl"
) -> User:
    """Give a person a role within an organisation; a person who is known keeps their password."""
    if role not in ROLES[organisation.kind]:
        raise Invalid(_("Deze rol past niet bij deze organisatie."), {"rol": [_("Kies een andere rol.")]})
    user = person(email=email, name=name, password_hash=hashed(password), locale=locale)
    join(user, organisation, role)
    return user


def hashed(password: str) -> str:
    """A new password as it is kept (Argon2id); raises Invalid on its field when it is too short."""
    password = normalize("NFC", password).strip()  # as the form reads it when this person signs in
    if len(password) < PASSWORD_LENGTH:
        raise Invalid(
            _("Het wachtwoord is te kort."),
            {"wachtwoord": [_("Kies minstens %(length)s tekens.", length=PASSWORD_LENGTH)]},
        )
    return _hasher.hash(password)


def person(*, email: str, name: str, password_hash: str, locale: str) -> User:
    """The person with this address, who is known or made now; raises Conflict for one who was shut out."""
    user = db.session.scalar(select(User).where(User.email == email.lower()))
    if user is None:
        user = User(email=email.lower(), name=name, locale=locale)
        db.session.add(user)
        db.session.flush()
        db.session.add(Credential(user_id=user.id, password_hash=password_hash))
    elif not user.is_active:
        raise Conflict(_("Deze persoon heeft geen toegang meer tot het depot."))
    return user


def join(user: User, organisation: Organisation, role: Role) -> Membership:
    """Give a person a role from today; who left before comes back in the new role."""
    row = queries.any_membership(user.id, organisation.id) or Membership(
        user_id=user.id, organisation_id=organisation.id, role=role
    )
    row.role, row.from_day, row.until_day = role, clock.today(), None
    db.session.add(row)
    db.session.flush()
    return row


def make_token(actor: Actor, *, name: str) -> tuple[ApiToken, str]:
    """Make a key with which a program may deposit and read as a medewerker; its secret is shown this once."""
    authorize(actor, Action.TOKEN_MANAGE)
    secret = PEPPER_OF_KEYS + secrets.token_urlsafe(32)
    row = ApiToken(
        organisation_id=actor.organisation_id,
        made_by=actor.id,
        name=name,
        role=Role.COMPANY_MEMBER,
        secret_hash=digest(secret),
    )
    db.session.add(row)
    audit.record(actor, Action.TOKEN_MANAGE, row, about=actor.organisation_id, made=True)
    return row, secret


def revoke_token(actor: Actor, token_id: UUID) -> None:
    """Stop a key at once."""
    authorize(actor, Action.TOKEN_MANAGE)
    row = queries.token(actor, token_id)
    if row.revoked_at:
        raise Conflict(_("Deze sleutel is al ingetrokken."))
    row.revoked_at = clock.now()
    audit.record(actor, Action.TOKEN_MANAGE, row, about=actor.organisation_id, revoked=True)


def _matches(credential: Credential | None, password: str) -> bool:
    try:
        return _hasher.verify(credential.password_hash if credential else _DUMMY, password) and credential is not None
    except VerificationError:
        return False
