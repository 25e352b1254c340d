"""A bucket of an S3 store: Amazon's, Ceph's or another's. The only file that knows boto3.

Keys are written once, so that a request may be repeated without harm. Bytes are sent with their MD5 (RFC 1864) and read
in blocks of known place and length; whether they are the right bytes is for those who know their hash.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, RawIOBase
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import boto3
import structlog
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

from depot.core.errors import Missing, Unavailable
from depot.core.i18n import _

BLOCK = 4 << 20
ATTEMPTS = 3
CONNECT_S = 5
CONNECTIONS = 32
RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
GONE = {"404", "NoSuchKey", "NotFound"}

log = structlog.get_logger()


@dataclass(frozen=True)
class Place:
    """Where a bucket is: what `s3://BUCKET/PREFIX?endpoint=...&region=...&ca=...&timeout=...` says.

    Without an endpoint it is Amazon's of that region; `ca` is a file of certificates to trust instead of the system's;
    `timeout` is how many seconds an answer may stay away.
    """

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str = "us-east-1"
    ca: str | None = None
    timeout: int = 15

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read an address that `depot.config` found right."""
        parts = urlsplit(url)
        said: dict[str, Any] = dict(parse_qsl(parts.query))
        if "timeout" in said:
            said["timeout"] = int(said["timeout"])
        return cls(parts.netloc, f"{parts.path.strip('/')}/".lstrip("/"), **said)


class Bucket:
    """Objects of one bucket under one prefix. Every failure is Unavailable, and a log line without its credentials."""

    def __init__(self, place: Place) -> None:
        self._bucket = place.bucket
        self._prefix = place.prefix
        self._ahead = ThreadPoolExecutor(CONNECTIONS // 2, "s3-read-ahead")
        self._client = boto3.session.Session().client(
            "s3",
            endpoint_url=place.endpoint,
            region_name=place.region,
            verify=place.ca,
            config=ClientConfig(
                connect_timeout=CONNECT_S,
                read_timeout=place.timeout,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                max_pool_connections=CONNECTIONS,
                s3={"addressing_style": "path" if place.endpoint else "auto"},
                # Otherwise boto3 sends checksums in a trailer, which Ceph 16 and others refuse over HTTPS.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def put(self, key: str, file: BufferedReader) -> None:
        """Store a file's bytes; the store refuses them when they do not arrive as they left."""
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
        size = file.tell()
        file.seek(0)
        with _told("put", key):
            self._client.put_object(
                **self._named(key), Body=file, ContentLength=size, ContentMD5=b64encode(md5.digest()).decode()
            )

    def copy(self, source: str, target: str) -> None:
        """Give an object a second key, inside the store."""
        with _told("copy", source):
            self._client.copy_object(**self._named(target), CopySource=self._named(source))

    def open(self, key: str) -> BufferedReader:
        """The object's bytes, read ahead; one can go to any place in them. Its first bytes are there on return."""
        return BufferedReader(Reader(lambda start: self._fetch(key, start), self._ahead))

    def delete(self, key: str) -> None:
        """Remove an object; one that is gone already is fine."""
        with _told("delete", key):
            self._client.delete_object(**self._named(key))

    def keys(self, prefix: str) -> Iterator[tuple[str, float]]:
        """Every key that begins so, with the second (Unix time) at which it was written."""
        pages = self._client.get_paginator("list_objects_v2")
        with _told("list", prefix):
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix):
                for item in page.get("Contents", ()):
                    yield item["Key"].removeprefix(self._prefix), item["LastModified"].timestamp()

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + key}

    def _fetch(self, key: str, start: int) -> "Block":
        """The block that starts there; a body that breaks off is asked for again."""
        with _told("get", key):
            for _attempt in range(ATTEMPTS - 1):
                with suppress(BodyError):
                    return self._asked(key, start)
            return self._asked(key, start)

    def _asked(self, key: str, start: int) -> "Block":
        try:
            answer = self._client.get_object(**self._named(key), Range=f"bytes={start}-{start + BLOCK - 1}")
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidRange" and start == 0:
                return Block(b"", 0, "")
            raise
        return _block(answer, start)


@dataclass(frozen=True)
class Block:
    """Bytes of an object, with the whole object's size and the mark of its contents."""

    data: bytes
    size: int
    mark: str


class BodyError(BotoCoreError):  # type: ignore[misc] # the library has no types
    """An answer began well, but its bytes are not those that were asked for; boto3 does not ask again by itself."""

    fmt = "The answer is not the range that was asked for"


def _block(answer: dict[str, Any], start: int) -> Block:
    """The block in an answer, whose status is 206, or 200 as some stores say; what counts is its Content-Range."""
    try:
        data = answer["Body"].read()
    except BotoCoreError as error:
        raise BodyError from error
    place = RANGE.fullmatch(answer.get("ContentRange", f"bytes 0-{len(data) - 1}/{len(data)}"))
    if not place:
        raise BodyError
    first, last, size = map(int, place.groups())
    if first != start or last != min(start + BLOCK, size) - 1 or len(data) != last - first + 1:
        raise BodyError
    return Block(data, size, answer["ETag"])


class Reader(RawIOBase):
    """An object as a file: the block that is being read and the next one, which is fetched meanwhile."""

    def __init__(self, fetch: Callable[[int], Block], ahead: ThreadPoolExecutor) -> None:
        self._fetch = fetch
        self._ahead = ahead
        self._position = 0
        self._first = fetch(0)
        self._blocks: dict[int, Future[Block]] = {}

    def readable(self) -> bool:
        """Bytes can be read."""
        return True

    def seekable(self) -> bool:
        """Any place can be read from."""
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Read from there next."""
        base = {SEEK_SET: 0, SEEK_CUR: self._position, SEEK_END: self._first.size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """The next bytes, at most to the end of their block; raises Unavailable when they do not come."""
        if self._position >= self._first.size:
            return 0
        number, offset = divmod(self._position, BLOCK)
        piece = memoryview(self._block(number).data)[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        """Fetch nothing more."""
        for block in self._blocks.values():
            block.cancel()
        self._blocks = {}
        super().close()

    def _block(self, number: int) -> Block:
        wanted = [near for near in (number, number + 1) if 0 < near * BLOCK < self._first.size]
        self._blocks = {
            near: self._blocks.get(near) or self._ahead.submit(self._fetch, near * BLOCK) for near in wanted
        }
        block = self._blocks[number].result() if number else self._first
        if (block.size, block.mark) != (self._first.size, self._first.mark):
            log.error("objects.changed_while_read")
            raise Unavailable(_("Het bestand is nu niet beschikbaar."))
        return block


@contextmanager
def _told(deed: str, key: str) -> Iterator[None]:
    """What the store answers, in the depot's words; the log has the store's code, not its message."""
    try:
        yield
    except ClientError as error:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"].get("HTTPStatusCode")
        log.error("objects", deed=deed, object=key, code=code, status=status)
        if status == HTTPStatus.NOT_FOUND and code in GONE:
            raise Missing(_("Het bestand is nu niet beschikbaar.")) from error
        raise Unavailable(_("De opslag van bestanden antwoordt nu niet. Probeer het later opnieuw.")) from error
    except BotoCoreError as error:
        log.error("objects", deed=deed, object=key, code=type(error).__name__)
        raise Unavailable(_("De opslag van bestanden antwoordt nu niet. Probeer het later opnieuw.")) from error
