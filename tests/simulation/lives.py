"""How it goes with companies over the years: each life does something, and says on which day it goes on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

from depot.access import Actor, Role
from depot.accounts.models import Organisation
from depot.core import clock, db
from depot.tenders import awards
from tests import factories
from tests.simulation.days import EXTRACT, MARK, POLICY, is_urgent
from tests.simulation.firms import Bid, Firm, Line, Person

ASKS = {"general-liability": POLICY, "kvk-extract": EXTRACT, "quality": MARK}
"""The kind that each requirement of a tender asks for."""

Life = Iterator[date]


@dataclass
class World:
    """Everybody, and when each goes on; the same seed gives the same world."""

    random: Random
    reviewer: Actor
    buyer: Actor
    firms: list[Firm] = field(default_factory=list)
    bids: list[Bid] = field(default_factory=list)
    lives: list[tuple[date, Life]] = field(default_factory=list)

    def go_on(self) -> bool:
        """Do what is to be done today; False when that was nothing."""
        today = clock.today()
        due = [life for day, life in self.lives if day <= today]
        self.lives = [(day, life) for day, life in self.lives if day > today]
        for life in due:
            if (day := next(life, None)) is not None:
                self.lives.append((day, life))
        return bool(due)

    def asked(self, line: Line, day: date) -> bool:
        """Whether a tender that runs asks for it on a later day than it lasts."""
        return any(
            bid.firm is line.firm and line.kind in bid.kinds and bid.asked_on >= day and bid.asked_on > line.there.end
            for bid in self.bids
        )

    def soon(self, first: int, last: int) -> date:
        """A day within so many days from today."""
        return clock.today() + timedelta(days=self.random.randint(first, last))

    def near(self, day: date, first: int, last: int) -> date:
        """A day near another one, but not before tomorrow."""
        return max(day + timedelta(days=self.random.randint(first, last)), clock.today() + timedelta(days=1))


def found(random: Random, companies: int) -> World:
    """A world on its first day."""
    with db.transaction():
        world = World(random, factories.reviewer(), factories.municipality())
        for number in range(companies):
            actor = factories.company(f"{90000000 + number}")
            firm = Firm(f"{90000000 + number}", actor.organisation_id, [_person(actor)])
            if number % 3:
                firm.people.append(_colleague(firm))
            firm.lines = [
                Line(firm, kind, index)
                for index, kind in enumerate((EXTRACT, POLICY, MARK, *([POLICY] if number % 2 else [])))
            ]
            world.firms.append(firm)
    today = clock.today()
    for number, firm in enumerate(world.firms):
        world.lives += [(today, _holding(world, line)) for line in firm.lines]
        world.lives.append((today, _reading(world, firm, number)))
    world.lives.append((today, _asking(world)))
    return world


def _holding(world: World, line: Line) -> Life:
    """A first document, and then one way to renew after the other."""
    yield world.soon(0, 15)
    yield from _renew(world, line, world.soon(12, 170 if line.kind == EXTRACT else 300))
    while True:
        yield from world.random.choices(list(WAYS), weights=list(WAYS.values()))[0](world, line)


def _reading(world: World, firm: Firm, number: int) -> Life:
    """What the people of a company choose, who loses an address, and who joins."""
    weekly = [[], firm.people[:1], firm.people[-1:], firm.people][number % 4]
    with db.transaction():
        for person in weekly:
            person.choose(wants_statement=bool(number % 5))
    if number % 6 == 0:
        yield world.soon(20, 60)
        with db.transaction():
            firm.people.append(_colleague(firm))
    while number % 5 in (3, 4):
        yield world.soon(20, 150)
        with db.transaction():
            firm.people[-1].lose()
        yield world.soon(5, 60)
        with db.transaction():
            firm.people[-1].find()


def _asking(world: World) -> Life:
    """Now and then a tender, that some companies take part in and nothing comes of; some are stopped."""
    for number in range(1, 1000):
        closes, codes = clock.now() + timedelta(days=world.random.randint(30, 90)), world.random.sample(list(ASKS), 2)
        with db.transaction():
            tender = factories.tender(world.buyer, *codes, closes_at=closes, number=f"T-{number}")
        for firm in world.random.sample(world.firms, max(1, len(world.firms) // 20)):
            with db.transaction():
                factories.participant(firm.people[0].actor, tender)
            kinds = frozenset(ASKS[code] for code in codes)
            world.bids.append(Bid(firm, tender.id, kinds, clock.day_of(closes), clock.today()))
        if number % 3 == 0:
            world.lives.append((clock.day_of(closes) + timedelta(days=20), _stopping(world, tender.id)))
        yield world.soon(15, 40)


def _stopping(world: World, tender_id: UUID) -> Life:
    with db.transaction():
        awards.abandon(world.buyer, tender_id, reason="Geen geld.")
    yield from ()


def _renew(world: World, line: Line, end: date | None = None, *, is_approved: bool = True) -> Life:
    """Hand a successor in, and wait for the reviewer's word."""
    with db.transaction():
        last = max(clock.today(), line.current.end) if line.current else clock.today()
        line.hand_in(end or last + timedelta(days=world.random.randint(280, 400)))
    is_decided = False
    yield world.soon(1, 9)
    while not is_decided:
        with db.transaction():
            is_decided = line.decide(world.reviewer, is_approved=is_approved)
        if not is_decided:
            yield world.soon(1, 1)


def _early(world: World, line: Line) -> Life:
    yield world.near(line.wanted, -25, 3)
    yield from _renew(world, line)


def _late(world: World, line: Line) -> Life:
    yield world.near(line.there.end, 1, 45)
    yield from _renew(world, line)


def _never(world: World, line: Line) -> Life:
    yield world.near(line.there.end, 150, 500)
    yield from _renew(world, line)


def _leaving(world: World, line: Line) -> Life:
    """The company gives it up, and in half of the cases thinks again."""
    yield world.near(line.wanted, -5, 40)
    with db.transaction():
        line.leave()
    if world.random.random() < 0.5:
        yield world.soon(5, 60)
        with db.transaction():
            line.take_up()
        yield world.soon(5, 60)
    else:
        yield world.soon(150, 400)
    yield from _renew(world, line)


def _twice(world: World, line: Line) -> Life:
    yield world.near(line.wanted, -10, 10)
    yield from _renew(world, line, max(line.there.end, clock.today()) + timedelta(days=world.random.randint(20, 60)))
    yield world.soon(4, 10)  # extracts of two or three days apart can end on one
    yield from _renew(world, line)


def _returned(world: World, line: Line) -> Life:
    """It comes back, once or twice, and is handed in again."""
    yield world.near(line.wanted, -3, 30)
    for _time in range(world.random.randint(1, 2)):
        yield from _renew(world, line, is_approved=False)
        yield world.soon(1, 30)
    yield from _renew(world, line)


def _discarding(world: World, line: Line) -> Life:
    yield world.near(line.wanted, -3, 30)
    with db.transaction():
        line.hand_in(max(clock.today(), line.there.end) + timedelta(days=300))
    yield world.soon(1, 20)
    with db.transaction():
        line.discard()
    yield world.soon(3, 30)
    yield from _renew(world, line)


def _withdrawing(world: World, line: Line) -> Life:
    yield world.near(line.there.end, -60, 30)
    with db.transaction():
        line.withdraw()
    yield world.soon(3, 60)
    yield from _renew(world, line)


def _pausing(world: World, line: Line) -> Life:
    """Silence around the wanted day; where the end is too near for it, none."""
    yield world.near(line.wanted, -20, 5)
    if not is_urgent(clock.today(), line.there.end):
        with db.transaction():
            line.pause(world.soon(1, 60))
    yield from _late(world, line)


WAYS: dict[Callable[[World, Line], Life], int] = {
    _early: 4,
    _late: 4,
    _never: 1,
    _leaving: 2,
    _twice: 2,
    _returned: 3,
    _discarding: 2,
    _withdrawing: 2,
    _pausing: 3,
}
"""How companies renew, and how often so."""


def _colleague(firm: Firm) -> Person:
    return _person(factories.member(db.session.get_one(Organisation, firm.id), Role.COMPANY_MEMBER))


def _person(actor: Actor) -> Person:
    return Person(actor, factories.email_of(actor), clock.today())
