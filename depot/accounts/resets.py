"""Another password, for who forgot it: by a link to the address that the depot knows."""

from datetime import timedelta

from sqlalchemy import delete, update

from depot.access import Action
from depot.accounts import links, queries, service
from depot.accounts.models import Credential, PasswordReset, SignIn, SignInFailure, User
from depot.audit import service as audit
from depot.core import clock, db
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.mail import addresses
from depot.mail import service as mail

RESET_LENGTH = timedelta(hours=2)


def request(email: str, origin: str) -> None:
    """Mail a link to choose another password, if somebody with this address may sign in; the caller cannot tell."""
    links.slow_down("reset", email, origin)
    user = queries.user_by_email(email)
    if user is None or queries.first_membership(user.id) is None:
        return
    secret, kept = links.new()
    row = PasswordReset(user_id=user.id, token_hash=kept, until=clock.now() + RESET_LENGTH)
    db.session.add(row)
    mail.write(user, "password_reset", dedupe_key=f"reset:{row.id}", until=row.until.isoformat(), secret=secret)


def choose(secret: str, *, password: str, origin: str) -> User:
    """Replace a password by a link; every session and every other link of this person ends."""
    row = queries.open_reset(service.digest(secret))
    membership = queries.first_membership(row.user_id)
    if membership is None:
        raise NotFound(_("Deze link werkt niet (meer). Vraag een nieuwe aan bij “Wachtwoord vergeten”."))
    credential = db.session.get_one(Credential, row.user_id)
    credential.password_hash, credential.changed_at = service.hashed(password), clock.now()
    now = clock.now()
    running = update(SignIn).where(SignIn.user_id == row.user_id, SignIn.ended_at.is_(None))
    db.session.execute(running.values(ended_at=now))
    links_left = update(PasswordReset).where(PasswordReset.user_id == row.user_id, PasswordReset.used_at.is_(None))
    db.session.execute(links_left.values(used_at=now))
    failures = service.digest(f"email:{row.user.email}")
    db.session.execute(delete(SignInFailure).where(SignInFailure.key == failures))
    addresses.clear(row.user.email)
    audit.record(service.acting(membership, origin), Action.ACCOUNT_RESET, row)
    return row.user
