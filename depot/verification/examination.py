"""The whole automatic look at one file: scan it, read it in the sandbox, scan what is inside, judge. No database."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from marshmallow import Schema, ValidationError, fields, post_load, validate

from depot.core import clock, sandbox
from depot.core.antivirus import Scanner, State
from depot.verification.inspection import inspect
from depot.verification.rules import PDF, SCANNER_UNREACHABLE, Finding, Scanned, Subject, judge, judge_scans
from depot.verification.seals import Signature, Signatures
from depot.verification.signatures import Anchors

CHUNK = 1 << 20
UNREAD = Signatures(problem="unread")


class Opening(Schema):
    """What the child tells of opening the file."""

    state = fields.String(required=True, validate=validate.OneOf(["opened", "locked", "closed"]))
    is_encrypted = fields.Boolean(required=True)
    is_damaged = fields.Boolean(required=True)
    warnings = fields.List(fields.String(), required=True)


class EmbeddedFile(Schema):
    """A file inside the file."""

    name = fields.String(required=True)
    size = fields.Integer(required=True)
    data = fields.String(required=True)


class Embedded(Schema):
    """The files inside the file."""

    files = fields.List(fields.Nested(EmbeddedFile), required=True)
    unread = fields.Integer(required=True)


class DocumentText(Schema):
    """The text of the first pages."""

    text = fields.String(required=True)
    is_whole = fields.Boolean(required=True)


class SignatureTold(Schema):
    """One signature or document timestamp."""

    is_timestamp = fields.Boolean(required=True)
    signer = fields.String(required=True)
    organisation = fields.String(required=True)
    claimed_at = fields.AwareDateTime(required=True, allow_none=True)
    proven_at = fields.AwareDateTime(required=True, allow_none=True)
    state = fields.String(
        required=True, validate=validate.OneOf(["whole", "extended", "followed", "changed", "broken", "unread"])
    )
    trusted_by = fields.String(required=True)
    chain = fields.String(required=True, validate=validate.OneOf(["trusted", "unknown", "expired", "revoked"]))
    is_revocation_known = fields.Boolean(required=True)
    problem = fields.String(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Signature:
        """The signature."""
        return Signature(**data)


class SignaturesTold(Schema):
    """All of them."""

    signatures = fields.List(fields.Nested(SignatureTold), required=True)
    problem = fields.String(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Signatures:
        """The signatures together."""
        return Signatures(tuple(data["signatures"]), data["problem"])


class Picture(Schema):
    """What the child tells of a scan."""

    state = fields.String(required=True, validate=validate.OneOf(["whole", "too_large", "truncated", "damaged"]))
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    has_location = fields.Boolean(required=True)


class Inspection(Schema):
    """All that the child tells. It read a hostile file, so that its answer is checked like any other input."""

    size = fields.Integer(required=True)
    media_type = fields.String(required=True)
    has_end = fields.Boolean(required=True)
    errors = fields.Dict(fields.String(), fields.String(), required=True)
    opening = fields.Nested(Opening, allow_none=True, load_default=None)
    pages = fields.Integer(allow_none=True, load_default=None)
    active_content = fields.Dict(fields.String(), fields.Integer(), allow_none=True, load_default=None)
    embedded = fields.Nested(Embedded, allow_none=True, load_default=None)
    text = fields.Nested(DocumentText, allow_none=True, load_default=None)
    picture = fields.Nested(Picture, allow_none=True, load_default=None)
    signatures = fields.Nested(SignaturesTold, allow_none=True, load_default=None)


@dataclass(frozen=True)
class Examined:
    """What came out of looking at a file: its findings, its text and signatures as far as they could be read.

    `peak` is the most memory that reading it took, in bytes; 0 when nobody could tell.
    """

    findings: list[Finding]
    text: str = ""
    signatures: Signatures = field(default_factory=Signatures)
    peak: int = 0


def examine(
    file: BinaryIO, scanner: Scanner | None, subject: Subject, media_type: str = PDF, anchors: Anchors | None = None
) -> Examined:
    """Look at a real file, at its start; of one that is infected, or not scanned for now, the scan alone is told.

    Seals are judged by these anchors. Raises Unavailable when the sandbox is not there just now.
    """
    scans: list[Scanned] | None = None
    if scanner:
        scans = [Scanned(scanner.scan(_chunks(file)))]
        if scans[0].scan.state is State.INFECTED or scans[0].scan.reason == SCANNER_UNREACHABLE:
            return Examined([judge_scans(scans, are_embedded_scanned=False)])
    question = {"anchors": anchors or {}, "moment": clock.now().isoformat()}
    result = _checked(sandbox.run(inspect, file, question))
    if scanner and scans:
        scans += [Scanned(scanner.scan([data]), name) for name, data in _embedded_files(result)]
    findings = judge(result, scans, subject, media_type)
    if result.outcome is not sandbox.Outcome.OK:
        return Examined(findings, signatures=UNREAD, peak=result.peak)
    text = (result.value["text"] or {"text": ""})["text"]
    return Examined(findings, text, result.value["signatures"], result.peak)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while data := file.read(CHUNK):
        yield data


def _checked(result: sandbox.Result) -> sandbox.Result:
    if result.outcome is not sandbox.Outcome.OK:
        return result
    try:
        told: dict[str, Any] = Inspection().load(result.value)
        for file in (told["embedded"] or {"files": []})["files"]:
            file["data"] = base64.b64decode(file["data"], validate=True)
        told["signatures"] = told["signatures"] or (UNREAD if "signatures" in told["errors"] else Signatures())
    except (ValidationError, ValueError):
        return replace(result, outcome=sandbox.Outcome.CRASHED, value=None)
    return replace(result, value=told)


def _embedded_files(result: sandbox.Result) -> Iterator[tuple[str, bytes]]:
    if result.outcome is sandbox.Outcome.OK:
        for file in (result.value["embedded"] or {"files": []})["files"]:
            yield file["name"], file["data"]
