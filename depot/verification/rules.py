"""What the automatic checks conclude of a file, and which conclusion returns it at once. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from depot.core import sandbox
from depot.core.antivirus import Scan, State
from depot.verification.seals import Signatures

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
PICTURES = frozenset({PNG, JPEG})
NOT_SCANNED = "not_scanned"
SCANNER_UNREACHABLE = "scanner_unreachable"
NOT_LOOKED = "not_looked"
"""No register was asked, since there is none: that says nothing of the document."""
REGISTER_UNREACHABLE = "unreachable"
NAMES = 5
SCRIPTS = {"JavaScript", "Launch"}


class Outcome(StrEnum):
    """What a finding means: in order, to look at, wrong, or not known."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    UNDETERMINED = "undetermined"


OK, WARNING, ERROR, UNDETERMINED = Outcome

CHECK_VERSIONS = {
    "virus": 1,
    "type": 1,
    "encryption": 1,
    "opens": 1,
    "pages": 1,
    "active_content": 1,
    "embedded_files": 1,
    "signature": 1,
    "kvk_number": 1,
    "location": 1,
    "facts": 1,
    "same_thing": 1,
    "holder_name": 1,
    "citizen_number": 1,
    "facts_in_text": 1,
    "sealed_by": 1,
    "issue_day": 1,
    "topics": 1,
    "outdated_topics": 1,
    "by_rule": 1,
    "register": 1,
    "mark_register": 1,
}
PROOF_CHECKS = (
    *("holder_name", "citizen_number", "facts_in_text", "sealed_by", "issue_day"),
    *("topics", "outdated_topics", "by_rule"),
)
"""Those that weigh the file against what its company says."""
REGISTER_CHECKS = ("register", "mark_register")
"""Those that ask somebody else."""
REASONS = {
    "virus": {
        "clean": OK,
        "found": ERROR,
        NOT_SCANNED: UNDETERMINED,
        SCANNER_UNREACHABLE: UNDETERMINED,
        "scanner_refused_size": UNDETERMINED,
        "scanner_failed": UNDETERMINED,
        "embedded_not_scanned": UNDETERMINED,
    },
    "type": {"as_named": OK, "empty": ERROR, "other_type": ERROR},
    "encryption": {"none": OK, "restricted": WARNING, "password_needed": ERROR},
    "opens": {
        "whole": OK,
        "repaired": WARNING,
        "data_after_end": WARNING,
        "truncated": ERROR,
        "damaged": ERROR,
        "unsafe": ERROR,
        "too_many_pixels": ERROR,
        "timed_out": UNDETERMINED,
        "locked": UNDETERMINED,
    },
    "pages": {"counted": OK, "none": ERROR, "unreadable": UNDETERMINED},
    "active_content": {"none": OK, "scripts": ERROR, "actions": WARNING, "unreadable": UNDETERMINED},
    "embedded_files": {"none": OK, "present": WARNING, "unreadable": UNDETERMINED},
    "signature": {
        "trusted": OK,
        "trusted_at_signing": OK,
        "unknown": WARNING,
        "revoked": ERROR,
        "modified": ERROR,
        "unread": UNDETERMINED,
        "expired": UNDETERMINED,
        "timestamp_only": UNDETERMINED,
        "none": OK,
    },
    "kvk_number": {
        "found": OK,
        "not_found": WARNING,
        "not_known": UNDETERMINED,
        "no_text": UNDETERMINED,
        "text_too_long": UNDETERMINED,
        "unreadable": UNDETERMINED,
    },
    "location": {"none": OK, "present": WARNING},
    "facts": {"in_order": OK, "signals": WARNING},
    "same_thing": {"none": OK, "found": WARNING},
    "holder_name": {"found": OK, "not_found": WARNING},
    "citizen_number": {"none": OK, "found": WARNING},
    "facts_in_text": {"all": OK, "some": UNDETERMINED},
    "sealed_by": {"issuer": OK, "other": WARNING, "unproven": WARNING, "not_sealed": WARNING},
    "issue_day": {"same": OK, "other": WARNING},
    "topics": {"all": OK, "some": WARNING},
    "outdated_topics": {"found": WARNING},
    "by_rule": {"approved": OK, "drawn": OK},
    "register": {
        "equal": OK,
        "differs": WARNING,
        "ended": ERROR,
        "not_found": ERROR,
        REGISTER_UNREACHABLE: UNDETERMINED,
        NOT_LOOKED: UNDETERMINED,
    },
    "mark_register": {
        "found": OK,
        "other_days": WARNING,
        "other_status": WARNING,
        "not_found": WARNING,
        NOT_LOOKED: UNDETERMINED,
    },
}
REFUSED = (
    ("virus", "found"),
    ("type", "empty"),
    ("type", "other_type"),
    ("encryption", "password_needed"),
    ("opens", "truncated"),
    ("opens", "damaged"),
    ("opens", "unsafe"),
    ("opens", "too_many_pixels"),
    ("pages", "none"),
    ("active_content", "scripts"),
)
"""What returns a version by rule, the weightiest first."""


@dataclass(frozen=True)
class Finding:
    """What one check, in one version of that check, says of one file; `detail` fills the sentence."""

    check: str
    check_version: int
    outcome: Outcome
    reason: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Subject:
    """Whose document it is; the KvK number has 8 digits, or is empty when the organisation has none."""

    kvk_number: str


@dataclass(frozen=True)
class Scanned:
    """The scan of the file, or of a file inside it with that name."""

    scan: Scan
    name: str = ""


def finding(check: str, reason: str, **detail: Any) -> Finding:
    """The finding of a check with a reason that `REASONS` knows."""
    return Finding(check, CHECK_VERSIONS[check], REASONS[check][reason], reason, detail)


def judge(
    inspection: sandbox.Result, scans: Sequence[Scanned] | None, subject: Subject, media_type: str
) -> list[Finding]:
    """All findings of a file, from what `inspection.inspect` told, its scans (None: no scanner) and its named type.

    A check that cannot say anything, because an earlier one failed, gives no finding.
    """
    if inspection.outcome is not sandbox.Outcome.OK:
        reason = "timed_out" if inspection.outcome is sandbox.Outcome.TIMED_OUT else "unsafe"
        opens = finding("opens", reason, outcome=str(inspection.outcome))
        return [judge_scans(scans, are_embedded_scanned=False), opens]
    told = inspection.value
    is_pdf = told["media_type"] == PDF
    embedded = told.get("embedded")
    are_scanned = not is_pdf or (embedded is not None and not embedded["unread"])
    found = [judge_scans(scans, are_embedded_scanned=are_scanned), _type(told, media_type)]
    if found[-1].outcome is ERROR:
        return found
    if told["media_type"] in PICTURES:
        return [*found, *_picture(told, subject)]
    state = told["opening"]["state"] if told["opening"] else "closed"
    if state == "closed":
        return [*found, _opens(told)]
    found += [_encryption(told), _opens(told)]
    if state == "locked":
        return found
    return [
        *found,
        _pages(told),
        _active_content(told),
        _embedded_files(told),
        _signature(told["signatures"]),
        _kvk_number(told, subject),
    ]


def refusal(findings: Sequence[Finding]) -> Finding | None:
    """The finding for which the depot returns the version at once, without a reviewer; the weightiest of several."""
    refused = {(item.check, item.reason): item for item in findings if (item.check, item.reason) in REFUSED}
    return next((refused[key] for key in REFUSED if key in refused), None)


def judge_scans(scans: Sequence[Scanned] | None, *, are_embedded_scanned: bool) -> Finding:
    """Clean only when the file and every file inside it were scanned and are."""
    if scans is None:
        return finding("virus", NOT_SCANNED)
    for item in scans:
        if item.scan.state is State.INFECTED:
            return finding("virus", "found", signature=item.scan.signature, name=item.name)
    for item in scans:
        if item.scan.state is not State.CLEAN:
            return finding("virus", item.scan.reason or "scanner_failed", name=item.name)
    return finding("virus", "clean" if are_embedded_scanned else "embedded_not_scanned")


def _type(told: dict[str, Any], media_type: str) -> Finding:
    if not told["size"]:
        return finding("type", "empty")
    if told["media_type"] != media_type:
        return finding("type", "other_type", named=media_type, found=told["media_type"])
    return finding("type", "as_named", found=media_type)


def _picture(told: dict[str, Any], subject: Subject) -> list[Finding]:
    """A scan has no text to compare: a person reads it. What it says of a place nobody needs (GDPR art. 5(1)(c))."""
    picture = told["picture"]
    if picture is None:
        return [finding("opens", "damaged", errors=[told["errors"].get("picture", "")])]
    size = {"width": picture["width"], "height": picture["height"]}
    if picture["state"] != "whole":
        reason = "too_many_pixels" if picture["state"] == "too_large" else picture["state"]
        return [finding("opens", reason, **size)]
    location = finding("location", "present" if picture["has_location"] else "none")
    number = subject.kvk_number
    known = finding("kvk_number", "no_text", number=number) if number else finding("kvk_number", "not_known")
    return [finding("opens", "whole", **size), location, known]


def _encryption(told: dict[str, Any]) -> Finding:
    if not told["opening"]["is_encrypted"]:
        return finding("encryption", "none")
    return finding("encryption", "password_needed" if told["opening"]["state"] == "locked" else "restricted")


def _opens(told: dict[str, Any]) -> Finding:
    opening, has_end = told["opening"], told["has_end"]
    if not opening:
        return finding("opens", "damaged", errors=[told["errors"].get("opening", "")])
    if opening["state"] == "locked":
        return finding("opens", "locked")
    if opening["state"] == "closed":
        return finding("opens", "damaged" if has_end else "truncated", errors=opening["warnings"])
    if opening["is_damaged"]:
        return finding("opens", "repaired" if has_end else "truncated", errors=opening["warnings"])
    return finding("opens", "whole" if has_end else "data_after_end")


def _pages(told: dict[str, Any]) -> Finding:
    if told["pages"] is None:
        return finding("pages", "unreadable")
    return finding("pages", "counted" if told["pages"] else "none", pages=told["pages"])


def _active_content(told: dict[str, Any]) -> Finding:
    kinds = told["active_content"]
    if kinds is None:
        return finding("active_content", "unreadable")
    if not kinds:
        return finding("active_content", "none")
    return finding("active_content", "scripts" if SCRIPTS & set(kinds) else "actions", kinds=sorted(kinds))


def _embedded_files(told: dict[str, Any]) -> Finding:
    embedded = told["embedded"]
    if embedded is None:
        return finding("embedded_files", "unreadable")
    number = len(embedded["files"]) + embedded["unread"]
    if not number:
        return finding("embedded_files", "none")
    names = [file["name"] for file in embedded["files"][:NAMES]]
    return finding("embedded_files", "present", number=number, names=names, unread=embedded["unread"])


def _signature(told: Signatures) -> Finding:
    """What the signatures together prove; the first one says whose document it is."""
    seal = told.seal
    if seal is None:
        return finding("signature", told.reason)
    return finding(
        "signature",
        told.reason,
        signer=seal.organisation or seal.signer,
        at=seal.at.isoformat() if seal.at else None,
        is_proven=seal.proven_at is not None,
        list=seal.trusted_by,
    )


def _kvk_number(told: dict[str, Any], subject: Subject) -> Finding:
    text = told["text"]
    if not subject.kvk_number:
        return finding("kvk_number", "not_known")
    if text is None:
        return finding("kvk_number", "unreadable")
    if holds_number(text["text"], subject.kvk_number):
        return finding("kvk_number", "found", number=subject.kvk_number)
    if not text["is_whole"]:
        return finding("kvk_number", "text_too_long", number=subject.kvk_number)
    reason = "not_found" if text["text"].strip() else "no_text"
    return finding("kvk_number", reason, number=subject.kvk_number)


def holds_number(text: str, number: str) -> bool:
    """Whether a text holds a number as such, not inside a longer one; digits may be set apart by one character."""
    return re.search(r"(?<!\d)" + r"[\s.\-]?".join(number) + r"(?!\d)", text) is not None
