"""What pip installs is whole: built, installed where no checkout is, and run from another folder."""

import json
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.conftest import settings
from tests.e2e.site import environment, running
from tests.services import free_port

ROOT = Path(__file__).parents[1]
PLACES = {"depot": "depot", "jobs": "depot/jobs", "migrations": "depot/_migrations", "templates": "depot/_templates"}
"""Where a folder of the repository lies in the wheel."""

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's files that a build needs, without what an earlier one left."""
    folder = tmp_path_factory.mktemp("package") / "tree"
    for name in PLACES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".done"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(tree: Path) -> Path:
    """The wheel, built without a network."""
    command = [*PIP, "wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", tree.parent, tree]
    subprocess.run(command, check=True)
    return next(tree.parent.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The `depot` command of an environment that has the wheel, and our own environment's libraries."""
    folder = wheel.parent / "venv"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    subprocess.run([*PIP, "--python", python, "install", "--no-index", "--no-deps", wheel], check=True)
    packages = next(folder.glob("lib/*/site-packages"))
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin" / "depot"


@pytest.fixture(scope="module")
def variables(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of a depot that the installed command migrated."""
    given = settings(tmp_path_factory.mktemp("depot"))
    run(installed, given, "migrate")
    return given


def run(command: Path, variables: dict[str, str], *arguments: str) -> str:
    """What a command says, in an empty folder."""
    folder = command.parent / "elsewhere"
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [command, *arguments], cwd=folder, env=environment(**variables), text=True, capture_output=True, check=False
    )
    assert (done.returncode, list(folder.iterdir())) == (0, []), done.stderr
    return done.stdout


def files(tree: Path) -> Iterator[str]:
    for name, place in PLACES.items():
        for path in (tree / name).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{place}/{path.relative_to(tree / name)}"


def test_the_wheel_holds_every_file_of_the_repository_and_no_other(wheel: Path, tree: Path) -> None:
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == set(files(tree))


def test_the_installed_command_works_from_any_folder(installed: Path, variables: dict[str, str]) -> None:
    assert "municipality" in run(installed, {}, "--help")
    assert "send_mail: done" in run(installed, variables, "jobs", "run", "send_mail")
    found = [json.loads(line) for line in run(installed, variables, "doctor", "--json").splitlines()]
    assert {line["part"]: line["state"] for line in found}["database"] == "ok"


def test_the_installed_web_server_has_its_pages_styles_and_catalogue(
    installed: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    address = f"127.0.0.1:{free_port()}"
    with running([str(installed), "serve", "--address", address, "--workers", "1"], variables, tmp_path) as web:
        web.says("Listening at")
        for path, text in (
            ("/gereed", '"database":"ok"'),
            ("/", "<h1"),
            ("/static/depot.css", "{"),
            ("/api/v1/openapi.json", "openapi"),
        ):
            assert text in fetched(address, path)


def fetched(address: str, path: str) -> str:
    connection = HTTPConnection(address, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200, path
        return answer.read().decode()
    finally:
        connection.close()
