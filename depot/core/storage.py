"""The object store: a local folder or a bucket. Keys are never reused; what is put is durable when the call returns."""

import hashlib
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app
from isal.isal_zlib import crc32 as crc32_of

from depot.core import clock, s3
from depot.core.errors import Missing, Unavailable
from depot.core.i18n import _

DAY_S = 86_400.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Digest:
    """What is known of bytes once they have passed: size in bytes, SHA-256 in hex, CRC-32 as ZIP uses it."""

    size: int
    sha256: str
    crc32: int


class Incoming(RawIOBase):
    """A file on its way in: bytes go to a temporary file, hashes are taken as they pass, nothing past the limit is kept.

    Past the limit it swallows what still comes, so that the other fields of the form arrive and can be shown again.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._file: IO[bytes] = tempfile.NamedTemporaryFile(dir=folder, prefix="incoming-", delete=False)  # noqa: SIM115 - closed in close()
        self.path = Path(self._file.name)
        self.limit = limit
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._crc32 = 0
        self._is_on_disk = False
        self.head = b""

    @property
    def is_too_large(self) -> bool:
        """Whether more came than is accepted."""
        return self.size > self.limit

    @property
    def digest(self) -> Digest:
        """Size and hashes of what came so far."""
        return Digest(self.size, self._sha256.hexdigest(), self._crc32)

    def writable(self) -> bool:
        """Bytes can be written."""
        return True

    def seekable(self) -> bool:
        """The form parser goes back to the start when a part is whole; there is nothing to re-read here."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """The form parser rewinds a part that is whole: it goes to the disk here, before its writer takes any lock."""
        if (offset, whence) != (0, 0):
            return self.size
        self.finish()
        return 0

    def write(self, data: Any) -> int:
        """Take the next bytes."""
        self.size += len(data)
        if not self.is_too_large:
            self.head = self.head or bytes(data[:1024])
            self._sha256.update(data)
            self._crc32 = crc32_of(data, self._crc32)
            self._file.write(data)
            self._is_on_disk = False
        return len(data)

    def finish(self) -> Path:
        """Say where the bytes are, now that all of them came and are on the disk; saying it again costs nothing."""
        if not self._is_on_disk:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._is_on_disk = True
        return self.path

    def close(self) -> None:
        """Forget what nobody took."""
        if not self.closed:
            self._file.close()
            self.path.unlink(missing_ok=True)
        super().close()


class Store(ABC):
    """Objects by key. Files arrive in a local folder; `hash_on_read` is whether what is sent is hashed before."""

    is_far = False
    """Whether an object's first bytes take a while."""

    def __init__(self, incoming: Path, *, hash_on_read: bool = False) -> None:
        self.incoming = incoming
        self.hash_on_read = hash_on_read

    def receive(self, limit: int) -> Incoming:
        """A place for bytes to arrive, at most `limit` of them."""
        return Incoming(self.incoming, limit)

    @abstractmethod
    def put(self, key: str, incoming: Incoming) -> Digest:
        """Store what arrived under a fresh key."""

    def put_bytes(self, key: str, data: bytes) -> Digest:
        """Store a small object that the depot made itself."""
        with self.receive(len(data)) as incoming:
            incoming.write(data)
            return self.put(key, incoming)

    @abstractmethod
    def copy(self, source: str, target: str) -> None:
        """Give an object a second key; doing it twice is harmless."""

    @abstractmethod
    def open(self, key: str) -> BufferedReader:
        """The object's bytes, as they come; raises Unavailable when it is not there."""

    @abstractmethod
    def local(self, key: str) -> BufferedReader:
        """The object as a real file of this machine, with a descriptor; raises Unavailable when it is not there."""

    def verified(self, key: str, sha256: str) -> BufferedReader:
        """The object as a real file, read whole and found to have this SHA-256; raises Unavailable when it has not."""
        file = self.local(key)
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            file.close()
            log.error("damaged", object=key)
            raise Unavailable(_("Een document in het depot is beschadigd. De beheerder is gewaarschuwd."))
        file.seek(0)
        return file

    def to_send(self, key: str, sha256: str) -> BufferedReader:
        """The object's bytes on their way out: hashed before the first one leaves, if that is the setting."""
        return self.verified(key, sha256) if self.hash_on_read else self.open(key)

    def read(self, key: str) -> bytes:
        """A whole small object."""
        with self.open(key) as file:
            return file.read()

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove an object; one that is gone already is fine."""

    @abstractmethod
    def keys(self, prefix: str) -> Iterator[tuple[str, float]]:
        """Every key under a room's prefix, with the second (Unix time) it got that key."""

    def remove_orphans(self, prefix: str, known: Collection[str], older_than_s: float = DAY_S) -> int:
        """Delete objects under a room's prefix that no row points to and that are not fresh; gives how many."""
        limit = clock.now().timestamp() - older_than_s
        lost = [key for key, written in self.keys(prefix) if key not in known and written < limit]
        for key in lost:
            self.delete(key)
        return len(lost)


class LocalStore(Store):
    """Objects as files under one folder: written aside, synced, renamed, and the folder synced."""

    def __init__(self, root: Path, *, hash_on_read: bool = False) -> None:
        self.root = root.absolute()
        super().__init__(self.root / "incoming", hash_on_read=hash_on_read)
        self.incoming.mkdir(parents=True, exist_ok=True)

    def put(self, key: str, incoming: Incoming) -> Digest:
        """Store what arrived under a fresh key."""
        target = self._path(key)
        source = incoming.finish()
        self._make(target.parent)
        os.link(source, target)  # unlike rename, refuses a key that is taken
        _sync(target.parent)
        return incoming.digest

    def copy(self, source: str, target: str) -> None:
        """Give an object a second key; doing it twice is harmless."""
        self._make(self._path(target).parent)
        try:
            os.link(self._path(source), self._path(target))
        except FileExistsError:
            return
        except FileNotFoundError as error:
            raise Missing(_("Het bestand is nu niet beschikbaar.")) from error
        _sync(self._path(target).parent)

    def open(self, key: str) -> BufferedReader:
        """The object's bytes; raises Unavailable when it is not there."""
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise Missing(_("Het bestand is nu niet beschikbaar.")) from error

    def local(self, key: str) -> BufferedReader:
        """The file itself."""
        return self.open(key)

    def delete(self, key: str) -> None:
        """Remove an object; one that is gone already is fine."""
        self._path(key).unlink(missing_ok=True)

    def keys(self, prefix: str) -> Iterator[tuple[str, float]]:
        """Every key under a room's prefix, with the second (Unix time) it got that key."""
        folder = self.root / prefix
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file():
                yield str(path.relative_to(self.root)), path.stat().st_ctime

    def _path(self, key: str) -> Path:
        return self.root / _plain(key)

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(exist_ok=True)
            _sync(folder.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class BucketStore(Store):
    """Objects in a bucket of an S3 store; files arrive, and are read by the sandbox, in the system's temporary folder."""

    is_far = True

    def __init__(self, bucket: s3.Bucket, incoming: Path, *, hash_on_read: bool = False) -> None:
        super().__init__(incoming, hash_on_read=hash_on_read)
        self._bucket = bucket

    def put(self, key: str, incoming: Incoming) -> Digest:
        """Store what arrived under a fresh key."""
        with incoming.finish().open("rb") as file:
            self._bucket.put(_plain(key), file)
        return incoming.digest

    def copy(self, source: str, target: str) -> None:
        """Give an object a second key; doing it twice writes the same bytes twice."""
        self._bucket.copy(_plain(source), _plain(target))

    def open(self, key: str) -> BufferedReader:
        """The object's bytes, as they come; raises Unavailable when it is not there."""
        return self._bucket.open(_plain(key))

    def local(self, key: str) -> BufferedReader:
        """A copy that has no name and is gone once it is closed."""
        with self.open(key) as source, tempfile.TemporaryFile(dir=self.incoming) as file:
            shutil.copyfileobj(source, file, s3.BLOCK)
            file.seek(0)
            return os.fdopen(os.dup(file.fileno()), "rb")

    def delete(self, key: str) -> None:
        """Remove an object; one that is gone already is fine."""
        self._bucket.delete(_plain(key))

    def keys(self, prefix: str) -> Iterator[tuple[str, float]]:
        """Every key under a room's prefix, with the second (Unix time) it got that key."""
        return self._bucket.keys(prefix)


def _plain(key: str) -> str:
    """The key, if it means the same to every store; some take it for a path."""
    if {"", ".", ".."} & set(key.split("/")):
        raise ValueError(key)
    return key


def open_store(url: str, *, hash_on_read: bool = False) -> Store:
    """The store at this address."""
    if urlsplit(url).scheme == "s3":
        bucket = s3.Bucket(s3.Place.from_url(url))
        return BucketStore(bucket, Path(tempfile.gettempdir()), hash_on_read=hash_on_read)
    return LocalStore(Path(urlsplit(url).path), hash_on_read=hash_on_read)


def store() -> Store:
    """The store of the app in force."""
    return cast(Store, current_app.extensions["depot.store"])


def init_app(app: Flask, url: str, *, hash_on_read: bool = False) -> None:
    """Open the store that the settings name."""
    app.extensions["depot.store"] = open_store(url, hash_on_read=hash_on_read)
