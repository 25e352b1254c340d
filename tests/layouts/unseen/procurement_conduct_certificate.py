"""Statements of conduct for procurement, as the screening authority sets them."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from tests.layouts.holders import DAGOBERT, DONALD, KATRIEN, OPSTAP, SPRINGPLANK, Holder
from tests.layouts.sheets import Layout, dashed
from tests.layouts.unseen.paper import (
    ALL,
    LEGAL_PERSONS,
    Facts,
    a_day,
    bare_dashes,
    full_slashes,
    papers,
    rows,
    small,
    text,
    with_weekday,
    with_zero,
)

KIND = "procurement_conduct_certificate"


def deed(f: Facts) -> str:
    """A deed in one sentence."""
    return rf"""
#v(2cm)
#align(center)[#text(16pt)[Gedragsverklaring aanbesteden] \ #text(8pt)[als bedoeld in artikel 4.1 van de Aanbestedingswet 2012]]
#v(1.5cm)
DE MINISTER VAN JUSTITIE EN VEILIGHEID,

gezien de aanvraag van {f.around("issueDate", -41)},

VERKLAART

dat uit het onderzoek naar *{f.text("holderName")}*, een
{f.word("holderType", {"legal_person": "rechtspersoon", "natural_person": "eenmanszaak"})}
die in het handelsregister staat onder {f.text("kvkNumber")}, niet is gebleken van bezwaren tegen inschrijving op een
overheidsopdracht.

#v(2cm)
Den Haag, {f.day("issueDate")} #h(1fr) Dossier {f.text("gvaReference")}
"""


def with_letter(f: Facts) -> str:
    """A covering letter that carries another day, and the statement behind it."""
    return rf"""
Dienst Justis \
Postbus 20300 Den Haag
#v(1cm)
{text(f.holder.name)} \
{text(f.street)}, {text(f.town)}
#v(1cm)
Verzonden op: {f.around("issueDate", 3, with_zero)} \
Onderwerp: toezending GVA

Hierbij ontvangt u de gedragsverklaring aanbesteden die u hebt aangevraagd. De kosten (€ 70,-) zijn voldaan. Bewaar het
origineel goed; wij sturen geen tweede exemplaar.
#pagebreak()
#align(right)[Bladzijde 2 van 2]
== GVA
#grid(columns: (1fr, 1fr), row-gutter: 1.4em, {
        rows(
            (
                f.text("holderName") + small("Afgegeven ten behoeve van"),
                f.text("kvkNumber") + small("Nummer Kamer van Koophandel"),
            ),
            (
                f.text("gvaReference") + small("Nummer verklaring"),
                f.day("issueDate", with_zero) + small("Afgegeven op"),
            ),
        )
    })
"""


def two_parties(f: Facts) -> str:
    """A form with the party it is about, and the party that asked for it on its behalf."""
    return rf"""
= Gedragsverklaring aanbesteden (GVA)
#table(columns: (1fr, 1fr, 1fr), table.header([], [*Betrokkene*], [*Gemachtigde*]), {
        rows(
            ("Naam", f.text("holderName"), text(f.other.name)),
            ("KvK-nummer", f.text("kvkNumber"), text(f.other.kvk_number)),
            (
                "Hoedanigheid",
                f.word("holderType", {"legal_person": "rechtspersoon", "natural_person": "eenmanszaak"}),
                "adviseur",
            ),
        )
    })
#v(5mm)
Ontvangst aanvraag: {f.around("issueDate", -30, full_slashes)} \
Besluit: afgegeven \
Datum besluit: {f.day("issueDate", full_slashes)} \
Ons kenmerk: {f.text("gvaReference")}

Tegen dit besluit kunt u binnen zes weken bezwaar maken.
"""


def crossed(f: Facts) -> str:
    """An older form with boxes and typewriter letters."""
    return rf"""
#set text(font: "DejaVu Sans Mono", size: 8.5pt)
GEDRAGSVERKLARING AANBESTEDEN #h(1fr) Model 2013/1

Onderneming betreft een:
{f.ticked("holderType", {"legal_person": "rechtspersoon", "natural_person": "eenmanszaak"}, "  ")}

Statutaire of handelsnaam . : {f.text("holderName")} \
Inschrijving KvK. . . . . . : {f.text("kvkNumber")} \
Aanvraagnummer. . . . . . . : {f.text("gvaReference")} \
Dagtekening verklaring. . . : {f.day("issueDate", dashed)}

De verklaring kan tot twee jaar na dagtekening worden overgelegd.
"""


def certificate_foot(f: Facts) -> str:
    """A statement whose particulars stand in its foot, in one line."""
    return rf"""
#v(1fr)
#align(center)[
  #text(11pt)[Justis, screeningsautoriteit] \
  #v(1cm)
  #text(20pt)[{f.text("holderName")}]

  voldoet aan de eisen voor een \
  *gedragsverklaring aanbesteden*

  Afgegeven: {f.day("issueDate", with_weekday)}
]
#v(1fr)
#line(length: 100%)
#text(8pt)[GVA-nummer {f.text("gvaReference")} | KVK {f.text("kvkNumber")} | uitgedraaid
{f.around("issueDate", 6, bare_dashes)} | blad 1]
"""


def layouts() -> Iterator[Layout]:
    """Each form for three companies."""
    return papers(
        KIND,
        _facts,
        {
            deed: ALL,
            with_letter: (KATRIEN, SPRINGPLANK, DONALD),
            two_parties: (OPSTAP, DAGOBERT, DONALD),
            crossed: (DAGOBERT, OPSTAP, KATRIEN),
            certificate_foot: LEGAL_PERSONS[1:],
        },
    )


def _facts(random: Random, holder: Holder) -> dict[str, Any]:
    return {
        "holderName": holder.name,
        "holderType": "natural_person" if holder is DAGOBERT else "legal_person",
        "kvkNumber": holder.kvk_number,
        "gvaReference": random.choice(["GVA-{}", "{}/AB", "JUS {}"]).format(random.randint(100_000, 999_999)),
        "issueDate": a_day(random, date(2025, 1, 6), date(2026, 11, 6)).isoformat(),
    }
