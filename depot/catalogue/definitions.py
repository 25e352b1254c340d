"""How a YAML file defines a kind of document; whatever is wrong with one is told to an operator, in English."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from depot.catalogue.rules import AbsentWhen, Axis, Equivalence, FieldSpec, FieldType, Kind, Shape, Words
from depot.core.periods import Period

_NAME = ma.validate.Regexp(r"[a-z][A-Za-z0-9]{0,39}\Z", error="is not a camelCase name")
_CODE = ma.validate.Regexp(r"[a-z][a-z0-9_]{0,39}\Z", error="is not a code in lower case")
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

    def __init__(self, codes: type[FieldType] | type[Shape], **kwargs: Any) -> None:
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


class _AbsentWhen(_Entry):
    field = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    why = ma.fields.Nested(_Words, required=True)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> AbsentWhen:
        return AbsentWhen(**data)


class _Field(_Entry):
    name = ma.fields.String(required=True, validate=_NAME)
    type = _Code(FieldType, required=True)
    label = ma.fields.Nested(_Words, required=True)
    is_required = ma.fields.Boolean(data_key="required", truthy={True}, falsy={False})
    hint = ma.fields.Nested(_Words)
    unit = ma.fields.String()
    choices = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Nested(_Words), validate=_MORE_THAN_NOTHING)
    absent_when = ma.fields.Nested(_AbsentWhen)

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Choices belong to choice fields, and to those only."""
        if (data["type"] in (FieldType.CHOICE, FieldType.CHOICES)) != ("choices" in data):
            raise ma.ValidationError("go with the types choice and choices, and only with those", "choices")

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> FieldSpec:
        return FieldSpec(**{**data, "choices": tuple(data.get("choices", {}).items())})


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

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Equivalence:
        return Equivalence(data["field"], frozenset(data["codes"]))


class KindSchema(_Entry):
    """One kind as a file of the catalogue defines it."""

    code = ma.fields.String(required=True, validate=_CODE)
    name = ma.fields.Nested(_Words, required=True)
    noun = ma.fields.Nested(_Words, required=True)
    description = ma.fields.Nested(_Words, required=True)
    issuer = ma.fields.Nested(_Words, required=True)
    axis = ma.fields.Nested(_Axis, required=True)
    fields_ = ma.fields.List(ma.fields.Nested(_Field), data_key="fields", required=True, validate=_MORE_THAN_NOTHING)
    personal_data = ma.fields.Nested(_Words, required=True)
    review = ma.fields.List(ma.fields.Nested(_Words), required=True, validate=_MORE_THAN_NOTHING)
    legal_ground = ma.fields.String(required=True)
    espd_criterion = ma.fields.String()
    max_age = _Period()
    next_due = _Period()
    lead_time = _Period()
    reminders = ma.fields.List(ma.fields.Integer(strict=True))
    order = ma.fields.List(
        ma.fields.List(ma.fields.String(), validate=ma.validate.Length(equal=2, error="is not a pair"))
    )
    holder = ma.fields.String()
    equivalence = ma.fields.Nested(_Equivalence)
    is_late_issue_accepted = ma.fields.Boolean(data_key="late_issue_accepted", truthy={True}, falsy={False})

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Every name of a field is the name of a field, of the right type."""
        specs: dict[str, FieldSpec] = {}
        for place, spec in enumerate(data["fields_"]):
            if spec.name in specs:
                raise ma.ValidationError({"fields": {place: {"name": ["is there twice"]}}})
            specs[spec.name] = spec
        for path, name, expected in _references(data):
            if name not in specs:
                raise ma.ValidationError(_nested(path, f"names a field that does not exist: {name}"))
            if specs[name].type is not expected:
                raise ma.ValidationError(_nested(path, f"needs a field of type {expected}: {name}"))
        for path, name, code in _codes(data):
            if code not in dict(specs[name].choices):
                raise ma.ValidationError(_nested(path, f"is not a choice of {name}: {code}"))

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Kind:
        """The kind itself."""
        fields = tuple(data.pop("fields_"))
        order = tuple((first, second) for first, second in data.pop("order", ()))
        reminders = tuple(data.pop("reminders", ()))
        return Kind(
            **data | {"fields": fields, "order": order, "reminders": reminders, "review": tuple(data["review"])}
        )


_Path = tuple[str | int, ...]


def _references(data: Mapping[str, Any]) -> list[tuple[_Path, str, FieldType]]:
    axis: Axis = data["axis"]
    found: list[tuple[_Path, str, FieldType]]
    days, booleans = ("day", "start", "issued"), ("ongoing", "tacit_renewal")
    found = [(("axis", key), getattr(axis, key), FieldType.DAY) for key in days if getattr(axis, key)]
    found += [(("axis", key), getattr(axis, key), FieldType.BOOLEAN) for key in booleans if getattr(axis, key)]
    for place, pair in enumerate(data.get("order", ())):
        found += [(("order", place), name, FieldType.DAY) for name in pair]
    if "holder" in data:
        found.append((("holder",), data["holder"], FieldType.KVK_NUMBER))
    if "equivalence" in data:
        found.append((("equivalence", "field"), data["equivalence"].field, FieldType.CHOICE))
    for place, spec in enumerate(data["fields_"]):
        if spec.absent_when:
            found.append((("fields", place, "absent_when", "field"), spec.absent_when.field, FieldType.CHOICE))
    return found


def _codes(data: Mapping[str, Any]) -> list[tuple[_Path, str, str]]:
    found: list[tuple[_Path, str, str]] = []
    if equivalence := data.get("equivalence"):
        found += [(("equivalence", "codes"), equivalence.field, code) for code in sorted(equivalence.codes)]
    for place, spec in enumerate(data["fields_"]):
        if spec.absent_when:
            rule = spec.absent_when
            found.append((("fields", place, "absent_when", "code"), rule.field, rule.code))
    return found


def _nested(path: _Path, message: str) -> dict[str | int, Any]:
    inner: Any = [message]
    for part in reversed(path):
        inner = {part: inner}
    return dict(inner)
