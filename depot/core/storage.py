"""The object store. Keys are never reused; what is put is durable when the call returns. Today: a local folder."""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import urlsplit

from flask import Flask, current_app

from depot.core import clock
from depot.core.errors import Unavailable
from depot.core.i18n import _

DAY_S = 86_400.0


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
        """Accept the form parser's rewind."""
        return 0 if (offset, whence) == (0, 0) else self.size

    def write(self, data: Any) -> int:
        """Take the next bytes."""
        self.size += len(data)
        if not self.is_too_large:
            self.head = self.head or bytes(data[:1024])
            self._sha256.update(data)
            self._crc32 = zlib.crc32(data, self._crc32)
            self._file.write(data)
        return len(data)

    def finish(self) -> Path:
        """Make the bytes durable in their temporary place, and say where that is."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self.path

    def close(self) -> None:
        """Forget what nobody took."""
        if not self.closed:
            self._file.close()
            self.path.unlink(missing_ok=True)
        super().close()


class LocalStore:
    """Objects as files under one folder: written aside, synced, renamed, and the folder synced."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.incoming = self.root / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True)

    def receive(self, limit: int) -> Incoming:
        """A place for bytes to arrive, at most `limit` of them."""
        return Incoming(self.incoming, limit)

    def put(self, key: str, incoming: Incoming) -> Digest:
        """Store what arrived under a fresh key."""
        target = self._path(key)
        source = incoming.finish()
        self._make(target.parent)
        os.link(source, target)  # unlike rename, refuses a key that is taken
        _sync(target.parent)
        return incoming.digest

    def put_bytes(self, key: str, data: bytes) -> Digest:
        """Store a small object that the depot made itself."""
        with self.receive(len(data)) as incoming:
            incoming.write(data)
            return self.put(key, incoming)

    def copy(self, source: str, target: str) -> None:
        """Give an object a second key; doing it twice is harmless."""
        self._make(self._path(target).parent)
        try:
            os.link(self._path(source), self._path(target))
        except FileExistsError:
            return
        except FileNotFoundError as error:
            raise Unavailable(_("Het bestand is nu niet beschikbaar.")) from error
        _sync(self._path(target).parent)

    def open(self, key: str) -> BufferedReader:
        """The object's bytes; raises Unavailable when it is not there."""
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise Unavailable(_("Het bestand is nu niet beschikbaar.")) from error

    def read(self, key: str) -> bytes:
        """A whole small object."""
        with self.open(key) as file:
            return file.read()

    def delete(self, key: str) -> None:
        """Remove an object; one that is gone already is fine."""
        self._path(key).unlink(missing_ok=True)

    def keys(self, prefix: str) -> Iterator[tuple[str, float]]:
        """Every key under a room's prefix, with the second (Unix time) it got that key."""
        folder = self._path(prefix)
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file():
                yield str(path.relative_to(self.root)), path.stat().st_ctime

    def remove_orphans(self, prefix: str, known: Collection[str], older_than_s: float = DAY_S) -> int:
        """Delete objects under a room's prefix that no row points to and that are not fresh; gives how many."""
        limit = clock.now().timestamp() - older_than_s
        lost = [key for key, written in self.keys(prefix) if key not in known and written < limit]
        for key in lost:
            self.delete(key)
        return len(lost)

    def _path(self, key: str) -> Path:
        path = (self.root / key).resolve()
        if not path.is_relative_to(self.root):
            raise ValueError(key)
        return path

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(exist_ok=True)
            _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def store() -> LocalStore:
    """The store of the app in force."""
    return cast(LocalStore, current_app.extensions["depot.store"])


def init_app(app: Flask, url: str) -> None:
    """Open the store that the settings name."""
    app.extensions["depot.store"] = LocalStore(Path(urlsplit(url).path))
