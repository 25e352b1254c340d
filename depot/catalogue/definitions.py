"""How a YAML file defines a kind of document; whatever is wrong with one is told to an operator, in English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import marshmallow as ma

from depot.catalogue.rules import (
    AMOUNTS,
    NUMERIC,
    Axis,
    Confirmation,
    Equivalence,
    FactRule,
    FieldSpec,
    FieldType,
    FileCheck,
    Form,
    Kind,
    LegalGround,
    Norm,
    Ratio,
    Reason,
    Review,
    Rule,
    Scheme,
    Shape,
    Total,
    When,
    Words,
)
from depot.core.periods import Period

_NAME = ma.validate.Regexp(r"[a-z][A-Za-z0-9]{0,39}\Z", error="is not a camelCase name")
_CODE = ma.validate.Regexp(r"[a-z][a-z0-9_]{0,39}\Z", error="is not a code in lower case")
_GROUND = ma.validate.Regexp(r"[a-z][a-z0-9.-]{0,39}\Z", error="is not a code in lower case")
_MORE_THAN_NOTHING = ma.validate.Length(min=1, error="is empty")


class _Entry(ma.Schema):
    """A mapping in a file of the catalogue."""

    error_messages = {"unknown": "is not a known key", "type": "is not a mapping"}

    def on_bind_field(self, field_name: str, field_obj: ma.fields.Field[Any]) -> None:
        """Give each field the operator's words."""
        wrong = dict.fromkeys(("invalid", "type", "invalid_string"), "has the wrong type")
        field_obj.error_messages |= {"required": "is missing", "null": "is empty", **wrong}


class _Period(ma.fields.Field[Period]):
    def _deserialize(self, value: Any, *_place: Any, **_kwargs: Any) -> Period:
        try:
            return Period.parse(value)
        except (TypeError, ValueError) as error:
            raise ma.ValidationError("is not a period like P6M") from error


class _Code(ma.fields.String):
    """One of the codes of an enumeration."""

    def __init__(self, codes: type[StrEnum], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.codes = codes

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        try:
            return self.codes(super()._deserialize(value, attr, data, **kwargs))
        except ValueError as error:
            raise ma.ValidationError(f"is not one of {', '.join(self.codes)}") from error


class _Words(_Entry):
    nl = ma.fields.String(required=True, validate=_MORE_THAN_NOTHING)
    en = ma.fields.String(required=True, validate=_MORE_THAN_NOTHING)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Words:
        return Words(**data)


class _Decimal(ma.fields.Field[Decimal]):
    def _deserialize(self, value: Any, *_place: Any, **_kwargs: Any) -> Decimal:
        try:
            return Decimal(str(value))
        except InvalidOperation as error:
            raise ma.ValidationError("is not a number") from error


class _Condition(ma.fields.Field[str | bool]):
    def _deserialize(self, value: Any, *_place: Any, **_kwargs: Any) -> str | bool:
        if not isinstance(value, str | bool):
            raise ma.ValidationError("is not a code, true or false")
        return value


class _When(_Entry):
    field = ma.fields.String(required=True)
    values = ma.fields.List(_Condition(), data_key="in", required=True, validate=_MORE_THAN_NOTHING)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> When:
        return When(data["field"], tuple(data["values"]))


@dataclass(frozen=True)
class _Takes:
    """What a rule needs: how many fields (`most` None: any number), of which types, and which keys beside them."""

    least: int
    most: int | None
    types: frozenset[FieldType]
    keys: frozenset[str] = frozenset()


_DAYS, _WRITTEN = frozenset({FieldType.DAY}), frozenset({FieldType.TEXT, FieldType.PROSE})
_ANY, _NUMBERS = frozenset(FieldType), frozenset({FieldType.KVK_NUMBER})
_TAKES: Mapping[Rule, _Takes] = {
    Rule.ORDER: _Takes(2, 2, _DAYS),
    Rule.NOT_IN_FUTURE: _Takes(1, None, _DAYS),
    Rule.AT_MOST: _Takes(2, 2, NUMERIC),
    Rule.SUM_AT_MOST: _Takes(3, None, NUMERIC),
    Rule.AT_LEAST: _Takes(1, 1, NUMERIC, frozenset({"low"})),
    Rule.BETWEEN: _Takes(1, 1, NUMERIC, frozenset({"low", "high"})),
    Rule.PERCENTAGE: _Takes(3, 3, NUMERIC),
    Rule.DIFFER: _Takes(2, 2, _ANY - {FieldType.CHOICES}),
    Rule.OWN_NUMBER: _Takes(1, 1, _NUMBERS),
    Rule.ONLY: _Takes(1, 1, frozenset({FieldType.CHOICE}), frozenset({"codes", "why"})),
    Rule.REQUIRED: _Takes(1, None, _ANY, frozenset({"when"})),
    Rule.ABSENT: _Takes(1, None, _ANY, frozenset({"when", "why"})),
    Rule.NO_CITIZEN_NUMBER: _Takes(1, None, _WRITTEN),
    Rule.NOT_PAST: _Takes(1, None, _DAYS),
}


class _FactRule(_Entry):
    rule = _Code(Rule, required=True)
    fields_ = ma.fields.List(ma.fields.String(), data_key="fields", required=True)
    when = ma.fields.Nested(_When)
    low = _Decimal()
    high = _Decimal()
    codes = ma.fields.List(ma.fields.String(), validate=_MORE_THAN_NOTHING)
    why = ma.fields.Nested(_Words)
    is_signal = ma.fields.Boolean(data_key="signal", truthy={True}, falsy={False})

    @ma.validates_schema(pass_original=True)
    def check(self, data: dict[str, Any], original: Mapping[str, Any], **_kwargs: Any) -> None:
        """Each rule has so many fields, and keys of its own."""
        takes, number = _TAKES[data["rule"]], len(data["fields_"])
        if number < takes.least or (takes.most is not None and number > takes.most):
            raise ma.ValidationError(f"are not as many as {data['rule']} takes", "fields")
        for key in sorted(takes.keys - original.keys()):
            raise ma.ValidationError("is missing", key)
        for key in sorted(original.keys() - takes.keys - {"rule", "fields", "when", "signal"}):
            raise ma.ValidationError(f"does not go with the rule {data['rule']}", key)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> FactRule:
        fields, codes = tuple(data.pop("fields_")), tuple(data.pop("codes", ()))
        return FactRule(**data, fields=fields, codes=codes)


class _Field(_Entry):
    name = ma.fields.String(required=True, validate=_NAME)
    type = _Code(FieldType, required=True)
    label = ma.fields.Nested(_Words, required=True)
    is_required = ma.fields.Boolean(data_key="required", truthy={True}, falsy={False})
    hint = ma.fields.Nested(_Words)
    unit = ma.fields.String()
    choices = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Nested(_Words), validate=_MORE_THAN_NOTHING)
    columns = ma.fields.List(ma.fields.Nested("_Field"), validate=_MORE_THAN_NOTHING)
    rules = ma.fields.List(ma.fields.Nested(_FactRule))
    aliases = ma.fields.List(ma.fields.String())
    is_ordered = ma.fields.Boolean(data_key="ordered", truthy={True}, falsy={False})

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Choices belong to choice fields, columns and rules to lists of rows, and to those only."""
        if (data["type"] in (FieldType.CHOICE, FieldType.CHOICES)) != ("choices" in data):
            raise ma.ValidationError("go with the types choice and choices, and only with those", "choices")
        if (data["type"] is FieldType.ROWS) != ("columns" in data):
            raise ma.ValidationError("go with the type rows, and only with that", "columns")
        if data.get("is_ordered") and data["type"] is not FieldType.CHOICE:
            raise ma.ValidationError("goes with the type choice only", "ordered")
        if "rules" in data and "columns" not in data:
            raise ma.ValidationError("go with the type rows only", "rules")
        _check_names(_named(data.get("columns", ()), "columns"), _references_of_rules(data), _values_of_rules(data))
        if any(column.type is FieldType.ROWS for column in data.get("columns", ())):
            raise ma.ValidationError("cannot be lists themselves", "columns")

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> FieldSpec:
        several = {name: tuple(data.get(name, ())) for name in ("columns", "rules", "aliases")}
        return FieldSpec(**data | several | {"choices": tuple(data.get("choices", {}).items())})


class _Total(_Entry):
    field = ma.fields.String(required=True)
    sum = ma.fields.String()
    when = ma.fields.Nested(_When)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Total:
        return Total(**data)


class _Ratio(_Entry):
    name = ma.fields.String(required=True, validate=_NAME)
    label = ma.fields.Nested(_Words, required=True)
    part = ma.fields.String(required=True)
    whole = ma.fields.String(required=True)
    is_share = ma.fields.Boolean(data_key="share", truthy={True}, falsy={False})

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Ratio:
        return Ratio(**data)


class _Axis(_Entry):
    shape = _Code(Shape, required=True)
    day = ma.fields.String(required=True)
    start = ma.fields.String()
    is_open_end_allowed = ma.fields.Boolean(data_key="open_end", truthy={True}, falsy={False})
    ongoing = ma.fields.String()
    tacit_renewal = ma.fields.String()
    issued = ma.fields.String()

    @ma.validates_schema(pass_original=True)
    def check(self, data: dict[str, Any], original: Mapping[str, Any], **_kwargs: Any) -> None:
        """Each shape has keys of its own."""
        only_for = {
            "start": (Shape.PERIOD, Shape.PERIOD_END),
            "open_end": (Shape.PERIOD,),
            "ongoing": (Shape.PERIOD_END,),
            "tacit_renewal": (Shape.PERIOD,),
            "issued": (Shape.PERIOD,),
        }
        wrong = [name for name in only_for if name in original and data["shape"] not in only_for[name]]
        if wrong:
            raise ma.ValidationError(f"does not go with the shape {data['shape']}", wrong[0])
        if data["shape"] is Shape.PERIOD and "start" not in data:
            raise ma.ValidationError("is missing", "start")

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Axis:
        return Axis(**data)


class _Equivalence(_Entry):
    field = ma.fields.String(required=True)
    codes = ma.fields.List(ma.fields.String(), required=True, validate=_MORE_THAN_NOTHING)
    scheme = ma.fields.String(required=True)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Equivalence:
        return Equivalence(data["field"], frozenset(data["codes"]), data["scheme"])


class _Confirmation(_Entry):
    by = ma.fields.String(required=True)
    address = ma.fields.String(required=True)
    asked = ma.fields.List(ma.fields.String(), required=True, validate=_MORE_THAN_NOTHING)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Confirmation:
        return Confirmation(data["by"], data["address"], tuple(data["asked"]))


class _Reason(_Entry):
    code = ma.fields.String(required=True, validate=_CODE)
    nl = ma.fields.String(required=True, validate=_MORE_THAN_NOTHING)
    en = ma.fields.String(required=True, validate=_MORE_THAN_NOTHING)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Reason:
        return Reason(data["code"], Words(data["nl"], data["en"]))


class _Review(_Entry):
    points = ma.fields.List(ma.fields.Nested(_Words), required=True, validate=_MORE_THAN_NOTHING)
    needs_second_reviewer = ma.fields.Boolean(data_key="second_reviewer", truthy={True}, falsy={False})
    is_by_rule_allowed = ma.fields.Boolean(data_key="by_rule", truthy={True}, falsy={False})
    sealers = ma.fields.List(ma.fields.String(validate=_MORE_THAN_NOTHING), load_default=[])
    reasons = ma.fields.List(ma.fields.Nested(_Reason), load_default=[])
    next_look = _Period()

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Review:
        codes = [reason.code for reason in data["reasons"]]
        if len(codes) != len(set(codes)):
            raise ma.ValidationError("holds a code twice", "reasons")
        if data.get("is_by_rule_allowed") and not data["sealers"]:
            raise ma.ValidationError("is missing: a rule takes the seal of an issuer", "sealers")
        return Review(**data | {name: tuple(data[name]) for name in ("points", "sealers", "reasons")})


class _Ground(_Entry):
    code = ma.fields.String(required=True, validate=_GROUND)
    name = ma.fields.Nested(_Words, required=True)
    says = ma.fields.Nested(_Words, required=True)
    source = ma.fields.String(load_default=None)
    is_verified = ma.fields.Boolean(data_key="verified", required=True, truthy={True}, falsy={False})

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> LegalGround:
        return LegalGround(**data)


class LegalSchema(_Entry):
    """The file of legal grounds: loads to the grounds by code."""

    grounds = ma.fields.List(ma.fields.Nested(_Ground), required=True, validate=_MORE_THAN_NOTHING)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, LegalGround]:
        """The grounds by code; a code stands there once."""
        found: dict[str, LegalGround] = {}
        for place, ground in enumerate(data["grounds"]):
            if ground.code in found:
                raise ma.ValidationError({"grounds": {place: {"code": [f"is there twice: {ground.code}"]}}})
            found[ground.code] = ground
        return found


class _Norm(_Entry):
    code = ma.fields.String(required=True, validate=_GROUND)
    name = ma.fields.Nested(_Words, required=True)
    says = ma.fields.Nested(_Words, required=True)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Norm:
        return Norm(**data)


class SchemeSchema(_Entry):
    """The file of one scheme: loads to its norms, in the order in which they stand there."""

    code = ma.fields.String(required=True, validate=_GROUND)
    source = ma.fields.String(required=True)
    is_verified = ma.fields.Boolean(data_key="verified", required=True, truthy={True}, falsy={False})
    norms = ma.fields.List(ma.fields.Nested(_Norm), required=True, validate=_MORE_THAN_NOTHING)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Scheme:
        """The scheme; a norm stands there once."""
        codes = [norm.code for norm in data["norms"]]
        for place, code in enumerate(codes):
            if code in codes[:place]:
                raise ma.ValidationError({"norms": {place: {"code": [f"is there twice: {code}"]}}})
        return Scheme(**data | {"norms": tuple(data["norms"])})


class KindSchema(_Entry):
    """One kind as a file of the catalogue defines it, resting on these legal grounds."""

    def __init__(self, grounds: Mapping[str, LegalGround]) -> None:
        super().__init__()
        self.grounds = grounds

    code = ma.fields.String(required=True, validate=_CODE)
    name = ma.fields.Nested(_Words, required=True)
    noun = ma.fields.Nested(_Words, required=True)
    description = ma.fields.Nested(_Words, required=True)
    issuer = ma.fields.Nested(_Words, required=True)
    axis = ma.fields.Nested(_Axis, required=True)
    fields_ = ma.fields.List(ma.fields.Nested(_Field), data_key="fields", required=True, validate=_MORE_THAN_NOTHING)
    personal_data = ma.fields.Nested(_Words, required=True)
    review = ma.fields.Nested(_Review, required=True)
    legal_grounds = ma.fields.List(ma.fields.String(), required=True)
    espd_criterion = ma.fields.String()
    max_age = _Period()
    next_due = _Period()
    lead_time = _Period()
    reminders = ma.fields.List(ma.fields.Integer(strict=True))
    rules = ma.fields.List(ma.fields.Nested(_FactRule))
    checks = ma.fields.List(_Code(FileCheck))
    holder = ma.fields.String()
    equivalence = ma.fields.Nested(_Equivalence)
    confirmation = ma.fields.Nested(_Confirmation)
    is_late_issue_accepted = ma.fields.Boolean(data_key="late_issue_accepted", truthy={True}, falsy={False})
    form = _Code(Form)
    totals = ma.fields.List(ma.fields.Nested(_Total))
    ratios = ma.fields.List(ma.fields.Nested(_Ratio))
    identity = ma.fields.List(ma.fields.String(), validate=_MORE_THAN_NOTHING)

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Every name of a field is the name of a field, of the right type."""
        specs = _named(data["fields_"], "fields")
        _check_names(specs, _references(data), _values(data))
        lists = [spec for spec in data["fields_"] if spec.type is FieldType.ROWS]
        if len(lists) > 1:
            raise ma.ValidationError("hold more than one list of rows", "fields")
        columns = _named(lists[0].columns, "columns") if lists else {}
        _check_names(columns, _references_of_totals(data), _values_of_totals(data))
        for place, code in enumerate(data["legal_grounds"]):
            if code not in self.grounds:
                raise ma.ValidationError(_nested(("legal_grounds", place), f"is not a legal ground: {code}"))

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Kind:
        """The kind itself."""
        several = {
            "fields": tuple(data.pop("fields_")),
            "rules": tuple(data.get("rules", ())),
            "reminders": tuple(data.get("reminders", ())),
            "checks": frozenset(data.get("checks", ())),
            "legal_grounds": tuple(self.grounds[code] for code in data["legal_grounds"]),
            **{name: tuple(data.get(name, ())) for name in ("totals", "ratios", "identity")},
        }
        return Kind(**data | several)


_Path = tuple[str | int, ...]
_Reference = tuple[_Path, str, frozenset[FieldType]]
_Value = tuple[_Path, str, str | bool]
_CONDITIONS = frozenset({FieldType.CHOICE, FieldType.BOOLEAN})


def _named(specs: Sequence[FieldSpec], key: str) -> dict[str, FieldSpec]:
    found: dict[str, FieldSpec] = {}
    for place, spec in enumerate(specs):
        if spec.name in found:
            raise ma.ValidationError({key: {place: {"name": ["is there twice"]}}})
        found[spec.name] = spec
    return found


def _check_names(specs: Mapping[str, FieldSpec], references: list[_Reference], values: list[_Value]) -> None:
    for path, name, expected in references:
        if name not in specs:
            raise ma.ValidationError(_nested(path, f"names a field that does not exist: {name}"))
        if specs[name].type not in expected:
            types = " or ".join(sorted(expected))
            raise ma.ValidationError(_nested(path, f"needs a field of type {types}: {name}"))
    for path, name, value in values:
        choices = (True, False) if specs[name].type is FieldType.BOOLEAN else dict(specs[name].choices)
        if value not in choices:
            raise ma.ValidationError(_nested(path, f"is not a choice of {name}: {value}"))


def _references_of_rules(data: Mapping[str, Any]) -> list[_Reference]:
    found: list[_Reference] = []
    for place, rule in enumerate(data.get("rules", ())):
        found += [(("rules", place, "fields"), name, _TAKES[rule.rule].types) for name in rule.fields]
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
    return found + _values_of_rules(data)


def _nested(path: _Path, message: str) -> dict[str | int, Any]:
    inner: Any = [message]
    for part in reversed(path):
        inner = {part: inner}
    return dict(inner)
