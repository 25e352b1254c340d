"""What a buyer can require, as frozen dataclasses; `language.parse` makes them from rule JSON.

A kind of document in them is the catalogue's own, so that judging looks nothing up.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from depot.catalogue.rules import NUMERIC, FieldSpec, Kind, Ratio
from depot.core.periods import Period

STAGES = ("application", "bid", "evidence", "contract")

ROLES: Mapping[str, frozenset[str]] = {
    # Who bids for a combination is its lead; a lead is a member as well.
    "bidder": frozenset({"bidder", "lead"}),
    "member": frozenset({"member", "lead"}),
    "reliedOn": frozenset({"relied_on"}),
    "subcontractor": frozenset({"subcontractor"}),
}
"""The roles that rule JSON names, and the parties that each means."""


class RequirementKind(StrEnum):
    """Suitability is assessed, performance is declared by the company, award is shown."""

    SUITABILITY = "suitability"
    PERFORMANCE = "performance"
    AWARD = "award"


class Severity(StrEnum):
    """How the buyer means a requirement; the depot only reports."""

    KNOCKOUT = "knockout"
    MINIMUM = "minimum"
    INFORMATION = "information"


class Aggregation(StrEnum):
    """Whether each of the parties must meet a requirement, any one of them, or all of them added together."""

    EACH = "each"
    ANY = "any"
    SUM = "sum"


class Operator(StrEnum):
    """What is asked of a field."""

    EQUALS = "equals"
    IN = "in"
    CONTAINS_ANY = "containsAny"
    CONTAINS_ALL = "containsAll"
    GTE = "gte"
    LTE = "lte"
    WITHIN = "within"


@dataclass(frozen=True)
class FieldTest:
    """A field compared with values, or a day that lies within a period before the reference day.

    With `counts_executed_part` a contract that still runs reaches up to the reference day; a figure on another
    `scale` than the one that is asked cannot be compared.
    """

    field: FieldSpec
    operator: Operator
    values: tuple[Any, ...]
    only_if: "FieldTest | None" = None
    counts_executed_part: bool = False
    scale: str | None = None

    @cached_property
    def asked(self) -> list[Any]:
        """The values as JSON."""
        return [str(value) if isinstance(value, Decimal) else value for value in self.values]


@dataclass(frozen=True)
class NotTest:
    """A field that must not be so; a fact that is missing proves nothing either way."""

    test: FieldTest


@dataclass(frozen=True)
class RowsTest:
    """The rows of a list that pass all of `where`, counted or added up over a column, compared with a number."""

    rows: FieldSpec
    where: tuple[FieldTest, ...]
    column: FieldSpec | None
    operator: Operator
    value: Decimal


@dataclass(frozen=True)
class RatioTest:
    """A ratio of the kind compared with a number; of the latest year only, or of each document that counts."""

    ratio: Ratio
    operator: Operator
    value: Decimal
    is_latest_only: bool = False


@dataclass(frozen=True)
class FiscalYears:
    """A document for each of so many financial years up to the latest; a starter has none from before it began."""

    last: int
    are_starters_allowed: bool = False


@dataclass(frozen=True)
class ValidOn:
    """Valid on a day; None means the reference day. `is_open_end_accepted` for what holds until it is replaced."""

    day: date | None = None
    is_open_end_accepted: bool = False


@dataclass(frozen=True)
class DatedWithin:
    """The day of issue, as-of day or period end lies within a period before the reference day."""

    field: FieldSpec
    period: Period
    max_after_reference: Period | None = None


Test = FieldTest | NotTest | RowsTest | RatioTest | ValidOn | DatedWithin


@dataclass(frozen=True)
class DocumentRule:
    """At least so many distinct documents of a kind that each pass all tests, or one for each of some `years`.

    Documents that agree in `distinct_by` count once. Who stands in with a `guarantee` may bring its own document.
    """

    kind: Kind
    tests: tuple[Test, ...] = ()
    at_least: int = 1
    distinct_by: FieldSpec | None = None
    years: FiscalYears | None = None
    guarantee: Kind | None = None

    @cached_property
    def is_latest_only(self) -> bool:
        """Whether only the document dated last is asked about."""
        return any(isinstance(test, RatioTest) and test.is_latest_only for test in self.tests)

    @cached_property
    def facts_read(self) -> tuple[str, ...]:
        """The names of the facts that its kind's axis and its tests read, and that of the holder."""
        names = [*self.kind.axis.fields, self.kind.holder or "", *(name for test in self.tests for name in _read(test))]
        return tuple(sorted(set(names)))


@dataclass(frozen=True)
class AnyOf:
    """One of the rules."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True)
class AllOf:
    """All of the rules."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True)
class Equivalent:
    """An equivalent of a kind of document, which the buyer accepts or not (Aw 2.78a, 2.96)."""

    kind: Kind


class Aspect(StrEnum):
    """What a company says of itself in its profile, and what the trade register says of it."""

    ESTABLISHMENT = "establishmentIn"
    SERVICES = "services"
    TARGET_GROUPS = "targetGroups"
    LEGAL_FORM = "legalForm"


@dataclass(frozen=True)
class ProfileRule:
    """The profile of the company holds these codes: all of them, or any one."""

    aspect: Aspect
    codes: tuple[str, ...]
    needs_all: bool = False


@dataclass(frozen=True)
class Manual:
    """A question that a person at the buyer answers."""

    question: str


@dataclass(frozen=True)
class SameAs:
    """What meets another requirement meets this one as well; `rule` is that one's, narrowed to one `scheme` if named."""

    requirement_id: str
    rule: "Rule"
    scheme: str | None = None


Rule = DocumentRule | AnyOf | AllOf | Equivalent | ProfileRule | Manual | SameAs


@dataclass(frozen=True)
class Subject:
    """Which parties a requirement is about, and whether each or any of them must meet it, or all together."""

    roles: tuple[str, ...]
    aggregation: Aggregation

    @cached_property
    def parties(self) -> frozenset[str]:
        """The roles that parties have in a tender and that it is about."""
        return frozenset().union(*(ROLES[role] for role in self.roles))


@dataclass(frozen=True)
class Requirement:
    """One requirement; only suitability has a stage, a subject and a rule. Without `lots` it goes for all of them."""

    id: str
    kind: RequirementKind
    label: str
    severity: Severity
    legal_basis: str | None = None
    espd_criterion: str | None = None
    stage: str | None = None
    subject: Subject | None = None
    rule: Rule | None = None
    lots: tuple[str, ...] = ()

    @property
    def asks_buyer(self) -> bool:
        """Whether a part of it is left to the buyer's judgement: an equivalent, or an open question."""
        return self.rule is not None and _asks_buyer(self.rule)


@dataclass(frozen=True)
class RequirementSet:
    """All requirements of one tender, in the buyer's order."""

    requirements: tuple[Requirement, ...]

    def of_lot(self, lot: str) -> "RequirementSet":
        """What goes for one lot."""
        return RequirementSet(tuple(item for item in self.requirements if not item.lots or lot in item.lots))

    def of_roles(self, roles: Collection[str]) -> "RequirementSet":
        """What is asked of parties in these roles."""
        return RequirementSet(
            tuple(
                item
                for item in self.requirements
                if item.subject and any(not ROLES[name].isdisjoint(roles) for name in item.subject.roles)
            )
        )

    @property
    def kinds_asked(self) -> frozenset[str]:
        """The kinds of document that the requirements look at: what a company consents to being read."""
        return frozenset().union(*(_kinds(item.rule) for item in self.requirements if item.rule))

    @property
    def aspects(self) -> frozenset[Aspect]:
        """What of the profile the requirements look at."""
        return frozenset().union(*(_aspects(item.rule) for item in self.requirements if item.rule))


def _asks_buyer(rule: Rule) -> bool:
    match rule:
        case AnyOf(rules) | AllOf(rules):
            return any(map(_asks_buyer, rules))
        case SameAs(rule=same):
            return _asks_buyer(same)
        case _:
            return isinstance(rule, Equivalent | Manual)


def _kinds(rule: Rule) -> frozenset[str]:
    match rule:
        case DocumentRule(kind, guarantee=guarantee):
            return frozenset({kind.code, *([guarantee.code] if guarantee else [])})
        case Equivalent(kind):
            return frozenset({kind.code})
        case AnyOf(rules) | AllOf(rules):
            return frozenset().union(*map(_kinds, rules))
        case SameAs(rule=same):
            return _kinds(same)
        case _:
            return frozenset()


def _read(test: Test) -> tuple[str, ...]:
    match test:
        case FieldTest(field=spec, only_if=None) | NotTest(FieldTest(field=spec)):
            return (spec.name, *(("scale",) if isinstance(test, FieldTest) and test.scale else ()))
        case FieldTest(field=spec, only_if=FieldTest(field=other)):
            return spec.name, other.name
        case RatioTest(ratio=ratio):
            return ratio.part, ratio.whole
        case DatedWithin(field=spec):
            return (spec.name,)
        case _:
            return ()


def _aspects(rule: Rule) -> frozenset[Aspect]:
    match rule:
        case ProfileRule(aspect):
            return frozenset({aspect})
        case AnyOf(rules) | AllOf(rules):
            return frozenset().union(*map(_aspects, rules))
        case SameAs(rule=same):
            return _aspects(same)
        case _:
            return frozenset()


def summed(rule: Rule | None) -> FieldTest | RowsTest | None:
    """The one number of a rule that can be added over parties: "at least" of a figure, or of rows; None without."""
    if not isinstance(rule, DocumentRule) or rule.at_least > 1 or rule.years:
        return None
    numbers = [test for test in rule.tests if _is_number(test)]
    return numbers[0] if len(numbers) == 1 and isinstance(numbers[0], FieldTest | RowsTest) else None


def _is_number(test: Test) -> bool:
    match test:
        case FieldTest(operator=Operator.GTE, only_if=None, field=spec):
            return spec.type in NUMERIC
        case RowsTest(operator=operator):
            return operator is Operator.GTE
        case _:
            return False
