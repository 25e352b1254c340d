"""Privacy policies: a cover, an imprint, a running head, questions and answers, a table of versions."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from tests.layouts.sheets import Layout, Sheet, dashed, dotted, in_words, iso, seeded, slashed, typeset

KIND = "privacy_policy"
FORMAL = {
    "legal_basis": "Grondslagen",
    "retention": "Bewaartermijnen",
    "rights": "Rechten van deelnemers",
    "contact": "Functionaris gegevensbescherming",
    "breaches": "Datalekken",
    "processors": "Verwerkers",
}
ASKED = {
    "legal_basis": "Op welke grondslag gebruiken wij uw gegevens?",
    "retention": "Hoe lang bewaren wij uw gegevens?",
    "rights": "Welke rechten hebt u?",
    "contact": "Met wie kunt u contact opnemen?",
    "breaches": "Wat doen wij bij een datalek?",
    "processors": "Welke verwerkers schakelen wij in?",
}
TEXTS = {
    "legal_basis": "Wij gebruiken persoonsgegevens om een contract uit te voeren, of omdat de wet het vraagt (artikel 6 AVG).",
    "retention": "Een dossier blijft ten hoogste vijf jaar bij ons na het einde van het traject. Daarna vernietigen wij het.",
    "rights": "U mag uw gegevens inzien, laten verbeteren en laten wissen. U krijgt binnen een maand antwoord.",
    "contact": "Schrijf naar privacy@voorbeeldbedrijf.example of bel 088 123 45 67.",
    "breaches": "Wij melden het binnen 72 uur bij de Autoriteit Persoonsgegevens, en aan u als het nodig is.",
    "processors": "Met ieder bedrijf dat in onze opdracht gegevens beheert is een overeenkomst gesloten (artikel 28 AVG).",
}

SECTIONS = r"""
#for title in d.mentions [
  == #title
  #x.texts.at(title)
]
"""

COVER = r"""
#v(5cm)
#align(center, text(26pt)[Privacyreglement])
#v(4cm)
#ruled(
  ("Versie", "version"), ("Ingangsdatum", "effectiveDate"), ("Geldt tot en met", "endDate"),
  ("Vastgesteld door", "approvedBy"), ("Evaluatie uiterlijk", "reviewDate"), ("Te vinden op", "url"),
)
#pagebreak()
""" + SECTIONS  # fmt: skip

IMPRINT = r"""
= Privacyverklaring
Test BV Donald gaat zorgvuldig om met persoonsgegevens. De AVG is van toepassing sinds #x.gdpr.
""" + SECTIONS + r"""
#line(length: 100%)
#set text(8.5pt)
Dit is versie #d.version van ons reglement. Het is vastgesteld door #d.approvedBy en geldt vanaf
#d.effectiveDate. Wij bekijken het opnieuw op #d.reviewDate. Kijk voor de laatste versie op #d.url.
"""  # fmt: skip

RUNNING_HEAD = r"""
#set page(header: text(8pt)[
  Privacyreglement #sym.dot.c versie #d.version #sym.dot.c van kracht per #d.effectiveDate #h(1fr) afgedrukt op #x.printed
])
#set text(font: "New Computer Modern")
#enum(..d.mentions.map(title => [*#title* \ #x.texts.at(title)]))
#v(1cm)
Aldus vastgesteld door #d.approvedBy.
"""

HISTORY = r"""
= Reglement bescherming persoonsgegevens
""" + SECTIONS + r"""
= Versiebeheer
#table(columns: 3, [Versie], [Geldig vanaf], [Goedgekeurd door],
  [0.9], x.oldest, [concept], [1.0], x.older, d.approvedBy, d.version, d.effectiveDate, d.approvedBy)
Geldende versie: #d.version.
"""  # fmt: skip

DOTS = r"""
#set text(font: "DejaVu Sans Mono", size: 9pt)
PRIVACYREGLEMENT \

#with-dots(
  ("VERSIE", "version"), ("GELDIG MET INGANG VAN", "effectiveDate"), ("GELDIG TOT EN MET", "endDate"),
  ("GOEDGEKEURD DOOR", "approvedBy"), ("VOLGENDE HERZIENING", "reviewDate"),
)
""" + SECTIONS  # fmt: skip

SHEETS = (
    Sheet("cover", COVER, in_words, words={"mentions": FORMAL}),
    Sheet("imprint", IMPRINT, in_words, words={"mentions": ASKED}, without=frozenset({"endDate"})),
    Sheet(
        "running-head",
        RUNNING_HEAD,
        dashed,
        words={"mentions": FORMAL},
        without=frozenset({"endDate", "reviewDate", "url"}),
    ),
    Sheet("history", HISTORY, slashed, words={"mentions": FORMAL}, without=frozenset({"endDate", "reviewDate", "url"})),
    Sheet("dots", DOTS, dotted, words={"mentions": ASKED}, without=frozenset({"url"})),
    Sheet("cover-iso", COVER, iso, words={"mentions": ASKED}, without=frozenset({"reviewDate"})),
)


def layouts() -> Iterator[Layout]:
    """Each sheet with all, most and few of the subjects."""
    random = seeded(KIND)
    extra = {
        "texts": {title: TEXTS[code] for titles in (FORMAL, ASKED) for code, title in titles.items()},
        "gdpr": date(2018, 5, 25),
        "printed": date(2026, 11, 10),
        "oldest": date(2019, 2, 1),
        "older": date(2021, 9, 1),
    }
    sets = [
        _facts("2.1", "de directie", sorted(TEXTS), random),
        _facts("3.0", "het bestuur", ["contact", "legal_basis", "retention", "rights"], random)
        | {"endDate": "2028-12-31"},
        _facts("2026-1", "de raad van toezicht", ["breaches", "processors", "retention", "rights"], random),
    ]
    yield from typeset(KIND, SHEETS, sets, extra)


def _facts(version: str, approver: str, mentions: list[str], random: Random) -> dict[str, Any]:
    return {
        "version": version,
        "effectiveDate": date(random.randint(2024, 2026), random.randint(1, 9), 1).isoformat(),
        "approvedBy": approver,
        "reviewDate": date(random.randint(2027, 2028), random.randint(1, 12), 15).isoformat(),
        "url": "https://www.voorbeeldbedrijf.example/privacy",
        "mentions": mentions,
    }
