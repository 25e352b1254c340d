"""How much of a paper is read right, on layouts that were made by somebody who has not seen the reading rules."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from depot.catalogue import service as catalogue
from depot.core import clock
from depot.reading import kinds, reader
from depot.reading.proposals import Proposal, propose
from tests.bench.figures import Figure
from tests.layouts.sheets import Layout
from tests.layouts.unseen.every import layouts


@dataclass(frozen=True)
class Told:
    """What became of one field of one paper: `is_asked` when the paper says it, whatever was proposed."""

    kind: str
    field: str
    is_asked: bool
    is_right: bool
    is_doubted: bool
    is_silently_wrong: bool


def measure() -> Iterator[Figure]:
    """Read every paper as of its own kind, and see how many kinds would have been guessed."""
    told, guessed = read_all()
    asked = sum(item.is_asked for item in told)
    doubted = sum(item.is_doubted for item in told)
    said = f"{asked} fields, {doubted / asked:.0%} doubted, {guessed:.0%} of the kinds guessed right"
    yield Figure("reading.right_share", sum(item.is_right for item in told) / asked, said)
    yield Figure("reading.silently_wrong_share", sum(item.is_silently_wrong for item in told) / asked, said)


def read_all() -> tuple[list[Told], float]:
    """Every field of every paper, and the share of papers of which the kind was guessed right."""
    known = catalogue.load(catalogue.FOLDER).kinds
    told: list[Told] = []
    hits: list[bool] = []
    for layout in layouts():
        with tempfile.TemporaryFile() as file:
            file.write(layout.pdf)
            file.flush()
            lines = reader.read(file, reader.PDF).lines
        found = {item.field: item for item in propose(known[layout.kind], lines, today=clock.today())}
        told += [_told(layout, name, found.get(name)) for name in {**layout.facts, **found}]
        hits.append(next((guess.kind for guess in kinds.guesses(known.values(), lines)), "") == layout.kind)
    return told, sum(hits) / len(hits)


def _told(layout: Layout, name: str, found: Proposal | None) -> Told:
    is_right = found is not None and name in layout.facts and _bare(found.value) == _bare(layout.facts[name])
    is_doubted = found is not None and found.is_doubtful
    is_wrong = found is not None and not is_right and not is_doubted
    return Told(layout.kind, name, name in layout.facts, is_right, is_doubted, is_wrong)


def _bare(value: Any) -> str:
    """A value without what does not make another one of it: case, spaces, order of codes, zeros at the end."""
    if isinstance(value, list):
        return " ".join(sorted(map(str, value)))
    text = " ".join(str(value).casefold().split()).rstrip(".")
    try:
        return f"{Decimal(text).normalize():f}"
    except InvalidOperation:
        return text
