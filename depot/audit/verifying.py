"""Walking the chain: is every event there, as it was, in its place?"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, exists, func, select, type_coerce

from depot.audit import queries, rules
from depot.audit.checkpoints import Kept
from depot.audit.models import Checkpoint, Event, Link
from depot.core import clock, db, seal

GRACE = timedelta(hours=1)
"""How long an event may wait for its link."""

READ_AT_ONCE = 2000


class Flaw(StrEnum):
    """How a chain is broken, at the first place where it is."""

    GAP = "gap"
    """Links are missing, or one stands before the first."""
    FORM = "form"
    """The event is written down in a form that this depot does not know."""
    REMOVED = "removed"
    """The event of a link is gone."""
    CHANGED = "changed"
    """An event or a hash is not what was linked, or what stood before it was removed."""
    REORDERED = "reordered"
    """The link's hash is that of another event."""
    INSERTED = "inserted"
    """Without this link the next one fits."""
    UNLINKED = "unlinked"
    """An event has no link, though it is older than GRACE."""
    CHECKPOINT = "checkpoint"
    """The chain is not what a checkpoint says it was."""
    SEAL = "seal"
    """A checkpoint's seal proves nothing."""


@dataclass(frozen=True)
class Broken:
    """The first flaw: the link's number, or that of a checkpoint, and the event where there is one."""

    flaw: Flaw
    seq: int | None = None
    event_id: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Verdict:
    """How far the chain is whole: its links, the last hash, its checkpoints, events that still wait; and what broke it."""

    links: int
    hash: str
    checkpoints: int
    waiting: int
    broken: Broken | None


@dataclass(frozen=True)
class _Step:
    """A link as it is kept; without facts when its event is gone."""

    seq: int
    form: int
    hash: str
    event_id: str
    facts: Sequence[Any]

    def follows(self, before: str) -> bool:
        """Whether its hash is that of its event after another hash."""
        return bool(self.facts) and rules.link_hash(before, self.facts) == self.hash


def verify(trust: seal.Trust, given: Kept | None = None) -> Verdict:
    """Walk the whole chain, within the memory of some thousands of events, and hold it against its checkpoints and a given one.

    Of the checkpoints the seal of the newest is verified, and that of the given one: a hash vouches for all before it.
    """
    known = [Kept.of(row) for row in db.session.scalars(select(Checkpoint).order_by(Checkpoint.seq))]
    foreign = [given] if given else []
    said: dict[int, set[str]] = {}
    for each in (*known, *foreign):
        said.setdefault(each.seq, set()).add(each.hash)
    links, link, broken = _walk(said)
    if broken is None:
        broken = _beyond(links, said) or _doubted([*foreign, *known[-1:]], trust) or _unlinked()
    waiting = db.session.scalar(select(func.count()).where(~Event.is_chained)) or 0
    return Verdict(links, link, len(known), waiting, broken)


def _walk(said: Mapping[int, set[str]]) -> tuple[int, str, Broken | None]:
    """Number and hash of the last link that is right, and what is wrong after it."""
    seq, earlier, before = 0, rules.START, rules.START
    with closing(_steps()) as steps:  # a server's cursor must not stay open behind a return
        for step in steps:
            if not (step.seq == seq + 1 and step.form == rules.FORM and step.follows(before)):
                return seq, before, _diagnosis(step, seq, earlier, before, next(steps, None))
            if said.get(step.seq, set()) - {step.hash}:
                return seq, before, Broken(Flaw.CHECKPOINT, step.seq, step.event_id)
            seq, earlier, before = step.seq, before, step.hash
    return seq, before, None


def _diagnosis(step: _Step, seq: int, earlier: str, before: str, following: _Step | None) -> Broken:
    """What is wrong with the step after the link `seq`, whose hash is `before`; `earlier` is the one before that."""
    if step.seq != seq + 1:
        return Broken(Flaw.GAP, seq + 1)
    if step.form != rules.FORM:
        return Broken(Flaw.FORM, step.seq, step.event_id)
    if not step.facts:
        return Broken(Flaw.REMOVED, step.seq, step.event_id)
    if step.follows(earlier):
        return Broken(Flaw.INSERTED, seq)
    if following and following.follows(before):
        return Broken(Flaw.INSERTED, step.seq, step.event_id)
    with closing(_read(select(*queries.FACTS))) as events:
        for facts in events:
            if rules.link_hash(before, facts) == step.hash:
                return Broken(Flaw.REORDERED, step.seq, facts[0])
    return Broken(Flaw.CHANGED, step.seq, step.event_id)


def _beyond(links: int, said: Mapping[int, set[str]]) -> Broken | None:
    """A checkpoint of links that are not there."""
    return next((Broken(Flaw.CHECKPOINT, seq) for seq in sorted(said) if seq > links), None)


def _doubted(checkpoints: Sequence[Kept], trust: seal.Trust) -> Broken | None:
    for each in checkpoints:
        if doubts := each.doubts(trust):
            return Broken(Flaw.SEAL, each.seq, detail=doubts[0])
    return None


def _unlinked() -> Broken | None:
    """An event that waits for too long, whatever its mark says."""
    lone = select(type_coerce(Event.id, db.KeyText())).where(
        Event.at < clock.now() - GRACE, ~exists().where(Link.event_id == Event.id)
    )
    found = db.session.scalar(lone.order_by(Event.id).limit(1))
    return Broken(Flaw.UNLINKED, event_id=found) if found else None


def _steps() -> Generator[_Step, None, None]:
    linked = select(Link.seq, Link.form, Link.hash, type_coerce(Link.event_id, db.KeyText()), *queries.FACTS)
    with closing(_read(linked.outerjoin_from(Link, Event).order_by(Link.seq))) as rows:
        for seq, form, link, event_id, *facts in rows:
            yield _Step(seq, form, link, event_id, facts if facts[0] else ())


def _read(rows: Select[Any]) -> Generator[Sequence[Any], None, None]:
    with db.session.execute(rows.execution_options(yield_per=READ_AT_ONCE)) as found:
        yield from found
