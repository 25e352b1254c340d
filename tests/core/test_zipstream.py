import hashlib
import re
import stat
import subprocess
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from random import Random
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.core import zipstream
from depot.core.zipstream import Ambiguous, Archive, Damaged, Entry, Unreadable

AT = datetime(2026, 11, 21, 9, 30, 14, tzinfo=UTC)
FILES = {"b/bagit.txt": b"BagIt", "b/data/één.pdf": b"%PDF" * 9, "b/leeg": b""}
SMALL = st.dictionaries(st.from_regex("[a-z]{1,8}", fullmatch=True), st.binary(max_size=60), max_size=5)


def entry(name: str, data: bytes) -> Entry:
    return Entry(name, len(data), zlib.crc32(data), partial(BytesIO, data))


def archive(files: dict[str, bytes] = FILES, zip64_from: int = zipstream.WIDE) -> Archive:
    return Archive([entry(name, data) for name, data in files.items()], AT, zip64_from=zip64_from)


def whole(files: dict[str, bytes] = FILES, zip64_from: int = zipstream.WIDE) -> bytes:
    return b"".join(archive(files, zip64_from).stream())


def read_all(data: bytes) -> dict[str, bytes]:
    file = BytesIO(data)
    return {member.name: b"".join(zipstream.contents(file, member)) for member in zipstream.read(file)}


def problem(data: bytes) -> str:
    with pytest.raises((Ambiguous, Unreadable)) as caught:
        zipstream.read(BytesIO(data))
    return caught.value.code


@given(SMALL, st.sampled_from([0, 20, 90, zipstream.WIDE]))
def test_length_is_known_and_every_reader_reads_the_same(files: dict[str, bytes], zip64_from: int) -> None:
    made = whole(files, zip64_from)
    assert archive(files, zip64_from).length == len(made)
    with zipfile.ZipFile(BytesIO(made)) as theirs:
        assert theirs.testzip() is None
        assert {name: theirs.read(name) for name in theirs.namelist()} == files
    assert read_all(made) == files


@given(SMALL, st.integers(0, 700), st.integers(0, 700), st.sampled_from([0, zipstream.WIDE]))
def test_any_range_gives_the_same_bytes(files: dict[str, bytes], start: int, stop: int, zip64_from: int) -> None:
    made = whole(files, zip64_from)
    assert b"".join(archive(files, zip64_from).stream(start, stop)) == made[start:stop]


def test_unzip_agrees_with_names_and_times(tmp_path: Path) -> None:
    for number, limit in enumerate((0, zipstream.WIDE)):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(whole(zip64_from=limit))
        subprocess.run(["unzip", "-tqq", path], check=True, capture_output=True)
        with zipfile.ZipFile(path) as theirs:
            assert theirs.namelist() == list(FILES)
            assert {item.date_time for item in theirs.infolist()} == {(2026, 11, 21, 10, 30, 14)}  # Dutch time
            assert {item.compress_type for item in theirs.infolist()} == {zipfile.ZIP_STORED}
            assert all(stat.S_ISREG(item.external_attr >> 16) for item in theirs.infolist())


@pytest.mark.parametrize("position", range(len(whole())))
def test_every_changed_byte_is_found(position: int) -> None:
    changed = bytearray(whole())
    changed[position] ^= 0x41
    with pytest.raises((Ambiguous, Unreadable, Damaged)):
        read_all(bytes(changed))


@pytest.mark.parametrize("data", [b"abd", b"ab", b"abcd"])
def test_a_source_that_changed_ends_the_stream_before_its_last_piece(data: bytes) -> None:
    sent: list[bytes] = []
    pieces = Archive([Entry("a", 3, zlib.crc32(b"abc"), partial(BytesIO, data))], AT).stream()
    with pytest.raises(Damaged):
        sent.extend(pieces)
    assert len(b"".join(sent)) < whole({"a": b"abc"}).index(b"abc") + 3


LONG = Random(1).randbytes(13_000_000)  # noqa: S311 - no secret
"""Many pieces, no two of them the same: their hash is wrong once two change places."""
STARTS = pytest.mark.parametrize("start", [0, 600_000, 12_900_000])


def hashed(sha256: str) -> Archive:
    return Archive([Entry("a", len(LONG), zlib.crc32(LONG), partial(BytesIO, LONG), sha256)], AT)


@STARTS
def test_a_source_with_the_hash_that_was_announced_comes_whole(start: int) -> None:
    made = hashed(hashlib.sha256(LONG).hexdigest())
    assert b"".join(made.stream(start)) == whole({"a": LONG})[start:]


@STARTS
def test_a_source_with_another_hash_ends_the_stream_before_its_last_piece(start: int) -> None:
    sent: list[bytes] = []
    with pytest.raises(Damaged):
        sent.extend(hashed("0" * 64).stream(start))
    assert start + len(b"".join(sent)) < len(LONG)


def test_what_is_far_is_opened_while_the_one_before_it_is_sent_and_closed_when_the_reader_leaves() -> None:
    opened: list[BytesIO] = []

    def opens() -> BinaryIO:
        opened.append(BytesIO(LONG))
        return opened[-1]

    pieces = Archive([Entry(name, len(LONG), zlib.crc32(LONG), opens, is_far=True) for name in "abc"], AT).stream()
    sent = next(pieces) + next(pieces)
    assert len(sent) < len(LONG)
    pieces.close()
    assert len(opened) == 2
    assert all(file.closed for file in opened)


def test_a_far_file_that_is_gone_ends_the_stream_where_it_begins() -> None:
    def gone() -> BinaryIO:
        raise FileNotFoundError

    near = Entry("a", 3, zlib.crc32(b"abc"), partial(BytesIO, b"abc"))
    far = (
        Entry("b", len(LONG), zlib.crc32(LONG), partial(BytesIO, LONG), is_far=True),
        Entry("c", 1, 0, gone, is_far=True),
    )
    made, sent = Archive([near, *far], AT), []
    with pytest.raises(FileNotFoundError):
        sent.extend(made.stream())
    assert LONG in b"".join(sent)
    made.stream().close()


def test_every_file_is_closed_also_when_the_reader_leaves() -> None:
    opened: list[BinaryIO] = []

    def open_() -> BinaryIO:
        opened.append(BytesIO(b"x" * 3_000_000))
        return opened[-1]

    pieces = Archive([Entry("a", 3_000_000, 0, open_)], AT).stream()
    next(pieces)
    next(pieces)
    pieces.close()
    assert [file.closed for file in opened] == [True]


@pytest.mark.parametrize("name", ["", "/a", "a/", "a//b", "../a", "a/./b", "a\\b", "C:a", "a\nb", "a\0b"])
def test_names_that_unpack_elsewhere_are_refused_by_writer_and_reader(name: str) -> None:
    assert zipstream.name_problem(name) == "unsafe_name"
    with pytest.raises(ValueError, match=f"^{re.escape(name)}$"):
        Archive([entry(name, b"")], AT)
    if "\0" not in name and name:
        assert problem(whole({"x" * len(name): b""}).replace(b"x" * len(name), name.encode())) == "unsafe_name"


@pytest.mark.parametrize(("first", "second"), [("aB", "Ab"), ("e\u0301x", "éx"), ("a", "a/b"), ("straße", "STRASSE")])
def test_names_that_some_file_system_confuses_are_refused(first: str, second: str) -> None:
    with pytest.raises(ValueError, match=f"^({first}|{second})$"):
        Archive([entry(first, b""), entry(second, b"")], AT)


def stored(*items: tuple[zipfile.ZipInfo, bytes], comment: bytes = b"", method: int = zipfile.ZIP_STORED) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", method) as theirs:
        for info, data in items:
            info.compress_type = method
            theirs.writestr(info, data)
        theirs.comment = comment
    return target.getvalue()


def info(name: str, *, attributes: int = 0o100644, comment: bytes = b"", extra: bytes = b"") -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr, made.comment, made.extra = attributes << 16, comment, extra
    return made


def unseekable(data: bytes) -> bytes:
    class Pipe(BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

        def seek(self, offset: int, whence: int = 0) -> int:
            raise OSError

    target = Pipe()
    with zipfile.ZipFile(target, "w") as theirs:
        theirs.writestr("a", data)
    return target.getvalue()


CASES: Sequence[tuple[str, Callable[[], bytes]]] = [
    ("no_zip", lambda: b""),
    ("no_zip", lambda: b"%PDF-1.7" * 100),
    ("truncated", lambda: whole()[:-40]),
    ("truncated", lambda: whole()[:60]),
    ("gap", lambda: b"MZ" + whole()),
    ("trailing", lambda: whole() + b"x"),
    ("trailing", lambda: stored((info("a"), b"1"), comment=b"comment")),
    ("directory", lambda: whole()[:-22] + b"x" + whole()[-22:]),
    ("directory", lambda: whole({"a": b"1"}) + whole({"b": b"2"})),
    ("directory", lambda: whole(zip64_from=0)[:-42] + b"x" + whole(zip64_from=0)[-42:]),
    ("local_header", lambda: whole({"aaa": b"1"}).replace(b"aaa", b"bbb", 1)),
    ("central_header", lambda: stored((info("a"), b"1"))),
    ("method", lambda: stored((info("a"), b"1" * 99), method=zipfile.ZIP_DEFLATED)),
    ("symlink", lambda: stored((info("a", attributes=0o120777), b"/etc/passwd"))),
    ("comment", lambda: stored((info("a", comment=b"x"), b"1"))),
    ("extra_field", lambda: stored((info("a", extra=b"up\1\0x"), b"1"))),
    ("data_descriptor", lambda: unseekable(b"1")),
    ("duplicate_name", lambda: whole({"aaa": b"1", "bbb": b"2"}).replace(b"bbb", b"AAA")),
]


@pytest.mark.parametrize(("code", "make"), CASES, ids=[f"{number}-{case[0]}" for number, case in enumerate(CASES)])
def test_what_two_readers_could_read_as_two_things_is_refused(code: str, make: Callable[[], bytes]) -> None:
    assert problem(make()) == code


def test_an_encrypted_member_is_refused() -> None:
    made = bytearray(whole({"a": b"1"}))
    made[made.index(b"PK\1\2") + 8] |= 1
    assert problem(bytes(made)) == "encrypted"


def test_bytes_hidden_between_two_members_are_refused() -> None:
    made, second = whole({"a": b"1", "b": b"2"}), whole({"a": b"1"}).index(b"PK\1\2")
    hidden = bytearray(made[:second] + b"hidden" + made[second:])
    for field in (hidden.rindex(b"PK\1\2") + 42, len(hidden) - 6):
        moved = int.from_bytes(hidden[field : field + 4], "little") + 6
        hidden[field : field + 4] = moved.to_bytes(4, "little")
    with zipfile.ZipFile(BytesIO(bytes(hidden))) as theirs:
        assert theirs.testzip() is None  # others do not mind
    assert problem(bytes(hidden)) == "gap"


class Nothing(BytesIO):
    """Zeros without end."""

    def read(self, size: int | None = -1) -> bytes:
        return bytes(size or 0)


def test_over_4_gib_zip64_takes_over_and_others_read_it(tmp_path: Path) -> None:
    huge = Archive([Entry("huge", 5 << 30, 7, Nothing), entry("after", b"small")], AT)
    start = len(next(huge.stream()))
    with (tmp_path / "huge.zip").open("wb") as file:  # a sparse file: the 5 GiB are a hole
        for low, high in ((0, start), (start + (5 << 30), huge.length)):
            file.seek(low)
            file.writelines(huge.stream(low, high))
    with (tmp_path / "huge.zip").open("rb") as file, zipfile.ZipFile(file) as theirs:
        sizes = [("huge", 5 << 30), ("after", 5)]
        assert [(item.name, item.size) for item in zipstream.read(file)] == sizes
        assert [(item.filename, item.file_size) for item in theirs.infolist()] == sizes
        assert theirs.read("after") == b"small"


def test_memory_stays_flat_whatever_the_size() -> None:
    streamed = Archive([Entry("big", 300 << 20, 0, Nothing)], AT).stream(1 << 10, 200 << 20)
    tracemalloc.start()
    assert sum(len(piece) for piece in streamed) == (200 << 20) - (1 << 10)
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()
