"""One run: a depot with work for weeks, its job processes killed at random moments, and the account afterwards."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

from depot.app import create_app
from depot.audit.models import Event
from depot.bundles.models import Destruction
from depot.config import Config
from depot.core import authority, clock, db, migrate, workdays
from depot.core.http import DepotFlask
from depot.core.work import JobRun
from depot.mail.models import Message, MessageState
from depot.reminders.models import ReminderStep
from jobs.registry import JOBS
from jobs.runner import DONE
from tests.conftest import settings
from tests.faults import checks, seeding
from tests.faults.fleet import Fleet, fleet, wait_for
from tests.faults.post import Mailbox, server

STEP = timedelta(hours=6)
"""How far the clock goes between two deaths, on average."""

LONGEST_S = 1.0
"""How long after the clock moved a process may live."""

NOON = time_of_day(12)


@dataclass(frozen=True)
class Plan:
    """How much is done to how large a depot."""

    kills: int
    companies: int
    bundles: int

    @property
    def days(self) -> int:
        """How many days go by."""
        return int(self.kills * STEP / timedelta(days=1)) + 1


LONG = Plan(kills=100, companies=30, bundles=6)
SHORT = Plan(kills=5, companies=2, bundles=1)


def run(plan: Plan, seed: int, database: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Figures of a run, and what is wrong after it."""
    started, random = time.monotonic(), Random(seed)
    with tempfile.TemporaryDirectory(prefix="depot-faults-") as name, server(Path(name), random) as (mailbox, url):
        variables = settings(
            Path(name), DEPOT_MAIL_URL=url, DEPOT_KEEP_NOT_AWARDED=f"P{seeding.KEEP.days}D", **database
        )
        authority.init(Path(name) / "seal", organisation="Depot Voorbeeld")
        with _app(variables) as app:
            with app.app_context():
                seeding.fill(random, companies=plan.companies, stopped=plan.bundles, days=plan.days)
            with fleet(Path(name) / "fleet", variables) as processes:
                _die(app, processes, plan, random)
                _settle(app, processes)
                processes.stop()
                wrong = processes.troubles()
                with app.app_context(), clock.moved_to(processes.now()):
                    wrong += checks.wrong(mailbox)
                    figures = _figures(mailbox)
    told = {"database": "postgresql" if database else "sqlite", "seed": seed, "kills": plan.kills, **figures}
    return told | {"lost": len(wrong), "seconds": round(time.monotonic() - started)}, wrong


@contextmanager
def _app(variables: Mapping[str, str]) -> Iterator[DepotFlask]:
    app = create_app(Config.from_env(variables))
    migrate.upgrade(app.extensions["depot.engine"])
    try:
        yield app
    finally:
        app.extensions["depot.engine"].dispose()


def _die(app: DepotFlask, processes: Fleet, plan: Plan, random: Random) -> None:
    """The clock jumps, everything that came due is begun by both, and one of them dies at a random moment."""
    for _process in range(2):
        processes.start()
    for _kill in range(plan.kills):
        for pid in processes.pids:
            processes.wait_ready(pid)
        processes.move(processes.ahead + STEP * random.uniform(0.5, 1.5))
        with app.app_context():
            seeding.lose_files(random, 1)
        time.sleep(random.uniform(0, LONGEST_S))  # the moment of death
        processes.kill(random.choice(processes.pids))
        processes.start()


def _settle(app: DepotFlask, processes: Fleet) -> None:
    """Nobody dies any more: two working days go by, and everything that is due gets done."""
    for _day in range(2):
        day = workdays.next_workday(clock.day_of(processes.now()))
        processes.move(_noon_after(day, processes.now()) - clock.now())
        while len(processes.pids) < 2:
            processes.start()
        wait_for(lambda: _open(app, processes))


def _noon_after(day: date, now: datetime) -> datetime:
    """Noon of the first office day from a day on that is still to come."""
    noon = datetime.combine(day, NOON, tzinfo=clock.AMSTERDAM)
    if noon > now:
        return noon
    return datetime.combine(workdays.next_workday(day + timedelta(days=1)), NOON, tzinfo=clock.AMSTERDAM)


def _open(app: DepotFlask, processes: Fleet) -> list[str]:
    """What is still to come today: timed jobs, mail to send, events without a link."""
    today = str(clock.day_of(processes.now()))
    timed = {job.name for job in JOBS.values() if job.daily and job.daily < NOON}
    with app.app_context(), db.transaction(write=False) as session:
        done = select(JobRun.job).where(JobRun.slot.startswith(today), JobRun.outcome == DONE)
        waiting = select(Message.template).where(Message.state == MessageState.WAITING)
        unlinked = select(Event.action).where(~Event.is_chained)
        return [*(timed - set(session.scalars(done))), *session.scalars(waiting), *session.scalars(unlinked)]


def _figures(mailbox: Mailbox) -> dict[str, Any]:
    """What was done, and which timed jobs died in the middle of it."""

    def count(table: type[db.Base]) -> int:
        return db.session.scalar(select(func.count()).select_from(table)) or 0

    died = select(JobRun.job).where(JobRun.outcome == "running")
    return {
        "mails": count(Message),
        "repeated_mails": mailbox.taken.total() - len(mailbox.taken),
        "steps": count(ReminderStep),
        "destroyed": count(Destruction),
        "events": count(Event),
        "died_in": dict(Counter(db.session.scalars(died)).most_common()),
    }
