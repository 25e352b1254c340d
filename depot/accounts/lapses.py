"""One-time links whose time is over: that they ended is recorded once, and what opened them is forgotten."""

from sqlalchemy import select

from depot.access import SYSTEM, Action
from depot.accounts.models import Invitation, PasswordReset
from depot.audit import service as audit
from depot.core import clock, db

BATCH = 500


def end_invitations() -> int:
    """Close invitations that nobody used in time; they stay to be seen and withdrawn. Gives how many, at most a batch."""
    is_open = (Invitation.used_at.is_(None), Invitation.revoked_at.is_(None), Invitation.lapsed_at.is_(None))
    found = select(Invitation).where(*is_open, Invitation.until <= clock.now()).limit(BATCH)
    rows = db.session.scalars(found.with_for_update(skip_locked=True)).all()
    for row in rows:
        row.lapsed_at, row.token_hash = clock.now(), None
        audit.record(SYSTEM, Action.LINK_LAPSE, row, about=row.organisation_id)
    return len(rows)


def end_resets() -> int:
    """Remove links for another password that nobody used in time, of which the audit trail keeps that; gives how many."""
    found = select(PasswordReset).where(PasswordReset.used_at.is_(None), PasswordReset.until <= clock.now())
    rows = db.session.scalars(found.limit(BATCH).with_for_update(skip_locked=True)).all()
    for row in rows:
        audit.record(SYSTEM, Action.LINK_LAPSE, row)
        db.session.delete(row)
    return len(rows)
