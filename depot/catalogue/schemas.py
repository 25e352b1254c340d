"""The facts that a kind of document asks for: what comes in, its one written form, and how people read it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import marshmallow as ma

from depot.catalogue.rules import (
    AMOUNTS,
    NUMERIC,
    Facts,
    FieldSpec,
    FieldType,
    Kind,
    is_kvk_number,
    is_rsin,
)
from depot.core.forms import REQUIRED, WRONG_CHOICE, Amount, Choice, Day, Line, Number, Prose, Schema
from depot.core.i18n import Euro, Text, _, shown, speaking


class _KvkNumber(Line):
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and not is_kvk_number(text):
            raise ma.ValidationError([_("Een KvK-nummer heeft 8 cijfers.")])
        return text


class _Rsin(Line):
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and not is_rsin(text):
            raise ma.ValidationError([_("Dit is geen geldig RSIN. Een RSIN heeft 9 cijfers.")])
        return text


class _Email(Line):
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return ma.validate.Email()(text) if text else text
        except ma.ValidationError as error:
            raise ma.ValidationError([_("Schrijf een e-mailadres als naam@bedrijf.example.")]) from error


class _YesNo(ma.fields.Boolean):
    default_error_messages = {"invalid": _("Kies ja of nee.")}  # type: ignore[dict-item]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(truthy={True, "true", "ja"}, falsy={False, "false", "nee"}, **kwargs)


class _Several(ma.fields.List[str]):
    default_error_messages = {"invalid": WRONG_CHOICE}  # type: ignore[dict-item]


def _some(values: list[str]) -> None:
    if not values:
        raise ma.ValidationError([REQUIRED])


def _field(spec: FieldSpec) -> ma.fields.Field[Any]:  # noqa: C901 - one line a type
    rules: dict[str, Any] = {"required": spec.is_required}
    codes = [code for code, _words in spec.choices]
    match spec.type:
        case FieldType.TEXT:
            return Line(**rules)
        case FieldType.PROSE:
            return Prose(limit=4000, **rules)
        case FieldType.DAY:
            return Day(**rules)
        case FieldType.AMOUNT | FieldType.SIGNED_AMOUNT:
            return Amount(is_signed=spec.type is FieldType.SIGNED_AMOUNT, **rules)
        case FieldType.NUMBER:
            return Number(**rules)
        case FieldType.WHOLE:
            return Number(is_whole=True, **rules)
        case FieldType.BOOLEAN:
            return _YesNo(**rules)
        case FieldType.CHOICE:
            return Choice(codes, **rules)
        case FieldType.CHOICES:
            checks = [_some] if spec.is_required else []
            return _Several(Choice(codes), validate=checks, **rules)
        case FieldType.KVK_NUMBER:
            return _KvkNumber(**rules)
        case FieldType.RSIN:
            return _Rsin(**rules)
        case FieldType.EMAIL:
            return _Email(**rules)


class FactsSchema(Schema):
    """The facts of one kind, as a form or a message brings them."""

    class Meta:
        register = False

    kind: ClassVar[Kind]

    @ma.validates_schema
    def check_order(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Days that must follow each other do, and what must stay empty is."""
        wrong: dict[str, list[Text]] = {}
        for first, second in self.kind.order:
            if data.get(first) and data.get(second) and data[second] < data[first]:
                earlier = self.kind.field(first)
                wrong[second] = [_("Dit is eerder dan „%(field)s”.", field=earlier.label if earlier else first)]
        for spec in self.kind.fields:
            rule = spec.absent_when
            if rule and data.get(spec.name) and data.get(rule.field) == rule.code:
                wrong[spec.name] = [_("Laat dit leeg. %(why)s", why=rule.why)]
        if wrong:
            raise ma.ValidationError(wrong)


def facts_schema(kind: Kind) -> type[FactsSchema]:
    """The schema of a kind's facts: what it loads goes to `to_json`, what it refuses has a sentence at its field."""
    members = {spec.name: _field(spec) for spec in kind.fields}
    name = "".join(part.capitalize() for part in kind.code.split("_"))
    return type(f"{name}Facts", (FactsSchema,), {"kind": kind, **members})


def to_json(kind: Kind, loaded: Mapping[str, Any]) -> dict[str, Any]:
    """The one written form of loaded facts: ISO days, decimal strings, sorted codes; what is empty is left out."""
    values = {spec.name: _written(spec, loaded.get(spec.name)) for spec in kind.fields}
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _written(spec: FieldSpec, value: Any) -> Any:
    match value:
        case date():
            return value.isoformat()
        case Decimal() if spec.type is FieldType.WHOLE:
            return int(value)
        case Decimal() if spec.type in AMOUNTS:
            return f"{value:.2f}"
        case Decimal():
            return f"{value.normalize():f}"
        case list():
            return sorted(set(value))
        case _:
            return value


def describe(kind: Kind, facts: Facts, locale: str) -> list[tuple[str, str]]:
    """Label and value of each fact that is there, in the order of the kind and in a language: "nl" or "en"."""
    with speaking(locale):
        return [(str(spec.label), as_shown(spec, facts[spec.name])) for spec in kind.fields if spec.name in facts]


def as_shown(spec: FieldSpec, value: Any) -> str:
    """One fact as people read it, in the language in force."""
    match spec.type:
        case FieldType.DAY:
            return shown(date.fromisoformat(value))
        case FieldType.AMOUNT | FieldType.SIGNED_AMOUNT:
            return shown(Euro(Decimal(value)))
        case FieldType.CHOICE:
            return shown(spec.choice(value))
        case FieldType.CHOICES:
            return shown([spec.choice(code) for code in value])
        case FieldType.WHOLE if spec.unit is None:
            return str(value)
        case _ if spec.type in NUMERIC:
            return f"{shown(Decimal(str(value)))} {spec.unit or ''}".strip()
        case _:
            return shown(value)


def as_entered(value: Any, spec: FieldSpec) -> Any:
    """One fact as its form field takes it: a day, a decimal number, "ja" or "nee", a code or text; None stays None."""
    match value:
        case None:
            return None
        case bool():
            return "ja" if value else "nee"
        case _ if spec.type is FieldType.DAY:
            return date.fromisoformat(value)
        case _ if spec.type in NUMERIC:
            return Decimal(str(value))
        case _:
            return value
