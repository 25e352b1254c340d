from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.core.errors import Invalid, NotFound
from depot.core.i18n import speaking
from depot.tenders import language, library
from depot.tenders.reasons import requirement_sentence
from depot.tenders.requirements import Requirement
from tests.tenders.dossiers import KINDS

WORDS = {"question": "Hoe begeleidt u jongeren?", "label": "Prijs (50%)"}


def filled(code: str, **answers: str) -> Requirement:
    standard = library.standards()[code]
    given = {item.name: item.default or WORDS[item.name] for item in standard.questions}
    made = library.fill(code, {**given, **answers}, "E1")
    [requirement] = language.parse({"schema": language.SCHEMA, "requirements": [made]}, KINDS).requirements
    return requirement


def refused(code: str, **answers: str) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        filled(code, **answers)
    return {name: [str(line) for line in lines] for name, lines in caught.value.fields.items()}


@pytest.mark.parametrize("code", library.standards())
def test_each_standard_requirement_is_a_requirement_as_it_stands(code: str) -> None:
    requirement = filled(code)
    assert requirement.label
    for locale in ("nl", "en"):
        with speaking(locale):
            assert "%(" not in str(requirement_sentence(requirement))


@pytest.mark.parametrize("code", library.standards())
def test_each_standard_requirement_has_its_words_in_both_languages(code: str) -> None:
    standard = library.standards()[code]
    for words in (standard.label, standard.explanation, *(item.label for item in standard.questions)):
        assert words.nl
        assert words.en


def test_an_answer_stands_in_the_requirement() -> None:
    made = library.fill("professional-liability", {"claim": "750.000,00", "year": "1500000"}, "E4")
    assert made["id"] == "E4"
    assert made["rule"]["all"][2:] == [
        {"field": "amountPerClaim", "gte": {"amount": "750000.00", "currency": "EUR"}},
        {"field": "amountPerYear", "gte": {"amount": "1500000.00", "currency": "EUR"}},
    ]


@pytest.mark.parametrize(
    ("code", "answers", "wrong"),
    [
        ("kvk-extract", {"age": "een half jaar"}, {"age": ["Schrijf een termijn als P6M (6 maanden) of P2Y (2 jaar)."]}),
        ("professional-liability", {"claim": "1.2.3"}, {"claim": ["Schrijf een bedrag als 1.250.000,00."]}),
        ("competence", {"references": "twee"}, {"references": ["Schrijf een heel getal."]}),
        ("competence", {"value": ""}, {"value": ["Schrijf een bedrag als 1.250.000,00."]}),
        ("question", {"question": "  "}, {"question": ["Vul dit in."]}),
    ],
)  # fmt: skip
def test_an_answer_that_is_wrong_is_told_at_its_question(
    code: str, answers: dict[str, str], wrong: dict[str, list[str]]
) -> None:
    assert refused(code, **answers) == wrong


def test_a_standard_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        library.fill("onbekend", {}, "E1")


NAMES = sorted({question.name for standard in library.standards().values() for question in standard.questions})


@given(st.sampled_from(sorted(library.standards())), st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20)))
def test_whatever_is_answered_gives_a_requirement_or_sentences(code: str, answers: dict[str, str]) -> None:
    with suppress(Invalid):
        assert filled(code, **answers).id == "E1"
