"""What a kind's definition names: each name of a field is the name of a field, of a type that fits the place it is named in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from depot.catalogue.rules import AMOUNTS, NUMERIC, Axis, FieldSpec, FieldType, Rule

_Path = tuple[str | int, ...]
_Reference = tuple[_Path, str, frozenset[FieldType]]
_Value = tuple[_Path, str, str | bool]
_CONDITIONS = frozenset({FieldType.CHOICE, FieldType.BOOLEAN})


@dataclass(frozen=True)
class Takes:
    """What a rule needs: how many fields (`most` None: any number), of which types, and which keys beside them."""

    least: int
    most: int | None
    types: frozenset[FieldType]
    keys: frozenset[str] = frozenset()


_DAYS, _WRITTEN = frozenset({FieldType.DAY}), frozenset({FieldType.TEXT, FieldType.PROSE})
_ANY, _NUMBERS = frozenset(FieldType), frozenset({FieldType.KVK_NUMBER})
TAKES: Mapping[Rule, Takes] = {
    Rule.ORDER: Takes(2, 2, _DAYS),
    Rule.NOT_IN_FUTURE: Takes(1, None, _DAYS),
    Rule.AT_MOST: Takes(2, 2, NUMERIC),
    Rule.SUM_AT_MOST: Takes(3, None, NUMERIC),
    Rule.AT_LEAST: Takes(1, 1, NUMERIC, frozenset({"low"})),
    Rule.BETWEEN: Takes(1, 1, NUMERIC, frozenset({"low", "high"})),
    Rule.PERCENTAGE: Takes(3, 3, NUMERIC),
    Rule.DIFFER: Takes(2, 2, _ANY - {FieldType.CHOICES}),
    Rule.OWN_NUMBER: Takes(1, 1, _NUMBERS),
    Rule.ONLY: Takes(1, 1, frozenset({FieldType.CHOICE}), frozenset({"codes", "why"})),
    Rule.REQUIRED: Takes(1, None, _ANY, frozenset({"when"})),
    Rule.ABSENT: Takes(1, None, _ANY, frozenset({"when", "why"})),
    Rule.NO_CITIZEN_NUMBER: Takes(1, None, _WRITTEN),
    Rule.NOT_PAST: Takes(1, None, _DAYS),
}


def named(specs: Sequence[FieldSpec], key: str) -> dict[str, FieldSpec]:
    """Fields by name; raises ValidationError, below this key, when a name is there twice."""
    found: dict[str, FieldSpec] = {}
    for place, spec in enumerate(specs):
        if spec.name in found:
            raise ma.ValidationError({key: {place: {"name": ["is there twice"]}}})
        found[spec.name] = spec
    return found


def check_kind(specs: Mapping[str, FieldSpec], data: Mapping[str, Any]) -> None:
    """All that a kind's definition names, but for its list of rows; raises ValidationError at the first that is wrong."""
    _check(specs, _references(data), _values(data))


def check_rules(columns: Mapping[str, FieldSpec], data: Mapping[str, Any]) -> None:
    """What the rules of a list's rows name."""
    _check(columns, _references_of_rules(data), _values_of_rules(data))


def check_totals(columns: Mapping[str, FieldSpec], data: Mapping[str, Any]) -> None:
    """What the totals of a list name of its rows."""
    _check(columns, _references_of_totals(data), _values_of_totals(data))


def _check(specs: Mapping[str, FieldSpec], references: list[_Reference], values: list[_Value]) -> None:
    for path, name, expected in references:
        if name not in specs:
            raise ma.ValidationError(nested(path, f"names a field that does not exist: {name}"))
        if specs[name].type not in expected:
            types = " or ".join(sorted(expected))
            raise ma.ValidationError(nested(path, f"needs a field of type {types}: {name}"))
    for path, name, value in values:
        choices = (True, False) if specs[name].type is FieldType.BOOLEAN else dict(specs[name].choices)
        if value not in choices:
            raise ma.ValidationError(nested(path, f"is not a choice of {name}: {value}"))


def _references_of_rules(data: Mapping[str, Any]) -> list[_Reference]:
    found: list[_Reference] = []
    for place, rule in enumerate(data.get("rules", ())):
        found += [(("rules", place, "fields"), name, TAKES[rule.rule].types) for name in rule.fields]
        if rule.when:
            found.append((("rules", place, "when", "field"), rule.when.field, _CONDITIONS))
    return found


def _values_of_rules(data: Mapping[str, Any]) -> list[_Value]:
    found: list[_Value] = []
    for place, rule in enumerate(data.get("rules", ())):
        found += [(("rules", place, "codes"), rule.fields[0], code) for code in rule.codes]
        if rule.when:
            found += [(("rules", place, "when", "in"), rule.when.field, value) for value in rule.when.values]
    return found


def _references_of_totals(data: Mapping[str, Any]) -> list[_Reference]:
    found: list[_Reference] = []
    for place, total in enumerate(data.get("totals", ())):
        if total.sum:
            found.append((("totals", place, "sum"), total.sum, NUMERIC))
        if total.when:
            found.append((("totals", place, "when", "field"), total.when.field, _CONDITIONS))
    return found


def _values_of_totals(data: Mapping[str, Any]) -> list[_Value]:
    return [
        (("totals", place, "when", "in"), total.when.field, value)
        for place, total in enumerate(data.get("totals", ()))
        if total.when
        for value in total.when.values
    ]


def _references(data: Mapping[str, Any]) -> list[_Reference]:
    axis: Axis = data["axis"]
    days, yes_no = ("day", "start", "issued"), frozenset({FieldType.BOOLEAN})
    found: list[_Reference]
    found = [(("axis", key), getattr(axis, key), _DAYS) for key in days if getattr(axis, key)]
    found += [(("axis", key), getattr(axis, key), yes_no) for key in ("ongoing", "tacit_renewal") if getattr(axis, key)]
    found += _references_of_rules(data)
    for place, total in enumerate(data.get("totals", ())):
        found.append((("totals", place, "field"), total.field, frozenset({FieldType.NUMBER, FieldType.WHOLE})))
    for place, ratio in enumerate(data.get("ratios", ())):
        found += [(("ratios", place, key), getattr(ratio, key), AMOUNTS) for key in ("part", "whole")]
    found += [(("identity", place), name, _ANY) for place, name in enumerate(data.get("identity", ()))]
    for place, topic in enumerate(data.get("topics", ())):
        if topic.field:
            wanted = FieldType.CHOICES if topic.choice else FieldType.WHOLE
            found.append((("topics", place, "field"), topic.field, frozenset({wanted})))
    if "holder" in data:
        found.append((("holder",), data["holder"], _NUMBERS))
    if "equivalence" in data:
        choice = frozenset({FieldType.CHOICE})
        found += [(("equivalence", key), getattr(data["equivalence"], key), choice) for key in ("field", "scheme")]
    if confirmation := data.get("confirmation"):
        found.append((("confirmation", "by"), confirmation.by, frozenset({FieldType.TEXT})))
        found.append((("confirmation", "address"), confirmation.address, frozenset({FieldType.EMAIL})))
        found += [(("confirmation", "asked"), name, _ANY) for name in confirmation.asked]
    return found


def _values(data: Mapping[str, Any]) -> list[_Value]:
    found: list[_Value] = []
    if equivalence := data.get("equivalence"):
        found += [(("equivalence", "codes"), equivalence.field, code) for code in sorted(equivalence.codes)]
    topics = enumerate(data.get("topics", ()))
    found += [(("topics", place, "choice"), topic.field, topic.choice) for place, topic in topics if topic.choice]
    return found + _values_of_rules(data)


def nested(path: _Path, message: str) -> dict[str | int, Any]:
    """A message where marshmallow expects it for what lies at this place."""
    inner: Any = [message]
    for part in reversed(path):
        inner = {part: inner}
    return dict(inner)
