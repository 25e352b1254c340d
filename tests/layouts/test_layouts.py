import re
from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import groupby
from types import ModuleType
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest

from depot.catalogue.rules import FieldSpec, FieldType
from depot.catalogue.schemas import facts_schema, to_json
from tests.layouts import every, sheets
from tests.layouts.privacy_policy import ASKED, FORMAL
from tests.layouts.sheets import KINDS, Layout
from tests.layouts.unseen import every as unseen
from tests.layouts.unseen import paper
from tests.layouts.unseen.privacy_policy import ARTICLES, TALK

DAYS = (
    sheets.in_words,
    sheets.shortened,
    sheets.dashed,
    sheets.dotted,
    sheets.slashed,
    sheets.iso,
    paper.with_zero,
    paper.abbreviated,
    paper.in_capitals,
    paper.bare_dashes,
    paper.full_slashes,
    paper.full_dots,
    paper.two_digit_year,
    paper.without_year,
)
AMOUNTS = (
    sheets.grouped,
    sheets.cents,
    sheets.in_thousands,
    sheets.euro_million,
    paper.spaced,
    paper.code_mln,
    paper.minus_behind,
    paper.in_brackets,
)
CODES = {
    "bv": ("besloten vennootschap", "b.v."),
    "nv": ("naamloze vennootschap",),
    "certificate": ("certificaat", "polisblad", "verzekeringsbewijs"),
    "commitment": ("bereidheidsverklaring",),
    "fulfilled": ("geen schulden", "geen openstaande belastingschulden", "alle aanslagen zijn betaald"),
    "arrangement": ("betalingsregeling",),
    "legal_person": ("rechtspersoon",),
    "natural_person": ("natuurlijke persoon", "eenmanszaak"),
    "combi": ("bedrijfs- en beroepsaansprakelijkheid", "avb/bav"),
    "AVB": ("avb", "bedrijfsaansprakelijkheid"),
    "BAV": ("beroepsaansprakelijkheid", "bav"),
    "tax_obligations": ("nakoming fiscale verplichtingen", "nakoming van fiscale verplichtingen"),
    "1-10": ("1 tot en met 10", "1-10", "1 en 10"),
    "1-5": ("1 tot en met 5", "1-5", "1 en 5"),
    "0-100": ("0 tot en met 100", "0-100", "0 en 100"),
}
YES_NO = {
    ("tacitRenewal", True): ("wordt stilzwijgend verlengd", "steeds met 12 maanden stilzwijgend verlengd"),
    ("tacitRenewal", False): ("niet stilzwijgend verlengd",),
    ("premiumPaid", True): ("premie is voldaan", "en is betaald"),
    ("premiumPaid", False): ("nog niet betaald",),
    ("satisfied", True): ("naar onze volle tevredenheid", "[x] ja", "is naar tevredenheid"),
    ("satisfied", False): ("niet naar tevredenheid",),
    ("ongoing", True): ("loopt nog", "[x] ja", "(lopend)"),
    ("ongoing", False): ("is afgerond", "[x] nee", "tot en met", "en eindigde op", "(beëindigd)", "klaar:"),
    ("independent", True): ("onafhankelijk bureau", "onafhankelijk onderzoeksbureau"),
    ("independent", False): ("in eigen beheer",),
}
IN_WEEKS = {14: "twee weken", 21: "drie weken", 28: "vier weken", 42: "zes weken"}


@pytest.fixture(scope="module", params=[every, unseen], ids=["seen", "unseen"])
def source(request: pytest.FixtureRequest) -> ModuleType:
    module: ModuleType = request.param
    return module


@pytest.fixture(scope="module")
def layouts(source: ModuleType) -> list[Layout]:
    return list(source.layouts())


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return flat(" ".join(page.get_textpage().get_text_range() for page in document))


def flat(text: str) -> str:
    return " ".join(text.casefold().split())


def spellings(spec: FieldSpec, value: Any) -> tuple[str, ...]:
    match spec.type:
        case FieldType.DAY:
            return tuple(write(date.fromisoformat(value)) for write in DAYS)
        case FieldType.AMOUNT | FieldType.SIGNED_AMOUNT:
            return tuple(write(Decimal(value)) for write in AMOUNTS)
        case FieldType.NUMBER:
            return (value.replace(".", ","),)
        case FieldType.WHOLE:
            return (str(value), IN_WEEKS.get(value, str(value)))
        case FieldType.BOOLEAN:
            return (*YES_NO.get((spec.name, value), ()), *((" ja ", "☒ ja") if value else (" nee ", "☒ nee")))
        case FieldType.CHOICE:
            return (*CODES.get(value, ()), str(spec.choice(value)))
        case FieldType.RSIN:
            return (value, f"{value[:4]}.{value[4:6]}.{value[6:]}")
        case _:
            return (value,)


def each_value(layout: Layout) -> list[tuple[FieldSpec, tuple[str, ...]]]:
    specs = {spec.name: spec for spec in KINDS[layout.kind].fields}
    found: list[tuple[FieldSpec, tuple[str, ...]]] = []
    for name, value in layout.facts.items():
        if name == "mentions":
            found += [(specs[name], (FORMAL[code], ASKED[code], ARTICLES[code], TALK[code])) for code in value]
        elif name == "tradeNames":
            found += [(specs[name], (each,)) for each in value.split(", ")]
        elif specs[name].type is FieldType.CHOICES:
            found += [(specs[name], (str(specs[name].choice(code)),)) for code in value]
        else:
            found.append((specs[name], spellings(specs[name], value)))
    return found


def occurs(spelling: str, text: str) -> bool:
    """Whether it is there, not as a part of a longer number."""
    before = r"(?<!\d)(?<!\d[.,])" if spelling[:1].isdigit() else ""
    after = r"(?!\d)(?![.,]\d)" if spelling[-1:].isdigit() else ""
    wanted = spelling.casefold() if spelling.startswith(" ") else flat(spelling)
    return re.search(before + re.escape(wanted) + after, text) is not None


def test_every_fact_is_printed_in_some_spelling(layouts: list[Layout]) -> None:
    missing = []
    for layout in layouts:
        text = f" {text_of(layout.pdf)} "
        missing += [
            (layout.kind, layout.name, spec.name, wanted)
            for spec, wanted in each_value(layout)
            if not any(occurs(each, text) for each in wanted)
        ]
    assert missing == []


def test_the_catalogue_takes_the_facts_as_they_are_written(layouts: list[Layout]) -> None:
    for layout in layouts:
        kind = KINDS[layout.kind]
        loaded = facts_schema(kind)().load(layout.facts, partial=True)
        assert to_json(kind, loaded) == layout.facts, (layout.kind, layout.name)


def test_each_kind_has_at_least_four_sheets_with_three_sets_of_facts(source: ModuleType, layouts: list[Layout]) -> None:
    for kind, papers in groupby(layouts, key=lambda layout: layout.kind):
        names = [layout.name for layout in papers]
        assert len(set(names)) == len(names), kind
        assert len(names) >= 4 * 3, kind
        assert set(Counter(name.rsplit("-", 1)[0] for name in names).values()) == {3}, kind
    assert len({layout.kind for layout in layouts}) == len(source.MODULES)


def test_the_papers_of_a_kind_look_different(layouts: list[Layout]) -> None:
    texts = [(layout.kind, text_of(layout.pdf)) for layout in layouts]
    assert len(set(texts)) == len(texts)


def test_a_second_run_gives_the_same_facts(source: ModuleType, layouts: list[Layout]) -> None:
    module = source.MODULES[0]
    assert [each.facts for each in module.layouts()] == [each.facts for each in layouts if each.kind == module.KIND]
