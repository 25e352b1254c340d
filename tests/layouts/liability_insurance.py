"""Liability insurance: certificates, policy schedules, letters of brokers, commitments of insurers."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.layouts.holders import DONALD, KATRIEN, OPSTAP, Holder
from tests.layouts.sheets import (
    Layout,
    Sheet,
    dashed,
    dotted,
    euro_cents,
    euro_code,
    euro_dash,
    euro_million,
    euro_plain,
    in_words,
    iso,
    seeded,
    typeset,
)

KIND = "liability_insurance"
COVERS = {
    "AVB": "Aansprakelijkheidsverzekering voor bedrijven (AVB)",
    "BAV": "Beroepsaansprakelijkheidsverzekering",
    "combi": "Bedrijfs- en beroepsaansprakelijkheid",
}
PROOF = {"certificate": "verzekeringscertificaat", "commitment": "Bereidheidsverklaring"}
RENEWAL = {
    True: "De verzekering wordt stilzwijgend verlengd met telkens twaalf maanden.",
    False: "De verzekering eindigt op de einddatum en wordt niet stilzwijgend verlengd.",
}
WORDS = {"coverKind": COVERS, "proofKind": PROOF}

TABLE = r"""
#text(15pt)[*Verzekeringscertificaat*] #h(1fr) #text(8pt)[afdrukdatum #x.printed]
#v(4mm)
#ruled(
  ("Verzekering", "coverKind"), ("Polisnummer", "policyNumber"), ("Verzekeringnemer", "policyholder"),
  ("Verzekerde hoedanigheid", "insuredCapacity"), ("Verzekeraar", "insurer"), ("Tussenpersoon", "broker"),
  ("Ingangsdatum", "startDate"), ("Einddatum", "endDate"), ("Stilzwijgende verlenging", "tacitRenewal"),
  ("Verzekerd bedrag per aanspraak", "amountPerClaim"), ("Maximum per verzekeringsjaar", "amountPerYear"),
  ("Eigen risico per aanspraak", "deductible"), ("Dekkingsgebied", "territory"),
  ("Datum certificaat", "certificateDate"),
)
#v(4mm)
Jaarpremie #x.premium exclusief assurantiebelasting. Zaakschade aan opzicht: #x.sublimit.
#text(8pt)[De verzekeraar is ingeschreven onder KvK-nummer 90002490.]
"""

BROKER_LETTER = r"""
#d.broker \ Makelaarsplein 7 \ 4321 BA Nergenshuizen #v(8mm)
Nergenshuizen, #d.certificateDate

Onderwerp: verzekeringscertificaat

Geachte relatie,

Op uw verzoek van #x.asked bevestigen wij dat #d.policyholder via ons kantoor bij #d.insurer onder
polisnummer #d.policyNumber
een #d.coverKind heeft lopen. Verzekerd is een bedrag van #d.amountPerClaim per aanspraak en ten hoogste
#d.amountPerYear per verzekeringsjaar, met een eigen risico van #d.deductible.

De dekking ging in op #d.startDate en loopt tot en met #d.endDate. #d.tacitRenewal #d.premiumPaid

Met vriendelijke groet, \ #d.broker
"""

BOXES = r"""
#set text(font: "New Computer Modern")
#align(right, text(20pt, d.insurer))
= Certificaat van verzekering
#labels-above(columns: 3,
  ("Polis", "policyNumber"), ("Contractant", "policyholder"), ("Soort polis", "coverKind"),
  ("Limiet per schade", "amountPerClaim"), ("Limiet per jaar", "amountPerYear"), ("Geldig van", "startDate"),
  ("Geldig tot en met", "endDate"), ("Gebied", "territory"), ("Uitgiftedatum", "certificateDate"),
)
#v(1cm)
#d.tacitRenewal
Maximaal #x.sublimit voor milieuaantasting.
"""

DOTS = r"""
#set text(font: "DejaVu Sans Mono", size: 8.5pt)
POLISBLAD #h(1fr) PRINTDATUM #x.printed \

#padded(width: 34,
  ("MAATSCHAPPIJ", "insurer"), ("POLISNUMMER", "policyNumber"), ("VERZEKERINGNEMER", "policyholder"),
  ("HOEDANIGHEID", "insuredCapacity"), ("DEKKING", "coverKind"),
  ("VERZEKERD BEDRAG PER AANSPRAAK", "amountPerClaim"), ("VERZEKERD BEDRAG PER JAAR", "amountPerYear"),
  ("EIGEN RISICO", "deductible"), ("INGANG", "startDate"), ("CONTRACTVERVALDATUM", "endDate"),
  ("POLISBLAD AFGEGEVEN", "certificateDate"),
)
"""

SCHEDULE = r"""
= Polisblad aansprakelijkheid
#grid(columns: (1fr, 1fr),
  [Polisnr. #d.policyNumber \ Verzekerde: #d.policyholder \ Risicodrager: #d.insurer],
  align(right)[Opgemaakt op #d.certificateDate \ Looptijd #d.startDate - #d.endDate])
#v(6mm)
#table(
  columns: (2fr, 1fr, 1fr, 1fr), inset: 5pt,
  [*Rubriek*], [*Per aanspraak*], [*Per verzekeringsjaar*], [*Eigen risico*],
  d.coverKind, d.amountPerClaim, d.amountPerYear, d.deductible,
  [Rechtsbijstand], x.sublimit, x.sublimit, [geen],
)
Hoedanigheid: #d.insuredCapacity. Dekkingsgebied: #d.territory.

Te betalen premie dit jaar: #x.premium.
"""

COMMITMENT = r"""
#align(center)[#text(16pt)[Bereidheidsverklaring] \ afgegeven op #d.certificateDate]
#v(8mm)
Ondergetekende, #d.insurer, verklaart bereid te zijn om met #d.policyholder een #d.coverKind te sluiten
zodra de opdracht is gegund.
Onder nummer #d.policyNumber is het volgende gereserveerd:

- dekking per aanspraak: #d.amountPerClaim
- dekking per jaar: #d.amountPerYear
- ingangsdatum: #d.startDate

Dit aanbod blijft open tot #x.expires.
"""

SHEETS = (
    Sheet("table", TABLE, dashed, euro_dash, words=WORDS, without=frozenset({"premiumPaid"})),
    Sheet(
        "broker-letter",
        BROKER_LETTER,
        in_words,
        euro_million,
        words={**WORDS, "tacitRenewal": RENEWAL, "premiumPaid": {True: "De premie is voldaan."}},
        without=frozenset({"insuredCapacity", "territory"}),
    ),
    Sheet(
        "boxes",
        BOXES,
        iso,
        euro_code,
        words={**WORDS, "tacitRenewal": RENEWAL},
        without=frozenset({"broker", "premiumPaid", "deductible", "insuredCapacity"}),
    ),
    Sheet(
        "dots",
        DOTS,
        dotted,
        euro_code,
        words={
            "coverKind": {"AVB": "AVB", "BAV": "BAV", "combi": "AVB/BAV COMBI"},
            "proofKind": {"certificate": "POLISBLAD"},
        },
        without=frozenset({"broker", "premiumPaid", "tacitRenewal", "territory"}),
    ),
    Sheet(
        "schedule",
        SCHEDULE,
        dashed,
        euro_cents,
        words={**WORDS, "proofKind": {"certificate": "Polisblad"}},
        without=frozenset({"broker", "premiumPaid", "tacitRenewal"}),
    ),
    Sheet(
        "commitment",
        COMMITMENT,
        in_words,
        euro_plain,
        words=WORDS,
        changes={"proofKind": "commitment"},
        without=frozenset(
            {"broker", "premiumPaid", "tacitRenewal", "territory", "insuredCapacity", "deductible", "endDate"}
        ),
    ),
)


def layouts() -> Iterator[Layout]:
    """Each sheet for three covers."""
    random = seeded(KIND)
    extra = {
        "printed": date(2026, 11, 17),
        "asked": date(2026, 9, 2),
        "expires": date(2027, 3, 31),
        "premium": Decimal(1842),
        "sublimit": Decimal(125_000),
    }
    sets = [
        _facts(DONALD, "AVB", "2500000.00", renewed=True, random=random),
        _facts(KATRIEN, "BAV", "1000000.00", renewed=False, random=random),
        _facts(OPSTAP, "combi", "1250000.00", renewed=True, random=random),
    ]
    yield from typeset(KIND, SHEETS, sets, extra)


def _facts(holder: Holder, cover: str, per_claim: str, *, renewed: bool, random: Random) -> dict[str, Any]:
    start = date(2026, random.randint(1, 7), random.choice([1, 15]))
    return {
        "proofKind": "certificate",
        "coverKind": cover,
        "insurer": random.choice(["Verzonnen Verzekeringen N.V.", "Onderlinge Nergenshuizen U.A."]),
        "broker": "Makelaardij Fictie & Partners",
        "policyNumber": f"{random.choice(['AV', 'ZAK'])}{random.randint(1_000_000, 9_999_999)}",
        "policyholder": holder.name,
        "insuredCapacity": "re-integratiebedrijf",
        "amountPerClaim": per_claim,
        "amountPerYear": f"{2 * Decimal(per_claim):.2f}",
        "deductible": random.choice(["500.00", "1000.00", "2500.00"]),
        "territory": random.choice(["Nederland", "Europa"]),
        "startDate": start.isoformat(),
        "endDate": (start.replace(year=2027) - timedelta(days=1)).isoformat(),
        "tacitRenewal": renewed,
        "premiumPaid": True,
        "certificateDate": date(2026, random.randint(8, 10), random.randint(2, 28)).isoformat(),
    }
