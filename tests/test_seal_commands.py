"""`depot seal init|rotate|show`: what they make, where the root's key goes, and what they refuse."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from depot.cli import cli
from depot.core import authority, seal
from tests.conftest import settings
from tests.tsa import Tsa, tsa

__all__ = ["tsa"]

PASSPHRASE = "een lange zin die niemand raadt"
USAGE = 2  # of click; `depot` itself ends with 64

Depot = Callable[..., Result]


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    """Run a command of `depot seal`, outside the demonstration."""

    def run(*arguments: object, typed: str = PASSPHRASE, **changes: str) -> Result:
        given = settings(tmp_path, **{"DEPOT_DEMO": "0", "DEPOT_ALLOW_UNSCANNED": "1", **changes})
        return CliRunner().invoke(cli, ["seal", *map(str, arguments)], env=given, input=f"{typed}\n")

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "seal"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "root.key"


def test_the_root_s_key_goes_where_it_is_asked_and_a_seal_says_whose_it_is(
    depot: Depot, folder: Path, key: Path
) -> None:
    told = depot("init", "--organisation", "Stichting Voorbeeld", "--root-key", key)
    assert told.exit_code == 0, told.output
    own = seal.load(folder)
    assert own.name == "Depot Seal, Stichting Voorbeeld"
    assert own.fingerprint in told.output
    assert PASSPHRASE not in told.output
    assert authority.KeyFile(key, PASSPHRASE.encode()).read().public_key() == own.root.public_key()
    assert not [path for path in folder.rglob("*") if "root" in path.name and path.suffix == ".key"]


def test_without_a_file_the_key_is_not_kept_and_that_is_said(depot: Depot, folder: Path) -> None:
    told = depot("init")
    assert told.exit_code == 0
    assert "was not kept" in told.output
    told = depot("rotate")
    assert told.exit_code == USAGE
    assert "--new-root" in told.output
    assert authority.generation(folder) == "1"


def test_in_the_demonstration_the_seal_is_a_test(depot: Depot, folder: Path) -> None:
    depot("init", DEPOT_DEMO="1")
    assert seal.load(folder).name == "TEST Depot Seal, Depot"


def test_a_seal_that_is_there_stays(depot: Depot, folder: Path, key: Path) -> None:
    depot("init")
    told = depot("init", "--root-key", key)
    assert (told.exit_code, key.exists(), authority.generation(folder)) == (1, False, "1")
    assert "holds a seal already" in told.output


@pytest.mark.parametrize("place", ["seal/root.key", "there.key"])
def test_a_key_does_not_go_into_the_seals_folder_or_over_another(depot: Depot, folder: Path, place: str) -> None:
    (folder.parent / "there.key").write_text("of another depot")
    assert depot("init", "--root-key", folder.parent / place).exit_code == USAGE
    assert not (folder / "current").exists()


def test_a_passphrase_is_long(depot: Depot, folder: Path, key: Path) -> None:
    told = depot("init", "--root-key", key, typed="kort")
    assert (told.exit_code, key.exists(), (folder / "current").exists()) == (USAGE, False, False)


def test_rotating_takes_the_key_and_its_passphrase(depot: Depot, folder: Path, key: Path) -> None:
    depot("init", "--root-key", key)
    before = seal.load(folder)
    told = depot("rotate", "--root-key", key, typed="iets heel anders")
    assert told.exit_code == 1
    assert "Nothing changed" in told.output
    assert depot("rotate", "--root-key", key.with_name("away.key")).exit_code == USAGE
    assert depot("rotate", "--root-key", key, "--organisation", "Ander").exit_code == USAGE
    told = depot("rotate", "--root-key", key)
    assert told.exit_code == 0, told.output
    after = seal.load(folder)
    assert (after.fingerprint, after.certificate == before.certificate) == (before.fingerprint, False)
    assert f"until {after.until:%Y-%m-%d}" in told.output


def test_a_new_root_keeps_the_name_and_the_earlier_root(depot: Depot, folder: Path, key: Path) -> None:
    depot("init", "--organisation", "Stichting Voorbeeld")
    before = seal.load(folder)
    told = depot("rotate", "--new-root", "--root-key", key)
    assert told.exit_code == 0, told.output
    after = seal.load(folder)
    assert after.name == before.name
    assert after.trust.roots == [after.root, before.root]
    assert after.fingerprint in told.output
    assert depot("rotate", "--root-key", key).exit_code == 0


def test_without_a_seal_there_is_nothing_to_rotate_or_show(depot: Depot, key: Path) -> None:
    key.touch()
    for arguments in (["rotate", "--root-key", key], ["rotate", "--new-root"], ["show"]):
        told = depot(*arguments)
        assert told.exit_code != 0
        assert "depot seal init" in str(told.exception)


def test_what_is_in_force_and_what_was_is_shown(depot: Depot, folder: Path, key: Path) -> None:
    depot("init", "--root-key", key)
    depot("rotate", "--root-key", key)
    told = depot("show").output
    own = seal.load(folder)
    for issued in own.published:
        assert issued.serial in told
        assert issued.fingerprint in told
    assert told.count("in force: ") == 3
    assert told.count("earlier: ") == 1
    said = json.loads(depot("show", "--json").output)
    assert [each["role"] for each in said["certificates"]] == ["root", "seal", "tsa", "seal"]
    assert said["certificates"][0]["sha256"] == own.fingerprint
    assert said["time"] == "Depot Timestamp, Depot"


def test_another_authority_is_shown_with_its_root_and_without_its_login(depot: Depot, tsa: Tsa) -> None:
    depot("init")
    url = tsa.url.replace("http://", "http://wij:geheim@")
    for told in (depot("show", DEPOT_TSA_URL=url).output, depot("show", "--json", DEPOT_TSA_URL=url).output):
        assert f"{tsa.address}/tsa" in told
        assert "Tijd Root CA" in told
        assert "geheim" not in told
