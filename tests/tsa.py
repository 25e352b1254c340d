"""A time stamping authority of our own, as a fixture: `openssl ts` behind a small HTTP server, with a CA of its own."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from depot.core import clock
from depot.core.certificates import key_pem, pem_of

CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/between.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
"""

Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def certificate(name: str, issuer: Pair | None = None, *, is_tsa: bool = False) -> Pair:
    """A root, or what stands under an issuer: another CA, or whoever stamps."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = clock.now()
    usage = {"digital_signature": is_tsa, "key_cert_sign": not is_tsa, "crl_sign": not is_tsa}
    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only")
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=400))
        .add_extension(x509.BasicConstraints(ca=not is_tsa, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage, **dict.fromkeys(others, False), decipher_only=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if is_tsa:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


@dataclass
class Tsa:
    """Where it is; `asks` and `answers` bend what goes in and out, `asked` and `logins` are what came in."""

    folder: Path
    address: str = ""
    status: int = 200
    asks: Callable[[bytes], bytes] = bytes
    answers: Callable[[bytes], bytes] = bytes
    command: tuple[str, ...] = ()
    silence: threading.Event | None = None
    asked: list[bytes] = field(default_factory=list)
    logins: list[str | None] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """The file with its root."""
        return self.folder / "root.pem"

    @property
    def url(self) -> str:
        """The setting."""
        return f"{self.address}/tsa?ca={self.root}"

    def reply(self, request: bytes) -> bytes:
        """What openssl answers."""
        self.asked.append(request)
        (self.folder / "request.tsq").write_bytes(self.asks(request))
        told = [*self.command, "openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "request.tsq"]
        made = subprocess.run([*told, "-out", "answer.tsr"], cwd=self.folder, capture_output=True, check=False)
        assert made.returncode == 0, made.stderr
        return self.answers((self.folder / "answer.tsr").read_bytes())


def prepared(folder: Path, name: str = "Tijd") -> Tsa:
    """An authority's files: root, a CA in between, and who stamps."""
    root = certificate(f"{name} Root CA")
    between = certificate(f"{name} Issuing CA", root)
    stamping, key = certificate(f"{name} Stempel", between, is_tsa=True)
    folder.mkdir(parents=True)
    (folder / "root.pem").write_bytes(pem_of(root[0]))
    (folder / "between.pem").write_bytes(pem_of(between[0]))
    (folder / "tsa.pem").write_bytes(pem_of(stamping))
    (folder / "tsa.key").write_bytes(key_pem(key))
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    return Tsa(folder)


class _Handler(BaseHTTPRequestHandler):
    tsa: Tsa

    def do_POST(self) -> None:
        """Answer one request, when it is one."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.tsa.logins.append(self.headers["Authorization"])
        if self.tsa.silence:
            self.tsa.silence.wait()
            return
        answer = self.tsa.reply(body)
        self.send_response(self.tsa.status)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def tsa(tmp_path: Path) -> Iterator[Tsa]:
    """One that answers as it should, until it is told otherwise."""
    made = prepared(tmp_path / "tsa")
    handler = type("Handler", (_Handler,), {"tsa": made})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        made.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield made
        if made.silence:
            made.silence.set()
        server.shutdown()
        thread.join()
