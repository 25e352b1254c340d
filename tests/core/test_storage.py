import hashlib
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.core.errors import Unavailable
from depot.core.storage import Incoming, LocalStore


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "objects")


def test_what_is_put_is_read_back_with_its_hashes(store: LocalStore) -> None:
    data = os.urandom(100_000)
    digest = store.put_bytes("documents/clean/a", data)
    assert store.read("documents/clean/a") == data
    assert (digest.size, digest.sha256, digest.crc32) == (len(data), hashlib.sha256(data).hexdigest(), zlib.crc32(data))


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


def test_past_the_limit_bytes_are_counted_but_not_kept(store: LocalStore) -> None:
    with store.receive(limit=10) as incoming:
        for _round in range(5):
            incoming.write(b"12345678")
        assert incoming.is_too_large
        assert incoming.size == 40
        assert incoming.finish().stat().st_size == 8


def test_what_nobody_took_is_gone_when_it_is_closed(store: LocalStore) -> None:
    with store.receive(limit=10) as incoming:
        incoming.write(b"x")
    assert list(store.incoming.iterdir()) == []


def test_a_key_is_used_once(store: LocalStore) -> None:
    store.put_bytes("documents/a", b"one")
    with pytest.raises(FileExistsError):
        store.put_bytes("documents/a", b"two")
    assert store.read("documents/a") == b"one"


def test_copying_twice_is_harmless_and_the_copy_outlives_the_original(store: LocalStore) -> None:
    store.put_bytes("documents/quarantine/a", b"x")
    store.copy("documents/quarantine/a", "documents/clean/a")
    store.copy("documents/quarantine/a", "documents/clean/a")
    store.delete("documents/quarantine/a")
    store.delete("documents/quarantine/a")
    assert store.read("documents/clean/a") == b"x"


def test_an_object_that_is_gone_is_unavailable(store: LocalStore) -> None:
    with pytest.raises(Unavailable):
        store.open("documents/none")
    with pytest.raises(Unavailable):
        store.copy("documents/none", "documents/other")


@pytest.mark.parametrize("key", ["../outside", "documents/../../outside", "/etc/passwd"])
def test_a_key_cannot_leave_the_folder(store: LocalStore, key: str) -> None:
    with pytest.raises(ValueError, match=key):
        store.put_bytes(key, b"x")


def test_only_old_objects_without_a_row_are_removed(store: LocalStore) -> None:
    for name in ("kept", "lost"):
        store.put_bytes(f"documents/{name}", b"x")
    store.put_bytes("bundles/other", b"x")
    assert store.remove_orphans("documents/", {"documents/kept"}) == 0
    assert store.remove_orphans("documents/", {"documents/kept"}, older_than_s=-1) == 1
    assert [key for key, _written in store.keys("documents/")] == ["documents/kept"]
    assert [key for key, _written in store.keys("bundles/")] == ["bundles/other"]


def test_bytes_are_durable_before_they_get_their_name(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real_fsync, real_link = os.fsync, os.link
    monkeypatch.setattr(os, "fsync", lambda fd: (calls.append("fsync"), real_fsync(fd)))
    monkeypatch.setattr(os, "link", lambda *paths: (calls.append("link"), real_link(*paths)))
    store.put_bytes("documents/clean/a", b"x")
    assert calls.index("link") > calls.index("fsync")
    assert calls[-1] == "fsync"
