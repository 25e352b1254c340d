"""Bundles from before and after the seal was rotated, and with the time of another authority, hold for anybody, years later."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from depot.core import authority, clock, seal, timestamps
from depot.core.authority import KeyFile
from depot.core.certificates import YEAR, fingerprint_of
from tests.bundles.test_bag import commands, shell
from tests.bundles.test_verification import bagged, unpacked, zipped
from tests.tsa import Tsa, tsa

__all__ = ["tsa"]

AT = datetime(2026, 11, 21, 9, 30, 15, tzinfo=UTC)
LATER = AT + YEAR
EIGHT_YEARS_ON = ("faketime", "2034-11-21 12:00:00")
DEPOT = Path(sys.executable).with_name("depot")

Rotate = Callable[[Path, KeyFile], None]


def new_root(folder: Path, root_key: KeyFile) -> None:
    authority.renew(folder, organisation="Depot Voorbeeld", is_test=False)


@pytest.fixture(params=[authority.rotate, new_root], ids=["same root", "new root"])
def rotated(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, dict[str, dict[str, bytes]]]:
    """A seal's folder after a rotation, and bundles from before and after it."""
    folder, root_key, rotate = tmp_path / "seal", KeyFile(tmp_path / "root.key", b"een lange zin"), request.param
    with clock.moved_to(AT):
        authority.init(folder, organisation="Depot Voorbeeld", is_test=False, root_key=root_key)
    before = bagged(seal.load(folder), at=AT)
    with clock.moved_to(LATER):
        rotate(folder, root_key)
    return folder, {"before": before, "after": bagged(seal.load(folder), at=LATER)}


def verified(*command: object, cwd: Path, **settings: str) -> tuple[int, dict[str, object]]:
    told = subprocess.run(
        [str(each) for each in command], cwd=cwd, capture_output=True, check=False, text=True, env=settings or None
    )
    return told.returncode, json.loads(told.stdout)


@pytest.mark.parametrize("which", ["before", "after"])
def test_eight_years_on_both_are_trusted_by_program_and_by_hand(
    rotated: tuple[Path, dict[str, dict[str, bytes]]], tmp_path: Path, which: str
) -> None:
    folder, bundles = rotated
    trusted = tmp_path / "roots.pem"
    trusted.write_bytes(b"".join(each.pem for each in authority.published(folder) if each.role == "root"))
    (tmp_path / "bundel.zip").write_bytes(zipped(bundles[which]))
    command = [*EIGHT_YEARS_ON, DEPOT, "verify", "bundel.zip", "--root", trusted, "--json"]
    assert verified(*command, cwd=tmp_path)[0] == 0
    unfolded = unpacked(bundles[which], tmp_path / "out")
    steps = shlex.quote("set -e\n" + "\n".join(commands(unfolded)))
    by_hand = shell(f"{shlex.join(EIGHT_YEARS_ON)} bash -c {steps}", unfolded)
    assert by_hand.returncode == 0, by_hand.stderr


@pytest.fixture
def theirs(tsa: Tsa, tmp_path: Path) -> tuple[seal.Seal, dict[str, bytes]]:
    """A bundle with the time of another authority."""
    with clock.moved_to(clock.now()):
        authority.init(tmp_path / "seal", organisation="Depot Voorbeeld", is_test=False)
        own = seal.load(tmp_path / "seal", timestamps.other(tsa.url))
        return own, bagged(own, at=clock.now())


def test_another_authoritys_time_is_proven_by_its_own_root(
    theirs: tuple[seal.Seal, dict[str, bytes]], tsa: Tsa, tmp_path: Path
) -> None:
    own, files = theirs
    assert files["bundel-7/certificaten/tijdstempel-root.pem"] == tsa.root.read_bytes()
    assert files["bundel-7/certificaten/tijdstempel-keten.pem"] == own.time.chain().pem
    unfolded = unpacked(files, tmp_path / "out")
    told = (unfolded / "LEESMIJ.txt").read_text()
    for root in (own.root, own.time.chain().root):
        pairs = fingerprint_of(root).upper()
        assert ":".join(pairs[place : place + 2] for place in range(0, 64, 2)) in told
    assert "Tijdstip van:     Tijd Stempel" in told
    assert "TEST" not in told
    steps = shlex.quote("set -e\n" + "\n".join(commands(unfolded)))
    by_hand = shell(f"{shlex.join(EIGHT_YEARS_ON)} bash -c {steps}", unfolded)
    assert by_hand.returncode == 0, by_hand.stderr


def test_the_program_takes_both_roots_and_knows_its_own(
    theirs: tuple[seal.Seal, dict[str, bytes]], tsa: Tsa, tmp_path: Path
) -> None:
    own, files = theirs
    (tmp_path / "bundel.zip").write_bytes(zipped(files))
    (tmp_path / "root.pem").write_bytes(own.root_pem)
    command = [*EIGHT_YEARS_ON, DEPOT, "verify", "bundel.zip", "--json"]
    ours, time = ["--root", "root.pem"], ["--tsa-root", tsa.root]
    for given, status in ((ours, 3), ([*ours, *time], 0)):
        assert verified(*command, *given, cwd=tmp_path)[0] == status
    settings = {
        "DEPOT_SECRET_KEY": "a-secret-that-only-the-tests-know-about",
        "DEPOT_SEAL_FOLDER": "seal",
        "DEPOT_TSA_URL": tsa.url,
        "PATH": "/usr/bin:/bin",
    }
    assert verified(*command, "--own", cwd=tmp_path, **settings)[0] == 0
