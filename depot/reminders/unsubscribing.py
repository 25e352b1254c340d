"""Ending mails with one click from the mail itself (RFC 8058): the address says whose and which, signed by the depot."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from depot.access import Role
from depot.accounts import queries as accounts
from depot.accounts import service
from depot.accounts.models import Membership
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.reminders import preferences
from depot.reminders.models import Rhythm


class Sort(StrEnum):
    """What can be ended: the mails of every day, as far as that is allowed, or the monthly statement."""

    DIGEST = "digest"
    STATEMENT = "statement"


@dataclass(frozen=True)
class Wish:
    """Whose mails of what sort end; `rhythm` is how often the digest comes from then on."""

    membership: Membership
    sort: Sort

    @property
    def rhythm(self) -> Rhythm:
        """The least that somebody in this role can choose; what is urgent comes at once all the same."""
        return preferences.rhythms(Role(self.membership.role))[-1]


def address(user_id: UUID, organisation_id: UUID, sort: Sort) -> str:
    """Where one click ends this sort of mail for a person of an organisation; it works for as long as the depot's key."""
    token = _serializer().dumps([sort, user_id.hex, organisation_id.hex])
    return f"{current_app.config['BASE_URL'].rstrip('/')}/afmelden/{token}"


def read(token: str) -> Wish:
    """What an address asks for; NotFound when we did not write it, or the person gets no such mail any more."""
    try:
        sort, user, organisation = _serializer().loads(token)
    except BadData as error:
        raise _unknown() from error
    membership = accounts.membership(UUID(user), UUID(organisation))
    if not preferences.rhythms(Role(membership.role)):
        raise _unknown()
    return Wish(membership, Sort(sort))


def end(token: str, origin: str) -> Wish:
    """Do what it asks for; asked again, nothing changes."""
    wish = read(token)
    actor = service.acting(wish.membership, origin)
    chosen = preferences.of(actor.id, actor.organisation_id)
    if wish.sort is Sort.STATEMENT:
        after = preferences.Choice(chosen.rhythm, wants_statement=False)
    else:
        after = preferences.Choice(wish.rhythm, chosen.wants_statement)
    if after != chosen:
        preferences.choose(actor, rhythm=after.rhythm, wants_statement=after.wants_statement)
    return wish


def _unknown() -> NotFound:
    return NotFound(_("Deze link werkt niet (meer). Log in en kies bij uw meldingen welke mail u wilt."))


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="unsubscribe")
