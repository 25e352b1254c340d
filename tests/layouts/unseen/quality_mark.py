"""Certificates, letters and prints of marks, as certifying bodies and registers of marks set them."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.layouts.holders import Holder
from tests.layouts.sheets import Layout, dashed
from tests.layouts.unseen.paper import (
    LEGAL_PERSONS,
    SERVICES,
    Facts,
    a_day,
    full_dots,
    full_slashes,
    in_capitals,
    papers,
    row,
    rows,
    small,
    text,
    with_zero,
)

KIND = "quality_mark"
FULL = {"iso-9001": "ISO 9001:2015", "blik-op-werk": "Keurmerk Blik op Werk", "cedeo": "Cedeo-erkenning"}
BODIES = ("Verzonnen Keuringsbedrijf B.V.", "Fictief Certificatiehuis", "Stichting Proefkeur Nederland")


def in_steps(f: Facts) -> str:
    """The certificate of a certifying body with its cycle of days at the foot, values above their labels."""
    foot = rows(
        (f.text("certificateNumber") + small("Certificaat"), "12 maart 2014" + small("Eerste certificatie")),
        (
            f.day("validFrom", with_zero) + small("Begin van de certificatiecyclus"),
            f.day("validUntil", with_zero) + small("Einde van de certificatiecyclus"),
        ),
        ("2" + small("Versie van dit certificaat"), f.text("accreditation") + small("Raad voor Accreditatie")),
    )
    return rf"""
#set page(margin: (left: 5cm))
#set text(font: "New Computer Modern")
#text(9pt)[{f.text("certificationBody")} \ Certificatielaan 9, Fictiefstad \ Handelsregister 90003322]
#v(1.5cm)
Het managementsysteem van

#text(16pt)[*{text(f.holder.name)}*] \
{text(f.street)}, {text(f.town)} \
KvK {f.text("kvkNumber")}

is beoordeeld en goedgekeurd volgens

#text(20pt)[{f.word("scheme", FULL)}]

Het systeem omvat: {f.listed("scopeServices", SERVICES)}.

#v(1fr)
#grid(columns: (1fr, 1fr), row-gutter: 1.2em, {foot})
{f.says("proofKind")}
"""


def award_letter(f: Facts) -> str:
    """A letter that tells of the award."""
    status = {"aspirant": "aspirant-keurmerkhouder", "definitief": "definitief keurmerkhouder"}
    return rf"""
{f.text("certificationBody")} \
Postbus 1000 \
1000 XX Fictiefstad

#v(1cm)
{text(f.holder.name)} \
t.a.v. de directie \
{text(f.street)}, {text(f.town)}

#v(8mm)
Fictiefstad, {f.around("validFrom", -18)} \
Onze referentie: TOEK/118 \
Onderwerp: *certificaat {f.word("scheme", FULL)}*

Geachte directie,

Op grond van de audit van {f.around("validFrom", -54)} en het advies van ons certificatiecollege bent u
{f.word("status", status)}.
Uw organisatie staat bij ons bekend onder KvK-nummer {f.text("kvkNumber")}. U mag het keurmerk voeren voor de
volgende dienstverlening: {f.listed("scopeServices", SERVICES)}.

Het keurmerk gaat in op {f.day("validFrom")} en is van kracht tot en met {f.day("validUntil")}. U vindt het terug onder
nummer {f.text("certificateNumber")}. Een nieuwe audit vragen wij u te plannen vóór {f.around("validFrom", 270)}.

Deze brief geldt als certificaat totdat u het certificaat zelf ontvangt.
{f.says("proofKind")}
"""


def with_annex(f: Facts) -> str:
    """A short certificate and an annex that tells which services are covered and which not."""
    covered = f.raw("scopeServices")
    lines = "".join(
        row(label, "ja" if code in covered else "nee", "werkmaatschappij") for code, label in SERVICES.items()
    )
    return rf"""
#align(right)[Blad 1]
= CERTIFICAAT {f.text("certificateNumber")}
Afgegeven aan: {text(f.holder.name)}, handelsregisternummer {f.text("kvkNumber")} \
Referentiekader: {f.word("scheme", FULL)} \
Geldigheidsduur: {f.day("validFrom", full_slashes)} - {f.day("validUntil", full_slashes)} \
Namens de certificerende instelling: {f.text("certificationBody")}

Zie ook de bijlage bij dit certificaat, versie van 02/02/2026.
#pagebreak()
#align(right)[Blad 2]
== Bijlage: reikwijdte
#table(columns: 3, table.header([*Dienst*], [*Gecertificeerd*], [*Locatie*]), {lines})
Op de bijlage vermelde rechtspersonen: {text(f.other.name)} (KvK {text(f.other.kvk_number)}) valt niet onder dit certificaat.
{f.says("proofKind")}
"""


def search_result(f: Facts) -> str:
    """A search in a register: one line with the marks in force, one with those of before."""
    return rf"""
#set page(flipped: true)
#text(8pt)[keurmerkenregister.example/zoek?kvk={f.text("kvkNumber")} #h(1fr) geraadpleegd: {
        f.day("registerCheckedOn", dashed)
    }]
== Zoeken in het openbaar register
Zoekterm: {text(f.holder.name)}. Aantal resultaten: 1

=== Nu geldig
#table(columns: 6, inset: 6pt,
  table.header([*Keurmerk*], [*Fase*], [*Cert.nr.*], [*Vanaf*], [*Tot en met*], [*Instelling*]),
  {
        row(
            f.word("scheme", FULL),
            f.word("status", {"definitief": "definitief", "aspirant": "aspirant"}),
            f.text("certificateNumber"),
            f.day("validFrom", dashed),
            f.day("validUntil", dashed),
            f.text("certificationBody"),
        )
    }
)
=== Verlopen
#table(columns: 6, inset: 6pt,
  table.header([*Keurmerk*], [*Fase*], [*Cert.nr.*], [*Vanaf*], [*Tot en met*], [*Instelling*]),
  [{f.word("scheme", FULL)}], [aspirant], [0-4417], [01-01-2019], [31-12-2020], [Oud Keurhuis B.V.]
)
"""


def stamped(f: Facts) -> str:
    """A certificate as a form, its days in capitals as a stamp sets them."""
    return rf"""
#align(center)[#block(stroke: 3pt + gray, inset: 1cm)[
  #text(22pt)[*CERTIFICAAT*]

  uitgereikt aan

  #text(15pt)[{text(f.holder.name)}] \
  (Kamer van Koophandel: {f.text("kvkNumber")})

  {f.word("scheme", {"iso-9001": "NEN-EN-ISO 9001", "blik-op-werk": "Blik op Werk", "cedeo": "Cedeo"})}

  #grid(columns: 2, column-gutter: 2cm, row-gutter: 8pt, align: left, {
        rows(
            ("registratienummer", f.text("certificateNumber")),
            ("uitgiftedatum", f.day("validFrom", in_capitals)),
            ("vervaldatum", f.day("validUntil", in_capitals)),
            ("klantwaardering", "93%"),
        )
    })
  #v(1cm)
  {f.text("certificationBody")} #h(1cm) #text(8pt)[accreditatie {f.text("accreditation")}]
]]
{f.says("proofKind")}
"""


def both_sides(f: Facts) -> str:
    """Statement of a mark in running lines, with the days as dots."""
    return rf"""
#text(9pt)[Formulier K-12 / {f.text("certificationBody")}]
#v(1cm)
*Verklaring van certificatie* #h(1fr) volgnr. {f.text("certificateNumber")}

Ondergetekende verklaart dat de onderneming {text(f.holder.name)} gedurende de periode van
{f.day("validFrom", full_dots)} tot en met
{f.day("validUntil", full_dots)} is gecertificeerd voor {f.word("scheme", FULL)} met de status
{f.word("status", {"definitief": "definitief", "aspirant": "aspirant"})}.

Toepassingsgebied van het certificaat: {f.listed("scopeServices", SERVICES)}.

#v(5mm)
Inschrijfnummer onderneming (KvK): {f.text("kvkNumber")} \
Inschrijfnummer certificerende instelling (KvK): 90003322 \
Datum verklaring: 30.10.2026
{f.says("proofKind")}
"""


def layouts() -> Iterator[Layout]:
    """Each issuer for three holders."""
    issuers = (in_steps, award_letter, with_annex, search_result, stamped, both_sides)
    return papers(KIND, _facts, {each: LEGAL_PERSONS[place % 2 :] for place, each in enumerate(issuers)})


def _facts(random: Random, holder: Holder) -> dict[str, Any]:
    start = a_day(random, date(2024, 6, 3), date(2026, 3, 2))
    return {
        "proofKind": "certificate",
        "scheme": random.choice(list(FULL)),
        "status": random.choice(["definitief", "definitief", "aspirant"]),
        "certificateNumber": random.choice(["NL{}-QMS", "{}.26", "BoW-{}"]).format(random.randint(10_000, 99_999)),
        "certificationBody": random.choice(BODIES),
        "accreditation": f"RvA C {random.randint(100, 699)}",
        "kvkNumber": holder.kvk_number,
        "scopeServices": sorted(random.sample(list(SERVICES), random.randint(1, 3))),
        "validFrom": start.isoformat(),
        "validUntil": (start.replace(year=start.year + 3) - timedelta(days=1)).isoformat(),
        "registerCheckedOn": a_day(random, date(2026, 9, 1), date(2026, 11, 18)).isoformat(),
    }
