"""Who meets what, and why: requirements, dossiers and moments in, verdicts with their reasons out. Pure and deterministic.

Three values (Kleene): "all of" takes the lowest, "any of" the highest, with met over manual over not met.
A missing fact is manual, a missing document is not met.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from depot.catalogue.rules import Facts, Kind, Status, dated_on, day_in, is_equivalent, validity
from depot.tenders.conditions import (
    NOTHING,
    UNKNOWN,
    Case,
    Span,
    absent,
    check,
    check_holder,
    measure,
    number_values,
)
from depot.tenders.evidence import (
    Absence,
    DocumentFacts,
    Evidence,
    Moment,
    evidence_at,
    facts_used,
    is_known,
    is_waiting,
)
from depot.tenders.judgement import Reason, Verdict, best_first, highest, lowest, rank
from depot.tenders.requirements import (
    ROLES,
    Aggregation,
    AllOf,
    AnyOf,
    Aspect,
    DocumentRule,
    Equivalent,
    FieldTest,
    FiscalYears,
    Manual,
    ProfileRule,
    RatioTest,
    Requirement,
    RequirementKind,
    RequirementSet,
    RowsTest,
    Rule,
    SameAs,
    Subject,
    summed,
)

EVALUATOR_VERSION = "1"


@dataclass(frozen=True)
class Profile:
    """What a company says of itself: glossary codes, the municipalities of its establishments (gm0200), its legal form."""

    services: frozenset[str] = frozenset()
    target_groups: frozenset[str] = frozenset()
    municipality_codes: frozenset[str] = frozenset()
    legal_forms: frozenset[str] = frozenset()


@dataclass(frozen=True)
class BuyerDecision:
    """What the buyer decided on an equivalent or a question of one requirement; the latest counts."""

    requirement_id: str
    is_accepted: bool
    motivation: str
    at: datetime


@dataclass(frozen=True)
class Dossier:
    """What one party brings: `role` as in the tender's parties, `declared` the performance requirements it declared.

    `has_commitment` says that a relied-on party committed itself; the buyer's decisions are those of the participation;
    `began_in` is the year in which the company began, by its extract.
    """

    role: str
    organisation: str
    kvk_number: str | None
    documents: tuple[DocumentFacts, ...] = ()
    profile: Profile = Profile()
    is_declared: bool = False
    has_commitment: bool = False
    decisions: tuple[BuyerDecision, ...] = ()
    began_in: int | None = None

    def of_kind(self, code: str) -> Sequence[DocumentFacts]:
        """Its documents of one kind."""
        return self._by_kind.get(code, ())

    @cached_property
    def _by_kind(self) -> Mapping[str, Sequence[DocumentFacts]]:
        found: dict[str, list[DocumentFacts]] = {}
        for each in self.documents:
            found.setdefault(each.kind, []).append(each)
        return found


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer to one requirement; only suitability has a verdict."""

    requirement_id: str
    kind: RequirementKind
    verdict: Verdict | None
    reason: Reason
    moment: Moment | None

    def to_json(self) -> dict[str, Any]:
        """The assessment as JSON."""
        return {
            "requirementId": self.requirement_id,
            "kind": self.kind,
            "verdict": self.verdict,
            "reason": self.reason.to_json(),
            "moment": self.moment.to_json() if self.moment else None,
        }


def assess(
    requirements: RequirementSet, dossiers: Sequence[Dossier], moments: Mapping[str, Moment]
) -> tuple[Assessment, ...]:
    """Judge the parties of one participation; `moments` has one moment for each stage that a requirement names.

    The same input gives the same answer, in whatever order parties and documents come.
    """
    parties = sorted(dossiers, key=lambda dossier: (dossier.role, dossier.organisation))
    return tuple(_assess(requirement, parties, moments) for requirement in requirements.requirements)


def canonical(assessments: Iterable[Assessment]) -> bytes:
    """The one written form of assessments, in UTF-8: recomputing the past gives the same bytes."""
    return json.dumps(to_json(assessments), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def to_json(assessments: Iterable[Assessment]) -> dict[str, Any]:
    """Assessments with the version of the evaluator that made them."""
    return {"evaluatorVersion": EVALUATOR_VERSION, "assessments": [each.to_json() for each in assessments]}


def _assess(requirement: Requirement, parties: Sequence[Dossier], moments: Mapping[str, Moment]) -> Assessment:
    if requirement.kind is RequirementKind.PERFORMANCE:
        is_declared = any(party.is_declared for party in parties if party.role in ROLES["bidder"])
        reason, moment = Reason("declared" if is_declared else "undeclared", None), None
    elif requirement.rule is None or requirement.subject is None or requirement.stage is None:
        reason, moment = Reason("award", None), None
    else:
        moment = moments[requirement.stage]
        reason = _over_parties(requirement.id, requirement.subject, requirement.rule, parties, moment)
    return Assessment(requirement.id, requirement.kind, reason.verdict, reason, moment)


def _over_parties(
    requirement_id: str, subject: Subject, rule: Rule, parties: Sequence[Dossier], moment: Moment
) -> Reason:
    roles = subject.parties
    if subject.aggregation is Aggregation.SUM:
        return _added(rule, [_Asked(requirement_id, party, moment) for party in parties if party.role in roles])
    parts = tuple(
        [
            _for_party(rule, _Asked(requirement_id, party, moment), subject.aggregation)
            for party in parties
            if party.role in roles
        ]
    )
    if not parts:
        verdict = Verdict.MET if subject.aggregation is Aggregation.EACH else Verdict.NOT_MET
        return Reason("no_party", verdict)
    if subject.aggregation is Aggregation.EACH:
        return Reason("each_party", lowest(parts), {}, parts)
    return Reason("any_party", highest(parts), {}, best_first(parts))


class _Asked(NamedTuple):
    requirement_id: str
    party: Dossier
    moment: Moment

    def decision(self) -> BuyerDecision | None:
        known = [
            decision
            for decision in self.party.decisions
            if decision.requirement_id == self.requirement_id and decision.at <= self.moment.known_at
        ]
        return max(known, key=lambda decision: decision.at) if known else None

    def guarantors(self, guarantee: Kind | None) -> frozenset[str]:
        """The KvK numbers of parents that stand in for this party on the day, by an approved statement."""
        if guarantee is None or self.party.kvk_number is None:
            return frozenset()
        found = (evidence_at(each, guarantee, self.moment) for each in self.party.of_kind(guarantee.code))
        return frozenset(
            each.facts["parentKvkNumber"]
            for each in found
            if isinstance(each, Evidence)
            and each.facts.get(guarantee.holder or "") == self.party.kvk_number
            and "parentKvkNumber" in each.facts
            and validity(guarantee, each.facts, self.moment.day) in (Status.VALID, Status.EXPIRING)
        )


def _added(rule: Rule, parties: Sequence[_Asked]) -> Reason:
    """The number that a rule asks, added over the parties; what cannot be counted yet may only lift it to manual."""
    test = summed(rule)
    if test is None or not isinstance(rule, DocumentRule):
        raise TypeError(rule)
    without = replace(rule, tests=tuple(each for each in rule.tests if each is not test))
    brought = [_share(without, test, asked) for asked in parties]
    total = sum((span for _part, span in brought), NOTHING)
    operator, least = (test.operator, test.values[0]) if isinstance(test, FieldTest) else (test.operator, test.value)
    verdict = total.against(operator, Decimal(str(least)))
    values = {"document": rule.kind.noun.as_json, **number_values(test, total)}
    return Reason(f"sum_{verdict}", verdict, values, tuple(part for part, _span in brought))


def _share(rule: DocumentRule, test: FieldTest | RowsTest, asked: _Asked) -> tuple[Reason, Span]:
    """What one party adds: its best document by the other tests, and the number in that."""
    part = _for_party(rule, asked, Aggregation.ANY)
    if part.verdict is Verdict.NOT_MET:
        return part, NOTHING
    documents = asked.party.of_kind(rule.kind.code)
    chosen = next((each for each in documents if each.document_id in _chosen(part)), None)
    found = evidence_at(chosen, rule.kind, asked.moment) if chosen else None
    if not isinstance(found, Evidence):
        return part, UNKNOWN
    span = measure(test, found.facts, asked.moment.day)
    return part, span if part.verdict is Verdict.MET else Span(Decimal(0), span.high)


def _chosen(reason: Reason) -> list[str]:
    """The documents that a judgement on documents rests on, the best first."""
    if reason.code == "documents":
        return [part.values["documentId"] for part in reason.parts[:1]]
    return [id for part in reason.parts for id in _chosen(part)]


def _for_party(rule: Rule, asked: _Asked, aggregation: Aggregation) -> Reason:
    values = {"role": asked.party.role, "organisation": asked.party.organisation}
    judged = _judge(rule, asked)
    parts: tuple[Reason, ...] = (judged,)
    is_borrowed = aggregation is not Aggregation.EACH and asked.party.role in ROLES["reliedOn"]
    if is_borrowed and not asked.party.has_commitment and judged.verdict is Verdict.MET:
        parts = (Reason("commitment_not_shown", Verdict.MANUAL), judged)
    return Reason("party", lowest(parts), values, parts)


def _judge(rule: Rule, asked: _Asked) -> Reason:
    match rule:
        case DocumentRule():
            return _judge_documents(rule, asked)
        case AllOf(rules):
            parts = tuple(_judge(inner, asked) for inner in rules)
            return Reason("all_of", lowest(parts), {}, parts)
        case AnyOf(rules):
            parts = tuple(_judge(inner, asked) for inner in rules)
            return Reason("any_of", highest(parts), {}, best_first(parts))
        case Equivalent(kind):
            return _judge_equivalent(kind, asked)
        case ProfileRule():
            return _judge_profile(rule, asked.party.profile)
        case Manual(question):
            return _by_buyer("question", asked.decision(), {"question": question})
        case SameAs(requirement_id, inner):
            judged = _judge(inner, asked._replace(requirement_id=requirement_id))
            return Reason("same_as", judged.verdict, {"requirement": requirement_id}, (judged,))


def _judge_documents(rule: DocumentRule, asked: _Asked) -> Reason:
    of_kind = [each for each in asked.party.of_kind(rule.kind.code) if is_known(each, asked.moment)]
    if rule.years is not None:
        return _judge_years(rule, rule.years, of_kind, asked)
    if rule.is_latest_only:
        of_kind = _latest(of_kind, rule.kind, asked.moment)
    guarantors = asked.guarantors(rule.guarantee)
    candidates = [_judge_document(rule, each, asked, guarantors) for each in of_kind]
    parts = [part for part in candidates if part is not None]
    # The one that satisfies goes first, then the latest; the key makes the order the same each time.
    if len(parts) > 1:
        parts.sort(key=lambda part: str(part.values["documentId"]))
        parts.sort(key=lambda part: str(part.values.get("dated") or ""), reverse=True)
        parts.sort(key=rank, reverse=True)
    values = {"document": rule.kind.noun.as_json, "kind": rule.kind.code, "asked": rule.at_least}
    if not parts:
        return Reason("missing", Verdict.NOT_MET, values)
    if rule.distinct_by is not None:
        parts = _distinct(parts)
    counted = parts[: rule.at_least]
    verdict = lowest(counted) if len(counted) == rule.at_least else Verdict.NOT_MET
    met = [part.values["documentId"] for part in counted if part.verdict is Verdict.MET]
    return Reason("documents", verdict, {**values, "found": len(met), "chosen": met}, tuple(parts))


def _distinct(parts: Sequence[Reason]) -> list[Reason]:
    """The best of those that agree in what must differ; one that does not tell is alone."""
    kept: dict[str, Reason] = {}
    for part in parts:
        kept.setdefault(part.values.get("distinct") or part.values["documentId"], part)
    return list(kept.values())


def _latest(of_kind: Sequence[DocumentFacts], kind: Kind, moment: Moment) -> list[DocumentFacts]:
    """Those dated last on or before the day, with all that nobody has decided on yet."""
    dated = {each.document_id: _day_of(each, kind, moment) for each in of_kind}
    known = [day for day in dated.values() if day is not None and day <= moment.day]
    last = max(known, default=None)
    return [each for each in of_kind if dated[each.document_id] in (last, None)]


def _day_of(document: DocumentFacts, kind: Kind, moment: Moment) -> date | None:
    found = evidence_at(document, kind, moment)
    return day_in(found.facts, kind.axis.day) if isinstance(found, Evidence) else None


def _judge_years(rule: DocumentRule, years: FiscalYears, of_kind: Sequence[DocumentFacts], asked: _Asked) -> Reason:
    """A document for each of the last years; the newest may lag as long as the law lets the next one wait."""
    moment, kind, values = asked.moment, rule.kind, {"document": rule.kind.noun.as_json, "kind": rule.kind.code}
    guarantors = asked.guarantors(rule.guarantee)
    found = {each.document_id: evidence_at(each, kind, moment) for each in of_kind}
    facts = {id: each.facts for id, each in found.items() if isinstance(each, Evidence)}
    closed = {id: each for id, each in facts.items() if (day := day_in(each, kind.axis.day)) and day <= moment.day}
    held = {int(each["fiscalYear"]) for each in closed.values() if each.get("fiscalYear") is not None}
    newest = max(held, default=moment.day.year - 2)
    is_behind = held and all(_is_followed(kind, each, moment.day) for each in closed.values())
    wanted = range(newest + (1 if is_behind else 0), newest + (1 if is_behind else 0) - years.last, -1)
    parts = []
    for year in wanted:
        tests = tuple(
            test
            for test in rule.tests
            if year == wanted[0] or not (isinstance(test, RatioTest) and test.is_latest_only)
        )
        of_year = [each for each in of_kind if closed.get(each.document_id, {}).get("fiscalYear") in (year, str(year))]
        judged = [
            part
            for each in of_year
            if (part := _judge_document(replace(rule, tests=tests), each, asked, guarantors)) is not None
        ]
        waiting = [each for each in of_kind if each.document_id not in facts and is_waiting(each, moment)]
        parts.append(max(judged, key=rank) if judged else _without_year(year, years, waiting, asked, values))
    return Reason("fiscal_years", lowest(parts), {**values, "asked": years.last}, tuple(parts))


def _is_followed(kind: Kind, facts: Facts, day: date) -> bool:
    """Whether the next year's document ought to be there on the day."""
    ended = day_in(facts, kind.axis.day)
    return ended is not None and kind.next_due is not None and kind.next_due.after(ended) <= day


def _without_year(
    year: int, years: FiscalYears, waiting: Sequence[DocumentFacts], asked: _Asked, values: Mapping[str, Any]
) -> Reason:
    told = {**values, "year": year}
    if waiting:
        return Reason("year_in_review", Verdict.MANUAL, told)
    begun = asked.party.began_in
    if years.are_starters_allowed and begun is None:
        return Reason("year_start_unknown", Verdict.MANUAL, told)
    if years.are_starters_allowed and begun is not None and year < begun:
        return Reason("year_before_start", Verdict.MET, told)
    return Reason("year_missing", Verdict.NOT_MET, told)


def _judge_document(
    rule: DocumentRule, document: DocumentFacts, asked: _Asked, guarantors: frozenset[str] = frozenset()
) -> Reason | None:
    """The verdict on one document; None for one that is put forward as an equivalent, which is not the thing itself."""
    kind, moment = rule.kind, asked.moment
    found = evidence_at(document, kind, moment)
    values: dict[str, Any] = {"documentId": document.document_id, "document": kind.noun.as_json}
    if isinstance(found, Absence):
        reason = absent(found, kind)
        return Reason("document", reason.verdict, values, (reason,))
    if is_equivalent(kind, found.facts):
        return None
    case = Case(document, kind, found, moment)
    parts = (*check_holder(case, asked.party.kvk_number, guarantors), *[check(test, case) for test in rule.tests])
    dated = dated_on(kind, found.facts)
    values |= {
        "versionId": found.version.version_id,
        "number": found.version.number,
        "sha256": found.version.sha256,
        "facts": facts_used(found.facts, rule.facts_read),
        "dated": dated.isoformat() if dated else None,
    }
    if rule.distinct_by is not None:
        values["distinct"] = " ".join(str(found.facts.get(rule.distinct_by.name, "")).casefold().split())
    if lowest(parts) is Verdict.NOT_MET and is_waiting(document, moment):
        # What is still being reviewed may mend it, so no person may read this as a refusal.
        waiting = absent(Absence.NOT_YET_REVIEWED, kind)
        return Reason("document_in_review", Verdict.MANUAL, values, (waiting, *parts))
    return Reason("document", lowest(parts), values, parts)


def _judge_equivalent(kind: Kind, asked: _Asked) -> Reason:
    values = {"document": kind.noun.as_json, "kind": kind.code}
    decision = asked.decision()
    if decision is not None:
        return _by_buyer("equivalent", decision, values)
    found = [(each, evidence_at(each, kind, asked.moment)) for each in asked.party.of_kind(kind.code)]
    if any(isinstance(each, Evidence) and is_equivalent(kind, each.facts) for _document, each in found):
        return _by_buyer("equivalent", None, values)
    if any(is_waiting(document, asked.moment) for document, _each in found):
        return absent(Absence.NOT_YET_REVIEWED, kind)
    return Reason("equivalent_not_claimed", Verdict.NOT_MET, values)


def _by_buyer(what: str, decision: BuyerDecision | None, values: Mapping[str, Any]) -> Reason:
    if decision is None:
        return Reason(f"{what}_undecided", Verdict.MANUAL, values)
    values = {**values, "motivation": decision.motivation, "at": decision.at.isoformat()}
    if decision.is_accepted:
        return Reason(f"{what}_accepted", Verdict.MET, values)
    return Reason(f"{what}_refused", Verdict.NOT_MET, values)


def _judge_profile(rule: ProfileRule, profile: Profile) -> Reason:
    held = {
        Aspect.ESTABLISHMENT: profile.municipality_codes,
        Aspect.SERVICES: profile.services,
        Aspect.TARGET_GROUPS: profile.target_groups,
        Aspect.LEGAL_FORM: profile.legal_forms,
    }[rule.aspect]
    shared = held & set(rule.codes)
    is_met = shared == set(rule.codes) if rule.needs_all else bool(shared)
    values = {"aspect": rule.aspect, "asked": list(rule.codes), "found": sorted(shared)}
    return Reason("profile_holds" if is_met else "profile_lacks", Verdict.MET if is_met else Verdict.NOT_MET, values)
