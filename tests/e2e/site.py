"""The depot as it runs in earnest: the web server and the jobs as processes of their own, over a folder of one test run."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from queue import Queue
from threading import Thread

from depot.access import Actor, Role
from depot.accounts.models import Organisation
from depot.app import create_app
from depot.config import Config
from depot.core import clock, db, migrate
from depot.core.antivirus import Scanner
from depot.core.http import DepotFlask
from tests import factories
from tests.conftest import settings
from tests.factories import email_of
from tests.services import free_port

ROOT = Path(__file__).parents[2]
TROUBLE = ("unforeseen", "job_failed", "database is locked")
DEPOT = str(Path(sys.executable).with_name("depot"))


@dataclass(frozen=True)
class Site:
    """A running depot: its address and folder, an application over the same database, and the people in it."""

    url: str
    folder: Path
    app: DepotFlask
    people: dict[str, Actor]
    emails: dict[str, str]

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Services called within act at that moment, in one transaction."""
        with self.app.app_context(), clock.moved_to(moment), db.transaction():
            yield


def environment(**settings: str) -> dict[str, str]:
    """The variables of a child process: ours, with no settings of the depot but those given."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DEPOT_")} | settings


@dataclass(frozen=True)
class Child:
    """A process of the depot, and what it says; None follows its last line."""

    process: subprocess.Popen[str]
    lines: Queue[str | None]
    said: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Take every line down until the process ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            self.lines.put(line)
        self.lines.put(None)

    def says(self, ready: str) -> None:
        """Wait for a line with these words."""
        for line in iter(lambda: self.lines.get(timeout=60), None):
            if ready in line:
                return
        raise AssertionError("".join(self.said))


@contextmanager
def running(command: Sequence[str], variables: dict[str, str], folder: Path = ROOT) -> Iterator[Child]:
    """A process that ends with the block, and its children with it."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        child = Child(process, Queue())
        reader = Thread(target=child.listen)
        reader.start()
        try:
            yield child
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
            reader.join()


@contextmanager
def serving(folder: Path, scanner: Scanner, *, workers: int = 1, job_processes: int = 1) -> Iterator[Site]:
    """A migrated depot with organisations and people but no documents, answering on a port of its own.

    Fails at the end when any of its processes logged an error.
    """
    address = f"127.0.0.1:{free_port()}"
    variables = settings(folder, DEPOT_BASE_URL=f"http://{address}", DEPOT_CLAMD=f"unix:{scanner.address}")
    app = create_app(Config.from_env(variables))
    migrate.upgrade(app.extensions["depot.engine"])
    with app.app_context(), db.transaction():
        people = _people()
        site = Site(f"http://{address}", folder, app, people, {name: email_of(actor) for name, actor in people.items()})
    serve, jobs = [DEPOT, "serve", "--address", address, "--workers", str(workers)], [DEPOT, "jobs"]
    children: list[Child] = []
    try:
        with ExitStack() as stack:
            children.append(stack.enter_context(running(serve, variables)))
            children += [stack.enter_context(running(jobs, variables)) for _number in range(job_processes)]
            for child, ready in zip(children, ["Listening at", *["jobs are running"] * job_processes], strict=True):
                child.says(ready)
            with closing(HTTPConnection(address, timeout=30)) as connection:
                connection.request("GET", "/gereed")
                assert connection.getresponse().status == HTTPStatus.OK
            yield site
        assert not [line for child in children for line in child.said if any(word in line for word in TROUBLE)]
    finally:
        app.extensions["depot.engine"].dispose()


def _people() -> dict[str, Actor]:
    reviewer = factories.reviewer()
    depot = db.session.get_one(Organisation, reviewer.organisation_id)
    return {
        "donald": factories.company(factories.DONALD),
        "dagobert": factories.company(factories.DAGOBERT),
        "katrien": factories.company(factories.KATRIEN),
        "newcomer": factories.company("90000001"),
        "buyer": factories.municipality(),
        "reviewer": reviewer,
        "operator": factories.member(depot, Role.OPERATOR_ADMIN),
    }
