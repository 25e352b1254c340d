"""Who meets what, and why: requirements, dossiers and moments in, verdicts with their reasons out. Pure and deterministic.

Three values (Kleene): "all of" takes the lowest, "any of" the highest, with met over manual over not met.
A missing fact is manual, a missing document is not met.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from depot.catalogue.rules import Kind, dates, is_equivalent
from depot.tenders.conditions import Case, absent, check, check_holder, fields_of, words_of
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
    Manual,
    ProfileRule,
    Requirement,
    RequirementKind,
    RequirementSet,
    Rule,
    Subject,
)

EVALUATOR_VERSION = "1"


@dataclass(frozen=True)
class Profile:
    """What a company says of itself: glossary codes, and the municipalities of its establishments (gm0200)."""

    services: frozenset[str] = frozenset()
    target_groups: frozenset[str] = frozenset()
    municipality_codes: frozenset[str] = frozenset()


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

    `has_commitment` says that a relied-on party committed itself; the buyer's decisions are those of the participation.
    """

    role: str
    organisation: str
    kvk_number: str | None
    documents: tuple[DocumentFacts, ...] = ()
    profile: Profile = Profile()
    is_declared: bool = False
    has_commitment: bool = False
    decisions: tuple[BuyerDecision, ...] = ()


@dataclass(frozen=True)
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
    roles = frozenset[str]().union(*(ROLES[role] for role in subject.roles))
    parts = tuple(
        _for_party(rule, _Asked(requirement_id, party, moment), subject.aggregation)
        for party in parties
        if party.role in roles
    )
    if not parts:
        verdict = Verdict.MET if subject.aggregation is Aggregation.EACH else Verdict.NOT_MET
        return Reason("no_party", verdict)
    if subject.aggregation is Aggregation.EACH:
        return Reason("each_party", lowest(parts), {}, parts)
    return Reason("any_party", highest(parts), {}, best_first(parts))


@dataclass(frozen=True)
class _Asked:
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


def _for_party(rule: Rule, asked: _Asked, aggregation: Aggregation) -> Reason:
    values = {"role": asked.party.role, "organisation": asked.party.organisation}
    judged = _judge(rule, asked)
    parts: tuple[Reason, ...] = (judged,)
    is_borrowed = aggregation is Aggregation.ANY and asked.party.role in ROLES["reliedOn"]
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


def _judge_documents(rule: DocumentRule, asked: _Asked) -> Reason:
    of_kind = [each for each in asked.party.documents if each.kind == rule.kind.code]
    candidates = [_judge_document(rule, each, asked) for each in of_kind if is_known(each, asked.moment)]
    parts = [part for part in candidates if part is not None]
    # The one that satisfies goes first, then the latest; the key makes the order the same each time.
    parts.sort(key=lambda part: str(part.values["documentId"]))
    parts.sort(key=lambda part: str(part.values.get("dated") or ""), reverse=True)
    parts.sort(key=rank, reverse=True)
    values = {"document": words_of(rule.kind.noun), "kind": rule.kind.code, "asked": rule.at_least}
    if not parts:
        return Reason("missing", Verdict.NOT_MET, values)
    counted = parts[: rule.at_least]
    verdict = lowest(counted) if len(counted) == rule.at_least else Verdict.NOT_MET
    met = [part.values["documentId"] for part in counted if part.verdict is Verdict.MET]
    return Reason("documents", verdict, {**values, "found": len(met), "chosen": met}, tuple(parts))


def _judge_document(rule: DocumentRule, document: DocumentFacts, asked: _Asked) -> Reason | None:
    """The verdict on one document; None for one that is put forward as an equivalent, which is not the thing itself."""
    kind, moment = rule.kind, asked.moment
    found = evidence_at(document, kind, moment)
    values: dict[str, Any] = {"documentId": document.document_id, "document": words_of(kind.noun)}
    if isinstance(found, Absence):
        reason = absent(found, kind)
        return Reason("document", reason.verdict, values, (reason,))
    if is_equivalent(kind, found.facts):
        return None
    case = Case(document, kind, found, moment)
    parts = (*check_holder(case, asked.party.kvk_number), *(check(test, case) for test in rule.tests))
    known = dates(kind, found.facts)
    dated = known.issued_on or known.valid_from
    names = [*kind.axis.fields, kind.holder or "", *(name for test in rule.tests for name in fields_of(test))]
    values |= {
        "versionId": found.version.version_id,
        "number": found.version.number,
        "sha256": found.version.sha256,
        "facts": facts_used(found.facts, names),
        "dated": dated.isoformat() if dated else None,
    }
    if lowest(parts) is Verdict.NOT_MET and is_waiting(document, moment):
        # What is still being reviewed may mend it, so no person may read this as a refusal.
        waiting = absent(Absence.NOT_YET_REVIEWED, kind)
        return Reason("document_in_review", Verdict.MANUAL, values, (waiting, *parts))
    return Reason("document", lowest(parts), values, parts)


def _judge_equivalent(kind: Kind, asked: _Asked) -> Reason:
    values = {"document": words_of(kind.noun), "kind": kind.code}
    decision = asked.decision()
    if decision is not None:
        return _by_buyer("equivalent", decision, values)
    of_kind = [each for each in asked.party.documents if each.kind == kind.code]
    found = [(each, evidence_at(each, kind, asked.moment)) for each in of_kind]
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
    }[rule.aspect]
    shared = held & set(rule.codes)
    is_met = shared == set(rule.codes) if rule.needs_all else bool(shared)
    values = {"aspect": rule.aspect, "asked": list(rule.codes), "found": sorted(shared)}
    return Reason("profile_holds" if is_met else "profile_lacks", Verdict.MET if is_met else Verdict.NOT_MET, values)
