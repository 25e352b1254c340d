"""What a company lacks of what is asked, and the one act that mends it. Pure: verdicts and days in, gaps out."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from depot.tenders.judgement import Reason, Verdict
from depot.tenders.requirements import ROLES, Requirement, RequirementSet

CHOICES = frozenset({"any_of", "any_party"})
"""The reasons of which the best part decides alone."""


class Status(StrEnum):
    """How a company stands before one requirement."""

    MET = "met"
    LAPSES = "lapses"
    MISSING = "missing"
    WAITS = "waits"


class Act(StrEnum):
    """What the company can do about it."""

    NOTHING = "nothing"
    RENEW = "renew"
    ADD = "add"
    ASK_PARTY = "ask_party"
    PROFILE = "profile"


@dataclass(frozen=True)
class Gap:
    """One requirement as it stands: the act that mends it, on which own document or with which kinds (one is enough).

    `ends_on` is the last day of the document that decides, `before` the day that it ends before.
    """

    status: Status
    act: Act
    document_id: str | None = None
    kinds: tuple[str, ...] = ()
    ends_on: date | None = None
    before: date | None = None


def gap(
    requirement: Requirement,
    reason: Reason,
    *,
    role: str,
    own: Collection[str],
    ends: Mapping[str, date],
    days: Sequence[date],
) -> Gap:
    """Where the party in a role stands; `own` are its documents, `ends` the last day of those that end.

    `days` are those that matter, such as the closing and the start of the contract.
    """
    if reason.verdict is Verdict.MET:
        return _lapsing([id for id in deciding(reason) if id in own], ends, days) or Gap(Status.MET, Act.NOTHING)
    is_asked = requirement.subject is not None and any(role in ROLES[name] for name in requirement.subject.roles)
    if reason.verdict is not Verdict.NOT_MET:
        is_uncommitted = any(part.code == "commitment_not_shown" for part in _all(reason))
        return Gap(Status.WAITS, Act.ASK_PARTY if is_uncommitted else Act.NOTHING)
    if not is_asked:
        return Gap(Status.MISSING, Act.ASK_PARTY)
    short = next((id for id in _short(reason) if id in own), None)
    if short is not None:
        lapsing = _lapsing([short], ends, days)
        return lapsing or Gap(Status.MISSING, Act.RENEW, short, _kinds(requirement))
    kinds = _kinds(requirement)
    return Gap(Status.MISSING, Act.ADD if kinds else Act.PROFILE, kinds=kinds)


def deciding(reason: Reason) -> Iterator[str]:
    """The documents that a met requirement rests on."""
    if reason.code in CHOICES:
        yield from deciding(reason.parts[0])
    elif "documentId" in reason.values:
        if reason.verdict is Verdict.MET:
            yield str(reason.values["documentId"])
    else:
        for part in reason.parts:
            yield from deciding(part)


def _short(reason: Reason) -> Iterator[str]:
    """The documents that do not meet what is asked."""
    if "documentId" in reason.values:
        if reason.verdict is Verdict.NOT_MET:
            yield str(reason.values["documentId"])
    else:
        for part in reason.parts:
            yield from _short(part)


def _all(reason: Reason) -> Iterator[Reason]:
    yield reason
    for part in reason.parts:
        yield from _all(part)


def _lapsing(documents: Sequence[str], ends: Mapping[str, date], days: Sequence[date]) -> Gap | None:
    """The document that ends first, if that is before a day that matters."""
    ending = sorted((ends[id], id) for id in documents if id in ends)
    for end, id in ending[:1]:
        before = [day for day in sorted(days) if end < day]
        if before:
            return Gap(Status.LAPSES, Act.RENEW, id, ends_on=end, before=before[0])
    return None


def _kinds(requirement: Requirement) -> tuple[str, ...]:
    return tuple(sorted(RequirementSet((requirement,)).kinds_asked))
