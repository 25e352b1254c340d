"""What a bundle says of the client of a reference: what was asked and answered, by function and mail domain, no address."""

from typing import Any

from depot.documents.models import Version
from depot.verification import confirmations
from depot.verification.confirmation_models import Confirmation


def describe(row: Confirmation | None, version: Version) -> dict[str, Any] | None:
    """The entry `bevestiging` of a document; None where nobody was asked."""
    if row is None:
        return None
    told, answer = confirmations.told(row, "nl", version.id), row.answer or {}
    return {
        "stand": row.state,
        "gevraagdOp": row.asked_at.isoformat(),
        "gevraagd": row.asked,
        "gevraagdOver": {"document": str(row.version.document_id), "versie": row.version.number},
        "maildomein": row.domain,
        "adresGecontroleerd": row.checked_how,
        "beantwoordOp": row.answered_at.isoformat() if row.answered_at else None,
        "uitkomst": row.outcome,
        "correcties": [list(pair) for pair in told.corrections],
        "naarTevredenheid": answer.get("isSatisfied"),
        "functie": answer.get("function"),
        "opmerkingen": answer.get("remarks"),
    }
