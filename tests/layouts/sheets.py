"""Papers as Dutch issuers might lay them out, with the facts that can be read on them; nothing here knows how the depot reads."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import typst

from depot.catalogue.rules import FieldSpec, FieldType
from depot.catalogue.service import FOLDER, load

KINDS = load(FOLDER).kinds
MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)


@dataclass(frozen=True)
class Layout:
    """One paper: its kind, a name that is unique within the kind, what is printed on it in the depot's JSON form, and the PDF.

    What only follows from something else that is printed (a kind of client from the client's name) is not
    among the facts.
    """

    kind: str
    name: str
    facts: dict[str, Any]
    pdf: bytes


def in_words(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def shortened(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1][:3]}. {day.year}"


def dashed(day: date) -> str:
    return f"{day:%d-%m-%Y}"


def dotted(day: date) -> str:
    return f"{day:%d.%m.%y}"


def slashed(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"


def iso(day: date) -> str:
    return day.isoformat()


def grouped(number: Decimal) -> str:
    return f"{number:,.0f}".replace(",", ".")


def cents(amount: Decimal) -> str:
    """2.500.000,00, a minus before it when it is negative."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def euro_dash(amount: Decimal) -> str:
    return f"€ {grouped(amount)},-"


def euro_cents(amount: Decimal) -> str:
    return f"€ {cents(amount)}"


def euro_code(amount: Decimal) -> str:
    return f"EUR {cents(amount)}"


def euro_plain(amount: Decimal) -> str:
    return f"€ {grouped(amount)}"


def euro_million(amount: Decimal) -> str:
    """€ 2,5 miljoen; what is no round part of a million is written out."""
    millions = amount / 1_000_000
    if amount < 1_000_000 or millions != round(millions, 2):
        return euro_plain(amount)
    return f"€ {millions.normalize():f} miljoen".replace(".", ",")


def in_thousands(amount: Decimal) -> str:
    """2.500 for 2,500,000 in a statement of thousands; negative between brackets, as accountants write."""
    written = grouped(abs(amount) / 1000)
    return f"({written})" if amount < 0 else written


def with_comma(number: str) -> str:
    return number.replace(".", ",")


@dataclass(frozen=True)
class Sheet:
    """How one issuer sets a kind: Typst markup that finds the facts in `d` and all else in `x`, and how it writes values.

    `without` names facts that this issuer leaves out, `changes` those that are different on this paper.
    """

    name: str
    source: str
    day: Callable[[date], str] = in_words
    amount: Callable[[Decimal], str] = euro_dash
    number: Callable[[str], str] = with_comma
    words: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    changes: Mapping[str, Any] = field(default_factory=dict)


PREAMBLE = r"""
#let d = json(bytes(sys.inputs.facts))
#let x = json(bytes(sys.inputs.extra))
#set page(paper: "a4", margin: 2.4cm, footer: align(center, text(7pt)[Verzonnen voorbeeld; geen echt stuk]))
#set text(lang: "nl", size: 10.5pt, hyphenate: false)
#let and-so-on(value) = if type(value) == array { value.join(", ", last: " en ") } else { value }
#let pairs(given) = given.filter(p => p.at(1) in d).map(p => (p.at(0), and-so-on(d.at(p.at(1)))))
#let labels-left(width: 6cm, mark: "", ..given) = grid(
  columns: (width, 1fr), row-gutter: 0.75em,
  ..pairs(given.pos()).map(p => (p.at(0) + mark, p.at(1))).flatten()
)
#let ruled(..given) = table(
  columns: (auto, 1fr), inset: 6pt,
  ..pairs(given.pos()).map(p => (strong(p.at(0)), p.at(1))).flatten()
)
#let labels-above(columns: 1, ..given) = grid(
  columns: (1fr,) * columns, row-gutter: 1.3em, column-gutter: 1em,
  ..pairs(given.pos()).map(p => [#text(7.5pt, p.at(0)) \ #p.at(1)])
)
#let values-above(columns: 3, ..given) = grid(
  columns: (1fr,) * columns, row-gutter: 1.8em, column-gutter: 1em,
  ..pairs(given.pos()).map(p => align(center)[#text(17pt, strong(p.at(1))) \ #text(8pt, p.at(0))])
)
#let with-dots(..given) = for p in pairs(given.pos()) [#p.at(0) #box(width: 1fr, repeat[.]) #p.at(1) \ ]
#let filled(label, width) = label + "." * calc.max(3, width - label.clusters().len()) + ":"
#let padded(width: 28, ..given) = for p in pairs(given.pos()) [#filled(p.at(0), width) #p.at(1) \ ]
#let apart(..given) = grid(
  columns: (6cm, 1fr),
  pairs(given.pos()).map(p => p.at(0)).join(linebreak()), pairs(given.pos()).map(p =>
  p.at(1)).join(linebreak()),
)
#let pairwise(..given) = grid(
  columns: (2.6cm, 1fr, 2.6cm, 1fr), row-gutter: 1em, column-gutter: 0.6em,
  ..pairs(given.pos()).map(p => (text(8pt, p.at(0)), p.at(1))).flatten()
)
"""


def seeded(kind: str) -> Random:
    """The same draws on each run, others for each kind."""
    return Random(kind)  # noqa: S311 - papers are no secret


def typeset(
    kind: str, sheets: Iterable[Sheet], sets: Iterable[Mapping[str, Any]], extra: Mapping[str, Any]
) -> Iterator[Layout]:
    """Each sheet with each set of facts.

    `extra` holds what else is printed: texts as they are, days and amounts as the sheet writes them.
    """
    given = list(sets)
    for sheet in sheets:
        for number, facts in enumerate(given, start=1):
            shown = {name: value for name, value in {**facts, **sheet.changes}.items() if name not in sheet.without}
            yield Layout(kind, f"{sheet.name}-{number}", shown, _pdf(kind, sheet, shown, extra))


def _pdf(kind: str, sheet: Sheet, facts: Mapping[str, Any], extra: Mapping[str, Any]) -> bytes:
    specs = {spec.name: spec for spec in KINDS[kind].fields}
    written = {name: _written(sheet, specs[name], value) for name, value in facts.items()}
    besides = {name: _besides(sheet, value) for name, value in extra.items()}
    return typst.compile(
        (PREAMBLE + sheet.source).encode(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"facts": json.dumps(written), "extra": json.dumps(besides)},
    )


def _written(sheet: Sheet, spec: FieldSpec, value: Any) -> str | list[str]:
    words = sheet.words.get(spec.name, {})
    match spec.type:
        case FieldType.DAY:
            return sheet.day(date.fromisoformat(value))
        case FieldType.AMOUNT | FieldType.SIGNED_AMOUNT:
            return sheet.amount(Decimal(value))
        case FieldType.CHOICES:
            return [words.get(code) or str(spec.choice(code)) for code in value]
        case FieldType.CHOICE:
            return words.get(value) or str(spec.choice(value))
        case FieldType.BOOLEAN:
            return words.get(value) or ("ja" if value else "nee")
        case FieldType.NUMBER:
            return sheet.number(value)
        case _:
            return words.get(value) or str(value)


def _besides(sheet: Sheet, value: Any) -> Any:
    match value:
        case date():
            return sheet.day(value)
        case Decimal():
            return sheet.amount(value)
        case dict():
            return {name: _besides(sheet, each) for name, each in value.items()}
        case _:
            return value
