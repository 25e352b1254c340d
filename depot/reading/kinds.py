"""Which kind of document a paper is, by its title and the words it uses. Pure."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from depot.catalogue.rules import Kind
from depot.reading.definitions import Rules, rules_of
from depot.reading.layout import Line

TITLE, MENTION, WORD = 8, 3, 1
LARGE = 1.25
"""How much larger than most lines a title is."""
FIRST_LINES = 6
ENOUGH = 6
LEAD = 1.4
"""By how much the best kind leads the next to be certain."""


@dataclass(frozen=True)
class Guess:
    """A kind and its score; `is_certain` says that it is likely and no other one comes near."""

    kind: str
    score: int
    is_certain: bool


def guesses(kinds: Iterable[Kind], lines: Sequence[Line]) -> list[Guess]:
    """The kinds of which anything is found, the likeliest first."""
    text = "\n".join(line.text for line in lines)
    headings = "\n".join(_headings(lines))
    scores = sorted(
        ((_score(rules_of(kind.code), headings, text), kind.code) for kind in kinds), key=lambda item: -item[0]
    )
    second = scores[1][0] if len(scores) > 1 else 0
    return [
        Guess(code, score, place == 0 and score >= ENOUGH and score >= LEAD * second)
        for place, (score, code) in enumerate(scores)
        if score
    ]


def _headings(lines: Sequence[Line]) -> list[str]:
    """The first lines, and those of the first page that are larger than most."""
    first = [line for line in lines if line.pieces[0].page == lines[0].pieces[0].page]
    usual = statistics.median(line.pieces[0].height for line in first) if first else 0
    return [
        line.text for place, line in enumerate(first) if place < FIRST_LINES or line.pieces[0].height > LARGE * usual
    ]


def _score(rules: Rules, headings: str, text: str) -> int:
    titles = [title for title in rules.titles if title.search(text)]
    named = sum(TITLE for title in titles if title.search(headings))
    return min(named, 2 * TITLE) + MENTION * len(titles) + WORD * sum(bool(word.search(text)) for word in rules.words)
