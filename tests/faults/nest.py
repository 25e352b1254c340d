"""Starts job processes that need not load the program anew: `python -m tests.faults.nest FOLDER`, a line of input a process.

Each is a process of its own that does what `depot jobs` does, and says so in FOLDER/PID.log. Its clock is ahead by the
seconds that FOLDER/clock says at any moment.
"""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from depot.core import clock
from jobs import __main__ as jobs


class Ahead:
    """What the depot's clock asks for the time."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self, zone: tzinfo) -> datetime:
        """The real time, and what the file adds."""
        return datetime.now(zone) + timedelta(seconds=float(self._file.read_text()))


def serve(folder: Path) -> None:
    """Say the number of each process that was asked for; those that end are forgotten."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _work(folder)
        print(pid, flush=True)


def _work(folder: Path) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(folder / f"{os.getpid()}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(0)
    os._exit(jobs.main([]))


if __name__ == "__main__":
    clock.datetime = Ahead(Path(sys.argv[1]) / "clock")  # type: ignore[assignment, misc] # it asks for `now` only
    # The scheduler keeps real time, and looks each second whether a timed job's run is open.
    jobs.clock, jobs.LOOK_S = SimpleNamespace(now=partial(datetime.now, UTC)), 1  # type: ignore[assignment]
    print("ready", flush=True)
    serve(Path(sys.argv[1]))
