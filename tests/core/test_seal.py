import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature

from depot.core import authority, clock, seal, timestamps
from depot.core.certificates import YEAR

DATA = b"0123  bagit.txt\n"
NOW = datetime(2026, 11, 21, 9, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority") / "seal"
    with clock.moved_to(NOW):
        authority.init(folder, organisation="Depot Voorbeeld")
    return folder


@pytest.fixture(scope="module")
def own(folder: Path) -> seal.Seal:
    return seal.load(folder)


@pytest.fixture(scope="module")
def pair(own: seal.Seal) -> tuple[bytes, bytes]:
    return sealed(own)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> seal.Seal:
    folder = tmp_path_factory.mktemp("other") / "seal"
    authority.init(folder, organisation="Een ander")
    return seal.load(folder)


def roots(*seals: seal.Seal) -> seal.Trust:
    return seal.Trust([item.root for item in seals])


def sealed(own: seal.Seal, at: datetime = NOW) -> tuple[bytes, bytes]:
    with clock.moved_to(at):
        signature = own.sign(DATA)
        return signature, own.timestamp(signature)


def test_a_seal_does_not_show_its_key(own: seal.Seal) -> None:
    assert own.name == "TEST Depot Seal, Depot Voorbeeld"
    assert len(own.fingerprint) == 64
    assert "PRIVATE" not in repr(own)


def test_a_seal_proves_time_signer_and_root(own: seal.Seal) -> None:
    verdict = seal.verify(DATA, *sealed(own), roots(own))
    assert verdict == seal.SealVerdict(
        is_intact=True,
        is_trusted=True,
        time=NOW.replace(microsecond=0),
        signer="TEST Depot Seal, Depot Voorbeeld",
        root_fingerprint=own.fingerprint,
    )


def test_other_data_are_not_what_was_sealed(own: seal.Seal) -> None:
    verdict = seal.verify(DATA + b"x", *sealed(own), roots(own))
    assert (verdict.is_intact, verdict.reasons) == (False, ("seal_mismatch",))


def test_a_timestamp_over_another_seal_is_found(own: seal.Seal) -> None:
    verdict = seal.verify(DATA, own.sign(DATA), own.timestamp(own.sign(DATA)), roots(own))
    assert (verdict.is_intact, verdict.reasons) == (False, ("timestamp_mismatch",))


def test_a_seal_of_another_authority_is_intact_but_not_trusted(own: seal.Seal, other: seal.Seal) -> None:
    verdict = seal.verify(DATA, *sealed(other), roots(own))
    assert (verdict.is_intact, verdict.is_trusted) == (True, False)
    assert verdict.reasons == ("timestamp_chain", "seal_chain")
    assert verdict.root_fingerprint == other.fingerprint
    assert seal.verify(DATA, *sealed(other), roots(own, other)).is_trusted


def test_a_timestamp_of_another_authority_proves_no_time(own: seal.Seal, other: seal.Seal) -> None:
    signature = own.sign(DATA)
    verdict = seal.verify(DATA, signature, other.timestamp(signature), roots(own))
    assert (verdict.is_intact, verdict.is_trusted, verdict.reasons) == (True, False, ("timestamp_chain",))


def test_a_seal_outlives_its_certificate_but_a_late_seal_is_not_trusted(own: seal.Seal) -> None:
    signature, response = sealed(own)
    after = NOW + 4 * YEAR
    with clock.moved_to(after):
        assert seal.verify(DATA, signature, response, roots(own)).is_trusted
        late = seal.verify(DATA, *sealed(own, after), roots(own))
    assert (late.is_intact, late.is_trusted, late.reasons) == (True, False, ("seal_ended",))


def test_a_time_that_is_still_to_come_is_not_trusted(own: seal.Seal) -> None:
    early, soon = (sealed(own, NOW + timedelta(minutes=minutes)) for minutes in (6, 4))
    with clock.moved_to(NOW):
        verdict = seal.verify(DATA, *early, roots(own))
        assert seal.verify(DATA, *soon, roots(own)).is_trusted
    assert (verdict.is_intact, verdict.is_trusted, verdict.reasons) == (True, False, ("timestamp_ahead",))


def test_the_seal_key_cannot_stand_in_for_the_timestamp_key(folder: Path, own: seal.Seal, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True, symlinks=True)
    (tmp_path / "current" / "tsa.pem").write_bytes((folder / "current" / "seal.pem").read_bytes())
    assert not seal.verify(DATA, *sealed(seal.load(tmp_path)), roots(own)).is_intact


@settings(deadline=None)
@given(st.data())
def test_no_changed_byte_raises_or_makes_another_seal_valid(
    own: seal.Seal, pair: tuple[bytes, bytes], data: st.DataObject
) -> None:
    signature, response = pair
    which = data.draw(st.sampled_from(["signature", "response"]))
    changed = bytearray(signature if which == "signature" else response)
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    if which == "signature":
        assert not seal.verify(DATA, bytes(changed), response, roots(own)).is_intact
    else:
        verdict = seal.verify(DATA, signature, bytes(changed), roots(own))
        assert not verdict.is_trusted or verdict.time == NOW.replace(microsecond=0)


@settings(deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_bytes_that_are_no_seal_are_unreadable(own: seal.Seal, signature: bytes, response: bytes) -> None:
    assert not seal.verify(DATA, signature, response, roots(own)).is_intact


def test_openssl_agrees(folder: Path, own: seal.Seal, tmp_path: Path) -> None:
    signature, response = sealed(own)
    for name, content in (("data", DATA), ("s.p7s", signature), ("s.p7s.tsr", response), ("other", DATA + b"x")):
        (tmp_path / name).write_bytes(content)
    root, at = str(folder / "current" / "root.pem"), str(int(NOW.timestamp()))

    def ts(data: str, *more: str) -> int:
        command = ["openssl", "ts", "-verify", "-data", data, "-in", "s.p7s.tsr", "-CAfile", root, *more]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode

    def cms(data: str, moment: str) -> int:
        command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "s.p7s", "-content", data]
        command += ["-CAfile", root, "-purpose", "any", "-attime", moment, "-out", "/dev/null"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode

    assert ts("s.p7s") == 0
    assert ts("s.p7s", "-attime", at) == 0
    assert ts("other") != 0
    assert cms("data", at) == 0
    assert cms("other", at) != 0
    assert cms("data", str(int((NOW + timedelta(days=8 * 365)).timestamp()))) != 0  # the seal's certificate ended


def test_a_sealed_pdf_keeps_its_bytes_and_proves_the_whole_file(own: seal.Seal) -> None:
    plain = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(plain)
    with clock.moved_to(NOW):
        sealed_pdf = own.seal_pdf(plain.getvalue(), reason="Verzegeld door het depot", field="Zegel")
    assert sealed_pdf.startswith(plain.getvalue())
    (signature,) = PdfFileReader(BytesIO(sealed_pdf)).embedded_signatures
    trusted = timestamps.context([own.root], NOW)
    status = validate_pdf_signature(signature, trusted)
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.timestamp_validity.timestamp == NOW.replace(microsecond=0)
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.sig_object["/M"] == "D:20261121093015Z"
    assert signature.field_name == "Zegel"
