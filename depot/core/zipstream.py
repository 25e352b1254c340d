"""ZIP archives of stored files, written as a stream of known length and read back so strictly that they mean one thing.

The form is PKWARE's APPNOTE 6.3: method STORED, UTF-8 names, sizes and CRCs in both headers, Zip64 only where needed.
"""

import hashlib
import re
import struct
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from isal.isal_zlib import crc32 as crc32_of

from depot.core.clock import dutch

SMALL, SMALL_AT_ONCE = 1 << 14, 32
"""Pieces of fewer bytes are sent together, at most so many."""
CHUNK = 1 << 19
"""Bytes at a time: a piece is still in the processor's cache when it is sent after its CRC was taken."""
BEHIND = 4
"""Pieces that the hash may be behind what is sent."""
WIDE = 0xFFFFFFFF
"""What a 32-bit field holds when the number stands in a Zip64 record; numbers from here on need one."""
MANY = 0xFFFF
UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")

UTF8 = 0x0800
ENCRYPTED = 0x2041
DATA_DESCRIPTOR = 0x0008
UNIX = 3
REGULAR_FILE = 0o100644 << 16

LOCAL = struct.Struct("<4sHHH4sLLLHH")
CENTRAL = struct.Struct("<4sHHHH4sLLLHHHHHLL")
END = struct.Struct("<4sHHHHLLH")
END64 = struct.Struct("<4sQHHLLQQQQ")
LOCATOR = struct.Struct("<4sLQL")


class Damaged(Exception):
    """A file's bytes are not those that were announced: other size or other CRC-32."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Unreadable(Exception):
    """The file is no ZIP archive, or its end is missing; `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Ambiguous(Exception):
    """The archive could be read as two things, or is not in the form that the depot writes."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code, name)
        self.code = code
        self.name = name


@dataclass(frozen=True)
class Entry:
    """A file to be written: its size in bytes and CRC-32 are known, its bytes come when they are asked for.

    With a SHA-256 (in hex) the bytes are held against that too while they pass. What is far takes a while to open.
    """

    name: str
    size: int
    crc32: int
    open: Callable[[], BinaryIO]
    sha256: str | None = None
    is_far: bool = False


@dataclass(frozen=True)
class Member:
    """A file in an archive; `offset` is where its bytes begin."""

    name: str
    size: int
    crc32: int
    offset: int


def name_problem(name: str) -> str | None:
    """Why a name cannot stand in an archive that unpacks the same everywhere, as a code; None if it can."""
    parts = name.split("/")
    if UNSAFE.search(name):
        return "unsafe_name"
    if any(part in {"", ".", ".."} for part in parts) or name[1:2] == ":":
        return "unsafe_name"
    return "long_name" if len(name.encode(errors="replace")) > MANY else None


def clash(names: Sequence[str]) -> str | None:
    """The first name that some file system takes for another one's (case, Unicode form) or for its folder."""
    folded = [unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()) for name in names]
    taken: set[str] = set()
    for key in folded:
        folder = key.rpartition("/")[0]
        while folder and folder not in taken:
            taken.add(folder)
            folder = folder.rpartition("/")[0]
    for name, key in zip(names, folded, strict=True):
        if key in taken:
            return name
        taken.add(key)
    return None


@dataclass(frozen=True)
class _Header:
    """What both headers of a file say; `start` is where its local header begins."""

    name: bytes
    size: int
    crc32: int
    stamp: bytes
    start: int
    is_wide: bool

    def local(self) -> bytes:
        extra = struct.pack("<HHQQ", 1, 16, self.size, self.size) if self.is_wide else b""
        size = WIDE if self.is_wide else self.size
        fixed = LOCAL.pack(
            b"PK\3\4", self._version, UTF8, 0, self.stamp, self.crc32, size, size, len(self.name), len(extra)
        )
        return fixed + self.name + extra

    def central(self) -> bytes:
        extra = struct.pack("<HHQQQ", 1, 24, self.size, self.size, self.start) if self.is_wide else b""
        size, start = (WIDE, WIDE) if self.is_wide else (self.size, self.start)
        lengths = (len(self.name), len(extra), 0)
        made_by = UNIX << 8 | self._version
        fixed = CENTRAL.pack(
            *(b"PK\1\2", made_by, self._version, UTF8, 0, self.stamp, self.crc32, size, size),
            *(*lengths, 0, 0, REGULAR_FILE, start),
        )
        return fixed + self.name + extra

    @property
    def _version(self) -> int:
        return 45 if self.is_wide else 20


def _end(count: int, size: int, offset: int, *, is_wide: bool) -> bytes:
    if not is_wide:
        return END.pack(b"PK\5\6", 0, 0, count, count, size, offset, 0)
    return (
        END64.pack(b"PK\6\6", END64.size - 12, UNIX << 8 | 45, 45, 0, 0, count, count, size, offset)
        + LOCATOR.pack(b"PK\6\7", 0, offset + size, 1)
        + END.pack(b"PK\5\6", 0, 0, MANY, MANY, WIDE, WIDE, 0)
    )


class Archive:
    """A ZIP archive that is never made as a whole: its length is known at once and any range of bytes can be had.

    The same entries and moment give the same bytes. Raises ValueError for names that do not unpack the same
    everywhere. `modified` is shown in Dutch time, as ZIP knows no zones, to two seconds.
    """

    def __init__(self, entries: Sequence[Entry], modified: datetime, *, zip64_from: int = WIDE) -> None:
        names = [entry.name for entry in entries]
        wrong = next((name for name in names if name_problem(name)), clash(names))
        if wrong is not None:
            raise ValueError(wrong)
        self._segments: list[tuple[int, int, bytes | Entry]] = []
        self.length = 0
        stamp, directory = _stamp(modified), []
        for entry in entries:
            is_wide = max(entry.size, self.length) >= zip64_from
            header = _Header(entry.name.encode(), entry.size, entry.crc32, stamp, self.length, is_wide)
            directory.append(header.central())
            local = header.local()
            self._add(local, len(local))
            self._add(entry, entry.size)
        start, central = self.length, b"".join(directory)
        is_wide = max(start, len(central)) >= zip64_from or len(entries) >= MANY
        tail = central + _end(len(entries), len(central), start, is_wide=is_wide)
        self._add(tail, len(tail))

    def _add(self, source: bytes | Entry, length: int) -> None:
        self._segments.append((self.length, length, source))
        self.length += length

    def stream(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from start up to stop, in pieces of at most 512 KiB.

        Raises Damaged when a file comes out shorter than announced or, read to its end, with another size, CRC or
        hash; its last piece is then withheld, so that the response ends short.
        """
        held: list[bytes] = []
        stop = self.length if stop is None else min(stop, self.length)
        with ThreadPoolExecutor(1) as opener, ThreadPoolExecutor(1) as hasher:
            for piece in self._segmented(start, stop, opener, hasher):
                is_small = len(piece) < SMALL
                if is_small:
                    held.append(piece)  # headers and small files go together: each piece is a call into the system
                if held and (not is_small or len(held) == SMALL_AT_ONCE):
                    yield b"".join(held)
                    held.clear()
                if not is_small:
                    yield piece
        if held:
            yield b"".join(held)

    def _segmented(self, start: int, stop: int, opener: Executor, hasher: Executor) -> Iterator[bytes]:
        wanted = [
            (low, high, source)
            for offset, length, source in self._segments
            if (low := max(start - offset, 0)) < (high := min(stop - offset, length))
        ]
        # Opening what is far takes as long as its first bytes do, so it is opened while the file before it is sent.
        entries = (source for _low, _high, source in wanted if isinstance(source, Entry) and source.is_far)
        ahead = deque(opener.submit(entry.open) for entry in islice(entries, 1))
        try:
            for low, high, source in wanted:
                if isinstance(source, bytes):
                    yield source[low:high]
                    continue
                file = ahead.popleft().result() if source.is_far else source.open()
                ahead.extend(opener.submit(entry.open) for entry in islice(entries, 1 - len(ahead)))
                with file:
                    yield from _pieces(source, file, low, high, hasher)
        finally:
            for waiting in ahead:
                if waiting.exception() is None:
                    waiting.result().close()


def _pieces(entry: Entry, file: BinaryIO, low: int, high: int, hasher: Executor) -> Iterator[bytes]:
    check, reaches_end = _Check(entry, hasher), high == entry.size
    if reaches_end:
        # What was sent earlier: a download that is resumed inside a file must still find it unchanged.
        for piece in _read(file, low):
            check.take(piece)
    else:
        file.seek(low)
    left = high - low
    for piece in _read(file, left):
        left -= len(piece)
        if reaches_end:
            check.take(piece)
        if reaches_end and not left and (not check.holds or file.read(1)):
            raise Damaged(entry.name)
        yield piece
    if left:
        raise Damaged(entry.name)


def _read(file: BinaryIO, count: int) -> Iterator[bytes]:
    while count and (piece := file.read(min(CHUNK, count))):
        count -= len(piece)
        yield piece


class _Check:
    """Whether the bytes of a file that passed are those that were announced.

    SHA-256 takes longer than all else of a download together, so it follows in a thread while the next pieces are sent: in
    one, for the pieces must come in order.
    """

    def __init__(self, entry: Entry, hasher: Executor) -> None:
        self._entry, self._hasher = entry, hasher
        self._crc32 = 0
        self._sha256 = hashlib.sha256()
        self._behind: deque[Future[None]] = deque()

    def take(self, piece: bytes) -> None:
        if self._entry.sha256:
            self._behind.append(self._hasher.submit(self._sha256.update, piece))
        self._crc32 = crc32_of(piece, self._crc32)
        if len(self._behind) > BEHIND:
            self._behind.popleft().result()

    @property
    def holds(self) -> bool:
        while self._behind:
            self._behind.popleft().result()
        return self._crc32 == self._entry.crc32 and self._entry.sha256 in (None, self._sha256.hexdigest())


def _stamp(modified: datetime) -> bytes:
    at = dutch(modified)
    day = (at.year - 1980) << 9 | at.month << 5 | at.day
    return struct.pack("<HH", at.hour << 11 | at.minute << 5 | at.second // 2, day)


def contents(file: BinaryIO, member: Member) -> Iterator[bytes]:
    """A member's bytes in pieces of at most 512 KiB; raises Damaged when they are too few or their CRC differs."""
    file.seek(member.offset)
    crc32, left = 0, member.size
    for piece in _read(file, left):
        left -= len(piece)
        crc32 = crc32_of(piece, crc32)
        yield piece
    if left or crc32 != member.crc32:
        raise Damaged(member.name)


def read(file: BinaryIO) -> list[Member]:
    """The members of an archive in the form that `Archive` writes; their contents are not read yet.

    Raises Unreadable for a file that is no ZIP or has lost its end, and Ambiguous for every archive that two
    readers could understand differently: each header is compared with the one that `Archive` would write.
    """
    count, offset, end = _directory(file)
    file.seek(offset)
    headers = [_central(file, end) for _ in range(count)]
    if file.tell() != end:
        raise Ambiguous("directory")
    members, position = [], 0
    for header in headers:
        name = header.name.decode()
        if header.start != position:
            raise Ambiguous("gap", name)
        local = header.local()
        file.seek(position)
        if file.read(len(local)) != local:
            raise Ambiguous("local_header", name)
        members.append(Member(name, header.size, header.crc32, position + len(local)))
        position += len(local) + header.size
    if position != offset:
        raise Ambiguous("gap")
    if len({header.stamp for header in headers}) > 1:
        raise Ambiguous("central_header")
    clashing = clash([member.name for member in members])
    if clashing is not None:
        raise Ambiguous("duplicate_name", clashing)
    return members


def _directory(file: BinaryIO) -> tuple[int, int, int]:
    """How many members there are, where the central directory begins and where it ends."""
    length = file.seek(0, 2)
    file.seek(0)
    head = file.read(4)
    if head not in (b"PK\3\4", b"PK\5\6", b"PK\6\6"):
        file.seek(max(0, length - END.size))
        if file.read(4) == b"PK\5\6":
            raise Ambiguous("gap")
        raise Unreadable("no_zip")
    file.seek(max(0, length - END.size))
    tail = file.read(END.size)
    if len(tail) < END.size or tail[:4] != b"PK\5\6":
        file.seek(max(0, length - END.size - MANY))
        if b"PK\5\6" in file.read():
            raise Ambiguous("trailing")
        raise Unreadable("truncated")
    _, _, _, _, count, size, offset, _ = END.unpack(tail)
    is_wide = count == MANY or WIDE in (size, offset)
    if is_wide:
        record_length = END64.size + LOCATOR.size
        file.seek(max(0, length - END.size - record_length))
        record = file.read(END64.size)
        if len(record) < END64.size:
            raise Ambiguous("directory")
        count, size, offset = END64.unpack(record)[7:]
    try:
        expected = _end(count, size, offset, is_wide=is_wide)
    except struct.error:
        raise Ambiguous("directory") from None
    start = length - len(expected)
    file.seek(max(0, start))
    if offset + size != start or file.read() != expected:
        raise Ambiguous("directory")
    return count, offset, start


def _central(file: BinaryIO, end: int) -> _Header:
    fixed = file.read(CENTRAL.size)
    if len(fixed) < CENTRAL.size or fixed[:4] != b"PK\1\2":
        raise Ambiguous("directory")
    _, made_by, _, flags, method, stamp, crc32, packed, size, *rest = CENTRAL.unpack(fixed)
    name_length, extra_length, comment_length, _, _, attributes, start = rest
    if file.tell() + name_length + extra_length + comment_length > end:
        raise Ambiguous("directory")
    name, extra, comment = file.read(name_length), file.read(extra_length), file.read(comment_length)
    shown = name.decode(errors="replace")
    problems = {
        "encrypted": flags & ENCRYPTED,
        "data_descriptor": flags & DATA_DESCRIPTOR,
        "method": method or packed != size,
        "symlink": made_by >> 8 == UNIX and attributes >> 16 & 0o170000 not in (0, 0o100000),
        "comment": comment,
        "extra_field": extra and (len(extra) != 28 or WIDE not in (size, start)),
        "unsafe_name": shown.encode() != name or name_problem(shown),
    }
    for code, is_wrong in problems.items():
        if is_wrong:
            raise Ambiguous(code, shown)
    if extra:
        size, start = struct.unpack("<QQ", extra[12:])
    header = _Header(name, size, crc32, stamp, start, bool(extra))
    if header.central() != fixed + name + extra:
        raise Ambiguous("central_header", shown)
    return header
