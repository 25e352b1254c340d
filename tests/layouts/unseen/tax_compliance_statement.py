"""Statements of tax behaviour, as letters, forms and messages of the tax service."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from tests.layouts.holders import DAGOBERT, DONALD, KATRIEN, SPRINGPLANK, Holder
from tests.layouts.sheets import Layout, dashed
from tests.layouts.unseen.paper import (
    ALL,
    LEGAL_PERSONS,
    Facts,
    a_day,
    abbreviated,
    full_dots,
    papers,
    rows,
    text,
    with_weekday,
    with_zero,
)

KIND = "tax_compliance_statement"
OWED = {
    "fulfilled": "geen openstaande schulden",
    "arrangement": "uitstel van betaling of een betalingsregeling",
    "not_fulfilled": "openstaande schulden zonder uitstel",
}


def side_column(f: Facts) -> str:
    """The letter with its particulars in a narrow column at the right."""
    told = {
        "fulfilled": "Op de dagtekening van deze brief had de onderneming geen openstaande schulden.",
        "arrangement": "Op de dagtekening van deze brief liep voor de openstaande aanslagen een betalingsregeling.",
        "not_fulfilled": "Op de dagtekening van deze brief had de onderneming openstaande schulden.",
    }
    facts = [("Dagtekening", f.day("issueDate", with_zero)), ("Ons kenmerk", f.text("reference"))]
    if f.has("rsin"):
        facts.append(("RSIN", f.text("rsin")))
    facts.append(("Bijlagen", "geen"))
    column = " \\ ".join(f"#text(7pt)[{label}] \\ {value}" for label, value in facts)
    return rf"""
Belastingdienst #h(1fr) Kantoor Fictiefstad
#v(5mm)
#grid(columns: (1fr, 4cm), column-gutter: 1cm, [
  > Retouradres Postbus 1, Fictiefstad

  {text(f.holder.name)} \
  {text(f.street)} \
  {text(f.town)}

  #v(1cm)
  Betreft: verklaring betalingsgedrag \
  (nakoming fiscale verplichtingen) {f.says("statementKind")}

  Geacht bestuur,

  U vroeg op {f.around("issueDate", -9, with_zero)} om een verklaring op naam van {f.text("holderName")}.
{f.word("outcome", told)}

  De verklaring geldt voor de omzetbelasting, de loonheffingen en de vennootschapsbelasting of inkomstenbelasting. Wij
  geven geen oordeel over belastingen van na de dagtekening.

  Hoogachtend, \
  namens de inspecteur
], [{column}])
"""


def boxes(f: Facts) -> str:
    """A form that an office fills in by crossing boxes."""
    number = f"{f.values['rsin'][:4]}.{f.values['rsin'][4:6]}.{f.values['rsin'][6:]}"
    f.says("rsin")
    outcome = f.ticked("outcome", OWED, " \\ ")
    return rf"""
#align(center)[== VERKLARING NAKOMING FISCALE VERPLICHTINGEN] {f.says("statementKind")}
#v(5mm)
#table(columns: (6cm, 1fr), {
        rows(
            ("Naam belastingplichtige", f.text("holderName")),
            ("Vorm", f.ticked("holderType", {"legal_person": "rechtspersoon", "natural_person": "eenmanszaak"})),
            ("Fiscaal nummer (RSIN)", text(number)),
            ("Btw-nummer", text(f"NL{f.values['rsin']}B01")),
            ("Uitslag", outcome),
            ("Nummer verklaring", f.text("reference")),
        )
    })
#v(1cm)
Afgegeven te Fictiefstad, {f.day("issueDate", with_weekday)} \
De ontvanger, (stempel)
#v(1fr)
#text(7pt)[Formulier IB 91 - versie 01-01-2020. Aanvraag ingediend door gemachtigde {text(f.other.name)}, KvK {
        text(f.other.kvk_number)
    }.]
"""


def tax_unit(f: Facts) -> str:
    """A statement for a tax unit, with the members of the unit and the numbers of each."""
    told = {
        "fulfilled": "zijn er geen openstaande schulden",
        "arrangement": "geldt een betalingsregeling, die wordt nagekomen",
        "not_fulfilled": "zijn er openstaande schulden",
    }
    return rf"""
*Belastingdienst* \
Grote Ondernemingen

#v(1cm)
Datum {f.day("issueDate", dashed)} #h(1cm) Kenmerk {f.text("reference")}

*Verklaring betalingsgedrag* \
_Nakoming fiscale verplichtingen_ {f.says("statementKind")}

Deze verklaring staat op naam van {f.text("holderName")} (RSIN {f.text("rsin")}). De onderneming hoort bij
{f.text("taxUnit")}, KvK {text(f.other.kvk_number)}. Bij alle onderdelen daarvan {f.word("outcome", told)}.

#table(columns: (1fr, auto, auto), table.header([*Onderdeel*], [*RSIN*], [*Gevoegd per*]), {
        rows(
            (text(f.other.name), text(str(f.other.rsin)), "01-01-2012"),
            (text(f.holder.name), text(str(f.holder.rsin)), "01-07-2016"),
        )
    })
Het verzoek ontvingen wij op {f.around("issueDate", -14, dashed)}.
"""


def portal_message(f: Facts) -> str:
    """A message in the portal for businesses, printed."""
    told = {
        "fulfilled": "U hebt geen openstaande schulden bij ons.",
        "arrangement": "U hebt schulden waarvoor u een betalingsregeling hebt. U komt die na.",
        "not_fulfilled": "U hebt openstaande schulden bij ons.",
    }
    return rf"""
#text(8pt)[mijnzakelijk.belastingdienst.example > Berichten > Bericht #h(1fr) afgedrukt 19 nov 2026 10:31]
#line(length: 100%)
== Uw verklaring nakoming fiscale verplichtingen {f.says("statementKind")}
#grid(columns: (4cm, 1fr), row-gutter: .7em, {
        rows(
            ("Voor", f.text("holderName")),
            (
                "Soort onderneming",
                f.word("holderType", {"legal_person": "rechtspersoon", "natural_person": "eenmanszaak"}),
            ),
            ("RSIN", f.text("rsin")) if f.has("rsin") else None,
            ("Gedateerd", f.day("issueDate", abbreviated)),
            ("Geplaatst op", f.around("issueDate", 2, abbreviated)),
            ("Referentie", f.text("reference")),
        )
    })
#v(4mm)
{f.word("outcome", told)} U kunt deze verklaring gebruiken bij een aanbesteding. Vraag op tijd een nieuwe aan: een
opdrachtgever accepteert haar meestal tot zes maanden.
"""


def short_statement(f: Facts) -> str:
    """A short statement in one sentence, on request of the company's adviser."""
    told = {
        "fulfilled": "geen openstaande schulden heeft",
        "arrangement": "een betalingsregeling heeft en deze nakomt",
        "not_fulfilled": "openstaande schulden heeft",
    }
    return rf"""
#set text(font: "New Computer Modern")
Aan {text(f.other.name)}, gemachtigde

#v(2cm)
De ontvanger van de Belastingdienst verklaart hierbij, gelet op artikel 2.89 van de Aanbestedingswet 2012, dat
*{f.text("holderName")}* (RSIN: {f.text("rsin")}) wat betreft de nakoming van fiscale verplichtingen {f.says("statementKind")}
{f.word("outcome", told)}.

Utrecht, {f.day("issueDate", full_dots)} #h(1fr) nr. {f.text("reference")}
"""


def layouts() -> Iterator[Layout]:
    """Each form for three companies."""
    yield from papers(KIND, _facts, {side_column: ALL, portal_message: (DAGOBERT, KATRIEN, SPRINGPLANK)})
    yield from papers(KIND, _facts, {boxes: LEGAL_PERSONS, short_statement: (SPRINGPLANK, KATRIEN, DONALD)})
    yield from papers(KIND, _facts, {tax_unit: (DONALD, KATRIEN)})


def _facts(random: Random, holder: Holder) -> dict[str, Any]:
    found = {
        "statementKind": "tax_obligations",
        "holderName": holder.name,
        "holderType": "natural_person" if holder is DAGOBERT else "legal_person",
        "taxUnit": f"Fiscale eenheid {random.choice(['Proefgroep', 'Verzonnen Beheer'])} c.s.",
        "reference": random.choice(["VB-{}/26", "OND.{}.A", "{}-NFV"]).format(random.randint(10_000, 99_999)),
        "outcome": random.choice(["fulfilled", "fulfilled", "arrangement", "not_fulfilled"]),
        "issueDate": a_day(random, date(2026, 4, 1), date(2026, 11, 13)).isoformat(),
    }
    return found | ({"rsin": holder.rsin} if holder.rsin else {})
