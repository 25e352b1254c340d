"""What the depot does when its bucket refuses, is slow, breaks off, returns other bytes or loses an object."""

import os
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from depot.core import s3
from depot.core.errors import Unavailable
from depot.core.storage import Store, open_store
from depot.core.zipstream import Archive, Damaged, Entry
from tests.buckets import BUCKET, Faulty, credentials, faulty, http_store, https_store

__all__ = ["credentials", "faulty", "http_store", "https_store"]

AWAY = "De opslag van bestanden antwoordt nu niet"
DATA = os.urandom(2 * s3.BLOCK + 5)
ATTEMPTS = {"slow": 1, "half": 1, "hang up": 2, "500": 1, "503": 2}
"""Failures that pass, and how often."""


@pytest.fixture(scope="session")
def opened(faulty: Faulty) -> Store:
    return open_store(f"s3://{BUCKET}/faults?endpoint=http://127.0.0.1:{faulty.server_port}&timeout=1")


@pytest.fixture
def store(opened: Store, faulty: Faulty) -> Store:
    faulty.fail("")
    opened.put_bytes("documents/a", DATA)
    opened.delete("documents/b")
    return opened


@pytest.mark.parametrize("fault", ["403", "500", "503", "slow", "hang up", "half"])
def test_a_store_that_fails_for_good_is_unavailable_and_says_so_in_the_log(
    store: Store, faulty: Faulty, fault: str
) -> None:
    faulty.fail(fault)
    with capture_logs() as logged, pytest.raises(Unavailable, match=AWAY) as caught:
        store.read("documents/a")
    assert caught.value.retry_after == 30
    assert {"event": "objects", "deed": "get", "object": "documents/a"}.items() <= logged[-1].items()
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in str(logged)


@pytest.mark.parametrize("fault", ATTEMPTS)
def test_a_failure_that_passes_is_not_noticed(store: Store, faulty: Faulty, fault: str) -> None:
    faulty.fail(fault, ATTEMPTS[fault])
    assert store.read("documents/a") == DATA


@pytest.mark.parametrize("fault", ["403", "503", "hang up"])
def test_every_deed_of_a_store_that_is_away_is_unavailable(store: Store, faulty: Faulty, fault: str) -> None:
    faulty.fail(fault)
    for deed in (
        lambda: store.put_bytes("documents/b", b"x"),
        lambda: store.copy("documents/a", "documents/b"),
        lambda: store.delete("documents/a"),
        lambda: list(store.keys("documents/")),
        lambda: store.local("documents/a"),
    ):
        with pytest.raises(Unavailable, match=AWAY):
            deed()


def test_a_refusal_is_not_repeated(store: Store, faulty: Faulty) -> None:
    faulty.fail("403")
    with pytest.raises(Unavailable):
        store.open("documents/a")
    assert faulty.asked == 1


def test_a_store_that_nobody_runs_is_unavailable(credentials: None) -> None:
    store = open_store(f"s3://{BUCKET}?endpoint=http://127.0.0.1:1")
    with pytest.raises(Unavailable, match=AWAY):
        store.read("documents/a")


def test_bytes_that_change_on_their_way_in_are_refused_by_the_store(store: Store, faulty: Faulty) -> None:
    faulty.fail("spoil what is sent")
    with pytest.raises(Unavailable, match=AWAY):
        store.put_bytes("documents/b", b"deposited")
    faulty.fail("")
    with pytest.raises(Unavailable, match="Het bestand is nu niet beschikbaar"):
        store.read("documents/b")


def test_other_bytes_are_noticed_by_whoever_knows_the_hash(store: Store, faulty: Faulty) -> None:
    digest = store.put_bytes("documents/b", DATA[:1000])
    faulty.fail("other bytes")
    with pytest.raises(Unavailable, match="beschadigd"):
        store.verified("documents/b", digest.sha256)
    archive = Archive(
        [Entry("b.pdf", digest.size, digest.crc32, lambda: store.open("documents/b"))],
        datetime(2026, 11, 21, tzinfo=UTC),
    )
    with pytest.raises(Damaged):
        list(archive.stream())


def test_a_store_that_goes_away_half_way_ends_the_stream(store: Store, faulty: Faulty) -> None:
    with store.open("documents/a") as file:
        assert file.read(10) == DATA[:10]
        faulty.fail("hang up")
        file.seek(2 * s3.BLOCK)
        with pytest.raises(Unavailable, match=AWAY):
            file.read(5)


def test_an_object_that_changes_while_it_is_read_is_not_mixed(store: Store) -> None:
    with store.open("documents/a") as file:
        store.delete("documents/a")
        store.put_bytes("documents/a", DATA[::-1])
        file.seek(2 * s3.BLOCK)
        with pytest.raises(Unavailable):
            file.read(5)


def test_an_object_that_is_lost_while_it_is_read_is_unavailable(store: Store) -> None:
    with store.open("documents/a") as file:
        store.delete("documents/a")
        file.seek(2 * s3.BLOCK)
        with pytest.raises(Unavailable, match="Het bestand is nu niet beschikbaar"):
            file.read(5)


def test_a_certificate_that_nobody_vouches_for_is_refused(https_store: str) -> None:
    with pytest.raises(Unavailable, match=AWAY):
        open_store(https_store.partition("&ca=")[0]).read("documents/a")


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_wrong_credentials_are_refused(http_store: str, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "somebody-elses")
    with pytest.raises(Unavailable, match=AWAY):
        open_store(http_store).put_bytes("documents/c", b"x")


def test_no_credentials_at_all_are_unavailable(http_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    with pytest.raises(Unavailable, match=AWAY):
        open_store(http_store).read("documents/a")
