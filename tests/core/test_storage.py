"""One contract for every store: a local folder, rclone over HTTP and HTTPS, and the one that the environment names."""

import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.core import s3
from depot.core.errors import Unavailable
from depot.core.storage import Incoming, LocalStore, Store, open_store
from tests.buckets import GIVEN, credentials, http_store, https_store, objects_url

__all__ = ["credentials", "http_store", "https_store"]


@pytest.fixture(scope="session", params=["folder", "http_store", "https_store", *(["given"] if GIVEN else [])])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    if request.param in ("http_store", "https_store"):
        return open_store(request.getfixturevalue(request.param))
    folder = tmp_path_factory.mktemp("store")
    return open_store(objects_url(folder) if request.param == "given" else f"file:{folder}")


@pytest.fixture
def store(opened: Store) -> Iterator[Store]:
    yield opened
    for key, _written in list(opened.keys("")):
        opened.delete(key)


@pytest.fixture
def folder(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "objects")


def test_what_is_put_is_read_back_with_its_hashes(store: Store) -> None:
    data = os.urandom(100_000)
    digest = store.put_bytes("documents/clean/a", data)
    assert store.read("documents/clean/a") == data
    assert (digest.size, digest.sha256, digest.crc32) == (len(data), hashlib.sha256(data).hexdigest(), zlib.crc32(data))


@pytest.mark.parametrize("size", [0, 1, s3.BLOCK - 1, s3.BLOCK, s3.BLOCK + 1, 2 * s3.BLOCK, 3 * s3.BLOCK + 7])
def test_every_size_comes_back_whole_and_from_any_place(store: Store, size: int) -> None:
    data = os.urandom(size)
    store.put_bytes("documents/a", data)
    assert store.read("documents/a") == data
    with store.open("documents/a") as file:
        for place in (size // 2, 0, s3.BLOCK, size - 1, size, size + 10):
            file.seek(max(place, 0))
            assert file.read(3) == data[max(place, 0) :][:3]
        assert file.seek(0, os.SEEK_END) == size
        assert file.read() == b""


def test_a_local_copy_has_a_descriptor_and_the_same_bytes(store: Store) -> None:
    data = os.urandom(s3.BLOCK + 1)
    store.put_bytes("documents/a", data)
    with store.local("documents/a") as file:
        assert os.pread(file.fileno(), len(data) + 1, 0) == data
        assert file.read() == data


def test_bytes_with_another_hash_are_not_handed_out(store: Store) -> None:
    digest = store.put_bytes("documents/a", b"right")
    with store.verified("documents/a", digest.sha256) as file:
        assert file.read() == b"right"
    with pytest.raises(Unavailable):
        store.verified("documents/a", hashlib.sha256(b"wrong").hexdigest())


@pytest.mark.parametrize("hash_on_read", [True, False])
def test_what_is_sent_is_hashed_before_if_that_is_the_setting(
    store: Store, monkeypatch: pytest.MonkeyPatch, *, hash_on_read: bool
) -> None:
    monkeypatch.setattr(store, "hash_on_read", hash_on_read)
    store.put_bytes("documents/a", b"changed")
    expected = hashlib.sha256(b"deposited").hexdigest()
    if hash_on_read:
        with pytest.raises(Unavailable):
            store.to_send("documents/a", expected)
    else:
        with store.to_send("documents/a", expected) as file:
            assert file.read() == b"changed"


@given(chunks=st.lists(st.binary(max_size=200), max_size=20))
def test_hashes_do_not_depend_on_how_the_bytes_arrive(
    chunks: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = b"".join(chunks)
    with Incoming(tmp_path_factory.getbasetemp(), limit=10_000) as incoming:
        for chunk in chunks:
            incoming.write(chunk)
        assert incoming.digest.sha256 == hashlib.sha256(whole).hexdigest()
        assert incoming.digest.crc32 == zlib.crc32(whole)
        assert incoming.finish().read_bytes() == whole


def test_past_the_limit_bytes_are_counted_but_not_kept(store: Store) -> None:
    with store.receive(limit=10) as incoming:
        for _round in range(5):
            incoming.write(b"12345678")
        assert incoming.is_too_large
        assert incoming.size == 40
        assert incoming.finish().stat().st_size == 8


def test_what_nobody_took_is_gone_when_it_is_closed(store: Store) -> None:
    with store.receive(limit=10) as incoming:
        incoming.write(b"x")
        assert incoming.path.parent == store.incoming
    assert not incoming.path.exists()


def test_a_folder_takes_a_key_once(folder: LocalStore) -> None:
    folder.put_bytes("documents/a", b"one")
    with pytest.raises(FileExistsError):
        folder.put_bytes("documents/a", b"two")
    assert folder.read("documents/a") == b"one"


def test_copying_twice_is_harmless_and_the_copy_outlives_the_original(store: Store) -> None:
    store.put_bytes("documents/quarantine/a", b"x")
    store.copy("documents/quarantine/a", "documents/clean/a")
    store.copy("documents/quarantine/a", "documents/clean/a")
    store.delete("documents/quarantine/a")
    store.delete("documents/quarantine/a")
    assert store.read("documents/clean/a") == b"x"


def test_an_object_that_is_gone_is_unavailable(store: Store) -> None:
    for ask in (store.open, store.local, store.read):
        with pytest.raises(Unavailable, match="Het bestand is nu niet beschikbaar"):
            ask("documents/none")
    with pytest.raises(Unavailable, match="Het bestand is nu niet beschikbaar"):
        store.copy("documents/none", "documents/other")


@pytest.mark.parametrize("key", ["../outside", "documents/../../outside", "/etc/passwd"])
def test_a_key_cannot_leave_its_place(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match=key):
        store.put_bytes(key, b"x")


def test_only_old_objects_without_a_row_are_removed(store: Store) -> None:
    for name in ("kept", "lost"):
        store.put_bytes(f"documents/{name}", b"x")
    store.put_bytes("bundles/other", b"x")
    assert store.remove_orphans("documents/", {"documents/kept"}) == 0
    assert store.remove_orphans("documents/", {"documents/kept"}, older_than_s=-1) == 1
    assert [key for key, _written in store.keys("documents/")] == ["documents/kept"]
    assert [key for key, _written in store.keys("bundles/")] == ["bundles/other"]


def test_a_room_that_was_never_used_is_empty(store: Store) -> None:
    assert list(store.keys("documents/")) == []


def test_bytes_are_durable_before_they_get_their_name(folder: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real_fsync, real_link = os.fsync, os.link
    monkeypatch.setattr(os, "fsync", lambda fd: (calls.append("fsync"), real_fsync(fd)))
    monkeypatch.setattr(os, "link", lambda *paths: (calls.append("link"), real_link(*paths)))
    folder.put_bytes("documents/clean/a", b"x")
    assert calls.index("link") > calls.index("fsync")
    assert calls[-1] == "fsync"
