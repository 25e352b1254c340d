"""Slowing down who tries too often, by address and by origin, whether or not the address is known."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select

from depot.accounts.models import SignInFailure
from depot.core import clock, db
from depot.core.errors import TooMany
from depot.core.i18n import _

LONGEST_BLOCK_S = 900


def refusal(keys: Mapping[str, int]) -> TooMany | None:
    """The error for whoever must wait, or None; `keys` give how many tries are free for each."""
    now = clock.now()
    ends = db.session.scalars(
        select(SignInFailure.blocked_until).where(SignInFailure.key.in_(list(keys)), SignInFailure.blocked_until > now)
    )
    wait = max((int((end - now).total_seconds()) + 1 for end in ends), default=0)
    return (
        TooMany(_("U hebt het te vaak geprobeerd. Wacht %(seconds)s seconden.", seconds=wait), wait) if wait else None
    )


def count(keys: Mapping[str, int]) -> None:
    """After a few free ones, each try in a row doubles the wait; a quiet day forgets them."""
    now = clock.now()
    for key, free in keys.items():
        row = db.session.get(SignInFailure, key, with_for_update=True) or SignInFailure(
            key=key, count=0, blocked_until=now
        )
        row.count = 1 if row.blocked_until < now - timedelta(days=1) else row.count + 1
        wait = 0 if row.count <= free else min(2 ** (row.count - free), LONGEST_BLOCK_S)
        row.blocked_until = now + timedelta(seconds=wait)
        db.session.add(row)
