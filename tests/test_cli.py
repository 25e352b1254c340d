"""The command line: what each command says, and the status it ends with."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from depot import cli
from depot.core import seal
from jobs.__main__ import main as jobs
from tests.bundles.test_verification import authority, bagged, zipped
from tests.conftest import settings

OK, FAILED, UNREADABLE, WRONG_USAGE = 0, 1, 2, 64

Depot = Callable[..., tuple[int, str, str]]


@pytest.fixture
def variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings of a depot that nobody migrated yet, in the environment."""
    given = settings(tmp_path)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root certificate of an authority."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "root.pem").write_bytes(authority(folder / "seal", "Depot Voorbeeld").root_pem)
    return folder / "root.pem"


@pytest.fixture(scope="module")
def bundle(root: Path) -> Path:
    """A bundle that the authority sealed."""
    path = root.parent / "bundel.zip"
    path.write_bytes(zipped(bagged(seal.load(root.parent / "seal"))))
    return path


@pytest.fixture
def depot(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Depot:
    """Run the `depot` command in this process; gives status, output and errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["depot", *arguments])
        try:
            cli.main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
        said = capfd.readouterr()
        return status, said.out, said.err

    return run


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing-like-it"],
        ["operator", "nothing-like-it"],
        ["serve", "--colour", "blue"],
        ["serve", "--workers", "0"],
        ["serve", "--threads", "many"],
        ["operator", "create"],
        ["municipality", "create", "--email", "inkoper@gemeente.example"],
        ["verify"],
        ["verify", "bundel.zip", "--root", "/no/such/file.pem"],
    ],
)
def test_wrong_usage_ends_with_64_and_says_what_is_wrong(depot: Depot, arguments: list[str]) -> None:
    status, said, errors = depot(*arguments)
    assert (status, said) == (WRONG_USAGE, "")
    assert "Usage: depot" in errors


def test_help_is_for_anybody(depot: Depot) -> None:
    status, said, _errors = depot("--help")
    assert status == OK
    for name in ("demo", "doctor", "jobs", "migrate", "municipality", "operator", "seal", "serve", "verify"):
        assert f"\n  {name} " in said


@pytest.mark.parametrize("arguments", [["serve"], ["migrate"], ["operator", "create", "--email", "a@b.example"]])
def test_a_wrong_setting_stops_every_command_at_the_start(
    depot: Depot, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("DEPOT_PROXIES", "some")
    assert depot(*arguments) == (
        WRONG_USAGE,
        "",
        "DEPOT_PROXIES is 'some' that is not allowed; it takes how many reverse proxies stand in front, 0 or more\n",
    )


def test_a_wrong_file_of_the_catalogue_is_named(
    depot: Depot, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wrong.yaml").write_text("code: [")
    monkeypatch.setenv("DEPOT_CATALOGUE_FOLDER", str(tmp_path))
    status, _said, errors = depot("migrate")
    assert status == WRONG_USAGE
    assert errors.startswith("wrong.yaml:1: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve"],
        ["operator", "create", "--email", "a@b.example"],
        ["municipality", "create", "--email", "a@b.example", "--name", "Gemeente Epe", "--code", "gm0232"],
    ],
)
def test_nothing_works_on_a_database_that_was_not_migrated(
    depot: Depot, variables: dict[str, str], arguments: list[str]
) -> None:
    status, said, errors = depot(*arguments)
    assert (status, said) == (FAILED, "")
    assert errors.endswith("Run: depot migrate\n")


def test_a_database_that_cannot_be_used_is_said_without_a_traceback(
    depot: Depot, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPOT_DATABASE_URL", "sqlite:////no/such/folder/depot.db")
    for command in ("migrate", "serve"):
        status, said, errors = depot(command)
        assert (status, said) == (FAILED, "")
        assert "unable to open database file" in errors
        assert "Traceback" not in errors


def test_migrating_twice_does_nothing_the_second_time(depot: Depot, variables: dict[str, str]) -> None:
    for _time in range(2):
        assert depot("migrate")[:2] == (OK, "The database is at the newest migration.\n")


def test_verify_has_a_status_for_each_outcome(depot: Depot, tmp_path: Path, bundle: Path, root: Path) -> None:
    broken = tmp_path / "broken.zip"
    with ZipFile(bundle) as whole, ZipFile(broken, "w") as changed:
        for item in whole.infolist():
            changed.writestr(item, whole.read(item) + (b"!" if item.filename.endswith(".pdf") else b""))
    (tmp_path / "no.zip").write_bytes(b"no archive")
    found = {
        name: depot("verify", str(path), *options)[0]
        for name, path, options in (
            ("trusted", bundle, ["--root", str(root)]),
            ("untrusted", bundle, []),
            ("broken", broken, ["--root", str(root)]),
            ("unreadable", tmp_path / "no.zip", []),
            ("absent", tmp_path / "absent.zip", []),
        )
    }
    assert found == {"trusted": 0, "untrusted": 3, "broken": 1, "unreadable": 2, "absent": 2}


def test_the_status_of_several_bundles_is_the_worst(depot: Depot, tmp_path: Path, bundle: Path, root: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"no archive")
    status, said, _errors = depot("verify", str(bundle), str(tmp_path / "no.zip"), "--root", str(root), "--json")
    assert status == UNREADABLE
    assert [json.loads(line)["file"] for line in said.splitlines()] == [str(bundle), str(tmp_path / "no.zip")]


def test_a_file_without_certificates_is_wrong_usage(depot: Depot, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    assert depot("verify", str(bundle), "--root", str(tmp_path / "empty.pem"))[0] == WRONG_USAGE


def test_jobs_end_with_the_same_statuses(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong in (["run", "nothing-like-it"], ["nothing-like-it"], ["run", "send_mail", "--on", "2027-01-01"]):
        with pytest.raises(SystemExit) as ended:
            jobs(wrong)
        assert ended.value.code == WRONG_USAGE
    assert jobs(["run", "send_mail"]) == FAILED
    assert capsys.readouterr().err.endswith("Run: depot migrate\n")
    monkeypatch.setenv("DEPOT_PROXIES", "some")
    assert jobs([]) == WRONG_USAGE
    assert "DEPOT_PROXIES is 'some'" in capsys.readouterr().err
