"""Real servers that tests run against, as fixtures: no stand-ins, no downloads."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from depot.core.antivirus import Scanner

CLAMD = Path("/usr/sbin/clamd")

# The harmless test signature of EICAR, put together here so that no file of ours sets off a scanner.
EICAR = "".join(["X5O!P%@AP[4", "\\PZX54(P^)7CC)7}", "$EICAR-STANDARD-", "ANTIVIRUS-TEST-", "FILE!$H+H*"]).encode()


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_clamd(folder: Path, *address: str, stream_limit: str = "30M") -> subprocess.Popen[str]:
    """A clamd that knows EICAR only, and listens when this returns; `address` are its lines of configuration."""
    assert CLAMD.exists(), "apt-get install clamav-daemon"
    database = folder / "database"
    database.mkdir(parents=True)
    (database / "depot.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
    settings = (
        f"DatabaseDirectory {database}",
        f"TemporaryDirectory {folder}",
        "Foreground yes",
        f"StreamMaxLength {stream_limit}",
        *address,
    )
    (folder / "clamd.conf").write_text("\n".join(settings) + "\n")
    process = subprocess.Popen(
        [CLAMD, "-c", folder / "clamd.conf"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "Self checking" in line:
            return process
    raise AssertionError("".join(said))


@pytest.fixture(scope="session")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanner]:
    """A scanner behind a Unix socket."""
    folder = tmp_path_factory.mktemp("clamd")
    path = folder / "clamd.ctl"
    process = start_clamd(folder, f"LocalSocket {path}")
    yield Scanner(str(path))
    process.terminate()
    process.communicate()
