"""A depot as it runs in earnest: gunicorn and jobs as processes of their own, on 127.0.0.1, over a folder of one measurement."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from depot.app import create_app
from depot.config import Config
from depot.core import authority, migrate
from depot.core.http import DepotFlask
from tests.e2e.site import DEPOT, Child, running
from tests.services import free_port

WORKERS = 2


@dataclass(frozen=True)
class Place:
    """A migrated depot in a folder, an application over it, and where its web server listens once it runs."""

    folder: Path
    address: str
    variables: dict[str, str]
    app: DepotFlask

    @contextmanager
    def serving(self, **changes: str) -> Iterator[Child]:
        """The web server with two workers."""
        command = [DEPOT, "serve", "--address", self.address, "--workers", str(WORKERS)]
        with running(command, self.variables | changes) as web:
            web.says("Listening at")
            for _worker in range(WORKERS):
                web.says("Booting worker")
            yield web

    @contextmanager
    def working(self, processes: int) -> Iterator[None]:
        """So many processes that run the jobs."""
        with ExitStack() as stack:
            for _process in range(processes):
                worker = stack.enter_context(running([DEPOT, "jobs"], self.variables))
                worker.says("jobs are running")
            yield


@contextmanager
def place(**changes: str) -> Iterator[Place]:
    """A depot without anything in it; it is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="depot-bench-") as name:
        folder, address = Path(name), f"127.0.0.1:{free_port()}"
        variables = {
            "DEPOT_SECRET_KEY": "a-secret-that-only-the-bench-knows-about",
            "DEPOT_BASE_URL": f"http://{address}",
            "DEPOT_DATABASE_URL": f"sqlite:///{folder / 'depot.db'}",
            "DEPOT_OBJECTS_URL": f"file:{folder / 'objects'}",
            "DEPOT_MAIL_URL": f"maildir:{folder / 'mail'}",
            "DEPOT_SEAL_FOLDER": str(folder / "seal"),
            "DEPOT_CLAMD": "off",
            "DEPOT_ALLOW_UNSCANNED": "1",
            **changes,
        }
        authority.init(folder / "seal", organisation="Bench")
        app = create_app(Config.from_env(variables))
        migrate.upgrade(app.extensions["depot.engine"])
        try:
            yield Place(folder, address, variables, app)
        finally:
            app.extensions["depot.engine"].dispose()
