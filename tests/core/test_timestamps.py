"""Timestamps of another authority, over HTTP: what is not exactly what was asked is refused with its own sentence."""

import subprocess
import threading
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import tsp
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature

from depot.core import authority, clock, seal, timestamps
from depot.core.errors import Unavailable
from tests.services import free_port
from tests.tsa import Tsa, prepared, tsa

__all__ = ["tsa"]

DATA = b"what was sealed"


@pytest.fixture
def other(tsa: Tsa) -> timestamps.Authority:
    found = timestamps.other(tsa.url)
    assert found is not None
    return found


@pytest.fixture
def own(tmp_path: Path, other: timestamps.Authority) -> seal.Seal:
    authority.init(tmp_path / "seal", organisation="Depot Voorbeeld")
    return seal.load(tmp_path / "seal", other)


def refused(other: timestamps.Authority, text: object) -> None:
    with pytest.raises(Unavailable) as found:
        timestamps.stamp(other, DATA)
    assert found.value.text is text


def test_its_timestamp_proves_the_time_to_who_trusts_its_root(own: seal.Seal, tsa: Tsa) -> None:
    signature = own.sign(DATA)
    response = own.timestamp(signature)
    verdict = seal.verify(DATA, signature, response, own.trust)
    assert verdict.is_trusted
    assert verdict.time is not None
    assert abs(verdict.time - clock.now()) < timedelta(minutes=1)
    assert seal.verify(DATA, signature, response, seal.Trust([own.root])).reasons == ("timestamp_chain",)
    assert tsp.TimeStampReq.load(tsa.asked[0])["nonce"].native is not None


def test_a_root_of_timestamps_vouches_for_no_seal(own: seal.Seal) -> None:
    signature = own.sign(DATA)
    trust = seal.Trust((), [own.root, *own.trust.tsa_roots])
    assert seal.verify(DATA, signature, own.timestamp(signature), trust).reasons == ("seal_chain",)


def test_its_chain_goes_from_who_stamps_to_the_root(other: timestamps.Authority, tsa: Tsa) -> None:
    chain = other.chain()
    assert [each.subject.rfc4514_string() for each in chain.certificates] == [
        "CN=Tijd Stempel",
        "CN=Tijd Issuing CA",
        "CN=Tijd Root CA",
    ]
    assert chain.root == x509.load_pem_x509_certificate(tsa.root.read_bytes())
    other.chain()
    assert len(tsa.asked) == 1


def test_certificates_in_between_may_come_from_the_setting(tsa: Tsa) -> None:
    config = tsa.folder / "tsa.cnf"
    config.write_text(config.read_text().replace(f"certs = {tsa.folder}/between.pem\n", ""))
    found = timestamps.other(tsa.url)
    assert found is not None
    refused(found, timestamps.WRONG)
    tsa.root.write_bytes(tsa.root.read_bytes() + (tsa.folder / "between.pem").read_bytes())
    found = timestamps.other(tsa.url)
    assert found is not None
    assert len(found.chain().certificates) == 3


def test_openssl_agrees(own: seal.Seal, tsa: Tsa, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "data.tsr").write_bytes(own.timestamp(DATA))
    (tmp_path / "chain.pem").write_bytes(own.time.chain().pem)
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "data.tsr", "-CAfile", tsa.root]
    subprocess.run([*command, "-untrusted", "chain.pem"], cwd=tmp_path, check=True, capture_output=True)


def test_a_pdf_carries_its_timestamp(own: seal.Seal, tsa: Tsa) -> None:
    plain = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(plain)
    for asked in (2, 3):  # the first time it is asked how long an answer is
        sealed = own.seal_pdf(plain.getvalue(), reason="Verzegeld door het depot", field="Zegel")
        assert len(tsa.asked) == asked
    (signature,) = PdfFileReader(BytesIO(sealed)).embedded_signatures
    trusted = timestamps.context([own.root, *own.trust.tsa_roots], clock.now())
    status = validate_pdf_signature(signature, trusted, trusted)
    assert status.bottom_line
    assert status.timestamp_validity.trusted


def asking(**changes: object) -> Callable[[bytes], bytes]:
    """Make another question of one."""

    def bent(request: bytes) -> bytes:
        read = tsp.TimeStampReq.load(request)
        for name, value in changes.items():
            read[name] = value
        return bytes(read.dump(force=True))

    return bent


def imprint(algorithm: str, length: int) -> dict[str, object]:
    return {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": bytes(length)}


@pytest.mark.parametrize(
    "bent",
    [
        asking(nonce=7),
        asking(nonce=None),
        asking(message_imprint=imprint("sha256", 32)),
        asking(message_imprint=imprint("sha512", 64)),
    ],
    ids=["nonce", "no nonce", "imprint", "algorithm"],
)
def test_an_answer_to_another_question_is_refused(
    other: timestamps.Authority, tsa: Tsa, bent: Callable[[bytes], bytes]
) -> None:
    tsa.asks = bent
    refused(other, timestamps.WRONG)


@pytest.mark.parametrize(
    "bent",
    [
        lambda _answer: b"",
        lambda _answer: b"<html>Onderhoud</html>",
        lambda answer: answer[:-40],
        lambda answer: answer[:-20] + bytes([answer[-20] ^ 1]) + answer[-19:],
        lambda answer: answer + b"0",
        lambda _answer: bytes(timestamps.LIMIT + 1),
        lambda _answer: bytes.fromhex("30053003020102"),
        lambda _answer: bytes.fromhex("30053003020100"),
    ],
    ids=["nothing", "html", "short", "changed", "more", "endless", "rejected", "empty"],
)
def test_an_answer_that_is_none_is_refused(
    other: timestamps.Authority, tsa: Tsa, bent: Callable[[bytes], bytes]
) -> None:
    tsa.answers = bent
    refused(other, timestamps.WRONG)


def test_an_authority_that_leads_to_another_root_is_refused(tsa: Tsa, tmp_path: Path) -> None:
    stranger = prepared(tmp_path / "stranger", "Tijd")  # of the same names
    found = timestamps.other(f"{tsa.address}/tsa?ca={stranger.root}")
    assert found is not None
    refused(found, timestamps.WRONG)


@pytest.mark.parametrize("status", [302, 500])
def test_another_status_is_no_answer(other: timestamps.Authority, tsa: Tsa, status: int) -> None:
    tsa.status = status
    refused(other, timestamps.SILENT)


def test_silence_ends(other: timestamps.Authority, tsa: Tsa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timestamps, "SECONDS", 0.2)
    tsa.silence = threading.Event()
    refused(other, timestamps.SILENT)


def test_nobody_there_is_no_answer(tsa: Tsa) -> None:
    found = timestamps.other(f"http://127.0.0.1:{free_port()}?ca={tsa.root}")
    assert found is not None
    refused(found, timestamps.SILENT)


@pytest.mark.parametrize(("offset", "is_refused"), [("-6m", True), ("+6m", True), ("+4m", False)])
def test_a_clock_that_differs_more_than_five_minutes_is_refused(
    other: timestamps.Authority, tsa: Tsa, offset: str, is_refused: bool
) -> None:
    tsa.command = ("faketime", "-f", offset)
    if is_refused:
        refused(other, timestamps.SKEWED)
    else:
        timestamps.stamp(other, DATA)


def test_a_login_goes_in_a_header_and_stands_nowhere_else(tsa: Tsa) -> None:
    found = timestamps.other(tsa.url.replace("http://", "http://wij:ge%3Aheim@"))
    assert isinstance(found, timestamps.Other)
    assert found.url == f"{tsa.address}/tsa"
    timestamps.stamp(found, DATA)
    assert tsa.logins == ["Basic d2lqOmdlOmhlaW0="]


def test_a_file_without_a_root_is_no_setting(tsa: Tsa) -> None:
    with pytest.raises(ValueError, match="no root"):
        timestamps.other(f"{tsa.address}/tsa?ca={tsa.folder / 'between.pem'}")
    assert timestamps.other("") is None
