"""Statements of payment behaviour of the tax authority."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from tests.layouts.holders import DONALD, KATRIEN, SPRINGPLANK, Holder
from tests.layouts.sheets import Layout, Sheet, dashed, dotted, in_words, iso, seeded, typeset

KIND = "tax_compliance_statement"
TITLES = {"tax_obligations": "Verklaring nakoming fiscale verplichtingen"}
OUTCOMES = {
    "fulfilled": "Op dit moment staan er geen schulden open.",
    "arrangement": "Voor de openstaande aanslagen is een betalingsregeling getroffen, die wordt nagekomen.",
}
FORMS = {"legal_person": "rechtspersoon"}
WORDS = {"statementKind": TITLES, "outcome": OUTCOMES, "holderType": FORMS}

SIDE_BAR = r"""
#grid(
  columns: (1fr, 4.5cm), column-gutter: 1cm,
  [
    #text(13pt, strong(d.statementKind))

    Geachte heer, mevrouw,

    U hebt op #x.asked gevraagd om een verklaring over het betalingsgedrag van #d.holderName. Wij hebben
    onze administratie geraadpleegd.

    #d.outcome

    Deze verklaring is gebaseerd op de gegevens die nu bekend zijn. U kunt er geen rechten aan ontlenen voor
    een later tijdstip.

    Hoogachtend, \ de inspecteur
  ],
  [#set text(8pt)
    Belastingdienst Nergenshuizen \ Postbus 100 \ 1234 AB Nergenshuizen \ \
    Telefoon \ 0800 - 0000 \ \
    #labels-above(("Dagtekening", "issueDate"), ("Ons kenmerk", "reference"), ("RSIN", "rsin"))],
)
"""

TABLE = r"""
Belastingdienst, kantoor Nergenshuizen
#v(4mm)
= #d.statementKind
#labels-left(mark: ":",
  ("Naam", "holderName"), ("Soort onderneming", "holderType"), ("RSIN", "rsin"),
  ("Fiscale eenheid", "taxUnit"), ("Kenmerk", "reference"), ("Datum", "issueDate"),
)
#v(4mm)
#d.outcome
#v(1fr)
#text(8pt)[formulier BG-07, versie van #x.form]
"""

DOTS = r"""
#set text(font: "DejaVu Sans Mono", size: 8.5pt)
BELASTINGDIENST \ #upper(d.statementKind) \

#padded(
  ("AFGEGEVEN AAN", "holderName"), ("RSIN", "rsin"), ("KENMERK", "reference"), ("DAGTEKENING", "issueDate"),
)

#d.outcome
"""

LETTER = r"""
#set text(font: "New Computer Modern")
#align(right)[Nergenshuizen, #d.issueDate]
Belastingdienst \ Uw kenmerk: AANB/26/31 \ Ons kenmerk: #d.reference
#v(1cm)
Betreft: #d.statementKind

De ontvanger verklaart dat #d.holderName (#d.holderType, RSIN #d.rsin)
aan hem bekend is.#if "taxUnit" in d [ De onderneming maakt deel uit van de fiscale eenheid #d.taxUnit.]
#d.outcome

De vorige verklaring met dagtekening #x.previous vervalt hiermee.
"""

GRID = r"""
#align(center, text(15pt, d.statementKind))
#pairwise(("Voor", "holderName"), ("RSIN", "rsin"), ("Datum afgifte", "issueDate"), ("Kenmerk", "reference"))
#v(5mm)
*Uitkomst* #h(5mm) #d.outcome
#v(1cm)
#text(8pt)[Belastingdienst #sym.dot.c BTW-nummer opdrachtgever NL990000059B01 #sym.dot.c afgedrukt #x.printed]
"""

UNMARKED = frozenset({"holderType", "taxUnit"})
SHEETS = (
    Sheet("side-bar", SIDE_BAR, in_words, words=WORDS, without=UNMARKED),
    Sheet(
        "table",
        TABLE,
        dashed,
        words={
            **WORDS,
            "outcome": {**OUTCOMES, "fulfilled": "De onderneming heeft geen openstaande belastingschulden."},
        },
    ),
    Sheet("dots", DOTS, dotted, words=WORDS, without=UNMARKED),
    Sheet(
        "letter",
        LETTER,
        in_words,
        words={
            **WORDS,
            "outcome": {**OUTCOMES, "fulfilled": "Alle aangiften zijn gedaan en alle aanslagen zijn betaald."},
        },
    ),
    Sheet(
        "grid",
        GRID,
        iso,
        words={
            **WORDS,
            "rsin": {
                each.rsin: f"{each.rsin[:4]}.{each.rsin[4:6]}.{each.rsin[6:]}"
                for each in (DONALD, KATRIEN, SPRINGPLANK)
                if each.rsin
            },
        },
        without=UNMARKED,
    ),
)


def layouts() -> Iterator[Layout]:
    """Each sheet for three companies, one of which pays in terms."""
    random = seeded(KIND)
    extra = {
        "asked": date(2026, 8, 3),
        "form": date(2024, 1, 1),
        "previous": date(2025, 12, 9),
        "printed": date(2026, 11, 9),
    }
    sets = [
        _facts(DONALD, "fulfilled", random),
        {**_facts(KATRIEN, "arrangement", random), "taxUnit": "Test NV Katrien en dochters"},
        _facts(SPRINGPLANK, "fulfilled", random),
    ]
    yield from typeset(KIND, SHEETS, sets, extra)


def _facts(holder: Holder, outcome: str, random: Random) -> dict[str, Any]:
    facts = {
        "statementKind": "tax_obligations",
        "holderName": holder.name,
        "holderType": "legal_person",
        "rsin": holder.rsin,
        "reference": f"VBG/{random.randint(2600, 2699)}/{random.randint(10, 99)}",
        "outcome": outcome,
        "issueDate": date(2026, random.randint(8, 10), random.randint(4, 28)).isoformat(),
    }
    return {name: value for name, value in facts.items() if value is not None}
