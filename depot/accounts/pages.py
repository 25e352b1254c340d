"""Signing in and out, language and organisation, and a company's keys."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from depot.access import Role
from depot.accounts import queries, service, session
from depot.accounts.schemas import LanguageIn, SignInIn, SwitchIn, TokenIn
from depot.accounts.session import actor
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
@submits(None, again=lambda **_arguments: tokens())
def revoke_token(token_id: UUID) -> ResponseReturnValue:
    """Stop a key."""
    service.revoke_token(actor(), token_id)
    flash(str(_("De sleutel is ingetrokken.")), "good")
    return see_other("accounts.tokens")
