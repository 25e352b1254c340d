"""Companies, what each holds and who reads its mail, with what they do to the depot.

What happened is kept here by who did it and never read back from the depot: the oracle goes by it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from depot.access import Actor
from depot.core import clock, db
from depot.documents import service as documents
from depot.documents.models import FactSource, Relation, State, Version
from depot.mail import addresses
from depot.reminders import choices, preferences
from depot.reminders.models import Rhythm
from depot.verification import service as verification
from tests import factories
from tests.simulation import days
from tests.simulation.days import EXTRACT, MARK, POLICY

HALF_YEAR = timedelta(days=181)
"""An extract of a day so long ago still holds on some day of that."""


@dataclass(eq=False)
class Person:
    """Somebody who reads the mail of a company."""

    actor: Actor
    email: str
    joined: date
    is_weekly: bool = False
    wants_statement: bool = True
    is_reachable: bool = True
    reachable_since: date = field(default_factory=clock.today)

    def choose(self, *, wants_statement: bool) -> None:
        """Mail once a week."""
        preferences.choose(self.actor, rhythm=Rhythm.WEEKLY, wants_statement=wants_statement)
        self.is_weekly, self.wants_statement = True, wants_statement

    def lose(self) -> None:
        """A mail server says that there is no such address."""
        addresses.mark(self.email, "550 5.1.1 No such user")
        self.is_reachable = False

    def find(self) -> None:
        """Mail arrives again."""
        addresses.clear(self.email)
        self.is_reachable, self.reachable_since = True, clock.today()


@dataclass(frozen=True)
class Standing:
    """An approved version, its last day, and when it was approved."""

    document_id: UUID
    version_id: UUID
    end: date
    approved: datetime


@dataclass(eq=False)
class Line:
    """What one after another proves the same: a policy and its renewals, or the extracts of a company."""

    firm: "Firm"
    kind: str
    number: int
    standing: list[Standing] = field(default_factory=list)
    pending: UUID | None = None
    """The version that is with the depot."""
    left: set[tuple[UUID, date]] = field(default_factory=set)
    paused: dict[UUID, date] = field(default_factory=dict)
    made: int = 0

    @property
    def current(self) -> Standing | None:
        """What ends last, and so is to be renewed."""
        return max(self.standing, key=lambda each: each.end, default=None)

    @property
    def there(self) -> Standing:
        """The same, where there is something."""
        assert self.current is not None
        return self.current

    @property
    def wanted(self) -> date:
        """The day to begin renewing it."""
        return days.wanted(self.kind, self.there.end)

    def rests(self, day: date) -> bool:
        """Whether nothing is to be said on a day: a successor is with the depot, or the company asked for silence."""
        now = self.there
        is_paused = self.paused.get(now.document_id, date.min) >= day and not days.is_urgent(day, now.end)
        return self.pending is not None or is_paused or self.is_left

    @property
    def is_left(self) -> bool:
        """Whether the company said that this end is the last."""
        return (self.there.document_id, self.there.end) in self.left

    def hand_in(self, end: date) -> None:
        """A successor that ends on a day; every other extract is a document of its own."""
        self.made += 1
        actor = self.firm.people[0].actor
        paper = factories.file(factories.pdf(f"{self.firm.number} {self.number} {self.made}"))
        facts = factories.facts(self.kind, self.firm.number, **_facts(self, end))
        if self.current is not None and (self.kind != EXTRACT or self.made % 2):
            version = documents.deposit_next(
                actor, self.current.document_id, relation=Relation.RENEWAL, facts=facts, upload=paper
            )
        else:
            version = documents.deposit(actor, kind=self.kind, facts=facts, upload=paper)
        self.pending = version.id

    def discard(self) -> None:
        """Take back what is with the depot."""
        assert self.pending is not None
        documents.discard(self.firm.people[0].actor, self.pending)
        self.pending = None

    def withdraw(self) -> None:
        """Take the document back that is there, with all its versions."""
        gone = self.there.document_id
        documents.withdraw(self.firm.people[0].actor, gone)
        self.standing = [each for each in self.standing if each.document_id != gone]

    def pause(self, until: date) -> None:
        """Ask for silence."""
        choices.pause(self.firm.people[0].actor, self.there.document_id, until=until)
        self.paused[self.there.document_id] = until

    def leave(self) -> None:
        """Say that it will not be renewed."""
        choices.leave(self.firm.people[0].actor, self.there.document_id)
        self.left.add((self.there.document_id, self.there.end))

    def take_up(self) -> None:
        """Take that back."""
        choices.take_up(self.firm.people[0].actor, self.there.document_id)
        self.left.remove((self.there.document_id, self.there.end))

    def decide(self, reviewer: Actor, *, is_approved: bool) -> bool:
        """The reviewer's word; False as long as the machine has not looked."""
        assert self.pending is not None
        version = db.session.get_one(Version, self.pending, populate_existing=True)
        if version.state is not State.IN_REVIEW:
            assert version.state in (State.SUBMITTED, State.CHECKING), version.state
            return False
        facts = version.facts(FactSource.SUBMITTED) or {}
        if is_approved:
            verification.approve(reviewer, version.id, facts=facts)
            end = days.last_day(self.kind, facts)
            self.standing.append(Standing(version.document_id, version.id, end, clock.now()))
        else:
            verification.send_back(reviewer, version.id, reason="Onleesbaar.")
        self.pending = None
        return True


@dataclass(eq=False)
class Firm:
    """A company."""

    number: str
    id: UUID
    people: list[Person]
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Bid:
    """That a firm takes part in a tender, which asks these kinds of it on a day."""

    firm: Firm
    tender_id: UUID
    kinds: frozenset[str]
    asked_on: date
    since: date


def _facts(line: Line, end: date) -> dict[str, str]:
    match line.kind:
        case kind if kind == POLICY:
            return {"endDate": end.isoformat(), "policyNumber": f"VB-{line.number}"}
        case kind if kind == MARK:
            return {"validUntil": end.isoformat()}
    return {"issueDate": min(clock.today(), end - HALF_YEAR).isoformat()}
