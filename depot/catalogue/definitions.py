"""How a YAML file defines a kind of document; whatever is wrong with one is told to an operator, in English."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import marshmallow as ma

from depot.catalogue.references import TAKES, check_kind, check_rules, check_totals, named, nested
from depot.catalogue.rules import (
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
    Topic,
    Total,
    When,
    Words,
)
from depot.core.periods import Period

_NAME = ma.validate.Regexp(r"[a-z][A-Za-z0-9]{0,39}\Z", error="is not a camelCase name")
_CODE = ma.validate.Regexp(r"[a-z][a-z0-9_]{0,39}\Z", error="is not a code in lower case")
_GROUND = ma.validate.Regexp(r"[a-z][a-z0-9.-]{0,39}\Z", error="is not a code in lower case")
_STEM = ma.validate.Regexp(r"[a-z0-9]+( [a-z0-9]+)*\Z", error="is not words in small letters without accents")
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
        takes, number = TAKES[data["rule"]], len(data["fields_"])
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
        check_rules(named(data.get("columns", ()), "columns"), data)
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


class _Topic(_Entry):
    name = ma.fields.Nested(_Words, required=True)
    words = ma.fields.List(ma.fields.String(validate=_STEM), load_default=list)
    field = ma.fields.String()
    choice = ma.fields.String()
    is_outdated = ma.fields.Boolean(data_key="outdated", truthy={True}, falsy={False})

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Topic:
        """The topic; without words it is a number of days that is looked for."""
        topic = Topic(**data | {"words": tuple(data["words"])})
        if bool(topic.words) == (topic.field is not None and topic.choice is None):
            raise ma.ValidationError("has words, or names a field of days", "words")
        return topic


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
    topics = ma.fields.List(ma.fields.Nested(_Topic), validate=_MORE_THAN_NOTHING)

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Every name of a field is the name of a field, of the right type."""
        specs = named(data["fields_"], "fields")
        check_kind(specs, data)
        lists = [spec for spec in data["fields_"] if spec.type is FieldType.ROWS]
        if len(lists) > 1:
            raise ma.ValidationError("hold more than one list of rows", "fields")
        columns = named(lists[0].columns, "columns") if lists else {}
        check_totals(columns, data)
        if (FileCheck.TOPICS in data.get("checks", ())) != ("topics" in data):
            raise ma.ValidationError("come with the check of that name, and it with them", "topics")
        for place, code in enumerate(data["legal_grounds"]):
            if code not in self.grounds:
                raise ma.ValidationError(nested(("legal_grounds", place), f"is not a legal ground: {code}"))

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Kind:
        """The kind itself."""
        several = {
            "fields": tuple(data.pop("fields_")),
            "rules": tuple(data.get("rules", ())),
            "reminders": tuple(data.get("reminders", ())),
            "checks": frozenset(data.get("checks", ())),
            "legal_grounds": tuple(self.grounds[code] for code in data["legal_grounds"]),
            **{name: tuple(data.get(name, ())) for name in ("totals", "ratios", "identity", "topics")},
        }
        return Kind(**data | several)
