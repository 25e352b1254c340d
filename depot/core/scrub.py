"""Reading every stored object again, so that what got lost or changed is known while it can still be healed (ADR 0033).

The rooms say what they hold, as selects of key, SHA-256 and size; which object is looked at next is one table for all.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Select, Subquery, delete, func, select, union_all

from depot.core import clock, db, work
from depot.core.errors import Missing, Unavailable
from depot.core.i18n import _
from depot.core.storage import store
from depot.core.work import ObjectLook

WHOLE, MISSING, CHANGED, UNREADABLE = "whole", "missing", "changed", "unreadable"
UNAVAILABLE = "unavailable"
"""The store did not answer: that says nothing of the object."""

PERIOD = timedelta(days=30)
"""Within this time every object is read."""

ROUND = timedelta(days=25)
"""In how much time a round is meant to end; the difference is for days on which nothing ran."""

LEFT_ALONE = timedelta(days=1)
"""How long an object that is whole is left alone, so that a small store is not read all the time."""

BYTES = 20 << 30
"""How much one run reads; what is left comes first in the next run."""

PATIENCE = 3
"""After so many objects in a row for which the store did not answer, the run gives up."""

BLOCK = 1 << 20

AWAY = _("De opslag van bestanden antwoordt nu niet. Probeer het later opnieuw.")

Holding = Select[str, str, int] | Select[str | None, str | None, int | None]
"""Key, SHA-256 and size of each object that a room's rows point to."""

log = structlog.get_logger()


def look(holdings: Sequence[Holding], every: timedelta, most: int = BYTES) -> dict[str, int]:
    """Read the objects whose turn it is, those that were damaged first; `every` is how far apart such runs are.

    Gives how many were found how, and how many have waited longer than they should. Raises Unavailable when the store does
    not answer.
    """
    held, begun = union_all(*holdings).subquery(), clock.now()
    with db.transaction():
        count = _enrol(held, begun)
    turns = -(-count * every // ROUND)
    figures = Counter({WHOLE: 0, MISSING: 0, CHANGED: 0})
    figures.update(_look(held, ObjectLook.since.is_not(None) & (ObjectLook.looked_at < begun), count, most))
    spent = figures.pop("bytes", 0)
    figures.update(_look(held, ObjectLook.looked_at <= begun - LEFT_ALONE, turns, most - spent))
    with db.transaction(write=False) as session:
        late = select(func.count()).select_from(ObjectLook).where(ObjectLook.looked_at < begun - PERIOD)
        figures["overdue"] = session.scalar(late) or 0
    return dict(figures)


def damaged() -> Sequence[ObjectLook]:
    """The objects that were not whole when last looked at, oldest first."""
    return db.session.scalars(select(ObjectLook).where(ObjectLook.since.is_not(None)).order_by(ObjectLook.since)).all()


def _enrol(held: Subquery, now: datetime) -> int:
    """Write down what is new, hashed on its way in, and forget what no room holds any more; gives how many there are."""
    new = select(held.c[0]).outerjoin(ObjectLook, ObjectLook.key == held.c[0]).where(ObjectLook.id.is_(None)).distinct()
    rows = [
        {"id": db.new_id(), "key": key, "looked_at": now, "outcome": WHOLE} for key in db.session.scalars(new).all()
    ]
    if rows:
        db.session.execute(db.insert(ObjectLook).on_conflict_do_nothing(), rows)
    db.session.execute(delete(ObjectLook).where(ObjectLook.key.not_in(select(held.c[0]))))
    return db.session.scalar(select(func.count()).select_from(ObjectLook)) or 0


def _look(held: Subquery, due: ColumnElement[bool], turns: int, most: int) -> dict[str, int]:
    """Read up to so many due objects and so many bytes, each claimed and recorded by itself."""
    figures: Counter[str] = Counter()
    in_a_row = 0
    for _turn in range(turns):
        if figures["bytes"] >= most:
            break
        ids = work.claim(ObjectLook.id, ObjectLook.leased_until, due, ObjectLook.looked_at, limit=1)
        if not ids:
            break
        with db.transaction(write=False) as session:
            key = session.get_one(ObjectLook, ids[0], populate_existing=True).key
            found = session.execute(_of(held, key)).first()
        if found is None:
            continue  # its room let it go in the meantime; the next run forgets it
        outcome = _read(key, sha256=found[1], size=found[2])
        in_a_row = in_a_row + 1 if outcome == UNAVAILABLE else 0
        if in_a_row == PATIENCE:
            raise Unavailable(AWAY)
        figures["bytes"] += found[2]
        with db.transaction() as session:
            if session.execute(_of(held, key)).first() is not None:
                _settle(session.get_one(ObjectLook, ids[0], with_for_update=True), outcome)
                figures[outcome] += 1
    return dict(figures)


def _of(held: Subquery, key: str) -> Select[str, str, int]:
    return select(held.c[0], held.c[1], held.c[2]).where(held.c[0] == key)


def _read(key: str, *, sha256: str, size: int) -> str:
    digest, read = hashlib.sha256(), 0
    try:
        with store().open(key) as file:
            while piece := file.read(BLOCK):
                digest.update(piece)
                read += len(piece)
    except Missing:
        return MISSING
    except Unavailable:
        return UNAVAILABLE
    except OSError:
        return UNREADABLE
    return WHOLE if (read, digest.hexdigest()) == (size, sha256) else CHANGED


def _settle(row: ObjectLook, outcome: str) -> None:
    """Record a look; what is damaged keeps the moment at which that was first seen."""
    if outcome == UNAVAILABLE:
        return
    row.looked_at, row.outcome, row.leased_until = clock.now(), outcome, None
    if outcome == WHOLE:
        if row.since is not None:
            log.info("object_healed", object=row.key)
        row.since = row.told_at = None
        return
    row.since = row.since or clock.now()
    log.error("object_damaged", object=row.key, outcome=outcome, since=row.since.isoformat())
