import hashlib
import re
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.bundles import bag
from depot.core import authority, clock, i18n, seal, zipstream

AT = datetime(2026, 11, 21, 9, 30, 15, tzinfo=UTC)
PAYLOAD = {"data/bundel.json": b"{}", "data/Bedrijf één/01 Uittreksel KvK.pdf": b"%PDF-1.7"}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> seal.Seal:
    folder = tmp_path_factory.mktemp("authority") / "seal"
    authority.init(folder, organisation="Depot Voorbeeld")
    return seal.load(folder)


@pytest.fixture
def files(own: seal.Seal) -> dict[str, bytes]:
    items = [bag.Payload(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in PAYLOAD.items()]
    with clock.moved_to(AT):
        text = bag.readme(title="Bewijs bij aanbesteding Re-integratie 2027", made_at=AT, seal=own)
        info = {"Source-Organization": "Depot\nVoorbeeld"}
        return bag.tag_files(items, base="bundel-7", info=info, readme=text, seal=own)


@pytest.fixture
def folder(files: dict[str, bytes], tmp_path: Path) -> Path:
    for path, data in {**files, **{f"bundel-7/{path}": data for path, data in PAYLOAD.items()}}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    return tmp_path / "bundel-7"


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)


def commands(folder: Path) -> list[str]:
    """The indented commands of LEESMIJ.txt, as a reader would copy them."""
    text = (folder / "LEESMIJ.txt").read_text().replace("\\\n", "")
    return re.findall(r"^   ((?:sha256sum|T=|openssl (?:ts|cms)) ?.*)$", text, re.MULTILINE)


def test_a_bag_has_the_files_of_bagit_1_0_and_the_seal(files: dict[str, bytes]) -> None:
    assert {path.removeprefix("bundel-7/") for path in files} == {
        "bagit.txt",
        "bag-info.txt",
        "manifest-sha256.txt",
        "LEESMIJ.txt",
        "certificaten/root.pem",
        "certificaten/seal-keten.pem",
        "certificaten/tijdstempel-keten.pem",
        "certificaten/tijdstempel-root.pem",
        "tagmanifest-sha256.txt",
        "tagmanifest-sha256.txt.p7s",
        "tagmanifest-sha256.txt.p7s.tsr",
    }
    assert files["bundel-7/bagit.txt"] == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    assert files["bundel-7/bag-info.txt"].decode().splitlines() == [
        "Source-Organization: Depot Voorbeeld",
        "Bagging-Date: 2026-11-21",
        "Bag-Size: 10 B",
        "Payload-Oxum: 10.2",
    ]
    listed = {line.split("  ")[1] for line in files["bundel-7/tagmanifest-sha256.txt"].decode().splitlines()}
    assert listed == {path.removeprefix("bundel-7/") for path in files if "tagmanifest" not in path}


def test_the_commands_in_the_readme_work_as_written(folder: Path) -> None:
    steps = commands(folder)
    assert len(steps) == 5
    result = shell("set -e\n" + "\n".join(steps) + '\necho "$T"', folder)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split()[-1] == str(int(AT.timestamp()))


def test_eight_years_on_when_the_seals_certificate_has_ended_the_commands_still_work(folder: Path) -> None:
    later = "faketime '2034-11-21 12:00:00' bash -c "
    steps = commands(folder)
    result = shell(later + shlex.quote("set -e\n" + "\n".join(steps)), folder)
    assert result.returncode == 0, result.stderr
    without_the_time = steps[4].replace('-attime "$T"', "")
    ended = shell(later + shlex.quote(without_the_time), folder)
    assert "certificate has expired" in ended.stderr


@pytest.mark.parametrize(
    ("path", "step"),
    [("data/bundel.json", 0), ("bag-info.txt", 1), ("tagmanifest-sha256.txt.p7s", 3), ("tagmanifest-sha256.txt", 4)],
)
def test_a_change_makes_a_command_in_the_readme_fail(folder: Path, path: str, step: int) -> None:
    steps = commands(folder)
    data = bytearray((folder / path).read_bytes())
    data[-1] ^= 1
    (folder / path).write_bytes(data)
    assert shell(f"{steps[2]}\n{steps[step]}", folder).returncode != 0


def test_the_readme_is_dutch_for_every_reader_names_the_root_and_says_test(own: seal.Seal) -> None:
    with i18n.speaking("en"):
        text = bag.readme(title="Bewijs", made_at=AT, seal=own)
    assert "21 november 2026 10:30" in text
    assert ":".join(re.findall("..", own.fingerprint.upper())) in text
    assert "TEST-zegel" in text
    assert max(len(line) for line in text.splitlines()) <= 120


def test_the_fingerprint_in_the_readme_is_what_openssl_shows(folder: Path, own: seal.Seal) -> None:
    shown = shell("openssl x509 -in certificaten/root.pem -noout -fingerprint -sha256", folder).stdout
    assert shown.strip().rpartition("=")[2] in (folder / "LEESMIJ.txt").read_text()


@given(st.text())
def test_a_path_in_a_manifest_reads_back(path: str) -> None:
    assert bag.decoded(bag.encoded(path)) == path
    assert not re.search("[\r\n]", bag.encoded(path))


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_a_safe_path_unpacks_everywhere_and_stays_itself(parts: list[str]) -> None:
    path = bag.safe_path(*parts)
    assert zipstream.name_problem(path) is None
    assert path.count("/") == len(parts) - 1
    assert bag.safe_path(*path.split("/")) == path
    assert bag.encoded(path) == path
    assert all(len(name) <= bag.NAME_LENGTH + 1 and name[-1] not in " ." for name in path.split("/"))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Uittreksel KvK.pdf", "Uittreksel KvK.pdf"),
        ("../../etc/passwd", "etc-passwd"),
        ('Polis: "2026"?.pdf', "Polis- -2026-.pdf"),
        ("CON", "_CON"),
        ("lpt1.txt", "_lpt1.txt"),
        ("...", "naamloos"),
        ("fdp\u202egpj.exe", "fdpgpj.exe"),
        ("a" * 300 + ".pdf", "a" * 56 + ".pdf"),
        ("e\u0301e\u0301n", "één"),
    ],
)
def test_names_are_kept_readable(name: str, safe: str) -> None:
    assert bag.safe_path(name) == safe
