"""The language of requirements as JSON Schema (2020-12), for who writes rules with a program.

It says which words there are and what stands where; whether a field belongs to a kind, only `language.parse` can tell.
"""

from typing import Any

from depot.tenders.language import MUNICIPALITY, REQUIREMENT_ID, SCHEMA
from depot.tenders.requirements import ROLES, STAGES, Aggregation, Operator, RequirementKind, Severity

_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_PERIOD = {"type": "string", "pattern": r"^P(\d+Y)?(\d+M)?(\d+D)?$", "minLength": 3}
_DAY = {"anyOf": [{"const": "reference"}, {"type": "string", "format": "date"}]}
_NUMBER = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^-?\d{1,12}(\.\d{1,4})?$"}]}
_AMOUNT = {
    "type": "object",
    "properties": {"amount": _NUMBER, "currency": {"const": "EUR"}},
    "required": ["amount", "currency"],
    "additionalProperties": False,
}
_VALUE = {"anyOf": [_TEXT, {"type": "boolean"}, _NUMBER, _AMOUNT]}
_VALUES = {"type": "array", "items": _VALUE, "minItems": 1}
_CODES = {"type": "array", "items": _TEXT, "minItems": 1}
_SUITABILITY = {"properties": {"kind": {"const": "suitability"}}}


def json_schema() -> dict[str, Any]:
    """The schema of a whole set of requirements."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Eisen aan een inschrijver",
        **_object({"schema": {"const": SCHEMA}, "requirements": _several(_ref("requirement"))}),
        "$defs": {
            "requirement": _requirement(),
            "rule": {"oneOf": list(_rules())},
            "test": {"oneOf": list(_tests())},
            "condition": _field({}),
        },
    }


def _object(properties: dict[str, Any], *optional: str, **more: Any) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        **more,
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _several(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": 200}


def _requirement() -> dict[str, Any]:
    subject = _object(
        {"roles": _several({"enum": list(ROLES)}), "aggregation": {"enum": [str(each) for each in Aggregation]}}
    )
    properties = {
        "id": {"type": "string", "pattern": f"^{REQUIREMENT_ID.pattern}$"},
        "label": _TEXT,
        "kind": {"enum": [str(each) for each in RequirementKind]},
        "severity": {"enum": [str(each) for each in Severity]},
        "stage": {"enum": list(STAGES)},
        "legalBasis": _TEXT,
        "espdCriterion": _TEXT,
        "lots": _several({"type": "string", "minLength": 1, "maxLength": 20}),
        "subject": subject,
        "rule": _ref("rule"),
    }
    optional = [name for name in properties if name not in ("id", "label", "kind")]
    asked = {"required": ["stage", "subject", "rule"]}
    return _object(
        properties, *optional, **{"if": _SUITABILITY, "then": asked, "else": {"not": {"required": ["rule"]}}}
    )


def _rules() -> list[dict[str, Any]]:
    tests = _several(_ref("test"))
    document = {"document": _TEXT, "all": tests, "where": tests, "atLeast": {"type": "integer", "minimum": 1}}
    codes = {"oneOf": [_object({"containsAny": _CODES}), _object({"containsAll": _CODES})]}
    branch = {"type": "string", "pattern": f"^{MUNICIPALITY.pattern}$"}
    return [
        _object(
            {**document, "distinctBy": _TEXT},
            "all",
            "where",
            "atLeast",
            "distinctBy",
            dependentRequired={"where": ["atLeast"], "distinctBy": ["atLeast"]},
            dependentSchemas={"all": {"not": {"anyOf": [{"required": ["where"]}, {"required": ["atLeast"]}]}}},
        ),
        _object({"anyOf": _several(_ref("rule"))}),
        _object({"allOf": _several(_ref("rule"))}),
        _object({"equivalent": _TEXT, "decision": {"const": "buyer"}}),
        _object({"sameAs": _TEXT, "onlyScheme": _TEXT}, "onlyScheme"),
        _object({"manual": _object({"question": {"type": "string", "minLength": 1, "maxLength": 500}})}),
        _object(
            {
                "profile": {
                    "oneOf": [
                        _object({"establishmentIn": branch}),
                        *(_object({name: codes}) for name in ("services", "targetGroups", "legalForm")),
                    ]
                }
            }
        ),
    ]


def _tests() -> list[dict[str, Any]]:
    bounds = {"oneOf": [{"required": ["gte"]}, {"required": ["lte"]}]}
    compared = {"gte": _NUMBER, "lte": _NUMBER}
    rows = _object(
        {"where": _several(_ref("condition")), "sum": _TEXT, "count": {"const": True}, **compared},
        "where",
        "sum",
        "count",
        "gte",
        "lte",
        allOf=[bounds, {"oneOf": [{"required": ["sum"]}, {"required": ["count"]}]}],
    )
    years = _object(
        {"last": {"type": "integer", "minimum": 1}, "startersAllowed": {"type": "boolean"}}, "startersAllowed"
    )
    return [
        _object({"validOn": _DAY}),
        _object({"inForceOn": _DAY}),
        _object({"issuedWithin": _PERIOD, "maxAfterReference": _PERIOD}, "maxAfterReference"),
        _object({"asOfWithin": _PERIOD}),
        _object({"periodEndsWithin": _PERIOD}),
        _field({"onlyIf": _ref("condition"), "ongoing": {"const": "executedPart"}, "scale": _TEXT}),
        _object({"not": _ref("condition")}),
        _object({"rows": rows}),
        _object({"ratio": _TEXT, **compared, "year": {"const": "latest"}}, "gte", "lte", "year", **bounds),
        _object({"coversFiscalYears": years}),
    ]


def _field(more: dict[str, Any]) -> dict[str, Any]:
    several = (Operator.IN, Operator.CONTAINS_ANY, Operator.CONTAINS_ALL)
    operators: dict[str, Any] = {str(each): _VALUES if each in several else _VALUE for each in Operator}
    return _object(
        {"field": _TEXT, **operators, **more},
        *operators,
        *more,
        oneOf=[{"required": [name]} for name in operators],
    )
