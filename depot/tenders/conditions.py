"""What is asked of one document, tried on the facts that count at a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from depot.catalogue.derived import ratios
from depot.catalogue.rules import Facts, FieldSpec, Kind, Status, day_in, is_ongoing, validity
from depot.core.clock import day_of
from depot.tenders.evidence import Absence, DocumentFacts, Evidence, Moment, evidence_at
from depot.tenders.judgement import Reason, Verdict
from depot.tenders.requirements import DatedWithin, FieldTest, NotTest, Operator, RatioTest, RowsTest, Test, ValidOn

_ABSENT: Mapping[Absence, Verdict] = {
    absence: Verdict.MANUAL if absence is Absence.NOT_YET_REVIEWED else Verdict.NOT_MET for absence in Absence
}


def absent(absence: Absence, kind: Kind) -> Reason:
    """The reason when no version counts."""
    return Reason(absence, _ABSENT[absence], {"document": kind.noun.as_json})


class Case(NamedTuple):
    """One document on trial."""

    document: DocumentFacts
    kind: Kind
    evidence: Evidence
    moment: Moment

    @property
    def facts(self) -> Facts:
        """The confirmed facts."""
        return self.evidence.facts

    def values(self, spec: FieldSpec | None = None, **more: Any) -> dict[str, Any]:
        """What a reason about this document, and about one of its fields, tells; and more."""
        found: dict[str, Any] = {"document": self.kind.noun.as_json, "reference": self.moment.reference}
        if spec:
            found |= spec.as_json
        found |= more
        return found

    def missing(self, spec: FieldSpec) -> Reason:
        """The reason when a fact is not there."""
        return Reason("fact_missing", Verdict.MANUAL, self.values(spec))


def check_holder(case: Case, kvk_number: str | None, guarantors: frozenset[str] = frozenset()) -> tuple[Reason, ...]:
    """What there is to say on whose document it is; nothing when it is the party's own, or when the kind does not say.

    The document of a parent counts where the parent stands in for the party.
    """
    spec = case.kind.field(case.kind.holder) if case.kind.holder else None
    if spec is None:
        return ()
    found = case.facts.get(spec.name)
    if found is None:
        return (case.missing(spec),)
    if kvk_number is None:
        return (Reason("holder_unknown", Verdict.MANUAL, case.values(found=found)),)
    if found in guarantors:
        return (Reason("holder_guaranteed", Verdict.MET, case.values(found=found)),)
    if found != kvk_number:
        return (Reason("other_holder", Verdict.NOT_MET, case.values(found=found, asked=kvk_number)),)
    return ()


def check(test: Test, case: Case) -> Reason:
    """The verdict of one test on one document."""
    match test:
        case ValidOn():
            return _check_valid_on(test, case)
        case DatedWithin():
            return _check_dated_within(test, case)
        case FieldTest():
            return _check_field(test, case)
        case NotTest():
            return _check_not(test, case)
        case RowsTest():
            return _check_rows(test, case)
        case RatioTest():
            return _check_ratio(test, case)


def _check_not(test: NotTest, case: Case) -> Reason:
    found = _check_field(test.test, case)
    match found.verdict:
        case Verdict.MET:
            return Reason("field_excluded", Verdict.NOT_MET, found.values)
        case Verdict.NOT_MET:
            return Reason("field_allowed", Verdict.MET, found.values)
        case _:
            return found


@dataclass(frozen=True)
class Span:
    """A number of which only bounds may be known: what is missing could be any more (`high` None)."""

    low: Decimal
    high: Decimal | None

    def __add__(self, other: "Span") -> "Span":
        high = None if self.high is None or other.high is None else self.high + other.high
        return Span(self.low + other.low, high)

    def against(self, operator: Operator, asked: Decimal) -> Verdict:
        """Whether the number is at least, or at most, what is asked, as far as that is known."""
        if operator is Operator.GTE:
            if self.low >= asked:
                return Verdict.MET
            return Verdict.NOT_MET if self.high is not None and self.high < asked else Verdict.MANUAL
        if self.high is not None and self.high <= asked:
            return Verdict.MET
        return Verdict.NOT_MET if self.low > asked else Verdict.MANUAL


NOTHING = Span(Decimal(0), Decimal(0))
UNKNOWN = Span(Decimal(0), None)


def measure(test: FieldTest | RowsTest, facts: Facts, reference: date) -> Span:
    """The number that a test asks for, from the facts of one document."""
    if isinstance(test, FieldTest):
        found = facts.get(test.field.name)
        return UNKNOWN if found is None else Span(Decimal(str(found)), Decimal(str(found)))
    rows: Sequence[Facts] | None = facts.get(test.rows.name)
    return UNKNOWN if rows is None else sum((_of_row(test, row, reference) for row in rows), NOTHING)


def _of_row(test: RowsTest, row: Facts, reference: date) -> Span:
    fits = [_row_fits(condition, row, reference) for condition in test.where]
    if False in fits:
        return NOTHING
    found = Decimal(1) if test.column is None else row.get(test.column.name)
    if found is None:
        return UNKNOWN
    number = Decimal(str(found))
    return Span(Decimal(0) if None in fits else number, number)


def _row_fits(test: FieldTest, row: Facts, reference: date) -> bool | None:
    """Whether a row passes; None when the row does not tell."""
    if test.operator is Operator.WITHIN:
        day = day_in(row, test.field.name)
        return None if day is None else test.values[0].before(reference) <= day <= reference
    found = row.get(test.field.name)
    return None if found is None else _compare(test, found)


def _check_rows(test: RowsTest, case: Case) -> Reason:
    span = measure(test, case.facts, case.moment.day)
    verdict = span.against(test.operator, test.value)
    return Reason(f"rows_{verdict}", verdict, case.values(**number_values(test, span)))


def number_values(test: FieldTest | RowsTest, span: Span) -> dict[str, Any]:
    """What a reason tells about a number that was counted or added up."""
    spec, asked = (
        (test.field, test.values[0]) if isinstance(test, FieldTest) else (test.column or test.rows, test.value)
    )
    return {**spec.as_json, "operator": test.operator, "asked": str(asked), "found": str(span.low)}


def _check_ratio(test: RatioTest, case: Case) -> Reason:
    values: dict[str, Any] = {
        "label": test.ratio.label.as_json,
        "operator": test.operator,
        "asked": str(test.value),
    }
    found = ratios(case.kind, case.facts).get(test.ratio.name)
    if found is None:
        return Reason("ratio_unknown", Verdict.MANUAL, case.values(**values))
    verdict = Span(found, found).against(test.operator, test.value)
    return Reason(f"ratio_{verdict}", verdict, case.values(**values, found=f"{found:.4f}"))


def _check_valid_on(test: ValidOn, case: Case) -> Reason:
    if test.day is not None and test.day != case.moment.day:
        moment = replace(case.moment, day=test.day)
        found = evidence_at(case.document, case.kind, moment)
        if isinstance(found, Absence):
            return absent(found, case.kind)
        case = case._replace(evidence=found, moment=moment)
    axis, facts = case.kind.axis, case.facts
    values = case.values(
        start=facts.get(axis.start or ""), end=facts.get(axis.day), versionId=case.evidence.version.version_id
    )
    kind = case.kind
    if test.is_open_end_accepted and not axis.is_open_end_allowed:
        kind = replace(kind, axis=replace(axis, is_open_end_allowed=True))
    match validity(kind, facts, case.moment.day):
        case Status.VALID | Status.EXPIRING:
            return Reason("valid", Verdict.MET, values)
        case Status.NOT_YET_VALID:
            return Reason("not_yet_valid", Verdict.NOT_MET, values)
        case Status.EXPIRED:
            return Reason("expired", Verdict.NOT_MET, values)
        case _ if facts.get(axis.day) is not None and facts.get(axis.start or "") is not None:
            return Reason("tacitly_renewed", Verdict.MANUAL, values)
        case _:
            return Reason("period_unknown", Verdict.MANUAL, values)


def _check_dated_within(test: DatedWithin, case: Case) -> Reason:
    dated = day_in(case.facts, test.field.name)
    if dated is None:
        return case.missing(test.field)
    values = case.values(test.field, dated=dated.isoformat(), period=str(test.period))
    if dated > case.moment.day:
        return _dated_after(test, case, dated, values)
    if dated >= test.period.before(case.moment.day):
        return Reason("recent", Verdict.MET, values)
    return Reason("too_old", Verdict.NOT_MET, values)


def _dated_after(test: DatedWithin, case: Case, dated: date, values: Mapping[str, Any]) -> Reason:
    """A statement of a register may be newer than the reference day, within the term for evidence; other proof may not."""
    if not case.kind.is_late_issue_accepted:
        return Reason("dated_after_reference", Verdict.NOT_MET, values)
    last = day_of(case.moment.handed_in_by)
    if test.max_after_reference is not None:
        last = test.max_after_reference.after(case.moment.day)
    if dated <= last:
        return Reason("issued_after_reference", Verdict.MET, values)
    return Reason("issued_long_after_reference", Verdict.MANUAL, values)


def _check_field(test: FieldTest, case: Case) -> Reason:
    if test.only_if is not None:
        condition = _check_field(test.only_if, case)
        if condition.verdict is Verdict.NOT_MET:
            return Reason("not_applicable", Verdict.MET, case.values(test.field))
        if condition.verdict is Verdict.MANUAL:
            return condition
    if test.operator is Operator.WITHIN:
        return _check_window(test, case)
    found = case.facts.get(test.field.name)
    if found is None:
        return case.missing(test.field)
    if test.scale is not None and case.facts.get("scale") != test.scale:
        return Reason("other_scale", Verdict.MANUAL, case.values(test.field, scale=test.scale))
    is_met = _compare(test, found)
    asked, choices = test.asked, {}
    if test.field.choices:
        shown = {*asked, *(found if isinstance(found, list) else [found])}
        choices = {code: words.as_json for code, words in test.field.choices if code in shown}
    values = case.values(test.field, operator=test.operator, asked=asked, found=found, choices=choices)
    if is_met:
        return Reason("field_fits", Verdict.MET, values)
    return Reason("field_differs", Verdict.NOT_MET, values)


def _compare(test: FieldTest, found: Any) -> bool:
    asked = test.values
    if test.field.is_ordered and test.operator in (Operator.GTE, Operator.LTE):
        order = [code for code, _words in test.field.choices]
        if found not in order:
            return False
        is_higher, is_lower = order.index(found) >= order.index(asked[0]), order.index(found) <= order.index(asked[0])
        return is_higher if test.operator is Operator.GTE else is_lower
    match test.operator:
        case Operator.GTE:
            return bool(Decimal(str(found)) >= asked[0])
        case Operator.LTE:
            return bool(Decimal(str(found)) <= asked[0])
        case Operator.CONTAINS_ANY:
            return not set(found).isdisjoint(asked)
        case Operator.CONTAINS_ALL:
            return set(found).issuperset(asked)
        case _ if isinstance(asked[0], Decimal):
            return Decimal(str(found)) in asked
        case _:
            return found in asked


def _check_window(test: FieldTest, case: Case) -> Reason:
    period, reference, axis = test.values[0], case.moment.day, case.kind.axis
    found = day_in(case.facts, test.field.name)
    begun = day_in(case.facts, axis.start)
    if test.counts_executed_part and (is_ongoing(case.kind, case.facts) or (found is not None and found > reference)):
        if begun is None:
            start = case.kind.field(axis.start) if axis.start else None
            return case.missing(start or test.field)
        if begun <= reference:
            return Reason("still_running", Verdict.MET, case.values(start=begun.isoformat()))
        return Reason("not_begun", Verdict.NOT_MET, case.values(start=begun.isoformat()))
    if found is None:
        return case.missing(test.field)
    values = case.values(test.field, dated=found.isoformat(), period=str(period))
    if found > reference:
        return Reason("dated_after_reference", Verdict.NOT_MET, values)
    if found >= period.before(reference):
        return Reason("in_window", Verdict.MET, values)
    return Reason("before_window", Verdict.NOT_MET, values)
