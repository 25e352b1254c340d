"""The operator hears in time that the seal ends: three mails for each certificate, and no more."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from depot.access import Actor, Role
from depot.bundles import seal_watch
from depot.core import clock, seal, timestamps
from depot.core.errors import Unavailable
from depot.core.http import DepotFlask
from depot.mail.models import Message
from tests import factories
from tests.tsa import Tsa, tsa

__all__ = ["tsa"]


@pytest.fixture
def operator(session: Session) -> Actor:
    return factories.reviewer(Role.OPERATOR_ADMIN)


def mails(session: Session) -> int:
    return session.scalar(select(func.count()).where(Message.template == "seal_ends")) or 0


def test_each_of_three_moments_gives_one_mail(session: Session, operator: Actor) -> None:
    [end] = seal_watch.ends()
    told = []
    for days in (91, 89, 60, 31, 29, 8, 6, 1, -1):
        with clock.moved_to(end.until - timedelta(days=days)):
            is_near = seal_watch.warn(end)
        assert is_near is (days < 90)
        told.append(mails(session))
    assert told == [0, 1, 1, 1, 2, 2, 3, 3, 3]


def test_the_end_of_another_authority_counts_too(
    app: DepotFlask, session: Session, tsa: Tsa, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = timestamps.other(tsa.url)
    monkeypatch.setitem(app.extensions, "depot.seal", seal.Keeper(app.extensions["depot.seal"].folder, other))
    assert [end.name for end in seal_watch.ends()] == [seal.current().name, "Tijd Stempel"]
    tsa.status = 500
    ends = seal_watch.ends()
    next(ends)
    with pytest.raises(Unavailable):
        next(ends)
