"""References in which a client says what was done, and how well."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

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
    slashed,
    typeset,
)

KIND = "reference"
BOXES = {True: "[x] ja   [ ] nee", False: "[ ] ja   [x] nee"}
SENTENCES = {
    "satisfied": {True: "De opdracht is naar onze volle tevredenheid uitgevoerd."},
    "ongoing": {True: "De opdracht loopt nog.", False: "De opdracht is afgerond."},
}

TABLE = r"""
= Referentieverklaring
Opdrachtnemer: Test BV Donald, KvK 68750110. Referentie ten behoeve van aanbesteding met sluitingsdatum
#x.closing.
#v(3mm)
#ruled(
  ("Opdrachtgever", "client"), ("Type organisatie", "clientKind"),
  ("Contactpersoon (functie)", "contactFunction"), ("E-mailadres", "contactEmail"),
  ("Omschrijving van de opdracht", "description"), ("Diensten", "domains"), ("Rol van opdrachtnemer", "role"),
  ("Eigen aandeel (%)", "ownShare"), ("Begindatum", "startDate"), ("Einddatum", "endDate"),
  ("Loopt nog", "ongoing"), ("Totale opdrachtwaarde excl. btw", "amountTotalExVat"),
  ("Waarvan in de afgelopen drie jaar", "amountInWindow"), ("Aantal trajecten", "trajectories"),
  ("Naar tevredenheid uitgevoerd", "satisfied"), ("Datum ondertekening", "signedOn"),
)
"""

LETTER = r"""
#d.client \ Raadhuisplein 1 \ 1234 AB Voorbeeldstad #v(8mm)
Voorbeeldstad, #d.signedOn

Onderwerp: tevredenheidsverklaring

Geachte lezer,

Hierbij verklaren wij dat Test BV Donald (KvK 68750110) als #d.role voor ons heeft gewerkt. Het ging om
#lower(and-so-on(d.domains)).
De opdracht, bij ons bekend onder nummer #x.contract, begon op #d.startDate#if "endDate" in d [ en eindigde
op #d.endDate].
Er zijn #d.trajectories trajecten uitgevoerd voor een totaalbedrag van #d.amountTotalExVat exclusief btw
(het gunningsbedrag was #x.award).
#d.resultPct% van de trajecten haalde het doel. #d.ongoing #d.satisfied

Wat er is gedaan: #d.description

Met vriendelijke groet, \ #d.contactFunction van #d.client \ #d.contactEmail
"""

COLUMNS = r"""
#set text(font: "New Computer Modern", size: 10pt)
#text(16pt)[Referentie] #h(1fr) #text(8pt)[afgedrukt #x.printed]
#labels-above(columns: 2,
  ("Naam opdrachtgever", "client"), ("Soort opdrachtgever", "clientKind"), ("Start opdracht", "startDate"),
  ("Einde opdracht", "endDate"), ("Omvang opdracht (ex btw)", "amountTotalExVat"),
  ("Trajecten", "trajectories"), ("Ingezet als", "role"), ("Doel gehaald (%)", "resultPct"),
  ("Soort dienstverlening", "domains"), ("E-mail referent", "contactEmail"),
)
#v(4mm)
#text(7.5pt)[Beschrijving] \ #d.description
#v(8mm)
Getekend door de opdrachtgever op #d.signedOn
"""

DOTS = r"""
#set text(font: "DejaVu Sans Mono", size: 8.5pt)
REFERENTIEFORMULIER \ INSCHRIJVER: TEST BV DONALD (KVK 68750110) \

#padded(
  ("OPDRACHTGEVER", "client"), ("DIENST", "domains"), ("ROL", "role"), ("AANVANG", "startDate"),
  ("AFLOOP", "endDate"), ("OPDRACHT LOOPT NOG", "ongoing"), ("OPDRACHTSOM EX BTW", "amountTotalExVat"),
  ("TRAJECTEN", "trajectories"), ("PERCENTAGE GESLAAGD", "resultPct"), ("DATUM HANDTEKENING", "signedOn"),
)

TOELICHTING \ #d.description
"""

QUESTIONS = r"""
#align(center)[*Bijlage 4 - Vragenlijst kerncompetentie*]
+ Wie is de opdrachtgever? \ #d.client
+ Welke diensten zijn geleverd? \ #and-so-on(d.domains)
+ Wat hield de opdracht in? \ #d.description
+ In welke periode? \ Van #d.startDate#if "endDate" in d [ tot en met #d.endDate]
+ Loopt de opdracht nog? \ #d.ongoing
+ Wat is de waarde zonder btw? \ #d.amountTotalExVat, waarvan #d.amountInWindow in de laatste drie jaar
+ Was u tevreden? \ #d.satisfied
+ Bij wie kunnen wij dit navragen? \ #d.contactFunction, #d.contactEmail

Ondertekend op #d.signedOn
"""

SHEETS = (
    Sheet("table", TABLE, dashed, euro_dash, without=frozenset({"resultPct"})),
    Sheet(
        "letter",
        LETTER,
        in_words,
        euro_million,
        words=SENTENCES,
        without=frozenset({"clientKind", "ownShare", "amountInWindow"}),
    ),
    Sheet(
        "columns",
        COLUMNS,
        iso,
        euro_code,
        without=frozenset({"ownShare", "amountInWindow", "contactFunction", "ongoing", "satisfied"}),
    ),
    Sheet(
        "dots",
        DOTS,
        dotted,
        euro_plain,
        without=frozenset({"clientKind", "ownShare", "amountInWindow", "contactFunction", "contactEmail", "satisfied"}),
    ),
    Sheet(
        "questions",
        QUESTIONS,
        slashed,
        euro_cents,
        words={"ongoing": BOXES, "satisfied": BOXES},
        without=frozenset({"clientKind", "ownShare", "role", "trajectories", "resultPct"}),
    ),
)


def layouts() -> Iterator[Layout]:
    """Each sheet for a municipality, another public body and a company."""
    random = seeded(KIND)
    extra = {
        "printed": date(2026, 11, 5),
        "closing": date(2026, 12, 4),
        "award": Decimal(995_000),
        "contract": "2023-0417",
    }
    sets = [
        _facts("Gemeente Voorbeeldstad", "municipality", ["toeleiden-naar-werk"], "2500000.00", random)
        | {"description": "Begeleiding van bijstandsgerechtigden naar betaald werk, met een vaste coach."},
        _facts("Waterschap Verzonnen Polder", "other_public", ["outplacement"], "640000.00", random)
        | {"description": "Outplacement van boventallige medewerkers na een reorganisatie.", "role": "subcontractor"},
        _facts("Papierfabriek De Fictieve Molen B.V.", "private", ["duurzame-inzetbaarheid"], "1250000.00", random)
        | {"description": "Gesprekken en scholing waardoor oudere medewerkers langer inzetbaar blijven."},
    ]
    for facts in sets[1:2]:
        facts["ongoing"] = True
        del facts["endDate"]
    yield from typeset(KIND, SHEETS, sets, extra)


def _facts(client: str, client_kind: str, domains: list[str], total: str, random: Random) -> dict[str, Any]:
    return {
        "client": client,
        "clientKind": client_kind,
        "contactFunction": random.choice(["contractmanager", "beleidsadviseur", "hoofd personeelszaken"]),
        "contactEmail": f"inkoop@{client.split()[1].lower()}.example",
        "domains": domains,
        "role": "main",
        "ownShare": random.choice(["100", "60", "75"]),
        "startDate": date(2023, random.randint(2, 12), 1).isoformat(),
        "endDate": date(2026, random.randint(3, 6), random.randint(28, 30)).isoformat(),
        "ongoing": False,
        "amountTotalExVat": total,
        "amountInWindow": f"{Decimal(total) * random.choice([4, 6, 8]) / 10:.2f}",
        "trajectories": random.randint(60, 400),
        "resultPct": f"{random.randint(45, 80)}.5",
        "signedOn": date(2026, random.randint(8, 10), random.randint(2, 28)).isoformat(),
        "satisfied": True,
    }
