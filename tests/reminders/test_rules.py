from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from depot.reminders.rules import AFTER_END, Evidence, Step, due

END = date(2027, 1, 15)
POLICY = UUID(int=1)
DAYS_BEFORE = (60, 30, 7)


def on(days_before_end: int) -> date:
    return END - timedelta(days=days_before_end)


def ask(day: date, log: set[tuple[UUID, date, int]], *, has_successor: bool = False) -> list[Step]:
    return due(day, [Evidence(POLICY, END, DAYS_BEFORE, has_successor)], log)


def record(steps: list[Step], log: set[tuple[UUID, date, int]]) -> None:
    for step in steps:
        log |= {(step.document_id, step.end_date, number) for number in (step.step, *step.passed_over)}


def test_nothing_is_due_before_the_first_reminder_day() -> None:
    assert ask(on(61), set()) == []


def test_a_reminder_is_due_on_its_day() -> None:
    assert ask(on(60), set()) == [Step(POLICY, END, 60)]


def test_days_missed_become_one_step_and_the_others_are_passed_over() -> None:
    assert ask(on(5), set()) == [Step(POLICY, END, 7, (30, 60))]


def test_the_last_day_is_a_step_and_then_each_week_for_eight_weeks() -> None:
    log: set[tuple[UUID, date, int]] = set()
    sent = []
    for distance in range(70, -100, -1):
        steps = ask(on(distance), log)
        record(steps, log)
        sent += [(distance, step.step) for step in steps]
    assert sent == [(days, days) for days in (*DAYS_BEFORE, 0, *AFTER_END)]
    assert AFTER_END[-1] == -56


def test_nothing_is_due_once_a_successor_is_handed_in() -> None:
    assert ask(on(-3), set(), has_successor=True) == []


def test_a_kind_without_reminder_days_is_never_reminded_of() -> None:
    assert due(on(-3), [Evidence(POLICY, END, ())], set()) == []


def test_a_new_end_starts_a_new_calendar() -> None:
    log = {(POLICY, END, step) for step in (*DAYS_BEFORE, 0, *AFTER_END)}
    later = END + timedelta(days=365)
    assert due(later, [Evidence(POLICY, later, DAYS_BEFORE)], log) == [Step(POLICY, later, 0, (7, 30, 60))]


def test_a_reminder_day_that_the_catalogue_adds_is_not_caught_up_after_a_more_urgent_one() -> None:
    log = {(POLICY, END, 60), (POLICY, END, 30)}
    assert due(on(20), [Evidence(POLICY, END, (60, 45, 30))], log) == []


evidence = st.lists(
    st.builds(
        Evidence,
        st.integers(1, 10**6).map(lambda number: UUID(int=number)),
        st.dates(date(2027, 1, 1), date(2027, 3, 1)),
        st.lists(st.integers(1, 150), min_size=1, max_size=4, unique=True).map(tuple),
    ),
    max_size=5,
    unique_by=lambda item: item.document_id,
)
days_run = st.sets(st.dates(date(2026, 7, 1), date(2027, 6, 1)), max_size=40).map(sorted)


@given(evidence, days_run)
def test_whatever_days_it_runs_on_nothing_is_repeated_and_each_document_gets_its_most_urgent_step(
    items: list[Evidence], days: list[date]
) -> None:
    log: set[tuple[UUID, date, int]] = set()
    for day in days:
        steps = due(day, items, log)
        assert len({step.document_id for step in steps}) == len(steps)
        assert [step.end_date for step in steps] == sorted(step.end_date for step in steps)
        for step in steps:
            calendar = next(item.days_before for item in items if item.document_id == step.document_id)
            come = [n for n in (*calendar, 0, *AFTER_END) if step.end_date - timedelta(days=n) <= day]
            assert step.step == min(come)
            told = {(step.document_id, step.end_date, number) for number in (step.step, *step.passed_over)}
            assert not told & log
        record(steps, log)
        assert due(day, items, log) == []


@given(evidence, days_run)
def test_after_a_gap_the_last_word_is_the_same_as_without_one(items: list[Evidence], days: list[date]) -> None:
    if not days:
        return
    daily: set[tuple[UUID, date, int]] = set()
    for number in range((days[-1] - date(2026, 7, 1)).days + 1):
        record(due(date(2026, 7, 1) + timedelta(days=number), items, daily), daily)
    gaps: set[tuple[UUID, date, int]] = set()
    for day in days:
        record(due(day, items, gaps), gaps)
    assert gaps == daily
