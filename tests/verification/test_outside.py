"""`depot check`: the checks on files outside the depot."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from depot import cli
from depot.core.antivirus import Scanner
from tests.services import EICAR
from tests.verification import pdfs, signed
from tests.verification.signed import maker

FINE, WRONG, NO_DOCUMENT, USAGE = 0, 1, 2, 64
SCRIPT = pdfs.Dictionary(S=pdfs.Name.JavaScript, JS=pdfs.String("0"))

Check = Callable[..., tuple[int, list[dict], str]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Check:
    """`depot check --json` in an environment without settings, but a folder with one trusted root."""
    folder = tmp_path / "lijsten/proef"
    folder.mkdir(parents=True)
    (folder / "root.pem").write_bytes(maker().root.public_bytes(signed.serialization.Encoding.PEM))
    monkeypatch.setenv("DEPOT_TRUST_FOLDER", str(folder.parent))
    monkeypatch.setenv("DEPOT_CLAMD", "off")

    def run(*arguments: str | Path) -> tuple[int, list[dict], str]:
        monkeypatch.setattr(sys, "argv", ["depot", "check", *map(str, arguments), "--json"])
        try:
            cli.main()
        except SystemExit as ended:
            said = capfd.readouterr()
            return int(ended.code or 0), [json.loads(line) for line in said.out.splitlines()], said.err
        raise AssertionError("it ends with a status")

    return run


def put(tmp_path: Path, data: bytes, name: str = "bestand.pdf") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def reasons(line: dict) -> dict[str, str]:
    return {item["code"]: item["reason"] for item in line["checks"]}


def test_a_line_has_the_agreed_shape_and_a_good_file_ends_well(check: Check, tmp_path: Path) -> None:
    path = put(tmp_path, pdfs.text_pdf())
    status, [line], _errors = check(path)
    assert status == FINE
    assert list(line) == ["file", "outcome", "checks", "signature", "seconds", "peak_mib"]
    assert line["file"] == str(path)
    assert line["signature"] == {"present": False, "verdict": "none"}
    assert all(set(item) == {"code", "outcome", "reason"} for item in line["checks"])
    assert 0 < line["seconds"] < 20
    assert 10 < line["peak_mib"] < 512


def test_who_sealed_a_file_is_weighed_against_the_folder(check: Check, tmp_path: Path) -> None:
    sealed = signed.signed(pdfs.text_pdf(), maker())
    status, lines, _errors = check(
        put(tmp_path, sealed, "een.pdf"),
        put(tmp_path, signed.signed(pdfs.text_pdf(), maker("Ander")), "twee.pdf"),
        put(tmp_path, signed.rewritten(sealed), "drie.pdf"),
    )
    assert [line["signature"]["verdict"] for line in lines] == ["trusted", "untrusted", "modified"]
    assert status == WRONG


def test_as_a_kind_it_is_asked_for_the_seal_of_the_issuer(check: Check, tmp_path: Path) -> None:
    sealed = put(tmp_path, signed.signed(pdfs.text_pdf(), maker()), "een.pdf")
    status, [one, two], _errors = check(sealed, put(tmp_path, pdfs.text_pdf()), "--kind", "kvk_extract")
    assert (reasons(one)["sealed_by"], reasons(two)["sealed_by"]) == ("issuer", "not_sealed")
    assert status == FINE
    assert check(sealed, "--kind", "niets")[0] == USAGE


def test_what_would_be_returned_is_wrong(check: Check, tmp_path: Path) -> None:
    status, [line], _errors = check(put(tmp_path, pdfs.with_action(SCRIPT)))
    assert (status, line["outcome"], reasons(line)["active_content"]) == (WRONG, "error", "scripts")


def test_what_is_no_document_is_told_apart(check: Check, tmp_path: Path) -> None:
    fine = put(tmp_path, pdfs.text_pdf())
    for path in (
        tmp_path,
        tmp_path / "niets.pdf",
        put(tmp_path, b"tekst", "tekst.pdf"),
        put(tmp_path, b"", "leeg.pdf"),
    ):
        status, lines, _errors = check(fine, path)
        assert status == NO_DOCUMENT
        assert lines[1]["outcome"] == "error"


def test_a_virus_is_found_and_a_scanner_that_is_away_is_told(
    check: Check, tmp_path: Path, clamd: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    infected = put(tmp_path, pdfs.with_attachment(EICAR))
    monkeypatch.setenv("DEPOT_CLAMD", f"unix:{tmp_path / 'niets'}")
    status, [line], _errors = check(infected)
    assert (status, reasons(line)["virus"]) == (FINE, "scanner_unreachable")
    assert reasons(line)["pages"] == "counted"
    monkeypatch.setenv("DEPOT_CLAMD", f"unix:{clamd.address}")
    status, [line], _errors = check(infected)
    assert (status, reasons(line)["virus"]) == (WRONG, "found")


def test_a_certificate_that_cannot_be_read_stops_it_and_names_the_setting(check: Check, tmp_path: Path) -> None:
    (tmp_path / "lijsten/proef/stuk.pem").write_text("-----BEGIN")
    status, lines, errors = check(put(tmp_path, pdfs.text_pdf()))
    assert (status, lines) == (USAGE, [])
    assert "DEPOT_TRUST_FOLDER" in errors
