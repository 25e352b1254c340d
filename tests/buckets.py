"""Real S3 stores for the tests: rclone over HTTP and over HTTPS with an authority of our own, and a store that fails."""

import datetime
import http.client
import ipaddress
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.services import free_port

RCLONE = Path(sys.executable).with_name("rclone")
BUCKET = "depot"
GIVEN = os.environ.get("DEPOT_TEST_S3")
"""A store that is there already, as `make test-ceph` gives; its credentials are in the environment."""


def objects_url(folder: Path) -> str:
    """Where a test's objects go: a folder of its own, or a prefix of its own in the store that is given."""
    if GIVEN is None:
        return f"file:{folder / 'objects'}"
    bucket, _mark, query = GIVEN.partition("?")
    return f"{bucket}/{secrets.token_hex(8)}?{query}"


@pytest.fixture(scope="session")
def credentials() -> Iterator[None]:
    """Credentials where an operator puts them; those of a store that is given stay as they are."""
    with pytest.MonkeyPatch.context() as patch:
        if GIVEN is None:
            patch.setenv("AWS_ACCESS_KEY_ID", "depot")
            patch.setenv("AWS_SECRET_ACCESS_KEY", secrets.token_urlsafe(20))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@contextmanager
def rclone(folder: Path, *options: object) -> Iterator[str]:
    """An rclone that serves a bucket; gives its host and port."""
    (folder / BUCKET).mkdir(parents=True)
    address = f"127.0.0.1:{free_port()}"
    keys = f"{os.environ['AWS_ACCESS_KEY_ID']},{os.environ['AWS_SECRET_ACCESS_KEY']}"
    command = [RCLONE, "serve", "s3", "--config", "/dev/null", "--addr", address, "--auth-key", keys, *options, folder]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while "Starting s3 server" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        reader = Thread(target=process.stderr.read)
        reader.start()
        try:
            yield address
        finally:
            process.terminate()
            process.wait()
            reader.join()


@pytest.fixture(scope="session")
def http_store(credentials: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A bucket over HTTP."""
    with rclone(tmp_path_factory.mktemp("rclone") / "data") as address:
        yield f"s3://{BUCKET}/depot?endpoint=http://{address}"


@pytest.fixture(scope="session")
def https_store(credentials: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A bucket over HTTPS, whose certificate only our own authority vouches for."""
    folder = tmp_path_factory.mktemp("rclone")
    certificate(folder)
    with rclone(folder / "data", "--cert", folder / "server.pem", "--key", folder / "server.key") as address:
        yield f"s3://{BUCKET}/depot?endpoint=https://{address}&ca={quote(str(folder / 'server.pem'))}"


def certificate(folder: Path) -> None:
    """A key and a certificate for 127.0.0.1 that signs itself, as `server.key` and `server.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "objects.example")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


class Faulty(ThreadingHTTPServer):
    """Passes everything on to a store, and fails as it is told: the next `times` requests, or all."""

    daemon_threads = True

    def __init__(self, store: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.store = store
        self.fault = ""
        self.times: float = float("inf")
        self.asked = 0
        self.over = Event()

    def fail(self, fault: str, times: float = float("inf")) -> None:
        """Fail so from now on; the count of what was asked begins anew."""
        self.fault, self.times, self.asked = fault, times, 0

    def next_fault(self) -> str:
        """What goes wrong with the request that came in now."""
        self.asked += 1
        return self.fault if self.asked <= self.times else ""


class Handler(BaseHTTPRequestHandler):
    """One request on its way through."""

    protocol_version = "HTTP/1.1"
    server: Faulty

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.server.next_fault()
        if fault == "slow":
            self.server.over.wait()
        if fault in ("slow", "hang up"):
            self.close_connection = True
        elif fault.isdigit():
            self.answer(int(fault), {}, b"", 0)
        else:
            if fault == "spoil what is sent":
                body = bytes([body[0] ^ 1]) + body[1:]
            there = http.client.HTTPConnection(self.server.store)
            there.request(self.command, self.path, body, dict(self.headers))
            got = there.getresponse()
            data = got.read()
            there.close()
            length = int(got.headers.get("Content-Length", len(data)))
            if fault == "other bytes":
                data = bytes([data[0] ^ 1]) + data[1:]
            if fault == "half":
                data = data[: len(data) // 2]
                self.close_connection = True
            self.answer(got.status, dict(got.headers), data, length)

    def answer(self, status: int, headers: dict[str, str], data: bytes, length: int) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name not in ("Content-Length", "Transfer-Encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_HEAD = do_DELETE = pass_on  # noqa: N815 - the names that http.server looks for


@pytest.fixture(scope="session")
def faulty(http_store: str) -> Iterator[Faulty]:
    """A store that fails as it is told."""
    with Faulty(http_store.rpartition("//")[2]) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()
