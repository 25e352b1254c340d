"""The depot's own certificate authority (RFC 5280): a folder in which one generation of keys is in force, the rest is history.

Each generation is a folder with a number; the link `current` names the one in force. Making and rotating write a whole
generation first and move that link last, so that a crash at any point leaves a seal that works. Keys of a generation
that is no longer in force are removed, its certificates stay.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from depot.core.certificates import (
    PrivateKey,
    RootKey,
    fingerprint_of,
    key_pem,
    name_of,
    new_root,
    new_seal,
    new_tsa,
    pem_of,
)

CURRENT = "current"
ROLES = ("root", "seal", "tsa")
FILES = ("root.pem", "seal.pem", "seal.key", "tsa.pem", "tsa.key")


class NotRotated(Exception):
    """Nothing changed, for the reason that it says."""


@dataclass(frozen=True)
class KeyFile:
    """A file for the root's key, encrypted by a passphrase (PKCS #8, PBES2); it belongs on no machine that is always on."""

    path: Path
    passphrase: bytes = field(repr=False)

    def write(self, key: RootKey) -> None:
        """Write the key; raises FileExistsError."""
        _write(self.path, key_pem(key, self.passphrase), mode=0o600)
        _keep(self.path.parent)

    def read(self) -> RootKey:
        """The key; raises NotRotated for another file or passphrase."""
        try:
            key = serialization.load_pem_private_key(self.path.read_bytes(), self.passphrase)
        except (ValueError, TypeError) as error:
            raise NotRotated("this file with this passphrase is no key of a root") from error
        if not isinstance(key, RootKey):
            raise NotRotated("this file holds another kind of key")
        return key


@dataclass(frozen=True)
class Issued:
    """A certificate of the authority, in force or earlier; `role` is one of ROLES, `serial` and `fingerprint` are hex."""

    role: str
    pem: bytes = field(repr=False)
    is_current: bool

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate itself."""
        return x509.load_pem_x509_certificate(self.pem)

    @property
    def name(self) -> str:
        """Its common name and organisation."""
        return name_of(self.certificate)

    @property
    def serial(self) -> str:
        """Its serial number."""
        return f"{self.certificate.serial_number:x}"

    @property
    def since(self) -> datetime:
        """From when it is valid."""
        return self.certificate.not_valid_before_utc

    @property
    def until(self) -> datetime:
        """Until when it is valid."""
        return self.certificate.not_valid_after_utc

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its DER."""
        return fingerprint_of(self.certificate)


def init(folder: Path, *, organisation: str, is_test: bool = True, root_key: KeyFile | None = None) -> bool:
    """Make an authority in a folder, unless there is one: root, seal and timestamp certificate; gives whether it did.

    The root's key goes to the file that is named, which must not exist; without one it is not kept.
    """
    with _alone(folder):
        if (folder / CURRENT).exists():
            return False
        _put(folder, _new(organisation, is_test=is_test, root_key=root_key))
    return True


def rotate(folder: Path, root_key: KeyFile) -> None:
    """Put a new seal in force under the same root, and a new timestamp certificate where the present one would end first.

    Raises NotRotated when the key is not that of the root in force.
    """
    with _alone(folder):
        now = in_force(folder)
        root, key = x509.load_pem_x509_certificate(now["root.pem"]), root_key.read()
        if key.public_key() != root.public_key():
            raise NotRotated("this is not the key of the root in force")
        seal = new_seal(root, key)
        tsa = {name: data for name, data in now.items() if name.startswith("tsa.")}
        if x509.load_pem_x509_certificate(tsa["tsa.pem"]).not_valid_after_utc < seal[0].not_valid_after_utc:
            tsa = _files("tsa", *new_tsa(root, key))
        _put(folder, {"root.pem": now["root.pem"], **_files("seal", *seal), **tsa})


def renew(folder: Path, *, organisation: str, is_test: bool, root_key: KeyFile | None = None) -> None:
    """Put a wholly new authority in force, under another root; the earlier ones stay to be published."""
    with _alone(folder):
        in_force(folder)
        _put(folder, _new(organisation, is_test=is_test, root_key=root_key))


def in_force(folder: Path) -> dict[str, bytes]:
    """The files of the generation in force; raises FileNotFoundError when there is none."""
    while True:
        home = generation(folder)
        try:
            return {name: (folder / home / name).read_bytes() for name in FILES}
        except FileNotFoundError:
            if generation(folder) == home:  # else it was rotated while it was read
                raise


def generation(folder: Path) -> str:
    """Which generation is in force: what changes when the authority does."""
    try:
        return (folder / CURRENT).readlink().name
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{folder} holds no seal; `depot seal init` makes one") from error


def published(folder: Path) -> tuple[Issued, ...]:
    """Every certificate of the authority once, the ones in force first, then the earlier ones from new to old."""
    current = generation(folder)
    found: dict[bytes, Issued] = {}
    for number in (each for each in range(int(current), 0, -1) if (folder / str(each)).is_dir()):
        for role in ROLES:
            pem = (folder / str(number) / f"{role}.pem").read_bytes()
            found.setdefault(pem, Issued(role, pem, is_current=str(number) == current))
    return tuple(found.values())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process changes the folder at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a generation, put it in force by one rename, and remove the keys of the others."""
    for leftover in folder.glob(".new-*"):
        shutil.rmtree(leftover)
    number = 1 + max((int(path.name) for path in folder.iterdir() if path.name.isdigit()), default=0)
    fresh = Path(tempfile.mkdtemp(dir=folder, prefix=".new-"))
    for name, data in files.items():
        _write(fresh / name, data, mode=0o600 if name.endswith(".key") else 0o644)
    fresh.chmod(0o755)
    _keep(fresh)
    fresh.rename(folder / str(number))
    link = folder / ".link"
    link.unlink(missing_ok=True)
    link.symlink_to(str(number))
    link.rename(folder / CURRENT)
    _keep(folder)
    for key in folder.glob("[0-9]*/*.key"):
        if key.parent.name != str(number):
            key.unlink()


def _new(organisation: str, *, is_test: bool, root_key: KeyFile | None) -> dict[str, bytes]:
    root, key = new_root(organisation, is_test=is_test)
    if root_key:
        root_key.write(key)
    return {"root.pem": pem_of(root), **_files("seal", *new_seal(root, key)), **_files("tsa", *new_tsa(root, key))}


def _files(role: str, certificate: x509.Certificate, key: PrivateKey) -> dict[str, bytes]:
    return {f"{role}.pem": pem_of(certificate), f"{role}.key": key_pem(key)}


def _write(path: Path, data: bytes, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _keep(folder: Path) -> None:
    """Make what is in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
