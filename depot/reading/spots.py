"""Where the value of a label may stand: behind it, right of it, below it, above it. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from depot.catalogue.rules import FieldType
from depot.reading.labels import CLOSE, COLUMN, Claim, Claims, Label, Rank, claims, is_full
from depot.reading.layout import Line, Piece, parted
from depot.reading.values import values

BELOW = 2.6
"""How far below its label a value stands at most, in heights of the line."""
NEXT = 1.7
"""How far below each other the lines of one paragraph stand at most, in heights."""
ALIKE = 0.2
"""By which part of their height the letters of one cell differ at most."""
LARGER = 1.15
"""From how many times the height of a label letters are larger."""
TILE = 1.3
"""From how many times the height of its label a value that stands above it is so large that it is no line of its own."""
BLOCK_LINES = 12
TWO = 2
TAIL = 32
"""How long the words are at most that follow a known label and are still a part of it."""

_REST = re.compile(
    r"^(?:\s*\([^)]{0,40}\))?(?:\s*/\s*[^:\d]{2,40}(?=:))?"
    r"(?P<colon>[\s.…_]*[:=|?][\s.…_]*|[\s.…_\-–—]*)(?P<rest>.*)$"
)
_TAIL = re.compile(rf"(?:[^:€]{{1,{TAIL}}}?[:?]\s*(?P<rest>.*)|[^:\d€]{{1,{TAIL}}})$")
_GOES_ON = {",", "&", "-", "/"}
_ADDRESS = re.compile(r"^(?:\d{1,2}|[a-z])[.)] |^[•–-] |(?:\d\w{0,3}|\d{4} ?[A-Z]{2} .*|^[Pp]ostbus.*)$")


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


@dataclass(frozen=True)
class _Page:
    lines: Sequence[Line]
    claims: Claims


@dataclass(frozen=True)
class _Place:
    """Where a value stands: the piece, its line, and its place on that."""

    piece: Piece
    row: int
    column: int


def spots(lines: Sequence[Line], labels: Iterable[Label]) -> Iterator[Spot]:
    """Every spot of every label that starts a piece, the likeliest spot of a label first."""
    lines = [parted(line) for line in lines]
    page = _Page(lines, claims(lines, labels))
    for number, line in enumerate(lines):
        for place, piece in enumerate(line.pieces):
            here = _Place(piece, number, place)
            for claim in page.claims.owned[number][place]:
                yield from _of_known(page, here, claim)
            for claim in page.claims.hinted[number][place]:
                yield from _of_guessed(page, here, claim)


def _of_known(page: _Page, here: _Place, claim: Claim) -> Iterator[Spot]:
    match = _REST.match(claim.text[claim.end :])
    rest, sign = (match["rest"].strip(), match["colon"].strip()) if match else ("", "")
    if not rest:
        yield from _around(page, here, claim, claim.label.rank)
        return
    has_colon = bool(sign.strip("-–—"))
    is_loose = not has_colon and sign not in {"–", "—"}
    is_amid_text = is_loose and claim.text[:1].islower()
    surest = Rank.LABELLED if has_colon else Rank.ANYWHERE if is_amid_text else Rank.WEAKLY_LABELLED
    tail = None if has_colon else _TAIL.match(rest)
    if tail is None or not rest.endswith(":"):
        yield _behind(page, here, claim, rest, max(claim.label.rank, surest), is_loose=is_loose)
    if tail and tail["rest"]:
        yield _behind(page, here, claim, tail["rest"].strip(), Rank.HINTED, is_loose=False)
    elif tail:
        yield from _around(page, here, claim, Rank.HINTED)


def _of_guessed(page: _Page, here: _Place, claim: Claim) -> Iterator[Spot]:
    rest = claim.text[claim.end :].lstrip(":? .…_").strip()
    if rest:
        yield _behind(page, here, claim, rest, Rank.HINTED, is_loose=False)
    else:
        yield from _around(page, here, claim, Rank.HINTED)


def _behind(page: _Page, here: _Place, claim: Claim, rest: str, rank: Rank, *, is_loose: bool) -> Spot:
    return Spot(
        claim.label.owner,
        rank,
        rest,
        claim.text,
        here.piece.confidence,
        _block(page, here, rest),
        _wrapped(page, here, rest, is_behind=rest[-1:] not in _GOES_ON),
        page.lines[here.row].pieces[here.column + 1 :],
        here.piece,
        is_loose=is_loose,
    )


def _around(page: _Page, here: _Place, claim: Claim, rank: Rank) -> Iterator[Spot]:
    for found, there in enumerate(_places(page, here)):
        is_beside = there.row == here.row
        surest = Rank.WEAKLY_LABELLED if there.row < here.row else Rank.LABELLED
        text = there.piece.text.lstrip(" :=|")
        yield Spot(
            claim.label.owner,
            max(rank, Rank.HINTED if found else surest),
            text,
            f"{claim.text} {there.piece.text}",
            min(here.piece.confidence, there.piece.confidence),
            _block(page, there, text, is_cell=is_beside),
            _wrapped(page, there, text),
            page.lines[there.row].pieces[there.column :] if is_beside else (there.piece,),
            here.piece,
            is_one_of_rows=there.row > here.row and _has_more(page, here, there),
        )


def _places(page: _Page, here: _Place) -> Iterator[_Place]:
    """Where the value of a label may stand, the likeliest place first; never another label."""
    right, below, above = _right(page, here), _below(page, here), _above(page, here)
    if right and below and _is_heading(page, here.row):
        right = None
    small = here.piece.height * LARGER
    is_head = right is None or right.piece.height < small
    is_tile = not here.piece.text.endswith(":") and (right is None or _above(page, right) is not None)
    order: tuple[_Place | None, ...]
    if above and is_tile and (below is None or below.piece.top - here.piece.bottom > here.piece.height):
        order = (above, right, below)
    elif right and below and is_head and below.piece.height > small:
        order = (below, right, None)
    else:
        order = (right, below, None)
    yield from (place for place in order if place is not None)


def _right(page: _Page, here: _Place) -> _Place | None:
    pieces, there = page.lines[here.row].pieces, here.column + 1
    if there < len(pieces) and not page.claims.is_label(here.row, there):
        return _Place(pieces[there], here.row, there)
    return None


def _below(page: _Page, here: _Place) -> _Place | None:
    last = here.piece
    for row in range(here.row + 1, min(here.row + 4, len(page.lines))):
        for column, other in enumerate(page.lines[row].pieces):
            if other.page != last.page or other.top - last.bottom > BELOW * last.height:
                return None
            if other.overlaps(here.piece) and other.left > here.piece.left - COLUMN:
                if (row, column) in page.claims.taken:
                    last = other
                    break
                found = _Place(other, row, column)
                return None if page.claims.is_label(row, column) else _latest(page, found)
    return None


def _is_heading(page: _Page, row: int) -> bool:
    """Whether a line is the head of a table: two labels stand beside each other on it."""
    full = [any(map(is_full, claims)) for claims in page.claims.owned[row]]
    return len(full) > TWO and any(pair == (True, True) for pair in pairwise(full))


def _latest(page: _Page, first: _Place) -> _Place:
    """Of the rows of a table the one with the latest day, as a history of versions has; else the first."""
    rows, last = [first], first
    for row in range(first.row + 1, len(page.lines)):
        line = page.lines[row]
        is_near = line.pieces[0].top - last.piece.bottom <= BELOW * last.piece.height
        column = next((n for n, piece in enumerate(line.pieces) if abs(piece.left - first.piece.left) < COLUMN), None)
        if column is None or not is_near or len(line.pieces) == 1 or page.claims.is_label(row, column):
            break
        last = _Place(line.pieces[column], row, column)
        rows.append(last)
    days = [
        max((day.written for day in values(FieldType.DAY, page.lines[place.row].text)), default="") for place in rows
    ]
    is_history = len(rows) > 1 and all(days) and len(set(days)) > 1
    return rows[days.index(max(days))] if is_history else first


def _above(page: _Page, here: _Place) -> _Place | None:
    """The value that stands above its name in far larger letters, as on a tile."""
    if not here.row:
        return None
    for column, other in enumerate(page.lines[here.row - 1].pieces):
        is_near = other.page == here.piece.page and here.piece.top - other.bottom <= here.piece.height
        is_tile = other.height > TILE * here.piece.height and other.overlaps(here.piece)
        if is_near and is_tile and not page.claims.is_label(here.row - 1, column):
            return _Place(other, here.row - 1, column)
    return None


def _has_more(page: _Page, here: _Place, there: _Place) -> bool:
    """Whether the row of a table has others above or below it."""
    row, first = there.row, there.piece
    if len(page.lines[row].pieces) == 1:
        return False
    if there.row - here.row > 1 or row + 1 >= len(page.lines):
        return there.row - here.row > 1
    below = page.lines[row + 1].pieces
    is_near = below[0].top - first.bottom <= BELOW * first.height
    return is_near and any(
        abs(piece.left - first.left) < COLUMN and not page.claims.is_label(row + 1, column)
        for column, piece in enumerate(below)
    )


def _wrapped(page: _Page, there: _Place, text: str, *, is_behind: bool = False) -> str:
    """A text with the line below it, when that stands close below in the same letters, alone, and is no address."""
    first, row = there.piece, there.row + 1
    if row >= len(page.lines):
        return text
    column = next(
        (number for number in range(len(page.lines[row].pieces)) if (row, number) not in page.claims.taken), 0
    )
    after = page.lines[row].pieces[column]
    pitch = (after.middle - first.middle) / first.height
    is_close = after.page == first.page and 0 < pitch <= (NEXT if there.column else CLOSE)
    is_alike = (
        abs(after.height - first.height) < ALIKE * first.height and abs(after.left - first.left) < first.height / 4
    )
    is_words = not after.text.isupper() and ":" not in after.text and not _ADDRESS.search(after.text)
    if not after.text[0].islower() and (is_behind or (after.text[-1] == "." and len(after.text) > TAIL)):
        return text
    if is_close and is_alike and is_words and not page.claims.is_label(row, column):
        return f"{text} {after.text}"
    return text


def _is_beside_label(page: _Page, row: int, column: int) -> bool:
    return column > 0 and page.claims.is_label(row, column - 1) and (row, column - 1) not in page.claims.taken


def _block(page: _Page, there: _Place, text: str, *, is_cell: bool = False) -> str:
    """A text with the lines below it that go on in its column, up to a gap, a label, or the next row of cells."""
    parts, first, last = [text], there.piece, there.piece
    for row in range(there.row + 1, min(there.row + BLOCK_LINES, len(page.lines))):
        for column, other in enumerate(page.lines[row].pieces):
            is_next = other.page == last.page and other.middle - last.middle <= NEXT * last.height
            if not is_next or abs(other.left - first.left) > COLUMN:
                continue
            is_next_row = is_cell and column > 0 and (row, column - 1) not in page.claims.taken
            if page.claims.is_label(row, column) or is_next_row or _is_beside_label(page, row, column):
                return " ".join(parts)
            parts.append(other.text)
            last = other
            break
        else:
            return " ".join(parts)
    return " ".join(parts)
