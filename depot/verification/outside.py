"""The checks on a file that is not in the depot: no database, no company, no settings but whom to trust and the scanner."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from depot.catalogue.rules import FileCheck, Kind
from depot.core.antivirus import Scanner
from depot.documents.rules import media_type_of
from depot.verification import rules
from depot.verification.examination import examine
from depot.verification.proof import Claimed, judge_proof
from depot.verification.rules import ERROR, OK, SCANNER_UNREACHABLE, UNDETERMINED, WARNING, Finding, Outcome, finding
from depot.verification.seals import Signatures
from depot.verification.signatures import Anchors

HEAD = 1024
NO_DOCUMENT = frozenset({"empty", "other_type"})
OF_A_COMPANY = frozenset({FileCheck.KVK_NUMBER, FileCheck.HOLDER_NAME, "facts_in_text", "issue_day"})
"""What says nothing of a file of which nobody knows whose it is."""


@dataclass(frozen=True)
class Checked:
    """What the checks say of one file; `is_document` is False for what is no PDF, PNG or JPEG, or cannot be read at all."""

    path: Path
    is_document: bool
    findings: Sequence[Finding] = ()
    signatures: Signatures = field(default_factory=Signatures)
    seconds: float = 0
    peak: int = 0

    @property
    def outcome(self) -> Outcome:
        """The worst of the findings."""
        outcomes = {item.outcome for item in self.findings}
        if not self.is_document or ERROR in outcomes:
            return ERROR
        return next((each for each in (WARNING, UNDETERMINED) if each in outcomes), OK)

    @property
    def exit_code(self) -> int:
        """0 nothing wrong, 1 something wrong, 2 not a document."""
        return 2 if not self.is_document else int(self.outcome is ERROR)

    @property
    def as_json(self) -> dict[str, Any]:
        """As `depot check --json` tells it."""
        return {
            "file": str(self.path),
            "outcome": self.outcome,
            "checks": [{"code": item.check, "outcome": item.outcome, "reason": item.reason} for item in self.findings],
            "signature": {"present": self.signatures.is_present, "verdict": self.signatures.verdict},
            "seconds": round(self.seconds, 3),
            "peak_mib": round(self.peak / 2**20, 1),
        }


def check(path: Path, kind: Kind | None, scanner: Scanner | None, anchors: Anchors) -> Checked:
    """Check one file, as of a kind when one is given. While the scanner is away all the rest is still checked."""
    began = time.monotonic()
    if not path.is_file():  # a folder, a pipe, or nothing at all
        return Checked(path, is_document=False)
    is_away = scanner is not None and not scanner.ping()
    try:
        with path.open("rb") as file:
            media_type = media_type_of(file.read(HEAD)) or rules.PDF
            file.seek(0)
            seen = examine(file, None if is_away else scanner, rules.Subject(""), media_type, anchors)
    except OSError:
        return Checked(path, is_document=False)
    found = [
        finding("virus", SCANNER_UNREACHABLE) if is_away and item.check == "virus" else item for item in seen.findings
    ]
    if kind and not rules.refusal(found):
        found += judge_proof(Claimed(kind, {}, ()), seen.text, seen.signatures, None)
    found = [item for item in found if item.check not in OF_A_COMPANY]
    return Checked(
        path,
        is_document=not any(item.check == "type" and item.reason in NO_DOCUMENT for item in found),
        findings=found,
        signatures=seen.signatures,
        seconds=time.monotonic() - began,
        peak=seen.peak,
    )
