"""Extracts from the trade register, of several ages and makers."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from tests.layouts.holders import DAGOBERT, DONALD, KATRIEN, OPSTAP, SPRINGPLANK, Holder
from tests.layouts.sheets import Layout, dashed
from tests.layouts.unseen.paper import (
    ALL,
    LEGAL_PERSONS,
    Facts,
    a_day,
    abbreviated,
    bare_dashes,
    full_dots,
    papers,
    rows,
    text,
    with_weekday,
)

KIND = "kvk_extract"
FORMS = {
    "bv": "Besloten vennootschap",
    "nv": "Naamloze vennootschap",
    "foundation": "Stichting",
    "cooperative": "Coöperatie",
    "sole_proprietorship": "Eenmanszaak",
}
SECOND_NAMES = ("Fictief Arbeidsadvies", "Verzonnen Loopbaanhuis", "Proef Werkplaats", "Voorbeeld Coaching")


def page_headed(f: Facts) -> str:
    """The digital extract: a head with the number on each page, parts under each other."""
    person = rows(
        ("RSIN", f.text("rsin")),
        ("Rechtsvorm", f.word("legalForm", FORMS)),
        ("Statutaire naam", f.text("statutoryName")),
        ("Statutaire zetel", f.text("seat")),
        ("Eerste inschrijving \\ handelsregister", "02-06-1998"),
        ("Datum akte van \\ oprichting", "28-05-1998"),
        ("Activiteiten", "SBI-code: 88993 - Ambulante jeugdzorg en werkbegeleiding"),
    )
    names = [text(each) for each in f.raw("tradeNames").split(", ")]
    business = rows(
        ("Handelsnamen", " \\ ".join(names)),
        ("Startdatum onderneming", f.day("startDate", dashed)),
        ("Werkzame personen", "23"),
    )
    return rf"""
#set page(header: [*KVK* #h(1fr) KVK-nummer {
        f.text("kvkNumber")
    } #h(1fr) Pagina #context counter(page).display() (van 2)])
#text(15pt)[*Uittreksel Handelsregister Kamer van Koophandel*]
#v(6mm)
*Rechtspersoon*
#grid(columns: (5.2cm, 1fr), row-gutter: .65em, {person})
#line(length: 100%, stroke: .4pt)
*Onderneming*
#grid(columns: (5.2cm, 1fr), row-gutter: .65em, {business})
#pagebreak()
*Enig aandeelhouder*
#grid(columns: (5.2cm, 1fr), row-gutter: .65em, {
        rows(
            ("Naam", text(f.other.name)),
            ("Statutaire zetel", text(str(f.other.seat))),
            ("Ingeschreven onder", f"KVK-nummer {text(f.other.kvk_number)}"),
            ("Sinds", "14-09-2011"),
        )
    })
#v(2cm)
#text(8pt)[Uittreksel is vervaardigd op {f.day("issueDate", dashed)} om 14.07 uur. Een gewaarmerkt uittreksel is een
officieel bewijs van inschrijving in het Handelsregister.]
"""


def dossier(f: Facts) -> str:
    """The older typewriter form with a file number and sheet numbers."""
    lines = [
        ("Rechtsvorm", f.word("legalForm", FORMS)),
        ("Naam", f.text("statutoryName")),
        ("Statutaire zetel", f.text("seat")) if f.has("seat") else None,
        ("1e inschrijving in het h.r.", "15-01-2003"),
        ("Fiscaal nummer (RSIN)", f.text("rsin")) if f.has("rsin") else None,
        None,
        ("Handelsna(a)m(en)", f.text("tradeNames")),
        ("Adres", text(f"{f.street}, {f.town}")),
        ("Datum aanvang onderneming", f.day("startDate", dashed)),
        ("Vestigingsnummer", "000037178598"),
        ("Bedrijfsomschrijving", "Begeleiding naar werk"),
        ("Werkzame personen", "8"),
    ]
    body = " \\\n".join(
        f"{label}#box(width: 1fr, repeat[ ])#box(width: 60%)[: {value}]" for label, value in filter(None, lines)
    )
    return rf"""
#set text(font: "DejaVu Sans Mono", size: 8.5pt)
Dossiernummer: {f.text("kvkNumber")} #h(1fr) Blad 00001

Uittreksel uit het handelsregister van de Kamers van Koophandel

Deze inschrijving valt onder het beheer van de Kamer van Koophandel voor Fictiefland

{body}

Alleen geldig indien door de kamer voorzien van een ondertekening.

Fictiefstad, {f.day("issueDate", dashed)} \
Uittreksel is vervaardigd om 09.12 uur

Voor uittreksel #h(4cm) Kosten: EUR 15,00
"""


def since_when(f: Facts) -> str:
    """A table of three columns: what, its content and since when it is so."""
    table = rows(
        ("KvK-nummer", f.text("kvkNumber"), ""),
        ("Vestigingsnummer", "000012345670", "03.04.2020"),
        ("Bedrijfsnaam", f.text("statutoryName"), "03.04.2020"),
        ("Rechtsvorm", f.word("legalForm", FORMS), "03.04.2020"),
        ("RSIN", f.text("rsin"), "") if f.has("rsin") else None,
        ("Zetel", f.text("seat"), "03.04.2020") if f.has("seat") else None,
        ("Bezoekadres", text(f"{f.street}, {f.town}"), "01.02.2022"),
        ("Gemachtigde", f"{text(f.other.name)}, KvK {text(f.other.kvk_number)}", "11.11.2021"),
    )
    return rf"""
#grid(columns: (1fr, 1fr), text(18pt)[KVK], align(right)[Handelsregister \ *Uittreksel*])
#v(4mm)
#table(columns: (4cm, 1fr, 2.6cm), stroke: (x: none), inset: 5pt,
  table.header([*Gegeven*], [*Inhoud*], [*Geregistreerd sinds*]),
{table}
)
De onderneming is gestart op {f.day("startDate", full_dots)}.
#v(1fr)
#block(stroke: 1pt, inset: 8pt)[*Waarmerk* \ Kamer van Koophandel, Utrecht \ {f.day("issueDate", full_dots)}, 16:44 uur]
"""


def sealed_letter(f: Facts) -> str:
    """A sealed statement in sentences."""
    return rf"""
#align(center)[#text(14pt, tracking: 2pt)[GEWAARMERKT UITTREKSEL]]
#v(8mm)
Volgens het handelsregister van de Kamer van Koophandel is onder nummer *{f.text("kvkNumber")}* ingeschreven de
{f.word("legalForm", {code: words.lower() for code, words in FORMS.items()})} genaamd *{f.text("statutoryName")}*,
statutair gevestigd te
{f.text("seat")} en kantoorhoudende aan de {text(f.street)}, {text(f.town)}. Aan de rechtspersoon is het RSIN
{f.text("rsin")} toegekend.

De onderneming wordt gedreven sinds {f.day("startDate")} onder de handelsnamen {f.text("tradeNames")}.

Het laatst gedeponeerde jaarstuk is ontvangen op 12 mei 2026. De statuten zijn voor het laatst gewijzigd bij akte van
3 november 2015.

Dit uittreksel is afgegeven te Utrecht op {f.day("issueDate", with_weekday)}.

#v(1cm)
#text(8pt)[Controleer het waarmerk op de site van de Kamer van Koophandel. Aanvraag gedaan op 1 mei 2026 door
{text(f.other.name)}.]
"""


def owner_and_business(f: Facts) -> str:
    """The short form for a sole trader, with blocks side by side."""
    left = rows(
        ("Inschrijvingsnummer", f.text("kvkNumber")),
        ("Eerste handelsnaam", f.text("statutoryName")),
        ("Alle handelsnamen", f.text("tradeNames")),
        ("Juridische vorm", f.word("legalForm", FORMS)),
    )
    right = rows(
        ("Begonnen op", f.day("startDate", abbreviated)),
        ("Voltijd werkzaam", "1"),
        ("Deeltijd werkzaam", "2"),
        ("Eigenaar", "afgeschermd"),
    )
    return rf"""
#text(8pt)[Handelsregister #h(1fr) opgevraagd en afgegeven: {f.day("issueDate", abbreviated)}]
= Uittreksel
#grid(columns: (1fr, 1fr), column-gutter: 8mm,
  grid(columns: (auto, 1fr), gutter: 8pt, {left}),
  grid(columns: (auto, 1fr), gutter: 8pt, {right}),
)
#v(1cm)
#text(8pt)[Adres: {text(f.street)}, {text(f.town)}. Adres geldig vanaf 1 jul 2020.]
"""


def numbered(f: Facts) -> str:
    """Numbered items under each other, as a service that orders extracts prints them."""
    items = [
        f"Onderneming: {f.text('statutoryName')}",
        f"Ingeschreven bij: Kamer van Koophandel, nr. {f.text('kvkNumber')}",
        f"Rechtspersonen Samenwerkingsverbanden Informatie Nummer: {f.text('rsin')}",
        f"Vorm: {f.word('legalForm', FORMS)}",
        f"Plaats van statutaire vestiging: {f.text('seat')}",
        f"Ook bekend als (handelsnamen): {f.text('tradeNames')}",
        f"Datum van start: {f.day('startDate', bare_dashes)}",
        f"Datum uittreksel: {f.day('issueDate', bare_dashes)}",
    ]
    return (
        "= Kamer van Koophandel, uittreksel handelsregister\n"
        + "\n\n".join(f"+ {each}" for each in items)
        + ("\n\n#v(1cm)\nAfgedrukt op 21-11-2026 via Verzonnen Registerdienst B.V., KvK 90004760.")
    )


def layouts() -> Iterator[Layout]:
    """Each form for three companies."""
    return papers(
        KIND,
        _facts,
        {
            page_headed: (DONALD, KATRIEN, SPRINGPLANK),
            dossier: (OPSTAP, DAGOBERT, DONALD),
            since_when: (DAGOBERT, KATRIEN, OPSTAP),
            sealed_letter: LEGAL_PERSONS,
            owner_and_business: (DAGOBERT,),
            numbered: (KATRIEN, SPRINGPLANK, DONALD),
        },
    )


def _facts(random: Random, holder: Holder) -> dict[str, Any]:
    assert holder in ALL
    found = {
        "kvkNumber": holder.kvk_number,
        "statutoryName": holder.name,
        "tradeNames": f"{holder.name}, {random.choice(SECOND_NAMES)}",
        "legalForm": holder.legal_form,
        "rsin": holder.rsin,
        "seat": holder.seat,
        "startDate": a_day(random, date(1999, 1, 4), date(2019, 12, 30)).isoformat(),
        "issueDate": a_day(random, date(2026, 5, 4), date(2026, 11, 13)).isoformat(),
    }
    return {name: value for name, value in found.items() if value is not None}
