"""Making and rotating what the depot seals with: at any moment there is one whole generation in force."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from depot.core import authority, clock, seal
from depot.core.authority import FILES, KeyFile, NotRotated
from depot.core.certificates import BACKDATED, SKEW, YEAR

NOW = datetime(2026, 11, 21, 9, 30, 15, tzinfo=UTC)
PASSPHRASE = b"een lange zin die niemand raadt"
DATA = b"0123  bagit.txt\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "seal"


@pytest.fixture
def root_key(folder: Path) -> KeyFile:
    """An authority of which the root's key was kept."""
    kept = KeyFile(folder.parent / "root.key", PASSPHRASE)
    with clock.moved_to(NOW):
        authority.init(folder, organisation="Depot Voorbeeld", is_test=False, root_key=kept)
    return kept


def sealed(own: seal.Seal, at: datetime = NOW) -> tuple[bytes, bytes, bytes]:
    with clock.moved_to(at):
        signature = own.sign(DATA)
        return DATA, signature, own.timestamp(signature)


def test_an_authority_is_made_once_whole_and_its_keys_are_private(folder: Path) -> None:
    assert authority.init(folder, organisation="Depot Voorbeeld")
    before = authority.in_force(folder)
    assert not authority.init(folder, organisation="Iemand anders")
    assert authority.in_force(folder) == before
    assert sorted(path.name for path in folder.iterdir()) == ["1", "current"]
    modes = {name: stat.S_IMODE((folder / "current" / name).stat().st_mode) for name in FILES}
    assert modes == {name: 0o600 if name.endswith(".key") else 0o644 for name in FILES}


def test_two_processes_that_start_at_once_make_one_authority(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: authority.init(folder, organisation=f"Depot {number}"), range(4)))
    assert sorted(made) == [False, False, False, True]
    assert len(authority.published(folder)) == 3


def test_a_folder_without_a_seal_says_how_to_make_one(folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match="depot seal init"):
        seal.load(folder)


@pytest.mark.parametrize(("is_test", "before"), [(True, BACKDATED), (False, SKEW)])
def test_only_a_test_authority_says_so_and_reaches_back(folder: Path, *, is_test: bool, before: timedelta) -> None:
    with clock.moved_to(NOW):
        authority.init(folder, organisation="Depot Voorbeeld", is_test=is_test)
    for issued in authority.published(folder):
        assert issued.name.startswith("TEST ") is is_test
        assert issued.since == NOW - before


def test_the_roots_key_is_kept_encrypted_and_private_or_not_at_all(folder: Path, root_key: KeyFile) -> None:
    assert b"ENCRYPTED" in root_key.path.read_bytes()
    assert stat.S_IMODE(root_key.path.stat().st_mode) == 0o600
    assert root_key.read().public_key() == seal.load(folder).root.public_key()
    assert "zin" not in repr(root_key)


def test_a_file_that_is_there_is_not_written_over(folder: Path) -> None:
    kept = KeyFile(folder.parent / "root.key", PASSPHRASE)
    kept.path.write_text("of another depot")
    with pytest.raises(FileExistsError):
        authority.init(folder, organisation="Depot", root_key=kept)
    assert not (folder / "current").exists()


def test_a_new_seal_stands_under_the_same_root_and_the_old_key_is_gone(folder: Path, root_key: KeyFile) -> None:
    old, kept = seal.load(folder), sealed(seal.load(folder))
    with clock.moved_to(NOW + 2 * YEAR):
        authority.rotate(folder, root_key)
    new = seal.load(folder)
    assert (new.fingerprint, new.name) == (old.fingerprint, old.name)
    assert new.certificate != old.certificate
    assert new.until == NOW + 5 * YEAR
    assert new.time.chain() == old.time.chain()  # eight years are left
    assert [(each.role, each.is_current) for each in new.published] == [
        ("root", True),
        ("seal", True),
        ("tsa", True),
        ("seal", False),
    ]
    assert sorted(path.parent.name for path in folder.glob("[0-9]*/*.key")) == ["2", "2"]
    for proof in (kept, sealed(new, NOW + 4 * YEAR)):
        with clock.moved_to(NOW + 8 * YEAR):
            assert seal.verify(*proof, new.trust).is_trusted


def test_the_timestamps_certificate_is_renewed_when_it_would_end_first(folder: Path, root_key: KeyFile) -> None:
    old = seal.load(folder)
    with clock.moved_to(NOW + 8 * YEAR):
        authority.rotate(folder, root_key)
    new = seal.load(folder)
    assert new.time.chain() != old.time.chain()
    assert new.until == NOW + 11 * YEAR
    with clock.moved_to(NOW + 10 * YEAR):
        assert seal.verify(*sealed(new, NOW + 10 * YEAR), seal.Trust([old.root])).is_trusted


def test_nothing_outlives_its_root(folder: Path, root_key: KeyFile) -> None:
    with clock.moved_to(NOW + 19 * YEAR):
        authority.rotate(folder, root_key)
    assert {each.until for each in authority.published(folder) if each.is_current} == {NOW + 20 * YEAR}


def test_a_new_root_leaves_the_earlier_one_published_and_trusted(folder: Path, root_key: KeyFile) -> None:
    old = seal.load(folder)
    again = KeyFile(root_key.path.with_name("second.key"), PASSPHRASE)
    with clock.moved_to(NOW + YEAR):
        authority.renew(folder, organisation="Depot Voorbeeld", is_test=False, root_key=again)
    new = seal.load(folder)
    assert new.trust.roots == [new.root, old.root]
    with clock.moved_to(NOW + YEAR):
        for proof in (sealed(old), sealed(new, NOW + YEAR)):
            assert seal.verify(*proof, new.trust).is_trusted
        assert not seal.verify(*sealed(new, NOW + YEAR), seal.Trust([old.root])).is_trusted
    with pytest.raises(NotRotated, match="not the key of the root in force"):
        authority.rotate(folder, root_key)
    authority.rotate(folder, again)


def test_another_key_or_passphrase_changes_nothing(folder: Path, root_key: KeyFile, tmp_path: Path) -> None:
    before = authority.generation(folder)
    plain = tmp_path / "plain.key"
    plain.write_bytes((folder / "current" / "seal.key").read_bytes())
    (tmp_path / "text.key").write_text("geen sleutel")
    for wrong in (
        KeyFile(root_key.path, b"iets heel anders"),
        KeyFile(plain, PASSPHRASE),
        KeyFile(tmp_path / "text.key", b"x"),
    ):
        with pytest.raises(NotRotated):
            authority.rotate(folder, wrong)
    assert authority.generation(folder) == before


@pytest.mark.parametrize("deed", ["write", "rename", "symlink_to", "unlink"])
def test_a_crash_at_any_point_leaves_a_seal_that_works(
    folder: Path, root_key: KeyFile, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    """Every call that changes the folder is, in its turn, the last one that is reached."""
    root = seal.load(folder).root
    for number in range(1, 20):
        with monkeypatch.context() as patched:
            left = _stop_at(patched, deed, number)
            with suppress(KeyboardInterrupt), clock.moved_to(NOW):
                authority.rotate(folder, root_key)
        assert seal.verify(*sealed(seal.load(folder)), seal.Trust([root])).is_trusted
        if left() > 0:
            break
    else:
        pytest.fail("it never came to its end")
    authority.rotate(folder, root_key)
    assert len(list(folder.glob("[0-9]*/*.key"))) == 2
    assert not list(folder.glob(".*"))


def _stop_at(patched: pytest.MonkeyPatch, deed: str, number: int) -> Callable[[], int]:
    owner, name = (authority, "_write") if deed == "write" else (Path, deed)
    original, left = getattr(owner, name), [number]

    def counting(*given: object, **more: object) -> object:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return original(*given, **more)

    patched.setattr(owner, name, counting)
    return lambda: left[0]


def test_a_running_process_uses_the_new_seal_without_a_restart(folder: Path, root_key: KeyFile) -> None:
    keeper = seal.Keeper(folder)
    before = keeper.seal()
    assert keeper.seal() is before
    authority.rotate(folder, root_key)
    after = keeper.seal()
    assert after.certificate != before.certificate
    assert keeper.seal() is after


def test_who_reads_while_others_rotate_always_finds_a_whole_seal(folder: Path, root_key: KeyFile) -> None:
    with ThreadPoolExecutor(2) as pool:
        rotating = [pool.submit(authority.rotate, folder, root_key) for _turn in range(10)]
        while not all(each.done() for each in rotating):
            files = authority.in_force(folder)
            assert set(files) == set(FILES)
    for each in rotating:
        each.result()
    assert authority.generation(folder) == "11"
