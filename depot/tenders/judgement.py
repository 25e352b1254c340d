"""The three values of a judgement, and the tree of reasons that carries one."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple, Self


class Verdict(StrEnum):
    """Voldoet, voldoet niet, handmatig beoordelen."""

    MET = "met"
    MANUAL = "manual"
    NOT_MET = "not_met"


_RANK = {Verdict.NOT_MET: 0, Verdict.MANUAL: 1, Verdict.MET: 2}


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Reason(NamedTuple):
    """A verdict with the code of its ground, the values that made it so (JSON), and the reasons that it rests on."""

    code: str
    verdict: Verdict | None
    values: Mapping[str, Any] = _NOTHING
    parts: tuple["Reason", ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The tree as JSON."""
        return {
            "code": self.code,
            "verdict": self.verdict,
            "values": dict(self.values),
            "parts": [part.to_json() for part in self.parts],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The tree that `to_json` wrote."""
        verdict = Verdict(stored["verdict"]) if stored["verdict"] else None
        return cls(stored["code"], verdict, stored["values"], tuple(cls.from_json(part) for part in stored["parts"]))


def rank(reason: Reason) -> int:
    """How good a reason is, for sorting: the higher the better."""
    return _RANK[reason.verdict or Verdict.MANUAL]


def lowest(parts: Iterable[Reason]) -> Verdict:
    """The verdict when all must hold; met when there are none."""
    return _furthest(parts, Verdict.MET, Verdict.NOT_MET)


def highest(parts: Iterable[Reason]) -> Verdict:
    """The verdict when one must hold; not met when there are none."""
    return _furthest(parts, Verdict.NOT_MET, Verdict.MET)


def _furthest(parts: Iterable[Reason], start: Verdict, end: Verdict) -> Verdict:
    found = start
    for part in parts:
        if part.verdict is end:
            return end
        if part.verdict is not start:
            found = Verdict.MANUAL
    return found


def best_first(parts: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The same reasons, the best in front; equals keep their order."""
    return tuple(sorted(parts, key=rank, reverse=True)) if len(parts) > 1 else parts
