"""How words stand on a page: put together to pieces that belong together, and to lines. Pure.

Lengths are in points from the page's left and top.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

_BETWEEN_LEADERS = re.compile(r"(?:(?![.…_·]{3}).)+")
_BARS = {"|", "•", "·"}
LABEL_WORDS = 5
"""How many words a label behind another value on its line has at most."""
_LABEL = re.compile(r"[A-Z][\w-]*(?: [\w()/-]+){0,4}:(?!//)")
_DATE_LINE = re.compile(r"[A-Z][\w' -]+, \d{1,2}[ -]\w+[ -]\d{4}$")
"""Where and when a letter was written: a line of its own."""
_LEADERS = "._…·"
GAP = 0.8
"""How far apart words of one piece are at most, in heights of the line."""
PITCH = 1.8
"""How far apart the lines of one paragraph are at most, in heights."""
FULL = 0.6
"""From which part of the page's width a line is full; with wide gaps in it, as justified text has, it must be JUSTIFIED."""
JUSTIFIED = 0.97
COLUMN = 6.0
"""How far the left edges of one column differ at most, in points."""
NARROW = 0.8
"""From which part of a narrow column's width a line is full."""
JUSTIFIED_TEXT = 60
"""From how many characters on a line with wide gaps may be justified text and not a row of cells."""
ALIKE = 0.3
"""By which part of their height the letters of one paragraph differ at most."""
SENTENCE = 30
"""From how many characters on a line without a point at its end may be in the middle of a sentence."""
SAME_LINE = 0.45
"""How much of its height a word may stand above or below others of its line."""


@dataclass(frozen=True)
class Box:
    """Where something stands."""

    page: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Halfway from top to bottom."""
        return (self.top + self.bottom) / 2

    def overlaps(self, other: "Box") -> bool:
        """Whether one stands above the other, wholly or in part."""
        return self.left < other.right and other.left < self.right


@dataclass(frozen=True)
class Word(Box):
    """One word; `confidence` from 0 to 1 is less than 1 when it was recognised from a picture."""

    text: str
    confidence: float = 1.0


@dataclass(frozen=True)
class Piece(Box):
    """Words that stand together on a line, as a cell of a table does."""

    words: tuple[Word, ...]

    @cached_property
    def text(self) -> str:
        """The words with spaces between them."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """That of its least certain word."""
        return min(word.confidence for word in self.words)


@dataclass(frozen=True)
class Line:
    """Pieces at one height, from left to right."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The pieces with two spaces between them, so that no word runs into the next column."""
        return "  ".join(piece.text for piece in self.pieces)


def paragraphs(lines: Sequence[Line]) -> Iterator[str]:
    """The texts of the lines; one that is full runs on in the line below it, as in a letter."""
    full: defaultdict[int, float] = defaultdict(float)
    column: defaultdict[tuple[int, int], float] = defaultdict(float)
    for line in lines:
        first, last = line.pieces[0], line.pieces[-1]
        full[first.page] = max(full[first.page], last.right)
        column[_edge(first)] = max(column[_edge(first)], first.right if len(line.pieces) == 1 else 0)
    parts: list[str] = []
    for place, line in enumerate(lines):
        parts.append(line.text)
        after = lines[place + 1] if place + 1 < len(lines) else None
        if (
            after is None
            or _DATE_LINE.match(after.text)
            or not (_runs_on(line, after, full[line.pieces[0].page]) or _is_full_in_column(line, after, column))
        ):
            yield " ".join(parts)
            parts = []


def _runs_on(line: Line, after: Line, full: float) -> bool:
    first, next_one = line.pieces[0], after.pieces[0]
    is_below = first.page == next_one.page and next_one.middle - first.middle <= PITCH * first.height
    is_below = is_below and abs(first.height - next_one.height) < ALIKE * first.height
    right = line.pieces[-1].right
    if is_below and len(line.pieces) == len(after.pieces) == 1 and _is_amid_sentence(line.text, after.text):
        return abs(first.left - next_one.left) < first.height
    is_full = (
        right > FULL * full
        if len(line.pieces) == len(after.pieces) == 1
        else right > JUSTIFIED * full and len(line.text) > JUSTIFIED_TEXT
    )
    return is_below and is_full and abs(first.left - next_one.left) < first.height


def _edge(piece: Piece) -> tuple[int, int]:
    return piece.page, round(piece.left / COLUMN)


def _is_full_in_column(line: Line, after: Line, column: Mapping[tuple[int, int], float]) -> bool:
    """Whether a line of a narrow column goes on below: it is as wide as that, and no list of labels and values."""
    first, next_one = line.pieces[0], after.pieces[0]
    is_below = first.page == next_one.page and next_one.middle - first.middle <= PITCH * first.height
    is_wide = first.right - first.left > NARROW * (column[_edge(first)] - first.left)
    is_prose = len(line.pieces) == 1 and len(first.text) > SENTENCE and ":" not in first.text + next_one.text
    return is_below and is_wide and is_prose and _edge(first) == _edge(next_one)


def _is_amid_sentence(text: str, after: str) -> bool:
    return len(text) > SENTENCE and text[-1] not in ".:;?!" and after[:1].islower()


def parted(line: Line) -> Line:
    """A line with a piece for each label with a colon: "Hoedanigheid: adviseur. Gebied: Nederland" is two."""
    return Line(tuple(part for piece in line.pieces for part in _parts(piece)))


def _parts(piece: Piece) -> Iterator[Piece]:
    starts = [0]
    for number in range(1, len(piece.words)):
        before, after = piece.words[number - 1].text, piece.words[number : number + LABEL_WORDS]
        is_end = before[-1] in ".;" and _LABEL.match(" ".join(word.text for word in after))
        if before in _BARS or is_end:
            starts.append(number)
    if len(starts) == 1:
        yield piece
        return
    for start, end in pairwise([*starts, len(piece.words)]):
        words = piece.words[start:end]
        yield Piece(piece.page, words[0].left, piece.top, words[-1].right, piece.bottom, words)


def lines_of(words: Iterable[Word]) -> tuple[Line, ...]:
    """The lines of all pages, from top to bottom; words without a visible character are left out."""
    rows: list[list[Word]] = []
    clean = (part for word in words for part in _clean(word))
    for word in sorted(clean, key=lambda word: (word.page, word.middle)):
        if rows and _is_beside(word, rows[-1]):
            rows[-1].append(word)
        else:
            rows.append([word])
    return tuple(Line(_pieces(sorted(row, key=lambda word: word.left))) for row in rows)


def _clean(word: Word) -> Iterator[Word]:
    """The word in one spelling, without control characters and without those that turn the direction of writing.

    Dots that lead the eye from a label to its value part them.
    """
    text = unicodedata.normalize("NFKC", word.text).replace("\u2011", "-")
    text = "".join(sign for sign in text if unicodedata.category(sign)[0] not in "CZ")
    step = (word.right - word.left) / max(len(text), 1)
    for match in _BETWEEN_LEADERS.finditer(text):
        part = match[0] if match.start() == 0 else match[0].lstrip(_LEADERS)
        if part.strip(_LEADERS):
            left, right = word.left + step * (match.end() - len(part)), word.left + step * match.end()
            yield Word(word.page, left, word.top, right, word.bottom, part, word.confidence)


def _is_beside(word: Word, row: Sequence[Word]) -> bool:
    last = row[-1]
    return word.page == last.page and abs(word.middle - last.middle) <= SAME_LINE * min(word.height, last.height)


def _pieces(row: Sequence[Word]) -> tuple[Piece, ...]:
    found: list[list[Word]] = [[row[0]]]
    for word in row[1:]:
        before = found[-1][-1]
        is_apart = word.left - before.right > GAP * max(word.height, before.height)
        if is_apart:
            found.append([word])
        else:
            found[-1].append(word)
    return tuple(_piece(group) for group in found)


def _piece(words: Sequence[Word]) -> Piece:
    first = words[0]
    return Piece(
        first.page,
        first.left,
        min(word.top for word in words),
        max(word.right for word in words),
        max(word.bottom for word in words),
        tuple(words),
    )
