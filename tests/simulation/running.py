"""Days that go by over a real database: jobs at the times of their schedule, people in the afternoon, and trouble."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from random import Random
from typing import Any

from depot.app import create_app
from depot.config import Config
from depot.core import clock, migrate
from depot.core.http import DepotFlask
from jobs import runner
from jobs.registry import JOBS, Job
from tests.conftest import settings
from tests.simulation import checks, lives
from tests.simulation.oracle import Oracle

SEND = ("send_reminders", "send_statements", "send_changes", "send_desk")
TIMED = sorted((JOBS[name] for name in ("record_lapses", "end_codes", *SEND)), key=lambda job: job.schedule)
"""The daily jobs of what ends and of what is said; the others tidy up."""
WORK = ("run_checks", "tell_needs")
MAIL = ("tell_unreachable", "send_mail")
"""Jobs that look every few seconds or minutes: here after all that gives them work."""

MIDDAY, AFTERNOON = time_of_day(11), time_of_day(14)


@dataclass(frozen=True)
class Plan:
    """How many companies live for how long from which day; on which days no job runs, and on which only at midday."""

    companies: int
    first: date
    days: int
    down: frozenset[date]
    late: frozenset[date]

    def all_days(self) -> Iterator[date]:
        """One after the other."""
        return (self.first + timedelta(days=number) for number in range(self.days))


def _days(first: str, count: int) -> frozenset[date]:
    return frozenset(date.fromisoformat(first) + timedelta(days=number) for number in range(count))


# Both cross 29 February 2028 and clock changes. Outages take a first office day, with a Sunday after it, and a weekly Monday.
LONG = Plan(
    companies=60,
    first=date(2027, 1, 4),
    days=731,
    down=_days("2027-04-30", 2) | _days("2027-09-30", 3) | _days("2028-07-10", 42),
    late=_days("2027-03-28", 1) | _days("2027-10-31", 1) | _days("2028-02-28", 1),
)
SHORT = Plan(
    companies=5,
    first=date(2028, 1, 17),
    days=82,
    down=_days("2028-03-11", 3) | _days("2028-03-31", 2),
    late=_days("2028-03-27", 1),
)


@dataclass
class Simulation:
    """A depot, who lives with it, what must have been, and what is wrong."""

    app: DepotFlask
    mail: Path
    world: lives.World
    oracle: Oracle
    random: Random
    wrong: list[str] = field(default_factory=list)

    def live(self, plan: Plan) -> None:
        """All days of a plan."""
        for day in plan.all_days():
            if day not in plan.down:
                was_down = day - timedelta(days=1) in plan.down
                self._morning(day, is_late=was_down or day in plan.late)
                self._by_hand(day, plan)
            with _at(day, AFTERNOON), self.app.app_context():
                has_happened = self.world.go_on()
            if has_happened and day not in plan.down:
                self._work_on(day, AFTERNOON, *WORK, *MAIL)

    def _morning(self, day: date, *, is_late: bool) -> None:
        """Every timed job at its time, or all of them once the jobs run again."""
        if is_late:
            self._work_on(day, MIDDAY, *WORK)
        for job in TIMED:
            with _at(day, MIDDAY if is_late else job.daily or MIDDAY):
                self._run(job, day)
        self.oracle.morning(day)
        self._work_on(day, MIDDAY, *MAIL)

    def _run(self, job: Job, day: date) -> None:
        """Once, by itself; or with another process at the same moment, through the runner's claim or past it."""
        luck = self.random.random()
        if luck < 0.05:
            self._at_once(lambda: runner.tick(self.app, job))
        elif luck < 0.08:
            self._at_once(lambda: runner.run(self.app, job, day))
        runner.tick(self.app, job)
        if luck > 0.95:
            runner.tick(self.app, job)

    def _at_once(self, work: Callable[[], object]) -> None:
        threads = [threading.Thread(target=work) for _number in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    def _by_hand(self, day: date, plan: Plan) -> None:
        """Somebody runs jobs of today once more, or of a day before on which they ran."""
        past = day - timedelta(days=self.random.randint(0, 4))
        if self.random.random() < 0.1 and past >= plan.first and past not in plan.down:
            with _at(day, MIDDAY):
                for name in ("record_lapses", *SEND):
                    runner.run(self.app, JOBS[name], past)
            self._work_on(day, MIDDAY, *MAIL)

    def _work_on(self, day: date, at: time_of_day, *names: str) -> None:
        with _at(day, at):
            for name in names:
                outcome = runner.tick(self.app, JOBS[name])
                if outcome and outcome.state == runner.FAILED:
                    self.wrong.append(f"{day}: {name} failed: {outcome.figures}")


@contextmanager
def simulated(plan: Plan, seed: int, database: Mapping[str, str]) -> Iterator[Simulation]:
    """A plan that was lived through; all that is left to do is to look."""
    random = Random(seed)
    with tempfile.TemporaryDirectory(prefix="depot-simulation-") as name:
        app = create_app(Config.from_env(settings(Path(name), **database)))
        migrate.upgrade(app.extensions["depot.engine"])
        try:
            with _at(plan.first, time_of_day(0, 1)), app.app_context():
                world = lives.found(Random(seed), plan.companies)
            found = Simulation(app, Path(name) / "mail", world, Oracle(world), random)
            found.live(plan)
            yield found
        finally:
            app.extensions["depot.engine"].dispose()


def run(plan: Plan, seed: int, database: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Figures of a run, and what is wrong after it."""
    started = time.monotonic()
    with simulated(plan, seed, database) as found, found.app.app_context():
        wrong = [*found.wrong, *checks.wrong(found.oracle, found.mail)]
        figures = {
            "database": "postgresql" if database else "sqlite",
            "seed": seed,
            "companies": plan.companies,
            "days": plan.days,
            **checks.figures(),
            "violations": len(wrong),
            "seconds": round(time.monotonic() - started),
        }
    return figures, wrong


@contextmanager
def _at(day: date, at: time_of_day) -> Iterator[None]:
    """A moment on the Dutch clock, some seconds late as a scheduler is."""
    with clock.moved_to(datetime.combine(day, at, tzinfo=clock.AMSTERDAM) + timedelta(seconds=20)):
        yield
