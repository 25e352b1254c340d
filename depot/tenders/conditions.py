"""What is asked of one document, tried on the facts that count at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from depot.catalogue.rules import Facts, FieldSpec, Kind, Status, Words, day_in, is_ongoing, validity
from depot.core.clock import day_of
from depot.tenders.evidence import Absence, DocumentFacts, Evidence, Moment, evidence_at
from depot.tenders.judgement import Reason, Verdict
from depot.tenders.requirements import DatedWithin, FieldTest, Operator, Test, ValidOn

_ABSENT: Mapping[Absence, Verdict] = {
    absence: Verdict.MANUAL if absence is Absence.NOT_YET_REVIEWED else Verdict.NOT_MET for absence in Absence
}


def absent(absence: Absence, kind: Kind) -> Reason:
    """The reason when no version counts."""
    return Reason(absence, _ABSENT[absence], {"document": words_of(kind.noun)})


@dataclass(frozen=True)
class Case:
    """One document on trial."""

    document: DocumentFacts
    kind: Kind
    evidence: Evidence
    moment: Moment

    @property
    def facts(self) -> Facts:
        """The confirmed facts."""
        return self.evidence.facts

    def values(self, **more: Any) -> dict[str, Any]:
        """What a reason about this document tells, and more."""
        return {"document": words_of(self.kind.noun), "reference": self.moment.day.isoformat(), **more}

    def missing(self, spec: FieldSpec) -> Reason:
        """The reason when a fact is not there."""
        return Reason("fact_missing", Verdict.MANUAL, self.values(**_field_values(spec)))


def check_holder(case: Case, kvk_number: str | None) -> tuple[Reason, ...]:
    """What speaks against the document being about this party; nothing when it is, or when the kind does not say."""
    spec = case.kind.field(case.kind.holder) if case.kind.holder else None
    if spec is None:
        return ()
    found = case.facts.get(spec.name)
    if found is None:
        return (case.missing(spec),)
    if kvk_number is None:
        return (Reason("holder_unknown", Verdict.MANUAL, case.values(found=found)),)
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


def _check_valid_on(test: ValidOn, case: Case) -> Reason:
    if test.day is not None and test.day != case.moment.day:
        moment = replace(case.moment, day=test.day)
        found = evidence_at(case.document, case.kind, moment)
        if isinstance(found, Absence):
            return absent(found, case.kind)
        case = replace(case, evidence=found, moment=moment)
    axis, facts = case.kind.axis, case.facts
    values = case.values(
        start=facts.get(axis.start or ""), end=facts.get(axis.day), versionId=case.evidence.version.version_id
    )
    kind = replace(
        case.kind, axis=replace(axis, is_open_end_allowed=axis.is_open_end_allowed or test.is_open_end_accepted)
    )
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
    values = case.values(**_field_values(test.field), dated=dated.isoformat(), period=str(test.period))
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
            return Reason("not_applicable", Verdict.MET, case.values(**_field_values(test.field)))
        if condition.verdict is Verdict.MANUAL:
            return condition
    if test.operator is Operator.WITHIN:
        return _check_window(test, case)
    found = case.facts.get(test.field.name)
    if found is None:
        return case.missing(test.field)
    is_met = _compare(test, found)
    asked = [_json_value(value) for value in test.values]
    shown = {*asked, *(found if isinstance(found, list) else [found])}
    choices = {code: words_of(words) for code, words in test.field.choices if code in shown}
    values = case.values(**_field_values(test.field), operator=test.operator, asked=asked, found=found, choices=choices)
    if is_met:
        return Reason("field_fits", Verdict.MET, values)
    return Reason("field_differs", Verdict.NOT_MET, values)


def _compare(test: FieldTest, found: Any) -> bool:
    asked = test.values
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
    values = case.values(**_field_values(test.field), dated=found.isoformat(), period=str(period))
    if found > reference:
        return Reason("dated_after_reference", Verdict.NOT_MET, values)
    if found >= period.before(reference):
        return Reason("in_window", Verdict.MET, values)
    return Reason("before_window", Verdict.NOT_MET, values)


def fields_of(test: Test) -> tuple[str, ...]:
    """The names of the facts that a test reads, beside those of the kind's axis."""
    match test:
        case FieldTest(field=spec, only_if=None):
            return (spec.name,)
        case FieldTest(field=spec, only_if=FieldTest(field=other)):
            return spec.name, other.name
        case DatedWithin(field=spec):
            return (spec.name,)
        case _:
            return ()


def _field_values(spec: FieldSpec) -> dict[str, Any]:
    return {"field": spec.name, "label": words_of(spec.label), "type": spec.type}


def _json_value(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def words_of(words: Words) -> dict[str, str]:
    """Words as JSON."""
    return {"nl": words.nl, "en": words.en}
