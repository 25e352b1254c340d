from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.bundles.code_rules import (
    ALPHABET,
    LENGTH,
    LOOK_ALIKES,
    RANDOM_LENGTH,
    Change,
    Standing,
    changes,
    complete,
    lines,
    read,
    shown,
    standings,
)
from depot.catalogue.rules import Status
from depot.catalogue.service import FOLDER, load
from depot.tenders.evidence import Decided, DocumentFacts, FactSet, Moment, VersionFacts

KINDS = load(FOLDER).kinds
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
MOMENT = Moment(date(2026, 11, 21), AT, AT)

codes = st.text(ALPHABET, min_size=RANDOM_LENGTH, max_size=RANDOM_LENGTH).map(complete)
places = st.integers(0, LENGTH - 1)


def test_the_alphabet_has_a_prime_number_of_characters_and_no_look_alikes() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert not {chr(character) for character in LOOK_ALIKES} & set(ALPHABET)


@given(codes)
def test_a_code_is_read_back_however_it_is_written(code: str) -> None:
    for typed in (
        code,
        shown(code),
        shown(code).lower(),
        f"  {' '.join(code)} ",
        f"{code[:4]}–{code[4:]}",
        f"{code[:4]}\N{NON-BREAKING HYPHEN}{code[4:]}",
        f"https://depot.example/verwijzing/{shown(code)}",
        f"https://depot.example/verwijzing/{shown(code)}/",
    ):
        assert read(typed) == code


@given(codes)
def test_a_character_that_is_not_used_stands_for_the_one_it_looks_like(code: str) -> None:
    for seen, meant in (("O", "0"), ("q", "0"), ("I", "1"), ("l", "1"), ("u", "V")):
        assert read(code.replace(meant, seen)) == code


@given(codes, places, st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(code: str, place: int, other: str) -> None:
    typed = code[:place] + other + code[place + 1 :]
    assert read(typed) == (code if typed == code else None)


@given(codes, places, places)
def test_two_characters_that_changed_places_are_noticed(code: str, one: int, other: int) -> None:
    swapped = list(code)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    assert read("".join(swapped)) == (code if "".join(swapped) == code else None)


@given(codes, places)
def test_a_character_too_few_or_too_many_is_noticed(code: str, place: int) -> None:
    assert read(code[:place] + code[place + 1 :]) is None
    assert read(code[:place] + code[place] + code[place:]) is None


@given(st.text(max_size=40))
def test_anything_else_is_read_as_nothing_or_as_a_whole_code(typed: str) -> None:
    found = read(typed)
    assert found is None or complete(found[:RANDOM_LENGTH]) == found


@given(st.text(max_size=400))
def test_a_list_is_read_whatever_is_in_it(text: str) -> None:
    for line in lines(text):
        assert line.text.isprintable()
        assert line.code is None or read(line.code) == line.code


def test_a_list_may_have_a_heading_other_columns_and_empty_lines() -> None:
    one, other = complete("1234567"), complete("ABCDEFG")
    found = lines(f'\ufeffBedrijf;Code\r\n\r\nTest BV;{shown(one)}\r\n"Test; NV";{other.lower()}\r\nniets;fout\r\n')
    assert [(line.number, line.code) for line in found] == [(3, one), (4, other), (5, None)]
    assert [line.code for line in lines(f"code\n{one}\ncode\n")] == [one, None]
    assert lines(" \n;;\n") == []


def version(number: int, submitted: datetime, facts: dict[str, str], outcome: str = "approved") -> VersionFacts:
    return VersionFacts(
        version_id=str(number),
        number=number,
        relation="first",
        submitted_at=submitted,
        decided=(Decided(outcome, submitted),),
        fact_sets=(FactSet("confirmed", facts, submitted),),
    )


def mark(until: str, outcome: str = "approved") -> DocumentFacts:
    facts = {"validFrom": "2026-01-01", "validUntil": until, "status": "definitief"}
    return DocumentFacts(until, "quality_mark", (version(1, datetime(2026, 2, 1, tzinfo=UTC), facts, outcome),))


@pytest.mark.parametrize(
    ("documents", "status", "count", "until"),
    [
        ([], Status.MISSING, 0, None),
        ([mark("2027-06-01", "returned")], Status.MISSING, 0, None),
        ([mark("2027-06-01")], Status.VALID, 1, date(2027, 6, 1)),
        ([mark("2026-11-21")], Status.EXPIRING, 1, date(2026, 11, 21)),
        ([mark("2026-11-20")], Status.EXPIRED, 1, date(2026, 11, 20)),
        ([mark("2026-11-20"), mark("2027-06-01"), mark("2027-05-01")], Status.VALID, 3, date(2027, 6, 1)),
    ],
)
def test_a_kind_stands_as_its_best_approved_document(
    documents: list[DocumentFacts], status: Status, count: int, until: date | None
) -> None:
    found = standings([KINDS["quality_mark"]], documents, MOMENT, expiring_days=30)["quality_mark"]
    assert (found.status, found.count, found.valid_until) == (status, count, until)


def test_only_what_stands_otherwise_is_a_change() -> None:
    missing, valid = Standing(Status.MISSING), Standing(Status.VALID, 1, date(2026, 1, 1), date(2027, 1, 1))
    found = changes({"a": missing, "b": valid}, {"a": valid, "b": valid})
    assert found == [Change("a", missing, valid)]
