"""Companies by the thousand, for trying lists, reports and speed; they are told from the others at a glance.

A few dossiers go through the services, each of another make. The rest are copies of their rows under keys, names, KvK
numbers and papers of their own: what the machine found and people decided is that of the dossier they are copied from.
Copies leave no audit trail and no mail, for nobody did anything.

The KvK numbers begin with 0000. Until 2008 a number began with that of the regional chamber (01 and up), newer ones are
far higher, so that the register has none of these.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, insert, select

from depot.access import Actor, ActorKind, Role
from depot.accounts import queries
from depot.accounts import service as accounts
from depot.accounts.models import Credential, Membership, Organisation, OrganisationKind, User
from depot.catalogue.schemas import describe
from depot.companies import service as companies
from depot.companies.glossary import REGIONS, SERVICES, TARGET_GROUPS
from depot.companies.models import Company
from depot.core import clock, db
from depot.core.storage import store
from depot.documents.models import Document, FactSet, File, State, Version
from depot.documents.service import kind_of
from depot.papers.make import Holder
from depot.papers.plain import plain
from depot.sample.facts import Facts, Past
from depot.sample.filing import Filing, Plan, carry_out, moment
from depot.sample.people import PASSWORD
from depot.tenders import participations
from depot.tenders import queries as tenders
from depot.tenders.models import Consent, Declaration, Participation, Party
from depot.verification.models import Finding, Opinion, Review

DOSSIERS = 10
"""How many go through the services; company 11 is a copy of company 1."""
LAST = 9999
BATCH = 50
"""How many copies are added in one transaction."""
WRITERS = 8
"""How many papers are stored at once."""
REVIEWERS = ("beoordelaar@depot.example", "collega@depot.example")
SEATS = ("Apeldoorn", "Amsterdam", "Emmen", "Roermond")

_UNSEALED = {"object_key": None, "sha256": None, "size": None}
"""A copy declares without a letter, for its own would name another company."""

Rows = Mapping[Table, list[dict[str, Any]]]


@dataclass(frozen=True)
class Place:
    """One of the crowd, and its administrator's address."""

    company: Holder
    email: str


def place(number: int) -> Place:
    """The company with a number from 1 to LAST."""
    company = Holder(f"Voorbeeldbedrijf {number:04}", f"{number:08}", None, "bv", SEATS[number % len(SEATS)])
    return Place(company, f"beheerder@voorbeeldbedrijf-{number:04}.example")


def load(count: int, tender_id: UUID | None = None) -> int:
    """Make the companies 1 to `count`, at most LAST, that are not there yet, twelve documents each; gives how many.

    Those made now, and the first ten, take part in the open tender that is named.
    """
    if count > LAST:
        raise ValueError(count)
    with db.transaction():
        reviewers = [_reviewer(email) for email in REVIEWERS]
        known = set(db.session.scalars(select(Organisation.kvk_number).where(Organisation.kvk_number.like("0000%"))))
        missing = [number for number in range(1, count + 1) if place(number).company.kvk_number not in known]
    models: dict[int, Rows] = {}
    for number in range(1, min(count, DOSSIERS) + 1):
        actor = _make(number, reviewers) if number in missing else _administrator(place(number))
        with db.transaction():
            _take_part(actor, tender_id)
            models[number] = _rows(actor.organisation_id, tender_id)
    copies = [number for number in missing if number > DOSSIERS]
    for start in range(0, len(copies), BATCH):
        _add(models, copies[start : start + BATCH])
    return len(missing)


def _reviewer(email: str) -> Actor:
    operator = queries.operator() or accounts.add_organisation(OrganisationKind.OPERATOR, "Depot")
    person = queries.user_by_email(email) or accounts.add_user(
        operator, Role.REVIEWER, email=email, name="Beoordelaar Depot", password=PASSWORD
    )
    return Actor(ActorKind.USER, person.id, operator.id, Role.REVIEWER, "voorbeeld")


def _make(number: int, reviewers: Sequence[Actor]) -> Actor:
    today, new = clock.today(), place(number)
    with clock.moved_to(moment(today, 420)), db.transaction():
        organisation = accounts.add_organisation(
            OrganisationKind.COMPANY, new.company.name, kvk_number=new.company.kvk_number
        )
        companies.add(
            organisation, legal_name=new.company.name, legal_form=new.company.legal_form, seat=new.company.seat
        )
        accounts.add_user(organisation, Role.COMPANY_ADMIN, email=new.email, name=_admin(new), password=PASSWORD)
        actor = _administrator(new)
        companies.describe(
            actor,
            services=["trajectbegeleiding", "toeleiden-naar-werk", list(SERVICES)[number % len(SERVICES)]],
            target_groups=[list(TARGET_GROUPS)[number % len(TARGET_GROUPS)]],
            regions=[list(REGIONS)[number % len(REGIONS)]],
        )
        companies.be_counted(actor, is_counted=True)
    first, second = reviewers
    filing = Filing(actor, first, second, lambda plan, _at: _paper(plan.kind, plan.facts, plan.company))
    for plan in sorted(_plans(number, Past(today)), key=lambda plan: -plan.days_ago):
        carry_out(filing, plan, today)
    return actor


def _administrator(of: Place) -> Actor:
    organisation, user = queries.organisation_by_kvk(of.company.kvk_number), queries.user_by_email(of.email)
    if organisation is None or user is None:
        raise LookupError(of.company.name)
    return Actor(ActorKind.USER, user.id, organisation.id, Role.COMPANY_ADMIN, "voorbeeld")


def _take_part(actor: Actor, tender_id: UUID | None) -> None:
    if tender_id and tenders.own_participation(actor, tenders.get(actor, tender_id)) is None:
        participations.take_part(actor, tender_id, declares=True, consents=True, authority="bestuurder")


def _admin(of: Place) -> str:
    return f"Beheerder {of.company.name}"


def _paper(kind: str, facts: Mapping[str, Any], company: Holder) -> bytes:
    spec = kind_of(kind)
    said = [f"{label}: {value}" for label, value in describe(spec, facts, "nl")]
    holder = [company.name, f"KvK-nummer {company.kvk_number}"]
    return plain(["VOORBEELD - dit is geen echt document", "", str(spec.name.nl), *holder, "", *said])


def _rows(organisation_id: UUID, tender_id: UUID | None) -> Rows:
    """All that there is of a company, by table, in an order in which it can be added."""
    own = [organisation_id]
    memberships = _select(Membership, "organisation_id", own)
    people = [row["user_id"] for row in memberships]
    documents = _select(Document, "company_id", own)
    versions = _select(Version, "document_id", _ids(documents))
    taking_part = [
        row for row in _select(Participation, "company_id", own) if tender_id and row["tender_id"] == tender_id
    ]
    parties = _select(Party, "participation_id", _ids(taking_part))
    by_model: dict[type[db.Base], list[dict[str, Any]]] = {
        Organisation: _select(Organisation, "id", own),
        User: _select(User, "id", people),
        Credential: _select(Credential, "user_id", people),
        Membership: memberships,
        Company: _select(Company, "organisation_id", own),
        Document: documents,
        File: _select(File, "id", [row["file_id"] for row in versions]),
        Version: versions,
        FactSet: _select(FactSet, "version_id", _ids(versions)),
        Finding: _select(Finding, "version_id", _ids(versions)),
        Opinion: _select(Opinion, "version_id", _ids(versions)),
        Review: _select(Review, "version_id", _ids(versions)),
        Participation: taking_part,
        Party: parties,
        Declaration: [row | _UNSEALED for row in _select(Declaration, "participation_id", _ids(taking_part))],
        Consent: _select(Consent, "party_id", _ids(parties)),
    }
    return {_table(model): rows for model, rows in by_model.items()}


def _table(model: type[db.Base]) -> Table:
    return cast(Table, model.__table__)


def _select(model: type[db.Base], column: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    table = _table(model)
    found = select(table).where(table.c[column].in_(values)).order_by(*table.primary_key)
    return [dict(row) for row in db.session.execute(found).mappings()]


def _ids(rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
    return [row["id"] for row in rows]


def _copy(model: Rows, number: int) -> Rows:
    """The same rows under fresh keys, with another company's name and number."""
    old, new = place(_model_of(number)), place(number)
    known: dict[Any, Any] = {row["id"]: db.new_id() for rows in model.values() for row in rows if "id" in row}
    known |= {
        old.company.name: new.company.name,
        old.company.kvk_number: new.company.kvk_number,
        old.company.seat: new.company.seat,
        old.email: new.email,
        _admin(old): _admin(new),
    }
    # A sealed letter names its signer: it is nobody else's, so a copy was declared without one.
    unsealed = {"object_key": None, "sha256": None, "size": None}
    return {
        table: [_renewed(row, known) | (unsealed if table is _table(Declaration) else {}) for row in rows]
        for table, rows in model.items()
    }


def _papers(copy: Rows, company: Holder) -> Iterator[tuple[dict[str, Any], bytes]]:
    """The rows of a copy's files, each under a key of its own, with the bytes that belong there."""
    files = {row["id"]: row for row in copy[_table(File)]}
    kinds = {row["id"]: row["kind"] for row in copy[_table(Document)]}
    facts = {row["version_id"]: row["facts"] for row in copy[_table(FactSet)]}
    for version in copy[_table(Version)]:
        if file := files.get(version["file_id"]):
            file["object_key"] = f"{file['object_key'].rpartition('/')[0]}/{file['id']}"
            yield file, _paper(kinds[version["document_id"]], facts.get(version["id"], {}), company)


def _renewed(value: Any, known: Mapping[Any, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _renewed(item, known) for name, item in value.items()}
    return [_renewed(item, known) for item in value] if isinstance(value, list) else known.get(value, value)


def _add(models: Mapping[int, Rows], numbers: Sequence[int]) -> None:
    """Store the papers of some copies, several at a time because the disk is what takes long, and add their rows."""
    copies = [_copy(models[_model_of(number)], number) for number in numbers]
    papers = [
        paper for number, copy in zip(numbers, copies, strict=True) for paper in _papers(copy, place(number).company)
    ]
    target = store()

    def put(paper: tuple[dict[str, Any], bytes]) -> None:
        row, data = paper
        digest = target.put_bytes(row["object_key"], data)
        row |= {"sha256": digest.sha256, "crc32": digest.crc32, "size": digest.size}

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(put, papers))
    with db.transaction() as session:
        for table in copies[0]:
            if rows := [row for copy in copies for row in copy[table]]:
                session.execute(insert(table), rows)


def _model_of(number: int) -> int:
    return (number - 1) % DOSSIERS + 1


def _plans(number: int, past: Past) -> list[Plan]:
    """Twelve documents; what is short, late, missing or waiting differs from one company to the next."""
    company, since = place(number).company, 9 * number
    claim = ("500000.00", "1250000.00", "2500000.00")[number % 3]
    marks: Mapping[int, Facts] = {
        2: {"status": "aspirant"},
        5: {
            "proofKind": "equivalent_measures",
            "scheme": "other",
            "equivalenceClaim": "Eigen kwaliteitshandboek met jaarlijkse meting.",
            "reasonNotObtainable": "De audit was pas na de sluiting mogelijk.",
        },
        7: {"scheme": "iso-9001"},
    }
    quality = past.mark(company, 200 + since, (-165 if number != 4 else 20) - since, **marks.get(number, {}))
    return [
        Plan(company, "kvk_extract", past.extract(company, 20 + since), 18 + since),
        Plan(
            company,
            "liability_insurance",
            past.insurance(company, 210 + since, 5 if number == 3 else -155 + since, claim, "2500000.00"),
            205 + since,
        ),
        Plan(company, "quality_mark", quality, 30 + since),
        Plan(
            company,
            "reference",
            past.reference("Gemeente Emmen", 900, 150 + since, "640000.00", str(45 + 2 * number)),
            60 + since,
            title="Referentie Emmen",
            has_file=False,
        ),
        Plan(
            company,
            "reference",
            past.reference("Gemeente Roermond", 1900, 1000 + since, "180000.00", str(60 - number)),
            61 + since,
            title="Referentie Roermond",
            has_file=False,
        ),
        Plan(
            company,
            "annual_accounts",
            past.accounts(company, f"{600 + 150 * number}000.00"),
            100 + since,
            until=State.RETURNED if number == 6 else State.APPROVED,
            reason="De balans klopt niet met de toelichting. Lever de cijfers opnieuw aan." if number == 6 else "",
            has_file=False,
        ),
        Plan(
            company,
            "qualified_staff_list",
            past.staff(15 + since, "14", "11.5", str(number)),
            12 + since,
            until=State.IN_REVIEW if number == 8 else State.APPROVED,
            has_file=False,
        ),
        Plan(company, "tax_compliance_statement", past.tax(company, 50 + 15 * number), 48 + 15 * number),
        Plan(company, "procurement_conduct_certificate", past.conduct(company, 300 + since), 298 + since),
        Plan(
            company,
            "privacy_policy",
            past.privacy(390),
            380,
            until=State.WITHDRAWN if number == 9 else State.APPROVED,
        ),
        Plan(
            company,
            "complaints_procedure",
            past.complaints(390),
            379,
            until=State.DRAFT if number == 1 else State.APPROVED,
        ),
        Plan(
            company, "client_satisfaction_survey", past.satisfaction(200 + since, f"{6 + number / 4:.1f}"), 150 + since
        ),
    ]
