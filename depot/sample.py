"""Sample data: Apeldoorn and three companies of the KvK test register, made through the services under a moved clock.

Nobody in it exists. States are reached, never written: what is approved was deposited, checked and reviewed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from werkzeug.datastructures import FileStorage

from depot.access import Actor, ActorKind, Role
from depot.accounts import service as accounts
from depot.accounts.models import Organisation, OrganisationKind, User
from depot.companies import service as companies
from depot.core import clock, db
from depot.core.periods import Period
from depot.core.seal import Seal
from depot.core.storage import store
from depot.documents import service as documents
from depot.documents.models import FactSource, Version
from depot.papers.make import Holder, authority, make
from depot.tenders import participations
from depot.tenders import service as tenders
from depot.tenders.models import Tender
from depot.verification import service as verification

PASSWORD = "voorbeeld-wachtwoord"
LIMIT = 25 << 20

DONALD = Holder("Test BV Donald", "68750110", "857587973", "bv", "Apeldoorn")
DAGOBERT = Holder("Test EMZ Dagobert", "69599084", None, "sole_proprietorship", "Emmen")
KATRIEN = Holder("Test NV Katrien", "68727720", None, "nv", "Roermond")

PEOPLE: tuple[tuple[str, Role, str], ...] = (
    ("Test BV Donald", Role.COMPANY_ADMIN, "beheerder@donald.example"),
    ("Test BV Donald", Role.COMPANY_MEMBER, "medewerker@donald.example"),
    ("Test BV Donald", Role.COMPANY_READER, "lezer@donald.example"),
    ("Test EMZ Dagobert", Role.COMPANY_ADMIN, "beheerder@dagobert.example"),
    ("Test NV Katrien", Role.COMPANY_ADMIN, "beheerder@katrien.example"),
    ("Gemeente Apeldoorn", Role.BUYER, "inkoper@apeldoorn.example"),
    ("Gemeente Apeldoorn", Role.MUNICIPALITY_READER, "lezer@apeldoorn.example"),
    ("Depot", Role.REVIEWER, "beoordelaar@depot.example"),
    ("Depot", Role.OPERATOR_ADMIN, "beheer@depot.example"),
)
"""Who can sign in, all with PASSWORD."""

ROLE_WORDS: Mapping[Role, str] = {
    Role.COMPANY_ADMIN: "Beheerder",
    Role.COMPANY_MEMBER: "Medewerker",
    Role.COMPANY_READER: "Lezer",
    Role.BUYER: "Inkoper",
    Role.MUNICIPALITY_READER: "Lezer",
    Role.REVIEWER: "Beoordelaar",
    Role.OPERATOR_ADMIN: "Beheerder",
}

CASE = "2027-APD-01"
"""The number of the Apeldoorn tender."""


@dataclass(frozen=True)
class Plan:
    """A document to be: when it is handed in (days ago), and how far it gets."""

    company: Holder
    kind: str
    facts: Mapping[str, Any]
    days_ago: int
    outcome: str = "approved"
    """approved, waiting, draft, or what the reviewer writes when returning it."""
    title: str = ""
    renewed_by: "Plan | None" = None


@dataclass(frozen=True)
class Cast:
    """The organisations and people by name and address, and the authority that seals sample extracts."""

    organisations: Mapping[str, Organisation]
    users: Mapping[str, User]
    register: Seal

    def actor(self, email: str) -> Actor:
        """One of the people, as the services know them."""
        name, role, _email = next(row for row in PEOPLE if row[2] == email)
        return Actor(ActorKind.USER, self.users[email].id, self.organisations[name].id, role, "voorbeeld")

    def company(self, holder: Holder) -> Actor:
        """The administrator of a company."""
        email = next(row[2] for row in PEOPLE if row[0] == holder.name and row[1] is Role.COMPANY_ADMIN)
        return self.actor(email)


def load(folder: Path) -> Cast:
    """Make the sample, up to the point where Apeldoorn's tender has closed and awaits its decision."""
    today = clock.today()
    with clock.moved_to(moment(today, 420)):
        cast = _cast(folder)
    for plan in sorted(_plans(today), key=lambda plan: -plan.days_ago):
        _carry_out(cast, plan, today)
    _tender(cast, today)
    return cast


def moment(today: date, days_ago: int, hour: int = 10, minute: int = 0) -> datetime:
    """A Dutch clock time, so many days ago."""
    return datetime.combine(today - timedelta(days=days_ago), time(hour, minute), clock.AMSTERDAM)


def upload(name: str, data: bytes) -> FileStorage:
    """A file as a form would bring it."""
    incoming = store().receive(LIMIT)
    incoming.write(data)
    return FileStorage(stream=incoming, filename=name)  # type: ignore[arg-type] # a form parser hands over the same


def paper(cast: Cast, company: Holder, kind: str, facts: Mapping[str, Any], at: datetime) -> FileStorage:
    """The PDF of a sample document; extracts are sealed on their day of issue, as the real register does."""
    is_sealed = kind == "kvk_extract"
    made_at = datetime.combine(date.fromisoformat(facts["issueDate"]), time(9), clock.AMSTERDAM) if is_sealed else at
    return upload(f"{kind}.pdf", make(kind, facts, company, at=made_at, seal=cast.register if is_sealed else None))


def extract_facts(company: Holder, issued: date) -> dict[str, Any]:
    """What an extract of a company says."""
    facts = {
        "kvkNumber": company.kvk_number,
        "statutoryName": company.name,
        "legalForm": company.legal_form,
        "seat": company.seat,
        "startDate": "2017-05-19",
        "issueDate": issued.isoformat(),
    }
    return facts | ({"rsin": company.rsin} if company.rsin else {})


def _cast(folder: Path) -> Cast:
    organisations: dict[str, Organisation] = {}
    users: dict[str, User] = {}
    with db.transaction():
        organisations["Depot"] = accounts.add_organisation(OrganisationKind.OPERATOR, "Depot")
        organisations["Gemeente Apeldoorn"] = accounts.add_organisation(
            OrganisationKind.MUNICIPALITY, "Gemeente Apeldoorn", municipality_code="gm0200"
        )
        for holder in (DONALD, DAGOBERT, KATRIEN):
            organisations[holder.name] = accounts.add_organisation(
                OrganisationKind.COMPANY, holder.name, kvk_number=holder.kvk_number, rsin=holder.rsin
            )
            companies.add(
                organisations[holder.name], legal_name=holder.name, legal_form=holder.legal_form, seat=holder.seat
            )
        for name, role, email in PEOPLE:
            users[email] = accounts.add_user(
                organisations[name], role, email=email, name=f"{ROLE_WORDS[role]} {name}", password=PASSWORD
            )
        cast = Cast(organisations, users, authority(folder / "register"))
        _profiles(cast)
    return cast


def _profiles(cast: Cast) -> None:
    offered: Mapping[Holder, tuple[list[str], list[str]]] = {
        DONALD: (["diagnose", "trajectbegeleiding", "toeleiden-naar-werk", "jobcoaching"], ["bijstand", "jongeren"]),
        DAGOBERT: (["trajectbegeleiding", "toeleiden-naar-werk", "sociale-activering"], ["bijstand", "statushouders"]),
        KATRIEN: (["trajectbegeleiding", "toeleiden-naar-werk", "outplacement"], ["langdurig-werkloos"]),
    }
    branches = {
        DONALD: ("000037178598", "Hizzaarderlaan 3A, Apeldoorn", "gm0200"),
        DAGOBERT: ("000038509504", "Abebe Bikilalaan 17, Emmen", "gm0114"),
    }
    for holder, (services, groups) in offered.items():
        row = companies.describe(cast.company(holder), services=services, target_groups=groups)
        if holder in branches:
            number, address, municipality = branches[holder]
            companies.add_establishment(row, number=number, address=address, municipality_code=municipality)


def _carry_out(cast: Cast, plan: Plan, today: date, document_id: UUID | None = None) -> None:
    actor = cast.company(plan.company)
    with clock.moved_to(moment(today, plan.days_ago)), db.transaction():
        file = paper(cast, plan.company, plan.kind, plan.facts, clock.now())
        if document_id:
            version = documents.succeed(actor, document_id, relation="renewal", upload=file)
        else:
            version = documents.draft(actor, kind=plan.kind, upload=file, title=plan.title)
        if plan.outcome != "draft":
            documents.submit(actor, version.id, facts=plan.facts)
    if plan.outcome == "draft":
        return
    with clock.moved_to(moment(today, plan.days_ago, minute=1)):
        verification.run_checks()
    if plan.outcome != "waiting":
        with clock.moved_to(moment(today, plan.days_ago, hour=15)):
            review(cast, version.id, plan.outcome)
    if plan.renewed_by:
        _carry_out(cast, plan.renewed_by, today, version.document_id)


def review(cast: Cast, version_id: UUID, outcome: str = "approved") -> Version:
    """The reviewer approves with the facts as submitted, or returns with a reason."""
    reviewer = cast.actor("beoordelaar@depot.example")
    with db.transaction():
        if outcome != "approved":
            return verification.send_back(reviewer, version_id, reason=outcome)
        version = db.session.get_one(Version, version_id, populate_existing=True)
        return verification.approve(reviewer, version_id, facts=version.facts(FactSource.SUBMITTED) or {})


def _tender(cast: Cast, today: date) -> Tender:
    buyer = cast.actor("inkoper@apeldoorn.example")
    with clock.moved_to(moment(today, 45)), db.transaction():
        tender = tenders.create(
            buyer,
            number=CASE,
            title="Re-integratietrajecten Apeldoorn",
            procedure="restricted",
            closes_at=moment(today, 10, hour=12),
            evidence_until=moment(today, -14, hour=12),
            cpv=["79611000-0", "85312510-7"],
            estimate=Decimal("1000000.00"),
            contract_starts_on=Period(months=3).after(today),
        )
        answers: tuple[tuple[str, Mapping[str, str]], ...] = (
            ("services", {}),
            ("results", {"share": "55"}),
            ("competence", {"references": "1", "value": "500.000,00"}),
            ("staff", {"fte": "4", "age": "P12M"}),
            ("kvk-extract", {"age": "P6M"}),
            ("professional-liability", {"claim": "1.250.000,00", "year": "2.500.000,00"}),
            ("quality", {}),
            ("performance", {"label": "Minstens 55% van de gestarte trajecten haalt het doel."}),
            ("performance", {"label": "De dienst wordt geleverd vanuit een vestiging in Apeldoorn."}),
            ("performance", {"label": "Volledige trajecten; onderaannemers zijn toegestaan."}),
            ("performance", {"label": "Eén werkwijze volgens de privacywet."}),
            ("award", {"label": "Prijs (50%)"}),
            ("award", {"label": "Duidelijkheid (5%)"}),
            ("award", {"label": "Doorlooptijd (10%)"}),
            ("award", {"label": "Aansluiting bij het beleid (10%)"}),
            ("award", {"label": "Eerdere resultaten en personeel (25%)"}),
        )
        for code, given in answers:
            tenders.add_requirement(buyer, tender.id, code, given)
    with clock.moved_to(moment(today, 44)), db.transaction():
        tenders.publish(buyer, tender.id)
    for days_ago, holder in ((21, DONALD), (19, DAGOBERT), (15, KATRIEN)):
        with clock.moved_to(moment(today, days_ago, hour=16)), db.transaction():
            participations.take_part(
                cast.company(holder),
                tender.id,
                declares=True,
                consents=True,
                authority="bestuurder, zelfstandig bevoegd",
            )
    return tender


def _plans(today: date) -> list[Plan]:  # one list, so that the whole dossier is seen at a glance
    def day(days_ago: int) -> str:
        return (today - timedelta(days=days_ago)).isoformat()

    year = today.year - 1

    def insurance(start: int, end: int, claim: str, per_year: str, **more: Any) -> dict[str, Any]:
        return {
            "proofKind": "certificate",
            "coverKind": "combi",
            "insurer": "Voorbeeldverzekeraar N.V. (voorbeeld)",
            "amountPerClaim": claim,
            "amountPerYear": per_year,
            "startDate": day(start),
            "endDate": day(end),
            "certificateDate": day(start),
            "tacitRenewal": False,
            "premiumPaid": True,
            "territory": "Nederland",
            **more,
        }

    def mark(company: Holder, **more: Any) -> dict[str, Any]:
        return {
            "proofKind": "certificate",
            "scheme": "blik-op-werk",
            "status": "definitief",
            "kvkNumber": company.kvk_number,
            "certificationBody": "Voorbeeld Certificering (voorbeeld)",
            "scopeServices": ["toeleiden-naar-werk", "jobcoaching"],
            **more,
        }

    def reference(client: str, start: int, end: int, amount: str, result: str, **more: Any) -> dict[str, Any]:
        return {
            "client": client,
            "clientKind": "municipality",
            "contactFunction": "contractbeheerder",
            "contactEmail": "contractbeheer@gemeente.example",
            "description": "Trajecten voor inwoners met een bijstandsuitkering, van intake tot nazorg.",
            "domains": ["toeleiden-naar-werk", "begeleiding"],
            "role": "main",
            "startDate": day(start),
            "endDate": day(end),
            "ongoing": False,
            "amountTotalExVat": amount,
            "amountInWindow": amount,
            "trajectories": "130",
            "resultPct": result,
            "satisfied": True,
            **more,
        }

    def accounts_of(company: Holder, turnover: str) -> dict[str, Any]:
        return {
            "documentKind": "company",
            "kvkNumber": company.kvk_number,
            "fiscalYear": str(year),
            "periodStart": f"{year}-01-01",
            "periodEnd": f"{year}-12-31",
            "turnover": turnover,
            "equity": "412000.00",
            "totalAssets": "980000.00",
            "currentAssets": "730000.00",
            "currentLiabilities": "415000.00",
            "auditorOpinion": "compilation",
        }

    return [
        Plan(DONALD, "kvk_extract", extract_facts(DONALD, today - timedelta(days=250)), 245),
        Plan(
            DONALD,
            "liability_insurance",
            insurance(353, -12, "1250000.00", "2500000.00", policyNumber="VB-2201", policyholder=DONALD.name),
            350,
        ),
        Plan(
            DONALD,
            "quality_mark",
            mark(DONALD, certificateNumber="BOW-0417", validFrom=day(300), validUntil=day(-430)),
            298,
        ),
        Plan(
            DONALD,
            "reference",
            reference("Gemeente Emmen (voorbeeldreferentie)", 1200, 320, "640000.00", "61"),
            180,
            title="Referentie Emmen",
        ),
        Plan(
            DONALD,
            "reference",
            reference(
                "Gemeente Amsterdam (voorbeeldreferentie)", 700, 40, "310000.00", "57", domains=["sociale-activering"]
            ),
            28,
            title="Referentie Amsterdam",
        ),
        Plan(DONALD, "annual_accounts", accounts_of(DONALD, "2140000.00"), 120),
        Plan(
            DONALD,
            "qualified_staff_list",
            {"asOfDate": day(90), "headcount": "14", "fte": "11.5", "fteMbo": "3", "fteHbo": "6.5", "fteWo": "2"},
            88,
        ),
        Plan(DAGOBERT, "kvk_extract", extract_facts(DAGOBERT, today - timedelta(days=60)), 58),
        Plan(
            DAGOBERT,
            "liability_insurance",
            insurance(400, 36, "1250000.00", "2500000.00", policyNumber="VB-1187", policyholder=DAGOBERT.name),
            395,
            renewed_by=Plan(
                DAGOBERT,
                "liability_insurance",
                insurance(35, -330, "1250000.00", "2500000.00", policyNumber="VB-1187", policyholder=DAGOBERT.name),
                34,
            ),
        ),
        Plan(
            DAGOBERT,
            "quality_mark",
            mark(
                DAGOBERT,
                proofKind="equivalent_measures",
                scheme="other",
                validFrom=day(200),
                validUntil=day(-165),
                equivalenceClaim="Eigen kwaliteitshandboek met jaarlijkse meting, beschreven per norm van het keurmerk.",
                reasonNotObtainable="De audit voor het keurmerk was pas na de sluiting mogelijk.",
            ),
            30,
            title="Gelijkwaardige kwaliteitsborging",
        ),
        Plan(
            DAGOBERT,
            "reference",
            reference("Gemeente Roermond (voorbeeldreferentie)", 900, 200, "505000.00", "58"),
            60,
            title="Referentie Roermond",
        ),
        Plan(
            DAGOBERT,
            "qualified_staff_list",
            {"asOfDate": day(40), "headcount": "5", "fte": "4.5", "fteHbo": "4.5"},
            39,
        ),
        Plan(KATRIEN, "kvk_extract", extract_facts(KATRIEN, today - timedelta(days=20)), 18),
        Plan(
            KATRIEN,
            "liability_insurance",
            insurance(420, 55, "500000.00", "1000000.00", policyNumber="VB-0932", policyholder=KATRIEN.name),
            410,
        ),
        Plan(
            KATRIEN,
            "quality_mark",
            mark(KATRIEN, status="aspirant", certificateNumber="BOW-A-88", validFrom=day(80), validUntil=day(-285)),
            70,
        ),
        Plan(
            KATRIEN,
            "reference",
            reference("Gemeente Apeldoorn (voorbeeldreferentie)", 2300, 1250, "900000.00", "48"),
            65,
            title="Referentie Apeldoorn",
        ),
        Plan(
            KATRIEN,
            "annual_accounts",
            accounts_of(KATRIEN, "5400000.00"),
            25,
            outcome="De jaarrekening mist bladzijde 3 met de balans. Lever het hele document opnieuw aan.",
        ),
        Plan(
            KATRIEN,
            "qualified_staff_list",
            {"asOfDate": day(5), "headcount": "31", "fte": "27", "fteHbo": "12", "fteWo": "4"},
            4,
            outcome="waiting",
        ),
        Plan(
            DONALD,
            "reference",
            reference("Gemeente Roermond (voorbeeldreferentie)", 500, 10, "280000.00", "63"),
            2,
            outcome="draft",
            title="Referentie Roermond",
        ),
    ]
