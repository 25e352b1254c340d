"""The words that municipalities and companies share, with what they mean; the list itself is `definitions.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from depot.catalogue.rules import Words

FILE = Path(__file__).parent / "definitions.yaml"


@dataclass(frozen=True)
class Definition:
    """A word and its meaning; a municipality may mean it otherwise, if it says so."""

    code: str
    term: Words
    meaning: Words


@cache
def definitions() -> Mapping[str, Definition]:
    """All definitions by code, in the order of the list."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {row["code"]: Definition(row["code"], Words(**row["term"]), Words(**row["meaning"])) for row in rows}
