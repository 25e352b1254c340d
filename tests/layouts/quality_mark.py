"""Certificates of marks and standards, and prints from the registers that list them."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.layouts.holders import DONALD, KATRIEN, OPSTAP, Holder
from tests.layouts.sheets import Layout, Sheet, dashed, dotted, in_words, iso, seeded, slashed, typeset

KIND = "quality_mark"
FULL_NAMES = {
    "scheme": {"blik-op-werk": "Keurmerk Blik op Werk", "iso-9001": "NEN-EN-ISO 9001:2015", "cedeo": "Cedeo-erkenning"}
}
PROOF = {"proofKind": {"certificate": "certificaat"}}

DIPLOMA = r"""
#set page(flipped: true)
#set align(center)
#text(26pt)[Certificaat] \
#d.certificationBody verklaart dat

#text(18pt, x.names.at(d.kvkNumber))

ingeschreven bij de Kamer van Koophandel onder nummer #d.kvkNumber,
voldoet aan de eisen van

#text(16pt, strong(d.scheme))

voor #and-so-on(d.scopeServices).

Dit certificaat is geldig van #d.validFrom tot en met #d.validUntil. \
Certificaat nr. #d.certificateNumber

#text(8pt)[#d.certificationBody, KvK 90001745, eerste uitgifte #x.first]
"""

TABLE = r"""
#text(14pt)[*CERTIFICAAT*] #h(1fr) #x.names.at(d.kvkNumber)
#v(5mm)
#ruled(
  ("Norm", "scheme"), ("Status", "status"), ("Certificaatnummer", "certificateNumber"), ("KvK-
  nummer", "kvkNumber"), ("Toepassingsgebied", "scopeServices"), ("Ingangsdatum", "validFrom"),
  ("Geldig tot en met", "validUntil"), ("Certificerende instelling", "certificationBody"), ("RvA-
  nummer", "accreditation"),
)
#v(5mm)
Datum audit: #x.audit. Afgedrukt op #x.printed.
"""

REGISTER = r"""
#text(8pt)[https:\/\/register.example/houders #h(1fr) 1/1]
= Register van houders
== #x.names.at(d.kvkNumber)
#labels-above(columns: 2,
  ("Keurmerk", "scheme"), ("Status van het keurmerk", "status"), ("KvK", "kvkNumber"),
  ("Uitgegeven door", "certificationBody"), ("Houder sinds", "validFrom"), ("Loopt tot en met", "validUntil"),
  ("Diensten", "scopeServices"),
)
#v(1cm)
Register geraadpleegd op #d.registerCheckedOn
"""

DOTS = r"""
#set text(font: "New Computer Modern")
#align(center)[#text(15pt)[KEURMERKCERTIFICAAT]]
#with-dots(
  ("NAAM KEURMERK", "scheme"), ("NUMMER", "certificateNumber"), ("KVK-NR. HOUDER", "kvkNumber"),
  ("STATUS", "status"), ("GELDIG VAN", "validFrom"), ("GELDIG T/M", "validUntil"),
  ("AFGEGEVEN DOOR", "certificationBody"),
)
HOUDER #box(width: 1fr, repeat[.]) #x.names.at(d.kvkNumber)
"""

TWO_TONGUES = r"""
#grid(columns: (1fr, 1fr), text(13pt)[Certificaat / Certificate], align(right, x.names.at(d.kvkNumber)))
#v(8mm)
#labels-left(width: 7.5cm, mark: ":",
  ("Nummer / Certificate no.", "certificateNumber"),
  ("Handelsregister / Chamber of Commerce no.", "kvkNumber"), ("Norm / Standard", "scheme"),
  ("Geldig vanaf / Valid from", "validFrom"), ("Geldig tot en met / Valid until", "validUntil"),
  ("Afgegeven door / Issued by", "certificationBody"), ("Accreditatie / Accreditation", "accreditation"),
)
#v(8mm)
Tussentijdse audit / Surveillance audit: #x.audit
"""

SHEETS = (
    Sheet(
        "diploma",
        DIPLOMA,
        in_words,
        words={**FULL_NAMES, **PROOF},
        without=frozenset({"accreditation", "registerCheckedOn", "status"}),
    ),
    Sheet("table", TABLE, dashed, words=PROOF, without=frozenset({"registerCheckedOn"})),
    Sheet("register", REGISTER, slashed, without=frozenset({"proofKind", "accreditation", "certificateNumber"})),
    Sheet(
        "dots",
        DOTS,
        dotted,
        words={**FULL_NAMES, **PROOF},
        without=frozenset({"accreditation", "registerCheckedOn", "scopeServices"}),
    ),
    Sheet(
        "two-tongues",
        TWO_TONGUES,
        iso,
        words=PROOF,
        without=frozenset({"status", "registerCheckedOn", "scopeServices"}),
    ),
)


def layouts() -> Iterator[Layout]:
    """Each sheet for three marks."""
    random = seeded(KIND)
    sets = [
        _facts(DONALD, "blik-op-werk", "definitief", ["jobcoaching", "toeleiden-naar-werk"], random),
        _facts(KATRIEN, "iso-9001", "definitief", ["outplacement"], random),
        _facts(OPSTAP, "blik-op-werk", "aspirant", ["inburgering", "scholing", "sociale-activering"], random),
    ]
    extra = {
        "names": {each.kvk_number: each.name for each in (DONALD, KATRIEN, OPSTAP)},
        "first": date(2014, 3, 1),
        "audit": date(2026, 2, 12),
        "printed": date(2026, 11, 3),
    }
    yield from typeset(KIND, SHEETS, sets, extra)


def _facts(holder: Holder, scheme: str, status: str, services: list[str], random: Random) -> dict[str, Any]:
    start = date(2025, random.randint(1, 12), 1)
    return {
        "proofKind": "certificate",
        "scheme": scheme,
        "status": status,
        "certificateNumber": f"FK-{random.randint(10_000, 99_999)}",
        "certificationBody": random.choice(["Fictief Keurbureau B.V.", "Stichting Verzonnen Certificering"]),
        "accreditation": f"C {random.randint(700, 999)}",
        "kvkNumber": holder.kvk_number,
        "scopeServices": services,
        "validFrom": start.isoformat(),
        "validUntil": (start.replace(year=start.year + 3) - timedelta(days=1)).isoformat(),
        "registerCheckedOn": date(2026, 10, random.randint(1, 28)).isoformat(),
    }
