"""Certificates of conduct for public procurement."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from tests.layouts.holders import DAGOBERT, DONALD, SPRINGPLANK, Holder
from tests.layouts.sheets import Layout, Sheet, dashed, dotted, in_words, iso, seeded, shortened, typeset

KIND = "procurement_conduct_certificate"
FORMS = {"holderType": {"legal_person": "rechtspersoon", "natural_person": "natuurlijke persoon"}}
TRADE = {"holderType": {"legal_person": "Rechtspersoon", "natural_person": "Eenmanszaak"}}

DIPLOMA = r"""
#set align(center)
#v(2cm)
#text(20pt)[Gedragsverklaring aanbesteden]

De minister van Justitie en Veiligheid verklaart dat tegen

#text(14pt, d.holderName)

#d.holderType, ingeschreven in het handelsregister onder nummer #d.kvkNumber,

geen bezwaren bestaan in de zin van de Aanbestedingswet 2012.

#v(1cm)
Afgegeven te Nergenshuizen op #d.issueDate #h(1cm) Kenmerk: #d.gvaReference
"""

TABLE = r"""
#text(14pt)[*Gedragsverklaring aanbesteden (GVA)*]
#v(5mm)
#ruled(
  ("Kenmerk", "gvaReference"), ("Naam onderneming", "holderName"), ("Rechtsvorm", "holderType"), ("KvK-
  nummer", "kvkNumber"), ("Datum afgifte", "issueDate"),
)
#v(5mm)
Aanvraag ontvangen op #x.asked. Een gedragsverklaring mag bij een aanbesteding niet ouder zijn dan twee jaar.
"""

ABOVE = r"""
#set text(font: "New Computer Modern")
#text(8pt)[Dienst Verzonnen Screening #sym.dot.c Postbus 16 #sym.dot.c 4321 BA Nergenshuizen #sym.dot.c KvK 90002520]
= GVA
#labels-above(columns: 2,
  ("Afgegeven aan", "holderName"), ("Nummer handelsregister", "kvkNumber"), ("Dossiernummer", "gvaReference"),
  ("Datum besluit", "issueDate"),
)
#v(1cm)
#grid(columns: (1fr, 1fr), [#text(7.5pt)[Datum aanvraag] \ #x.asked], [#text(7.5pt)[Datum verzending] \ #x.sent])
"""

DOTS = r"""
#set text(font: "DejaVu Sans Mono", size: 9pt)
GEDRAGSVERKLARING AANBESTEDEN \

#with-dots(
  ("REFERENTIE", "gvaReference"), ("OP NAAM VAN", "holderName"), ("KVK", "kvkNumber"),
  ("SOORT", "holderType"), ("DATUM", "issueDate"),
)
"""

LETTER = r"""
Dienst Verzonnen Screening
#v(1cm)
#grid(columns: (2.5cm, 1fr), row-gutter: 0.6em, [Datum], d.issueDate, [Ons kenmerk], d.gvaReference, [Uw brief van], x.asked)
#v(6mm)
Geachte directie,

Naar aanleiding van uw aanvraag is onderzoek gedaan naar #d.holderName, bij de Kamer van Koophandel bekend
onder #d.kvkNumber.
Uit het onderzoek zijn geen bezwaren gebleken. Met deze brief ontvangt u de gedragsverklaring aanbesteden.
Bewaar de verklaring tot #x.kept.
"""

SHEETS = (
    Sheet("diploma", DIPLOMA, in_words, words=FORMS),
    Sheet("table", TABLE, dashed, words=TRADE),
    Sheet("above", ABOVE, shortened, without=frozenset({"holderType"})),
    Sheet(
        "dots", DOTS, dotted, words={"holderType": {code: word.upper() for code, word in TRADE["holderType"].items()}}
    ),
    Sheet("letter", LETTER, iso, without=frozenset({"holderType"})),
)


def layouts() -> Iterator[Layout]:
    """Each sheet for two legal persons and a sole proprietorship."""
    random = seeded(KIND)
    extra = {"asked": date(2025, 1, 13), "sent": date(2026, 10, 30), "kept": date(2028, 12, 31)}
    yield from typeset(KIND, SHEETS, [_facts(each, random) for each in (DONALD, SPRINGPLANK, DAGOBERT)], extra)


def _facts(holder: Holder, random: Random) -> dict[str, Any]:
    return {
        "holderName": holder.name,
        "holderType": "natural_person" if holder.rsin is None else "legal_person",
        "kvkNumber": holder.kvk_number,
        "gvaReference": f"GVA-{random.randint(2025, 2026)}-{random.randint(1000, 9999)}",
        "issueDate": date(random.randint(2025, 2026), random.randint(2, 10), random.randint(1, 28)).isoformat(),
    }
