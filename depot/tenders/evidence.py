"""Which version of a document is evidence at a moment. Pure: what came in later than the moment knows leaves no trace."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from depot.catalogue.rules import Facts, Kind, Shape, Status, day_in, is_ongoing, validity


@dataclass(frozen=True)
class Moment:
    """What is asked: validity on a Dutch `day`, over versions handed in by one instant, with what was decided by another."""

    day: date
    handed_in_by: datetime
    known_at: datetime

    @cached_property
    def closes_at(self) -> datetime:
        """The instant by which a version had to be handed in to be seen."""
        return min(self.handed_in_by, self.known_at)

    @cached_property
    def reference(self) -> str:
        """The day in ISO 8601."""
        return self.day.isoformat()

    def to_json(self) -> dict[str, str]:
        """Days and instants in ISO 8601."""
        return {
            "day": self.day.isoformat(),
            "handedInBy": self.handed_in_by.isoformat(),
            "knownAt": self.known_at.isoformat(),
        }


class Outcome(StrEnum):
    """What a reviewer, a rule or the operator decided about a version."""

    APPROVED = "approved"
    RETURNED = "returned"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Decided:
    """An outcome and its instant; the latest counts."""

    outcome: str
    at: datetime


@dataclass(frozen=True)
class FactSet:
    """Facts with who vouches for them (`submitted`, `proposed` or `confirmed`) and since when."""

    source: str
    facts: Facts
    at: datetime


@dataclass(frozen=True)
class VersionFacts:
    """A version as far as verdicts need it; `relation` is first, correction, renewal or change (as of `effective_on`)."""

    version_id: str
    number: int
    relation: str
    submitted_at: datetime | None
    sha256: str | None = None
    effective_on: date | None = None
    withdrawn_at: datetime | None = None
    decided: tuple[Decided, ...] = ()
    fact_sets: tuple[FactSet, ...] = ()


@dataclass(frozen=True)
class DocumentFacts:
    """A document of a party: its kind's code and all its versions."""

    document_id: str
    kind: str
    versions: tuple[VersionFacts, ...]


class Absence(StrEnum):
    """Why a document has no version that counts."""

    HANDED_IN_LATE = "handed_in_late"
    WITHDRAWN = "withdrawn"
    NOT_YET_REVIEWED = "not_yet_reviewed"
    RETURNED = "returned"
    APPROVAL_REVOKED = "approval_revoked"
    NOT_IN_FORCE = "not_in_force"


class Evidence(NamedTuple):
    """The one version that counts, with its confirmed facts."""

    version: VersionFacts
    facts: Facts


def is_known(document: DocumentFacts, moment: Moment) -> bool:
    """Whether anything of the document had been submitted at the moment's instant of knowledge."""
    for version in document.versions:  # noqa: SIM110 - of all that is asked of a document this is asked most
        if version.submitted_at is not None and version.submitted_at <= moment.known_at:
            return True
    return False


def is_waiting(document: DocumentFacts, moment: Moment) -> bool:
    """Whether a version that was handed in on time had not been decided on, so that evidence may still change."""
    return any(_outcome(version, moment) is None for version in _standing(_in_time(document, moment), moment))


def evidence_at(document: DocumentFacts, kind: Kind, moment: Moment) -> Evidence | Absence:
    """The version that counts as evidence, or why none does; at most one, and never one without approval."""
    in_time = _in_time(document, moment)
    standing = _standing(in_time, moment)
    if not standing:
        return Absence.WITHDRAWN if in_time else Absence.HANDED_IN_LATE
    approved = [
        Evidence(version, facts)
        for version in standing
        if _outcome(version, moment) == Outcome.APPROVED and (facts := _confirmed(version, moment)) is not None
    ]
    if not approved:
        return _why_not_approved(standing, moment)
    in_force = _in_force(approved, in_time, kind, moment.day)
    if not in_force:
        return Absence.NOT_IN_FORCE
    if len(in_force) == 1:
        return in_force[0]
    if kind.axis.shape is Shape.PERIOD:
        return _covering(in_force, kind, moment.day)
    return _last_dated(in_force, kind, moment.day)


def _in_time(document: DocumentFacts, moment: Moment) -> list[VersionFacts]:
    last = moment.closes_at
    found = [v for v in document.versions if v.submitted_at is not None and v.submitted_at <= last]
    return sorted(found, key=lambda version: version.number) if len(found) > 1 else found


def _standing(in_time: Sequence[VersionFacts], moment: Moment) -> list[VersionFacts]:
    return [version for version in in_time if version.withdrawn_at is None or version.withdrawn_at > moment.known_at]


def _outcome(version: VersionFacts, moment: Moment) -> str | None:
    known = [decided for decided in version.decided if decided.at <= moment.known_at]
    if len(known) == 1:
        return known[0].outcome
    return max(known, key=lambda decided: decided.at).outcome if known else None


def _confirmed(version: VersionFacts, moment: Moment) -> Facts | None:
    known = [each for each in version.fact_sets if each.source == "confirmed" and each.at <= moment.known_at]
    if len(known) == 1:
        return known[0].facts
    return max(known, key=lambda each: each.at).facts if known else None


def _why_not_approved(standing: Sequence[VersionFacts], moment: Moment) -> Absence:
    outcomes = [_outcome(version, moment) for version in standing]
    if None in outcomes or Outcome.APPROVED in outcomes:
        return Absence.NOT_YET_REVIEWED
    return Absence.RETURNED if outcomes[-1] == Outcome.RETURNED else Absence.APPROVAL_REVOKED


def _in_force(approved: Iterable[Evidence], in_time: Sequence[VersionFacts], kind: Kind, day: date) -> list[Evidence]:
    """Leave out what a correction replaced, and what a change ended or has yet to begin.

    A correction stands in for what it corrects: the correction of a change is that change.
    """
    approved = list(approved)
    if len(approved) == 1 and approved[0].version.relation in ("first", "renewal"):
        return approved  # nearly always so
    numbers = [version.number for version in in_time]
    corrected: set[int] = set()
    kept: list[Evidence] = []
    for each in approved:
        root = each.version
        while root.relation == "correction" and root.number != numbers[0]:
            root = in_time[numbers.index(root.number) - 1]
            corrected.add(root.number)
        since = each.version.effective_on or root.effective_on if root.relation == "change" else None
        is_same = since == each.version.effective_on
        kept.append(each if is_same else Evidence(replace(each.version, effective_on=since), each.facts))
    kept = [each for each in kept if each.version.number not in corrected]
    return [
        each for each in kept if _has_begun(each, day) and not any(_ends(change, each, kind, day) for change in kept)
    ]


def _has_begun(each: Evidence, day: date) -> bool:
    return each.version.effective_on is None or each.version.effective_on <= day


def _ends(change: Evidence, each: Evidence, kind: Kind, day: date) -> bool:
    since = change.version.effective_on
    if since is None or since > day or change.version.number <= each.version.number:
        return False
    # A renewal that begins after the change is not what the change ends.
    start = each.version.effective_on or day_in(each.facts, kind.axis.start or kind.axis.day)
    return start is None or start < since


def _covering(candidates: Sequence[Evidence], kind: Kind, day: date) -> Evidence:
    """The version whose period covers the day; of two the older, so that a renewal counts when that one has ended."""

    def preference(each: Evidence) -> tuple[Any, ...]:
        start = each.version.effective_on or day_in(each.facts, kind.axis.start) or date.min
        end = day_in(each.facts, kind.axis.day) or date.max
        match validity(kind, each.facts, day):
            case Status.VALID | Status.EXPIRING:
                return 0, start.toordinal(), each.version.number
            case Status.UNDETERMINED:
                return 1, -start.toordinal(), -each.version.number
            case Status.EXPIRED:
                return 2, -end.toordinal(), -each.version.number
            case _:
                return 3, start.toordinal(), each.version.number

    return min(candidates, key=preference)


def _last_dated(candidates: Sequence[Evidence], kind: Kind, day: date) -> Evidence:
    """The version dated last on or before the day, else the first after it; one without a date comes last."""

    def preference(each: Evidence) -> tuple[int, int, int]:
        dated = day if is_ongoing(kind, each.facts) else day_in(each.facts, kind.axis.day)
        if dated is None:
            return 2, 0, -each.version.number
        if dated <= day:
            return 0, -dated.toordinal(), -each.version.number
        return 1, dated.toordinal(), -each.version.number

    return min(candidates, key=preference)


def facts_used(facts: Facts, names: Iterable[str]) -> Mapping[str, Any]:
    """The facts of these names that are there, in the order of the names."""
    return {name: facts[name] for name in names if name in facts}
