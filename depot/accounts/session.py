"""Who is acting in this request: flask-login for people in a browser, a bearer key for programs. Strangers are refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Flask, g, request, session
from flask_login import LoginManager, current_user, login_user, logout_user

from depot.access import Action, Actor, ActorKind, Role, may
from depot.accounts import queries, service
from depot.accounts.models import Membership, Organisation, SignIn, User
from depot.core.errors import Unauthenticated
from depot.core.http import LANGUAGE_COOKIE, DepotFlask, is_api
from depot.core.i18n import _, set_locale

PUBLIC = frozenset(
    {
        "static",
        "accounts.sign_in",
        "accounts.enter",
        "accounts.language",
        "accounts.register",
        "accounts.start_registration",
        "accounts.registration_sent",
        "accounts.registration",
        "accounts.hand_in",
        "accounts.invitation",
        "accounts.accept",
        "accounts.forgotten",
        "accounts.ask_reset",
        "accounts.reset",
        "accounts.choose_password",
        "insight.home",
        "insight.ready",
        "insight.security_txt",
        "api-docs.openapi_json",
        "api-bundels.bundle_schema",
        "api-eisen.rules_schema",
        "checking.check",
        "checking.form",
        "checking.seal_json",
        "confirmations.question",
        "confirmations.answer",
        "editor.terms",
        "mail.inbox",
        "mail.letter",
        "unsubscribing.ask",
        "unsubscribing.end",
        "notices.calendar",
    }
)
"""The endpoints that a stranger may open; everything else takes a session or a key."""


TAKES_FILES = frozenset({"accounts.hand_in", "checking.check"})
STRANGERS_LIMIT = 64 << 10
"""How many bytes a public form may have, except where it takes a file."""


@dataclass
class Here:
    """A signed-in person and the organisation they act for."""

    sign_in: SignIn
    membership: Membership

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What flask-login keeps in the cookie; without the secret beside it, it opens nothing."""
        return str(self.sign_in.id)

    @property
    def user(self) -> User:
        """The person."""
        return self.membership.user

    @property
    def organisation(self) -> Organisation:
        """The active organisation."""
        return self.membership.organisation

    @property
    def memberships(self) -> Sequence[Membership]:
        """Where else this person may act."""
        return queries.memberships(self.user.id)

    @property
    def actor(self) -> Actor:
        """The person as the services know them."""
        return Actor(
            ActorKind.USER,
            self.user.id,
            self.organisation.id,
            Role(self.membership.role),
            request.remote_addr or "",
        )


def here() -> Here | None:
    """The signed-in person, if there is one and they can be looked up."""
    if g.get("is_database_away"):
        return None
    return current_user if isinstance(current_user._get_current_object(), Here) else None  # noqa: SLF001 - a proxy hides its type


def present() -> Here:
    """The signed-in person, where the gate let only people through."""
    found = here()
    if found is None:
        raise Unauthenticated(_("Log in om verder te gaan."))
    return found


def actor() -> Actor:
    """Who acts; raises Unauthenticated for a stranger."""
    found: Actor | None = g.get("actor")
    if found is None:
        raise Unauthenticated(_("Log in om verder te gaan."))
    return found


def enter(row: SignIn, secret: str) -> None:
    """Put a new session in the browser's cookie."""
    membership = queries.signed_in(row.id, service.digest(secret))
    if membership is None:
        raise Unauthenticated(_("Log in om verder te gaan."))
    session.clear()
    session["secret"] = secret
    session.permanent = True
    login_user(Here(*membership))


def leave() -> None:
    """Take the session out of the browser's cookie."""
    logout_user()
    session.clear()


def _load(session_id: str) -> Here | None:
    found = queries.signed_in(UUID(session_id), service.digest(session.get("secret", "")))
    return Here(*found) if found else None


def _bearer() -> Actor | None:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = queries.living_token(service.digest(secret.strip()))
    if token is None:
        return None
    return Actor(ActorKind.TOKEN, token.id, token.organisation_id, Role(token.role), request.remote_addr or "")


def identify() -> None:
    """Settle who acts, and refuse a stranger at every endpoint that is not public."""
    if is_api():
        g.actor = _bearer()
    elif found := here():
        g.actor = found.actor
        if LANGUAGE_COOKIE not in request.cookies:
            set_locale(found.user.locale)
    if request.routing_exception is not None:
        return
    if request.endpoint not in PUBLIC:
        actor()
    elif request.endpoint not in TAKES_FILES:
        request.max_content_length = STRANGERS_LIMIT


def allowed(action: Action | str, owner: UUID | None = None) -> bool:
    """`may` for pages: whether the person here is granted an act."""
    found: Actor | None = g.get("actor")
    return found is not None and may(found, Action(action), owner)


def init_app(app: DepotFlask) -> None:
    """Let flask-login find the person, and stand at the gate."""
    manager = LoginManager()
    manager.session_protection = None  # the secret in the signed cookie and the row's end say it all
    manager.user_loader(_load)
    manager.init_app(app, add_context_processor=False)  # its own would ask a database that is away
    app.gates.append(identify)
    app.context_processor(lambda: {"here": here(), "may": allowed})
    _harden(app)


def _harden(app: Flask) -> None:
    """The cookie's properties; its own name keeps it apart from other applications on the same host."""
    app.config.update(
        SESSION_COOKIE_NAME="depot_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=app.config["BASE_URL"].startswith("https:"),
        PERMANENT_SESSION_LIFETIME=service.SESSION_LENGTH,
    )
