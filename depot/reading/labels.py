"""What the papers call things: which pieces of a page are labels, and of what. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from depot.reading.layout import Line, Piece

CLOSE = 1.4
"""How far below each other the lines of one cell stand at most, in heights."""
COLUMN = 12.0
"""How far the left edges of one column differ at most, in points."""
SENTENCE = 30
"""From how many characters on words in lower case after a label are a sentence."""
HEAD, SHORT = 60, 40
"""How long a label that nobody foresaw is at most: before a colon, and without one."""
_COLON = re.compile(r":(?!//)|\?$")
_COVERED = re.compile(r"\s*(?:\([^)]{0,40}\))?[\s.…_]*(?:[:=|?–—]|$|[A-Z0-9€])")
_SENTENCE = re.compile(r"[.?!]\s+\S")
_NO_HEAD = re.compile(
    r"[.,;]$|(?<!\w)(?:dat|de|het|een|en|van|is|zijn|voor|met|om|door|te)$|\S\s+(?:[A-Z][a-z]|&)|@|\d{3}"
)
"""What shows that words without a colon are no label: an end that goes on, and capitals within, as names have."""
_BULLET = re.compile(r"[^\w€(]*(?:(?:\d{1,2}|[a-z])[.)]\s+)?", re.IGNORECASE)
_KEY = re.compile(r"\w{1,2}")
"""By its first letters a label is looked up."""

_NAME = re.compile(r"[A-Z][\w'-]+(?!\s*\d)")


class Rank(IntEnum):
    """How sure it is that a value belongs to a label; lower is surer."""

    LABELLED = 0
    WEAKLY_LABELLED = 1
    HINTED = 2
    IN_TEXT = 3
    ANYWHERE = 4


@dataclass(frozen=True)
class Label:
    """One name of a thing: of a field, of a range, or of what is passed over.

    With the rank HINTED it is an expression for names that nobody foresaw, looked for within a label.
    """

    owner: str
    rank: Rank
    expression: re.Pattern[str]
    key: str = ""


@dataclass(frozen=True)
class Claim:
    """A label in a piece: up to `end` of `text`, which is the piece with the rest of its label from the line below it."""

    label: Label
    text: str
    end: int


@dataclass(frozen=True)
class Claims:
    """The labels on all lines, by line and piece; `hinted` are guessed ones, `taken` the second lines of labels.

    `unknown` are pieces that end in a colon, labels of whatever it may be.
    """

    owned: Sequence[Sequence[Sequence[Claim]]]
    hinted: Sequence[Sequence[Sequence[Claim]]]
    taken: frozenset[tuple[int, int]]
    unknown: frozenset[tuple[int, int]]

    def is_label(self, number: int, place: int) -> bool:
        """Whether a piece is a label or the second line of one, and therefore no value."""
        return bool(self.owned[number][place]) or (number, place) in self.taken or (number, place) in self.unknown


@cache
def label(owner: str, rank: Rank, text: str) -> Label:
    """A label however its words are joined: "KvK-nummer" is "KVK nummer" too."""
    parts = re.findall(r"\w+", text)
    key = _KEY.match(parts[0])
    joined = r"[\s\-–./,'&()]{0,3}".join(re.escape(part) for part in parts)
    return Label(owner, rank, re.compile(joined + r"(?!\w)", re.IGNORECASE), key[0].casefold() if key else "")


def claims(lines: Sequence[Line], labels: Iterable[Label]) -> Claims:
    """Which labels start which pieces; of labels that fit, the longest has it."""
    known: defaultdict[str, list[Label]] = defaultdict(list)
    hints: list[Label] = []
    for item in labels:
        (hints if item.rank is Rank.HINTED else known[item.key]).append(item)
    owned, taken = _owned(lines, known)
    hinted: list[list[list[Claim]]] = []
    for number, line in enumerate(lines):
        free = [(number, place) not in taken and not _covers(owned[number][place]) for place in range(len(line.pieces))]
        hinted.append(
            [_guessed(piece.text, hints) if is_free else [] for piece, is_free in zip(line.pieces, free, strict=True)]
        )
    unknown = {
        (number, place)
        for number, line in enumerate(lines)
        for place, piece in enumerate(line.pieces)
        if piece.text[-1] == ":" and len(piece.text) > 1
    }
    return Claims(owned, hinted, frozenset(taken), frozenset(unknown))


def _owned(
    lines: Sequence[Line], known: dict[str, list[Label]]
) -> tuple[list[list[list[Claim]]], set[tuple[int, int]]]:
    owned: list[list[list[Claim]]] = []
    taken: set[tuple[int, int]] = set()
    for number, line in enumerate(lines):
        owned.append([])
        for place, piece in enumerate(line.pieces):
            found = [] if (number, place) in taken else _fitting(piece.text, known)
            below = _below(lines, number, place) if piece.text[-1:] != ":" else None
            if below is not None and (number, place) not in taken:
                both = f"{piece.text} {lines[number + 1].pieces[below].text}"
                longer = [claim for claim in _fitting(both, known) if claim.end > len(piece.text) + 1]
                if longer:
                    found = longer
                    taken.add((number + 1, below))
            is_value = any(is_full(claim) for claim in _before(lines, owned, number, place)) and _is_name(found)
            owned[-1].append([] if is_value else found)
    return owned, taken


def _before(lines: Sequence[Line], owned: Sequence[Sequence[Sequence[Claim]]], number: int, place: int) -> list[Claim]:
    """The labels left of a piece and right above it."""
    found = list(owned[number][place - 1]) if place else []
    piece = lines[number].pieces[place]
    if number:
        for above, other in enumerate(lines[number - 1].pieces):
            if other.page == piece.page and abs(other.left - piece.left) < COLUMN / 2:
                found += owned[number - 1][above]
    return found


def is_full(claim: Claim) -> bool:
    """Whether a piece is a label and nothing else."""
    return not claim.text[claim.end :].strip(" .:…_")


def _is_name(found: Sequence[Claim]) -> bool:
    """Whether a piece only begins as a label does: "Bureau Voorbeeld" beside "Uitgevoerd door"."""
    rests = [claim.text[claim.end :].strip() for claim in found]
    return any(_NAME.match(rest) and not rest.isupper() and ":" not in rest for rest in rests)


def _below(lines: Sequence[Line], number: int, place: int) -> int | None:
    """Where the second line of a piece may stand: close below it, from the same left edge, in the same letters."""
    if number + 1 >= len(lines) or len(lines[number].pieces) == 1:
        return None
    first = lines[number].pieces[place]
    for there, other in enumerate(lines[number + 1].pieces):
        if _is_next_line(first, other) and abs(other.left - first.left) < COLUMN / 2:
            return there
    return None


def _is_next_line(first: Piece, other: Piece) -> bool:
    """Whether a piece stands right below another one, as the lines of one cell do."""
    return other.page == first.page and 0 < other.middle - first.middle <= CLOSE * first.height


def _fitting(text: str, known: dict[str, list[Label]]) -> list[Claim]:
    bullet = _BULLET.match(text)
    start = bullet.end() if bullet else 0
    key = _KEY.match(text, start)
    items = known.get(key[0].casefold(), ()) if key else ()
    matches = [(item, match.end()) for item in items if (match := item.expression.match(text, start))]
    matches = [(item, end) for item, end in matches if not _is_sentence(text[end:])]
    longest = max((end for _item, end in matches), default=0)
    return [Claim(item, text, end) for item, end in matches if end == longest]


def _is_sentence(rest: str) -> bool:
    """Whether a text goes on after a label's words, so that they are no label."""
    return len(rest) > SENTENCE and rest.lstrip()[:1].islower()


def _covers(found: Sequence[Claim]) -> bool:
    """Whether a known label is all that a piece has before its value; "Verzekerd bedrag per jaar" is more than the half of it."""
    return any(_COVERED.match(claim.text[claim.end :]) for claim in found)


def _guessed(text: str, hints: Iterable[Label]) -> list[Claim]:
    """Labels by a word in them: of what stands before a colon, or of a few words that are no sentence and no name."""
    colon = _COLON.search(text)
    head = text[: colon.start()] if colon else text
    is_sentence = bool(_SENTENCE.search(head)) or (not colon and bool(_NO_HEAD.search(head)))
    if is_sentence or len(head) > (HEAD if colon else SHORT):
        return []
    return [Claim(item, text, len(head)) for item in hints if item.expression.search(head)]
