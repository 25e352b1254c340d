"""Reference codes: how they are written and read, and what they tell on a day. Pure: text, facts and moments in, answers out.

A code is seven random characters and a check character, by the pure system of ISO/IEC 7064 with modulus 31 and radix 3. As
31 is prime, one wrong character and two that changed places are always noticed.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from unicodedata import normalize

from depot.catalogue.rules import Kind, Status, dates, validity
from depot.tenders.evidence import DocumentFacts, Evidence, Moment, evidence_at

ALPHABET = "0123456789ABCDEFGHJKMNPRSTVWXYZ"
"""As many characters as the modulus; none that people take for another of them."""
RANDOM_LENGTH = 7
LENGTH = RANDOM_LENGTH + 1
HALF = LENGTH // 2
RADIX = 3
LOOK_ALIKES = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "U": "V"})
LINES = 200
"""How many codes are looked up at once."""

_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212._]+")
_HEADINGS = frozenset({"code", "codes", "verwijzing", "verwijzingen", "verwijzingscode"})
_DELIMITERS = ";,\t"


def complete(random: str) -> str:
    """Random characters of the alphabet with their check character behind them."""
    total = _weighed(random) * RADIX
    return random + ALPHABET[(1 - total) % len(ALPHABET)]


def _weighed(text: str) -> int:
    total = 0
    for character in text:
        total = (total * RADIX + ALPHABET.index(character)) % len(ALPHABET)
    return total


def shown(code: str) -> str:
    """A code as people read it: in two halves."""
    return f"{code[:HALF]}-{code[HALF:]}"


def read(typed: str) -> str | None:
    """The code that somebody typed, read aloud or pasted as a link; None when it cannot be one.

    Capitals, spaces and dashes do not matter, and a character that is not used stands for the one it looks like.
    """
    last = normalize("NFKC", typed).strip().rstrip("/").rpartition("/")[2]
    text = _BETWEEN.sub("", last).upper().translate(LOOK_ALIKES)
    if len(text) != LENGTH or not set(text) <= set(ALPHABET):
        return None
    return text if _weighed(text) == 1 else None


@dataclass(frozen=True)
class Line:
    """One line of a pasted list or a CSV file, by its number from 1; `code` is None when none can be read in it."""

    number: int
    text: str
    code: str | None


def lines(text: str) -> list[Line]:
    """The lines that ask for a code, without empty ones and without the heading of a column."""
    found: list[Line] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        cells = [cell.strip() for cell in _cells(line) if cell.strip()]
        codes = [code for code in map(read, cells) if code]
        if not cells or (not found and not codes and {cell.casefold() for cell in cells} & _HEADINGS):
            continue
        visible = "".join(character if character.isprintable() else " " for character in line)
        found.append(Line(number, visible.strip()[:100], codes[0] if codes else None))
    return found


def _cells(line: str) -> list[str]:
    delimiter = max(_DELIMITERS, key=line.count)
    return next(iter(csv.reader([line], delimiter=delimiter)), [])


@dataclass(frozen=True)
class Standing:
    """How a kind of document stands on a day, without what the documents say: `count` were approved and not withdrawn.

    `dated_on` and `valid_until` are the day of issue (or as of which, or of a period's end) and the last valid day of the one
    that stands best.
    """

    status: Status
    count: int = 0
    dated_on: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True)
class Change:
    """That a kind stood otherwise before."""

    kind: str
    before: Standing
    after: Standing


_BEST = (
    Status.VALID,
    Status.EXPIRING,
    Status.NOT_YET_VALID,
    Status.UNDETERMINED,
    Status.EXPIRED,
    Status.MISSING,
)


def standings(
    kinds: Sequence[Kind], documents: Sequence[DocumentFacts], moment: Moment, *, expiring_days: int
) -> dict[str, Standing]:
    """By kind how it stands at a moment; only what was approved counts."""
    return {
        kind.code: _standing(kind, [row for row in documents if row.kind == kind.code], moment, expiring_days)
        for kind in kinds
    }


def _standing(kind: Kind, documents: Sequence[DocumentFacts], moment: Moment, expiring_days: int) -> Standing:
    counting = [found for row in documents if isinstance(found := evidence_at(row, kind, moment), Evidence)]
    each = []
    for evidence in counting:
        status = validity(kind, evidence.facts, moment.day, expiring_days=expiring_days)
        known = dates(kind, evidence.facts)
        each.append(Standing(status, len(counting), known.issued_on, known.valid_until))
    return min(each, key=_preference, default=Standing(Status.MISSING))


def _preference(each: Standing) -> tuple[int, int, int]:
    until = (each.valid_until or date.max).toordinal()
    dated = (each.dated_on or date.min).toordinal()
    return _BEST.index(each.status), -until, -dated


def changes(before: Mapping[str, Standing], after: Mapping[str, Standing]) -> list[Change]:
    """What stands otherwise than before, kind by kind."""
    return [Change(kind, before[kind], now) for kind, now in after.items() if before[kind] != now]
