"""The organisations of the sample and who signs in for them. None of these people exists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from depot.access import Actor, ActorKind, Role
from depot.accounts import service as accounts
from depot.accounts.models import Organisation, OrganisationKind, User
from depot.companies import service as companies
from depot.core import clock, db
from depot.core.seal import Seal
from depot.papers.make import Holder, authority, make
from depot.sample.filing import Filing, Plan

PASSWORD = "voorbeeld-wachtwoord"

DONALD = Holder("Test BV Donald", "68750110", "857587973", "bv", "Apeldoorn")
DAGOBERT = Holder("Test EMZ Dagobert", "69599084", None, "sole_proprietorship", "Emmen")
KATRIEN = Holder("Test NV Katrien", "68727720", None, "nv", "Roermond")
FOUNDATION = Holder("Test Stichting Opstap", "69599068", None, "foundation", "Amsterdam")
FIRM = Holder("Test VOF Kompas", "69599076", None, "general_partnership", "Emmen")
COOPERATIVE = Holder("Test Coöperatie Springplank", "55344526", None, "cooperative", "Amsterdam")
PARTNERSHIP = Holder("Test Maatschap Anker", "90001745", None, "partnership", "Roermond")
LIMITED = Holder("Test CV Baken", "90003942", None, "limited_partnership", "Apeldoorn")
MUTUAL = Holder("Test OWM Brug", "90002490", None, "other", "Roermond")
OTHER = Holder("Test Overig Wegwijzer", "55505201", None, "other", "Emmen")
CHAIN = Holder("Test BV Duizend Deuren", "90006577", None, "bv", "Amsterdam")
SECOND_FOUNDATION = Holder("Test Stichting Vooruit", "90000102", None, "foundation", "Apeldoorn")

COMPANIES = (
    DONALD,
    DAGOBERT,
    KATRIEN,
    FOUNDATION,
    FIRM,
    COOPERATIVE,
    PARTNERSHIP,
    LIMITED,
    MUTUAL,
    OTHER,
    CHAIN,
    SECOND_FOUNDATION,
)
"""Companies by numbers of the KvK test register; only the first three carry the name that they have there."""

MUNICIPALITIES: Mapping[str, str] = {
    "Gemeente Apeldoorn": "gm0200",
    "Gemeente Amsterdam": "gm0363",
    "Gemeente Emmen": "gm0114",
    "Gemeente Roermond": "gm0957",
}
"""Municipalities by name, with their TOOI code."""

PEOPLE: tuple[tuple[str, Role, str], ...] = (
    ("Test BV Donald", Role.COMPANY_ADMIN, "beheerder@donald.example"),
    ("Test BV Donald", Role.COMPANY_MEMBER, "medewerker@donald.example"),
    ("Test BV Donald", Role.COMPANY_READER, "lezer@donald.example"),
    ("Test EMZ Dagobert", Role.COMPANY_ADMIN, "beheerder@dagobert.example"),
    ("Test NV Katrien", Role.COMPANY_ADMIN, "beheerder@katrien.example"),
    ("Test Stichting Opstap", Role.COMPANY_ADMIN, "beheerder@opstap.example"),
    ("Test VOF Kompas", Role.COMPANY_ADMIN, "beheerder@kompas.example"),
    ("Test Coöperatie Springplank", Role.COMPANY_ADMIN, "beheerder@springplank.example"),
    ("Test Maatschap Anker", Role.COMPANY_ADMIN, "beheerder@anker.example"),
    ("Test CV Baken", Role.COMPANY_ADMIN, "beheerder@baken.example"),
    ("Test OWM Brug", Role.COMPANY_ADMIN, "beheerder@brug.example"),
    ("Test Overig Wegwijzer", Role.COMPANY_ADMIN, "beheerder@wegwijzer.example"),
    ("Test BV Duizend Deuren", Role.COMPANY_ADMIN, "beheerder@duizenddeuren.example"),
    ("Test Stichting Vooruit", Role.COMPANY_ADMIN, "beheerder@vooruit.example"),
    ("Test Stichting Vooruit", Role.COMPANY_MEMBER, "beheerder@opstap.example"),
    ("Gemeente Apeldoorn", Role.BUYER, "inkoper@apeldoorn.example"),
    ("Gemeente Apeldoorn", Role.MUNICIPALITY_READER, "lezer@apeldoorn.example"),
    ("Gemeente Amsterdam", Role.BUYER, "inkoper@amsterdam.example"),
    ("Gemeente Amsterdam", Role.MUNICIPALITY_READER, "lezer@amsterdam.example"),
    ("Gemeente Emmen", Role.BUYER, "inkoper@emmen.example"),
    ("Gemeente Emmen", Role.MUNICIPALITY_READER, "lezer@emmen.example"),
    ("Gemeente Roermond", Role.BUYER, "inkoper@roermond.example"),
    ("Gemeente Roermond", Role.MUNICIPALITY_READER, "lezer@roermond.example"),
    ("Depot", Role.REVIEWER, "beoordelaar@depot.example"),
    ("Depot", Role.REVIEWER, "collega@depot.example"),
    ("Depot", Role.OPERATOR_ADMIN, "beheer@depot.example"),
)
"""Who can sign in, all with PASSWORD; one address may act for two organisations."""

ROLE_WORDS: Mapping[Role, str] = {
    Role.COMPANY_ADMIN: "Beheerder",
    Role.COMPANY_MEMBER: "Medewerker",
    Role.COMPANY_READER: "Lezer",
    Role.BUYER: "Inkoper",
    Role.MUNICIPALITY_READER: "Lezer",
    Role.REVIEWER: "Beoordelaar",
    Role.OPERATOR_ADMIN: "Beheerder",
}

OFFERED: Mapping[Holder, tuple[Sequence[str], Sequence[str], Sequence[str]]] = {
    DONALD: (
        ["diagnose", "trajectbegeleiding", "toeleiden-naar-werk", "jobcoaching"],
        ["bijstand", "jongeren"],
        ["gelderland", "overijssel"],
    ),
    DAGOBERT: (
        ["trajectbegeleiding", "toeleiden-naar-werk", "sociale-activering"],
        ["bijstand", "statushouders"],
        ["drenthe"],
    ),
    KATRIEN: (["trajectbegeleiding", "toeleiden-naar-werk", "outplacement"], ["langdurig-werkloos"], ["limburg"]),
    FOUNDATION: (
        ["trajectbegeleiding", "toeleiden-naar-werk", "sociale-activering", "training"],
        ["bijstand", "langdurig-werkloos"],
        ["noord-holland", "flevoland"],
    ),
    FIRM: (["trajectbegeleiding", "toeleiden-naar-werk", "bemiddeling"], ["bijstand"], ["drenthe", "groningen"]),
    COOPERATIVE: (
        ["sociale-activering", "trajectbegeleiding", "leerwerkplek"],
        ["arbeidsbeperking"],
        ["noord-holland"],
    ),
    PARTNERSHIP: (["diagnose", "intake", "motivering"], ["vijftigplus"], ["limburg", "noord-brabant"]),
    LIMITED: (["jobcoaching", "nazorg"], ["arbeidsbeperking", "jongeren"], ["gelderland"]),
    MUTUAL: (["trajectbegeleiding", "toeleiden-naar-werk"], ["herintreders"], ["limburg"]),
    OTHER: (["schuldhulp", "training"], ["bijstand"], ["drenthe"]),
    CHAIN: (
        ["intake", "diagnose", "trajectbegeleiding", "toeleiden-naar-werk", "bemiddeling", "nazorg"],
        ["bijstand", "langdurig-werkloos", "statushouders"],
        ["noord-holland", "zuid-holland", "utrecht"],
    ),
    SECOND_FOUNDATION: (["scholing", "leerwerkplek"], ["jongeren"], ["gelderland", "utrecht"]),
}
"""What each company says of itself: services, target groups, regions."""

BRANCHES: Mapping[Holder, tuple[str, str, str]] = {
    DONALD: ("000037178598", "Hizzaarderlaan 3A, Apeldoorn", "gm0200"),
    DAGOBERT: ("000038509504", "Abebe Bikilalaan 17, Emmen", "gm0114"),
}


@dataclass(frozen=True)
class Cast:
    """The organisations and people by name and address, and the authority that seals sample extracts."""

    organisations: Mapping[str, Organisation]
    users: Mapping[str, User]
    register: Seal

    def actor(self, email: str) -> Actor:
        """One of the people, as the services know them, in the first of their organisations."""
        name, role, _email = next(row for row in PEOPLE if row[2] == email)
        return Actor(ActorKind.USER, self.users[email].id, self.organisations[name].id, role, "voorbeeld")

    def company(self, holder: Holder) -> Actor:
        """The administrator of a company."""
        return self.actor(next(row[2] for row in PEOPLE if row[0] == holder.name and row[1] is Role.COMPANY_ADMIN))

    def filing(self, holder: Holder) -> Filing:
        """How a company hands in its papers."""
        first, second = self.actor("beoordelaar@depot.example"), self.actor("collega@depot.example")
        return Filing(self.company(holder), first, second, self.paper)

    def paper(self, plan: Plan, at: datetime) -> bytes:
        """The PDF of a document; extracts are sealed on their day of issue, as the real register does."""
        is_sealed = plan.kind == "kvk_extract"
        if is_sealed:
            at = datetime.combine(date.fromisoformat(plan.facts["issueDate"]), time(9), clock.AMSTERDAM)
        return make(plan.kind, plan.facts, plan.company, at=at, seal=self.register if is_sealed else None)


def gather(folder: Path) -> Cast:
    """Make all of them; the seal of the sample's register lies in that folder."""
    organisations: dict[str, Organisation] = {}
    users: dict[str, User] = {}
    with db.transaction():
        organisations["Depot"] = accounts.add_organisation(OrganisationKind.OPERATOR, "Depot")
        for name, code in MUNICIPALITIES.items():
            organisations[name] = accounts.add_organisation(OrganisationKind.MUNICIPALITY, name, municipality_code=code)
        for holder in COMPANIES:
            organisations[holder.name] = accounts.add_organisation(
                OrganisationKind.COMPANY, holder.name, kvk_number=holder.kvk_number, rsin=holder.rsin
            )
            companies.add(
                organisations[holder.name], legal_name=holder.name, legal_form=holder.legal_form, seat=holder.seat
            )
        password_hash = accounts.hashed(PASSWORD)  # once, because it is slow on purpose
        for name, role, email in PEOPLE:
            users[email] = accounts.person(
                email=email, name=f"{ROLE_WORDS[role]} {name}", password_hash=password_hash, locale="nl"
            )
            accounts.join(users[email], organisations[name], role)
        cast = Cast(organisations, users, authority(folder / "register"))
        for holder in COMPANIES:
            _describe(cast, holder)
    return cast


def _describe(cast: Cast, holder: Holder) -> None:
    services, target_groups, regions = OFFERED[holder]
    row = companies.describe(cast.company(holder), services=services, target_groups=target_groups, regions=regions)
    companies.be_counted(cast.company(holder), is_counted=True)
    if holder in BRANCHES:
        number, address, municipality = BRANCHES[holder]
        companies.add_establishment(row, number=number, address=address, municipality_code=municipality)
