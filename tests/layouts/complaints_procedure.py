"""Complaints procedures."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from tests.layouts.sheets import Layout, Sheet, dashed, dotted, in_words, iso, seeded, shortened, typeset

KIND = "complaints_procedure"
WEEKS = {"answerDays": {14: "twee weken", 28: "vier weken", 42: "zes weken"}}

ARTICLES = r"""
#align(center, text(16pt)[Klachtenreglement])
#ruled(
  ("Versie", "version"), ("Geldt vanaf", "effectiveDate"), ("Geldt tot en met", "endDate"),
  ("Vastgesteld door", "approvedBy"),
)
*Artikel 1 - Indienen.* U stuurt uw klacht aan #d.contact. U krijgt binnen 5 werkdagen een bevestiging.

*Artikel 2 - Behandeling.* U krijgt binnen #d.answerDays dagen na ontvangst een schriftelijk antwoord.

#if "independentBody" in d [*Artikel 3 - Beroep.* Bent u het niet eens met het antwoord? Dan kunt u binnen
een jaar naar #d.independentBody.]

*Artikel 4 - Publicatie.* Dit reglement staat op #d.url.
"""

FOLDER = r"""
#set page(columns: 2)
#text(16pt)[Een klacht?] \ Zo lossen wij het op.

Test Stichting Opstap vindt het belangrijk dat u tevreden bent. Praat eerst met uw begeleider. Komt u er
niet uit, dan gaat uw klacht naar #d.contact.

Wij antwoorden binnen #d.answerDays. Kan dat niet, dan hoort u dat op tijd; het antwoord komt dan ten
hoogste 10 dagen later.

#if "independentBody" in d [Ook daarna kunt u verder, bij #d.independentBody. Die instantie is onafhankelijk.]

#colbreak()
#text(8pt)[Deze folder hoort bij versie #d.version van onze klachtenregeling,
  vastgesteld door #d.approvedBy en geldig vanaf #d.effectiveDate. Drukwerk: #x.printed.]
"""

FORM = r"""
#set text(font: "New Computer Modern")
= Klachtenprocedure
#labels-above(columns: 2,
  ("Versienummer", "version"), ("In werking sinds", "effectiveDate"), ("Goedgekeurd door", "approvedBy"),
  ("Klacht indienen bij", "contact"), ("Reactietermijn (dagen)", "answerDays"),
  ("Onafhankelijke commissie", "independentBody"), ("Website", "url"),
)
#v(6mm)
Bewaartermijn van klachtdossiers: 730 dagen. Vorige uitgave: #x.previous.
"""

DOTS = r"""
#set text(font: "DejaVu Sans Mono", size: 9pt)
KLACHTENREGELING \

#with-dots(
  ("VERSIE", "version"), ("INGANGSDATUM", "effectiveDate"), ("VASTGESTELD DOOR", "approvedBy"),
  ("ADRES VOOR KLACHTEN", "contact"), ("ANTWOORD BINNEN (DAGEN)", "answerDays"),
  ("ONAFHANKELIJKE INSTANTIE", "independentBody"),
)
"""

STEPS = r"""
#set page(header: [Klachtenregeling, versie #d.version #h(1fr) geldig vanaf #d.effectiveDate])
+ *Melden* --- bij #d.contact
+ *Bevestigen* --- wij sturen u na 3 dagen een bericht van ontvangst
+ *Antwoorden* --- u hebt binnen #d.answerDays dagen ons antwoord
#if "independentBody" in d [+ *Verder gaan* --- #d.independentBody geeft een onafhankelijk oordeel]

Besluit van #d.approvedBy, genomen op #x.decided.
"""

SHEETS = (
    Sheet("articles", ARTICLES, in_words),
    Sheet("folder", FOLDER, in_words, words=WEEKS, without=frozenset({"endDate", "url"})),
    Sheet("form", FORM, iso, without=frozenset({"endDate"})),
    Sheet("dots", DOTS, dotted, without=frozenset({"endDate", "url"})),
    Sheet("steps", STEPS, dashed, without=frozenset({"endDate", "url"})),
    Sheet("articles-short", ARTICLES, shortened, without=frozenset({"endDate"})),
)


def layouts() -> Iterator[Layout]:
    """Each sheet with and without an independent body."""
    random = seeded(KIND)
    extra = {"printed": date(2026, 11, 2), "previous": date(2020, 1, 6), "decided": date(2023, 12, 12)}
    sets = [
        _facts("1.4", "de directie", "klachten@voorbeeldbedrijf.example", 14, random)
        | {"independentBody": "Geschillencommissie Nergenshuizen"},
        _facts("2025.2", "het bestuur", "het secretariaat, Postbus 12, 1234 AB Voorbeeldstad", 28, random),
        _facts("3", "de raad van bestuur", "de klachtencoördinator", 42, random)
        | {"independentBody": "Stichting Verzonnen Ombudswerk", "endDate": "2027-12-31"},
    ]
    yield from typeset(KIND, SHEETS, sets, extra)


def _facts(version: str, approver: str, contact: str, days: int, random: Random) -> dict[str, Any]:
    return {
        "version": version,
        "effectiveDate": date(random.randint(2024, 2026), random.randint(1, 9), random.choice([1, 15])).isoformat(),
        "approvedBy": approver,
        "contact": contact,
        "answerDays": days,
        "url": "https://www.voorbeeldbedrijf.example/klachten",
    }
