"""Annual accounts as filed, compiled, audited and summed up."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from tests.layouts.holders import DONALD, KATRIEN, OPSTAP, SPRINGPLANK, Holder
from tests.layouts.sheets import Layout, cents, grouped, in_thousands
from tests.layouts.unseen.paper import (
    LEGAL_PERSONS,
    Facts,
    a_day,
    as_amount,
    bare_dashes,
    euro_tight,
    full_slashes,
    in_brackets,
    minus_behind,
    papers,
    row,
    rows,
    text,
    with_zero,
    without_year,
)

KIND = "annual_accounts"
Write = Callable[[Decimal], str]


def filing(f: Facts) -> str:
    """What a small company files: a cover and a balance with its two sides next to each other, no profit and loss."""
    assets = rows(
        ("*Vaste activa*", fixed(f, grouped), past(f, 1)),
        ("*Vlottende activa*", f.amount("currentAssets"), past(f, 2)),
        ("*Totaal activa*", f.amount("totalAssets"), past(f, 3)),
    )
    sources = rows(
        ("*Eigen vermogen*", f.amount("equity", in_brackets), past(f, 4)),
        ("*Langlopende schulden*", long_debts(f, grouped), past(f, 5)),
        ("*Kortlopende schulden*", f.amount("currentLiabilities"), past(f, 6)),
        ("*Totaal passiva*", f.amount("totalAssets"), past(f, 3)),
    )
    return rf"""
#v(4cm)
#align(center)[
  {text(f.holder.name)} \
  #text(18pt)[Publicatiestukken {f.text("fiscalYear")}]

  Handelsregisternummer {f.text("kvkNumber")} \
  Vastgesteld in de algemene vergadering van {f.day("adoptedOn")}
]
#pagebreak()
== Balans per {f.day("periodEnd")} (na winstbestemming)
{f.says("documentKind")}
#set text(8pt)
#grid(columns: (1fr, 1fr), column-gutter: 5mm,
  table(columns: (1fr, auto, auto), stroke: none, align: (left, right, right),
    table.header([ACTIVA (in €)], [{f.values["fiscalYear"]}], [{f.values["fiscalYear"] - 1}]), {assets}),
  table(columns: (1fr, auto, auto), stroke: none, align: (left, right, right),
    table.header([PASSIVA (in €)], [{f.values["fiscalYear"]}], [{f.values["fiscalYear"] - 1}]), {sources}),
)
#pagebreak()
== Toelichting
Deze jaarrekening is opgesteld volgens Titel 9 Boek 2 BW voor kleine rechtspersonen. De winst-en-verliesrekening wordt niet
openbaar gemaakt. Gemiddeld aantal werknemers: 23 (vorig jaar: 21).
"""


def compiled(f: Facts) -> str:
    """The report of an accountant: its statement, the balance with notes, profit and loss."""
    year = f.values["fiscalYear"]
    balance = rows(
        ("Materiële vaste activa", "1", fixed(f, grouped), past(f, 1)),
        ("Vlottende activa", "2", f.amount("currentAssets"), past(f, 2)),
        ("*Totaal*", "", f"*{f.amount('totalAssets')}*", past(f, 3)),
        ("Eigen vermogen", "3", f.amount("equity", minus_behind), past(f, 4)),
        ("Langlopende schulden", "4", long_debts(f, grouped), past(f, 5)),
        ("Kortlopende schulden", "5", f.amount("currentLiabilities"), past(f, 6)),
    )
    profit = rows(
        ("Netto-omzet", "6", f.amount("turnover"), past(f, 7)),
        ("Kostprijs van de omzet", "7", part(f, 30), past(f, 8)),
        ("Personeelskosten", "8", part(f, 45), past(f, 9)),
        ("Resultaat na belastingen", "", f.amount("result", minus_behind), past(f, 10)),
    )
    return rf"""
#v(3cm)
#text(20pt)[Jaarrapport {f.text("fiscalYear")}] {f.says("documentKind", "auditorOpinion")}

{text(f.holder.name)} te {text(str(f.holder.seat))} \
KvK {f.text("kvkNumber")}
#v(1fr)
Fictief Accountantskantoor B.V., KvK 90006633 \
Rapportdatum: {f.around("adoptedOn", -12)}
#pagebreak()
= Samenstellingsverklaring van de accountant
Aan: de directie van {text(f.holder.name)}

De jaarrekening is door ons samengesteld op basis van de van u gekregen informatie. De jaarrekening bestaat uit de balans
per {f.day("periodEnd")} en de winst-en-verliesrekening over de periode {f.day("periodStart")} tot en met {f.day("periodEnd")} met
de daarbij horende toelichting.
#pagebreak()
= Balans per {f.day("periodEnd")}
#table(columns: (1fr, 1.2cm, 3cm, 3cm), align: (left, center, right, right), stroke: none,
  table.header([], [Toel.], [{f.day("periodEnd", bare_dashes)} \ €], [31-12-{year - 1} \ €]), {balance})
#pagebreak()
= Winst-en-verliesrekening
#table(columns: (1fr, 1.2cm, 3cm, 3cm), align: (left, center, right, right), stroke: none,
  table.header([], [Toel.], [{year} \ €], [{year - 1} \ €]), {profit})
Vastgesteld in de algemene vergadering op {f.day("adoptedOn")}. Gedeponeerd bij de Kamer van Koophandel op {f.day("filedOn")}.
"""


def group_report(f: Facts) -> str:
    """Part of the audited accounts of a group, in thousands, with the figures one under another."""
    year = f.values["fiscalYear"]
    return rf"""
#text(8pt)[Jaarverslag {year} | {text(f.holder.name)}]
= Geconsolideerde jaarrekening {f.text("fiscalYear")} {f.says("documentKind", "auditorOpinion")}
De vennootschap {text(f.holder.name)} (handelsregister {
        f.text("kvkNumber")
    }) maakt deze stukken op voor haar groep. Haar
moedermaatschappij is {text(f.other.name)} (handelsregister {f.text("parentKvkNumber")}).
Verslagperiode: {f.day("periodStart", with_zero)} - {f.day("periodEnd", with_zero)}.
Bedragen x € 1.000.

#table(columns: (1fr, 2.4cm, 2.4cm), align: (left, right, right), stroke: (x: none, y: .3pt),
  table.header([], [{year}], [{year - 1}]), {
        rows(
            ("Omzet", f.amount("turnover", in_thousands), "9.870"),
            ("Bedrijfslasten", part(f, 93, in_thousands), "9.512"),
            ("Resultaat toekomend aan de groep", f.amount("result", in_thousands), "241"),
            ("Immateriële en materiële vaste activa", fixed(f, in_thousands), "1.204"),
            ("Totaal vlottende activa", f.amount("currentAssets", in_thousands), "2.019"),
            ("Som der activa", f.amount("totalAssets", in_thousands), "3.223"),
            ("Groepsvermogen (eigen vermogen)", f.amount("equity", in_thousands), "1.377"),
            ("Leningen op lange termijn", long_debts(f, in_thousands), "640"),
            ("Totaal kortlopende schulden", f.amount("currentLiabilities", in_thousands), "1.206"),
        )
    })
Opgemaakt op {f.around("adoptedOn", -20, with_zero)}; vastgesteld op {f.day("adoptedOn", with_zero)}.
#pagebreak()
== Overige gegevens: controleverklaring van de onafhankelijke accountant
Ons oordeel: de in dit verslag opgenomen geconsolideerde jaarrekening geeft een getrouw beeld. Wij bepaalden de materialiteit
op € 95.000. Verzonnen Controle Accountants N.V., KvK 90006644.
"""


def of_a_foundation(f: Facts) -> str:
    """A statement of a foundation, with a budget besides what came true."""
    year = f.values["fiscalYear"]
    return rf"""
#set text(font: "New Computer Modern")
*{text(f.holder.name)}* #h(1fr) KvK-nr. {f.text("kvkNumber")}
= Financieel jaarverslag {f.text("fiscalYear")}
{f.says("documentKind", "auditorOpinion")}
De jaarrekening loopt van {f.day("periodStart", without_year)} t/m {
        f.day("periodEnd")
    }. Bij de jaarrekening is een beoordelingsverklaring afgegeven.
De directie stelde de stukken vast op {f.day("adoptedOn")}.

== Exploitatierekening
#table(columns: 4, align: (left, right, right, right),
  table.header([], [Realisatie {year}], [Begroting {year}], [Realisatie {year - 1}]), {
        rows(
            ("Netto-omzet", f.amount("turnover", cents), past(f, 11, cents), past(f, 7, cents)),
            ("waarvan re-integratie", f.amount("turnoverInDomain", cents), past(f, 12, cents), past(f, 13, cents)),
            ("Lasten", part(f, 96, cents), past(f, 14, cents), past(f, 8, cents)),
            ("Exploitatieresultaat", f.amount("result", cents), "0,00", past(f, 10, cents)),
        )
    })
== Verkorte balans (ultimo {year})
#table(columns: 2, align: (left, right), {
        rows(
            ("Balanstotaal", f.amount("totalAssets", cents)),
            ("Vlottende activa", f.amount("currentAssets", cents)),
            ("Eigen vermogen", f.amount("equity", cents)),
            ("Kortlopende schulden", f.amount("currentLiabilities", cents)),
        )
    })
"""


def turnover_letter(f: Facts) -> str:
    """A statement of turnover by an accountant, with the year before for comparison."""
    year = f.values["fiscalYear"]
    return rf"""
Verzonnen Accountants en Adviseurs #h(1fr) Fictiefstad, {f.around("periodEnd", 151, full_slashes)}

#v(1cm)
*Omzetverklaring boekjaar {f.text("fiscalYear")}* {f.says("documentKind")}

Op verzoek van {text(f.holder.name)}, ingeschreven in het handelsregister onder {
        f.text("kvkNumber")
    }, delen wij mee dat de omzet
exclusief btw over het boekjaar dat begon op {f.day("periodStart", full_slashes)} en eindigde op {
        f.day("periodEnd", full_slashes)
    } heeft bedragen:

#table(columns: (1fr, auto), align: (left, right), {
        rows(
            ("Totale omzet", f.amount("turnover", euro_tight)),
            ("Waarvan omzet uit re-integratie", f.amount("turnoverInDomain", euro_tight)),
            (f"Ter vergelijking: totale omzet {year - 1}", past(f, 7, euro_tight)),
        )
    })
Wij hebben hierbij geen assurancewerkzaamheden verricht.
"""


def micro_form(f: Facts) -> str:
    """The form that a micro entity files through the site of the register, codes and all."""
    year = f.values["fiscalYear"]
    table = "".join(
        row(*cells)
        for cells in (
            ("Rechtspersoon", text(f.holder.name)),
            ("KvK-nummer", f.text("kvkNumber")),
            ("Soort document", "jaarrekening, micro"),
            ("Boekjaar", f.text("fiscalYear")),
            ("Aanvang boekjaar", f.day("periodStart", bare_dashes)),
            ("Einde boekjaar", f.day("periodEnd", bare_dashes)),
            ("Datum vaststelling", f.day("adoptedOn", bare_dashes)),
            ("Accountantsverklaring", f.word("auditorOpinion", {"none": "geen"})),
            ("A. Vaste activa", fixed(f, grouped)),
            ("B. Vlottende activa", f.amount("currentAssets")),
            ("C. Totaal van activa", f.amount("totalAssets")),
            ("D. Eigen vermogen", f.amount("equity", in_brackets)),
            ("E. Schulden op lange termijn", long_debts(f, grouped)),
            ("F. Kortlopende schulden", f.amount("currentLiabilities")),
            ("G. Winst of verlies over het boekjaar", f.amount("result", in_brackets)),
        )
    )
    return rf"""
#text(8pt)[Deponering jaarstuk {year}, ontvangstbevestiging 4471-{year}] {f.says("documentKind")}
#table(columns: (7cm, 1fr), align: (left, right), {table})
Alle bedragen in hele euro's. Ingezonden en gedeponeerd: {f.day("filedOn", bare_dashes)}.
"""


def fixed(f: Facts, write: Write) -> str:
    return text(write(Decimal(f.values["totalAssets"]) - Decimal(f.values["currentAssets"])))


def long_debts(f: Facts, write: Write) -> str:
    owed = Decimal(f.values["totalAssets"]) - Decimal(f.values["equity"]) - Decimal(f.values["currentLiabilities"])
    return text(write(owed))


def part(f: Facts, percent: int, write: Write = grouped) -> str:
    return text(write(Decimal(f.values["turnover"]) * percent // 100))


def past(f: Facts, line: int, write: Write = grouped) -> str:
    """Any amount of another year or of the budget."""
    return text(write(Decimal(Random(f"{f.holder.name} {line}").randrange(20, 900) * 1_037)))  # noqa: S311


def layouts() -> Iterator[Layout]:
    """Each form for three companies."""
    yield from papers(KIND, _kind_of("company", "none"), {filing: (DONALD, SPRINGPLANK), micro_form: (OPSTAP, DONALD)})
    yield from papers(KIND, _kind_of("company", "compilation"), {compiled: (DONALD, KATRIEN, SPRINGPLANK)})
    yield from papers(KIND, _kind_of("company", "review"), {of_a_foundation: (OPSTAP,)})
    yield from papers(KIND, _kind_of("consolidated", "audit"), {group_report: (KATRIEN, DONALD)})
    yield from papers(KIND, _kind_of("turnover_statement", "none"), {turnover_letter: LEGAL_PERSONS})


def _kind_of(document: str, opinion: str) -> Callable[[Random, Holder], dict[str, Any]]:
    def draw(random: Random, holder: Holder) -> dict[str, Any]:
        is_group = document == "consolidated"
        parent = next(each for each in LEGAL_PERSONS if each is not holder)
        more = {"parentKvkNumber": parent.kvk_number} if is_group else {}
        return (
            _facts(random, holder, in_thousands_only=is_group)
            | more
            | {"documentKind": document, "auditorOpinion": opinion}
        )

    return draw


def _facts(random: Random, holder: Holder, *, in_thousands_only: bool) -> dict[str, Any]:
    def rounded(amount: int) -> int:
        return amount // 1_000 * 1_000 if in_thousands_only else amount

    year = random.choice([2023, 2024, 2025])
    turnover = rounded(random.randrange(600_000, 9_000_000))
    assets = rounded(turnover * random.randint(35, 60) // 100)
    current = rounded(assets * random.randint(55, 85) // 100)
    owed = rounded(assets * random.randint(25, 45) // 100)
    equity = rounded(assets * random.randint(8, 30) // 100) * random.choice([1, 1, 1, -1])
    result = rounded(turnover * random.randint(1, 7) // 100) * random.choice([1, 1, -1])
    adopted = a_day(random, date(year + 1, 4, 1), date(year + 1, 6, 25))
    return {
        "kvkNumber": holder.kvk_number,
        "fiscalYear": year,
        "periodStart": date(year, 1, 1).isoformat(),
        "periodEnd": date(year, 12, 31).isoformat(),
        "turnover": as_amount(turnover),
        "turnoverInDomain": as_amount(rounded(turnover * random.randint(40, 90) // 100)),
        "equity": as_amount(equity),
        "totalAssets": as_amount(assets),
        "currentAssets": as_amount(current),
        "currentLiabilities": as_amount(owed),
        "result": as_amount(result),
        "adoptedOn": adopted.isoformat(),
        "filedOn": a_day(random, adopted, date(year + 1, 7, 10)).isoformat(),
    }
