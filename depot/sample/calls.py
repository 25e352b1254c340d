"""The sample's tenders, after four real ones of 2001 and 2002: each in another municipality, each in another state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from depot.core import clock, db
from depot.core.periods import Period
from depot.papers.make import Holder
from depot.sample.filing import moment
from depot.sample.people import (
    CHAIN,
    COOPERATIVE,
    DAGOBERT,
    DONALD,
    FIRM,
    FOUNDATION,
    KATRIEN,
    LIMITED,
    MUTUAL,
    Cast,
)
from depot.tenders import calls as asking
from depot.tenders import participations
from depot.tenders import service as tenders
from depot.tenders.models import Participation, Tender

CASE = "2027-APD-01"
"""The number of the Apeldoorn tender of the main job."""

Asked = Sequence[tuple[str, Mapping[str, str]]]

ACTIVATION: Mapping[str, Any] = {
    "id": "activering",
    "kind": "suitability",
    "stage": "bid",
    "severity": "minimum",
    "label": "Ervaring met sociale activering, van het bedrijf of van zijn medewerkers",
    "subject": {"roles": ["bidder", "member"], "aggregation": "any"},
    "rule": {
        "anyOf": [
            {
                "document": "reference",
                "atLeast": 1,
                "where": [
                    {"field": "domains", "containsAny": ["sociale-activering"]},
                    {"field": "endDate", "within": "P3Y", "ongoing": "executedPart"},
                ],
            },
            {"document": "qualified_staff_list", "all": [{"asOfWithin": "P12M"}, {"field": "fteHbo", "gte": 4}]},
        ]
    },
}
"""A rule that the library does not have: where a small company has no experience, that of its staff counts."""


@dataclass(frozen=True)
class Call:
    """A tender to be: whose, what it asks, and on which days (days ago, so that a negative number lies ahead)."""

    buyer: str
    number: str
    title: str
    procedure: str
    made: int
    closes: int
    evidence_until: int
    estimate: str
    cpv: Sequence[str]
    asked: Asked
    own_rules: Sequence[Mapping[str, Any]] = ()
    is_published: bool = True
    participants: Sequence[tuple[int, Holder]] = ()
    """Who takes part, and when."""
    applications: int | None = None
    """The day on which applications close, after which all who applied are asked to bid."""
    lots: Sequence[tuple[str, str]] = ()
    """Code and title of each; who takes part does so in all of them, unless named in `only_in`."""
    only_in: Mapping[Holder, Sequence[str]] = field(default_factory=dict)
    invited: Sequence[tuple[str, Holder]] = ()
    """Who is asked in which round, where only who is asked can take part."""
    declined: Sequence[tuple[int, Holder]] = ()
    """Who declined, and when."""


def _performance(*labels: str) -> Asked:
    return [("performance", {"label": label}) for label in labels]


def _award(*labels: str) -> Asked:
    return [("award", {"label": label}) for label in labels]


APELDOORN = Call(
    buyer="inkoper@apeldoorn.example",
    number=CASE,
    title="Re-integratietrajecten Apeldoorn",
    procedure="restricted",
    made=45,
    closes=10,
    evidence_until=-14,
    estimate="1000000.00",
    cpv=["79611000-0", "85312510-7"],
    asked=[
        ("services", {}),
        ("results", {"share": "55"}),
        ("competence", {"references": "1", "value": "500.000,00"}),
        ("staff", {"fte": "4", "age": "P12M"}),
        ("kvk-extract", {"age": "P6M"}),
        ("professional-liability", {"claim": "1.250.000,00", "year": "2.500.000,00"}),
        ("quality", {}),
        *_performance(
            "Minstens 55% van de gestarte trajecten haalt het doel.",
            "De dienst wordt geleverd vanuit een vestiging in Apeldoorn.",
            "Volledige trajecten; onderaannemers zijn toegestaan.",
            "Eén werkwijze volgens de privacywet.",
        ),
        *_award(
            "Prijs (50%)",
            "Duidelijkheid (5%)",
            "Doorlooptijd (10%)",
            "Aansluiting bij het beleid (10%)",
            "Eerdere resultaten en personeel (25%)",
        ),
    ],
    participants=[(21, DONALD), (19, DAGOBERT), (15, KATRIEN)],
    applications=14,
)

EARLIER = Call(
    buyer="inkoper@apeldoorn.example",
    number="2026-APD-04",
    title="Jobcoaching Apeldoorn",
    procedure="restricted",
    made=250,
    closes=210,
    evidence_until=180,
    estimate="180000.00",
    cpv=["85312510-7"],
    asked=[("kvk-extract", {"age": "P6M"}), *_award("Prijs (40%)", "Aanpak (60%)")],
    participants=[(230, DONALD), (228, LIMITED), (227, COOPERATIVE)],
)

AMSTERDAM = Call(
    buyer="inkoper@amsterdam.example",
    number="2027-AMS-03",
    title="Sociale activering Amsterdam, één bemiddelaar per stadsdeel",
    procedure="restricted",
    made=60,
    closes=4,
    evidence_until=-24,
    estimate="750000.00",
    cpv=["85312000-9"],
    asked=[
        ("kvk-extract", {"age": "P6M"}),
        ("conduct-certificate", {"age": "P2Y"}),
        ("tax-statement", {"age": "P6M"}),
        ("privacy", {}),
        ("complaints", {}),
        ("satisfaction", {"age": "P24M", "response": "30", "score": "7"}),
        ("question", {"question": "Past de werkwijze bij bewoners die lang thuis hebben gezeten?"}),
        *_award("Methode", "Verwachte resultaten", "Prijs", "Klantvriendelijkheid", "Communicatie", "Doorlooptijd"),
    ],
    own_rules=[ACTIVATION],
    participants=[(30, FOUNDATION), (28, CHAIN), (21, COOPERATIVE), (20, DAGOBERT)],
    lots=[("1", "Noord en Nieuw-West"), ("2", "Oost, Zuidoost en Weesp"), ("3", "Centrum, West en Zuid")],
    only_in={CHAIN: ["2"], COOPERATIVE: ["1", "3"], DAGOBERT: ["3"]},
)

EMMEN = Call(
    buyer="inkoper@emmen.example",
    number="2027-EMM-01",
    title="Activering in twee dorpen",
    procedure="invitation",
    made=20,
    closes=-21,
    evidence_until=-45,
    estimate="120000.00",
    cpv=["85312510-7"],
    asked=[
        ("services", {}),
        ("competence", {"references": "1", "value": "100.000,00"}),
        ("staff", {"fte": "2", "age": "P12M"}),
        ("kvk-extract", {"age": "P6M"}),
        ("question", {"question": "Kent het bureau de streek en de doelgroep?"}),
        *_performance(
            "De dienst wordt in de buurt geleverd, zonder wachttijd.",
            "Deelnemers worden geregistreerd.",
            "De hoofdaannemer staat in voor onderaannemers.",
        ),
        *_award("Ervaring en integrale aanpak (70%)", "Prijs (30%)"),
    ],
    participants=[(12, FIRM), (9, DAGOBERT), (8, MUTUAL)],
    invited=[("1", CHAIN), ("1", COOPERATIVE), ("2", FIRM), ("2", DAGOBERT), ("2", MUTUAL)],
    declined=[(17, CHAIN), (15, COOPERATIVE)],
)

ROERMOND = Call(
    buyer="inkoper@roermond.example",
    number="2027-ROE-02",
    title="Wijkproject II Roermond",
    procedure="restricted",
    made=3,
    closes=-40,
    evidence_until=-70,
    estimate="400000.00",
    cpv=["85312510-7", "85312310-5"],
    asked=[
        ("competence", {"references": "1", "value": "250.000,00"}),
        ("accounts", {"age": "P24M"}),
        ("branch", {"municipality": "gm0957"}),
        ("question", {"question": "Welke visie heeft het bedrijf op werken in de wijk?"}),
        *_performance(
            "Neemt lopende trajecten over.",
            "Voert de administratie volgens de regels van het Europees Sociaal Fonds.",
            "Zichtbaar aanwezig in twee wijken.",
        ),
        *_award("Eén integrale prijs per traject"),
    ],
    is_published=False,
)


def hold(cast: Cast, today: date) -> None:
    """Make all tenders: Apeldoorn's awaits its decision, Amsterdam's has closed, Emmen's is open, Roermond's a draft."""
    earlier = _hold(cast, EARLIER, today)
    _decide(cast, earlier, today)
    for call in (APELDOORN, AMSTERDAM, EMMEN, ROERMOND):
        _hold(cast, call, today)
    with clock.moved_to(moment(today, 6)), db.transaction():
        open_tender = db.session.scalars(select(Tender).where(Tender.number == EMMEN.number)).one()
        participations.withdraw(cast.company(MUTUAL), open_tender.id)


def _hold(cast: Cast, call: Call, today: date) -> Tender:
    buyer = cast.actor(call.buyer)
    with clock.moved_to(moment(today, call.made)), db.transaction():
        tender = tenders.create(
            buyer,
            number=call.number,
            title=call.title,
            procedure=call.procedure,
            applications_until=moment(today, call.applications, hour=12) if call.applications is not None else None,
            closes_at=moment(today, call.closes, hour=12),
            evidence_until=moment(today, call.evidence_until, hour=12),
            cpv=call.cpv,
            estimate=Decimal(call.estimate),
            contract_starts_on=Period(months=3).after(clock.today()),
            lots=call.lots,
        )
        for code, answers in call.asked:
            draft = tenders.add_requirement(buyer, tender.id, code, answers)
        if call.own_rules:
            rules = {**draft.rules, "requirements": [*call.own_rules, *draft.rules["requirements"]]}
            tenders.write_rules(buyer, tender.id, rules)
        for round, holder in call.invited:
            asking.invite(buyer, tender.id, kvk_number=holder.kvk_number, round=round)
    if call.is_published:
        with clock.moved_to(moment(today, call.made - 1)), db.transaction():
            tenders.publish(buyer, tender.id)
    for days_ago, holder in call.declined:
        with clock.moved_to(moment(today, days_ago, hour=9)), db.transaction():
            asking.decline(cast.company(holder), tender.id)
    for days_ago, holder in call.participants:
        with clock.moved_to(moment(today, days_ago, hour=16)), db.transaction():
            participations.take_part(
                cast.company(holder),
                tender.id,
                declares=True,
                consents=True,
                authority="bestuurder, zelfstandig bevoegd",
                lots=call.only_in.get(holder, [code for code, _title in call.lots]),
            )
    if call.applications is not None:
        with clock.moved_to(moment(today, call.applications - 1)), db.transaction():
            for row in db.session.scalars(select(Participation).where(Participation.tender_id == tender.id)):
                participations.shortlist(buyer, row.id, motivation="")
    return tender


def _decide(cast: Cast, tender: Tender, today: date) -> None:
    """Two go on, the other hears why not."""
    buyer = cast.actor(EARLIER.buyer)
    rows = {
        row.company.legal_name: row
        for row in db.session.scalars(select(Participation).where(Participation.tender_id == tender.id))
    }
    with clock.moved_to(moment(today, EARLIER.closes - 10)), db.transaction():
        participations.select(buyer, rows[DONALD.name].id, motivation="Beste aanpak voor jongeren.")
        participations.select(buyer, rows[COOPERATIVE.name].id, motivation="Beste prijs, en een goede aanpak.")
        participations.reject(
            buyer, rows[LIMITED.name].id, motivation="Het uittreksel ontbreekt, en de aanpak past niet bij de opdracht."
        )
