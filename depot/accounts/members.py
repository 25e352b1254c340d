"""Who may act for an organisation: inviting people, letting them in, and ending that."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from depot.access import Action, Actor, Role, authorize
from depot.accounts import links, queries, service
from depot.accounts.models import (
    Invitation,
    Membership,
    Organisation,
    OrganisationKind,
    SignIn,
    User,
)
from depot.accounts.words import ROLE_NAMES
from depot.audit import service as audit
from depot.core import clock, db
from depot.core.errors import Conflict, DepotError, Invalid
from depot.core.i18n import _, locale
from depot.mail import addresses
from depot.mail import service as mail

INVITATION_LENGTH = timedelta(days=14)

MANAGES: Mapping[OrganisationKind, Role] = {
    OrganisationKind.COMPANY: Role.COMPANY_ADMIN,
    OrganisationKind.MUNICIPALITY: Role.BUYER,
    OrganisationKind.OPERATOR: Role.OPERATOR_ADMIN,
}
"""The role that manages people; each organisation keeps somebody in it."""


def roles(organisation: Organisation) -> list[Role]:
    """What people can be in this organisation, in the order of the table of permissions."""
    return [role for role in Role if role in service.ROLES[organisation.kind]]


def invite(actor: Actor, *, email: str, role: str, key: UUID | None = None) -> Invitation:
    """Mail somebody a link to join the actor's organisation; asked again with the same key, nothing is sent twice."""
    authorize(actor, Action.MEMBERS_MANAGE)
    if key and (known := db.session.get(Invitation, key)) and known.organisation_id == actor.organisation_id:
        return known
    organisation = db.session.get_one(Organisation, actor.organisation_id)
    if any(row.user.email == email for row in queries.members(actor)):
        raise Invalid(_("Niet alles is goed ingevuld."), {"email": [_("Deze persoon hoort al bij uw organisatie.")]})
    if any(row.email == email and not row.has_lapsed for row in queries.invitations(actor)):
        raise Invalid(
            _("Niet alles is goed ingevuld."),
            {"email": [_("Voor dit adres loopt al een uitnodiging. Trek die eerst in.")]},
        )
    row, secret = _invitation(organisation, Role(role), email, key=key, made_by=actor.id)
    audit.record(actor, Action.MEMBERS_MANAGE, row, about=actor.organisation_id, invited=role)
    _send(row, secret, inviter=db.session.get_one(User, actor.id).name)
    return row


def invite_operator(email: str, name: str) -> str:
    """A link's secret for one who is to administer the depot; makes the operator's organisation when there is none."""
    organisation = queries.operator() or service.add_organisation(OrganisationKind.OPERATOR, name)
    _row, secret = _invitation(organisation, Role.OPERATOR_ADMIN, email, key=None, made_by=None)
    return secret


def invite_buyer(email: str, name: str, municipality_code: str) -> Invitation:
    """Mail somebody a link to buy for a municipality; makes the municipality when its code is not known yet."""
    organisation = queries.organisation_by_municipality(municipality_code) or service.add_organisation(
        OrganisationKind.MUNICIPALITY, name, municipality_code=municipality_code
    )
    row, secret = _invitation(organisation, Role.BUYER, email, key=None, made_by=None)
    operator = queries.operator()
    _send(row, secret, inviter=operator.name if operator else "Depot")
    return row


def revoke(actor: Actor, invitation_id: UUID) -> None:
    """Stop an invitation that was not used yet."""
    row = queries.invitation(actor, invitation_id)
    authorize(actor, Action.MEMBERS_MANAGE, row.organisation_id)
    row.revoked_at = clock.now()
    audit.record(actor, Action.MEMBERS_MANAGE, row, about=actor.organisation_id, revoked=True)


def accept(
    secret: str, *, name: str, password: str, origin: str, present_id: UUID | None
) -> tuple[SignIn, str] | DepotError:
    """Join by a link, and start a session there; gives the error that the page shows when the password is wrong.

    Who has an address that the depot knows proves it with their password, unless they are the one who is signed in.
    """
    row = queries.open_invitation(service.digest(secret))
    user = queries.user_by_email(row.email)
    if user is None:
        if not name:
            raise Invalid(_("Niet alles is goed ingevuld."), {"naam": [_("Vul dit in.")]})
        user = service.person(email=row.email, name=name, password_hash=service.hashed(password), locale=locale())
    elif user.id != present_id:
        found = service.authenticate(row.email, password, origin)
        if isinstance(found, DepotError):
            return found
    membership = service.join(user, row.organisation, Role(row.role))
    row.used_at = clock.now()
    addresses.clear(row.email)
    audit.record(service.acting(membership, origin), Action.ACCOUNT_JOIN, row, about=row.organisation_id, role=row.role)
    return service.begin(membership, origin)


def end(actor: Actor, membership_id: UUID) -> Membership:
    """Take a person's role away at once, wherever they are signed in; somebody who manages people always stays."""
    authorize(actor, Action.MEMBERS_MANAGE)
    # Two managers who end each other at the same time wait for one another here.
    organisation = db.session.get_one(Organisation, actor.organisation_id, with_for_update=True)
    row = queries.member(actor, membership_id)
    managers = [item.id for item in queries.members(actor) if item.role == MANAGES[organisation.kind]]
    if managers == [row.id]:
        raise Conflict(
            _("Dit is de laatste persoon die de mensen beheert. Nodig eerst iemand anders uit voor die rol.")
        )
    row.until_day = clock.today() - timedelta(days=1)
    audit.record(actor, Action.MEMBERS_MANAGE, row, about=actor.organisation_id, ended=True)
    return row


def _invitation(
    organisation: Organisation, role: Role, email: str, *, key: UUID | None, made_by: UUID | None
) -> tuple[Invitation, str]:
    if role not in service.ROLES[organisation.kind]:
        raise Invalid(_("Deze rol past niet bij deze organisatie."), {"rol": [_("Kies een andere rol.")]})
    secret, kept = links.new()
    row = Invitation(
        id=key or db.new_id(),
        organisation_id=organisation.id,
        email=email,
        role=role,
        token_hash=kept,
        made_by=made_by,
        until=clock.now() + INVITATION_LENGTH,
    )
    db.session.add(row)
    db.session.flush()
    return row, secret


def _send(row: Invitation, secret: str, *, inviter: str) -> None:
    known_user = queries.user_by_email(row.email)
    mail.write(
        links.Addressee(row.id, row.email, known_user.locale if known_user else locale()),
        "invitation",
        dedupe_key=f"invitation:{row.id}",
        organisation=db.session.get_one(Organisation, row.organisation_id).name,
        role=ROLE_NAMES[Role(row.role)].message,
        inviter=inviter,
        until=row.until.isoformat(),
        secret=secret,
    )
