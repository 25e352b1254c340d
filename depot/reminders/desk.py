"""The digest of the reviewers: how much waits, how long, what is urgent, and what is to be looked at anew."""

from datetime import date, timedelta

from sqlalchemy.exc import IntegrityError

from depot.access import Action, Actor, ActorKind, Role, authorize
from depot.audit import service as audit
from depot.core import clock, db
from depot.core.workdays import is_office_day
from depot.mail import service as mail
from depot.reminders import recipients, unsubscribing
from depot.reminders.models import NoticeKind
from depot.reminders.recipients import Recipient
from depot.verification import queries as verification

NEAR = timedelta(days=7)
"""What must count within these days is urgent."""


def send_due(actor: Actor, day: date) -> dict[str, int]:
    """Write to each reviewer on an office day, at most once, what waits for that person; nothing when nothing waits."""
    authorize(actor, Action.REMINDERS_SEND)
    figures = {"digests": 0}
    if not is_office_day(day):
        return figures
    with db.transaction(write=False):
        due = [each for each in recipients.of(NoticeKind.DESK, day, Role.REVIEWER) if each.is_due(day)]
    for recipient in due:
        figures["digests"] += _write(actor, recipient, day)
    return figures


def _write(actor: Actor, recipient: Recipient, day: date) -> int:
    """Turn and mail stand or fall together."""
    user, organisation = recipient.user, recipient.organisation
    seen_by = Actor(ActorKind.USER, user.id, organisation.id, recipient.role, actor.origin)
    try:
        with db.transaction():
            backlog, looks = verification.backlog(seen_by, day + NEAR), len(verification.due(seen_by))
            now = clock.now()
            is_turn = recipients.take_turn(user.id, organisation.id, NoticeKind.DESK, day, until=now)
            if not is_turn or not (backlog.length or looks):
                return 0
            audit.record(actor, Action.REMINDERS_SEND, user, desk=str(day))
            mail.write(
                user,
                "desk",
                dedupe_key=f"desk:{organisation.id}:{day}:{user.id}",
                unsubscribe=unsubscribing.address(user.id, organisation.id, unsubscribing.Sort.DIGEST),
                organisation=organisation.name,
                waiting=backlog.length,
                urgent=backlog.urgent,
                days=(day - clock.day_of(backlog.oldest)).days if backlog.oldest else 0,
                looks=looks,
            )
    except IntegrityError:
        return 0  # another process wrote it at the same moment
    return 1
