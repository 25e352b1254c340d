"""The facts that a kind of document asks for: what comes in, its one written form, and how people read it."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

import marshmallow as ma

from depot.catalogue.consistency import broken
from depot.catalogue.derived import ratios, with_totals
from depot.catalogue.rules import (
    AMOUNTS,
    NUMERIC,
    ROW_LIMIT,
    Facts,
    FieldSpec,
    FieldType,
    Kind,
    Ratio,
    is_kvk_number,
    is_rsin,
)
from depot.core import clock
from depot.core.forms import REQUIRED, WRONG_CHOICE, Amount, Choice, Day, Line, Number, Prose, Schema, texts, wrong
from depot.core.i18n import Euro, _, n_, shown, speaking

ROW_ID = "rowId"
FORMULA = ("=", "+", "-", "@")
"""What makes a spreadsheet program take a text for a formula."""


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


class _Cell(Line):
    """Text in a list: programs that open lists must not take it for a formula."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text.startswith(FORMULA):
            raise wrong(_("Een tekst in een lijst mag niet beginnen met =, +, - of @."))
        return text


class _Rows(ma.fields.Field[list[dict[str, Any]]]):
    """A list of rows, each by the list's own columns; errors hang at row (from 0) and column."""

    default_error_messages = texts(invalid=_("Dit is geen lijst van rijen."))

    def __init__(self, spec: FieldSpec, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.row = row_schema(spec)()

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) > ROW_LIMIT:
            raise wrong(_("Een lijst heeft ten hoogste %(limit)s rijen.", limit=ROW_LIMIT))
        found: list[dict[str, Any]] = self.row.load(value, many=True)
        return found


def _field(spec: FieldSpec, *, is_required: bool | None = None) -> ma.fields.Field[Any]:  # noqa: C901 - one line a type
    rules: dict[str, Any] = {"required": spec.is_required if is_required is None else is_required}
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
        case FieldType.ROWS:
            return _Rows(spec, **rules)


class FactsSchema(Schema):
    """The facts of one kind, as a form or a message brings them; `own_number` is the KvK number of who hands them in."""

    class Meta:
        register = False

    kind: ClassVar[Kind]

    def __init__(self, own_number: str | None = None) -> None:
        super().__init__()
        self.own_number = own_number

    @ma.validates_schema
    def check_rules(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """The facts agree with each other, with today and with the company."""
        data = with_totals(self.kind, data)
        missing = [name for name in self.kind.totalled if name not in data]
        wrong = {spec.name: [REQUIRED] for spec in self.kind.fields if spec.is_required and spec.name in missing}
        wrong = broken(self.kind, data, today=clock.today(), own_number=self.own_number) | wrong
        if wrong:
            raise ma.ValidationError(wrong)

    @ma.post_load
    def total(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """What follows from rows is computed, whatever was typed."""
        return with_totals(self.kind, data)


class RowSchema(Schema):
    """One row of a list."""

    class Meta:
        register = False

    spec: ClassVar[FieldSpec]

    @ma.validates_schema
    def check_rules(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """The row agrees with itself and with today."""
        if wrong := broken(self.spec, data, today=clock.today()):
            raise ma.ValidationError(wrong)


def row_schema(spec: FieldSpec) -> type[RowSchema]:
    """The schema of one row of a list; it takes the key that `rows_to_json` gives a row, and does not keep it."""
    members = {
        column.name: _Cell(limit=80) if column.type is FieldType.TEXT else _field(column) for column in spec.columns
    }
    return type("Row", (RowSchema,), {"spec": spec, ROW_ID: Line(limit=20, load_only=True), **members})


@cache
def facts_schema(kind: Kind) -> type[FactsSchema]:
    """The schema of a kind's facts: what it loads goes to `to_json`, what it refuses has a sentence at its field."""
    # A total is asked for by the rules, because rows may give it.
    members = {
        spec.name: _field(spec, is_required=False if spec.name in kind.totalled else None) for spec in kind.fields
    }
    name = "".join(part.capitalize() for part in kind.code.split("_"))
    return type(f"{name}Facts", (FactsSchema,), {"kind": kind, **members})


def to_json(kind: Kind, loaded: Mapping[str, Any]) -> dict[str, Any]:
    """The one written form of loaded facts: ISO days, decimal strings, sorted codes; what is empty is left out."""
    values = {spec.name: _written(spec, loaded.get(spec.name)) for spec in kind.fields}
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def rows_to_json(spec: FieldSpec, loaded: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The one written form of loaded rows; each gets a key by its place, that tells of nobody."""
    found = []
    for place, row in enumerate(loaded, start=1):
        values = {column.name: _written(column, row.get(column.name)) for column in spec.columns}
        filled = {name: value for name, value in values.items() if value not in (None, "", [])}
        found.append({ROW_ID: f"r{place}", **filled})
    return found


def reread(kind: Kind, facts: Facts) -> dict[str, Any]:
    """Written facts as their schema loads them, without asking anew whether they are right."""
    return {spec.name: _field(spec).deserialize(facts[spec.name]) for spec in kind.fields if spec.name in facts}


def _written(spec: FieldSpec, value: Any) -> Any:
    match value:
        case list() if spec.type is FieldType.ROWS:
            return rows_to_json(spec, value)
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
    """Label and value of each fact that is there, and of what follows from them, in a language: "nl" or "en"."""
    with speaking(locale):
        found = [(str(spec.label), as_shown(spec, facts[spec.name])) for spec in kind.fields if spec.name in facts]
        return found + _computed(kind, facts)


def computed(kind: Kind, facts: Facts, locale: str) -> list[tuple[str, str]]:
    """Label and value of what follows from the facts, totals of rows too, each said to be computed."""
    listed = kind.list_field
    totals = kind.totalled if listed and facts.get(listed.name) else frozenset()
    with speaking(locale):
        found = [
            (str(_("%(label)s (berekend)", label=spec.label)), as_shown(spec, facts[spec.name]))
            for spec in kind.fields
            if spec.name in totals and spec.name in facts
        ]
        return found + _computed(kind, facts)


def _computed(kind: Kind, facts: Facts) -> list[tuple[str, str]]:
    values = ratios(kind, facts)
    return [
        (str(_("%(label)s (berekend)", label=ratio.label)), _ratio_as_shown(ratio, values[ratio.name]))
        for ratio in kind.ratios
        if ratio.name in values
    ]


def _ratio_as_shown(ratio: Ratio, value: Decimal) -> str:
    if ratio.is_share:
        return f"{shown((100 * value).quantize(Decimal('0.1')))}%"
    return shown(value.quantize(Decimal("0.01")))


def table_of(spec: FieldSpec, rows: Sequence[Mapping[str, Any]]) -> tuple[list[FieldSpec], list[list[str]]]:
    """The columns of a list in which anything is filled in, and its rows as people read them, in the language in force."""
    used = [column for column in spec.columns if any(column.name in row for row in rows)]
    return used, [[as_shown(each, row[each.name]) if each.name in row else "" for each in used] for row in rows]


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
        case FieldType.ROWS:
            return str(n_("%(num)s rij", "%(num)s rijen", num=len(value)))
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
