"""What a bundle says of an equivalent: per norm what the company puts forward, and whether a reviewer saw that it shows it."""

from typing import Any

from depot.bundles.choosing import Chosen
from depot.catalogue.rules import is_equivalent
from depot.catalogue.service import catalogue
from depot.documents.models import FactSource
from depot.verification import equivalence
from depot.verification.equivalence_models import NormProof


def describe(item: Chosen) -> dict[str, Any] | None:
    """The entry `bewijsPerNorm` of a document; None where the document is no equivalent.

    The proofs are named by document and version, not enclosed: whether they are is settled by consent, each for itself.
    """
    document = item.version.document
    facts = item.version.facts(FactSource.CONFIRMED) or {}
    if not is_equivalent(catalogue().kinds[document.kind], facts) or equivalence.scheme_of(document) is None:
        return None
    file = equivalence.of_document(document)
    return {
        "regeling": file.scheme.code,
        "regelingNaam": file.scheme_name,
        "normen": [
            {"norm": line.norm.code, "naam": line.norm.name.nl, "bewijzen": [_proof(row) for row in line.proofs]}
            for line in file.lines
        ],
    }


def _proof(row: NormProof) -> dict[str, Any]:
    version = row.version
    return {
        "document": str(version.document_id),
        "versie": version.number,
        "titel": version.document.title,
        "soort": version.document.kind,
        "toelichting": row.explanation,
        "toegevoegdOp": row.at.isoformat(),
        "blijktEruit": row.shown,
        "opmerking": row.remark,
        "bekekenOp": row.looked_at.isoformat() if row.looked_at else None,
    }
