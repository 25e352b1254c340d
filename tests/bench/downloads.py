"""How fast a bundle comes: 500 MB in 50 documents, out of gunicorn, against nginx that sends the finished ZIP."""

import os
import re
import secrets
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from subprocess import DEVNULL, run
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode
from uuid import UUID

import boto3
from sqlalchemy import select

from depot.access import Actor
from depot.bundles import service as bundles
from depot.bundles.models import BundleItem
from depot.bundles.verification import EXIT_CODES, Outcome, verify
from depot.core import clock, db, seal
from depot.documents.models import FactSource, Version
from depot.tenders import participations
from depot.verification import service as verification
from tests import factories
from tests.bench.figures import Figure, quotient, seconds
from tests.bench.papers import heavy
from tests.bench.place import Place, place
from tests.bench.tools import nginx, program
from tests.buckets import BUCKET, rclone

DOCUMENTS, SIZE = 50, 10_000_000
AT_ONCE, TRIES = 8, 9
BLOCK = 1 << 20


@dataclass(frozen=True)
class Ready:
    """A depot with a released bundle, and the cookie of a buyer who may fetch it."""

    site: Place
    buyer: Actor
    path: str

    @contextmanager
    def serving(self, **changes: str) -> Iterator[tuple[int, dict[str, str]]]:
        """The server's process, and the headers of a signed-in buyer."""
        with self.site.serving(**changes) as web:
            yield web.process.pid, self._signed_in()

    def _signed_in(self) -> dict[str, str]:
        with self.site.app.app_context():
            form = urlencode({"email": factories.email_of(self.buyer), "wachtwoord": factories.PASSWORD})
        said = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{self.site.address}"}
        with closing(HTTPConnection(self.site.address, timeout=30)) as connection:
            connection.request("POST", "/inloggen", body=form, headers=said)
            answer = connection.getresponse()
            assert answer.status == HTTPStatus.SEE_OTHER, answer.read()
            return {"Cookie": str(answer.headers["Set-Cookie"]).partition(";")[0]}


@dataclass(frozen=True)
class Fetched:
    """A download: how many bytes of body, in how long, and how long until the first of them."""

    size: int
    seconds: float
    first_ms: float


def fetch(address: str, path: str, headers: dict[str, str], keep: Path | None = None) -> Fetched:
    """Fetch over a connection of its own, with as little work in the client as there can be."""
    host, _colon, port = address.partition(":")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    block = bytearray(BLOCK)
    with (
        socket.create_connection((host, int(port)), timeout=60) as connection,
        (keep or Path(os.devnull)).open("wb") as to,
    ):
        start = time.perf_counter()
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{lines}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head[:-4]:
            head += connection.recv(BLOCK)
        first = time.perf_counter() - start
        said, _blank, begin = head.partition(b"\r\n\r\n")
        length = re.search(rb"^content-length: (\d+)", said, re.MULTILINE | re.IGNORECASE)
        if not said.startswith(b"HTTP/1.1 200") or length is None:
            raise RuntimeError(said.decode())
        size = len(begin)
        to.write(begin)
        while size < int(length[1]) and (count := connection.recv_into(block)):
            size += count
            if keep:
                to.write(block[:count])
    if size != int(length[1]):
        raise RuntimeError(f"{size} bytes of {length[1].decode()} came")
    return Fetched(size, time.perf_counter() - start, first * 1000)


@contextmanager
def ready(**changes: str) -> Iterator[Ready]:
    """A company's documents, checked and approved, released as one bundle."""
    with place(**changes) as site:
        past = clock.now() - timedelta(days=40)
        with site.app.app_context():
            with clock.moved_to(past):
                with db.transaction():
                    buyer, company = factories.municipality(), factories.company()
                    reviewer = factories.reviewer()
                    tender = factories.tender(buyer, closes_at=past + timedelta(days=39))
                for _document in range(DOCUMENTS):
                    with db.transaction():
                        factories.deposited(company, data=heavy(SIZE, factories.DONALD))
                verification.run_checks(limit=DOCUMENTS)
                with db.transaction():
                    for row in db.session.scalars(select(Version)).unique():
                        verification.approve(reviewer, row.id, facts=row.facts(FactSource.SUBMITTED) or {})
                    participation = factories.participant(company, tender)
            with db.transaction():
                participations.select(buyer, participation.id, motivation="")
                bundle = bundles.release(buyer, participation.id, legal_ground="selected")
                found: UUID = bundle.id
        yield Ready(site, buyer, f"/bundels/{found}/bundel.zip")


def measure() -> Iterator[Figure]:
    """Growth on a fresh server first; then speed in turn with nginx, without and with hashing; then verification."""
    with ready() as made:
        site, target = made.site, made.site.folder / "finished" / "bundle.zip"
        target.parent.mkdir()
        with made.serving() as (process, headers):
            yield Figure("bundle.local.growth_mib", growth(made, process, headers), f"{AT_ONCE} downloads at once")
            fetch(site.address, made.path, headers, keep=target)
            firsts = [fetch(site.address, made.path, headers).first_ms for _try in range(TRIES)]
            yield Figure("bundle.local.first_byte_ms", statistics.median(firsts), "first byte of the body")
            yield Figure("bundle.local.vs_nginx", against_nginx(made, headers, target), "nginx with the finished ZIP")
        with made.serving(DEPOT_HASH_ON_READ="1") as (_process, headers):
            ratio = against_nginx(made, headers, target)
            yield Figure("bundle.local.hashed.vs_nginx", ratio, "nginx with the finished ZIP")
        with site.app.app_context():
            trust = seal.current().trust
        yield Figure("verify.vs_openssl", against_openssl(target, trust), "openssl dgst -sha256 of the ZIP")


def measure_s3() -> Iterator[Figure]:
    """Speed out of a bucket, in turn with boto3 that reads the same objects one after the other."""
    with (
        tempfile.TemporaryDirectory(prefix="depot-bench-") as folder,
        patch.dict(os.environ, AWS_ACCESS_KEY_ID="depot", AWS_SECRET_ACCESS_KEY=secrets.token_urlsafe(20)),
        rclone(Path(folder) / "data") as address,
        ready(DEPOT_OBJECTS_URL=f"s3://{BUCKET}/depot?endpoint=http://{address}") as made,
        made.serving() as (_process, headers),
    ):
        with made.site.app.app_context():
            keys = [f"depot/{key}" for key in db.session.scalars(select(BundleItem.object_key))]
        client = boto3.client("s3", endpoint_url=f"http://{address}", region_name="us-east-1")
        ratio = quotient(
            lambda: _speed(fetch(made.site.address, made.path, headers)), lambda: _plain_speed(client, keys)
        )
        yield Figure("bundle.s3.vs_boto3", ratio, "boto3, objects in turn; store: rclone serve s3", objects="s3")


def _plain_speed(client: Any, keys: Sequence[str]) -> float:
    size, start = 0, time.perf_counter()
    for key in keys:
        for piece in client.get_object(Bucket=BUCKET, Key=key)["Body"].iter_chunks(BLOCK):
            size += len(piece)
    return size / (time.perf_counter() - start)


def growth(made: Ready, process: int, headers: dict[str, str]) -> float:
    """How many MiB the worker that grew most took beyond its idle size while downloads ran at once."""
    workers = [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    idle = {pid: _memory(pid, "VmRSS") for pid in workers}
    for pid in workers:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # forgets the peak so far
    threads = [threading.Thread(target=fetch, args=(made.site.address, made.path, headers)) for _one in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(_memory(pid, "VmHWM") - idle[pid] for pid in workers) / 1024


def against_nginx(made: Ready, headers: dict[str, str], target: Path) -> float:
    """Bytes a second of the depot over those of nginx."""
    with nginx(target.parent, workers=2) as address:
        return quotient(
            lambda: _speed(fetch(made.site.address, made.path, headers)),
            lambda: _speed(fetch(address, f"/{target.name}", {})),
        )


def against_openssl(target: Path, trust: seal.Trust) -> float:
    """Bundles verified a second over digests by openssl a second."""
    openssl = program("openssl", "openssl")

    def ours() -> None:
        found = verify(target, trust)
        assert found.exit_code == EXIT_CODES[Outcome.WHOLE_TRUSTED], found

    def theirs() -> None:
        run([openssl, "dgst", "-sha256", str(target)], check=True, stdout=DEVNULL)

    return quotient(lambda: 1 / seconds(ours), lambda: 1 / seconds(theirs))


def _speed(fetched: Fetched) -> float:
    return fetched.size / fetched.seconds


def _memory(process: int, field: str) -> int:
    """KiB, as the kernel counts them."""
    found = re.search(rf"^{field}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])
