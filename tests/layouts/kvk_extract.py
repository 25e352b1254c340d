"""Extracts from the trade register."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.layouts.holders import DAGOBERT, DONALD, OPSTAP, Holder
from tests.layouts.sheets import Layout, Sheet, dashed, dotted, in_words, iso, seeded, shortened, typeset

KIND = "kvk_extract"
TRADE_NAMES = {DONALD: "Donald Werkt, Donald Jobcoaching", OPSTAP: "Opstap naar Werk", DAGOBERT: "Dagobert Loopbaan"}
FORMS = {"bv": "Besloten Vennootschap", "foundation": "Stichting", "sole_proprietorship": "Eenmanszaak"}
INITIALS = {"bv": "B.V.", "foundation": "Stichting", "sole_proprietorship": "eenmanszaak"}

REGISTER_TABLE = r"""
#text(18pt)[*Uittreksel Handelsregister*]
#h(1fr) #text(8pt)[Pagina 1 (van 1)]
#line(length: 100%)
#labels-left(("KvK-nummer", "kvkNumber"))
#line(length: 100%)
*Rechtspersoon*
#labels-left(
  ("RSIN", "rsin"), ("Rechtsvorm", "legalForm"), ("Statutaire naam", "statutoryName"),
  ("Statutaire zetel", "seat"),
)
#if "rsin" in d {
  grid(columns: (6cm, 1fr), row-gutter: 0.7em, [Laatste statutenwijziging], x.deed, [Vermogen bij oprichting], x.capital)
}
#line(length: 100%)
*Onderneming*
#labels-left(("Handelsnamen", "tradeNames"), ("Startdatum onderneming", "startDate"))
#grid(columns: (6cm, 1fr), row-gutter: 0.7em, [Activiteiten], [SBI-code: 78201 - Arbeidsbemiddeling], [Werkzame personen], [34])
#line(length: 100%)
*Vestiging*
#grid(columns: (6cm, 1fr), row-gutter: 0.7em,
  [Vestigingsnummer], x.branch, [Bezoekadres], [Voorbeeldlaan 1, 1234AB Voorbeeldstad])
#v(1fr)
Uittreksel is vervaardigd op #d.issueDate om 10.14 uur.
"""

CARDS = r"""
#set text(size: 11pt)
= Bedrijfsgegevens
_Gewaarmerkt uittreksel uit het handelsregister_

#labels-above(columns: 2,
  ("Naam", "statutoryName"), ("KVK-nummer", "kvkNumber"), ("Rechtsvorm", "legalForm"), ("RSIN", "rsin"),
  ("Gevestigd te", "seat"), ("Datum van oprichting", "startDate"), ("Afgegeven op", "issueDate"),
)
#v(1cm)
#grid(columns: (1fr, 1fr), [#text(7.5pt)[Vestigingsnummer] \ #x.branch], [#text(7.5pt)[Telefoonnummer] \ 088 123 45 67])
"""

DOTS = r"""
#set text(font: "DejaVu Sans Mono", size: 9pt)
UITTREKSEL UIT HET HANDELSREGISTER \
================================== \

#padded(
  ("DOSSIERNUMMER", "kvkNumber"), ("STATUTAIRE NAAM", "statutoryName"), ("RECHTSVORM", "legalForm"),
  ("ZETEL", "seat"), ("HANDELSNAAM", "tradeNames"), ("INGESCHREVEN SINDS", "startDate"),
  ("DATUM UITTREKSEL", "issueDate"),
)

#filled("AANTAL WERKZAME PERSONEN", 28) 34 \
#filled("VESTIGINGSNUMMER", 28) #x.branch
"""

LETTER = r"""
#align(right)[Register voor Ondernemingen van Nergenshuizen \ Postbus 12 \ 1234 AB Nergenshuizen]
#v(1cm)
Betreft: uittreksel uit het handelsregister, naar aanleiding van uw aanvraag van #x.asked

Geachte heer, mevrouw,

Hierbij verklaren wij dat in het handelsregister onder nummer #d.kvkNumber staat ingeschreven
de onderneming #d.statutoryName, met als rechtsvorm #d.legalForm#if "seat" in d [, statutair gevestigd te
#d.seat]#if "rsin" in d [ (RSIN #d.rsin)].
De onderneming is begonnen op #d.startDate en handelt ook onder de naam #d.tradeNames.

Dit uittreksel is door ons afgegeven op #d.issueDate. Voor vragen belt u 088 123 45 67 en noemt u ons
kenmerk #x.reference.

Hoogachtend,

de registerhouder
"""

BLOCKS = r"""
#grid(columns: (1fr, auto), text(16pt)[Handelsregister - uittreksel], text(8pt)[Afgedrukt: #x.printed])
#v(6mm)
#apart(
  ("Inschrijfnummer (KvK)", "kvkNumber"), ("Naam volgens statuten", "statutoryName"),
  ("Soort onderneming", "legalForm"), ("Fiscaal nummer (RSIN)", "rsin"),
  ("Vestigingsplaats (statutair)", "seat"), ("Begin onderneming", "startDate"), ("Datum afgifte", "issueDate"),
)
#v(6mm)
Aan dit uittreksel zijn geen rechten te ontlenen na #x.expires.
"""

TWO_COLUMNS = r"""
#set text(font: "New Computer Modern")
#align(center)[#smallcaps[Uittreksel handelsregister]]
#columns(2)[
  == Wie
  #labels-left(width: 3.2cm, mark: ":",
    ("Naam", "statutoryName"), ("Ook bekend als", "tradeNames"), ("Vorm", "legalForm"), ("Zetel", "seat"),
  )
  #colbreak()
  == Nummers en dagen
  #labels-left(width: 3.2cm, mark: ":",
    ("KvK nr.", "kvkNumber"), ("RSIN", "rsin"), ("Gestart op", "startDate"), ("Opgemaakt op", "issueDate"),
  )
]
Registerhouder: Register voor Ondernemingen van Nergenshuizen, KvK 90002520.
"""

SHEETS = (
    Sheet("register-table", REGISTER_TABLE, in_words, words={"legalForm": FORMS}),
    Sheet("cards", CARDS, dashed, words={"legalForm": INITIALS}, without=frozenset({"tradeNames"})),
    Sheet(
        "dots", DOTS, dotted, words={"legalForm": {k: v.upper() for k, v in FORMS.items()}}, without=frozenset({"rsin"})
    ),
    Sheet("letter", LETTER, in_words),
    Sheet("blocks", BLOCKS, iso, words={"legalForm": FORMS}, without=frozenset({"tradeNames"})),
    Sheet("two-columns", TWO_COLUMNS, shortened, words={"legalForm": INITIALS}),
)


def layouts() -> Iterator[Layout]:
    """Each sheet for a bv, a foundation and a sole proprietorship."""
    random = seeded(KIND)
    issued = date(2026, 10, 1)
    extra = {
        "deed": date(2019, 5, 6),
        "capital": Decimal(18000),
        "branch": "000037178598",
        "asked": issued - timedelta(days=90),
        "printed": date(2026, 11, 12),
        "expires": date(2027, 6, 30),
        "reference": "HR-2026-55120",
    }
    yield from typeset(KIND, SHEETS, [_facts(holder, issued, random) for holder in (DONALD, OPSTAP, DAGOBERT)], extra)


def _facts(holder: Holder, latest: date, random: Random) -> dict[str, Any]:
    facts = {
        "kvkNumber": holder.kvk_number,
        "statutoryName": holder.name,
        "tradeNames": TRADE_NAMES[holder],
        "legalForm": holder.legal_form,
        "rsin": holder.rsin,
        "seat": holder.seat,
        "startDate": date(random.randint(2001, 2018), random.randint(1, 12), random.randint(1, 28)).isoformat(),
        "issueDate": (latest - timedelta(days=random.randint(0, 60))).isoformat(),
    }
    return {name: value for name, value in facts.items() if value is not None}
