import tempfile
from datetime import timedelta

import pytest

from depot.core import clock
from depot.verification import anchors
from depot.verification.examination import Examined, examine
from depot.verification.rules import Outcome, Subject
from depot.verification.seals import Verdict
from depot.verification.texts import sentence
from tests.verification import pdfs, signed
from tests.verification.signed import SEALED_AT, maker

CHAMBER = maker()
PLAIN = pdfs.text_pdf()
SEALED = signed.signed(PLAIN, CHAMBER)
LATER = SEALED_AT + timedelta(days=2)


def examined(data: bytes, trusted=CHAMBER.anchors, at=LATER) -> Examined:
    with tempfile.TemporaryFile() as file, clock.moved_to(at):
        file.write(data)
        file.seek(0)
        return examine(file, None, Subject("12345678"), anchors=trusted)


def judged(data: bytes, **how) -> tuple[str, Verdict]:
    found = examined(data, **how)
    said = next(item for item in found.findings if item.check == "signature")
    assert str(sentence(said))
    assert found.signatures.reason == said.reason
    return said.reason, found.signatures.verdict


def test_a_seal_tells_who_made_it_when_and_who_vouches_for_it():
    found = examined(SEALED)
    assert found.signatures.verdict is Verdict.TRUSTED
    seal = found.signatures.seal
    assert (seal.signer, seal.organisation, seal.trusted_by) == ("Depot Seal", "Kamer van Koophandel", "proef")
    assert (seal.at, seal.proven_at, seal.state) == (SEALED_AT, SEALED_AT, "whole")
    said = next(item for item in found.findings if item.check == "signature")
    assert said.outcome is Outcome.OK
    assert "Kamer van Koophandel" in str(sentence(said))


def test_a_file_without_signature_has_none():
    assert judged(PLAIN) == ("none", Verdict.NONE)


def test_without_a_timestamp_the_time_is_only_claimed():
    seal = examined(signed.signed(PLAIN, CHAMBER, is_timestamped=False)).signatures.seal
    assert (seal.claimed_at, seal.proven_at, seal.chain) == (SEALED_AT, None, "trusted")


def test_the_file_says_whether_the_certificate_was_withdrawn():
    assert judged(SEALED) == ("trusted_at_signing", Verdict.TRUSTED)
    assert judged(signed.with_lists(SEALED, CHAMBER.crl())) == ("trusted", Verdict.TRUSTED)
    withdrawn = signed.with_lists(SEALED, CHAMBER.crl(CHAMBER.certificate.serial_number))
    assert judged(withdrawn) == ("revoked", Verdict.UNTRUSTED)


def test_a_certificate_of_another_authority_is_not_trusted():
    assert judged(signed.signed(PLAIN, maker("Kamer van Nergens"))) == ("unknown", Verdict.UNTRUSTED)
    assert judged(SEALED, trusted={}) == ("unknown", Verdict.UNTRUSTED)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"\n" + b"x" * 20,
        lambda data: data + b"\n" + b"x" * 20 + b"\n%%EOF",
        lambda data: data.replace(b"/MediaBox", b"/MediaBux", 1),
        signed.rewritten,
        signed.with_title,
    ],
    ids=["junk", "junk with an end", "bytes", "another text", "another catalogue"],
)
def test_a_file_that_was_changed_since_is_never_trusted(change):
    assert judged(change(SEALED))[1] in (Verdict.MODIFIED, Verdict.UNDETERMINED)


def test_a_signature_that_was_taken_out_of_sight_is_told():
    assert judged(signed.without_fields(SEALED)) == ("unread", Verdict.UNDETERMINED)


def test_a_second_signature_leaves_the_first_one_whole_but_must_be_trusted_too():
    both = {"een": CHAMBER.anchors["proef"], "twee": maker("Bureau").anchors["proef"]}
    twice = signed.signed(SEALED, maker("Bureau"), name="Bureau")
    assert judged(twice, trusted=both)[1] is Verdict.TRUSTED
    assert [each.trusted_by for each in examined(twice, trusted=both).signatures.found] == ["een", "twee"]
    assert judged(twice) == ("unknown", Verdict.UNTRUSTED)
    assert judged(signed.rewritten(twice), trusted=both)[1] is Verdict.MODIFIED


def test_a_timestamp_lets_a_seal_outlive_its_certificate():
    years = SEALED_AT + timedelta(days=5 * 365)
    assert judged(SEALED, at=years)[1] is Verdict.TRUSTED
    claimed = signed.signed(PLAIN, CHAMBER, is_timestamped=False)
    assert judged(claimed)[1] is Verdict.TRUSTED
    assert judged(claimed, at=years) == ("expired", Verdict.UNDETERMINED)


def test_a_timestamp_of_an_unknown_authority_proves_nothing():
    own = maker("Kamer van Koophandel", SEALED_AT - timedelta(days=4 * 365))  # its certificate had ended when it sealed
    backdated = signed.signed(PLAIN, own, at=SEALED_AT)
    assert judged(backdated, trusted=own.anchors)[1] is not Verdict.TRUSTED


def test_what_was_hidden_before_sealing_no_seal_can_show_and_the_sentence_says_so():
    found = examined(signed.signed(signed.rewritten(PLAIN), CHAMBER))
    said = next(item for item in found.findings if item.check == "signature")
    assert found.signatures.verdict is Verdict.TRUSTED
    assert "vóór het zegel" in str(sentence(said))


def test_anchors_are_read_from_a_folder_with_a_folder_for_each_list(tmp_path):
    (tmp_path / "proef").mkdir()
    pem = CHAMBER.root.public_bytes(signed.serialization.Encoding.PEM)
    (tmp_path / "proef/root.pem").write_bytes(pem)
    assert anchors.read(tmp_path) == CHAMBER.anchors
    assert anchors.read(None) == {}
    (tmp_path / "proef/root.der").write_bytes(b"geen certificaat")
    with pytest.raises(ValueError, match=r"root\.der"):
        anchors.read(tmp_path)
