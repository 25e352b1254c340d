import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from depot.core import authority, clock, db, seal, work
from depot.core.work import JobRun, JobSchedule
from jobs import runner
from jobs.__main__ import main
from jobs.registry import JOBS, Figures, Job, job

NOON = datetime(2026, 11, 21, 11, tzinfo=UTC)
TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.moved_to(NOON):
        yield


class Work:
    """A job's function that counts its runs, and fails while it is told to."""

    def __init__(self) -> None:
        self.days: list[date | None] = []
        self.figures: Figures = {"done": 1}
        self.is_failing = False

    def __call__(self, day: date | None = None) -> Figures:
        self.days.append(day)
        if self.is_failing:
            raise OSError("the disk is full")
        return self.figures


@pytest.fixture
def duty() -> Work:
    return Work()


@pytest.fixture
def daily(duty: Work) -> Job:
    return Job("daily", duty, "Tried here.", daily=time(6, 30))


@pytest.fixture
def steady(duty: Work) -> Job:
    return Job("steady", duty, "Tried here.", every=5)


def runs(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        found = select(JobRun).order_by(JobRun.started_at, JobRun.id)
        return [(row.slot, row.outcome) for row in db.session.scalars(found)]


def test_a_timed_job_runs_once_a_day(app: Flask, daily: Job, duty: Work) -> None:
    assert runner.tick(app, daily) == runner.Outcome("done", {"done": 1})
    assert runner.tick(app, daily) is None
    assert duty.days == [TODAY]
    assert runs(app) == [("2026-11-21", "done")]


def test_a_timed_job_waits_for_its_time_on_the_dutch_clock(app: Flask, daily: Job, duty: Work) -> None:
    with clock.moved_to(datetime(2026, 11, 21, 5, 29, tzinfo=UTC)):
        assert runner.tick(app, daily) is None
    with clock.moved_to(datetime(2026, 11, 21, 5, 30, tzinfo=UTC)):
        assert runner.tick(app, daily) is not None


def test_the_day_is_the_dutch_one_before_midnight_in_utc(app: Flask, duty: Work) -> None:
    with clock.moved_to(datetime(2026, 11, 21, 23, 15, tzinfo=UTC)):
        runner.tick(app, Job("night", duty, "Tried here.", daily=time(0, 10)))
    assert duty.days == [date(2026, 11, 22)]


def test_many_processes_that_race_for_a_slot_run_it_once(app: Flask, daily: Job, duty: Work) -> None:
    barrier = threading.Barrier(6)

    def contend() -> None:
        barrier.wait()
        runner.tick(app, daily)

    threads = [threading.Thread(target=contend) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert duty.days == [TODAY]
    assert runs(app) == [("2026-11-21", "done")]


def test_a_failed_run_is_tried_again_under_its_own_slot_with_growing_waits(app: Flask, daily: Job, duty: Work) -> None:
    duty.is_failing = True
    assert runner.tick(app, daily) == runner.Outcome("failed", {"error": "OSError"})
    assert runner.tick(app, daily) is None
    with clock.moved_to(NOON + timedelta(minutes=10)):
        assert runner.tick(app, daily) is not None
    with clock.moved_to(NOON + timedelta(minutes=29)):
        assert runner.tick(app, daily) is None
    duty.is_failing = False
    with clock.moved_to(NOON + timedelta(minutes=30)):
        assert runner.tick(app, daily) is not None
    with clock.moved_to(NOON + timedelta(hours=10)):
        assert runner.tick(app, daily) is None
    assert runs(app) == [("2026-11-21", "failed"), ("2026-11-21#2", "failed"), ("2026-11-21#3", "done")]


def test_a_job_that_keeps_failing_gives_up_for_the_day(app: Flask, duty: Work) -> None:
    duty.is_failing = True
    early = Job("early", duty, "Tried here.", daily=time(0, 10))
    for hours in range(30):
        with clock.moved_to(NOON - timedelta(hours=11) + timedelta(hours=hours)):
            runner.tick(app, early)
    assert duty.days.count(TODAY) == runner.ATTEMPTS
    assert date(2026, 11, 22) in duty.days


def test_a_run_whose_process_died_is_taken_over(app: Flask, daily: Job, duty: Work) -> None:
    with app.app_context():
        work.take_slot("daily", "2026-11-21")
    with clock.moved_to(NOON + timedelta(minutes=59)):
        assert runner.tick(app, daily) is None
    with clock.moved_to(NOON + timedelta(minutes=60)):
        assert runner.tick(app, daily) is not None
    assert runs(app) == [("2026-11-21", "running"), ("2026-11-21#2", "done")]


def test_a_steady_job_leaves_a_row_only_when_it_did_something(app: Flask, steady: Job, duty: Work) -> None:
    duty.figures = {"sent": 0}
    runner.tick(app, steady)
    assert runs(app) == []
    duty.figures = {"sent": 2}
    runner.tick(app, steady)
    runner.tick(app, steady)
    assert [outcome for _slot, outcome in runs(app)] == ["done", "done"]


def test_the_failures_of_an_hour_share_a_row(app: Flask, steady: Job, duty: Work) -> None:
    duty.is_failing = True
    for minutes in (0, 1, 60):
        with clock.moved_to(NOON + timedelta(minutes=minutes)):
            assert runner.tick(app, steady) == runner.Outcome("failed", {"error": "OSError"})
    assert runs(app) == [("failed 2026-11-21T11Z", "failed"), ("failed 2026-11-21T12Z", "failed")]


def test_a_run_by_hand_leaves_the_days_own_run_alone(app: Flask, daily: Job, duty: Work) -> None:
    runner.run(app, daily, date(2027, 1, 1))
    runner.tick(app, daily)
    assert duty.days == [date(2027, 1, 1), TODAY]


def test_the_report_says_what_is_kept_when_it_comes_next_and_what_is_open(app: Flask) -> None:
    soon = NOON + timedelta(seconds=4)
    runner.report(app, {"run_checks": soon})
    runner.tick(app, JOBS["send_reminders"])
    with clock.moved_to(NOON + timedelta(seconds=30)):
        runner.report(app, {"run_checks": soon})
    with app.app_context():
        rows = {row.job: row for row in db.session.scalars(select(JobSchedule))}
    assert set(rows) == set(JOBS)
    assert (rows["run_checks"].interval_s, rows["run_checks"].next_at) == (1, soon)
    assert rows["send_reminders"].next_at == datetime(2026, 11, 22, 5, 30, tzinfo=UTC)
    assert (rows["send_reminders"].due_now, rows["record_lapses"].due_now) == (0, 1)
    assert rows["send_mail"].seen_at == NOON + timedelta(seconds=30)


def schedules(app: Flask) -> dict[str, JobSchedule]:
    with app.app_context():
        return {row.job: row for row in db.session.scalars(select(JobSchedule))}


def test_a_run_that_was_asked_for_is_done_once_and_is_not_the_days_own(
    app: Flask, daily: Job, duty: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(JOBS, "daily", daily)
    with app.app_context():
        for _click in range(2):
            with db.transaction():
                work.ask("daily")
    assert (runner.run_asked(app), runner.run_asked(app)) == (1, 0)
    assert runner.tick(app, daily) is not None
    assert duty.days == [TODAY, TODAY]
    assert [outcome for _slot, outcome in runs(app)] == ["done", "done"]


def test_a_run_of_a_job_that_is_no_more_has_failed(app: Flask) -> None:
    with app.app_context(), db.transaction():
        work.ask("gone")
    assert runner.run_asked(app) == 1
    assert [outcome for _slot, outcome in runs(app)] == ["failed"]


def test_processes_that_race_for_what_was_asked_run_it_once(
    app: Flask, steady: Job, duty: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(JOBS, "steady", steady)
    with app.app_context(), db.transaction():
        work.ask("steady")
    threads = [threading.Thread(target=runner.run_asked, args=(app,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(duty.days) == 1


def test_the_report_tells_how_the_last_run_went_and_counts_failures(
    app: Flask, steady: Job, duty: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(JOBS, "steady", steady)
    runner.report(app, {})
    duty.is_failing = True
    for seconds in (5, 10):
        with clock.moved_to(NOON + timedelta(seconds=seconds)):
            runner.tick(app, steady)
    with clock.moved_to(NOON + timedelta(seconds=30)):
        runner.report(app, {})
    row = schedules(app)["steady"]
    assert (row.outcome, row.failures, row.started_at) == ("failed", 2, NOON + timedelta(seconds=10))
    assert (row.well_at, row.took_s is not None) == (NOON, True)
    duty.is_failing = False
    with clock.moved_to(NOON + timedelta(seconds=40)):
        runner.tick(app, steady)
        runner.report(app, {})
    row = schedules(app)["steady"]
    assert (row.outcome, row.failures, row.well_at) == ("done", 0, NOON + timedelta(seconds=40))


def test_a_job_that_is_no_more_is_no_silence(app: Flask) -> None:
    with app.app_context(), db.transaction() as session:
        session.add(JobSchedule(job="gone", interval_s=10))
    runner.report(app, {})
    assert "gone" not in schedules(app)


def test_a_job_that_keeps_failing_is_silent_and_one_under_way_is_not(
    app: Flask, steady: Job, duty: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(JOBS, "steady", steady)
    runner.report(app, {})
    duty.is_failing = True
    for minutes in range(1, 5):
        with clock.moved_to(NOON + timedelta(minutes=minutes)):
            runner.tick(app, steady)
            runner.report(app, {})
    later = NOON + timedelta(minutes=4)
    assert schedules(app)["steady"].is_silent(later)

    def report_from_within(_day: date | None = None) -> Figures:
        runner.report(app, {})
        return {}

    with clock.moved_to(later):
        runner.tick(app, Job("steady", report_from_within, "Tried here.", every=5))
        assert not schedules(app)["steady"].is_silent(later)


def test_the_silence_of_all_schedulers_is_not_held_against_each_job(
    app: Flask, steady: Job, duty: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(JOBS, "steady", steady)
    runner.report(app, {})
    days_later = NOON + timedelta(days=3)
    assert schedules(app)["steady"].is_silent(days_later)
    with clock.moved_to(days_later):
        runner.report(app, {})
    assert not schedules(app)["steady"].is_silent(days_later)


def test_every_job_has_words_and_one_schedule() -> None:
    orphans = {"remove_orphans", "remove_bundle_orphans", "remove_letter_orphans", "remove_register_orphans"}
    daily = {
        "send_reminders",
        "record_lapses",
        "tidy_registrations",
        "judge_admissions",
        "destroy_bundles",
        "watch_seal",
        "end_codes",
        "send_statements",
        "send_changes",
        "send_desk",
        "remind_referees",
        "seal_trail",
    }
    daily |= orphans
    registers = {"look_up_companies", "propose_profiles", "ask_registers", "compare_marks"}
    often = {"run_checks", "check_proofs", "read_drafts", "send_mail", "tell_needs", "flag_bundles", "chain_events"}
    often |= registers
    often |= {"read_bounces", "tell_unreachable", "watch_jobs", "scrub_objects", "end_links"}
    assert set(JOBS) == often | daily
    for item in JOBS.values():
        assert item.about.endswith(".")
        assert (item.every is None) != (item.daily is None)


def test_a_job_without_a_schedule_is_refused() -> None:
    with pytest.raises(ValueError, match="either"):
        job()


def test_each_job_runs_by_hand_on_an_empty_depot(
    app: Flask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority.init(tmp_path / "seal", organisation="Depot Voorbeeld")
    seal.init_app(app, tmp_path / "seal")
    for name in sorted(JOBS):
        assert main(["run", name], lambda: app) == 0
    said = capsys.readouterr().out
    assert "send_mail: done {'sent': 0, 'postponed': 0, 'failed': 0, 'withheld': 0}" in said
    assert main(["history"], lambda: app) == 0
    told = capsys.readouterr().out
    assert [name for name in JOBS if f"12:00:00 {name}" not in told] == []


def test_a_timed_job_takes_a_day_and_the_others_refuse_one(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "send_reminders", "--on", "2027-01-01"], lambda: app) == 0
    with pytest.raises(SystemExit):
        main(["run", "send_mail", "--on", "2027-01-01"], lambda: app)
    assert "it takes no day" in capsys.readouterr().err


def test_a_failure_by_hand_gives_a_status(
    app: Flask, duty: Work, steady: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    duty.is_failing = True
    monkeypatch.setitem(JOBS, "steady", steady)
    assert main(["run", "steady"], lambda: app) == 1
    assert "steady: failed {'error': 'OSError'}" in capsys.readouterr().out


def test_the_list_says_when_each_job_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    said = capsys.readouterr().out
    assert "send_reminders   daily 06:30  Write each company's digest" in said
    assert "run_checks       every 1 s" in said
