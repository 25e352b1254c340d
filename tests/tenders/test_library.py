from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.core.errors import Invalid, NotFound
from depot.core.i18n import speaking
from depot.core.periods import Period
from depot.tenders import language, library
from depot.tenders.reasons import requirement_sentence
from depot.tenders.requirements import Requirement, RequirementSet
from tests.tenders.dossiers import KINDS

WORDS = {"question": "Hoe begeleidt u jongeren?", "label": "Prijs (50%)"}


def filled(code: str, **answers: Any) -> Requirement:
    standard = library.standards()[code]
    given = {item.name: item.default or WORDS[item.name] for item in standard.questions}
    made = library.fill(code, {**given, **answers}, "E1")
    [requirement] = language.parse({"schema": language.SCHEMA, "requirements": [made]}, KINDS).requirements
    return requirement


def refused(code: str, **answers: Any) -> dict[str, list[str]]:
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
    assert standard.group in library.GROUPS


@pytest.mark.parametrize("code", library.standards())
def test_a_default_is_among_what_is_offered(code: str) -> None:
    for question in library.standards()[code].questions:
        codes = dict(library.offered(question, KINDS))
        assert bool(codes) == (question.type in ("period", "choice", "choices"))
        default = (question.default,) if isinstance(question.default, str) else question.default
        if question.type == "period":
            default = tuple(str(Period.parse(each)) for each in default)
        assert not codes or set(default) <= set(codes)


def test_every_kind_that_a_buyer_can_ask_is_asked_by_a_standard() -> None:
    asked = frozenset().union(*(RequirementSet((filled(code),)).kinds_asked for code in library.standards()))
    assert asked == set(KINDS)


def test_a_number_and_a_municipality_are_read_as_people_write_them() -> None:
    assert library.fill("capacity", {"fte": "7,5"}, "E1")["rule"]["all"][1] == {"field": "fte", "gte": "7.5"}
    made = library.fill("branch", {"municipality": "Roermond"}, "E1")
    assert made["rule"] == {"profile": {"establishmentIn": "gm0957"}}


@pytest.mark.parametrize("code", library.standards())
def test_a_requirement_is_recognised_with_the_answers_that_make_it(code: str) -> None:
    standard = library.standards()[code]
    made = library.fill(code, {item.name: item.default or WORDS[item.name] for item in standard.questions}, "E1")
    found = library.recognise({**made, "label": "Anders genoemd", "severity": "information"})
    if "rule" not in made:
        assert found is None
        return
    assert found is not None
    assert found[0] is standard
    assert library.fill(code, found[1], "E1") == made


@pytest.mark.parametrize(
    "rule",
    [
        {"document": "kvk_extract"},
        {"document": "kvk_extract", "all": [{"issuedWithin": "P6M", "maxAfterReference": "P1M"}]},
        {"document": "reference", "atLeast": True, "where": []},
        {"manual": {"question": ["Waarom?"]}},
        {"profile": {"services": {"containsAll": []}}},
        {},
    ],
)
def test_a_rule_of_ones_own_is_not_a_standard(rule: dict[str, Any]) -> None:
    assert library.recognise({"kind": "suitability", "rule": rule}) is None


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
        ("competence", {"domains": []}, {"domains": ["Kies er minstens een."]}),
        ("services", {"services": ["intake", "vliegles"]}, {"services": ["Kies er minstens een."]}),
        ("satisfaction", {"score": "zeven"}, {"score": ["Schrijf een getal als 7,5."]}),
        ("branch", {"municipality": "Atlantis"}, {"municipality": ["Schrijf de code van een gemeente als gm0200."]}),
        ("question", {"question": "  "}, {"question": ["Vul dit in."]}),
    ],
)  # fmt: skip
def test_an_answer_that_is_wrong_is_told_at_its_question(
    code: str, answers: dict[str, Any], wrong: dict[str, list[str]]
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
