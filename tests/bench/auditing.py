"""How long it takes to prove that a large audit trail is whole."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import insert

from depot.access import Action
from depot.audit import chain, verifying
from depot.audit.models import Event
from depot.core import clock, db, seal
from jobs.audit import seal_trail
from tests.bench.figures import Figure, seconds
from tests.bench.place import place

COUNT = 1_000_000
AT_ONCE = 10_000


def measure() -> Iterator[Figure]:
    """The walk over a chain of a million events, as `depot audit verify` does it."""
    with place() as site, site.app.app_context():
        _fill()
        seal_trail(clock.today())
        yield Figure("audit.verify_1m_s", seconds(_verify), f"{COUNT} links and a checkpoint")


def _fill() -> None:
    for _part in range(COUNT // AT_ONCE):
        with db.transaction() as session:
            session.execute(insert(Event), [_event(number) for number in range(AT_ONCE)])
        while chain.append():
            pass


def _event(number: int) -> dict[str, object]:
    return {
        "id": db.new_id(),
        "at": clock.now(),
        "actor_kind": "user",
        "actor_id": UUID(int=number),
        "organisation_id": UUID(int=7),
        "action": Action.DOCUMENT_READ,
        "object_type": "documents",
        "object_id": UUID(int=number),
        "about_company_id": UUID(int=8),
        "origin": "127.0.0.1",
        "detail": {"version": str(UUID(int=number)), "kind": "kvk_extract"},
    }


def _verify() -> None:
    with db.transaction(write=False):
        verdict = verifying.verify(seal.current().trust)
    if verdict.broken or verdict.links != COUNT:
        raise RuntimeError(str(verdict))
