"""Annual accounts, key figures, and turnover statements of accountants."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from tests.layouts.holders import DONALD, KATRIEN, OPSTAP, Holder
from tests.layouts.sheets import (
    Layout,
    Sheet,
    dashed,
    dotted,
    euro_code,
    euro_dash,
    euro_million,
    euro_plain,
    grouped,
    in_thousands,
    in_words,
    iso,
    seeded,
    typeset,
)

KIND = "annual_accounts"
PARENT = "90004760"
WORDS = {
    "documentKind": {
        "company": "Jaarrekening",
        "consolidated": "Geconsolideerde jaarrekening",
        "turnover_statement": "Omzetverklaring",
    }
}

BALANCE = r"""
#let before = x.before.at(d.kvkNumber)
#text(15pt)[*#d.documentKind #d.fiscalYear*] #h(1fr) #x.names.at(d.kvkNumber)

Ingeschreven in het handelsregister onder nummer #d.kvkNumber#if "parentKvkNumber" in d [; de
moedermaatschappij onder nummer #d.parentKvkNumber]. \
Boekjaar van #d.periodStart tot en met #d.periodEnd. Bedragen in euro.

== Balans per #d.periodEnd
#table(columns: (2fr, 1fr, 1fr), stroke: none, align: (left, right, right),
  [*Activa*], [#d.fiscalYear], [#before.year],
  [Vaste activa], before.fixed, before.fixed-before,
  [Vlottende activa], d.currentAssets, before.currentAssets,
  [*Balanstotaal*], d.totalAssets, before.totalAssets,
  [*Passiva*], [#d.fiscalYear], [#before.year],
  [Eigen vermogen], d.equity, before.equity,
  [Kortlopende schulden], d.currentLiabilities, before.currentLiabilities,
)
== Winst-en-verliesrekening
#table(columns: (2fr, 1fr, 1fr), stroke: none, align: (left, right, right),
  [], [#d.fiscalYear], [#before.year],
  [Netto-omzet], d.turnover, before.turnover,
  [Resultaat na belastingen], d.result, before.result,
)
Vastgesteld in de algemene vergadering van #d.adoptedOn. Gedeponeerd bij de Kamer van Koophandel op
#d.filedOn. Bij deze jaarrekening is een #d.auditorOpinion afgegeven.
"""

FIGURES = r"""
= #d.documentKind #x.names.at(d.kvkNumber)
#labels-left(mark: ":",
  ("Boekjaar", "fiscalYear"), ("Begin boekjaar", "periodStart"), ("Einde boekjaar", "periodEnd"), ("KvK-
  nummer", "kvkNumber"), ("KvK-nummer moeder", "parentKvkNumber"), ("Omzet", "turnover"), ("Waarvan re-
  integratie", "turnoverInDomain"), ("Eigen vermogen", "equity"), ("Balanstotaal", "totalAssets"),
  ("Vlottende activa", "currentAssets"), ("Kortlopende schulden", "currentLiabilities"),
  ("Resultaat", "result"), ("Soort verklaring accountant", "auditorOpinion"), ("Vaststelling", "adoptedOn"),
)
#v(1cm)
#text(8pt)[Kantoor Verzonnen Accountants, KvK 90001745. Gedrukt op #x.printed.]
"""

LETTER = r"""
Kantoor Verzonnen Accountants \ Cijferlaan 3 \ 4321 BA Nergenshuizen #v(8mm)
Nergenshuizen, #x.printed

Betreft: #d.documentKind #d.fiscalYear

Geacht bestuur,

Op uw verzoek hebben wij de omzet vastgesteld van #x.names.at(d.kvkNumber), in het handelsregister bekend
onder nummer #d.kvkNumber.
In het boekjaar dat liep van #d.periodStart tot en met #d.periodEnd bedroeg de netto-omzet #d.turnover.
Daarvan is
#d.turnoverInDomain behaald met re-integratie. De begroting voor het volgende jaar gaat uit van #x.budget.

Bij deze opgave hoort een #d.auditorOpinion.

Hoogachtend, \ Kantoor Verzonnen Accountants
"""

THOUSANDS = r"""
#set text(font: "DejaVu Sans Mono", size: 8.5pt)
#upper(d.documentKind) #d.fiscalYear \ KVK #d.kvkNumber \ (BEDRAGEN X EUR 1.000) \

#padded(width: 30,
  ("BOEKJAAR VANAF", "periodStart"), ("BOEKJAAR TOT EN MET", "periodEnd"), ("NETTO-OMZET", "turnover"),
  ("RESULTAAT NA BELASTING", "result"), ("TOTAAL ACTIVA", "totalAssets"),
  ("VLOTTENDE ACTIVA", "currentAssets"), ("EIGEN VERMOGEN", "equity"),
  ("KORTLOPENDE SCHULDEN", "currentLiabilities"), ("TYPE VERKLARING", "auditorOpinion"),
)
"""

TILES = r"""
#set text(font: "New Computer Modern")
#text(9pt)[#d.documentKind #d.fiscalYear] #h(1fr) #text(9pt)[KvK #d.kvkNumber]
#v(1cm)
#values-above(columns: 2,
  ("omzet", "turnover"), ("resultaat", "result"), ("eigen vermogen", "equity"),
  ("balanstotaal", "totalAssets"),
)
#v(1cm)
Deze cijfers gaan over de periode #d.periodStart - #d.periodEnd. De accountant gaf een #d.auditorOpinion. De
aandeelhouders stelden de cijfers vast op #d.adoptedOn.
"""

BALANCE_ONLY = frozenset({"equity", "totalAssets", "currentAssets", "currentLiabilities", "result"})
SHEETS = (
    Sheet("balance", BALANCE, in_words, grouped, words=WORDS, without=frozenset({"turnoverInDomain"})),
    Sheet("figures", FIGURES, dashed, euro_dash, words=WORDS, without=frozenset({"filedOn"})),
    Sheet(
        "letter",
        LETTER,
        in_words,
        euro_million,
        words=WORDS,
        changes={"documentKind": "turnover_statement"},
        without=BALANCE_ONLY | {"parentKvkNumber", "adoptedOn", "filedOn"},
    ),
    Sheet(
        "thousands",
        THOUSANDS,
        dotted,
        in_thousands,
        words=WORDS,
        without=frozenset({"parentKvkNumber", "adoptedOn", "filedOn", "turnoverInDomain"}),
    ),
    Sheet(
        "tiles",
        TILES,
        iso,
        euro_code,
        words=WORDS,
        without=frozenset({"parentKvkNumber", "filedOn", "turnoverInDomain", "currentAssets", "currentLiabilities"}),
    ),
    Sheet("figures-plain", FIGURES, in_words, euro_plain, words=WORDS, without=frozenset({"filedOn", "currentAssets"})),
)


def layouts() -> Iterator[Layout]:
    """Each sheet for a company, a group and a foundation."""
    random = seeded(KIND)
    sets = [
        _facts(DONALD, 2025, "compilation", random),
        _facts(KATRIEN, 2025, "audit", random) | {"documentKind": "consolidated", "parentKvkNumber": PARENT},
        _facts(OPSTAP, 2024, "review", random) | {"result": "-45000.00"},
    ]
    extra = {
        "names": {each.kvk_number: each.name for each in (DONALD, KATRIEN, OPSTAP)},
        "before": {facts["kvkNumber"]: _before(facts) for facts in sets},
        "printed": date(2026, 9, 14),
        "budget": Decimal(4_750_000),
    }
    yield from typeset(KIND, SHEETS, sets, extra)


def _facts(holder: Holder, year: int, opinion: str, random: Random) -> dict[str, Any]:
    turnover = random.randint(12, 60) * 100_000
    current = turnover * 3 // 10
    total = current + random.randint(1, 9) * 25_000
    return {
        "documentKind": "company",
        "kvkNumber": holder.kvk_number,
        "fiscalYear": year,
        "periodStart": f"{year}-01-01",
        "periodEnd": f"{year}-12-31",
        "turnover": f"{turnover}.00",
        "turnoverInDomain": f"{turnover * 7 // 10}.00",
        "equity": f"{total * 4 // 10_000 * 1000}.00",
        "totalAssets": f"{total}.00",
        "currentAssets": f"{current}.00",
        "currentLiabilities": f"{current // 2_000 * 1000}.00",
        "result": f"{turnover // 20_000 * 1000}.00",
        "auditorOpinion": opinion,
        "adoptedOn": date(year + 1, random.randint(4, 6), random.randint(10, 28)).isoformat(),
        "filedOn": date(year + 1, 7, random.randint(1, 28)).isoformat(),
    }


def _before(facts: dict[str, Any]) -> dict[str, Any]:
    """The year before, a tenth smaller, and the rows that complete the balance."""
    names = ("turnover", "result", "totalAssets", "currentAssets", "equity", "currentLiabilities")
    smaller = {name: Decimal(facts[name]) * 9 / 10 for name in names}
    fixed = Decimal(facts["totalAssets"]) - Decimal(facts["currentAssets"])
    return {**smaller, "year": str(facts["fiscalYear"] - 1), "fixed": fixed, "fixed-before": fixed * 9 / 10}
