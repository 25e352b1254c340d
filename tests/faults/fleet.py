"""Two job processes under a clock that is moved, killed and replaced."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from depot.core import clock
from tests.e2e.site import ROOT, TROUBLE, environment

READY = "jobs are running"
LOOK_S = 0.02
PATIENCE_S = 120.0


def wait_for(obstacle: Callable[[], object]) -> None:
    """Look until nothing stands in the way; raises TimeoutError that says what does."""
    until = time.monotonic() + PATIENCE_S
    while found := obstacle():
        if time.monotonic() > until:
            raise TimeoutError(found)
        time.sleep(LOOK_S)  # between two looks


@dataclass
class Fleet:
    """The processes that live, and by how much their clock is ahead of the real one."""

    folder: Path
    nest: subprocess.Popen[str]
    ahead: timedelta = timedelta()
    pids: list[int] = field(default_factory=list)

    def now(self) -> datetime:
        """The time on their clock."""
        return clock.now() + self.ahead

    def move(self, ahead: timedelta) -> None:
        """Set their clock, also of those that run."""
        self.ahead = ahead
        fresh = self.folder / "clock.new"
        fresh.write_text(f"{ahead.total_seconds():.0f}")
        fresh.replace(self.folder / "clock")

    def start(self) -> None:
        """One more process."""
        assert self.nest.stdin is not None
        assert self.nest.stdout is not None
        self.nest.stdin.write("\n")
        self.nest.stdin.flush()
        self.pids.append(int(self.nest.stdout.readline()))

    def wait_ready(self, pid: int) -> None:
        """Until it works."""
        wait_for(lambda: READY not in self.said(pid) and f"{pid} did not start: {self.said(pid)}")

    def kill(self, pid: int) -> None:
        """As the kernel does it when memory is short: at once, nothing is told."""
        os.kill(pid, signal.SIGKILL)
        self.pids.remove(pid)
        wait_for(lambda: _lives(pid) and f"{pid} does not die")

    def stop(self) -> None:
        """As an operator does it."""
        for pid in self.pids:
            os.kill(pid, signal.SIGTERM)
        wait_for(lambda: [pid for pid in self.pids if _lives(pid)])
        self.pids.clear()

    def said(self, pid: int) -> str:
        """All that it wrote."""
        log = self.folder / f"{pid}.log"
        return log.read_text() if log.exists() else ""

    def troubles(self) -> list[str]:
        """Lines of all of them that tell of a failure."""
        lines = [line for log in self.folder.glob("*.log") for line in log.read_text().splitlines()]
        return [line for line in lines if any(word in line for word in TROUBLE)]


@contextmanager
def fleet(folder: Path, variables: dict[str, str]) -> Iterator[Fleet]:
    """None yet, over a depot with these settings; none is left afterwards."""
    folder.mkdir()
    (folder / "clock").write_text("0")
    command = [sys.executable, "-m", "tests.faults.nest", str(folder)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(**variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as nest:
        found = Fleet(folder, nest)
        try:
            assert nest.stdout is not None
            assert nest.stdout.readline() == "ready\n"
            yield found
        finally:
            os.killpg(nest.pid, signal.SIGKILL)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
