"""`depot doctor` tries each part, and says of what is wrong what to do."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from depot.app import create_app
from depot.cli import cli
from depot.config import Config
from depot.core import clock, db, seal
from depot.core.antivirus import Scanner
from depot.core.http import DepotFlask
from depot.core.work import JobSchedule
from tests.buckets import credentials
from tests.conftest import settings
from tests.registers import KEY, Desk, desk
from tests.services import free_port
from tests.tsa import Tsa, tsa

__all__ = ["credentials", "desk", "tsa"]

Doctor = Callable[..., tuple[int, dict[str, tuple[str, str]]]]


@pytest.fixture
def site(own_settings: dict[str, str]) -> Iterator[DepotFlask]:
    """A depot at the newest migration."""
    app = create_app(Config.from_env(own_settings))
    yield app
    app.extensions["depot.engine"].dispose()


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """Run it with some settings changed; gives the status, and state and words by part."""

    def run(**changes: str) -> tuple[int, dict[str, tuple[str, str]]]:
        told = CliRunner().invoke(cli, ["doctor", "--json"], env=settings(tmp_path, **changes))
        lines = [json.loads(line) for line in told.stdout.splitlines()]
        return told.exit_code, {
            line["part"]: (line["state"], " ".join([line["text"], line.get("do", "")])) for line in lines
        }

    return run


def test_a_depot_that_works_has_a_good_word_for_each_part(site: DepotFlask, doctor: Doctor, clamd: Scanner) -> None:
    with site.app_context(), db.transaction() as session:
        session.add(JobSchedule(job="send_mail", interval_s=10))
    status, found = doctor(DEPOT_CLAMD=f"unix:{clamd.address}")
    assert list(found) == ["settings", "database", "objects", "scanner", "ocr", "mail", "seal", "disk", "jobs"]
    assert {part: state for part, (state, _text) in found.items() if part != "disk"} == {
        part: "ok" for part in found if part != "disk"
    }
    assert found["scanner"][1].startswith("ClamAV")
    assert status == (1 if found["disk"][0] == "wrong" else 0)


def test_nothing_stays_behind(site: DepotFlask, doctor: Doctor, tmp_path: Path) -> None:
    doctor()
    assert [path for folder in ("objects", "mail") for path in (tmp_path / folder).rglob("*") if path.is_file()] == []


def test_a_person_reads_a_line_for_each_part(site: DepotFlask, tmp_path: Path) -> None:
    told = CliRunner().invoke(cli, ["doctor"], env=settings(tmp_path))
    lines = told.stdout.splitlines()
    assert lines[1] == "ok      database      De database antwoordt en is bijgewerkt."
    assert (
        "let op  virusscanner  Bestanden worden niet op virussen gecontroleerd. Zet een scanner in DEPOT_CLAMD."
        in lines
    )
    assert lines[-1] == "let op  taken         De taken liepen hier nog nooit. Start depot jobs."


def test_wrong_settings_are_its_first_finding(doctor: Doctor) -> None:
    status, found = doctor(DEPOT_PROXIES="some")
    assert status == 1
    assert list(found) == ["settings"]
    assert found["settings"][1].startswith("DEPOT_PROXIES is 'some' that is not allowed")


def test_a_database_without_migrations_or_out_of_reach_is_wrong(doctor: Doctor) -> None:
    status, found = doctor()
    assert (status, found["database"][0]) == (1, "wrong")
    assert "bij migratie 0, niet bij" in found["database"][1]
    assert "jobs" not in found
    status, found = doctor(DEPOT_DATABASE_URL="sqlite:////no/such/folder/depot.db")
    assert (status, found["database"][0]) == (1, "wrong")
    assert "unable to open database file" in found["database"][1]


def test_a_store_that_keeps_nothing_is_wrong(site: DepotFlask, doctor: Doctor, credentials: None) -> None:
    status, found = doctor(DEPOT_OBJECTS_URL=f"s3://depot?endpoint=http://127.0.0.1:{free_port()}&timeout=1")
    assert (status, found["objects"][0]) == (1, "wrong")
    assert "DEPOT_OBJECTS_URL" in found["objects"][1]


def test_a_scanner_or_mail_server_that_does_not_answer_is_wrong(site: DepotFlask, doctor: Doctor) -> None:
    status, found = doctor(
        DEPOT_CLAMD=f"tcp://127.0.0.1:{free_port()}", DEPOT_MAIL_URL=f"smtp://127.0.0.1:{free_port()}"
    )
    assert status == 1
    assert [found["scanner"][0], found["mail"][0]] == ["wrong", "wrong"]


def test_outside_the_demo_mail_in_a_folder_and_a_test_seal_ask_for_attention(site: DepotFlask, doctor: Doctor) -> None:
    _status, found = doctor(DEPOT_DEMO="0", DEPOT_ALLOW_UNSCANNED="1")
    assert [found[part][0] for part in ("scanner", "mail", "seal")] == ["attention", "attention", "attention"]


@pytest.mark.parametrize(("before", "state"), [(-1, "wrong"), (89, "attention"), (90, "ok")])
def test_the_end_of_the_seal_is_seen_coming(
    site: DepotFlask, doctor: Doctor, tmp_path: Path, before: int, state: str
) -> None:
    with clock.moved_to(seal.load(tmp_path / "seal").until - timedelta(days=before)):
        assert doctor()[1]["seal"][0] == state


def test_another_time_stamping_authority_is_tried(site: DepotFlask, doctor: Doctor, tsa: Tsa) -> None:
    _status, found = doctor(DEPOT_TSA_URL=tsa.url)
    assert found["timestamps"][0] == "ok"
    assert "Tijd Stempel" in found["timestamps"][1]
    with clock.moved_to(clock.now() + timedelta(days=365)):
        tsa.command = ("faketime", "-f", "+365d")
        assert doctor(DEPOT_TSA_URL=tsa.url)[1]["timestamps"][0] == "attention"
    tsa.status = 500
    status, found = doctor(DEPOT_TSA_URL=tsa.url)
    assert (status, found["timestamps"][0]) == (1, "wrong")
    assert "antwoordt niet" in found["timestamps"][1]


def test_jobs_that_fell_silent_are_wrong(site: DepotFlask, doctor: Doctor) -> None:
    long_ago = clock.now() - timedelta(hours=1)
    with site.app_context(), db.transaction() as session:
        session.add(JobSchedule(job="send_mail", interval_s=10, seen_at=long_ago))
    status, found = doctor()
    assert (status, found["jobs"][0]) == (1, "wrong")
    assert "send_mail" in found["jobs"][1]


def test_a_register_that_answers_is_well_and_another_says_what_is_wrong(
    site: DepotFlask, doctor: Doctor, desk: Desk
) -> None:
    def told(**changes: str) -> tuple[str, str]:
        return doctor(**{"DEPOT_KVK_URL": desk.url, "DEPOT_KVK_KEY": KEY, **changes})[1]["register"]

    assert told() == ("ok", "Het Handelsregister antwoordt. ")
    state, said = told(DEPOT_KVK_KEY="another")
    assert state == "wrong"
    assert said.startswith("Het Handelsregister neemt de sleutel niet aan. Herstel DEPOT_KVK_URL of DEPOT_KVK_KEY")
    desk.answers = [(404, b"<html>")]
    assert told()[1].startswith("Op dit adres antwoordt iets anders")
    desk.drops = True
    assert told()[1].startswith("Het Handelsregister antwoordt niet.")


def test_without_a_register_there_is_no_word_about_it(site: DepotFlask, doctor: Doctor) -> None:
    assert "register" not in doctor()[1]
