"""Signing in and out, language and organisation, a company's keys, people and invitations, and companies that register."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from depot.access import Role
from depot.accounts import members, queries, registrations, resets, service, session
from depot.accounts.schemas import (
    AcceptIn,
    ForgottenIn,
    InvitationIn,
    LanguageIn,
    NewPasswordIn,
    ProofIn,
    RegistrationIn,
    SignInIn,
    SwitchIn,
    TokenIn,
)
from depot.accounts.session import actor
from depot.accounts.words import GROUND_MEANINGS, GROUND_NAMES, LEGAL_FORMS, ROLE_MEANINGS, ROLE_NAMES
from depot.core import db
from depot.core.errors import DepotError
from depot.core.forms import show_again, submits
from depot.core.http import LANGUAGE_COOKIE, onward, see_other
from depot.core.i18n import _

bp = Blueprint("accounts", __name__)

START: dict[Role, str] = {
    Role.COMPANY_ADMIN: "/dossier",
    Role.COMPANY_MEMBER: "/dossier",
    Role.COMPANY_READER: "/dossier",
    Role.BUYER: "/gemeente/aanbestedingen",
    Role.MUNICIPALITY_READER: "/gemeente/aanbestedingen",
    Role.REVIEWER: "/beoordelen",
    Role.OPERATOR_ADMIN: "/beheer",
}


@bp.get("/inloggen")
def sign_in() -> ResponseReturnValue:
    """The form to sign in with."""
    return render_template("accounts/sign_in.html", onward=request.args.get("verder", ""))


@bp.post("/inloggen")
@submits(SignInIn, again=sign_in)
def enter(data: dict[str, Any]) -> ResponseReturnValue:
    """Start a session and go to the page that was asked for, or to the role's own."""
    outcome = service.sign_in(data["email"], data["password"], request.remote_addr or "")
    if isinstance(outcome, DepotError):
        return show_again(outcome, sign_in)
    session.enter(*outcome)
    return onward(data["onward"], url_for("accounts.start"))


@bp.get("/begin")
def start() -> ResponseReturnValue:
    """Go to the first page of one's role."""
    return redirect(START[actor().role])


@bp.post("/uitloggen")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    service.sign_out(actor(), session.present().sign_in.id)
    session.leave()
    return see_other("insight.home")


@bp.post("/taal")
@submits(LanguageIn, again=sign_in)
def language(data: dict[str, Any]) -> ResponseReturnValue:
    """Go on in another language."""
    response = onward(data["onward"], url_for("insight.home"))
    response.set_cookie(
        LANGUAGE_COOKIE,
        data["language"],
        max_age=int(timedelta(days=365).total_seconds()),
        samesite="Lax",
        httponly=True,
    )
    return response


@bp.post("/organisatie/wisselen")
@submits(SwitchIn, again=sign_in)
def switch(data: dict[str, Any]) -> ResponseReturnValue:
    """Act for another organisation."""
    service.switch(actor(), session.present().sign_in.id, data["organisation_id"])
    return see_other("accounts.start")


@bp.get("/organisatie/sleutels")
def tokens() -> ResponseReturnValue:
    """The keys of the company, to make and to stop."""
    return render_template("accounts/tokens.html", tokens=queries.tokens(actor()))


@bp.post("/organisatie/sleutels")
@submits(TokenIn, again=tokens)
def make_token(data: dict[str, Any]) -> ResponseReturnValue:
    """Make a key; its secret is on this page once, and nowhere else."""
    _row, secret = service.make_token(actor(), name=data["name"])
    return render_template("accounts/tokens.html", tokens=queries.tokens(actor()), secret=secret)


@bp.post("/organisatie/sleutels/<uuid:token_id>/intrekken")
@submits(None, again=tokens)
def revoke_token(token_id: UUID) -> ResponseReturnValue:
    """Stop a key."""
    service.revoke_token(actor(), token_id)
    flash(str(_("De sleutel is ingetrokken.")), "good")
    return see_other("accounts.tokens")


@bp.get("/organisatie/mensen")
def people() -> ResponseReturnValue:
    """Who may act for the organisation, and who was invited."""
    return render_template(
        "accounts/people.html",
        members=queries.members(actor()),
        invitations=queries.invitations(actor()),
        roles=[(role, ROLE_NAMES[role], ROLE_MEANINGS[role]) for role in members.roles(session.present().organisation)],
        role_names=ROLE_NAMES,
        key=db.new_id(),
    )


@bp.post("/organisatie/mensen")
@submits(InvitationIn, again=people)
def invite(data: dict[str, Any]) -> ResponseReturnValue:
    """Invite somebody by mail."""
    row = members.invite(actor(), **data)
    flash(str(_("De uitnodiging is verstuurd naar %(email)s.", email=row.email)), "good")
    return see_other("accounts.people")


@bp.post("/organisatie/mensen/<uuid:membership_id>/beeindigen")
@submits(None, again=people)
def end_membership(membership_id: UUID) -> ResponseReturnValue:
    """Take somebody's role away."""
    row = members.end(actor(), membership_id)
    flash(str(_("%(name)s heeft geen toegang meer tot deze organisatie.", name=row.user.name)), "good")
    return see_other("accounts.people")


@bp.post("/organisatie/uitnodigingen/<uuid:invitation_id>/intrekken")
@submits(None, again=people)
def revoke_invitation(invitation_id: UUID) -> ResponseReturnValue:
    """Stop an invitation."""
    members.revoke(actor(), invitation_id)
    flash(str(_("De uitnodiging is ingetrokken.")), "good")
    return see_other("accounts.people")


@bp.get("/uitnodiging/<secret>")
def invitation(secret: str) -> ResponseReturnValue:
    """What an invitation is for; looking uses nothing up, so that a scanner of mail may follow the link."""
    row = queries.open_invitation(service.digest(secret))
    user, present = queries.user_by_email(row.email), session.here()
    return render_template(
        "accounts/invitation.html",
        invitation=row,
        secret=secret,
        role=ROLE_NAMES[Role(row.role)],
        is_known=user is not None,
        is_present=user is not None and present is not None and present.user.id == user.id,
        password_length=service.PASSWORD_LENGTH,
    )


@bp.post("/uitnodiging/<secret>")
@submits(AcceptIn, again=invitation)
def accept(secret: str, data: dict[str, Any]) -> ResponseReturnValue:
    """Join the organisation, and go on in it."""
    present = session.here()
    outcome = members.accept(
        secret, **data, origin=request.remote_addr or "", present_id=present.user.id if present else None
    )
    if isinstance(outcome, DepotError):
        return show_again(outcome, invitation, secret=secret)
    session.enter(*outcome)
    return see_other("accounts.start")


@bp.get("/wachtwoord-vergeten")
def forgotten() -> ResponseReturnValue:
    """The form that asks for a link."""
    return render_template("accounts/forgotten.html")


@bp.post("/wachtwoord-vergeten")
@submits(ForgottenIn, again=forgotten)
def ask_reset(data: dict[str, Any]) -> ResponseReturnValue:
    """Mail the link; the answer is the same for every address."""
    resets.request(data["email"], request.remote_addr or "")
    flash(str(_("Kent het depot dit adres? Dan krijgt u binnen een paar minuten een mail met een link.")), "info")
    return see_other("accounts.sign_in")


@bp.get("/wachtwoord/<secret>")
def reset(secret: str) -> ResponseReturnValue:
    """Choose another password."""
    row = queries.open_reset(service.digest(secret))
    return render_template("accounts/reset.html", user=row.user, secret=secret, password_length=service.PASSWORD_LENGTH)


@bp.post("/wachtwoord/<secret>")
@submits(NewPasswordIn, again=reset)
def choose_password(secret: str, data: dict[str, Any]) -> ResponseReturnValue:
    """Keep the other password; all sessions end, here as well."""
    resets.choose(secret, **data, origin=request.remote_addr or "")
    session.leave()
    flash(str(_("Uw nieuwe wachtwoord is bewaard. Log ermee in.")), "good")
    return see_other("accounts.sign_in")


@bp.get("/aanmelden")
def register() -> ResponseReturnValue:
    """A company asks to be let in."""
    return render_template("accounts/register.html", legal_forms=LEGAL_FORMS, key=db.new_id())


@bp.post("/aanmelden")
@submits(RegistrationIn, again=register)
def start_registration(data: dict[str, Any]) -> ResponseReturnValue:
    """Keep the claim, and mail the link to go on."""
    registrations.start(**data, origin=request.remote_addr or "")
    return see_other("accounts.registration_sent")


@bp.get("/aanmelden/verstuurd")
def registration_sent() -> ResponseReturnValue:
    """What comes next."""
    return render_template("accounts/registration_sent.html")


@bp.get("/aanmelden/<secret>")
def registration(secret: str) -> ResponseReturnValue:
    """The second half of registering, and afterwards how far the claim is."""
    row = queries.own_registration(service.digest(secret))
    return render_template(
        "accounts/registration.html",
        registration=row,
        secret=secret,
        is_known=registrations.is_known(row),
        grounds=[(ground, name, GROUND_MEANINGS[ground]) for ground, name in GROUND_NAMES.items()],
        legal_forms=LEGAL_FORMS,
        password_length=service.PASSWORD_LENGTH,
    )


@bp.post("/aanmelden/<secret>")
@submits(ProofIn, again=registration)
def hand_in(secret: str, data: dict[str, Any]) -> ResponseReturnValue:
    """Hand the claim in."""
    registrations.hand_in(secret, **data)
    return see_other("accounts.registration", secret=secret)
