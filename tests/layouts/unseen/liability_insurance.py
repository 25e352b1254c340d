"""Policies, certificates and statements of cover, as insurers and brokers set them."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.layouts.holders import Holder
from tests.layouts.sheets import Layout, dashed, euro_dash, euro_million
from tests.layouts.unseen.paper import (
    ALL,
    Facts,
    a_day,
    abbreviated,
    as_amount,
    bare_dashes,
    code_dashes,
    code_mln,
    euro_equals,
    full_slashes,
    papers,
    row,
    rows,
    spaced,
    text,
    two_digit_year,
    with_zero,
)

KIND = "liability_insurance"
INSURERS = (
    "Verzonnen Verzekeringen N.V.",
    "Fictieve Onderlinge U.A.",
    "Proef Schade N.V.",
    "Monster Assuradeuren B.V.",
)
BROKERS = ("Fictief Assurantiekantoor B.V.", "Verzonnen Makelaars in Assurantiën B.V.")
CAPACITIES = ("re-integratiebureau", "loopbaan- en outplacementadviseur", "aanbieder van taaltrainingen en begeleiding")
AREAS = ("Nederland", "Europa", "de Benelux en Duitsland")


def policy_sheet(f: Facts) -> str:
    """A policy sheet with its terms, and a table of cover with sums per claim, per year and the own risk."""
    kind = {
        "AVB": "Aansprakelijkheidsverzekering Bedrijven (AVB)",
        "BAV": "Beroepsaansprakelijkheidsverzekering (BAV)",
        "combi": "Bedrijfs- en beroepsaansprakelijkheidsverzekering",
    }
    contract = rows(
        ("Contractant", f.text("policyholder")),
        ("Adres", text(f"{f.street}, {f.town}")),
        ("Polisnr.", f.text("policyNumber") + " #h(1em) Aanhangsel: 004"),
        ("Adviseur", f.text("broker")),
        ("Bedrijfsactiviteit", f.text("insuredCapacity")),
    )
    term = rows(
        ("Ingang", f.day("startDate", dashed)),
        ("Contractsvervaldatum", f.day("endDate", dashed)),
        ("Premievervaldatum", "de 1e van elke maand"),
        ("Wijziging per", f.around("certificateDate", -9, dashed)),
    )
    return rf"""
#text(16pt, weight: "bold")[{f.text("insurer")}] #h(1fr) #text(16pt)[Polisblad]
#line(length: 100%)
{f.word("coverKind", kind)}
#grid(columns: (3.4cm, 1fr), row-gutter: .6em, {contract})
#v(4mm)
*Looptijd*
#grid(columns: (3.4cm, 1fr), row-gutter: .6em, {term})
{renewal(f)}
#v(4mm)
*Verzekerde bedragen (in euro)*
#table(columns: (1fr, auto, auto, auto), align: (left, right, right, right),
  table.header([], [per aanspraak], [per verzekeringsjaar], [eigen risico]),
  {row("Aansprakelijkheid", *(f.amount(name) for name in ("amountPerClaim", "amountPerYear", "deductible")))}
  [Bereddingskosten (sublimiet)], [25.000], [50.000], [geen],
)
Verzekeringsgebied: {f.text("territory")}
#v(1fr)
Opgemaakt te Fictiefstad op {f.day("certificateDate", dashed)} \
Dit polisblad vervangt alle eerdere polisbladen. {f.says("proofKind")}
"""


def brokers_letter(f: Facts) -> str:
    """The broker confirms in sentences what is insured."""
    kind = {
        "AVB": "bedrijfsaansprakelijkheid",
        "BAV": "beroepsaansprakelijkheid",
        "combi": "gecombineerde bedrijfs- en beroepsaansprakelijkheid",
    }
    return rf"""
{f.text("broker")} #h(1fr) Fictiefstad, {f.day("certificateDate")}

#v(1cm)
*VERZEKERINGSCERTIFICAAT*

Wij bevestigen dat door onze bemiddeling ten name van {f.text("policyholder")} bij {f.text("insurer")} onder nummer
{f.text("policyNumber")} een verzekering loopt voor {f.word("coverKind", kind)}.

De verzekering is gesloten voor de periode van {f.day("startDate")} 00.00 uur tot en met {f.day("endDate")} 24.00
uur. {renewal(f)}

Verzekerd is ten hoogste {f.amount("amountPerClaim", code_mln)} per aanspraak, met een maximum van
{f.amount("amountPerYear", code_mln)} per verzekeringsjaar. Per aanspraak blijft {f.amount("deductible", code_mln)}
voor eigen rekening.
De jaarpremie bedraagt EUR 1.815,40 inclusief assurantiebelasting{paid(f)}

Dekkingsgebied: {f.text("territory")}.

Aan dit certificaat kunnen geen andere rechten worden ontleend dan die uit de polis. {f.says("proofKind")}

Met vriendelijke groet, \
{f.text("broker")} \
#text(8pt)[KvK 90005544 - vergunning 12099999]
"""


def plain_words(f: Facts) -> str:
    """The proof of an insurer that sells on the internet and asks questions above its answers."""
    kind = {
        "AVB": "Schade door uw bedrijf (bedrijfsaansprakelijkheid)",
        "BAV": "Fouten in uw werk (beroepsaansprakelijkheid)",
        "combi": "Schade door uw bedrijf en fouten in uw werk (bedrijfs- en beroepsaansprakelijkheid)",
    }
    return rf"""
#set text(size: 11pt)
#text(20pt)[Uw verzekeringsbewijs]
{f.says("proofKind")}
=== Wie is verzekerd?
{f.text("policyholder")}, als {f.text("insuredCapacity")}
=== Wie is uw verzekeraar?
{f.text("insurer")}
=== Wat is verzekerd?
{f.word("coverKind", kind)}
=== Tot welk bedrag?
{f.amount("amountPerClaim", euro_million)} per gebeurtenis en {f.amount("amountPerYear", euro_million)} per jaar
=== Wat betaalt u zelf bij schade?
{f.amount("deductible", euro_million)}
=== Waar bent u verzekerd?
{f.text("territory")}
=== Vanaf wanneer?
U bent verzekerd van {f.day("startDate", abbreviated)} tot en met {f.day("endDate", abbreviated)}. {renewal(f)}
#v(1fr)
#line(length: 100%)
#text(8pt)[Polis {f.text("policyNumber")} | gemaakt op {f.day("certificateDate", abbreviated)} | premie € 61,12 per maand]
"""


def willing(f: Facts) -> str:
    """An insurer that is willing to give cover once the tender is won."""
    kind = {
        "AVB": "bedrijfsaansprakelijkheidsverzekering (AVB)",
        "BAV": "beroepsaansprakelijkheidsverzekering (BAV)",
        "combi": "bedrijfs- en beroepsaansprakelijkheidsverzekering",
    }
    return rf"""
{f.text("insurer")} \
Verzekeringsplein 2 \
Fictiefstad

#v(1cm)
Aan: {f.text("policyholder")} \
Datum: {f.day("certificateDate", with_zero)} \
Betreft: *bereidheidsverklaring aanbesteding* {f.says("proofKind")}

Geachte relatie,

U schrijft in op een aanbesteding van {text(f.other.name)}. Als de opdracht aan u wordt gegund, verklaren wij ons bereid met
ingang van {f.day("startDate", with_zero)} een {f.word("coverKind", kind)} voor u te sluiten op deze voorwaarden:

- limiet per aanspraak: {f.amount("amountPerClaim", euro_dash)}
- limiet per jaar: {f.amount("amountPerYear", euro_dash)}
- eigen risico: {f.amount("deductible", euro_dash)}

Uw huidige limiet van € 300.000,- per aanspraak vervalt dan. Deze verklaring is 90 dagen geldig.

Hoogachtend, \
{f.text("insurer")}
"""


def buyers_form(f: Facts) -> str:
    """A form of a buyer that the insurer fills in and dates, with boxes to cross."""
    cover = {"AVB": "AVB", "BAV": "BAV", "combi": "AVB en BAV gecombineerd"}
    questions = [
        f"Naam verzekerde: {f.text('policyholder')}",
        f"Naam verzekeringsmaatschappij: {f.text('insurer')}",
        f"Polis- of certificaatnummer: {f.text('policyNumber')}",
        f"Soort verzekering: {f.ticked('coverKind', cover)}",
        f"Verzekerde som per gebeurtenis: {f.amount('amountPerClaim', euro_equals)}",
        f"Verzekerde som per jaar: {f.amount('amountPerYear', euro_equals)}",
        f"Eigen behoud: {f.amount('deductible', euro_equals)}",
        f"Begindatum verzekering: {f.day('startDate', full_slashes)}",
        f"Einddatum verzekering: {f.day('endDate', full_slashes)}",
        f"Wordt de verzekering stilzwijgend verlengd? {f.yes_no('tacitRenewal')}",
        f"Is de premie betaald? {f.yes_no('premiumPaid')}",
        f"Dekkingsgebied: {f.text('territory')}",
    ]
    return (
        "#text(9pt)[Gemeente Fictiefstad, aanbesteding re-integratiediensten, bijlage 6]\n"
        "= Verklaring van de verzekeraar\n"
        "Eis: dekking van ten minste € 1.250.000,= per gebeurtenis en € 2.500.000,= per jaar.\n\n"
        + "\n".join(f"+ {each}" for each in questions)
        + f"\n#v(1cm)\nDatum: {f.day('certificateDate', full_slashes)} #h(2cm) Stempel verzekeraar:"
    )


def market_slip(f: Facts) -> str:
    """A slip of the insurance market in typewriter letters, sums with a code before them."""
    kind = {"AVB": "AVB", "BAV": "beroepsaansprakelijkheid", "combi": "bedrijfs- en beroepsaansprakelijkheid"}
    lines = [
        ("CERTIFICAAT", "AANSPRAKELIJKHEID"),
        ("RUBRIEK", f.word("coverKind", kind)),
        ("POLISNUMMER", f.text("policyNumber")),
        ("VERZEKERINGNEMER", f.text("policyholder")),
        ("HOEDANIGHEID", f.text("insuredCapacity")),
        ("VERZEKERINGSTERMIJN", f"{f.day('startDate', bare_dashes)} tot en met {f.day('endDate', bare_dashes)}"),
        ("LIMIETEN", f"{f.amount('amountPerClaim', code_dashes)} per aanspraak"),
        ("", f"{f.amount('amountPerYear', code_dashes)} per verzekeringsjaar"),
        ("", f"{f.amount('deductible', code_dashes)} eigen risico per aanspraak"),
        ("GEBIED", f.text("territory")),
        ("VERZEKERAAR", f"{f.text('insurer')} voor 100%"),
        ("MAKELAAR", f.text("broker")),
        ("AFGIFTE", f.day("certificateDate", bare_dashes)),
    ]
    body = "".join(row(label, value) for label, value in lines)
    return rf"""
#set text(font: "DejaVu Sans Mono", size: 8pt)
#grid(columns: (5cm, 1fr), row-gutter: 1em, {body})
#v(1cm)
{renewal(f)} {f.says("proofKind")}
"""


def statement_of_cover(f: Facts) -> str:
    """Two columns of values over small labels; sums with spaces."""
    kind = {
        "AVB": "Bedrijfsaansprakelijkheid",
        "BAV": "Beroepsaansprakelijkheid",
        "combi": "Bedrijfs- en beroepsaansprakelijkheid",
    }

    def under(value: str, label: str) -> str:
        return f"[#text(12pt)[{value}] \\ #text(7pt, fill: gray)[{label}]], "

    cells = [
        under(f.text("policyholder"), "VERZEKERDE"),
        under(f.text("policyNumber"), "POLIS"),
        under(f.word("coverKind", kind), "PRODUCT"),
        under(f.text("insurer"), "RISICODRAGER"),
        under(f.amount("amountPerClaim", spaced), "MAXIMAAL PER AANSPRAAK"),
        under(f.amount("amountPerYear", spaced), "MAXIMAAL PER JAAR"),
        under(f.amount("deductible", spaced), "EIGEN RISICO"),
        under(
            f"{f.day('startDate', two_digit_year)} / {f.day('endDate', two_digit_year)}", "LOOPTIJD VAN / TOT EN MET"
        ),
        under(f.day("certificateDate", two_digit_year), "DATUM CERTIFICAAT"),
        under(f"{f.around('endDate', -60, two_digit_year)}", "UITERLIJK OPZEGGEN VOOR"),
    ]
    return rf"""
#text(14pt)[Certificaat van dekking] {f.says("proofKind")}
#v(8mm)
#grid(columns: (1fr, 1fr), row-gutter: 1.6em, {"".join(cells)})
#v(8mm)
{renewal(f)} De schadevergoeding omvat geen kosten van verweer boven {text("€ 100 000")}. \
Betaalde schade in de jaren 2024 en 2025: {text("€ 0")} en {text("€ 1 250")}.
"""


def renewal(f: Facts) -> str:
    told = {
        True: "Het contract wordt steeds met 12 maanden stilzwijgend verlengd.",
        False: "Het contract eindigt van rechtswege en wordt niet stilzwijgend verlengd.",
    }
    return f.word("tacitRenewal", told)


def paid(f: Facts) -> str:
    return f.word("premiumPaid", {True: " en is betaald.", False: " en is nog niet betaald."})


def layouts() -> Iterator[Layout]:
    """Each issuer for three policyholders."""
    issuers = (policy_sheet, brokers_letter, plain_words, buyers_form, market_slip, statement_of_cover)
    yield from papers(KIND, _facts, {each: ALL[place % 3 :] for place, each in enumerate(issuers)})
    yield from papers(KIND, _offer, {willing: ALL})


def _facts(random: Random, holder: Holder) -> dict[str, Any]:
    claim = random.choice([500_000, 1_250_000, 1_500_000, 2_500_000])
    start = random.choice(
        [date(2024, 1, 1), date(2025, 7, 1), date(2026, 1, 1), a_day(random, date(2025, 2, 3), date(2026, 3, 2))]
    )
    end = start.replace(year=start.year + (1 if start.year == 2026 else 3)) - timedelta(days=1)
    return {
        "proofKind": "certificate",
        "coverKind": random.choice(["AVB", "BAV", "combi"]),
        "insurer": random.choice(INSURERS),
        "broker": random.choice(BROKERS),
        "policyNumber": random.choice(["AB {}", "70.{}.01", "ZAV-{}", "{}"]).format(
            random.randint(1_000_000, 9_999_999)
        ),
        "policyholder": holder.name,
        "insuredCapacity": random.choice(CAPACITIES),
        "amountPerClaim": as_amount(claim),
        "amountPerYear": as_amount(claim * random.choice([1, 2, 2])),
        "deductible": as_amount(random.choice([250, 500, 1_000, 2_500])),
        "territory": random.choice(AREAS),
        "startDate": start.isoformat(),
        "endDate": end.isoformat(),
        "tacitRenewal": random.choice([True, True, False]),
        "premiumPaid": random.choice([True, True, False]),
        "certificateDate": a_day(random, max(start, date(2026, 1, 5)), date(2026, 11, 16)).isoformat(),
    }


def _offer(random: Random, holder: Holder) -> dict[str, Any]:
    return _facts(random, holder) | {"proofKind": "commitment", "startDate": "2027-01-01"}
