"""Reads of people and organisations."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from depot.access import Action, Actor, authorize
from depot.accounts.models import (
    ApiToken,
    Membership,
    Organisation,
    OrganisationState,
    SignIn,
    User,
)
from depot.core import clock, db
from depot.core.errors import NotFound
from depot.core.i18n import _


def user_by_email(email: str) -> User | None:
    """An active person by address, whatever the capitals."""
    return db.session.scalar(select(User).where(User.email == email.strip().lower(), User.is_active))


def user_names(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names for pages that show who did something; actors that are no person are left out."""
    return {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(set(ids))))}


def organisation_names(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names of organisations by key."""
    found = select(Organisation.id, Organisation.name).where(Organisation.id.in_(set(ids)))
    return {row.id: row.name for row in db.session.execute(found)}


def memberships(user_id: UUID) -> Sequence[Membership]:
    """The memberships that hold today, in organisations that take part."""
    return db.session.scalars(_memberships().where(Membership.user_id == user_id)).all()


def first_membership(user_id: UUID) -> Membership | None:
    """Where a person starts after signing in."""
    return next(iter(memberships(user_id)), None)


def membership(user_id: UUID, organisation_id: UUID) -> Membership:
    """One's own membership of an organisation."""
    for row in memberships(user_id):
        if row.organisation_id == organisation_id:
            return row
    raise NotFound(_("U hoort niet bij deze organisatie."))


def people(organisation_id: UUID, *roles: str) -> Sequence[User]:
    """The active people of an organisation, in some roles when named: whom a mail goes to."""
    found = select(User).join(Membership).where(User.is_active, Membership.organisation_id == organisation_id, _holds())
    return db.session.scalars((found.where(Membership.role.in_(roles)) if roles else found).order_by(User.email)).all()


def session_of(user_id: UUID, session_id: UUID) -> SignIn:
    """One's own session."""
    row = db.session.get(SignIn, session_id)
    if row is None or row.user_id != user_id:
        raise NotFound(_("Deze sessie bestaat niet."))
    return row


def signed_in(session_id: UUID, secret_hash: str) -> tuple[SignIn, Membership] | None:
    """The running session with its membership, as one query: it is asked at every request."""
    found = (
        select(SignIn, Membership)
        .join(Membership, and_(Membership.id == SignIn.membership_id, _holds()))
        .join(User, and_(User.id == SignIn.user_id, User.is_active))
        .join(Organisation, and_(Organisation.id == Membership.organisation_id, _takes_part()))
        .where(
            SignIn.id == session_id,
            SignIn.secret_hash == secret_hash,
            SignIn.ended_at.is_(None),
            SignIn.until > clock.now(),
        )
        .options(joinedload(Membership.user), joinedload(Membership.organisation))
    )
    row = db.session.execute(found).one_or_none()
    return (row[0], row[1]) if row else None


def living_token(secret_hash: str) -> ApiToken | None:
    """A key that may be used now."""
    found = (
        select(ApiToken)
        .join(Organisation, and_(Organisation.id == ApiToken.organisation_id, _takes_part()))
        .where(ApiToken.secret_hash == secret_hash, ApiToken.revoked_at.is_(None))
    )
    return db.session.scalar(found)


def tokens(actor: Actor) -> Sequence[ApiToken]:
    """The keys of the actor's organisation."""
    authorize(actor, Action.TOKEN_MANAGE)
    return db.session.scalars(_visible_tokens(actor).order_by(ApiToken.id.desc())).all()


def token(actor: Actor, token_id: UUID) -> ApiToken:
    """One key of the actor's organisation."""
    row = db.session.scalar(_visible_tokens(actor).where(ApiToken.id == token_id))
    if row is None:
        raise NotFound(_("Deze sleutel bestaat niet."))
    return row


def _visible_tokens(actor: Actor) -> Select[ApiToken]:
    return select(ApiToken).where(ApiToken.organisation_id == actor.organisation_id)


def _memberships() -> Select[Membership]:
    return (
        select(Membership)
        .join(Membership.organisation)
        .where(_holds(), _takes_part())
        .options(joinedload(Membership.organisation), joinedload(Membership.user))
        .order_by(func.lower(Organisation.name), Membership.id)
    )


def _holds() -> ColumnElement[bool]:
    day = clock.today()
    return and_(Membership.from_day <= day, or_(Membership.until_day.is_(None), Membership.until_day >= day))


def _takes_part() -> ColumnElement[bool]:
    return Organisation.state == OrganisationState.ACTIVE
