"""What a bundle says about its documents: `data/bundel.json`, made from rows once, at release."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from depot.bundles import confirmed, norms
from depot.bundles.choosing import Chosen, Part
from depot.bundles.retention import Terms
from depot.catalogue.derived import ratios
from depot.catalogue.rules import Kind
from depot.catalogue.schemas import describe, table_of
from depot.catalogue.service import catalogue
from depot.core.errors import Conflict
from depot.core.i18n import _, shown, speaking
from depot.documents.models import FactSource, File, ScanState
from depot.tenders import queries as tenders
from depot.tenders.dossiers import Judged
from depot.tenders.models import Participation, Tender
from depot.tenders.reasons import ROLE_NAMES, requirement_sentence, sentence
from depot.tenders.rules import EVALUATOR_VERSION
from depot.tenders.rules import to_json as verdicts_to_json
from depot.verification import confirmations
from depot.verification import queries as verification
from depot.verification import texts as checks
from depot.verification.models import Decision, Finding, Opinion, Review

SCHEMA = "bundel/1.0"
FACTS_SCHEMA = "gegevens/1.0"
ROUNDING = Decimal("0.0001")


def describe_bundle(
    tender: Tender,
    parts: Sequence[Part],
    judged: Judged,
    *,
    number: str,
    legal_ground: str,
    made_at: datetime,
    terms: Terms,
    address: str,
) -> dict[str, Any]:
    """The whole of `bundel.json`: Dutch camelCase envelopes; rules and facts keep the catalogue's English keys."""
    rules = tenders.requirement_set(tender)
    going = [part for part in parts if part.chosen]
    with speaking("nl"):
        documents = _documents([item for part in going for item in part.chosen], address)
        said = {
            "schema": SCHEMA,
            "nummer": number,
            "gemaaktOp": made_at.isoformat(),
            "bewaren": terms.to_json(),
            "adres": address,
            "rechtsgrond": legal_ground,
            "aanbesteding": {
                "nummer": tender.number,
                "titel": tender.title,
                "gemeente": tender.municipality.name,
                "gemeenteCode": tender.municipality.municipality_code,
                "sluitingOp": tender.closes_at.isoformat(),
            },
            "eisenset": {
                "nummer": rules.number,
                "gepubliceerdOp": _instant(rules.published_at),
                "regels": rules.rules,
            },
            "deelnemers": [
                {
                    "naam": part.participation.company.legal_name,
                    "percelen": part.participation.lots,
                    "geselecteerdOp": _instant(part.participation.decided_at),
                    "partijen": _parties(part),
                    "beoordeling": _assessment(part.participation, judged),
                    "documenten": [documents[item.path] for item in part.chosen],
                }
                for part in going
            ],
            "nietMee": [
                {
                    "deelnemer": part.participation.company.legal_name,
                    "naam": party.company.legal_name,
                    "kvkNummer": party.company.organisation.kvk_number,
                    "reden": str(reason),
                }
                for part in parts
                for party, reason in part.left_out
            ],
        }
    return {**said, "leesbaar": readable(said, catalogue().kinds)}


def documents_in(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The documents that a description names, in the order in which they lie in the bag."""
    return [document for participant in said["deelnemers"] for document in participant["documenten"]]


def participants_in(said: Mapping[str, Any]) -> str:
    """For whom a bundle was made, in a line: the participant, or how many there are."""
    names = [participant["naam"] for participant in said["deelnemers"]]
    return names[0] if len(names) == 1 else f"{len(names)} deelnemers"


def readable(said: Mapping[str, Any], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """How instants (Europe/Amsterdam), days, kinds, roles and the retention read in Dutch, by what stands there."""
    parties = [party for participant in said["deelnemers"] for party in participant["partijen"]]
    codes = {code for party in parties for consent in party["toestemmingen"] for code in consent["soorten"]}
    with speaking("nl"):
        return {
            "momenten": {text: _moment(text) for text in sorted(set(_moments(said)))},
            "soorten": {code: str(kinds[code].name) for code in sorted(codes)},
            "rollen": {role: str(ROLE_NAMES[role]) for role in sorted({party["rol"] for party in parties})},
            "bewaren": str(Terms.from_json(said["bewaren"]).sentence),
        }


def _moments(node: Any) -> Iterator[str]:
    """Every instant and day among the envelopes: the values whose names end in Op or datum."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            if isinstance(value, str) and name.endswith(("Op", "datum")):
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


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _parties(part: Part) -> list[dict[str, Any]]:
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
                for each in part.declared
                if each.party.id == party.id
            ],
            "toestemmingen": [
                {"soorten": consent.kinds, "gegevenOp": consent.at.isoformat()}
                for given_by, consent in part.consents
                if given_by.id == party.id
            ],
        }
        for party in part.participation.parties
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
                "peildatum": item.moment.reference if item.moment else None,
                "oordeel": item.verdict,
                "toelichting": str(sentence(item.reason)),
            }
            for item in verdicts
        ],
        "resultaat": verdicts_to_json(verdicts),
    }


def _documents(chosen: Sequence[Chosen], address: str) -> Mapping[str, dict[str, Any]]:
    """What is said of each document, by its path; its address ends in its place in the bag."""
    ids = [item.version.id for item in chosen]
    findings: Mapping[UUID, list[Finding]] = _by_version(verification.findings(ids))
    reviews: Mapping[UUID, list[Review]] = _by_version(verification.reviews(ids))
    opinions: Mapping[UUID, list[Opinion]] = _by_version(verification.opinions(ids))
    asked = confirmations.of_versions([item.version for item in chosen])
    return {
        item.path: {
            **_document(item, findings[item.version.id], f"{address}/documenten/{place}"),
            "besluit": _decision(reviews[item.version.id], opinions[item.version.id]),
            "bevestiging": confirmed.describe(asked.get(item.version.id), item.version),
            "bewijsPerNorm": norms.describe(item),
        }
        for place, item in enumerate(chosen, start=1)
    }


def _by_version(rows: Sequence[Any]) -> Mapping[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.version_id].append(row)
    return found


def _document(item: Chosen, findings: Sequence[Finding], address: str) -> dict[str, Any]:
    version, document = item.version, item.version.document
    kind, facts = catalogue().kinds[document.kind], item.version.facts(FactSource.CONFIRMED) or {}
    if not version.may_count:
        raise Conflict(_("“%(title)s” is niet op virussen gecontroleerd.", title=document.title))
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
    }


def _decision(reviews: Sequence[Review], opinions: Sequence[Opinion]) -> dict[str, Any]:
    """The approval that counts; where two reviewers were asked, when the first of them agreed."""
    approval = next(row for row in reversed(reviews) if row.decision is Decision.APPROVED)
    agreed = [row.at.isoformat() for row in opinions if row.is_agreeing]
    return {
        "uitkomst": approval.decision,
        "door": "beoordelaar" if approval.by_user_id else f"regel {approval.by_rule}",
        "genomenOp": approval.at.isoformat(),
        "eersteBeoordelaarOp": agreed[-1] if agreed else None,
        "catalogus": approval.catalogue_version,
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
