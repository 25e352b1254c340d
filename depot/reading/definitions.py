"""How the reading rules of a kind of document are written: one YAML file a kind, `rules/<kind>.yaml`.

A kind without a file is read by the labels of the catalogue alone, and never guessed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import marshmallow as ma
import yaml

from depot.catalogue.rules import Kind
from depot.reading.values import NUMBERS

FOLDER = Path(__file__).parent / "rules"

_NO_NAMES = "De|Het|Bij|Namens|Hierbij|Door|Aan|Van|Voor|Wij|Dit|Deze|Betreft|Dat|Uw|Onze|Tussen|Verzekeringnemer|Verzekerde|Naam"
_CAPITAL = r"[A-Z][\w&'-]*"
_WORD = rf"(?!(?:RSIN|KvK|KVK|Wij|Postbus|Tel|BTW|Fiscaal|Handelsregister|Datum|Kenmerk)(?!\w)){_CAPITAL}"
SPELLINGS: Mapping[str, str] = {
    "amount": r"(?:(?:€|EUR) ?)?\d[\d.,]*(?:,?[-–]{1,2})?(?: (?:miljoen|mln))?(?: euro)?",
    "kvk": r"\d{8}(?!\d)",
    "term": rf"(?:\d{{1,3}}|{'|'.join(NUMBERS)}) (?:kalender)?(?:dagen|dag|weken|week)",
    "day": r"\d{1,4}[ ./-]{1,2}\w+\.?[ ./-]{1,2}\d{2,4}",
    "company": rf"(?!(?:{_NO_NAMES})[ ])(?:(?:{_CAPITAL}[ ]){{0,3}}(?:Stichting|Coöperatie|Vereniging|Maatschap)"
    rf"(?:[ ](?:(?:voor|van|en|&)[ ])?{_WORD}){{1,6}}"
    rf"|{_CAPITAL}[ ](?:(?:{_CAPITAL}|en|&|van|de|voor)[ ]){{0,5}}?"
    r"(?:(?:[BN]\.V\.|V\.O\.F\.|C\.V\.|U\.A\.)|(?:[BNC]V|V[Oo][Ff]|EMZ|UA|OWM)(?!\w))"
    rf"(?:[ ]{_WORD}){{0,3}})",
}
"""What patterns name in braces."""
_SET_OR_SPACE = re.compile(r"\[[^\]]*\]| \??")
_SPACES = {" ": r"\s+", " ?": r"\s*"}


@dataclass(frozen=True)
class FieldRule:
    """How one field is found.

    `labels` are what papers call it, `weak` what they call other things too; `patterns` hold the value in their group
    `value`, within running text, and so do `fallbacks`, of which the value that occurs most is taken with doubt. `hints`
    are expressions for what a label that nobody foresaw has in it; what stands at such a one is doubted. A text ends where
    `until` begins. `words` tell a choice by its words: the first code whose words occur is taken when `is_ranked`, else
    several of them compete.
    """

    labels: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    hints: tuple[re.Pattern[str], ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()
    fallbacks: tuple[re.Pattern[str], ...] = ()
    until: tuple[re.Pattern[str], ...] = ()
    words: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    is_ranked: bool = False


@dataclass(frozen=True)
class Range:
    """Labels beside which two days stand: the first and the last."""

    labels: tuple[str, ...]
    start: str
    end: str


@dataclass(frozen=True)
class Rules:
    """How a kind is told from others (`titles` weigh more than `words`), and how its fields are found.

    `skipped` are labels of what the depot does not take over; what stands beside them is nobody else's.
    """

    titles: tuple[re.Pattern[str], ...] = ()
    words: tuple[re.Pattern[str], ...] = ()
    skipped: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    fields: Mapping[str, FieldRule] = field(default_factory=dict)


@cache
def rules_of(code: str) -> Rules:
    """The reading rules of a kind; raises marshmallow.ValidationError for a file that cannot be used."""
    path = FOLDER / f"{code}.yaml"
    if not path.is_file():
        return Rules()
    found: Rules = _RulesSchema().load(yaml.safe_load(path.read_text(encoding="utf-8")))
    return found


def strangers(kind: Kind) -> list[str]:
    """What the rules of a kind name and the kind does not have; a test holds that there is nothing."""
    rules, found = rules_of(kind.code), []
    for name, rule in rules.fields.items():
        spec = kind.field(name)
        codes = {"true", "false", *dict(spec.choices)} if spec else set()
        found += [f"{name}.{code}" for code in rule.words if code not in codes] if spec else [name]
    days = [name for item in rules.ranges for name in (item.start, item.end)]
    return found + [name for name in days if kind.field(name) is None]


def expression(text: str) -> re.Pattern[str]:
    """A regular expression in which a space stands for any white space; only sets of signs mind the case.

    `{amount}`, `{day}`, `{term}`, `{kvk}` and `{company}` stand for the spellings of those.
    """
    for name, spelling in SPELLINGS.items():
        text = text.replace(f"{{{name}}}", spelling)
    spaced = _SET_OR_SPACE.sub(lambda found: _SPACES.get(found[0], f"(?-i:{found[0]})"), text)
    return re.compile(spaced, re.IGNORECASE)


def one_of(texts: Sequence[str]) -> re.Pattern[str]:
    """Any of these expressions, as whole words."""
    return expression(r"(?<!\w)(?:" + "|".join(texts) + r")(?!\w)")


class _Expression(ma.fields.Field[re.Pattern[str]]):
    def _deserialize(self, value: Any, *_place: Any, **_kwargs: Any) -> re.Pattern[str]:
        try:
            return expression(str(value))
        except re.error as error:
            raise ma.ValidationError(f"is not a regular expression: {error}") from error


class _Words(ma.fields.Field[re.Pattern[str]]):
    def _deserialize(self, value: Any, *_place: Any, **_kwargs: Any) -> re.Pattern[str]:
        if not isinstance(value, list) or not value:
            raise ma.ValidationError("is not a list of expressions")
        return one_of([str(item) for item in value])


def _texts() -> ma.fields.List[str]:
    return ma.fields.List(ma.fields.String(), load_default=[])


def _expressions() -> ma.fields.List[re.Pattern[str]]:
    return ma.fields.List(_Expression(), load_default=[])


class _FieldSchema(ma.Schema):
    labels, weak = _texts(), _texts()
    hints, patterns, fallbacks, until = _expressions(), _expressions(), _expressions(), _expressions()
    words = ma.fields.Dict(keys=ma.fields.String(), values=_Words(), load_default=dict)
    is_ranked = ma.fields.Boolean(data_key="ranked", load_default=False)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> FieldRule:
        lists = {name: tuple(data[name]) for name in ("labels", "weak", "hints", "patterns", "fallbacks", "until")}
        return FieldRule(**lists, words=data["words"], is_ranked=data["is_ranked"])


class _RangeSchema(ma.Schema):
    labels = ma.fields.List(ma.fields.String(), required=True)
    start = ma.fields.String(required=True)
    end = ma.fields.String(required=True)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Range:
        return Range(tuple(data["labels"]), data["start"], data["end"])


class _RulesSchema(ma.Schema):
    titles, words, skipped = _expressions(), _expressions(), _texts()
    ranges = ma.fields.List(ma.fields.Nested(_RangeSchema), load_default=[])
    fields_ = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.Nested(_FieldSchema), data_key="fields", load_default=dict
    )

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Rules:
        lists = {name: tuple(data[name]) for name in ("titles", "words", "skipped", "ranges")}
        return Rules(**lists, fields=MappingProxyType(data["fields_"]))
