"""Where the value of a label may stand: behind it, right of it, below it. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from depot.reading.layout import Line, Piece

BELOW = 2.6
"""How far below its label a value stands at most, in heights of the line."""
NEXT = 1.7
"""How far below each other the lines of one paragraph stand at most, in heights."""
CLOSE = 1.4
"""How far below each other the lines of one cell stand at most, in heights."""
ALIKE = 0.1
"""By which part of their height the letters of one cell differ at most."""
COLUMN = 12.0
"""How far the left edges of one column differ at most, in points."""
BLOCK_LINES = 12
SENTENCE = 30
"""From how many characters on words in lower case after a label are a sentence."""

_BULLET = r"^[^\w€(]*(?:(?:\d{1,2}|[a-z])[.)]\s+)?"
_REST = re.compile(r"^(?:\s*\([^)]{0,40}\))?(?P<colon>[\s.…_]*[:=|][\s.…_]*|[\s.…_\-–]*)(?P<rest>.*)$")


class Rank(IntEnum):
    """How sure it is that a value belongs to a label; lower is surer."""

    LABELLED = 0
    WEAKLY_LABELLED = 1
    IN_TEXT = 2
    ANYWHERE = 3


@dataclass(frozen=True)
class Label:
    """One name of a thing: of a field, of a range, or of what is passed over."""

    owner: str
    rank: Rank
    expression: re.Pattern[str]


@dataclass(frozen=True)
class Spot:
    """A text in which the value of `owner` may stand; `snippet` is what a person reads there.

    `block` is the text with the paragraph below it, `wrapped` the text with what plainly is its own next line.
    `columns` are all texts right of the label on its line, `is_one_of_rows` that the label heads a column of
    several values, `is_loose` says that label and value run into each other.
    """

    owner: str
    rank: Rank
    text: str
    snippet: str
    confidence: float
    block: str
    wrapped: str
    columns: tuple[Piece, ...]
    at: Piece
    is_loose: bool = False
    is_one_of_rows: bool = False


def label(owner: str, rank: Rank, text: str) -> Label:
    """A label however its words are joined: "KvK-nummer" is "KVK nummer" too."""
    parts = [re.escape(part) for part in re.findall(r"\w+", text)]
    return Label(owner, rank, re.compile(_BULLET + r"[\s\-–./,'&()]{0,3}".join(parts) + r"(?!\w)", re.IGNORECASE))


def spots(lines: Sequence[Line], labels: Iterable[Label]) -> Iterator[Spot]:
    """Every spot of every label that starts a piece; of labels that fit, the longest has it."""
    known = list(labels)
    owned = [[_owners(piece.text, known) for piece in line.pieces] for line in lines]
    for number, line in enumerate(lines):
        for place in range(len(line.pieces)):
            for found, end in owned[number][place]:
                spot = _spot(lines, owned, number, place, found, end)
                if spot:
                    yield spot


_Owned = list[list[list[tuple[Label, int]]]]


def _owners(text: str, labels: Iterable[Label]) -> list[tuple[Label, int]]:
    matches = [(item, match.end()) for item in labels if (match := item.expression.match(text))]
    matches = [(item, end) for item, end in matches if not _is_sentence(text[end:])]
    longest = max((end for _item, end in matches), default=0)
    return [(item, end) for item, end in matches if end == longest]


def _is_sentence(rest: str) -> bool:
    """Whether a text goes on after a label's words, so that they are no label."""
    return len(rest) > SENTENCE and rest.lstrip()[:1].islower()


def _spot(lines: Sequence[Line], owned: _Owned, number: int, place: int, found: Label, end: int) -> Spot | None:
    piece = lines[number].pieces[place]
    match = _REST.match(piece.text[end:])
    rest, has_colon = (match["rest"].strip(), bool(match["colon"].strip(" -–"))) if match else ("", False)
    if rest:
        block, wrapped = _block(lines, owned, number, piece, rest), _wrapped(lines, owned, number, piece, rest)
        right = lines[number].pieces[place + 1 :]
        return Spot(
            found.owner,
            found.rank,
            rest,
            piece.text,
            piece.confidence,
            block,
            wrapped,
            right,
            piece,
            is_loose=not has_colon,
        )
    for other, row, there in _beside(lines, owned, number, place):
        block = _block(lines, owned, row, other, other.text)
        wrapped = _wrapped(lines, owned, row, other, other.text)
        columns = lines[row].pieces[there:] if row == number else (other,)
        confidence = min(piece.confidence, other.confidence)
        snippet = f"{piece.text} {other.text}"
        return Spot(
            found.owner,
            found.rank,
            other.text,
            snippet,
            confidence,
            block,
            wrapped,
            columns,
            piece,
            is_one_of_rows=row > number and _has_more(lines, owned, row, other),
        )
    return None


def _beside(lines: Sequence[Line], owned: _Owned, number: int, place: int) -> Iterator[tuple[Piece, int, int]]:
    """The piece right of a label, else the one below it; never another label."""
    pieces = lines[number].pieces
    piece = pieces[place]
    if place + 1 < len(pieces) and not owned[number][place + 1]:
        yield pieces[place + 1], number, place + 1
    last = piece
    for row in range(number + 1, min(number + 4, len(lines))):
        for there, other in enumerate(lines[row].pieces):
            if other.page != piece.page or other.top - last.bottom > BELOW * piece.height:
                return
            if other.overlaps(piece) and other.left > piece.left - COLUMN:
                if not owned[row][there]:
                    yield other, row, there
                return


def _has_more(lines: Sequence[Line], owned: _Owned, row: int, first: Piece) -> bool:
    """Whether the row of a table has another one below it."""
    if len(lines[row].pieces) == 1 or row + 1 >= len(lines):
        return False
    below = zip(lines[row + 1].pieces, owned[row + 1], strict=True)
    is_near = lines[row + 1].pieces[0].top - first.bottom <= BELOW * first.height
    return is_near and any(abs(piece.left - first.left) < COLUMN and not labels for piece, labels in below)


def _wrapped(lines: Sequence[Line], owned: _Owned, number: int, first: Piece, text: str) -> str:
    """A text with the line below it, when that stands close below in the same letters and has nothing left of it."""
    if number + 1 >= len(lines):
        return text
    after = lines[number + 1].pieces[0]
    is_close = after.page == first.page and after.middle - first.middle <= CLOSE * first.height
    is_alike = (
        abs(after.height - first.height) < ALIKE * first.height and abs(after.left - first.left) < ALIKE * first.height
    )
    if is_close and is_alike and not owned[number + 1][0] and not after.text.isupper() and ":" not in after.text:
        return f"{text} {after.text}"
    return text


def _block(lines: Sequence[Line], owned: _Owned, number: int, first: Piece, text: str) -> str:
    """A text with the lines below it that go on in its column, up to a gap or a label."""
    parts, last = [text], first
    for row in range(number + 1, min(number + BLOCK_LINES, len(lines))):
        for there, other in enumerate(lines[row].pieces):
            is_next = other.page == last.page and other.middle - last.middle <= NEXT * last.height
            if not is_next or abs(other.left - first.left) > COLUMN:
                continue
            if owned[row][there] or (there and owned[row][there - 1]):
                return " ".join(parts)
            parts.append(other.text)
            last = other
            break
        else:
            return " ".join(parts)
    return " ".join(parts)
