"""What must have been said, worked out each morning from the issue's words and ADR 0031, without the depot's rules."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from depot.core import clock
from tests.simulation import days
from tests.simulation.firms import Firm, Line, Person
from tests.simulation.lives import World

WEEK = timedelta(days=7)


class Step(NamedTuple):
    """A step of a calendar, taken up or passed over on a day."""

    document_id: UUID
    end: date
    step: int
    day: date
    is_passed_over: bool


class Told(NamedTuple):
    """A digest: to whom, on which day, about what."""

    email: str
    day: date
    documents: frozenset[UUID]


class Lapsed(NamedTuple):
    """A lapse, of a last valid day, and the day on which it was recorded."""

    version_id: UUID
    end: date
    day: date


class Warned(NamedTuple):
    """Who must have heard of a document, after the day of its approval."""

    email: str
    document_id: UUID
    since: date


@dataclass(eq=False)
class Waiting:
    """That a person is to hear of a step since a day."""

    person: Person
    line: Line
    end: date
    since: date


@dataclass
class Oracle:
    """The books as they must be."""

    world: World
    steps: set[Step] = field(default_factory=set)
    digests: list[Told] = field(default_factory=list)
    lapses: set[Lapsed] = field(default_factory=set)
    statements: Counter[tuple[str, date]] = field(default_factory=Counter)
    warned: dict[Warned, date] = field(default_factory=dict)
    """By which day at latest."""
    quiet: dict[date, frozenset[UUID]] = field(default_factory=dict)
    """By day the documents of which nothing may be said: a successor stands or is in review, or it was given up or withdrawn."""
    _least: dict[tuple[UUID, date], int] = field(default_factory=dict)
    _waiting: dict[UUID, list[Waiting]] = field(default_factory=lambda: defaultdict(list))
    _last: dict[str, date] = field(default_factory=dict)
    _lapsed: set[UUID] = field(default_factory=set)
    _ever: set[UUID] = field(default_factory=set)

    def morning(self, day: date) -> None:
        """The jobs of a day have run, for the first time; whoever runs them again changes nothing."""
        talkative = set()
        for firm in self.world.firms:
            self._record_lapses(firm, day)
            people = [person for person in firm.people if person.is_reachable]
            for line in firm.lines:
                if line.current and line.pending is None and not line.is_left:
                    talkative.add(line.current.document_id)
                if people:
                    self._take_up(line, people, day)
            if people:
                self._tell(firm, people, day)
            self._state(firm, day)
            self._warn(firm, people, day)
        self.quiet[day] = frozenset(self._ever - talkative)

    def _record_lapses(self, firm: Firm, day: date) -> None:
        for line in firm.lines:
            for each in line.standing:
                self._ever.add(each.document_id)
                if each.end < day and each.version_id not in self._lapsed:
                    self._lapsed.add(each.version_id)
                    self.lapses.add(Lapsed(each.version_id, each.end, day))

    def _take_up(self, line: Line, people: list[Person], day: date) -> None:
        now = line.current
        if now is None or line.rests(day):
            return
        key = (now.document_id, now.end)
        come = [step for step in days.steps_until(line.kind, now.end, day) if step < self._least.get(key, step + 1)]
        if not come:
            return
        *passed, taken = come
        self._least[key] = taken
        self.steps.add(Step(*key, taken, day, is_passed_over=False))
        self.steps |= {Step(*key, step, day, is_passed_over=True) for step in passed}
        self._waiting[line.firm.id] += [Waiting(person, line, now.end, day) for person in people]

    def _tell(self, firm: Firm, people: list[Person], day: date) -> None:
        self._waiting[firm.id] = [each for each in self._waiting[firm.id] if _is_true(each)]
        for person in people:
            ready = [each for each in self._waiting[firm.id] if each.person is person and not each.line.rests(day)]
            if ready and (self._is_at_once(ready, day) or self._is_turn(person, ready, day)):
                self.digests.append(Told(person.email, day, frozenset(each.line.there.document_id for each in ready)))
                self._last[person.email] = day
                self._waiting[firm.id] = [each for each in self._waiting[firm.id] if each not in ready]

    def _is_at_once(self, ready: list[Waiting], day: date) -> bool:
        return any(days.is_urgent(day, each.end) or self.world.asked(each.line, day) for each in ready)

    def _is_turn(self, person: Person, ready: list[Waiting], day: date) -> bool:
        """Daily, or once a week from its first day with post on, of what was there by then."""
        if not days.has_post(day) or not person.is_weekly:
            return days.has_post(day)
        first = days.first_post(day - timedelta(days=day.weekday()))
        is_there = any(each.since <= first for each in ready)
        return first <= day and is_there and self._last.get(person.email, date.min) < first

    def _state(self, firm: Firm, day: date) -> None:
        """One statement a month, from its first office day on, to who was there by then."""
        first = days.first_office_day(day)
        has_dossier = any(line.made for line in firm.lines)
        for person in firm.people:
            is_his = person.wants_statement and person.joined <= first and has_dossier
            if days.has_post(day) and first <= day and is_his:
                self.statements[person.email, day.replace(day=1)] = 1

    def _warn(self, firm: Firm, people: list[Person], day: date) -> None:
        """Who could be reached all week has heard of what a tender asks before it ends."""
        for line in firm.lines:
            now = line.current
            if (
                now is None
                or not now.end - WEEK <= day <= now.end
                or line.rests(day)
                or not self.world.asked(line, day)
            ):
                continue
            for person in people:
                if person.reachable_since < day - WEEK:
                    self.warned.setdefault(Warned(person.email, now.document_id, clock.day_of(now.approved)), day)


def _is_true(waiting: Waiting) -> bool:
    now = waiting.line.current
    is_same = now is not None and now.end == waiting.end and not waiting.line.is_left
    return is_same and waiting.person.is_reachable
