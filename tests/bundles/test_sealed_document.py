"""A sealed PDF without its bag: what it proves by itself."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from depot.bundles.sealed_document import verify_file
from depot.bundles.verification import Outcome
from depot.core import authority, seal


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> seal.Seal:
    folder = tmp_path_factory.mktemp("own") / "seal"
    authority.init(folder, organisation="Depot Voorbeeld")
    return seal.load(folder)


def plain() -> bytes:
    made = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(made)
    return made.getvalue()


@pytest.fixture(scope="module")
def report(own: seal.Seal) -> bytes:
    return own.seal_pdf(plain(), reason="Bundel B2026-AAAAAA", field="Depot")


def written(folder: Path, data: bytes) -> Path:
    path = folder / "rapport.pdf"
    path.write_bytes(data)
    return path


def test_a_sealed_report_is_whole_and_trusted_by_who_has_the_root(
    report: bytes, own: seal.Seal, tmp_path: Path
) -> None:
    found = verify_file(written(tmp_path, report), seal.Trust([own.root]))
    assert (found.outcome, found.exit_code, found.findings) == (Outcome.WHOLE_TRUSTED, 0, ())
    assert found.signer == "TEST Depot Seal, Depot Voorbeeld"
    assert found.sealed_at is not None
    assert str(found.summary).startswith("Het document is heel")


def test_without_the_root_it_is_whole_and_not_trusted(report: bytes, tmp_path: Path) -> None:
    found = verify_file(written(tmp_path, report), seal.Trust())
    assert (found.exit_code, [item.code for item in found.findings]) == (3, ["seal_chain"])


@pytest.mark.parametrize("at", [100, 200])
def test_a_changed_byte_is_found(report: bytes, own: seal.Seal, tmp_path: Path, at: int) -> None:
    changed = bytearray(report)
    changed[at] ^= 1
    found = verify_file(written(tmp_path, bytes(changed)), seal.Trust([own.root]))
    assert (found.exit_code, bool(found.findings)) == (1, True)


def test_what_was_added_behind_the_seal_is_found(report: bytes, own: seal.Seal, tmp_path: Path) -> None:
    found = verify_file(written(tmp_path, report + b"\n% more"), seal.Trust([own.root]))
    assert (found.exit_code, [item.code for item in found.findings]) == (1, ["changed"])


@pytest.mark.parametrize("data", [plain(), b"%PDF-1.7\nnothing"])
def test_a_document_without_a_seal_says_nothing_by_itself(data: bytes, own: seal.Seal, tmp_path: Path) -> None:
    found = verify_file(written(tmp_path, data), seal.Trust([own.root]))
    assert found.exit_code == 2
    assert found.is_document


def test_the_program_tells_of_a_document_as_it_does_of_a_bundle(report: bytes, own: seal.Seal, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(own.root.public_bytes(Encoding.PEM))
    command = [Path(sys.executable).with_name("depot"), "verify", written(tmp_path, report), "--root", root, "--json"]
    done = subprocess.run(list(map(str, command)), capture_output=True, check=True)
    assert json.loads(done.stdout)["outcome"] == "whole_trusted"
