"""References as clients write them: letters, forms of a buyer, tables of a contract, sheets of a project."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from tests.layouts.holders import Holder
from tests.layouts.sheets import Layout, dashed, euro_cents, euro_dash, euro_plain
from tests.layouts.unseen.paper import (
    LEGAL_PERSONS,
    SERVICES,
    Facts,
    a_day,
    abbreviated,
    as_amount,
    code_mln,
    full_dots,
    full_slashes,
    papers,
    row,
    rows,
    small,
    spaced,
    text,
    with_zero,
)

KIND = "reference"
PUBLIC = {
    "municipality": ("Gemeente Fictiefstad", "Gemeente Voorbeeldam", "Gemeente Nergenshuizen"),
    "other_public": ("Werkbedrijf Verzonnen Regio", "Provincie Fictiefland"),
    "private": ("Proef Logistiek B.V.", "Zorggroep Monster"),
}
KINDS_OF_CLIENT = {"municipality": "gemeente", "uwv": "UWV", "other_public": "andere overheid", "private": "bedrijf"}
ROLES = {"main": "hoofdaannemer", "member": "lid van een combinatie", "subcontractor": "onderaannemer"}
FUNCTIONS = ("contractmanager Werk en Inkomen", "hoofd inkoop", "adviseur sociaal domein", "teamleider Participatie")
DOINGS = (
    "Wij spraken met elke deelnemer, maakten een plan en zochten samen een plek bij een werkgever in de regio.",
    "De aanbieder verzorgde groepsbijeenkomsten en gesprekken, en begeleidde na plaatsing nog een half jaar op de werkplek.",
    "Het ging om een doorlopend programma voor inwoners met een afstand tot werk, met een vaste begeleider per persoon.",
)


def clients_letter(f: Facts) -> str:
    """A letter of the client in sentences."""
    return rf"""
{f.text("client")} \
Postbus 12, Fictiefstad

#v(1cm)
Aan wie dit aangaat #h(1fr) {f.day("signedOn")}

*Referentieverklaring {text(f.holder.name)}*

Van {f.day("startDate")} {ending(f)} voerde {text(f.holder.name)} (KvK {text(f.holder.kvk_number)}) voor ons als
{f.word("role", ROLES)} een opdracht uit op het gebied van {f.listed("domains", SERVICES)}. In totaal zijn
{f.text("trajectories")} trajecten gestart.
Daarvan bereikte {f.number("resultPct")}% het afgesproken doel.

Met de opdracht was een bedrag gemoeid van {f.amount("amountTotalExVat", euro_dash)} exclusief btw. {pleased(f)}

Voor vragen kunt u terecht bij de afdeling, functie: {f.text("contactFunction")}, e-mail: {f.text("contactEmail")}.

Met vriendelijke groet, \
{f.text("client")}
"""


def competence_form(f: Facts) -> str:
    """A buyer's form for one competence, as a table of numbered questions."""
    table = rows(
        ("1", "Inschrijver", text(f"{f.holder.name}, KvK {f.holder.kvk_number}")),
        ("2", "Naam opdrachtgever", f.text("client")),
        ("3", "Type organisatie", f.ticked("clientKind", KINDS_OF_CLIENT, " \\ ")),
        ("4", "Contactpersoon (alleen functie)", f.text("contactFunction")),
        ("5", "E-mail", f.text("contactEmail")),
        ("6", "Hoedanigheid inschrijver", f.ticked("role", ROLES, " \\ ")),
        ("7", "Aandeel inschrijver in de uitvoering", f"{f.number('ownShare')} %"),
        ("8", "Contract gestart", f.day("startDate", dashed)),
        ("9", "Contract geëindigd", f.day("endDate", dashed) if f.has("endDate") else "n.v.t."),
        ("10", "Loopt het contract nog?", f.yes_no("ongoing")),
        ("11", "Opdrachtwaarde (excl. btw)", f.amount("amountTotalExVat", euro_cents)),
        ("12", "Waarvan uitgevoerd in de drie jaar vóór inschrijving", f.amount("amountInWindow", euro_cents)),
        ("13", "Omschrijving", f.text("description")),
    )
    return rf"""
#text(8pt)[Bijlage 4b #h(1fr) Aanbesteding 2026-117, Gemeente Elders]
== Referentie bij kerncompetentie 2
Minimumeis: waarde van ten minste € 100.000,- excl. btw per jaar.
#table(columns: (auto, 5cm, 1fr), {table})
Gevraagde dienst(en) waarop de referentie ziet: {f.listed("domains", SERVICES)}
#v(8mm)
Aldus naar waarheid getekend door de opdrachtgever op {f.day("signedOn", dashed)}
"""


def per_year(f: Facts) -> str:
    """A statement of a contract with the amounts of each year, and their sum."""
    total = int(f.values["amountTotalExVat"][:-3])
    parts = [total // 4, total // 3, total - total // 4 - total // 3]
    years = "".join(row(str(2023 + place), text(f"{part:,}".replace(",", "."))) for place, part in enumerate(parts))
    return rf"""
= Contractoverzicht
#grid(columns: (4.5cm, 1fr), row-gutter: .7em, {
        rows(
            ("Opdrachtgevende partij", f.text("client")),
            ("Opdrachtnemer", text(f.holder.name)),
            ("Rol opdrachtnemer", f.word("role", ROLES)),
            ("Soort diensten", f.listed("domains", SERVICES)),
            ("Looptijd", f"{f.day('startDate', full_dots)} {until(f)}"),
            ("Raamcontractnummer", "RC-2022-0815"),
        )
    })
#v(5mm)
#table(columns: (3cm, 4cm), align: (left, right), table.header([*Jaar*], [*Gefactureerd ex btw (€)*]), {years}
  [*Totaal*], [*{f.amount("amountTotalExVat")}*])
Hiervan viel € {f.amount("amountInWindow")} in de laatste drie jaar. Btw (21%) is niet meegeteld.
#v(5mm)
#table(columns: (6cm, 4cm), [Gestarte trajecten], [{f.text("trajectories")}], [Trajecten met behaald doel], [{
        f.number("resultPct")
    }%],
  [Voortijdig gestopt], [7%])
#v(1fr)
Overzicht opgesteld door: {f.text("contactFunction")} ({f.text("contactEmail")}); ondertekend {
        f.day("signedOn", full_dots)
    }.
"""


def project_sheet(f: Facts) -> str:
    """A sheet of a project with figures large above their labels."""
    return rf"""
#text(9pt)[PROJECTBLAD] \
#text(20pt)[{f.text("client")}]
#v(4mm)
#grid(columns: (1fr, 1fr, 1fr), {
        row(
            f"#text(18pt)[{f.text('trajectories')}]" + small("trajecten"),
            f"#text(18pt)[{f.number('resultPct')}%]" + small("haalde het doel"),
            f"#text(18pt)[{f.amount('amountTotalExVat', code_mln)}]" + small("opdrachtsom, zonder btw"),
        )
    })
#v(6mm)
*Wat hebben we gedaan?* \
{f.text("description")}

*Welke diensten?* \
{f.listed("domains", SERVICES)}

*Wanneer?* \
Begonnen: {f.day("startDate", abbreviated)}. {ended(f)}

*Onze rol* \
{f.word("role", ROLES)}

*Meer weten?* \
{f.text("contactFunction")} bij de opdrachtgever, {f.text("contactEmail")}
#v(1fr)
#text(8pt)[{text(f.holder.name)}. Dit blad is bijgewerkt op 4 nov 2026.]
"""


def satisfaction_form(f: Facts) -> str:
    """A statement of satisfaction with boxes, filled in by the client."""
    return rf"""
#align(center)[= TEVREDENHEIDSVERKLARING]
De ondergetekende, handelend namens de opdrachtgever \
*{f.text("client")}*, in de functie van *{f.text("contactFunction")}* (e-mail: {f.text("contactEmail")}),

verklaart over de opdrachtnemer \
*{text(f.holder.name)}*, ingeschreven onder KvK-nummer {text(f.holder.kvk_number)}:

#set enum(numbering: "a)")
+ de dienst betrof: {f.ticked("domains", SERVICES, "; ")}
+ de uitvoering begon op {f.day("startDate", full_slashes)} {ending_slashed(f)}
+ de opdrachtnemer was {f.ticked("role", ROLES)}
+ de totale omvang was {f.amount("amountTotalExVat", spaced)} (exclusief omzetbelasting) en {f.text("trajectories")} trajecten
+ het werk is naar tevredenheid uitgevoerd: {f.yes_no("satisfied")}
+ wij zouden de opdrachtnemer weer kiezen: {f.yes_no("satisfied")}

#v(1cm)
Plaats: Fictiefstad #h(2cm) Datum ondertekening: {f.day("signedOn", full_slashes)}
"""


def evaluation(f: Facts) -> str:
    """The evaluation at the end of a lot, with one line per lot of which only one is the contractor's."""
    return rf"""
#set text(font: "New Computer Modern")
*Evaluatie inkoopcontract* #h(1fr) {f.text("client")}

#grid(columns: (auto, auto), column-gutter: 1cm, row-gutter: .6em, {
        rows(
            ("Leverancier:", text(f.holder.name)),
            ("Handelt als:", f.word("role", ROLES)),
            ("Eigen aandeel:", f"{f.number('ownShare')}%"),
            ("Ingangsdatum overeenkomst:", f.day("startDate", with_zero)),
            ("Einddatum overeenkomst:", f.day("endDate", with_zero)) if f.has("endDate") else None,
            ("Afgenomen:", f.listed("domains", SERVICES)),
            ("Totaal betaald, exclusief btw:", f.amount("amountTotalExVat", euro_plain)),
            ("Score einde doel bereikt:", f"{f.number('resultPct')}% (norm 45%)"),
            ("Aantal trajecten:", f"{f.text('trajectories')} (raming 200)"),
        )
    })

{pleased(f)} De gemiddelde beoordeling op tien punten was een 8. Volgende evaluatie: niet van toepassing.

#v(1fr)
Voor akkoord namens {f.text("client")}, {f.day("signedOn", with_zero)}
"""


def ending(f: Facts) -> str:
    f.says("ongoing")
    return f"tot en met {f.day('endDate')}" if f.has("endDate") else "tot heden (de opdracht loopt nog)"


def ending_slashed(f: Facts) -> str:
    f.says("ongoing")
    return f"en eindigde op {f.day('endDate', full_slashes)}" if f.has("endDate") else "en de opdracht loopt nog"


def until(f: Facts) -> str:
    f.says("ongoing")
    return f"t/m {f.day('endDate', full_dots)} (beëindigd)" if f.has("endDate") else "- heden (lopend)"


def ended(f: Facts) -> str:
    f.says("ongoing")
    return f"Klaar: {f.day('endDate', abbreviated)}." if f.has("endDate") else "Nog niet klaar: de opdracht loopt nog."


def pleased(f: Facts) -> str:
    told = {
        True: "De opdracht is naar tevredenheid uitgevoerd.",
        False: "De opdracht is niet naar tevredenheid uitgevoerd.",
    }
    return f.word("satisfied", told)


def layouts() -> Iterator[Layout]:
    """Each form for three contractors."""
    issuers = (clients_letter, competence_form, per_year, project_sheet, satisfaction_form, evaluation)
    return papers(KIND, _facts, {each: LEGAL_PERSONS[place % 2 :] for place, each in enumerate(issuers)})


def _facts(random: Random, holder: Holder) -> dict[str, Any]:
    kind = random.choice(list(PUBLIC))
    client = random.choice(PUBLIC[kind])
    total = random.choice([180_000, 425_500, 750_000, 1_250_000, random.randrange(90_000, 900_000, 50)])
    is_ongoing = random.choice([True, False, False])
    found = {
        "client": client,
        "clientKind": kind,
        "contactFunction": random.choice(FUNCTIONS),
        "contactEmail": f"{random.choice(['inkoop', 'contracten', 'sociaal'])}@{client.lower().split()[1]}.example",
        "description": random.choice(DOINGS),
        "domains": sorted(random.sample(list(SERVICES), random.randint(1, 3))),
        "role": random.choice(["main", "main", "member", "subcontractor"]),
        "ownShare": str(random.choice([40, 60, 75, 100])),
        "startDate": a_day(random, date(2022, 9, 1), date(2023, 9, 1)).isoformat(),
        "ongoing": is_ongoing,
        "amountTotalExVat": as_amount(total),
        "amountInWindow": as_amount(total * 3 // 4),
        "trajectories": random.randint(35, 420),
        "resultPct": str(random.randint(380, 790) / 10).removesuffix(".0"),
        "signedOn": a_day(random, date(2026, 2, 2), date(2026, 11, 12)).isoformat(),
        "satisfied": random.choice([True, True, True, False]),
    }
    return found if is_ongoing else found | {"endDate": a_day(random, date(2025, 3, 3), date(2026, 1, 30)).isoformat()}
