"""The JSON Schema of the language against the language itself."""

from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from depot.core.errors import Invalid
from depot.tenders import language, library
from depot.tenders.schema import json_schema
from tests.tenders.dossiers import KINDS
from tests.tenders.test_language import RULES
from tests.tenders.test_predicates import ACCOUNTS, CLIENTS, HEADS, MARKED, STAFF

SCHEMA = Draft202012Validator(json_schema())
NEWER = (STAFF, HEADS, ACCOUNTS, CLIENTS, MARKED, {"sameAs": "E2"}, {"manual": {"question": "Past het?"}})


def with_rule(rule: Any) -> dict[str, Any]:
    first = {**deepcopy(RULES["requirements"][0]), "id": "X1", "rule": rule}
    return {**RULES, "requirements": [first, *RULES["requirements"]]}


def wrong(rules: Any) -> list[str]:
    return [error.message for error in SCHEMA.iter_errors(rules)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("code", library.standards())
def test_every_standard_requirement_fits_the_schema(code: str) -> None:
    answers = {question.name: question.default or "Iets" for question in library.standards()[code].questions}
    rules = {"schema": language.SCHEMA, "requirements": [library.fill(code, answers, "E1")]}
    assert wrong(rules) == []
    language.parse(rules, KINDS)


@pytest.mark.parametrize("rule", NEWER)
def test_what_the_language_reads_fits_the_schema(rule: dict[str, Any]) -> None:
    language.parse(with_rule(rule), KINDS)
    assert wrong(with_rule(rule)) == []


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"document": "kvk_extract", "regex": ".*"},
        {"document": "kvk_extract", "all": []},
        {"document": "reference", "where": [{"field": "satisfied", "equals": True}]},
        {"document": "reference", "atLeast": 0},
        {"anyOf": []},
        {"equivalent": "quality_mark"},
        {"equivalent": "quality_mark", "decision": "depot"},
        {"manual": {}},
        {"profile": {"establishmentIn": "Apeldoorn"}},
        {"profile": {"services": {}}},
        {"document": "kvk_extract", "all": [{"issuedWithin": "6 maanden"}]},
        {"document": "kvk_extract", "all": [{"field": "legalForm"}]},
        {"document": "kvk_extract", "all": [{"field": "legalForm", "equals": "bv", "in": ["bv"]}]},
        {"document": "qualified_staff_list", "all": [{"rows": {"sum": "fte", "count": True, "gte": "1"}}]},
        {"document": "annual_accounts", "all": [{"ratio": "currentRatio", "gte": "1", "lte": "2"}]},
        {"document": "annual_accounts", "all": [{"coversFiscalYears": {"last": 0}}]},
    ],
)
def test_what_the_schema_refuses_the_language_refuses(rule: dict[str, Any]) -> None:
    assert wrong(with_rule(rule))
    with pytest.raises(Invalid):
        language.parse(with_rule(rule), KINDS)
