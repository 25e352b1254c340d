"""How the unseen papers are made: an issuer writes its markup from the facts, and what it wrote is what the paper says."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import typst

from tests.layouts.holders import DAGOBERT, DONALD, KATRIEN, OPSTAP, SPRINGPLANK, Holder
from tests.layouts.sheets import MONTHS, Layout, grouped, in_words, seeded, with_comma

ALL = (DONALD, KATRIEN, OPSTAP, SPRINGPLANK, DAGOBERT)
LEGAL_PERSONS = (DONALD, KATRIEN, OPSTAP, SPRINGPLANK)
ADDRESSES = {
    DONALD.kvk_number: ("Voorbeeldweg 7", "8823 XX Lollum"),
    KATRIEN.kvk_number: ("Fictiefplein 12", "6041 XX Roermond"),
    OPSTAP.kvk_number: ("Proefkade 30", "1011 XX Amsterdam"),
    SPRINGPLANK.kvk_number: ("Verzonnen Laan 4", "7811 XX Emmen"),
    DAGOBERT.kvk_number: ("Monsterstraat 1", "2611 XX Delft"),
}
SERVICES = {
    "scholing": "scholing",
    "jobcoaching": "jobcoaching",
    "outplacement": "outplacement",
    "inburgering": "inburgering",
    "toeleiden-naar-werk": "toeleiden naar werk",
    "sociale-activering": "sociale activering",
    "duurzame-inzetbaarheid": "duurzame inzetbaarheid",
    "verzuimbegeleiding": "verzuimbegeleiding",
}
BOARDS = ("directie", "bestuur", "raad van bestuur", "managementteam")
PAPERS_EACH = 3
SHORT_MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")

HEAD = r"""
#set page(paper: "a4", margin: 2.2cm, footer: context [
  #set text(7pt)
  Verzonnen voorbeeld; geen echt stuk #h(1fr) #counter(page).display("1 / 1", both: true)
])
#set text(lang: "nl", size: 10pt, hyphenate: false)
"""


def with_zero(day: date) -> str:
    return f"{day:%d} {MONTHS[day.month - 1]} {day.year}"


def with_weekday(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {in_words(day)}"


def abbreviated(day: date) -> str:
    return f"{day.day} {SHORT_MONTHS[day.month - 1]} {day.year}"


def in_capitals(day: date) -> str:
    return f"{day:%d}-{SHORT_MONTHS[day.month - 1].upper()}-{day.year}"


def bare_dashes(day: date) -> str:
    return f"{day.day}-{day.month}-{day.year}"


def full_slashes(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def full_dots(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def two_digit_year(day: date) -> str:
    return f"{day:%d-%m-%y}"


def without_year(day: date) -> str:
    """The first day of a span that names the year at its end, as in "1 januari t/m 31 december 2025"."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def euro_equals(amount: Decimal) -> str:
    return f"€ {grouped(amount)},="


def euro_tight(amount: Decimal) -> str:
    return f"€{grouped(amount)}"


def code_dashes(amount: Decimal) -> str:
    return f"EUR {grouped(amount)},--"


def spaced(amount: Decimal) -> str:
    return f"€ {amount:,.0f}".replace(",", " ")


def code_mln(amount: Decimal) -> str:
    """EUR 2,5 mln; what is no round part of a million is written out."""
    millions = amount / 1_000_000
    if amount < 1_000_000 or millions != round(millions, 2):
        return f"EUR {grouped(amount)}"
    return f"EUR {millions.normalize():f} mln".replace(".", ",")


def minus_behind(amount: Decimal) -> str:
    return f"{grouped(abs(amount))} -/-" if amount < 0 else grouped(amount)


def in_brackets(amount: Decimal) -> str:
    return f"({grouped(abs(amount))})" if amount < 0 else grouped(amount)


def text(value: str) -> str:
    """A text that the typesetter leaves as it is."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'#"{escaped}";'


def small(label: str) -> str:
    """A label under or over a value."""
    return rf" \ #text(7pt)[{label}]"


def row(*cells: str) -> str:
    """The cells of one row of a table or grid."""
    return "".join(f"[{each}], " for each in cells)


def rows(*given: tuple[str, ...] | None) -> str:
    """The cells of several rows; what is None is no row."""
    return "\n".join(row(*each) for each in given if each)


def site(holder: Holder, page: str) -> str:
    """The address of a page of a company's site."""
    return f"www.{holder.name.lower().split()[-1].replace('ö', 'o')}.example/{page}"


class Facts:
    """The facts of one paper; `written` grows with each that its issuer writes."""

    def __init__(self, holder: Holder, values: Mapping[str, Any]) -> None:
        self.holder = holder
        self.values = values
        self.written: dict[str, Any] = {}

    def has(self, name: str) -> bool:
        return name in self.values

    def says(self, *names: str) -> str:
        """Nothing to print: these facts are told by fixed words of the paper."""
        self.written |= {name: self.values[name] for name in names}
        return ""

    def raw(self, name: str) -> Any:
        self.says(name)
        return self.values[name]

    def day(self, name: str, write: Callable[[date], str] = in_words) -> str:
        return text(write(date.fromisoformat(self.raw(name))))

    def around(self, name: str, days: int, write: Callable[[date], str] = in_words) -> str:
        """A day that many days after that of a fact, which stays unwritten."""
        return text(write(date.fromisoformat(self.values[name]) + timedelta(days=days)))

    def amount(self, name: str, write: Callable[[Decimal], str] = grouped) -> str:
        return text(write(Decimal(self.raw(name))))

    def text(self, name: str) -> str:
        return text(str(self.raw(name)))

    def number(self, name: str) -> str:
        return text(with_comma(str(self.raw(name))))

    def word(self, name: str, words: Mapping[Any, str]) -> str:
        return text(words[self.raw(name)])

    def ticked(self, name: str, words: Mapping[Any, str], between: str = " #h(1em) ") -> str:
        """All choices with a box before each, the right one crossed."""
        chosen = self.raw(name)
        wanted = chosen if isinstance(chosen, list) else [chosen]
        return between.join(f"{box(crossed=code in wanted)} {label}" for code, label in words.items())

    def yes_no(self, name: str) -> str:
        return self.ticked(name, {True: "ja", False: "nee"})

    def listed(self, name: str, words: Mapping[str, str]) -> str:
        """Several choices as a sentence names them."""
        *most, last = [words[code] for code in self.raw(name)]
        return text(f"{', '.join(most)} en {last}" if most else last)

    @property
    def street(self) -> str:
        return ADDRESSES[self.holder.kvk_number][0]

    @property
    def town(self) -> str:
        return ADDRESSES[self.holder.kvk_number][1]

    @property
    def other(self) -> Holder:
        """Another party that the paper may name."""
        return next(each for each in LEGAL_PERSONS if each is not self.holder)


def box(*, crossed: bool) -> str:
    return '#text(font: "DejaVu Sans Mono")[' + ("☒" if crossed else "☐") + "]"


Draw = Callable[[Random, Holder], Mapping[str, Any]]
Issuer = Callable[[Facts], str]


def papers(kind: str, draw: Draw, issuers: Mapping[Issuer, Iterable[Holder]]) -> Iterator[Layout]:
    """Three papers of each issuer, each with facts of its own for one of the holders it serves."""
    for issuer, holders in issuers.items():
        name = issuer.__name__.replace("_", "-")
        random = seeded(f"unseen {kind} {name}")
        able = list(holders)
        for number in range(PAPERS_EACH):
            holder = able[number % len(able)]
            facts = Facts(holder, draw(random, holder))
            pdf = typst.compile((HEAD + issuer(facts)).encode(), format="pdf", ignore_system_fonts=True)
            yield Layout(kind, f"{name}-{number + 1}", facts.written, pdf)


def a_day(random: Random, first: date, last: date) -> date:
    return first + timedelta(days=random.randrange((last - first).days + 1))


def as_amount(value: int) -> str:
    """An amount in whole euros as facts hold it."""
    return f"{value}.00"
