"""Reads of people and organisations."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from depot.access import Action, Actor, authorize
from depot.accounts.models import (
    ApiToken,
    Invitation,
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationState,
    PasswordReset,
    Registration,
    RegistrationState,
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


def any_membership(user_id: UUID, organisation_id: UUID) -> Membership | None:
    """A person's membership of an organisation, also one that ended."""
    found = select(Membership).where(Membership.user_id == user_id, Membership.organisation_id == organisation_id)
    return db.session.scalar(found)


def organisation_by_kvk(kvk_number: str) -> Organisation | None:
    """The company with this number, if there is one."""
    return db.session.scalar(select(Organisation).where(Organisation.kvk_number == kvk_number))


def organisation_by_municipality(code: str) -> Organisation | None:
    """The municipality with a TOOI code."""
    return db.session.scalar(select(Organisation).where(Organisation.municipality_code == code))


def municipalities() -> Sequence[Organisation]:
    """The municipalities that take part, by name."""
    found = select(Organisation).where(Organisation.kind == OrganisationKind.MUNICIPALITY, _takes_part())
    return db.session.scalars(found.order_by(Organisation.name, Organisation.id)).all()


def operator() -> Organisation | None:
    """The organisation that runs the depot."""
    found = select(Organisation).where(Organisation.kind == OrganisationKind.OPERATOR).order_by(Organisation.id)
    return db.session.scalars(found).first()


def people(organisation_id: UUID, *roles: str) -> Sequence[User]:
    """The active people of an organisation, in some roles when named: whom a mail goes to."""
    found = select(User).join(Membership).where(User.is_active, Membership.organisation_id == organisation_id, holds())
    return db.session.scalars((found.where(Membership.role.in_(roles)) if roles else found).order_by(User.email)).all()


def organisations_since(user_id: UUID, day: date) -> Sequence[UUID]:
    """The organisations that a person is a member of, or was on this day or later."""
    until = Membership.until_day
    found = select(Membership.organisation_id).where(Membership.user_id == user_id, or_(until.is_(None), until >= day))
    return db.session.scalars(found).all()


def addresses(organisation_id: UUID) -> Sequence[str]:
    """The mail addresses of everybody who is or was a member of an organisation."""
    found = select(User.email).join(Membership).where(Membership.organisation_id == organisation_id)
    return db.session.scalars(found).all()


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
        .join(Membership, and_(Membership.id == SignIn.membership_id, holds()))
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


def kvk_number(organisation_id: UUID) -> str | None:
    """The number in the trade register of an organisation, if it has one."""
    return db.session.scalar(_KVK_NUMBER, {"organisation": organisation_id})


def living_token(secret_hash: str) -> ApiToken | None:
    """A key that may be used now."""
    return db.session.scalar(_LIVING_TOKEN, {"secret_hash": secret_hash})


def members(actor: Actor) -> Sequence[Membership]:
    """Who may act for the actor's organisation today, by name."""
    authorize(actor, Action.MEMBERS_MANAGE)
    found = _memberships().join(Membership.user).where(Membership.organisation_id == actor.organisation_id)
    return db.session.scalars(found.where(User.is_active).order_by(None).order_by(func.lower(User.name), User.id)).all()


def member(actor: Actor, membership_id: UUID) -> Membership:
    """One of those who may act for the actor's organisation today."""
    for row in members(actor):
        if row.id == membership_id:
            return row
    raise NotFound(_("Deze persoon hoort niet bij uw organisatie."))


def invitations(actor: Actor) -> Sequence[Invitation]:
    """The invitations of the actor's organisation that were neither used nor withdrawn, newest first."""
    authorize(actor, Action.MEMBERS_MANAGE)
    return db.session.scalars(_visible_invitations(actor).order_by(Invitation.id.desc())).all()


def invitation(actor: Actor, invitation_id: UUID) -> Invitation:
    """One of them."""
    authorize(actor, Action.MEMBERS_MANAGE)
    row = db.session.scalar(_visible_invitations(actor).where(Invitation.id == invitation_id))
    if row is None:
        raise NotFound(_("Deze uitnodiging bestaat niet, of is al gebruikt of ingetrokken."))
    return row


def open_invitation(token_hash: str) -> Invitation:
    """The invitation that a link opens; whatever is wrong with the link, the answer is the same."""
    found = (
        select(Invitation)
        .join(Organisation, and_(Organisation.id == Invitation.organisation_id, _takes_part()))
        .where(_is_open(), Invitation.token_hash == token_hash, Invitation.until > clock.now())
        .options(joinedload(Invitation.organisation))
    )
    row = db.session.scalar(found.with_for_update(of=Invitation))
    if row is None:
        raise NotFound(
            _("Deze link werkt niet (meer). Hebt u de uitnodiging al aangenomen? Log dan in. Vraag anders een nieuwe.")
        )
    return row


def open_reset(token_hash: str) -> PasswordReset:
    """The reset that a link opens."""
    found = (
        select(PasswordReset)
        .join(User, and_(User.id == PasswordReset.user_id, User.is_active))
        .where(
            PasswordReset.token_hash == token_hash,
            PasswordReset.used_at.is_(None),
            PasswordReset.until > clock.now(),
        )
        .options(joinedload(PasswordReset.user))
    )
    row = db.session.scalar(found.with_for_update(of=PasswordReset))
    if row is None:
        raise NotFound(_("Deze link werkt niet (meer). Vraag een nieuwe aan bij “Wachtwoord vergeten”."))
    return row


def own_registration(token_hash: str) -> Registration:
    """The claim that a link opens: to hand it in, and afterwards to see how far it is."""
    found = select(Registration).where(Registration.token_hash == token_hash, Registration.until > clock.now())
    row = db.session.scalar(found.with_for_update())
    if row is None:
        raise NotFound(_("Deze link werkt niet (meer). Meld uw bedrijf opnieuw aan."))
    return row


TO_DECIDE = Registration.state == RegistrationState.PENDING


def registrations(actor: Actor, limit: int = 200) -> Sequence[Registration]:
    """The claims that were handed in: what waits first, longest on top, then what was decided, newest first."""
    authorize(actor, Action.REGISTRATION_READ)
    waiting = db.session.scalars(select(Registration).where(TO_DECIDE).order_by(Registration.submitted_at)).all()
    decided = select(Registration).where(Registration.decided_at.is_not(None)).order_by(Registration.decided_at.desc())
    return [*waiting, *db.session.scalars(decided.limit(limit))]


def registration(actor: Actor, registration_id: UUID) -> Registration:
    """One claim that was handed in."""
    authorize(actor, Action.REGISTRATION_READ)
    found = select(Registration).where(Registration.id == registration_id, Registration.submitted_at.is_not(None))
    row = db.session.scalar(found.with_for_update())
    if row is None:
        raise NotFound(_("Deze aanmelding bestaat niet."))
    return row


def rivals(row: Registration) -> Sequence[Registration]:
    """The other claims on the same KvK number that were handed in, oldest first."""
    found = select(Registration).where(
        Registration.kvk_number == row.kvk_number, Registration.id != row.id, Registration.submitted_at.is_not(None)
    )
    return db.session.scalars(found.order_by(Registration.id)).all()


def proof_keys() -> set[str]:
    """The keys in the store of all proofs."""
    found = select(Registration.proof_key).where(Registration.proof_key.is_not(None))
    return {key for key in db.session.scalars(found) if key}


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


def _visible_invitations(actor: Actor) -> Select[Invitation]:
    return select(Invitation).where(Invitation.organisation_id == actor.organisation_id, _is_open())


def _is_open() -> ColumnElement[bool]:
    return and_(Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))


def _memberships() -> Select[Membership]:
    return (
        select(Membership)
        .join(Membership.organisation)
        .where(holds(), _takes_part())
        .options(joinedload(Membership.organisation), joinedload(Membership.user))
        .order_by(func.lower(Organisation.name), Membership.id)
    )


def holds() -> ColumnElement[bool]:
    """The memberships that are in force today."""
    day = clock.today()
    return and_(Membership.from_day <= day, or_(Membership.until_day.is_(None), Membership.until_day >= day))


def _takes_part() -> ColumnElement[bool]:
    return Organisation.state == OrganisationState.ACTIVE


# Made once, not at each request: to build a query takes longer than to run it.
_KVK_NUMBER = select(Organisation.kvk_number).where(Organisation.id == bindparam("organisation"))
_LIVING_TOKEN = (
    select(ApiToken)
    .join(Organisation, and_(Organisation.id == ApiToken.organisation_id, _takes_part()))
    .where(ApiToken.secret_hash == bindparam("secret_hash"), ApiToken.revoked_at.is_(None))
)
