"""Participation, party and window to cure under any order of acts: what is possible happens, what is not changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.core import clock, db
from depot.core.errors import DepotError
from depot.tenders import awards, cures, participations, parties, queries
from depot.tenders.models import Participation, ParticipationState, PartyState, TenderState
from tests import factories

HOUR = timedelta(hours=1)
NUMBERS = count(90000001)


class Course(RuleBasedStateMachine):
    """One tender, one company that takes part, one that it asks; time goes forward."""

    def __init__(self, buyer: Actor) -> None:
        super().__init__()
        self.buyer = buyer
        self.now = clock.now()
        own, other = (str(next(NUMBERS)) for _place in range(2))
        self.company, self.other, self.other_number = factories.company(own), factories.company(other), other
        self.tender = factories.tender(buyer, "kvk-extract", number=own)
        self.row: Participation | None = None
        self.window: tuple[Any, Any] | None = None
        self.party: PartyState | None = None
        self.state: ParticipationState | None = None
        self.is_stopped = False

    @property
    def is_open(self) -> bool:
        return self.now < self.tender.closes_at and not self.is_stopped

    @property
    def is_held(self) -> bool:
        return self.window is not None and self.now < self.window[1]

    def tries(self, act: Callable[[], Any], *, is_possible: bool) -> bool:
        db.session.commit()
        try:
            with clock.moved_to(self.now), db.transaction():
                act()
        except DepotError:
            assert not is_possible
        else:
            assert is_possible
        db.session.expire_all()
        return is_possible

    @rule(hours=st.sampled_from([1, 24, 24 * 29, 24 * 31]))
    def waits(self, hours: int) -> None:
        self.now += hours * HOUR

    @rule()
    def takes_part(self) -> None:
        can = self.is_open and self.state in (None, ParticipationState.PREPARING, ParticipationState.WITHDRAWN)
        if self.tries(lambda: factories.participant(self.company, self.tender), is_possible=can):
            self.state = ParticipationState.SUBMITTED

    @rule()
    def steps_out(self) -> None:
        can = self.is_open and self.state is ParticipationState.SUBMITTED
        if self.tries(lambda: participations.withdraw(self.company, self.tender.id), is_possible=can):
            self.state = ParticipationState.WITHDRAWN

    @rule()
    def asks(self) -> None:
        def act() -> None:
            parties.add(self.company, self.tender.id, kvk_number=self.other_number, role="member", task="Scholing")

        can = self.is_open and self.party in (None, PartyState.REFUSED, PartyState.REMOVED)
        if self.tries(act, is_possible=can):
            self.party = PartyState.ASKED
            self.state = self.state or ParticipationState.PREPARING

    @rule()
    def confirms(self) -> None:
        def act() -> None:
            parties.confirm(self.other, self.key(), declares=True, consents=True, authority="bestuurder")

        if self.tries(act, is_possible=self.is_open and self.party is PartyState.ASKED):
            self.party = PartyState.CONFIRMED

    @rule()
    def refuses(self) -> None:
        can = self.is_open and self.party in (PartyState.ASKED, PartyState.CONFIRMED)
        if self.tries(lambda: parties.refuse(self.other, self.key()), is_possible=can):
            self.party = PartyState.REFUSED

    @rule()
    def removes(self) -> None:
        can = self.is_open and self.party not in (None, PartyState.REMOVED)
        if self.tries(lambda: parties.remove(self.company, self.tender.id, self.key()), is_possible=can):
            self.party = PartyState.REMOVED

    @rule(hours=st.sampled_from([2, 48, 24 * 20]))
    def lets_mend(self, hours: int) -> None:
        until = self.now + hours * HOUR
        is_decidable = self.is_decidable(ParticipationState.SUBMITTED)
        can = is_decidable and self.window is None and until <= self.tender.evidence_until

        def act() -> None:
            cures.begin(self.buyer, self.participation(), requirements=["E1"], question="Welk?", until=until)

        if self.tries(act, is_possible=can):
            self.window = (until, until)

    @rule()
    def has_mended(self) -> None:
        can = self.is_held
        if self.tries(lambda: cures.finish(self.company, self.tender.id), is_possible=can) and self.window:
            self.window = (self.window[0], self.now)

    @rule(is_selected=st.booleans())
    def decides(self, is_selected: bool) -> None:
        act = participations.select if is_selected else participations.reject
        can = self.is_decidable(ParticipationState.SUBMITTED) and not self.is_held
        if self.tries(lambda: act(self.buyer, self.participation(), motivation="Daarom."), is_possible=can):
            self.state = ParticipationState.SELECTED if is_selected else ParticipationState.REJECTED

    @rule(is_awarded=st.booleans())
    def awards(self, is_awarded: bool) -> None:
        act = awards.award if is_awarded else awards.pass_over
        can = self.is_decidable(ParticipationState.SELECTED)
        if self.tries(lambda: act(self.buyer, self.participation(), motivation="Daarom."), is_possible=can):
            self.state = ParticipationState.AWARDED if is_awarded else ParticipationState.NOT_AWARDED

    @rule(luck=st.integers(0, 4))
    def stops(self, luck: int) -> None:
        if luck == 0:
            can = not self.is_stopped and self.state is not ParticipationState.AWARDED
            if self.tries(lambda: awards.abandon(self.buyer, self.tender.id, reason="Beleid."), is_possible=can):
                self.is_stopped = True

    @invariant()
    def rows_say_what_the_course_says(self) -> None:
        row = queries.own_participation(self.company, self.tender)
        assert (row.state if row else None) == self.state
        if row is None:
            return
        others = [party for party in row.parties if not party.is_own]
        assert [party.state for party in others] == ([self.party] if self.party else [])
        givers = {giver.id for giver, _consent in queries.consents([row.id])}
        assert givers <= {party.id for party in row.parties if party.counts}
        assert (row.own_party.role == "lead") == (self.party not in (None, PartyState.REMOVED))
        finished = TenderState.AWARDED if self.state is ParticipationState.AWARDED else None
        assert (self.tender.state is TenderState.AWARDED) == (finished is not None)

    def is_decidable(self, state: ParticipationState) -> bool:
        return self.state is state and self.now >= self.tender.closes_at and not self.is_stopped

    def participation(self) -> Any:
        row = queries.own_participation(self.company, self.tender)
        return row.id if row else self.tender.id

    def key(self) -> Any:
        row = queries.own_participation(self.company, self.tender)
        others = [party.id for party in row.parties if not party.is_own] if row else []
        return others[0] if others else self.tender.id


def test_any_order_of_acts_ends_in_a_state_that_the_acts_explain(session: Session) -> None:
    buyer = factories.municipality()
    session.commit()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: Course(buyer),
        settings=settings(
            max_examples=10, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
