from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.catalogue import service as catalogue
from depot.companies.names import normalised
from depot.verification import likeness
from depot.verification.proof import NEEDED, Claimed, is_proven, judge_proof
from depot.verification.rules import CHECK_VERSIONS, Outcome, finding
from depot.verification.seals import Signature, Signatures
from depot.verification.texts import sentence

KINDS = catalogue.load(catalogue.FOLDER).kinds
EXTRACT = KINDS["kvk_extract"]
FACTS = {
    "kvkNumber": "68750110",
    "statutoryName": "Test B.V. Dónald",
    "legalForm": "bv",
    "rsin": "857587973",
    "seat": "Apeldoorn",
    "startDate": "2017-05-03",
    "issueDate": "2026-11-20",
}
TEXT = """Uittreksel Handelsregister. KvK-nummer 68750110, RSIN 857587973. Naam: Test BV Donald, een besloten
vennootschap te Apeldoorn, gestart 3 mei 2017. Gewaarmerkt op 20-11-2026."""
DAY = date(2026, 11, 20)
SEAL = Signature(
    is_timestamp=False, signer="Zegel", organisation="Kamer van Koophandel", claimed_at=None, proven_at=None,
    state="whole", trusted_by="proef", chain="trusted", is_revocation_known=True, problem="",
)  # fmt: skip


def reasons(text=TEXT, seal=SEAL, sealed_on=DAY, kind=EXTRACT, names=("Test BV Donald",), **facts) -> dict[str, str]:
    signatures = Signatures((seal,)) if seal else Signatures()
    claimed = Claimed(kind, {**FACTS, **facts} if kind is EXTRACT else facts, names)
    found = judge_proof(claimed, text, signatures, sealed_on)
    for item in found:
        assert "%(" not in str(sentence(item))
    return {item.check: item.reason for item in found}


PROVEN = {"holder_name": "found", "facts_in_text": "all", "sealed_by": "issuer", "issue_day": "same"}


def test_an_extract_that_bears_out_everything_is_proven():
    assert reasons() == PROVEN


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"seal": None}, {"sealed_by": "not_sealed"}),
        ({"seal": replace(SEAL, organisation="Test BV Donald")}, {"sealed_by": "other"}),
        ({"seal": replace(SEAL, chain="unknown", trusted_by="")}, {"sealed_by": "unproven"}),
        ({"seal": replace(SEAL, state="changed")}, {"sealed_by": "unproven"}),
        ({"sealed_on": date(2026, 11, 21)}, {"issue_day": "other"}),
        ({"names": ["Test BV Katrien", "Don"]}, {"holder_name": "not_found"}),
        ({"statutoryName": "Test BV Katrien"}, {"facts_in_text": "some"}),
        ({"issueDate": "2026-11-02"}, {"facts_in_text": "some", "issue_day": "other"}),
        ({"legalForm": "nv"}, {"facts_in_text": "some"}),
        ({"rsin": "823807071"}, {"facts_in_text": "some"}),
    ],
)
def test_each_thing_that_is_not_borne_out_is_told(changes, expected):
    found = reasons(**changes)
    assert expected.items() <= found.items()
    changed = {check for check, reason in PROVEN.items() if found.get(check) != reason}
    assert changed == set(expected) | ({"issue_day"} if "sealed_by" in expected else set())


def test_a_scan_without_text_is_weighed_by_its_seal_alone():
    assert reasons(text=" ") == {"sealed_by": "issuer", "issue_day": "same"}


def test_a_number_that_can_be_a_citizens_is_told_and_the_rsin_is_none():
    kind = KINDS["tax_compliance_statement"]
    legal = reasons(text="Test BV Donald, RSIN 8575.87.973", kind=kind, rsin="857587973")
    assert legal["citizen_number"] == "none"
    assert reasons(text="Dagobert, 111222333", kind=kind)["citizen_number"] == "found"


def test_only_when_every_check_is_in_order_a_rule_decides():
    good = dict.fromkeys(NEEDED, "none") | PROVEN
    good |= {"virus": "clean", "type": "as_named", "opens": "whole", "signature": "trusted"}
    good |= {"kvk_number": "found", "facts": "in_order"}
    found = [finding(check, reason, number="", labels="", names="") for check, reason in good.items()]
    assert is_proven(EXTRACT, found)
    assert not is_proven(KINDS["quality_mark"], found)
    assert not is_proven(replace(EXTRACT, review=replace(EXTRACT.review, needs_second_reviewer=True)), found)
    for place in range(len(found)):
        assert not is_proven(EXTRACT, found[:place] + found[place + 1 :])
    for check in CHECK_VERSIONS:
        worse = replace(found[0], check=check, outcome=Outcome.UNDETERMINED)
        assert not is_proven(EXTRACT, [*found, worse])


@pytest.mark.parametrize(
    ("one", "other"),
    [("Jansen B.V.", "JANSEN BV"), ("Coöperatie Zuid U.A.", "cooperatie zuid ua"), ("A  en\nB", "a en b")],
)
def test_names_are_compared_as_people_read_them(one, other):
    assert normalised(one) == normalised(other)


@given(st.text())
def test_normalising_twice_changes_nothing_more(text):
    assert normalised(normalised(text)) == normalised(text)


WORDS = st.lists(st.integers(0, 9999).map("woord{}".format), min_size=100, max_size=150, unique=True)


def shared(one: str, other: str) -> int:
    return len(likeness.fingerprint(one).items() & likeness.fingerprint(other).items())


@given(WORDS)
def test_a_text_is_like_itself_in_other_capitals_and_spaces(words):
    text = " ".join(words)
    assert shared(text, "  ".join(words).upper()) == len(likeness.fingerprint(text)) >= likeness.NEAR


def test_one_name_changed_leaves_a_text_near_and_another_text_is_not():
    words = [f"woord{number * 7919 % 1000}" for number in range(1500)]
    assert shared(" ".join(words), " ".join([*words[:700], "Katrien", *words[701:]])) >= likeness.NEAR
    assert shared(" ".join(words), " ".join(f"ander{number * 31 % 977}" for number in range(1500))) == 0
    assert likeness.fingerprint("te kort") == {}
