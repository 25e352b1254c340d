"""The process that keeps the time: `depot jobs`, and by hand `run NAME [--on DAY]`, `list` and `history`."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date
from typing import NoReturn

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from depot.app import ready_app
from depot.config import ConfigError
from depot.core import clock
from depot.core.migrate import NotReady

from . import runner
from .registry import JOBS

LOOK_S = 60
"""How often is looked whether a timed job's run is open: it starts at most this late, and is caught up this soon."""

SEEN_S = 30

ASKED_S = 5
"""How often is looked whether an operator asked for a run."""

STOPS = (signal.SIGTERM, signal.SIGINT)


class _Parser(argparse.ArgumentParser):
    """Wrong usage has the same exit status as of any other command of the depot."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(os.EX_USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None, make_app: Callable[[], Flask] = ready_app) -> int:
    """Do what the command line asks; gives the exit status."""
    parser = _Parser(prog="depot jobs", description="The depot's recurring work; without a command, keep doing it.")
    commands = parser.add_subparsers(dest="command")
    by_hand = commands.add_parser("run", help="run one job now")
    by_hand.add_argument("name", choices=sorted(JOBS))
    by_hand.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="for this day instead of today")
    commands.add_parser("list", help="show the jobs and when they run")
    commands.add_parser("history", help="show the last runs that did something")
    chosen = parser.parse_args(arguments)
    if chosen.command == "list":
        return _list()
    if chosen.command == "run" and chosen.on and not JOBS[chosen.name].is_timed:
        parser.error(f"{chosen.name} works what is due now; it takes no day")
    try:
        app = make_app()
    except (ConfigError, NotReady) as error:
        print(error, file=sys.stderr)
        return os.EX_USAGE if isinstance(error, ConfigError) else 1
    match chosen.command:
        case "run":
            return _run(app, chosen.name, chosen.on or clock.today())
        case "history":
            return _history(app)
        case _:
            return _serve(app)


def _list() -> int:
    for job in sorted(JOBS.values(), key=lambda job: job.name):
        print(f"{job.name:16} {job.schedule:12} {job.about}")
    return 0


def _run(app: Flask, name: str, day: date) -> int:
    outcome = runner.run(app, JOBS[name], day)
    print(f"{name}: {outcome.state} {outcome.figures}")
    return 0 if outcome.state == runner.DONE else 1


def _history(app: Flask) -> int:
    for row in runner.history(app):
        print(f"{clock.dutch(row.started_at):%Y-%m-%d %H:%M:%S} {row.job:16} {row.outcome:8} {row.figures}")
    return 0


def _serve(app: Flask) -> int:
    """Run jobs until SIGTERM or SIGINT; what is under way then is finished first."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a long run swallowed some ticks is as it should be
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    )
    for job in JOBS.values():
        seconds = LOOK_S if job.is_timed else job.interval_s
        scheduler.add_job(runner.tick, "interval", (app, job), id=job.name, seconds=seconds, next_run_time=clock.now())

    def report() -> None:
        runner.report(app, {entry.id: entry.next_run_time for entry in scheduler.get_jobs()})

    report()
    scheduler.add_job(report, "interval", seconds=SEEN_S)
    scheduler.add_job(runner.run_asked, "interval", (app,), seconds=ASKED_S)
    # Blocked before any thread starts: one that comes at any moment waits for `sigwait`, and none is lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    scheduler.start()
    print(f"{len(JOBS)} jobs are running", flush=True)
    signal.sigwait(STOPS)
    scheduler.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
