"""A value that a paper may give a field, and what makes one. Pure."""

import re
from dataclasses import dataclass
from typing import Any

from depot.catalogue.rules import FieldSpec, FieldType
from depot.reading.definitions import FieldRule
from depot.reading.labels import Rank
from depot.reading.values import Value, terms, values

OWN_SPELLING = {FieldType.DAY, FieldType.KVK_NUMBER, FieldType.RSIN, FieldType.EMAIL}
"""Types whose values are mistaken for no others, so that running text gives them without doubt."""
OPEN_END = re.compile(r"(?<!\w)tot(?!\s+en\s+met|\s*&|\w)", re.IGNORECASE)
"""Words that leave open whether the day after them still counts."""

_BRACKETED = re.compile(r"^[(\[\"“„'](?P<inside>[^()\[\]\"”]+)[)\]\"”']$")
_PREPOSITION = re.compile(r"^(?:bij|door|aan|via|naar|namens)\s+(?=\S)")
_ABBREVIATED = re.compile(r"\b[A-Z]\.$")


@dataclass(frozen=True)
class Candidate:
    """A value in its written form, the words it was read from, and how sure it is that the field's value is meant."""

    value: Any
    snippet: str
    rank: Rank
    is_doubtful: bool = False


def tidied(text: str, rule: FieldRule) -> str:
    """A text up to where the rule ends it, without the signs around it; the last point of "B.V." belongs to it."""
    for expression in rule.until:
        if (match := expression.search(text)) and match.start():
            text = text[: match.start()]
    text = _PREPOSITION.sub("", text)
    bare = text.strip(" \t:;,–-_…|").removesuffix("." if not _ABBREVIATED.search(text) else "").strip()
    bracketed = _BRACKETED.match(bare)
    return bracketed["inside"].strip() if bracketed else bare


def values_of(spec: FieldSpec, text: str) -> list[Value]:
    """The values of a field's type in a text: of a field in days also terms in weeks, and shares only of shares."""
    if spec.type is FieldType.WHOLE and spec.unit == "dagen" and (found := terms(text)):
        return found
    found = values(spec.type, text)
    if spec.type not in (FieldType.WHOLE, FieldType.NUMBER):
        return found
    shares = [value for value in found if text[value.end :].lstrip().startswith(("%", "procent"))]
    return (shares or found) if spec.unit == "%" else [value for value in found if value not in shares]
