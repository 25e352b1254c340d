"""Reading one file: its words from its own text or by their looks, in the sandbox and never in the depot itself."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO

import marshmallow as ma

from depot.core import sandbox
from depot.reading import ocr, papers
from depot.reading.layout import Line, Word, lines_of

PDF = "application/pdf"
ENOUGH = 12
"""From how many words a PDF's own text is taken for what stands on it; a scan may hold a stamp in text."""


class Means(StrEnum):
    """How a file was read."""

    TEXT = "text"
    OCR = "ocr"


class Unread(StrEnum):
    """Why nothing was read."""

    NO_OCR = "no_ocr"
    NO_WORDS = "no_words"
    FAILED = "failed"


class UnreadError(Exception):
    """Nothing was read of a file, and why."""

    def __init__(self, why: Unread) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Text:
    """What stands on the first pages of a file, and how that was read."""

    lines: tuple[Line, ...]
    means: Means


class _Words(ma.Schema):
    """What the child tells. It read a hostile file, so that its answer is checked like any other input."""

    pages = ma.fields.Integer(required=True, validate=ma.validate.Range(0, papers.PAGES))
    words = ma.fields.List(
        ma.fields.Tuple(
            (ma.fields.Integer(), *(ma.fields.Float(allow_nan=False) for _edge in range(4)), ma.fields.String())
        ),
        required=True,
    )


class _Dots(ma.Schema):
    """A page as the child draws it."""

    width = ma.fields.Integer(required=True, validate=ma.validate.Range(1, papers.LONGEST))
    height = ma.fields.Integer(required=True, validate=ma.validate.Range(1, papers.LONGEST))
    scale = ma.fields.Float(required=True, allow_nan=False, validate=ma.validate.Range(0, 100, min_inclusive=False))
    dots = ma.fields.String(required=True)


def read(file: BinaryIO, media_type: str) -> Text:
    """The words of a PDF's own text, of a scan by its looks; raises UnreadError, and Unavailable without a sandbox."""
    if media_type != PDF:
        return _by_looks(file, [(papers.picture, None)])
    pages, lines = _own_text(file, seconds=20)
    if sum(len(piece.words) for line in lines for piece in line.pieces) >= ENOUGH:
        return Text(lines, Means.TEXT)
    return _by_looks(file, [(papers.page, number) for number in range(pages)])


def read_text(file: BinaryIO, *, seconds: float = 20) -> Text | None:
    """The words of a PDF's own text if that takes no longer; None when it does, or has too few, or cannot be opened."""
    try:
        _pages, lines = _own_text(file, seconds=seconds)
    except UnreadError:
        return None
    is_enough = sum(len(piece.words) for line in lines for piece in line.pieces) >= ENOUGH
    return Text(lines, Means.TEXT) if is_enough else None


def _own_text(file: BinaryIO, *, seconds: float) -> tuple[int, tuple[Line, ...]]:
    told = _told(_Words(), sandbox.run(papers.words, file, seconds=seconds))
    return told["pages"], lines_of(
        Word(page, left, top, right, bottom, text) for page, left, top, right, bottom, text in told["words"]
    )


def _by_looks(file: BinaryIO, sheets: list[tuple[Callable[[int, Any], Any], Any]]) -> Text:
    if not ocr.is_there():
        raise UnreadError(Unread.NO_OCR)
    words: list[Word] = []
    for number, (draw, argument) in enumerate(sheets):
        told = _told(_Dots(), sandbox.run(draw, file, argument))
        try:
            dots = base64.b64decode(told["dots"], validate=True)
            if len(dots) != told["width"] * told["height"]:
                raise UnreadError(Unread.FAILED)
            words += ocr.words(dots, told["width"], told["height"], page=number, scale=told["scale"])
        except (binascii.Error, ocr.OcrError) as error:
            raise UnreadError(Unread.FAILED) from error
    if not words:
        raise UnreadError(Unread.NO_WORDS)
    return Text(lines_of(words), Means.OCR)


def _told(schema: ma.Schema, result: sandbox.Result) -> dict[str, Any]:
    if result.outcome is not sandbox.Outcome.OK:
        raise UnreadError(Unread.FAILED)
    try:
        return dict(schema.load(result.value))
    except ma.ValidationError as error:
        raise UnreadError(Unread.FAILED) from error
