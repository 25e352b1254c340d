"""Is this PDF still what was sealed, and by whom? For the report and the letters, which may travel on without their bag."""

import base64
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from depot.bundles.verification import Finding, Outcome, Verification, verify
from depot.core import seal
from depot.verification import outside
from depot.verification.inspection import HEAD, PDF, media_type
from depot.verification.seals import Signatures

CONCLUSIONS: Mapping[str, tuple[Outcome, str]] = {
    "trusted": (Outcome.WHOLE_TRUSTED, ""),
    "trusted_at_signing": (Outcome.WHOLE_TRUSTED, ""),
    "unknown": (Outcome.WHOLE_UNTRUSTED, "seal_chain"),
    "expired": (Outcome.WHOLE_UNTRUSTED, "seal_ended"),
    "revoked": (Outcome.WHOLE_UNTRUSTED, "seal_revoked"),
    "timestamp_only": (Outcome.UNREADABLE, "no_seal"),
    "modified": (Outcome.DAMAGED, "changed"),
    "unread": (Outcome.UNREADABLE, "seal_unreadable"),
    "none": (Outcome.UNREADABLE, "no_seal"),
}
"""What is said of a document, by what `Signatures.reason` says of its seals, and the finding that tells why."""


def verify_file(path: Path, trust: seal.Trust) -> Verification:
    """Check a bundle, or a PDF by the seal within it (PAdES, EN 319 142), against the roots the reader trusts."""
    try:
        with path.open("rb") as file:
            is_pdf = media_type(file.read(HEAD)) == PDF
    except OSError:
        is_pdf = False  # a folder, or nothing that can be read
    if not is_pdf:
        return verify(path, trust)
    roots = [base64.b64encode(each.public_bytes(Encoding.DER)).decode() for each in trust.roots]
    return _concluded(outside.check(path, None, None, {"given": roots}).signatures)


def _concluded(found: Signatures) -> Verification:
    outcome, code = CONCLUSIONS[found.reason]
    made = found.seal
    return Verification(
        outcome,
        (Finding(code),) if code else (),
        sealed_at=made.at if made else None,
        signer=", ".join(filter(None, (made.signer, made.organisation))) if made else "",
        is_document=True,
    )
