import hashlib
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest

from depot.bundles import bag, verification
from depot.bundles.verification import Outcome, Verification
from depot.core import clock, i18n, seal, zipstream
from depot.core.authority import init
from depot.core.certificates import YEAR

AT = datetime(2026, 11, 21, 9, 30, 15, tzinfo=UTC)
PDF = b"%PDF-1.7 polis"


def described(*documents: tuple[str, bytes]) -> bytes:
    items = [{"pad": path, "sha256": hashlib.sha256(data).hexdigest(), "omvang": len(data)} for path, data in documents]
    return json.dumps({"deelnemers": [{"documenten": [*items, {"pad": None, "soort": "references"}]}]}).encode()


PAYLOAD = {
    "data/bundel.json": described(("data/één/01 Polis.pdf", PDF)),
    "data/één/01 Polis.pdf": PDF,
    "data/overzicht.pdf": b"%PDF-1.7 overzicht",
}


def authority(folder: Path, organisation: str) -> seal.Seal:
    with clock.moved_to(AT):
        init(folder, organisation=organisation)
    return seal.load(folder)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> seal.Seal:
    return authority(tmp_path_factory.mktemp("own") / "seal", "Depot Voorbeeld")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> seal.Seal:
    return authority(tmp_path_factory.mktemp("other") / "seal", "Een ander")


def bagged(own: seal.Seal, payload: dict[str, bytes] = PAYLOAD, at: datetime = AT) -> dict[str, bytes]:
    items = [bag.Payload(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in payload.items()]
    with clock.moved_to(at):
        text = bag.readme(title="Bewijs", made_at=at, seal=own)
        tags = bag.tag_files(items, base="bundel-7", info={}, readme=text, seal=own)
    return {**{f"bundel-7/{path}": data for path, data in payload.items()}, **tags}


@pytest.fixture(scope="module")
def files(own: seal.Seal) -> dict[str, bytes]:
    return bagged(own)


def zipped(files: dict[str, bytes]) -> bytes:
    entries = [
        zipstream.Entry(name, len(data), zlib.crc32(data), partial(BytesIO, data)) for name, data in files.items()
    ]
    return b"".join(zipstream.Archive(entries, AT).stream())


def unpacked(files: dict[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder / "bundel-7"


def verify(files: dict[str, bytes] | bytes, folder: Path, *trusted: seal.Seal) -> Verification:
    path = folder / "bundel.zip"
    path.write_bytes(files if isinstance(files, bytes) else zipped(files))
    return verification.verify(path, seal.Trust([item.root for item in trusted]))


def codes(result: Verification) -> set[tuple[str, str]]:
    return {(finding.code, finding.path) for finding in result.findings}


def test_eight_years_on_the_program_still_says_so(files: dict[str, bytes], own: seal.Seal, tmp_path: Path) -> None:
    assert own.until < datetime(2034, 1, 1, tzinfo=UTC)
    (tmp_path / "bundel.zip").write_bytes(zipped(files))
    (tmp_path / "root.pem").write_bytes(own.root_pem)
    command = [Path(sys.executable).with_name("depot"), "verify", "bundel.zip", "--root", "root.pem"]
    later = ["faketime", "2034-11-21 12:00:00", *command]
    assert subprocess.run(later, cwd=tmp_path, check=False, capture_output=True).returncode == 0


def test_a_bundle_as_it_was_made_is_whole_and_trusted(files: dict[str, bytes], own: seal.Seal, tmp_path: Path) -> None:
    expected = Verification(
        Outcome.WHOLE_TRUSTED,
        (),
        sealed_at=AT,
        signer="TEST Depot Seal, Depot Voorbeeld",
        root_fingerprint=own.fingerprint,
        documents=2,
        tag_manifest_sha256=hashlib.sha256(files["bundel-7/tagmanifest-sha256.txt"]).hexdigest(),
    )
    assert verify(files, tmp_path, own) == expected
    assert expected.exit_code == 0
    roots = seal.Trust([own.root])
    assert verification.verify(unpacked(files, tmp_path / "out"), roots) == expected
    assert verification.verify(tmp_path / "out", roots) == expected


def test_others_unpack_a_bundle_into_a_whole_folder(files: dict[str, bytes], own: seal.Seal, tmp_path: Path) -> None:
    verify(files, tmp_path, own)
    with zipfile.ZipFile(tmp_path / "bundel.zip") as theirs:
        theirs.extractall(tmp_path / "out")
    roots = seal.Trust([own.root])
    assert verification.verify(tmp_path / "out" / "bundel-7", roots).exit_code == 0


def test_resealing_by_another_authority_is_whole_but_not_trusted(
    own: seal.Seal, other: seal.Seal, tmp_path: Path
) -> None:
    result = verify(bagged(other), tmp_path, own)
    assert (result.outcome, result.exit_code) == (Outcome.WHOLE_UNTRUSTED, 3)
    assert result.root_fingerprint == other.fingerprint
    assert codes(result) == {
        ("seal_chain", "tagmanifest-sha256.txt.p7s"),
        ("timestamp_chain", "tagmanifest-sha256.txt.p7s.tsr"),
    }
    assert verify(bagged(own), tmp_path).exit_code == 3  # no root given


def test_a_bundle_stays_trusted_after_its_seal_certificate_ended(
    files: dict[str, bytes], own: seal.Seal, tmp_path: Path
) -> None:
    with clock.moved_to(AT + 8 * YEAR):
        assert verify(files, tmp_path, own).outcome == Outcome.WHOLE_TRUSTED
        late = verify(bagged(own, at=AT + 4 * YEAR), tmp_path, own)
    assert (late.outcome, codes(late)) == (
        Outcome.WHOLE_UNTRUSTED,
        {("seal_ended", "tagmanifest-sha256.txt.p7s")},
    )


def test_a_bundle_from_a_clock_that_runs_ahead_is_not_trusted(own: seal.Seal, tmp_path: Path) -> None:
    files = bagged(own, at=AT + timedelta(hours=1))
    with clock.moved_to(AT):
        ahead = verify(files, tmp_path, own)
    assert (ahead.outcome, codes(ahead)) == (
        Outcome.WHOLE_UNTRUSTED,
        {("timestamp_ahead", "tagmanifest-sha256.txt.p7s.tsr")},
    )


def test_every_changed_byte_of_a_zip_is_found(files: dict[str, bytes], own: seal.Seal, tmp_path: Path) -> None:
    whole = zipped(files)
    for position in {*range(80), *range(80, len(whole), 61), *range(len(whole) - 120, len(whole))}:
        changed = bytearray(whole)
        changed[position] ^= 0x11
        assert verify(bytes(changed), tmp_path, own).exit_code in {1, 2}, position


def test_every_changed_byte_of_the_payload_and_lists_in_a_folder_is_found(
    files: dict[str, bytes], own: seal.Seal, tmp_path: Path
) -> None:
    folder = unpacked(files, tmp_path)
    roots = seal.Trust([own.root])
    for name, data in files.items():
        if name.endswith(".tsr"):  # parts of a timestamp response are not signed, and mean nothing
            continue
        for position in {0, len(data) // 2, len(data) - 1}:
            changed = bytearray(data)
            changed[position] ^= 0x11
            (tmp_path / name).write_bytes(changed)
            assert verification.verify(folder, roots).outcome == Outcome.DAMAGED, (name, position)
        (tmp_path / name).write_bytes(data)
    assert verification.verify(folder, roots).exit_code == 0


def without(path: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {name: data for name, data in files.items() if name != f"bundel-7/{path}"}


def with_(path: str, data: bytes) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {**files, f"bundel-7/{path}": data}


def swapped(first: str, second: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    first, second = f"bundel-7/{first}", f"bundel-7/{second}"
    return lambda files: {**files, first: files[second], second: files[first]}


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        (without("data/overzicht.pdf"), "missing", "data/overzicht.pdf"),
        (without("bagit.txt"), "bagit", "bagit.txt"),
        (without("bag-info.txt"), "missing", "bag-info.txt"),
        (without("LEESMIJ.txt"), "missing", "LEESMIJ.txt"),
        (without("manifest-sha256.txt"), "missing", "manifest-sha256.txt"),
        (without("tagmanifest-sha256.txt"), "missing", "tagmanifest-sha256.txt"),
        (without("tagmanifest-sha256.txt.p7s"), "missing", "tagmanifest-sha256.txt.p7s"),
        (without("tagmanifest-sha256.txt.p7s.tsr"), "missing", "tagmanifest-sha256.txt.p7s.tsr"),
        (with_("data/extra.pdf", b"x"), "extra", "data/extra.pdf"),
        (with_("fetch.txt", b"http://a.example 1 data/x"), "extra", "fetch.txt"),
        (with_("notitie.txt", b"x"), "extra", "notitie.txt"),
        (with_("data/overzicht.pdf", b"x"), "changed", "data/overzicht.pdf"),
        (with_("LEESMIJ.txt", b"x"), "changed", "LEESMIJ.txt"),
        (with_("bagit.txt", bag.BAGIT.replace(b"\n", b"\r\n")), "bagit", "bagit.txt"),
        (with_("bag-info.txt", b"Payload-Oxum: 1.1\n"), "oxum", "bag-info.txt"),
        (with_("manifest-sha256.txt", b"\xff\n"), "manifest", "manifest-sha256.txt"),
        (with_("manifest-sha256.txt", b"abc data/x\n"), "manifest", "manifest-sha256.txt"),
        (with_("tagmanifest-sha256.txt", b""), "seal_mismatch", "tagmanifest-sha256.txt.p7s"),
        (with_("tagmanifest-sha256.txt.p7s.tsr", b"x"), "timestamp_unreadable", "tagmanifest-sha256.txt.p7s.tsr"),
        (swapped("data/overzicht.pdf", "data/één/01 Polis.pdf"), "changed", "data/overzicht.pdf"),
        (lambda files: {**files, "elders/x": b""}, "base_directory", ""),
    ],
)
def test_a_changed_added_removed_or_swapped_file_is_named(
    files: dict[str, bytes],
    own: seal.Seal,
    tmp_path: Path,
    change: Callable[[dict[str, bytes]], dict[str, bytes]],
    code: str,
    path: str,
) -> None:
    result = verify(change(files), tmp_path, own)
    assert (code, path) in codes(result)
    assert (result.outcome, result.exit_code) == (Outcome.DAMAGED, 1)


def test_a_seal_of_another_bundle_does_not_fit(files: dict[str, bytes], own: seal.Seal, tmp_path: Path) -> None:
    second = bagged(own, {"data/x": b"x"})
    for name in ("tagmanifest-sha256.txt.p7s", "tagmanifest-sha256.txt.p7s.tsr"):
        files = with_(name, second[f"bundel-7/{name}"])(files)
    assert codes(verify(files, tmp_path, own)) == {("seal_mismatch", "tagmanifest-sha256.txt.p7s")}


@pytest.mark.parametrize(
    ("description", "finding"),
    [
        (b"{", ("bundle_json", "data/bundel.json")),
        (b"[]", ("bundle_json", "data/bundel.json")),
        (b'{"deelnemers": [{"documenten": [{"pad": 1}]}]}', ("bundle_json", "data/bundel.json")),
        (b"[" * 100_000, ("bundle_json", "data/bundel.json")),
        (described(("data/weg.pdf", b"")), ("bundle_document", "data/weg.pdf")),
        (described(("data/overzicht.pdf", b"anders")), ("bundle_document", "data/overzicht.pdf")),
    ],
)
def test_a_sealed_description_that_does_not_fit_is_found(
    own: seal.Seal, tmp_path: Path, description: bytes, finding: tuple[str, str]
) -> None:
    result = verify(bagged(own, {**PAYLOAD, "data/bundel.json": description}), tmp_path, own)
    assert codes(result) == {finding}
    assert result.exit_code == 1


def test_a_sealed_path_with_a_percent_sign_or_line_end_is_read_back(own: seal.Seal, tmp_path: Path) -> None:
    folder = unpacked(bagged(own, {"data/100%\n.txt": b"x", "data/%25.txt": b"y"}), tmp_path)
    roots = seal.Trust([own.root])
    assert verification.verify(folder, roots).outcome == Outcome.WHOLE_TRUSTED


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "no_zip"),
        (PDF, "no_zip"),
        (zipped({"map/brief.txt": b"x"}), "no_bag"),
        (zipped({"map/brief.txt": b"x"})[:-30], "truncated"),
    ],
)
def test_what_is_no_bundle_is_unreadable(data: bytes, code: str, tmp_path: Path) -> None:
    result = verify(data, tmp_path)
    assert codes(result) == {(code, "")}
    assert (result.outcome, result.exit_code) == (Outcome.UNREADABLE, 2)


def test_a_file_that_is_not_there_and_a_folder_that_is_no_bag_are_unreadable(tmp_path: Path) -> None:
    assert codes(verification.verify(tmp_path / "weg.zip", [])) == {("no_access", "")}
    assert codes(verification.verify(tmp_path, [])) == {("no_bag", "")}


def test_a_folder_with_a_link_is_refused_unread(files: dict[str, bytes], own: seal.Seal, tmp_path: Path) -> None:
    folder = unpacked(files, tmp_path)
    (tmp_path / "elders.pdf").write_bytes(files["bundel-7/data/overzicht.pdf"])
    (folder / "data" / "overzicht.pdf").unlink()
    (folder / "data" / "overzicht.pdf").symlink_to(tmp_path / "elders.pdf")
    result = verification.verify(folder, [])
    assert (result.outcome, codes(result)) == (Outcome.DAMAGED, {("symlink", "data/overzicht.pdf")})
    (folder / "data" / "overzicht.pdf").unlink()
    os.mkfifo(folder / "data" / "overzicht.pdf")
    assert codes(verification.verify(folder, [])) == {("symlink", "data/overzicht.pdf")}


def test_a_repacked_bundle_is_told_apart_from_a_damaged_file(files: dict[str, bytes], tmp_path: Path) -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as theirs:
        for name, data in files.items():
            theirs.writestr(name, data * 100)
    result = verify(target.getvalue(), tmp_path)
    assert (result.exit_code, {finding.code for finding in result.findings}) == (1, {"method"})


def test_every_finding_has_a_sentence() -> None:
    assert all(str(text).endswith(".") for text in verification.TEXTS.values())
    assert set(verification.EXIT_CODES) == set(Outcome)
    assert isinstance(verification.Finding("missing", "data/x").text, i18n.Text)


def test_a_large_bundle_is_read_once_in_flat_memory(own: seal.Seal, tmp_path: Path) -> None:
    size = 200 << 20
    block, digest, crc32 = os.urandom(1 << 20), hashlib.sha256(), 0
    for _ in range(size >> 20):
        digest.update(block)
        crc32 = zlib.crc32(block, crc32)
    with (tmp_path / "groot").open("wb") as file:
        file.writelines([block] * (size >> 20))
    tags = bag.tag_files([bag.Payload("data/groot", size, digest.hexdigest())], base="b", info={}, readme="", seal=own)
    entries = [
        zipstream.Entry(name, len(data), zlib.crc32(data), partial(BytesIO, data)) for name, data in tags.items()
    ]
    entries.append(zipstream.Entry("b/data/groot", size, crc32, partial((tmp_path / "groot").open, "rb")))
    with (tmp_path / "groot.zip").open("wb") as file:
        file.writelines(zipstream.Archive(entries, AT).stream())
    tracemalloc.start()
    result = verification.verify(tmp_path / "groot.zip", seal.Trust([own.root]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.outcome == Outcome.WHOLE_TRUSTED
    assert peak < 24 << 20
