import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.core import sandbox
from depot.core.antivirus import Scan, State
from depot.core.i18n import speaking
from depot.verification import rules
from depot.verification.rules import (
    CHECK_VERSIONS,
    REASONS,
    REFUSED,
    Outcome,
    Scanned,
    Subject,
    finding,
    judge,
    refusal,
)
from depot.verification.seals import Signatures
from depot.verification.texts import SENTENCES, sentence

CLEAN = Scanned(Scan(State.CLEAN))
OPENED = {"state": "opened", "is_encrypted": False, "is_damaged": False, "warnings": []}
WHOLE = {
    "size": 1000,
    "media_type": rules.PDF,
    "has_end": True,
    "errors": {},
    "opening": OPENED,
    "pages": 2,
    "active_content": {},
    "embedded": {"files": [], "unread": 0},
    "text": {"text": "KvK-nummer: 12345678", "is_whole": True},
    "signatures": Signatures(),
}
SUBJECT = Subject("12345678")
OF_OTHERS = ("facts", "same_thing", "location", *rules.PROOF_CHECKS, *rules.REGISTER_CHECKS)


def reasons(scans=(CLEAN,), subject=SUBJECT, media_type=rules.PDF, **changes) -> dict[str, str]:
    result = sandbox.Result(sandbox.Outcome.OK, {**WHOLE, **changes})
    return {item.check: item.reason for item in judge(result, scans, subject, media_type)}


def refused(**changes) -> tuple[str, str] | None:
    found = refusal(judge(sandbox.Result(sandbox.Outcome.OK, {**WHOLE, **changes}), [CLEAN], SUBJECT, rules.PDF))
    return (found.check, found.reason) if found else None


def test_a_whole_clean_file_gives_good_findings():
    found = judge(sandbox.Result(sandbox.Outcome.OK, WHOLE), [CLEAN], SUBJECT, rules.PDF)
    assert [item.check for item in found] == [name for name in CHECK_VERSIONS if name not in OF_OTHERS]
    assert {item.outcome for item in found} == {Outcome.OK}
    assert refusal(found) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"size": 0, "media_type": "application/x-empty"}, ("type", "empty")),
        ({"media_type": "text/plain"}, ("type", "other_type")),
        ({"opening": {**OPENED, "state": "locked", "is_encrypted": True}}, ("encryption", "password_needed")),
        ({"opening": {**OPENED, "state": "closed"}}, ("opens", "damaged")),
        ({"opening": None, "errors": {"opening": "PdfError"}}, ("opens", "damaged")),
        ({"opening": {**OPENED, "state": "closed"}, "has_end": False}, ("opens", "truncated")),
        ({"opening": {**OPENED, "is_damaged": True}, "has_end": False}, ("opens", "truncated")),
        ({"pages": 0}, ("pages", "none")),
        ({"active_content": {"AA": 1, "JavaScript": 1}}, ("active_content", "scripts")),
        ({"active_content": {"Launch": 1}}, ("active_content", "scripts")),
        ({"opening": {**OPENED, "is_damaged": True}}, None),
        ({"opening": {**OPENED, "is_encrypted": True}}, None),
        ({"has_end": False}, None),
        ({"active_content": {"SubmitForm": 1}}, None),
        ({"embedded": {"files": [], "unread": 1}}, None),
        ({"text": {"text": "", "is_whole": True}}, None),
    ],
)
def test_what_is_refused_by_rule_and_what_a_reviewer_sees(changes, expected):
    assert refused(**changes) == expected


def test_what_stays_unsaid_when_a_file_is_of_another_type_or_does_not_open():
    assert set(reasons(media_type="image/png")) == {"virus", "type"}
    assert set(reasons(opening={**OPENED, "state": "closed"})) == {"virus", "type", "opens"}
    locked = reasons(opening={**OPENED, "state": "locked", "is_encrypted": True}, embedded=None)
    assert locked["opens"] == "locked"
    assert locked["virus"] == "embedded_not_scanned"


def scanned(picture) -> list[tuple[str, str]]:
    told = {"size": 9, "media_type": "image/png", "has_end": False, "errors": {}, "picture": picture}
    found = judge(sandbox.Result(sandbox.Outcome.OK, told), [CLEAN], SUBJECT, "image/png")
    assert all(str(sentence(item)) for item in found)
    return [(item.check, item.reason) for item in found]


def test_a_scan_is_judged_by_what_can_be_seen_in_a_picture():
    whole = {"state": "whole", "width": 10, "height": 10, "has_location": True}
    known = [("virus", "clean"), ("type", "as_named")]
    assert scanned(whole) == [*known, ("opens", "whole"), ("location", "present"), ("kvk_number", "no_text")]
    assert scanned({**whole, "state": "too_large"}) == [*known, ("opens", "too_many_pixels")]
    assert scanned({**whole, "state": "truncated"}) == [*known, ("opens", "truncated")]
    assert scanned(None) == [*known, ("opens", "damaged")]


@pytest.mark.parametrize(
    ("outcome", "reason", "is_refused"),
    [
        (sandbox.Outcome.CRASHED, "unsafe", True),
        (sandbox.Outcome.OUT_OF_MEMORY, "unsafe", True),
        (sandbox.Outcome.TOO_MUCH_OUTPUT, "unsafe", True),
        (sandbox.Outcome.TIMED_OUT, "timed_out", False),
    ],
)
def test_a_file_that_breaks_its_reader_is_refused_and_a_slow_one_is_not(outcome, reason, is_refused):
    found = judge(sandbox.Result(outcome), [CLEAN], SUBJECT, rules.PDF)
    assert [(item.check, item.reason) for item in found] == [
        ("virus", "embedded_not_scanned"),
        ("opens", reason),
    ]
    assert (refusal(found) is not None) == is_refused


@pytest.mark.parametrize(
    ("scans", "reason"),
    [
        (None, "not_scanned"),
        ([CLEAN], "clean"),
        ([CLEAN, Scanned(Scan(State.INFECTED, signature="X"), "a.txt")], "found"),
        ([Scanned(Scan(State.UNDETERMINED, reason="scanner_unreachable"))], "scanner_unreachable"),
        ([CLEAN, Scanned(Scan(State.UNDETERMINED, reason="scanner_refused_size"))], "scanner_refused_size"),
        (
            [Scanned(Scan(State.UNDETERMINED, reason="scanner_failed")), Scanned(Scan(State.INFECTED, "X"))],
            "found",
        ),
    ],
)
def test_a_file_is_clean_only_when_all_of_it_is(scans, reason):
    assert reasons(scans=scans)["virus"] == reason


def test_a_virus_weighs_more_than_anything_else():
    found = [finding(check, reason) for check, reason in reversed(REFUSED)]
    assert refusal(found) == finding("virus", "found")


def test_a_file_inside_that_was_not_read_is_not_clean():
    assert reasons(embedded={"files": [], "unread": 1})["virus"] == "embedded_not_scanned"
    assert reasons(embedded=None)["virus"] == "embedded_not_scanned"


def test_the_number_is_looked_for_in_what_was_read():
    assert reasons(text={"text": "geen nummer", "is_whole": True})["kvk_number"] == "not_found"
    assert reasons(text={"text": " \n", "is_whole": True})["kvk_number"] == "no_text"
    assert reasons(text={"text": "geen nummer", "is_whole": False})["kvk_number"] == "text_too_long"
    assert reasons(text=None)["kvk_number"] == "unreadable"
    assert reasons(subject=Subject(""))["kvk_number"] == "not_known"


@pytest.mark.parametrize(
    ("text", "is_held"),
    [
        ("KvK 12345678.", True),
        ("KvK 12 34 56 78", True),
        ("KvK\u00a01234.5678", True),
        ("KvK 1234\n5678", True),
        ("012345678", False),
        ("123456789", False),
        ("12345679", False),
        ("1234  5678", False),
    ],
)
def test_a_number_is_held_as_such_and_not_inside_another(text, is_held):
    assert rules.holds_number(text, "12345678") is is_held


@given(st.text(), st.text(), st.from_regex(r"[0-9]{8}", fullmatch=True))
def test_a_number_between_other_words_is_always_found(before, after, number):
    assert rules.holds_number(f"{before} x {number} x {after}", number)


def test_every_reason_has_a_sentence_and_every_refusal_is_an_error():
    assert set(SENTENCES) == {(check, reason) for check, reasons in REASONS.items() for reason in reasons}
    assert set(REASONS) == set(CHECK_VERSIONS)
    assert {REASONS[check][reason] for check, reason in REFUSED} == {Outcome.ERROR}


@given(
    st.sampled_from(["opened", "locked", "closed", None]),
    *(st.booleans() for _ in range(4)),
    st.sampled_from([None, 0, 3]),
    st.sampled_from([None, {}, {"JavaScript": 1}, {"Sound": 2}]),
    st.sampled_from([None, {"files": [{"name": "100%", "size": 1, "data": b"x"}], "unread": 1}]),
)
def test_every_finding_can_be_said(state, is_encrypted, is_damaged, has_end, is_whole, pages, active, embedded):
    opening = state and {"state": state, "is_encrypted": is_encrypted, "is_damaged": is_damaged, "warnings": ["%"]}
    told = {**WHOLE, "opening": opening, "has_end": has_end, "pages": pages, "active_content": active}
    told |= {"embedded": embedded, "text": {"text": "%s", "is_whole": is_whole}}
    for item in judge(sandbox.Result(sandbox.Outcome.OK, told), [CLEAN], SUBJECT, rules.PDF):
        with speaking("nl"):
            assert "%(" not in str(sentence(item))
