"""Reports of satisfaction surveys, by bureaus and by companies themselves."""

from collections.abc import Callable, Iterator
from datetime import date
from random import Random
from typing import Any

from tests.layouts.holders import Holder
from tests.layouts.sheets import Layout, dashed, with_comma
from tests.layouts.unseen.paper import (
    ALL,
    Facts,
    a_day,
    abbreviated,
    bare_dashes,
    full_dots,
    papers,
    row,
    rows,
    small,
    text,
    with_zero,
    without_year,
)

KIND = "client_satisfaction_survey"
SCALES = {"1-10": "1 tot en met 10", "1-5": "1 tot en met 5", "0-100": "0 tot en met 100"}
HIGHEST = {"1-10": 10, "1-5": 5, "0-100": 100}
BUREAUS = ("Fictief Onderzoek B.V.", "Bureau Verzonnen Cijfers", "Proefpanel Onderzoekers")


def cover_and_summary(f: Facts) -> str:
    """A report of a bureau: cover, summary in sentences, account of how it was done."""
    return rf"""
#v(5cm)
#text(22pt)[Deelnemers aan het woord] \
#text(13pt)[Tevredenheidsonderzoek {text(f.holder.name)}]
#v(1fr)
{f.text("bureau")}, {f.day("publishedOn", with_zero)}
#pagebreak()
= Samenvatting
Deelnemers geven hun traject gemiddeld een *{f.number("overallScore")}* op een schaal van
{f.word("scale", SCALES)}. De NPS komt uit op
{f.number("nps")}. Vorig jaar was dat 12. Het landelijk gemiddelde van vergelijkbare organisaties is iets lager.
= Verantwoording
Het veldwerk liep van {f.day("periodStart")} tot en met {f.day("periodEnd")}. Wij nodigden {f.text("population")}
deelnemers uit; {f.text("respondents")}
van hen deden mee, een respons van {f.number("responsePct")} procent. Om herkenning te voorkomen tonen wij alleen uitkomsten van
groepen; de kleinste groep waarover wij rapporteren telt {f.text("smallestGroup")} deelnemers. Wij zijn een onafhankelijk bureau
{f.says("independent")} en hebben geen belang bij de uitkomst. De foutmarge is 4 procentpunt.
"""


def this_and_last(f: Facts) -> str:
    """A table of this survey and the one before it."""
    year = date.fromisoformat(f.values["periodEnd"]).year
    return rf"""
== Kerncijfers tevredenheid {text(f.holder.name)}
#table(columns: (1fr, 3.4cm, 3.4cm), align: (left, right, right), table.header([], [*Deze meting*], [*Vorige meting*]), {
        rows(
            ("Eerste meetdag", f.day("periodStart", dashed), f"02-01-{year - 3}"),
            ("Laatste meetdag", f.day("periodEnd", dashed), f"30-12-{year - 3}"),
            ("Uitgezette vragenlijsten", f.text("population"), "211"),
            ("Ingevulde vragenlijsten", f.text("respondents"), "104"),
            ("Respons (%)", f.number("responsePct"), "49,3"),
            ("Algemeen oordeel", f.number("overallScore"), "-"),
            ("Net Promoter Score", f.number("nps"), "11"),
            ("Kleinste uitgesplitste groep", f.text("smallestGroup"), "17"),
        )
    })
Oordelen lopen van {f.word("scale", SCALES)}. Het onderzoek is in eigen beheer uitgevoerd {
        f.says("independent")
    } door de afdeling Kwaliteit.

Rapport van {f.day("publishedOn", dashed)}.
"""


def big_figures(f: Facts) -> str:
    """A page of large figures with their labels below."""
    cells = row(
        f"#text(26pt)[{f.number('overallScore')}]" + small("gemiddeld over alle vragen"),
        f"#text(26pt)[{f.number('responsePct')}%]" + small("van de gevraagde deelnemers deed mee"),
        f"#text(26pt)[{f.number('nps')}]" + small("NPS"),
        f"#text(26pt)[{f.text('population')}]" + small("deelnemers gevraagd"),
        f"#text(26pt)[{f.text('respondents')}]" + small("deelnemers gaven antwoord"),
        f"#text(26pt)[{f.text('smallestGroup')}]" + small("deelnemers in de kleinste groep"),
    )
    return rf"""
#set page(flipped: true)
#text(16pt)[Dit vinden onze deelnemers] #h(1fr) {text(f.holder.name)}
#v(1cm)
#grid(columns: (1fr, 1fr, 1fr), row-gutter: 1.5cm, {cells})
#v(1fr)
#text(8pt)[Gemeten {f.day("periodStart", without_year)} t/m {f.day("periodEnd")} | cijfers van
{f.word("scale", SCALES)} | onderzoek: {f.text("bureau")} (onafhankelijk bureau) {f.says("independent")} |
gepubliceerd {f.day("publishedOn")}]
"""


def bureaus_letter(f: Facts) -> str:
    """A letter of a bureau with the outcome of each subject in a table."""
    highest = HIGHEST[f.values["scale"]]
    shares = {"Intake": 84, "Begeleiding": 79, "Bereikbaarheid": 68, "Resultaat": 72}
    subjects = "".join(row(name, text(with_comma(f"{highest * share / 100:.1f}"))) for name, share in shares.items())
    return rf"""
{f.text("bureau")} \
Onderzoeksweg 3, Fictiefstad #h(1fr) {f.day("publishedOn", full_dots)}

#v(8mm)
Geachte directie van {text(f.holder.name)},

U vroeg ons als onafhankelijk onderzoeksbureau {f.says("independent")} de tevredenheid van uw deelnemers te meten
over de periode {f.day("periodStart", full_dots)} - {f.day("periodEnd", full_dots)}.
Van de {f.text("population")} aangeschreven personen vulden er {f.text("respondents")} de vragen in ({f.number("responsePct")}%).

#table(columns: 2, align: (left, right), table.header([*Onderdeel*], [*Score*]), {subjects} [*Totaalscore*],
[*{f.number("overallScore")}*])

De laagst mogelijke en hoogst mogelijke score zijn
{f.word("scale", {"1-10": "1 en 10", "1-5": "1 en 5", "0-100": "0 en 100"})}. Groepen met minder dan
{f.text("smallestGroup")} antwoorden komen niet voor in dit verslag; de kleinste heeft er precies zoveel.

Met vriendelijke groet, \
{f.text("bureau")}
"""


def audit_form(f: Facts) -> str:
    """A form for the auditor of a mark, filled in by the company."""
    scales = {code: words.replace(" tot en met ", "-") for code, words in SCALES.items()}
    items = [
        ("Houder", text(f.holder.name)),
        ("Meetperiode begin", f.day("periodStart", bare_dashes)),
        ("Meetperiode eind", f.day("periodEnd", bare_dashes)),
        ("N benaderd", f.text("population")),
        ("N respons", f.text("respondents")),
        ("Responspercentage", f"{f.number('responsePct')} %"),
        ("Kleinste groep (n)", f.text("smallestGroup")),
        ("Gebruikte schaal", f.ticked("scale", scales)),
        ("Overall", f"{f.number('overallScore')} (norm van het keurmerk: ten minste 70% van het maximum)"),
        ("Onafhankelijk bureau?", f.yes_no("independent")),
        ("Rapportdatum", f.day("publishedOn", bare_dashes)),
    ]
    if f.values["independent"]:
        items.insert(9, ("Naam bureau", f.text("bureau")))
    lines = "\n\n".join(f"{label} #box(width: 1fr, repeat[.]) {value}" for label, value in items)
    return f"#text(9pt)[Formulier F-CTO, in te vullen vóór de audit van 3-12-2026]\n== Cliënttevredenheid\n{lines}\n"


def newsletter(f: Facts) -> str:
    """A short account on a site."""
    return rf"""
#set text(size: 11pt)
#text(8pt)[Nieuws, {f.day("publishedOn", abbreviated)}]
= Zo tevreden zijn onze cliënten
Tussen {f.day("periodStart", abbreviated)} en {f.day("periodEnd", abbreviated)} vroegen we {f.text("population")}
cliënten van {text(f.holder.name)} naar hun mening.
We kregen {f.text("respondents")} reacties. Dat is {f.number("responsePct")}%. Samen geven zij ons een
{f.number("overallScore")} (schaal: {f.word("scale", SCALES)}).
#v(3mm)
Over de meting: {f.text("bureau")} heeft als onafhankelijk bureau {f.says("independent")} gemeten. Er zijn 24
vragen gesteld. Geen enkele
uitkomst gaat over minder dan {f.text("smallestGroup")} cliënten, de grootte van de kleinste groep. De volgende
meting begint in 2028.
"""


def layouts() -> Iterator[Layout]:
    """Each form for three companies."""
    by_bureau = (cover_and_summary, big_figures, bureaus_letter, newsletter)
    yield from papers(KIND, _draw(True), {each: ALL[place % 3 :] for place, each in enumerate(by_bureau)})
    yield from papers(KIND, _draw(False), {this_and_last: ALL[1:]})
    yield from papers(KIND, _draw(None), {audit_form: ALL[2:]})


def _draw(independent: bool | None) -> Callable[[Random, Holder], dict[str, Any]]:
    def draw(random: Random, _holder: Holder) -> dict[str, Any]:
        found = _facts(random)
        return found if independent is None else found | {"independent": independent}

    return draw


def _facts(random: Random) -> dict[str, Any]:
    year = random.choice([2024, 2025])
    population = random.randint(90, 640)
    respondents = population * random.randint(32, 71) // 100
    scale = random.choice(list(SCALES))
    return {
        "periodStart": date(year, 1, random.choice([1, 6])).isoformat(),
        "periodEnd": date(year, 12, random.choice([19, 31])).isoformat(),
        "population": population,
        "respondents": respondents,
        "responsePct": f"{100 * respondents / population:.1f}".removesuffix(".0"),
        "smallestGroup": random.randint(10, 28),
        "scale": scale,
        "overallScore": f"{HIGHEST[scale] * random.randint(70, 88) / 100:.1f}".removesuffix(".0"),
        "nps": str(random.randint(-8, 48)),
        "bureau": random.choice(BUREAUS),
        "independent": random.choice([True, False]),
        "publishedOn": a_day(random, date(year + 1, 1, 20), date(year + 1, 4, 20)).isoformat(),
    }
