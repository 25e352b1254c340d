"""What a job is, and the list of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any, TypeVar

Figures = Mapping[str, Any]
"""What a run did, as JSON: counts by name."""

F = TypeVar("F", bound=Callable[..., Figures])

DAY_S = 86_400


@dataclass(frozen=True)
class Job:
    """Recurring work: every so many seconds, or daily from a time on the Dutch clock.

    A daily job is called with the Dutch day it works for, the others with nothing.
    """

    name: str
    function: Callable[..., Figures]
    about: str
    every: int | None = None
    daily: time | None = None

    @property
    def is_timed(self) -> bool:
        """Whether it has one run a day, which processes share."""
        return self.daily is not None

    @property
    def interval_s(self) -> int:
        """How far apart its runs are, in seconds."""
        return self.every or DAY_S

    @property
    def schedule(self) -> str:
        """When it runs, in words for the operator."""
        return f"daily {self.daily:%H:%M}" if self.daily else f"every {self.every} s"


JOBS: dict[str, Job] = {}
"""All jobs by name; a job is here once its module is imported."""


def job(*, every: int | None = None, daily: str | None = None) -> Callable[[F], F]:
    """Make a function a job under its own name: `every` in seconds, or `daily` as "HH:MM"."""
    if (every is None) == (daily is None):
        raise ValueError("a job runs either every so many seconds or daily")

    def register(function: F) -> F:
        at = time.fromisoformat(daily) if daily else None
        JOBS[function.__name__] = Job(function.__name__, function, function.__doc__ or "", every, at)
        return function

    return register
