"""How fast what was handed in is checked by machine: parsed, scanned by a real clamd, and recorded."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from depot.core import db
from depot.documents import queries
from depot.documents.models import State, Version
from tests.bench.deposits import Message, messages, send
from tests.bench.figures import Figure, seconds
from tests.bench.place import Place, place
from tests.services import start_clamd

PROCESSES = 2
FILES, FIRST = 400, 40
SINGLES, LARGE = 20, 2 << 20
LOOK_S = 0.02
PATIENCE_S = 120


@contextmanager
def scanned_place() -> Iterator[Place]:
    """A depot with a virus scanner."""
    with tempfile.TemporaryDirectory(prefix="depot-bench-clamd-") as name:
        socket = Path(name) / "clamd.ctl"
        scanner = start_clamd(Path(name), f"LocalSocket {socket}")
        try:
            with place(DEPOT_CLAMD=f"unix:{socket}", DEPOT_ALLOW_UNSCANNED="0") as site:
                yield site
        finally:
            scanner.terminate()
            scanner.communicate()


def wait(site: Place, left: int) -> None:
    """Wait until at most so many versions are still to be checked."""
    until = time.monotonic() + PATIENCE_S
    while _to_check(site) > left:
        if time.monotonic() > until:
            raise TimeoutError(f"{_to_check(site)} versions are still not checked")
        time.sleep(LOOK_S)  # between two looks at the condition, so that looking does not slow what is measured


def measure() -> Iterator[Figure]:
    """First one file after another on an idle system, then a heap of them."""
    with scanned_place() as site, site.serving():
        singles, heap = list(messages(site, SINGLES, LARGE)), list(messages(site, FILES))
        with site.working(PROCESSES):
            took = [seconds(partial(_see_through, site, one)) for one in singles]
        yield Figure(
            "deposit.to_checked_p95_s", statistics.quantiles(took, n=20)[-1], "2 MB of text, from request to result"
        )
        send(site, heap)
        with site.working(PROCESSES):
            wait(site, FILES - FIRST)
            rate = (FILES - FIRST) / seconds(lambda: wait(site, 0))
        yield Figure("checks.finished_per_s", rate, "100 KiB, 2 job processes, clamd, no OCR")
        _all_checked(site)


def _see_through(site: Place, one: Message) -> None:
    send(site, [one], clients=1)
    wait(site, 0)


def _to_check(site: Place) -> int:
    with site.app.app_context():
        return db.session.scalar(select(func.count()).where(queries.TO_CHECK)) or 0


def _all_checked(site: Place) -> None:
    with site.app.app_context():
        found = set(db.session.scalars(select(Version.state)))
    if found != {State.IN_REVIEW}:
        raise RuntimeError(f"Not everything came through the checks: {found}")
