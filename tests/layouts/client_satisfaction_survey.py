"""Reports on what clients thought of a company."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from tests.layouts.sheets import Layout, Sheet, dashed, dotted, in_words, iso, seeded, typeset

KIND = "client_satisfaction_survey"
SCALES = {
    "1-10": "schaal van 1 tot en met 10",
    "1-5": "schaal van 1 tot en met 5",
    "0-100": "schaal van 0 tot en met 100",
}
DASHED = {"1-10": "1-10", "1-5": "1-5", "0-100": "0-100"}
BY_WHOM = {
    True: "Het onderzoek is uitgevoerd door een onafhankelijk bureau.",
    False: "Het onderzoek is in eigen beheer uitgevoerd.",
}

TABLE = r"""
= Cliënttevredenheidsonderzoek Test BV Donald
#ruled(
  ("Meetperiode van", "periodStart"), ("Meetperiode tot en met", "periodEnd"),
  ("Aantal uitgenodigd", "population"), ("Aantal ingevuld", "respondents"), ("Respons (%)", "responsePct"),
  ("Schaal", "scale"), ("Gemiddeld cijfer", "overallScore"), ("Net promoter score", "nps"),
  ("Kleinste groep", "smallestGroup"), ("Onderzoeksbureau", "bureau"),
  ("Onafhankelijk uitgevoerd", "independent"), ("Rapportdatum", "publishedOn"),
)
#v(5mm)
Ter vergelijking: het gemiddelde van de branche was #x.branche, met een respons van 38%.
"""

REPORT = r"""
#align(center)[#text(15pt)[Wat vinden deelnemers van ons?] \ Rapport van #d.publishedOn]

Tussen #d.periodStart en #d.periodEnd hebben wij #d.population deelnemers gevraagd wat zij van onze
begeleiding vonden. Van hen antwoordden er #d.respondents, dat is een respons van #d.responsePct%. In de
vorige meting (tot #x.previous) was dat 41%.

Op een #d.scale geven zij ons een #d.overallScore. #d.independent#if "bureau" in d [ Dat deed #d.bureau.]
Uitkomsten voor groepen kleiner dan #d.smallestGroup deelnemers staan niet in dit rapport.
"""

TILES = r"""
#set text(font: "New Computer Modern")
#text(18pt)[Deelnemers over ons] \ Meetperiode #d.periodStart t/m #d.periodEnd
#v(1cm)
#values-above(columns: 3,
  ("algemeen oordeel", "overallScore"), ("procent respons", "responsePct"), ("NPS", "nps"),
  ("deelnemers benaderd", "population"), ("deelnemers deden mee", "respondents"),
  ("kleinste groep", "smallestGroup"),
)
#v(1cm)
Cijfers op een schaal van #d.scale. #d.independent#if "bureau" in d [ (#d.bureau)]
"""

DOTS = r"""
#set text(font: "DejaVu Sans Mono", size: 8.5pt)
VERANTWOORDING TEVREDENHEIDSMETING \

#padded(width: 32,
  ("EERSTE DAG METING", "periodStart"), ("LAATSTE DAG METING", "periodEnd"),
  ("BENADERDE DEELNEMERS", "population"), ("INGEVULDE VRAGENLIJSTEN", "respondents"),
  ("RESPONSPERCENTAGE", "responsePct"), ("GEHANTEERDE SCHAAL", "scale"), ("TOTAALOORDEEL", "overallScore"),
  ("KLEINSTE GROEP", "smallestGroup"), ("BUREAU", "bureau"), ("ONAFHANKELIJK", "independent"),
)
#filled("AFDRUK", 32) #x.printed
"""

ABOVE = r"""
#grid(columns: (1fr, auto), text(14pt)[*Klanttevredenheid in cijfers*], text(8pt)[gepubliceerd op #d.publishedOn])
#v(5mm)
#labels-above(columns: 2,
  ("Startdatum meting", "periodStart"), ("Einddatum meting", "periodEnd"), ("Omvang doelgroep", "population"),
  ("Respondenten", "respondents"), ("Responspercentage", "responsePct"), ("Rapportcijfer", "overallScore"),
  ("Antwoordschaal", "scale"), ("Kleinste rapportagegroep", "smallestGroup"), ("Uitgevoerd door", "bureau"),
)
#v(5mm)
#d.independent
"""

SHEETS = (
    Sheet("table", TABLE, dashed),
    Sheet("report", REPORT, in_words, words={"scale": SCALES, "independent": BY_WHOM}, without=frozenset({"nps"})),
    Sheet("tiles", TILES, iso, words={"independent": BY_WHOM}, without=frozenset({"publishedOn"})),
    Sheet("dots", DOTS, dotted, words={"scale": DASHED}, without=frozenset({"publishedOn", "nps"})),
    Sheet("above", ABOVE, in_words, words={"independent": BY_WHOM}, without=frozenset({"nps"})),
)


def layouts() -> Iterator[Layout]:
    """Each sheet for three scales, one survey without a bureau."""
    random = seeded(KIND)
    extra = {"branche": "7,4", "previous": date(2024, 12, 31), "printed": date(2026, 11, 6)}
    sets = [
        _facts("1-10", "7.8", "Bureau Verzonnen Cijfers", random) | {"nps": "24"},
        _facts("1-5", "4.1", None, random),
        _facts("0-100", "81.5", "Onderzoekscollectief Fictief", random),
    ]
    yield from typeset(KIND, SHEETS, sets, extra)


def _facts(scale: str, score: str, bureau: str | None, random: Random) -> dict[str, Any]:
    population = random.randint(150, 600)
    respondents = random.randint(population // 3, population // 2)
    facts = {
        "periodStart": "2025-07-01",
        "periodEnd": "2026-06-30",
        "population": population,
        "respondents": respondents,
        "responsePct": f"{round(1000 * respondents / population) / 10:g}",
        "smallestGroup": random.randint(11, 25),
        "scale": scale,
        "overallScore": score,
        "bureau": bureau,
        "independent": bureau is not None,
        "publishedOn": date(2026, random.randint(8, 9), random.randint(1, 28)).isoformat(),
    }
    return {name: value for name, value in facts.items() if value is not None}
