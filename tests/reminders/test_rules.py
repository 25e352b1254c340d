from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from depot.catalogue.service import FOLDER, load
from depot.core.periods import Period
from depot.reminders.rules import (
    PAUSE_LIMIT,
    URGENT,
    WEEK,
    Evidence,
    Log,
    Step,
    come,
    due,
    is_urgent,
    next_on,
    wanted_on,
)

END = date(2027, 1, 15)
POLICY = UUID(int=1)
DAYS_BEFORE = (60, 30, 7)
TWO_WEEKS = Period(days=14)


def policy(end: date = END, **changes: object) -> Evidence:
    return Evidence(POLICY, end, wanted_on(end, TWO_WEEKS), DAYS_BEFORE, **changes)  # type: ignore[arg-type]


def on(days_before_end: int) -> date:
    return END - timedelta(days=days_before_end)


def told(steps: list[Step], log: Log) -> Log:
    return {**log, **{(step.document_id, step.end_date): step.step for step in steps}}


def sent(first: int, last: int, item: Evidence, log: Log | None = None) -> list[int]:
    """The steps of each day of a stretch, in days before the end."""
    found, log = [], log or {}
    for left in range(first, last - 1, -1):
        steps = due(on(left), [item], log)
        log = told(steps, log)
        found += [step.step for step in steps]
    return found


def test_one_begins_renewing_two_weeks_for_review_and_the_issuers_time_before_the_end() -> None:
    assert wanted_on(date(2027, 3, 31), Period(months=1)) == date(2027, 2, 17)
    assert wanted_on(date(2028, 3, 14), Period(months=4)) == date(2027, 10, 29)
    assert wanted_on(date(2027, 7, 14), Period(months=4)) == date(2027, 2, 28)
    assert wanted_on(END, None) == END - timedelta(days=14)


def test_the_calendar_runs_before_on_and_after_the_wanted_day_and_then_weekly_without_end() -> None:
    assert sent(200, -30, policy()) == [60, 29, 28, 27, 20, 13, 6, -1, -8, -15, -22, -29]
    assert sent(200, -3000, policy())[-1] == -2997


def test_nothing_is_due_before_the_first_reminder_day() -> None:
    assert due(on(61), [policy()], {}) == []


def test_days_missed_become_one_step_and_the_others_are_passed_over() -> None:
    assert due(on(5), [policy()], {}) == [Step(POLICY, END, 6, (13, 20, 27, 28, 29, 60))]
    assert due(on(5), [policy()], {(POLICY, END): 27}) == [Step(POLICY, END, 6, (13, 20))]


def test_long_after_its_end_a_document_is_still_due_once_a_week() -> None:
    late = END + timedelta(days=1000)
    [step] = due(late, [policy()], {})
    assert step.step in range(-1000, -993)
    log = told([step], {})
    again = [day for day in range(1, 15) if due(late + timedelta(days=day), [policy()], log)]
    assert len(again) == 14 - again[0] + 1
    assert next_on(late, policy()) == late + timedelta(days=again[0])


def test_it_waits_while_a_successor_is_with_us_and_goes_on_the_day_that_is_returned() -> None:
    log = {(POLICY, END): 28}
    assert sent(27, 10, policy(is_handed_in=True), log) == []
    assert due(on(9), [policy()], log) == [Step(POLICY, END, 13, (20, 27))]


def test_a_successor_returned_before_anything_was_missed_changes_nothing() -> None:
    log = {(POLICY, END): 28}
    assert due(on(28), [policy(is_handed_in=True)], log) == due(on(28), [policy()], log) == []
    assert due(on(27), [policy()], log) == [Step(POLICY, END, 27)]


def test_what_the_company_will_not_renew_is_left_and_taken_up_again_when_it_changes_its_mind() -> None:
    assert sent(100, -20, policy(is_left=True)) == []
    assert next_on(on(40), policy(is_left=True)) is None
    assert due(on(-20), [policy()], {})[0].step == -15


def test_a_pause_holds_until_its_day_has_passed_but_never_in_the_last_week_and_after() -> None:
    paused = policy(paused_until=on(15))
    assert sent(40, 0, paused) == [20, 13, 6]
    assert due(on(14), [paused], {}) == [Step(POLICY, END, 20, (27, 28, 29, 60))]
    assert sent(40, -10, policy(paused_until=on(-30))) == [13, 6, -1, -8]
    assert due(on(URGENT), [policy(paused_until=on(-30))], {})[0].step == 13


def test_a_kind_without_reminder_days_is_never_reminded_of() -> None:
    item = Evidence(POLICY, END, END, ())
    assert due(on(-3), [item], {}) == []
    assert next_on(on(-3), item) is None


def test_a_new_end_starts_a_new_calendar() -> None:
    later = END + timedelta(days=365)
    assert due(later - timedelta(days=60), [policy(later)], {(POLICY, END): -100}) == [Step(POLICY, later, 60)]


def test_a_reminder_day_that_the_catalogue_adds_is_not_caught_up_after_a_more_urgent_one() -> None:
    item = Evidence(POLICY, END, wanted_on(END, TWO_WEEKS), (60, 45))
    assert due(on(40), [item], {(POLICY, END): 29}) == []


def test_the_nearest_end_comes_first() -> None:
    other = Evidence(UUID(int=2), END - timedelta(days=1), wanted_on(END, None), DAYS_BEFORE)
    assert [step.document_id for step in due(END, [policy(), other], {})] == [UUID(int=2), POLICY]


@pytest.mark.parametrize("end", [date(2028, 2, 29), date(2027, 3, 28), date(2027, 10, 31), date(2027, 12, 31)])
def test_leap_days_clock_changes_and_the_turn_of_the_year_shift_no_day(end: date) -> None:
    days = [end - timedelta(days=left) for left in range(70, -30, -1)]
    log: Log = {}
    found = []
    for day in days:
        steps = due(day, [policy(end)], log)
        log = told(steps, log)
        found += [(end - day).days for _step in steps]
    assert found == [60, 29, 28, 27, 20, 13, 6, -1, -8, -15, -22, -29]


@pytest.mark.parametrize("end", [date(2027, month, 1) - timedelta(days=1) for month in range(2, 13)])
def test_every_kind_is_spoken_of_at_least_a_week_before_one_has_to_begin(end: date) -> None:
    for kind in load(FOLDER).kinds.values():
        if kind.reminders:
            item = Evidence(POLICY, end, wanted_on(end, kind.lead_time), kind.reminders)
            assert item.opening[0] >= item.wanted + WEEK, kind.code


evidence = st.lists(
    st.builds(
        lambda number, end, lead, days: Evidence(UUID(int=number), end, wanted_on(end, Period(days=lead)), days),
        st.integers(1, 10**6),
        st.dates(date(2027, 1, 1), date(2028, 3, 1)),
        st.integers(0, 130),
        st.lists(st.integers(1, 200), min_size=1, max_size=4, unique=True).map(tuple),
    ),
    max_size=5,
    unique_by=lambda item: item.document_id,
)
days_run = st.sets(st.dates(date(2026, 7, 1), date(2028, 6, 1)), max_size=40).map(sorted)


@given(evidence, days_run)
def test_whatever_days_it_runs_on_each_step_is_told_or_passed_over_once_and_the_last_word_is_the_most_urgent(
    items: list[Evidence], days: list[date]
) -> None:
    log: Log = {}
    seen: dict[UUID, list[int]] = {item.document_id: [] for item in items}
    for day in days:
        for step in due(day, items, log):
            seen[step.document_id] += [step.step, *step.passed_over]
            log = told([step], log)
        assert due(day, items, log) == []
        for item in items:
            assert sorted(seen[item.document_id]) == come(day, item)


@given(evidence, st.dates(date(2026, 7, 1), date(2029, 6, 1)))
def test_the_next_day_is_the_first_on_which_something_is_due(items: list[Evidence], day: date) -> None:
    for item in items:
        log = told(due(day, [item], {}), {})
        following = next_on(day, item)
        assert following is not None
        assert following > day
        assert due(following, [item], log)
        assert due(following - timedelta(days=1), [item], log) == []


class Life(RuleBasedStateMachine):
    """One document through its life: each day the depot runs, or is down, and the company does as companies do."""

    @initialize(end=st.dates(date(2027, 1, 1), date(2028, 3, 1)), lead=st.integers(0, 130))
    def deposit(self, end: date, lead: int) -> None:
        self.lead, self.end = Period(days=lead), end
        self.day = end - timedelta(days=220)
        self.log: dict[tuple[UUID, date], int] = {}
        self.taken: list[tuple[date, int]] = []
        self.is_handed_in = self.is_left = False
        self.paused_until: date | None = None

    @property
    def item(self) -> Evidence:
        return Evidence(
            POLICY,
            self.end,
            wanted_on(self.end, self.lead),
            (150, 90, 30),
            self.is_handed_in,
            self.is_left,
            self.paused_until,
        )

    @rule(times=st.integers(1, 2))
    def run(self, times: int) -> None:
        for _time in range(times):
            for step in due(self.day, [self.item], self.log):
                assert not self.is_handed_in
                assert not self.is_left
                is_paused = self.paused_until is not None and self.day <= self.paused_until
                assert not is_paused or is_urgent(self.day, self.end)
                self.taken += [(step.end_date, number) for number in (step.step, *step.passed_over)]
                self.log[step.document_id, step.end_date] = step.step
        if not self.is_left and not self.item.waits(self.day):
            assert sorted(step for end, step in self.taken if end == self.end) == come(self.day, self.item)

    @rule(days=st.sampled_from([1, 1, 1, 1, 3, 7, 42]))
    def let_days_pass(self, days: int) -> None:
        self.day += timedelta(days=days)

    @precondition(lambda self: not self.is_handed_in)
    @rule()
    def hand_in(self) -> None:
        self.is_handed_in = True

    @precondition(lambda self: self.is_handed_in)
    @rule()
    def return_or_withdraw(self) -> None:
        self.is_handed_in = False
        self.run(1)

    @precondition(lambda self: self.is_handed_in)
    @rule(days=st.integers(30, 700))
    def approve(self, days: int) -> None:
        self.is_handed_in = self.is_left = False
        self.end = max(self.end, self.day) + timedelta(days=days)

    @rule(days=st.integers(1, PAUSE_LIMIT.days))
    def pause(self, days: int) -> None:
        self.paused_until = self.day + timedelta(days=days)

    @rule()
    def end_pause(self) -> None:
        self.paused_until = None

    @rule(is_left=st.booleans())
    def leave_or_take_back(self, is_left: bool) -> None:
        self.is_left = is_left

    @invariant()
    def no_step_is_taken_twice(self) -> None:
        assert len(getattr(self, "taken", [])) == len(set(getattr(self, "taken", [])))


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLife = Life.TestCase
