"""Complaints procedures, as companies write them for participants and for auditors."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from tests.layouts.holders import Holder
from tests.layouts.sheets import Layout, dashed
from tests.layouts.unseen.paper import (
    ALL,
    BOARDS,
    Facts,
    a_day,
    abbreviated,
    bare_dashes,
    full_dots,
    papers,
    row,
    rows,
    site,
    text,
    with_zero,
)

KIND = "complaints_procedure"
DESKS = ("klachtenfunctionaris", "afdeling Kwaliteit", "secretariaat van de klachtencommissie", "klachtencoördinator")
BODIES = (
    "Geschillencommissie Verzonnen Diensten",
    "Stichting Fictieve Geschillen",
    "Onafhankelijke Klachtencommissie Proefland",
)
IN_WEEKS = {14: "twee weken", 21: "drie weken", 28: "vier weken", 42: "zes weken"}


def regulation(f: Facts) -> str:
    """A regulation in articles."""
    return rf"""
#align(center)[== KLACHTENREGLEMENT \ #text(10pt)[{text(f.holder.name)}, versie {f.text("version")}]]

*Artikel 1. Begrippen* \
Klacht: een uiting van ongenoegen over een gedraging van de organisatie.

*Artikel 2. Indienen* \
Een klacht wordt schriftelijk ingediend bij: {f.text("contact")}. De ontvangst wordt binnen 5 werkdagen bevestigd.

*Artikel 3. Behandeling* \
De klager ontvangt binnen {f.text("answerDays")} dagen na ontvangst van de klacht een gemotiveerd antwoord. Een klacht over een
gebeurtenis van langer dan 365 dagen geleden hoeft niet te worden behandeld.

*Artikel 4. Beroep* \
Een klager die het niet eens is met de uitkomst kan zich wenden tot de {f.text("independentBody")}. Dat kan tot 90
dagen na het antwoord.

*Artikel 5. Slotbepalingen* \
Dit reglement is vastgesteld door: {f.text("approvedBy")}. Het treedt in werking op {f.day("effectiveDate")}.
"""


def leaflet(f: Facts) -> str:
    """A leaflet with steps for participants."""
    return rf"""
#set page(paper: "a5", margin: 1.5cm)
#text(18pt)[Niet tevreden? Zeg het ons!]
=== Stap 1: praat erover
Vertel het eerst aan uw begeleider. Vaak is het dan snel opgelost.
=== Stap 2: schrijf ons
Stuur uw klacht naar: {f.text("contact")}
=== Stap 3: wij antwoorden
U krijgt ons antwoord binnen {f.word("answerDays", IN_WEEKS)}.
=== Stap 4: nog niet tevreden?
Ga dan naar {f.text("independentBody")}. Die hoort niet bij ons.
#v(1fr)
#text(7pt)[Klachtenfolder {text(f.holder.name)}, versie {f.text("version")}, geldig vanaf
{f.day("effectiveDate", abbreviated)}. Goedgekeurd door {f.text("approvedBy")}. Lees alles op {f.text("url")}]
"""


def procedure_table(f: Facts) -> str:
    """A procedure of a quality system: a block of control and steps with who and when."""
    return rf"""
#table(columns: (1fr, 1fr, 1fr, 1fr), inset: 4pt, {
        rows(
            ("Procedure P-14", "*Klachten*", "Rev.", f.text("version")),
            ("Ingang", f.day("effectiveDate", dashed), "Vervalt na", f.day("endDate", dashed)),
            ("Vrijgave door", f.text("approvedBy"), "Organisatie", text(f.holder.name)),
        )
    })
#v(6mm)
#table(columns: (auto, 1fr, 4.6cm, 3cm), table.header([*Nr*], [*Stap*], [*Wie*], [*Termijn*]), {
        row("1", "Klacht aannemen (loket voor klachten)", f.text("contact"), "direct")
        + row("2", "Ontvangst bevestigen", "secretariaat", "3 werkdagen")
        + row("3", "Klager antwoorden", "verantwoordelijk manager", f"{f.text('answerDays')} dagen")
        + row("4", "Onafhankelijke behandeling als klager dat wil", f.text("independentBody"), "60 dagen")
    })
#text(8pt)[Vorige revisie: 01-03-2021.]
"""


def site_page(f: Facts) -> str:
    """A page of a site."""
    return rf"""
#text(7pt)[20-11-2026, 16:02 #h(1fr) {f.text("url")}]
= Klachtenregeling
#text(8pt)[Versie: {f.text("version")} | Actueel sinds: {f.day("effectiveDate", with_zero)}]

Hebt u een klacht over {text(f.holder.name)}? Stuur uw klacht aan: {f.text("contact")}. Binnen {f.text("answerDays")}
dagen hoort u wat wij ervan vinden. Duurt het langer, dan laten wij dat weten. Uitstel kan één keer, met 7 dagen.

Komen wij er samen niet uit, dan beslist een instantie die los van ons staat: {f.text("independentBody")}.

Over deze regeling besliste: {f.text("approvedBy")}.
"""


def memo(f: Facts) -> str:
    """A decision of the board in short points."""
    return rf"""
#set text(font: "New Computer Modern")
*Aan:* alle medewerkers van {text(f.holder.name)} \
*Van:* {f.text("approvedBy")} (vaststelling) \
*Datum memo:* {f.around("effectiveDate", -16, full_dots)} \
*Onderwerp:* nieuwe klachtenprocedure, versie {f.text("version")}

De procedure geldt van {f.day("effectiveDate", full_dots)} tot en met {f.day("endDate", full_dots)}.

- klachten gaan naar: {f.text("contact")}
- reactietermijn: {f.text("answerDays")} kalenderdagen (was 45)
- externe instantie: {f.text("independentBody")}
- registratie: wij bewaren klachten 2 jaar
"""


def card(f: Facts) -> str:
    """A sheet with the particulars in two columns of labels over values."""
    cells = [
        ("WELKE REGELING", f"Klachtenregeling {text(f.holder.name)}"),
        ("UITGAVE", f.text("version")),
        ("GELDIG MET INGANG VAN", f.day("effectiveDate", bare_dashes)),
        ("BESLUIT VAN", f.text("approvedBy")),
        ("KLACHTEN AAN", f.text("contact")),
        ("ANTWOORD UITERLIJK NA", f"{f.text('answerDays')} dagen"),
        ("ONAFHANKELIJK LOKET", f.text("independentBody")),
        ("TE LEZEN OP", f.text("url")),
    ]
    body = "".join(f"[#text(7pt)[{label}] \\ {value}], " for label, value in cells)
    return f"= Klachten in het kort\n#grid(columns: (1fr, 1fr), row-gutter: 1.5em, {body})\n"


def layouts() -> Iterator[Layout]:
    """Each form for three companies."""
    issuers = (regulation, leaflet, procedure_table, site_page, memo, card)
    return papers(KIND, _facts, {each: ALL[place % 3 :] for place, each in enumerate(issuers)})


def _facts(random: Random, holder: Holder) -> dict[str, Any]:
    start = a_day(random, date(2023, 1, 2), date(2026, 9, 1))
    return {
        "version": random.choice(["1.1", "2.0", "2.3", "5", "2026-1"]),
        "effectiveDate": start.isoformat(),
        "endDate": start.replace(year=start.year + 4, day=28).isoformat(),
        "approvedBy": random.choice(BOARDS),
        "contact": random.choice(DESKS),
        "answerDays": random.choice(list(IN_WEEKS)),
        "independentBody": random.choice(BODIES),
        "url": site(holder, "klachten"),
    }
