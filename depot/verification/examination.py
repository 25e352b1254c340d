"""The whole automatic look at one file: scan it, read it in the sandbox, scan what is inside, judge. No database."""

import base64
from collections.abc import Iterator
from typing import Any, BinaryIO

from marshmallow import Schema, ValidationError, fields, validate

from depot.core import sandbox
from depot.core.antivirus import Scanner, State
from depot.verification.inspection import inspect
from depot.verification.rules import PDF, SCANNER_UNREACHABLE, Finding, Scanned, Subject, judge, judge_scans

CHUNK = 1 << 20


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


def examine(file: BinaryIO, scanner: Scanner | None, subject: Subject, media_type: str = PDF) -> list[Finding]:
    """All findings of a real file, at its start; of one that is infected, or not scanned for now, the scan's only.

    Raises Unavailable when the sandbox is not there just now.
    """
    scans: list[Scanned] | None = None
    if scanner:
        scans = [Scanned(scanner.scan(_chunks(file)))]
        if scans[0].scan.state is State.INFECTED or scans[0].scan.reason == SCANNER_UNREACHABLE:
            return [judge_scans(scans, are_embedded_scanned=False)]
    result = _checked(sandbox.run(inspect, file))
    if scanner and scans:
        scans += [Scanned(scanner.scan([data]), name) for name, data in _embedded_files(result)]
    return judge(result, scans, subject, media_type)


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
    except (ValidationError, ValueError):
        return sandbox.Result(sandbox.Outcome.CRASHED)
    return sandbox.Result(sandbox.Outcome.OK, told)


def _embedded_files(result: sandbox.Result) -> Iterator[tuple[str, bytes]]:
    if result.outcome is sandbox.Outcome.OK:
        for file in (result.value["embedded"] or {"files": []})["files"]:
            yield file["name"], file["data"]
