"""Dossiers and requirements for tests of verdicts: everything approved in time unless a test says otherwise."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from depot.catalogue.service import FOLDER, load
from depot.tenders import language
from depot.tenders.evidence import Decided, DocumentFacts, FactSet, Moment, VersionFacts
from depot.tenders.requirements import RequirementSet
from depot.tenders.rules import Assessment, Dossier, assess

KINDS = load(FOLDER).kinds
KVK = "68750110"
DAY = date(2026, 11, 21)
CLOSING = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
KNOWN = datetime(2026, 12, 11, 11, 0, tzinfo=UTC)
MOMENT = Moment(DAY, CLOSING, KNOWN)
EARLIER = CLOSING - timedelta(days=30)
POLICY = {
    "proofKind": "certificate",
    "coverKind": "BAV",
    "amountPerClaim": "1250000.00",
    "amountPerYear": "2500000.00",
    "startDate": "2026-01-01",
    "endDate": "2026-12-31",
    "tacitRenewal": False,
    "certificateDate": "2026-01-05",
}
MARK = {
    "proofKind": "certificate",
    "scheme": "blik-op-werk",
    "status": "definitief",
    "kvkNumber": KVK,
    "scopeServices": ["toeleiden-naar-werk"],
    "validFrom": "2025-01-01",
    "validUntil": "2027-12-31",
}
REFERENCE = {
    "domains": ["toeleiden-naar-werk"],
    "startDate": "2023-01-01",
    "endDate": "2025-12-31",
    "ongoing": False,
    "amountInWindow": "600000.00",
    "satisfied": True,
}


def extract(issued: str, **more: Any) -> dict[str, Any]:
    return {"kvkNumber": KVK, "issueDate": issued, **more}


def version(facts: dict[str, Any] | None, number: int = 1, relation: str = "first", **more: Any) -> VersionFacts:
    """A version that was approved, with its facts confirmed, a day after it was submitted; None means not yet reviewed."""
    submitted = more.pop("submitted_at", EARLIER + timedelta(hours=number))
    reviewed = submitted + timedelta(days=1)
    if facts is not None:
        more.setdefault("decided", (Decided("approved", reviewed),))
        more.setdefault("fact_sets", (FactSet("confirmed", facts, reviewed),))
    return VersionFacts(f"v{number}", number, relation, submitted, "ab" * 32, **more)


def document(kind: str, *versions: VersionFacts | dict[str, Any], id: str = "d1") -> DocumentFacts:
    made = (each if isinstance(each, VersionFacts) else version(each, place) for place, each in enumerate(versions, 1))
    return DocumentFacts(id, kind, tuple(made))


def dossier(*documents: DocumentFacts, role: str = "bidder", **more: Any) -> Dossier:
    more.setdefault("organisation", "o1")
    more.setdefault("kvk_number", KVK)
    return Dossier(role=role, documents=documents, **more)


def requirements(
    rule: dict[str, Any], roles: tuple[str, ...] = ("bidder",), aggregation: str = "each"
) -> RequirementSet:
    requirement = {
        "id": "E1",
        "label": "Een eis",
        "kind": "suitability",
        "stage": "bid",
        "subject": {"roles": list(roles), "aggregation": aggregation},
        "rule": rule,
    }
    return language.parse({"schema": language.SCHEMA, "requirements": [requirement]}, KINDS)


def judge(rule: dict[str, Any], *dossiers: Dossier, moment: Moment = MOMENT, **subject: Any) -> Assessment:
    return assess(requirements(rule, **subject), dossiers, {"bid": moment})[0]
