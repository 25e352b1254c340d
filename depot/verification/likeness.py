"""How alike two texts are: a fingerprint that shares most of its parts with that of nearly the same text. Pure."""

import hashlib
from collections.abc import Sequence

from depot.companies.names import normalised

IN_A_ROW = 4
"""How many words in a row count as one feature."""
PARTS, NEAR = 16, 13
"""How many parts a fingerprint has, and how many two have in common at least when their texts are nearly the same."""
SHORTEST, LONGEST = 80, 20_000
"""A text of fewer words says too little to be somebody's own; of a longer one the first words are compared."""


def fingerprint(text: str) -> dict[int, int]:
    """A value below 2**31 for each part; of a short text nothing.

    Each feature falls into one part, and the least of a part stays (MinHash with one permutation): two texts have
    about as many parts in common as features.
    """
    words = normalised(text).split()[:LONGEST]
    least: dict[int, int] = {}
    for feature in _features(words) if len(words) >= SHORTEST else ():
        number = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "big")
        part, value = number % PARTS, number >> 33
        least[part] = min(value, least.get(part, value))
    return least


def _features(words: Sequence[str]) -> set[str]:
    return {" ".join(words[start : start + IN_A_ROW]) for start in range(len(words) - IN_A_ROW + 1)}
