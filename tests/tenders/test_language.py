from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from depot.core.errors import Invalid
from depot.core.periods import Period
from depot.tenders import library
from depot.tenders.language import SCHEMA, parse
from depot.tenders.models import PartyRole, StageName
from depot.tenders.requirements import (
    ROLES,
    STAGES,
    Aggregation,
    AnyOf,
    DatedWithin,
    DocumentRule,
    Equivalent,
    FieldTest,
    Operator,
    RequirementKind,
    Severity,
    Subject,
    ValidOn,
)
from tests.tenders.dossiers import KINDS

RULES: dict[str, Any] = {
    "schema": SCHEMA,
    "requirements": [
        {
            "id": "E1",
            "label": "Uittreksel Handelsregister",
            "legalBasis": "Aw 2.89 lid 1",
            "espdCriterion": "trade-regist",
            "kind": "suitability",
            "stage": "evidence",
            "severity": "knockout",
            "subject": {"roles": ["bidder", "member", "reliedOn"], "aggregation": "each"},
            "rule": {"document": "kvk_extract", "all": [{"issuedWithin": "P6M", "maxAfterReference": "P20D"}]},
        },
        {
            "id": "E2",
            "label": "Verzekering",
            "kind": "suitability",
            "stage": "bid",
            "subject": {"roles": ["bidder"], "aggregation": "any"},
            "rule": {
                "document": "liability_insurance",
                "all": [
                    {"validOn": "reference"},
                    {"inForceOn": "2027-01-01"},
                    {"issuedWithin": "P12M"},
                    {"field": "coverKind", "in": ["BAV", "combi"]},
                    {"field": "amountPerClaim", "gte": {"amount": "1250000.00", "currency": "EUR"}},
                ],
            },
        },
        {
            "id": "E3",
            "label": "Ervaring",
            "kind": "suitability",
            "stage": "bid",
            "subject": {"roles": ["bidder"], "aggregation": "each"},
            "rule": {
                "document": "reference",
                "atLeast": 2,
                "where": [
                    {"field": "domains", "containsAny": ["toeleiden-naar-werk"]},
                    {"field": "endDate", "within": "P3Y", "ongoing": "executedPart"},
                    {"field": "satisfied", "equals": True},
                    {"field": "trajectories", "lte": 500},
                ],
            },
        },
        {
            "id": "E4",
            "label": "Kwaliteit",
            "kind": "suitability",
            "stage": "bid",
            "subject": {"roles": ["bidder", "member"], "aggregation": "each"},
            "rule": {
                "anyOf": [
                    {
                        "document": "quality_mark",
                        "all": [
                            {
                                "field": "scopeServices",
                                "containsAll": ["toeleiden-naar-werk"],
                                "onlyIf": {"field": "scheme", "equals": "blik-op-werk"},
                            }
                        ],
                    },
                    {"equivalent": "quality_mark", "decision": "buyer"},
                ]
            },
        },
        {
            "id": "E5",
            "label": "Rest",
            "kind": "suitability",
            "stage": "bid",
            "subject": {"roles": ["subcontractor"], "aggregation": "each"},
            "rule": {
                "allOf": [
                    {"profile": {"establishmentIn": "gm0200"}},
                    {"profile": {"services": {"containsAny": ["jobcoaching"]}}},
                    {"profile": {"targetGroups": {"containsAll": ["jongeren", "statushouders"]}}},
                    {"manual": {"question": "Past de visie bij het beleid?"}},
                    {
                        "document": "qualified_staff_list",
                        "all": [{"asOfWithin": "P6M"}, {"field": "fte", "gte": "4.0"}],
                    },
                    {"document": "annual_accounts", "all": [{"periodEndsWithin": "P24M"}]},
                ]
            },
        },
        {"id": "P1", "label": "Minstens 55 procent bereikt het doel", "kind": "performance"},
        {"id": "G1", "label": "Prijs: 50", "kind": "award"},
    ],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The rules with one place changed; None takes the place away."""
    rules = deepcopy(RULES)
    *before, last = (int(part) if part.isdigit() else part for part in path.split("."))
    place: Any = rules
    for part in before:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return rules


def refused(rules: Any) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as error:
        parse(rules, KINDS)
    return {path: [str(text) for text in texts] for path, texts in error.value.fields.items()}


def test_each_requirement_becomes_what_it_says():
    extract, insurance, experience, quality, rest, performance, award = parse(RULES, KINDS).requirements
    assert extract.severity is Severity.KNOCKOUT
    assert extract.stage == "evidence"
    assert extract.subject == Subject(("bidder", "member", "reliedOn"), Aggregation.EACH)
    issue = KINDS["kvk_extract"].field("issueDate")
    assert issue is not None
    assert extract.rule == DocumentRule(KINDS["kvk_extract"], (DatedWithin(issue, Period(6), Period(days=20)),))
    assert isinstance(insurance.rule, DocumentRule)
    valid, in_force, issued, cover, amount = insurance.rule.tests
    assert valid == ValidOn()
    assert in_force == ValidOn(date(2027, 1, 1), is_open_end_accepted=True)
    assert isinstance(issued, DatedWithin)
    assert issued.field.name == "certificateDate"
    assert isinstance(cover, FieldTest)
    assert cover.values == ("BAV", "combi")
    assert isinstance(amount, FieldTest)
    assert amount.values == (Decimal("1250000.00"),)
    assert isinstance(experience.rule, DocumentRule)
    assert experience.rule.at_least == 2
    assert [test.operator for test in experience.rule.tests if isinstance(test, FieldTest)] == [
        Operator.CONTAINS_ANY,
        Operator.WITHIN,
        Operator.EQUALS,
        Operator.LTE,
    ]
    assert isinstance(quality.rule, AnyOf)
    assert quality.rule.rules[1] == Equivalent(KINDS["quality_mark"])
    assert rest.severity is Severity.MINIMUM
    assert performance.kind is RequirementKind.PERFORMANCE
    assert award.rule is None


def test_consent_must_cover_every_kind_that_is_asked():
    assert parse(RULES, KINDS).kinds_asked == {
        "annual_accounts",
        "group_guarantee",
        "kvk_extract",
        "liability_insurance",
        "qualified_staff_list",
        "quality_mark",
        "reference",
    }


def test_a_field_of_another_kind_is_refused_with_its_path():
    rules = changed("requirements.2.rule.where.0.field", "coverKind")
    assert refused(rules) == {"requirements.2.rule.where.0.field": ["Dit soort document heeft dit veld niet."]}


def test_all_mistakes_are_told_at_once():
    rules = changed("requirements.1.rule.all.3.in", ["WAM"])
    rules["requirements"][1]["rule"]["all"][0] = {"validOn": "someday"}
    rules["requirements"][0]["stage"] = "later"
    assert set(refused(rules)) == {
        "requirements.0.stage",
        "requirements.1.rule.all.0.validOn",
        "requirements.1.rule.all.3.in.0",
    }


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        ("schema", "eisen/9.0", "schema"),
        ("extra", 1, "extra"),
        ("requirements", [], "requirements"),
        ("requirements", {}, "requirements"),
        ("requirements.0", "E1", "requirements.0"),
        ("requirements.0.id", "", "requirements.0.id"),
        ("requirements.0.id", "E 1", "requirements.0.id"),
        ("requirements.1.id", "E1", "requirements.1.id"),
        ("requirements.0.label", "  ", "requirements.0.label"),
        ("requirements.0.label", "x" * 201, "requirements.0.label"),
        ("requirements.0.kind", "exclusion", "requirements.0.kind"),
        ("requirements.0.severity", "fatal", "requirements.0.severity"),
        ("requirements.0.stage", None, "requirements.0.stage"),
        ("requirements.0.subject", None, "requirements.0.subject"),
        ("requirements.0.rule", None, "requirements.0.rule"),
        ("requirements.0.phase", "bid", "requirements.0.phase"),
        ("requirements.0.subject.roles", [], "requirements.0.subject.roles"),
        ("requirements.0.subject.roles.0", "holding", "requirements.0.subject.roles.0"),
        ("requirements.0.subject.aggregation", "sum", "requirements.0.subject.aggregation"),
        ("requirements.0.rule.document", "passport", "requirements.0.rule.document"),
        ("requirements.0.rule.all.0.issuedWithin", "180 days", "requirements.0.rule.all.0.issuedWithin"),
        ("requirements.0.rule.all.0.issuedWithin", "P999Y", "requirements.0.rule.all.0.issuedWithin"),
        ("requirements.0.rule.all.0.issuedWithin", 6, "requirements.0.rule.all.0.issuedWithin"),
        ("requirements.0.rule.all.0", {"validOn": "reference"}, "requirements.0.rule.all.0.validOn"),
        ("requirements.0.rule.all.0", {"asOfWithin": "P6M"}, "requirements.0.rule.all.0.asOfWithin"),
        ("requirements.0.rule.all.0", {"regex": ".*"}, "requirements.0.rule.all.0"),
        ("requirements.0.rule.atLeast", 1, "requirements.0.rule.all"),
        ("requirements.1.rule.all.1.inForceOn", "2027-02-30", "requirements.1.rule.all.1.inForceOn"),
        ("requirements.1.rule.all.2.maxAfterReference", "P1M", "requirements.1.rule.all.2.maxAfterReference"),
        ("requirements.1.rule.all.3.equals", "BAV", "requirements.1.rule.all.3"),
        ("requirements.1.rule.all.4.gte", "1250000.00", "requirements.1.rule.all.4.gte"),
        ("requirements.1.rule.all.4.gte.amount", "-1.00", "requirements.1.rule.all.4.gte.amount"),
        ("requirements.1.rule.all.4.gte.amount", 1250000.0, "requirements.1.rule.all.4.gte.amount"),
        ("requirements.1.rule.all.4.gte.currency", "USD", "requirements.1.rule.all.4.gte.currency"),
        ("requirements.1.rule.all.4.field", "insurer", "requirements.1.rule.all.4.gte"),
        ("requirements.2.rule.atLeast", 0, "requirements.2.rule.atLeast"),
        ("requirements.2.rule.atLeast", True, "requirements.2.rule.atLeast"),
        ("requirements.2.rule.atLeast", None, "requirements.2.rule.atLeast"),
        ("requirements.2.rule.where.1.ongoing", "all", "requirements.2.rule.where.1.ongoing"),
        ("requirements.2.rule.where.1.field", "startDate", "requirements.2.rule.where.1.ongoing"),
        ("requirements.2.rule.where.2.equals", "ja", "requirements.2.rule.where.2.equals"),
        ("requirements.2.rule.where.3.lte", 1.5, "requirements.2.rule.where.3.lte"),
        ("requirements.3.rule.anyOf", [], "requirements.3.rule.anyOf"),
        ("requirements.3.rule.anyOf.0.all.0.onlyIf.onlyIf", {}, "requirements.3.rule.anyOf.0.all.0.onlyIf.onlyIf"),
        ("requirements.3.rule.anyOf.1.equivalent", "kvk_extract", "requirements.3.rule.anyOf.1.equivalent"),
        ("requirements.3.rule.anyOf.1.decision", "depot", "requirements.3.rule.anyOf.1.decision"),
        ("requirements.3.rule.not", {}, "requirements.3.rule.not"),
        (
            "requirements.4.rule.allOf.0.profile.establishmentIn",
            "Apeldoorn",
            "requirements.4.rule.allOf.0.profile.establishmentIn",
        ),
        ("requirements.4.rule.allOf.1.profile.services", {}, "requirements.4.rule.allOf.1.profile.services"),
        (
            "requirements.4.rule.allOf.1.profile.services.containsAny.0",
            "Job coaching",
            "requirements.4.rule.allOf.1.profile.services.containsAny.0",
        ),
        ("requirements.4.rule.allOf.3.manual.question", "", "requirements.4.rule.allOf.3.manual.question"),
        ("requirements.5.rule", {"manual": {"question": "?"}}, "requirements.5.rule"),
    ],
)
def test_what_is_not_in_the_language_is_refused_at_its_path(path: str, value: Any, at: str):
    assert list(refused(changed(path, value))) == [at]


def test_a_rule_has_a_limited_depth():
    rule: dict[str, Any] = {"manual": {"question": "Genoeg?"}}
    for _ in range(5):
        rule = {"anyOf": [rule]}
    path = "requirements.0.rule" + ".anyOf.0" * 5
    assert refused(changed("requirements.0.rule", rule)) == {path: ["Deze regel heeft te veel lagen."]}


@pytest.mark.parametrize("rules", [None, [], "eisen", {}])
def test_what_is_no_requirement_set_is_refused(rules: Any):
    assert refused(rules)


def test_every_standard_requirement_is_in_the_language():
    filled = [
        library.fill(code, {question.name: question.default or "Een eis" for question in each.questions}, f"E{number}")
        for number, (code, each) in enumerate(library.standards().items())
    ]
    assert len(parse({"schema": SCHEMA, "requirements": filled}, KINDS).requirements) == len(library.standards())


def test_stages_and_roles_are_those_of_a_tender():
    assert set(STAGES) == set(StageName)
    assert frozenset[str]().union(*ROLES.values()) == set(PartyRole)
