"""The language of requirements: a closed vocabulary, so that each requirement can be explained, counted and tested."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from depot.catalogue.rules import NUMERIC, FieldSpec, FieldType, Kind, Shape
from depot.core.errors import Invalid
from depot.core.i18n import Text, _
from depot.core.periods import Period
from depot.tenders.requirements import (
    ROLES,
    STAGES,
    Aggregation,
    AllOf,
    AnyOf,
    Aspect,
    DatedWithin,
    DocumentRule,
    Equivalent,
    FieldTest,
    FiscalYears,
    Manual,
    NotTest,
    Operator,
    ProfileRule,
    RatioTest,
    Requirement,
    RequirementKind,
    RequirementSet,
    RowsTest,
    Rule,
    SameAs,
    Severity,
    Subject,
    Test,
    ValidOn,
    summed,
)

SCHEMA = "eisen/1.0"
GUARANTEE = "group_guarantee"
"""The kind of document by which a parent stands in for a company (BW 2:403, Aw 2.92)."""

_Node = TypeVar("_Node")
_WRONG = _("De eisen kloppen niet.")
_REQUIRED = _("Vul dit in.")
_UNKNOWN_KEY = _("Dit veld bestaat niet.")
_NOT_AN_OBJECT = _("Hier hoort een object te staan.")
_MOST_ITEMS, _MOST_DEPTH, _MOST_DOCUMENTS, _MOST_YEARS = 200, 5, 20, 10
_LONGEST = Period(months=600, days=3660)
REQUIREMENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,19}")
MUNICIPALITY = re.compile(r"gm\d{4}")
_GLOSSARY_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_DECIMAL = re.compile(r"-?\d{1,12}(\.\d{1,4})?")


def parse(rules: Any, kinds: Mapping[str, Kind]) -> RequirementSet:
    """Read rule JSON; raises Invalid with a sentence per path, like `requirements.2.rule.all.0.field`."""
    found = _object(rules, "", required=("schema", "requirements"))
    if found["schema"] != SCHEMA:
        raise _wrong("schema", _("Deze versie van de eisentaal kent het depot niet."))
    known = _Known(kinds, found["requirements"])
    requirements = _each(found["requirements"], "requirements", lambda item, path: _requirement(item, path, known))
    ids = [requirement.id for requirement in requirements]
    twice = {
        f"requirements.{place}.id": [_("Deze aanduiding is al gebruikt.")]
        for place, id in enumerate(ids)
        if id in ids[:place]
    }
    if twice:
        raise Invalid(_WRONG, twice)
    return RequirementSet(requirements)


@dataclass(frozen=True)
class _Known:
    """What a rule may refer to: the kinds of the catalogue, and the other requirements of its set, by place.

    `within` are the requirements whose rules led here by sameAs, so that a circle is seen.
    """

    kinds: Mapping[str, Kind]
    requirements: Any
    within: tuple[str, ...] = ()
    depth: int = field(default=1)

    def place_of(self, id: str) -> int | None:
        """Where in the list a suitability requirement with a rule stands, or None."""
        listed = self.requirements if isinstance(self.requirements, list) else []
        places = (place for place, item in enumerate(listed) if isinstance(item, dict) and item.get("id") == id)
        return next((place for place in places if "rule" in listed[place]), None)

    def deeper(self) -> "_Known":
        """The same, one layer down."""
        return replace(self, depth=self.depth + 1)


def _requirement(value: Any, path: str, known: _Known) -> Requirement:
    always = ("id", "label", "kind")
    texts = ("legalBasis", "espdCriterion", "lots")
    found = _object(value, path, required=always, optional=(*texts, "severity", "stage", "subject", "rule"))
    kind = _choice(found["kind"], f"{path}.kind", RequirementKind)
    if kind is RequirementKind.SUITABILITY:
        _object(value, path, required=(*always, "stage", "subject", "rule"), optional=(*texts, "severity"))
    elif "rule" in found:
        raise _wrong(f"{path}.rule", _("Alleen een geschiktheidseis heeft een regel."))
    if not isinstance(found["id"], str) or not REQUIREMENT_ID.fullmatch(found["id"]):
        raise _wrong(f"{path}.id", _("Gebruik letters, cijfers, punten en streepjes; hoogstens 20 tekens."))
    stage = found.get("stage")
    if stage is not None and stage not in STAGES:
        raise _wrong(f"{path}.stage", _("Deze fase bestaat niet."))
    inside = replace(known, within=(found["id"],))
    asked = Requirement(
        id=found["id"],
        kind=kind,
        label=_text(found["label"], f"{path}.label"),
        severity=_choice(found.get("severity", "minimum"), f"{path}.severity", Severity),
        legal_basis=_text(found["legalBasis"], f"{path}.legalBasis") if "legalBasis" in found else None,
        espd_criterion=_text(found["espdCriterion"], f"{path}.espdCriterion") if "espdCriterion" in found else None,
        stage=stage,
        subject=_subject(found["subject"], f"{path}.subject") if "subject" in found else None,
        rule=_rule(found["rule"], f"{path}.rule", inside) if "rule" in found else None,
        lots=_each(found["lots"], f"{path}.lots", lambda lot, place: _text(lot, place, limit=20))
        if "lots" in found
        else (),
    )
    if asked.subject and asked.subject.aggregation is Aggregation.SUM and summed(asked.rule) is None:
        raise _wrong(f"{path}.subject.aggregation", _("Optellen kan alleen bij één document met precies één aantal."))
    return asked


def _subject(value: Any, path: str) -> Subject:
    found = _object(value, path, required=("roles", "aggregation"))
    roles = _each(found["roles"], f"{path}.roles", lambda role, place: _one_of(role, place, tuple(ROLES)))
    return Subject(roles, _choice(found["aggregation"], f"{path}.aggregation", Aggregation))


def _rule(value: Any, path: str, known: _Known) -> Rule:
    if known.depth > _MOST_DEPTH:
        raise _wrong(path, _("Deze regel heeft te veel lagen."))
    readers: dict[str, Callable[[], Rule]] = {
        "document": lambda: _document(value, path, known.kinds),
        "anyOf": lambda: AnyOf(_rules(value, path, "anyOf", known)),
        "allOf": lambda: AllOf(_rules(value, path, "allOf", known)),
        "equivalent": lambda: _equivalent(value, path, known.kinds),
        "sameAs": lambda: _same_as(value, path, known),
        "profile": lambda: _profile(_object(value, path, required=("profile",))["profile"], f"{path}.profile"),
        "manual": lambda: _manual(_object(value, path, required=("manual",))["manual"], f"{path}.manual"),
    }
    return _by_key(value, path, readers)


def _rules(value: Any, path: str, key: str, known: _Known) -> tuple[Rule, ...]:
    items = _object(value, path, required=(key,))[key]
    return _each(items, f"{path}.{key}", lambda item, place: _rule(item, place, known.deeper()))


def _same_as(value: Any, path: str, known: _Known) -> SameAs:
    found = _object(value, path, required=("sameAs",), optional=("onlyScheme",))
    id = _text(found["sameAs"], f"{path}.sameAs", limit=20)
    if id in known.within:
        raise _wrong(f"{path}.sameAs", _("Deze eisen verwijzen in een kring naar elkaar."))
    place = known.place_of(id)
    if place is None:
        raise _wrong(f"{path}.sameAs", _("Deze eis bestaat niet, of heeft geen regel."))
    inside = replace(known.deeper(), within=(*known.within, id))
    rule = _rule(known.requirements[place]["rule"], f"requirements.{place}.rule", inside)
    if "onlyScheme" not in found:
        return SameAs(id, rule)
    scheme = _text(found["onlyScheme"], f"{path}.onlyScheme", limit=60)
    narrowed = _of_scheme(rule, scheme)
    if narrowed is None:
        raise _wrong(f"{path}.onlyScheme", _("De andere eis vraagt niet om dit keurmerk."))
    return SameAs(id, narrowed, scheme)


def _of_scheme(rule: Rule, scheme: str) -> Rule | None:
    """The part of a rule that a document of one scheme can meet; None when there is none."""
    match rule:
        case DocumentRule(kind, tests):
            spec = kind.field("scheme")
            if spec is None or scheme not in dict(spec.choices):
                return None
            return replace(rule, tests=(*tests, FieldTest(spec, Operator.EQUALS, (scheme,))))
        case AnyOf(rules):
            parts = tuple(part for part in (_of_scheme(inner, scheme) for inner in rules) if part is not None)
            return AnyOf(parts) if parts else None
        case SameAs(rule=inner):
            return _of_scheme(inner, scheme)
        case _:
            return None


def _equivalent(value: Any, path: str, kinds: Mapping[str, Kind]) -> Equivalent:
    found = _object(value, path, required=("equivalent", "decision"))
    _one_of(found["decision"], f"{path}.decision", ("buyer",))
    kind = kinds[_one_of(found["equivalent"], f"{path}.equivalent", tuple(kinds))]
    if kind.equivalence is None:
        raise _wrong(f"{path}.equivalent", _("Bij dit soort document bestaat geen gelijkwaardig bewijs."))
    return Equivalent(kind)


def _manual(value: Any, path: str) -> Manual:
    question = _object(value, path, required=("question",))["question"]
    return Manual(_text(question, f"{path}.question", limit=500))


def _profile(value: Any, path: str) -> ProfileRule:
    def of(aspect: Aspect) -> Callable[[], ProfileRule]:
        return lambda: _profile_codes(_object(value, path, required=(aspect,))[aspect], f"{path}.{aspect}", aspect)

    return _by_key(value, path, {str(aspect): of(aspect) for aspect in Aspect})


def _profile_codes(value: Any, path: str, aspect: Aspect) -> ProfileRule:
    if aspect is Aspect.ESTABLISHMENT:
        if not isinstance(value, str) or not MUNICIPALITY.fullmatch(value):
            raise _wrong(path, _("Schrijf de code van een gemeente als gm0200."))
        return ProfileRule(aspect, (value,))
    found = _object(value, path, optional=("containsAny", "containsAll"))
    if len(found) != 1:
        raise _wrong(path, _("Kies één van beide: containsAny of containsAll."))
    key, codes = next(iter(found.items()))
    return ProfileRule(aspect, _each(codes, f"{path}.{key}", _glossary_code), key == "containsAll")


def _glossary_code(value: Any, path: str) -> str:
    if not isinstance(value, str) or not _GLOSSARY_CODE.fullmatch(value):
        raise _wrong(path, _("Dit is geen code uit de begrippenlijst."))
    return value


def _document(value: Any, path: str, kinds: Mapping[str, Kind]) -> DocumentRule:
    found = _object(value, path, required=("document",), optional=("all", "atLeast", "where", "distinctBy"))
    kind = kinds[_one_of(found["document"], f"{path}.document", tuple(kinds))]
    if "all" in found and ("atLeast" in found or "where" in found):
        raise _wrong(f"{path}.all", _("Gebruik „all” niet samen met „atLeast” of „where”."))
    if "where" in found and "atLeast" not in found:
        raise _wrong(f"{path}.atLeast", _REQUIRED)
    at_least = found.get("atLeast", 1)
    if type(at_least) is not int or not 1 <= at_least <= _MOST_DOCUMENTS:
        raise _wrong(f"{path}.atLeast", _("Schrijf een heel getal van 1 tot en met %(most)s.", most=_MOST_DOCUMENTS))
    key = "where" if "where" in found else "all"
    tests = _each(found[key], f"{path}.{key}", lambda item, place: _test(item, place, kind)) if key in found else ()
    years = [test for test in tests if isinstance(test, FiscalYears)]
    if len(years) > 1 or (years and key == "where"):
        raise _wrong(f"{path}.{key}", _("Noem de boekjaren één keer, onder „all”."))
    return DocumentRule(
        kind,
        tuple(test for test in tests if not isinstance(test, FiscalYears)),
        at_least,
        _distinct_by(found, path, kind),
        years[0] if years else None,
        # Accounts of a group show what a subsidiary is worth only where the parent stands in for it.
        kinds.get(GUARANTEE) if kind.field("parentKvkNumber") and kind.code != GUARANTEE else None,
    )


def _distinct_by(found: Mapping[str, Any], path: str, kind: Kind) -> FieldSpec | None:
    if "distinctBy" not in found:
        return None
    if "atLeast" not in found:
        raise _wrong(f"{path}.atLeast", _REQUIRED)
    return _known_field(found["distinctBy"], f"{path}.distinctBy", kind)


def _known_field(name: Any, path: str, within: Kind | FieldSpec) -> FieldSpec:
    spec = within.field(name) if isinstance(name, str) else None
    if spec is None:
        raise _wrong(path, _("Dit soort document heeft dit veld niet."))
    return spec


def _test(value: Any, path: str, kind: Kind) -> Test | FiscalYears:
    readers: dict[str, Callable[[], Test | FiscalYears]] = {
        "validOn": lambda: _valid_on(value, path, kind, "validOn"),
        "inForceOn": lambda: _valid_on(value, path, kind, "inForceOn"),
        "issuedWithin": lambda: _dated_within(value, path, kind, "issuedWithin", kind.axis.issue_field),
        "asOfWithin": lambda: _dated_within(value, path, kind, "asOfWithin", _axis_day(kind, Shape.AS_OF)),
        "periodEndsWithin": lambda: _dated_within(
            value, path, kind, "periodEndsWithin", _axis_day(kind, Shape.PERIOD_END)
        ),
        "field": lambda: _field_test(value, path, kind),
        "not": lambda: _not(value, path, kind),
        "rows": lambda: _rows(_object(value, path, required=("rows",))["rows"], f"{path}.rows", kind),
        "ratio": lambda: _ratio(value, path, kind),
        "coversFiscalYears": lambda: _fiscal_years(value, path, kind),
    }
    return _by_key(value, path, readers)


def _not(value: Any, path: str, kind: Kind) -> NotTest:
    inner = _object(value, path, required=("not",))["not"]
    test = _field_test(inner, f"{path}.not", kind, is_condition=True)
    if test.operator is Operator.WITHIN:
        raise _wrong(f"{path}.not", _("Deze vergelijking past niet bij dit veld."))
    return NotTest(test)


def _rows(value: Any, path: str, kind: Kind) -> RowsTest:
    found = _object(value, path, optional=("where", "sum", "count", "gte", "lte"))
    listed = kind.list_field
    if listed is None:
        raise _wrong(path, _("Dit soort document heeft geen lijst met regels."))
    where = (
        _each(found["where"], f"{path}.where", lambda item, place: _field_test(item, place, listed, is_condition=True))
        if "where" in found
        else ()
    )
    if ("sum" in found) == (found.get("count") is True):
        raise _wrong(path, _("Kies één van beide: sum of count."))
    column = _known_field(found["sum"], f"{path}.sum", listed) if "sum" in found else None
    if column is not None and column.type not in NUMERIC:
        raise _wrong(f"{path}.sum", _("Deze kolom kan niet worden opgeteld."))
    operator, number = _comparison(found, path)
    return RowsTest(listed, where, column, operator, number)


def _ratio(value: Any, path: str, kind: Kind) -> RatioTest:
    found = _object(value, path, required=("ratio",), optional=("gte", "lte", "year"))
    names = {ratio.name: ratio for ratio in kind.ratios}
    ratio = names[_one_of(found["ratio"], f"{path}.ratio", tuple(names))]
    if "year" in found:
        _one_of(found["year"], f"{path}.year", ("latest",))
    operator, number = _comparison(found, path)
    return RatioTest(ratio, operator, number, "year" in found)


def _comparison(found: Mapping[str, Any], path: str) -> tuple[Operator, Decimal]:
    used = [operator for operator in (Operator.GTE, Operator.LTE) if operator in found]
    if len(used) != 1:
        raise _wrong(path, _("Noem precies één vergelijking."))
    return used[0], _number(found[used[0]], f"{path}.{used[0]}")


def _fiscal_years(value: Any, path: str, kind: Kind) -> FiscalYears:
    path = f"{path}.coversFiscalYears"
    found = _object(
        _object(value, path, required=("coversFiscalYears",))["coversFiscalYears"],
        path,
        required=("last",),
        optional=("startersAllowed",),
    )
    if kind.field("fiscalYear") is None:
        raise _wrong(path, _("Dit soort document gaat niet over een boekjaar."))
    last, starters = found["last"], found.get("startersAllowed", False)
    if type(last) is not int or not 1 <= last <= _MOST_YEARS:
        raise _wrong(f"{path}.last", _("Schrijf een heel getal van 1 tot en met %(most)s.", most=_MOST_YEARS))
    if not isinstance(starters, bool):
        raise _wrong(f"{path}.startersAllowed", _("Kies ja of nee."))
    return FiscalYears(last, starters)


def _axis_day(kind: Kind, shape: Shape) -> str | None:
    return kind.axis.day if kind.axis.shape is shape else None


def _valid_on(value: Any, path: str, kind: Kind, key: str) -> ValidOn:
    day = _object(value, path, required=(key,))[key]
    if kind.axis.shape is not Shape.PERIOD:
        raise _wrong(f"{path}.{key}", _("Dit soort document geldt niet voor een periode."))
    return ValidOn(None if day == "reference" else _day(day, f"{path}.{key}"), key == "inForceOn")


def _dated_within(value: Any, path: str, kind: Kind, key: str, field: str | None) -> DatedWithin:
    optional = ("maxAfterReference",) if key == "issuedWithin" and kind.is_late_issue_accepted else ()
    found = _object(value, path, required=(key,), optional=optional)
    spec = kind.field(field) if field is not None else None
    if spec is None:
        raise _wrong(f"{path}.{key}", _("Dit soort document heeft deze datum niet."))
    after = found.get("maxAfterReference")
    return DatedWithin(
        spec,
        _period(found[key], f"{path}.{key}"),
        _period(after, f"{path}.maxAfterReference") if after is not None else None,
    )


def _field_test(value: Any, path: str, within: Kind | FieldSpec, *, is_condition: bool = False) -> FieldTest:
    """A test of a field of a document, or of a column of its rows; a condition of another test has none of its own."""
    operators = tuple(Operator)
    optional = operators if is_condition else (*operators, "onlyIf", "ongoing", "scale")
    found = _object(value, path, required=("field",), optional=optional)
    spec = _known_field(found["field"], f"{path}.field", within)
    used = [operator for operator in operators if operator in found]
    if len(used) != 1:
        raise _wrong(path, _("Noem precies één vergelijking."))
    operator = used[0]
    if "ongoing" in found:
        _one_of(found["ongoing"], f"{path}.ongoing", ("executedPart",))
        axis = within.axis if isinstance(within, Kind) else None
        if operator is not Operator.WITHIN or axis is None or axis.ongoing is None or spec.name != axis.day:
            raise _wrong(f"{path}.ongoing", _("Dit past alleen bij de einddatum van een lopende opdracht."))
    condition = found.get("onlyIf")
    return FieldTest(
        spec,
        operator,
        _values(found[operator], f"{path}.{operator}", spec, operator),
        _field_test(condition, f"{path}.onlyIf", within, is_condition=True) if condition is not None else None,
        "ongoing" in found,
        _scale(found["scale"], f"{path}.scale", within) if "scale" in found else None,
    )


def _scale(value: Any, path: str, within: Kind | FieldSpec) -> str:
    spec = _known_field("scale", path, within)
    return _one_of(value, path, tuple(code for code, _words in spec.choices))


_TYPES: Mapping[Operator, frozenset[FieldType]] = {
    Operator.EQUALS: frozenset(FieldType) - {FieldType.CHOICES, FieldType.PROSE, FieldType.ROWS},
    Operator.IN: frozenset({FieldType.CHOICE, FieldType.TEXT, FieldType.WHOLE, FieldType.KVK_NUMBER}),
    Operator.CONTAINS_ANY: frozenset({FieldType.CHOICES}),
    Operator.CONTAINS_ALL: frozenset({FieldType.CHOICES}),
    Operator.GTE: NUMERIC,
    Operator.LTE: NUMERIC,
    Operator.WITHIN: frozenset({FieldType.DAY}),
}


def _values(value: Any, path: str, spec: FieldSpec, operator: Operator) -> tuple[Any, ...]:
    is_ordered = spec.is_ordered and operator in (Operator.GTE, Operator.LTE)
    if spec.type not in _TYPES[operator] and not is_ordered:
        raise _wrong(path, _("Deze vergelijking past niet bij dit veld."))
    if operator is Operator.WITHIN:
        return (_period(value, path),)
    if operator in (Operator.IN, Operator.CONTAINS_ANY, Operator.CONTAINS_ALL):
        return _each(value, path, lambda item, place: _value(item, place, spec))
    return (_value(value, path, spec),)


def _value(value: Any, path: str, spec: FieldSpec) -> Any:
    match spec.type:
        case FieldType.AMOUNT | FieldType.SIGNED_AMOUNT:
            return _amount(value, path, is_signed=spec.type is FieldType.SIGNED_AMOUNT)
        case FieldType.NUMBER | FieldType.WHOLE:
            return _number(value, path)
        case FieldType.BOOLEAN:
            if not isinstance(value, bool):
                raise _wrong(path, _("Kies ja of nee."))
            return value
        case FieldType.CHOICE | FieldType.CHOICES:
            return _one_of(value, path, tuple(code for code, _words in spec.choices))
        case FieldType.DAY:
            return _day(value, path).isoformat()
        case _:
            return _text(value, path)


def _amount(value: Any, path: str, *, is_signed: bool) -> Decimal:
    found = _object(value, path, required=("amount", "currency"))
    _one_of(found["currency"], f"{path}.currency", ("EUR",))
    if not isinstance(found["amount"], str):
        raise _wrong(f"{path}.amount", _("Schrijf een bedrag als „1250000.00”."))
    amount = _number(found["amount"], f"{path}.amount")
    if amount < 0 and not is_signed:
        raise _wrong(f"{path}.amount", _("Een bedrag kan hier niet negatief zijn."))
    return amount


def _number(value: Any, path: str) -> Decimal:
    # A JSON fraction is a binary float; 0.1 would not be what the buyer typed.
    if type(value) not in (str, int) or not _DECIMAL.fullmatch(str(value)):
        raise _wrong(path, _("Schrijf een getal als „4.5”, tussen aanhalingstekens."))
    return Decimal(str(value))


def _period(value: Any, path: str) -> Period:
    try:
        period = Period.parse(value)
    except (TypeError, ValueError) as error:
        raise _wrong(path, _("Schrijf een termijn als P6M (6 maanden) of P2Y (2 jaar).")) from error
    if period > _LONGEST or period.days > _LONGEST.days:
        raise _wrong(path, _("Deze termijn is te lang."))
    return period


def _day(value: Any, path: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _wrong(path, _("Schrijf een datum als 2026-11-21, of „reference”.")) from error


def _text(value: Any, path: str, limit: int = 200) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _wrong(path, _REQUIRED)
    if len(value) > limit:
        raise _wrong(path, _("Dit is langer dan %(limit)s tekens.", limit=limit))
    return value.strip()


def _one_of(value: Any, path: str, codes: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in codes:
        raise _wrong(path, _("Kies een van: %(codes)s.", codes=list(codes)))
    return value


_Code = TypeVar("_Code", bound=StrEnum)


def _choice(value: Any, path: str, codes: type[_Code]) -> _Code:
    return codes(_one_of(value, path, [str(code) for code in codes]))


def _object(value: Any, path: str, *, required: Sequence[str] = (), optional: Sequence[str] = ()) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(path, _NOT_AN_OBJECT)
    wrong = {_inside(path, key): [_UNKNOWN_KEY] for key in value if key not in (*required, *optional)}
    wrong |= {_inside(path, key): [_REQUIRED] for key in required if value.get(key) is None}
    if wrong:
        raise Invalid(_WRONG, wrong)
    return value


def _by_key(value: Any, path: str, readers: Mapping[str, Callable[[], _Node]]) -> _Node:
    if not isinstance(value, dict):
        raise _wrong(path, _NOT_AN_OBJECT)
    reader = next((reader for key, reader in readers.items() if key in value), None)
    if reader is None:
        raise _wrong(path, _("Het depot kent deze voorwaarde niet. Kies uit: %(known)s.", known=list(readers)))
    return reader()


def _each(value: Any, path: str, read: Callable[[Any, str], _Node]) -> tuple[_Node, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_ITEMS:
        raise _wrong(path, _("Hier hoort een lijst van 1 tot en met %(most)s te staan.", most=_MOST_ITEMS))
    found: list[_Node] = []
    wrong: dict[str, Sequence[Text]] = {}
    for place, item in enumerate(value):
        try:
            found.append(read(item, f"{path}.{place}"))
        except Invalid as error:
            wrong |= error.fields
    if wrong:
        raise Invalid(_WRONG, wrong)
    return tuple(found)


def _inside(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _wrong(path: str, text: Text) -> Invalid:
    return Invalid(_WRONG, {path: [text]})
