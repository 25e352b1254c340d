"""What a buyer can require, as frozen dataclasses; `language.parse` makes them from rule JSON.

A kind of document in them is the catalogue's own, so that judging looks nothing up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from depot.catalogue.rules import FieldSpec, Kind
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
    """Whether each of the parties must meet a requirement, or any one of them."""

    EACH = "each"
    ANY = "any"


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

    With `counts_executed_part` a contract that still runs reaches up to the reference day.
    """

    field: FieldSpec
    operator: Operator
    values: tuple[Any, ...]
    only_if: "FieldTest | None" = None
    counts_executed_part: bool = False


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


Test = FieldTest | ValidOn | DatedWithin


@dataclass(frozen=True)
class DocumentRule:
    """At least so many distinct documents of a kind that each pass all tests."""

    kind: Kind
    tests: tuple[Test, ...] = ()
    at_least: int = 1


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
    """What a company says of itself in its profile."""

    ESTABLISHMENT = "establishmentIn"
    SERVICES = "services"
    TARGET_GROUPS = "targetGroups"


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


Rule = DocumentRule | AnyOf | AllOf | Equivalent | ProfileRule | Manual


@dataclass(frozen=True)
class Subject:
    """Which parties a requirement is about, and whether each or any of them must meet it."""

    roles: tuple[str, ...]
    aggregation: Aggregation


@dataclass(frozen=True)
class Requirement:
    """One requirement; only suitability has a stage, a subject and a rule."""

    id: str
    kind: RequirementKind
    label: str
    severity: Severity
    legal_basis: str | None = None
    espd_criterion: str | None = None
    stage: str | None = None
    subject: Subject | None = None
    rule: Rule | None = None

    @property
    def asks_buyer(self) -> bool:
        """Whether a part of it is left to the buyer's judgement: an equivalent, or an open question."""
        return self.rule is not None and _asks_buyer(self.rule)


@dataclass(frozen=True)
class RequirementSet:
    """All requirements of one tender, in the buyer's order."""

    requirements: tuple[Requirement, ...]

    @property
    def kinds_asked(self) -> frozenset[str]:
        """The kinds of document that the requirements look at: what a company consents to being read."""
        return frozenset().union(*(_kinds(item.rule) for item in self.requirements if item.rule))


def _asks_buyer(rule: Rule) -> bool:
    match rule:
        case AnyOf(rules) | AllOf(rules):
            return any(map(_asks_buyer, rules))
        case _:
            return isinstance(rule, Equivalent | Manual)


def _kinds(rule: Rule) -> frozenset[str]:
    match rule:
        case DocumentRule(kind) | Equivalent(kind):
            return frozenset({kind.code})
        case AnyOf(rules) | AllOf(rules):
            return frozenset().union(*map(_kinds, rules))
        case _:
            return frozenset()
