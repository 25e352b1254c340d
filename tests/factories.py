"""Organisations, people, papers and documents for tests, made through the services."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.datastructures import FileStorage

from depot.access import Actor, ActorKind, Role
from depot.accounts import service as accounts
from depot.accounts.models import Organisation, OrganisationKind, User
from depot.companies import service as companies
from depot.core import clock, db
from depot.core.http import DepotFlask
from depot.documents import queries as known
from depot.documents import service as documents
from depot.documents.models import FactSource, Version
from depot.sample.filing import upload
from depot.tenders import library, participations
from depot.tenders import service as tenders
from depot.tenders.models import Participation, Tender
from depot.verification import service as verification

PASSWORD = "een lang genoeg wachtwoord"
# Argon2id as ever, at its smallest: some thousand sign-ins of the tests need not cost a guesser anything.
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
DONALD, DAGOBERT, KATRIEN = "68750110", "69599084", "68727720"
NAMES = {DONALD: "Test BV Donald", DAGOBERT: "Test EMZ Dagobert", KATRIEN: "Test NV Katrien"}


def company(kvk_number: str = DONALD, role: Role = Role.COMPANY_ADMIN) -> Actor:
    """A company of the test register, or one more with any number, with one person in a role."""
    organisation = accounts.add_organisation(OrganisationKind.COMPANY, name_of(kvk_number), kvk_number=kvk_number)
    companies.add(organisation, legal_name=name_of(kvk_number), legal_form="bv", seat="Apeldoorn")
    return member(organisation, role)


def name_of(kvk_number: str) -> str:
    """What the company with that number is called."""
    return NAMES.get(kvk_number, f"Test BV {kvk_number}")


def municipality(role: Role = Role.BUYER, name: str = "Gemeente Apeldoorn", code: str = "gm0200") -> Actor:
    """A municipality with one person in a role."""
    organisation = accounts.add_organisation(OrganisationKind.MUNICIPALITY, name, municipality_code=code)
    return member(organisation, role)


def reviewer(role: Role = Role.REVIEWER) -> Actor:
    """The operator with one person in a role."""
    return member(accounts.add_organisation(OrganisationKind.OPERATOR, "Depot"), role)


def member(organisation: Organisation, role: Role, locale: str = "nl") -> Actor:
    """One more person in an organisation; the address says who it is."""
    email = f"{role}@{organisation.name.split()[-1].lower()}.example"
    name = f"{role} {organisation.name}"
    user = accounts.person(email=email, name=name, password_hash=_HASH, locale=locale)
    accounts.join(user, organisation, role)
    return Actor(ActorKind.USER, user.id, organisation.id, role, "127.0.0.1")


def email_of(actor: Actor) -> str:
    """The address of a person."""
    return db.session.get_one(User, actor.id).email


def signed_in(client: FlaskClient, actor: Actor) -> FlaskClient:
    """The browser with that person signed in."""
    answer = client.post("/inloggen", data={"email": email_of(actor), "wachtwoord": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client


@contextmanager
def queries_at_most(app: DepotFlask, limit: int) -> Iterator[None]:
    """Fail when what runs inside asks the database more than `limit` questions: a list page costs the same for any list."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            asked.append(statement)

    engine = app.extensions["depot.engine"]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(asked) <= limit, "\n\n".join(asked)


def bearer(actor: Actor) -> dict[str, str]:
    """The header of a program with a fresh key of that company."""
    return {"Authorization": f"Bearer {accounts.make_token(actor, name='proef')[1]}"}


def file(data: bytes | None = None, name: str = "document.pdf") -> FileStorage:
    """A file as a form brings it; a small PDF unless other bytes are given."""
    return upload(name, pdf() if data is None else data)


@cache
def pdf(text: str = DONALD) -> bytes:
    """A one-page PDF with a line of text."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    page.Contents = document.make_stream(f"BT /F1 12 Tf 50 780 Td (KvK-nummer {text}) Tj ET".encode())
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    data = BytesIO()
    document.save(data)
    return data.getvalue()


def facts(kind: str = "kvk_extract", kvk_number: str = DONALD, **changes: Any) -> dict[str, Any]:
    """Facts of a kind that fit today."""
    today = clock.today()
    found: Mapping[str, dict[str, Any]] = {
        "kvk_extract": {
            "kvkNumber": kvk_number,
            "statutoryName": name_of(kvk_number),
            "legalForm": "bv",
            "issueDate": _ago(today, 30),
        },
        "liability_insurance": {
            "proofKind": "certificate",
            "coverKind": "combi",
            "insurer": "Voorbeeldverzekeraar N.V.",
            "policyNumber": "VB-1",
            "policyholder": name_of(kvk_number),
            "amountPerClaim": "1250000.00",
            "amountPerYear": "2500000.00",
            "startDate": _ago(today, 100),
            "endDate": _ago(today, -265),
            "certificateDate": _ago(today, 100),
            "tacitRenewal": False,
        },
        "quality_mark": {
            "proofKind": "certificate",
            "scheme": "blik-op-werk",
            "status": "definitief",
            "kvkNumber": kvk_number,
            "validFrom": _ago(today, 100),
            "validUntil": _ago(today, -265),
        },
        "reference": {
            "client": "Gemeente Voorbeeld",
            "clientKind": "municipality",
            "description": "Trajecten van intake tot nazorg.",
            "domains": ["toeleiden-naar-werk"],
            "role": "main",
            "startDate": _ago(today, 800),
            "endDate": _ago(today, 100),
            "ongoing": False,
        },
        "annual_accounts": {
            "documentKind": "company",
            "kvkNumber": kvk_number,
            "fiscalYear": "2025",
            "periodStart": "2025-01-01",
            "periodEnd": "2025-12-31",
            "turnover": "2140000.00",
            "equity": "412000.00",
            "totalAssets": "980000.00",
            "currentAssets": "730000.00",
            "currentLiabilities": "415000.00",
            "auditorOpinion": "compilation",
        },
        "qualified_staff_list": {
            "asOfDate": _ago(today, 10),
            "rows": [staff(), staff(qualificationLevel="wo", fte="1")],
        },
    }
    return {key: value for key, value in {**found[kind], **changes}.items() if value is not None}


def staff(**changes: Any) -> dict[str, Any]:
    """One row of a staff list."""
    return {"roleCode": "job_coach", "qualificationLevel": "hbo", "fte": "0.8", **changes}


def stated(actor: Actor, kind: str = "reference", title: str = "", **changes: Any) -> Version:
    """A document without a file that a company handed in just now."""
    kvk_number = db.session.get_one(Organisation, actor.organisation_id).kvk_number or DONALD
    return documents.deposit(actor, kind=kind, facts=facts(kind, kvk_number, **changes), title=title)


def deposited(actor: Actor, kind: str = "kvk_extract", data: bytes | None = None, **changes: Any) -> Version:
    """A document that a company handed in just now."""
    kvk_number = db.session.get_one(Organisation, actor.organisation_id).kvk_number or DONALD
    paper = file(unused(actor) if data is None else data)
    return documents.deposit(actor, kind=kind, upload=paper, facts=facts(kind, kvk_number, **changes))


def unused(actor: Actor) -> bytes:
    """A small PDF that the company did not deposit yet; the first is `pdf()`."""
    data = pdf()
    while known.same_file(actor.organisation_id, sha256(data).hexdigest()):
        data += b"\n%%EOF"
    return data


def checked(actor: Actor, kind: str = "kvk_extract", data: bytes | None = None, **changes: Any) -> Version:
    """The same, after the checks by machine."""
    version = deposited(actor, kind, data, **changes)
    verification.run_checks()
    return version


def approved(actor: Actor, by: Actor, kind: str = "kvk_extract", **changes: Any) -> Version:
    """The same, approved by a reviewer with the facts as submitted."""
    version = checked(actor, kind, **changes)
    return verification.approve(by, version.id, facts=version.facts(FactSource.SUBMITTED) or {})


def tender(buyer: Actor, *codes: str, closes_at: datetime | None = None, number: str = "2027-01") -> Tender:
    """A published tender with standard requirements as they stand in the library; closes in a month."""
    closes_at = closes_at or clock.now() + timedelta(days=30)
    row = tenders.create(
        buyer,
        number=number,
        title="Toeleiden naar werk",
        procedure="open",
        closes_at=closes_at,
        evidence_until=closes_at + timedelta(days=14),
    )
    for code in codes or ("kvk-extract",):
        answers = {question.name: question.default for question in library.standards()[code].questions}
        tenders.add_requirement(buyer, row.id, code, answers)
    return tenders.publish(buyer, row.id)


def participant(actor: Actor, row: Tender) -> Participation:
    """A company that takes part, with declaration and consent."""
    return participations.take_part(actor, row.id, declares=True, consents=True, authority="bestuurder")


def _ago(today: date, days: int) -> str:
    return (today - timedelta(days=days)).isoformat()
