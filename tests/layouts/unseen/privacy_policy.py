"""Privacy policies, as companies write them; a topic stands in them or does not."""

from collections.abc import Iterator, Mapping
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
    full_dots,
    full_slashes,
    papers,
    row,
    rows,
    site,
    text,
)

KIND = "privacy_policy"
ARTICLES = {
    "legal_basis": "Grondslag van de verwerking. Dat mag omdat het nodig is voor de overeenkomst of omdat de wet het eist.",
    "retention": "Bewaartermijnen. Een dossier blijft twee jaar na het einde van het traject staan; daarna verwijderen wij het.",
    "rights": "Rechten van deelnemers. U mag uw gegevens inzien, laten verbeteren en laten wissen, en bezwaar maken.",
    "contact": "Functionaris gegevensbescherming. Met vragen kunt u terecht bij onze functionaris gegevensbescherming.",
    "breaches": "Datalekken. Een datalek melden wij binnen 72 uur bij de Autoriteit Persoonsgegevens.",
    "processors": "Verwerkers. Met elke leverancier die voor ons gegevens verwerkt, sluiten wij een verwerkersovereenkomst.",
}
TALK = {
    "legal_basis": "De AVG vraagt om een reden. Onze grondslagen zijn uw toestemming en de uitvoering van de opdracht.",
    "retention": "De bewaartermijn van uw dossier is vijf jaar. Daarna vernietigen wij alles.",
    "rights": "U hebt het recht op inzage en correctie van uw gegevens. Ook kunt u vragen om ze over te dragen.",
    "contact": "Onze functionaris voor gegevensbescherming (FG) helpt u verder.",
    "breaches": "Raakt een apparaat weg of ziet iemand iets wat niet mag? Dat is een datalek. U hoort het van ons.",
    "processors": "Onze hulpbedrijven, zoals de maker van onze software, zijn verwerkers. Dat ligt schriftelijk vast.",
}


def articles(f: Facts) -> str:
    """A regulation in articles, closed by an article on its own validity."""
    body = "\n\n".join(f"*Artikel {place}* \\ {each}" for place, each in enumerate(topics(f, ARTICLES), start=2))
    last = f"tot en met {f.day('endDate')}" if f.has("endDate") else "totdat een nieuwe versie is vastgesteld"
    return rf"""
#align(center)[= Reglement bescherming persoonsgegevens \ {text(f.holder.name)}]

*Artikel 1* \ Dit reglement is van toepassing op iedereen die bij ons een traject volgt. Met de wet bedoelen wij de AVG, van
toepassing sinds 25 mei 2018.

{body}

*Slotartikel* \ Dit reglement treedt in werking op {f.day("effectiveDate")} en geldt {last}. Het is
vastgesteld door: {f.text("approvedBy")}. Versienummer: {f.text("version")}.
"""


def web_page(f: Facts) -> str:
    """A print of a page of a site, with menu and foot."""
    body = "\n\n".join(f"=== {place}. \n{each}" for place, each in enumerate(topics(f, TALK), start=1))
    return rf"""
#set text(font: "Libertinus Serif")
#text(7pt)[{f.text("url")} #h(1fr) 18-11-2026 09:14]
#text(8pt)[Home | Diensten | Over ons | *Privacy*]
= Zo gaan wij om met uw gegevens
#text(8pt)[Versie {f.text("version")}. Deze verklaring geldt sinds {f.day("effectiveDate", abbreviated)}.]

{body}

#v(1fr)
#text(8pt)[{text(f.holder.name)} | KvK {text(f.holder.kvk_number)} | Opgesteld en goedgekeurd door
{f.text("approvedBy")}. Eerste versie: 25 mei 2018.]
"""


def document_control(f: Facts) -> str:
    """A document of a quality system with a block of control and the history of its versions."""
    body = "\n".join(f"+ {each}" for each in topics(f, ARTICLES))
    return rf"""
#table(columns: (auto, 1fr, auto, 1fr), inset: 5pt, {
        rows(
            ("Document", "KD-07 Privacybeleid", "Versie", f.text("version")),
            ("Eigenaar", "Kwaliteit", "Vastgesteld door", f.text("approvedBy")),
            ("In gebruik vanaf", f.day("effectiveDate", dashed), "Volgende herziening", f.day("reviewDate", dashed)),
        )
    })
= Privacybeleid {text(f.holder.name)}
{body}
#v(1cm)
*Historie* \
#table(columns: (auto, auto, 1fr), table.header([Versie], [Datum], [Wijziging]), {
        row("0.9", "12-01-2016", "Concept") + row("1.0", "01-05-2018", "AVG verwerkt")
    })
#text(8pt)[Afgedrukt exemplaar is niet beheerd.]
"""


def questions(f: Facts) -> str:
    """A leaflet for participants, its particulars on the back."""
    body = "\n\n".join(f"- {each}" for each in topics(f, TALK))
    ending = f" tot en met {f.day('endDate', full_slashes)}" if f.has("endDate") else ""
    return rf"""
#set page(paper: "a5", margin: 1.6cm)
#text(16pt)[Uw privacy bij {text(f.holder.name)}]

{body}
#pagebreak()
#v(1fr)
#text(8pt)[
Deze folder is versie {f.text("version")}. \
Geldig vanaf {f.day("effectiveDate", full_slashes)}{ending}. \
Besloten door: {f.text("approvedBy")} \
Wij bekijken de folder opnieuw op {f.day("reviewDate", full_slashes)}. \
Online: {f.text("url")} \
Drukwerk: Verzonnen Drukkerij, {f.around("effectiveDate", -21, full_slashes)}]
"""


def decision(f: Facts) -> str:
    """A policy that opens with the decision that made it."""
    body = "\n\n".join(topics(f, ARTICLES))
    return rf"""
#set text(font: "New Computer Modern")
#align(right)[{text(f.holder.name)} \ kenmerk BEL/12/privacy]

*Besluit.* Het reglement gegevensverwerking, uitgave {f.text("version")}, is door {f.text("approvedBy")} goedgekeurd en gaat
in per {f.day("effectiveDate", full_dots)}. De uitgave van 11.02.2019 vervalt. Evaluatie vindt plaats op
{f.day("reviewDate", full_dots)}.

{body}
"""


def topics(f: Facts, words: Mapping[str, str]) -> list[str]:
    return [text(words[code]) for code in words if code in f.raw("mentions")]


def layouts() -> Iterator[Layout]:
    """Each form for three companies."""
    issuers = (articles, web_page, document_control, questions, decision)
    return papers(KIND, _facts, {each: ALL[place % 3 :] for place, each in enumerate(issuers)})


def _facts(random: Random, holder: Holder) -> dict[str, Any]:
    start = a_day(random, date(2023, 1, 2), date(2026, 9, 1))
    found = {
        "version": random.choice(["1.4", "2.0", "2.1", "3", "2025-2", "4.12"]),
        "effectiveDate": start.isoformat(),
        "approvedBy": random.choice(BOARDS),
        "reviewDate": a_day(random, date(2027, 1, 4), date(2028, 3, 1)).isoformat(),
        "url": site(holder, "privacy"),
        "mentions": sorted(random.sample(list(ARTICLES), random.randint(3, 6))),
    }
    return found | ({"endDate": date(2028, 12, 31).isoformat()} if random.random() < 0.4 else {})
