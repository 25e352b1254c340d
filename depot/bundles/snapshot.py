"""What a bundle says about its documents: `data/bundel.json`, made from rows once, at release."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from depot.bundles.bag import safe_path
from depot.catalogue.derived import ratios
from depot.catalogue.rules import Kind
from depot.catalogue.schemas import describe, table_of
from depot.catalogue.service import catalogue
from depot.core.errors import Conflict
from depot.core.i18n import _, shown, speaking
from depot.documents import queries as documents
from depot.documents.models import Document, FactSource, File, ScanState, Version
from depot.tenders import queries as tenders
from depot.tenders.dossiers import Judged, evidence_of, judge
from depot.tenders.evidence import Evidence, Moment, evidence_at
from depot.tenders.models import Consent, Declaration, Participation, Party, StageName
from depot.tenders.reasons import ROLE_NAMES, requirement_sentence, sentence
from depot.tenders.rules import EVALUATOR_VERSION
from depot.tenders.rules import to_json as verdicts_to_json
from depot.verification import queries as verification
from depot.verification import texts as checks
from depot.verification.models import Decision, Finding, Review

SCHEMA = "bundel/1.0"
FACTS_SCHEMA = "gegevens/1.0"
ROUNDING = Decimal("0.0001")


@dataclass(frozen=True)
class Chosen:
    """A version that goes into the bundle, and under which path."""

    version: Version
    party: Party
    path: str


def choose(participation: Participation, consents: Sequence[tuple[Party, Consent]], moment: Moment) -> list[Chosen]:
    """The version of each document that is evidence at the moment, of the kinds that its party consented to."""
    allowed: dict[UUID, set[str]] = defaultdict(set)
    for party, consent in consents:
        allowed[party.company_id] |= set(consent.kinds)
    parties = {party.company_id: party for party in participation.parties if party.counts}
    rows = [row for row in documents.of_companies(list(parties)) if row.kind in allowed[row.company_id]]
    chosen: list[Chosen] = []
    for row, facts in zip(rows, evidence_of(rows), strict=True):
        found = evidence_at(facts, catalogue().kinds[row.kind], moment)
        if isinstance(found, Evidence):
            version = next(item for item in row.versions if str(item.id) == found.version.version_id)
            chosen.append(Chosen(version, parties[row.company_id], _path(row, version, len(chosen) + 1)))
    return chosen


@dataclass(frozen=True)
class Signed:
    """What a party declared, and under which path its sealed letter goes into the bundle; None without such a letter."""

    declaration: Declaration
    party: Party
    path: str | None


def declared(participation: Participation) -> list[Signed]:
    """What the parties of a participation declared, in the order in which they signed."""
    parties = {party.id: party for party in participation.parties if party.counts}
    found: list[Signed] = []
    for row in tenders.declarations([participation.id]):
        party = parties.get(row.party_id) if row.party_id else participation.own_party
        if party is not None:
            name = f"{len(found) + 1:02d}-{party.company.legal_name}.pdf"
            found.append(Signed(row, party, safe_path("data", "verklaringen", name) if row.object_key else None))
    return found


def describe_bundle(
    participation: Participation,
    chosen: Sequence[Chosen],
    consents: Sequence[tuple[Party, Consent]],
    *,
    number: str,
    legal_ground: str,
    made_at: datetime,
    keep_until: date,
    address: str,
) -> dict[str, Any]:
    """The whole of `bundel.json`: Dutch camelCase envelopes; rules and facts keep the catalogue's English keys."""
    tender = participation.tender
    rules = tenders.requirement_set(tender)
    judged = judge(tender, [participation], known_at=made_at)
    with speaking("nl"):
        said = {
            "schema": SCHEMA,
            "nummer": number,
            "gemaaktOp": made_at.isoformat(),
            "bewaarTotDatum": keep_until.isoformat(),
            "adres": address,
            "rechtsgrond": legal_ground,
            "aanbesteding": {
                "nummer": tender.number,
                "titel": tender.title,
                "gemeente": tender.municipality.name,
                "gemeenteCode": tender.municipality.municipality_code,
                "sluitingOp": tender.closes_at.isoformat(),
            },
            "deelnemer": participation.company.legal_name,
            "geselecteerdOp": _instant(participation.decided_at),
            "partijen": _parties(participation, consents),
            "eisenset": {
                "nummer": rules.number,
                "gepubliceerdOp": _instant(rules.published_at),
                "regels": rules.rules,
            },
            "beoordeling": _assessment(participation, judged),
            "documenten": _documents(chosen, address),
        }
    return {**said, "leesbaar": readable(said, catalogue().kinds)}


def readable(said: Mapping[str, Any], kinds: Mapping[str, Kind]) -> dict[str, dict[str, str]]:
    """How instants (Europe/Amsterdam), days, kinds and roles in a description read in Dutch, by what stands there."""
    parties = said["partijen"]
    codes = {code for party in parties for consent in party["toestemmingen"] for code in consent["soorten"]}
    with speaking("nl"):
        return {
            "momenten": {text: _moment(text) for text in sorted(set(_moments(said)))},
            "soorten": {code: str(kinds[code].name) for code in sorted(codes)},
            "rollen": {role: str(ROLE_NAMES[role]) for role in sorted({party["rol"] for party in parties})},
        }


def _moments(node: Any) -> Iterator[str]:
    """Every instant and day among the envelopes: the values whose names end in Op or Datum."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            if isinstance(value, str) and name.endswith(("Op", "Datum")):
                yield value
            yield from _moments(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for item in node:
            yield from _moments(item)


def _moment(text: str) -> str:
    return shown(datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text))


def to_bytes(said: Mapping[str, Any]) -> bytes:
    """`bundel.json` as it lies in the bag: UTF-8, indented, so that a person can read it too."""
    return json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"


def moment_of(judged_at: Mapping[str, Moment]) -> Moment:
    """The moment that decides which versions go in: that of the papers asked after selection."""
    return judged_at[StageName.EVIDENCE]


def _path(row: Document, version: Version, number: int) -> str:
    name = f"{number:02d}-{row.kind}-{version.file.name}" if version.file else f"{number:02d}-{row.kind}.json"
    return safe_path("data", "documenten", name)


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _parties(participation: Participation, consents: Sequence[tuple[Party, Consent]]) -> list[dict[str, Any]]:
    signed = declared(participation)
    return [
        {
            "naam": party.company.legal_name,
            "kvkNummer": party.company.organisation.kvk_number,
            "rol": party.role,
            "taak": party.task,
            "verklaringen": [
                {
                    "tekst": each.declaration.text_version,
                    "bevoegdheid": each.declaration.authority,
                    "ondertekendOp": each.declaration.at.isoformat(),
                    "pad": each.path,
                    "sha256": each.declaration.sha256,
                    "omvang": each.declaration.size,
                }
                for each in signed
                if each.party.id == party.id
            ],
            "toestemmingen": [
                {"soorten": consent.kinds, "gegevenOp": consent.at.isoformat()}
                for given_by, consent in consents
                if given_by.id == party.id
            ],
        }
        for party in participation.parties
        if party.counts
    ]


def _assessment(participation: Participation, judged: Judged) -> dict[str, Any]:
    verdicts = judged.verdicts[participation.id]
    asked = {item.id: item for item in judged.requirements.requirements}
    return {
        "evaluator": EVALUATOR_VERSION,
        "catalogus": catalogue().version,
        "momenten": {name: moment.to_json() for name, moment in judged.moments[participation.id].items()},
        "eisen": [
            {
                "eis": item.requirement_id,
                "naam": asked[item.requirement_id].label,
                "soort": item.kind,
                "zin": str(requirement_sentence(asked[item.requirement_id])),
                "oordeel": item.verdict,
                "toelichting": str(sentence(item.reason)),
            }
            for item in verdicts
        ],
        "resultaat": verdicts_to_json(verdicts),
    }


def _documents(chosen: Sequence[Chosen], address: str) -> list[dict[str, Any]]:
    ids = [item.version.id for item in chosen]
    findings: Mapping[UUID, list[Finding]] = _by_version(verification.findings(ids))
    reviews: Mapping[UUID, list[Review]] = _by_version(verification.reviews(ids))
    return [
        _document(item, findings[item.version.id], reviews[item.version.id], f"{address}/documenten/{place}")
        for place, item in enumerate(chosen, start=1)
    ]


def _by_version(rows: Sequence[Any]) -> Mapping[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.version_id].append(row)
    return found


def _document(item: Chosen, findings: Sequence[Finding], reviews: Sequence[Review], address: str) -> dict[str, Any]:
    version, document = item.version, item.version.document
    kind, facts = catalogue().kinds[document.kind], item.version.facts(FactSource.CONFIRMED) or {}
    if not version.may_count:
        raise Conflict(_("“%(title)s” is niet op virussen gecontroleerd.", title=document.title))
    approval = next(row for row in reversed(reviews) if row.decision is Decision.APPROVED)
    return {
        "pad": item.path,
        **(_about_file(version.file) if version.file else _about_facts(structured(item))),
        "document": str(document.id),
        "versie": version.number,
        "soort": kind.code,
        "soortNaam": kind.name.nl,
        "titel": document.title,
        "van": item.party.company.legal_name,
        "kvkNummer": item.party.company.organisation.kvk_number,
        # The three that art. 59(5) of Directive 2014/24/EU and the UEA ask of a pointer to evidence.
        "uitgever": kind.issuer.nl,
        "kenmerk": _reference(facts),
        "adres": address,
        "gegevens": facts,
        "gegevensLeesbaar": [list(pair) for pair in describe(kind, facts, "nl")],
        "berekend": {name: str(value.quantize(ROUNDING)) for name, value in ratios(kind, facts).items()},
        "rijenLeesbaar": _readable_rows(kind, facts),
        "ingediendOp": _instant(version.submitted_at),
        "bevindingen": [
            {
                "controle": row.check,
                "versie": row.check_version,
                "uitkomst": row.outcome,
                "toelichting": str(checks.sentence(row)),
                "gedaanOp": row.at.isoformat(),
            }
            for row in findings
        ],
        "besluit": {
            "uitkomst": approval.decision,
            "door": "beoordelaar" if approval.by_user_id else f"regel {approval.by_rule}",
            "genomenOp": approval.at.isoformat(),
            "catalogus": approval.catalogue_version,
        },
    }


def structured(item: Chosen) -> bytes:
    """What a version without a file is in the bag: its confirmed facts as JSON, so that each proof is one file."""
    version, document = item.version, item.version.document
    return to_bytes(
        {
            "schema": FACTS_SCHEMA,
            "document": str(document.id),
            "versie": version.number,
            "soort": document.kind,
            "titel": document.title,
            "van": item.party.company.legal_name,
            "kvkNummer": item.party.company.organisation.kvk_number,
            "gegevens": version.facts(FactSource.CONFIRMED) or {},
        }
    )


def _about_file(file: File) -> dict[str, Any]:
    return {
        "sha256": file.sha256,
        "omvang": file.size,
        "bestandsnaam": file.name,
        "mediatype": file.media_type,
        "virusscan": "niet gescand" if file.scan_state is ScanState.NOT_SCANNED else "schoon",
    }


def _about_facts(data: bytes) -> dict[str, Any]:
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "omvang": len(data),
        "bestandsnaam": None,
        "mediatype": "application/json",
        "virusscan": "niet nodig: alleen gegevens",
    }


def _readable_rows(kind: Kind, facts: Mapping[str, Any]) -> list[str]:
    """Each row of a list as one line for people: label and value of what is filled in."""
    listed = kind.list_field
    if listed is None or not facts.get(listed.name):
        return []
    columns, rows = table_of(listed, facts[listed.name])
    return [
        "; ".join(f"{column.label.nl}: {value}" for column, value in zip(columns, row, strict=True) if value)
        for row in rows
    ]


def _reference(facts: Mapping[str, Any]) -> str | None:
    names = ("certificateNumber", "policyNumber", "gvaReference", "reference", "kvkNumber")
    return next((str(facts[name]) for name in names if facts.get(name)), None)
