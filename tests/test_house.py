"""The conventions of the house, each held by a few lines."""

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from jinja2 import Environment

from depot import cli
from depot.accounts.session import PUBLIC
from depot.config import Config, variable
from depot.core import errors, http, migrate
from depot.core.db import make_engine
from depot.core.http import DepotFlask

ROOT = Path(__file__).parents[1]
SOURCES = [path for folder in ("depot", "jobs") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_every_endpoint_refuses_a_stranger_unless_it_is_public(app: DepotFlask, client: FlaskClient) -> None:
    zero = "00000000-0000-0000-0000-000000000000"
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        path = re.sub(r"<uuid:\w+>", zero, re.sub(r"<int:\w+>", "1", re.sub(r"<(\w+)>", "x", rule.rule)))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = client.open(path, method=method)
            if path.startswith(http.API):
                assert answer.status_code == 401, (method, path)
                assert answer.content_type == "application/problem+json"
            else:
                assert answer.status_code == 303, (method, path)
                assert answer.location.startswith("/inloggen?verder="), (method, path)


def test_every_public_endpoint_exists(app: DepotFlask) -> None:
    assert set(app.view_functions) >= PUBLIC


def test_the_description_of_the_api_is_what_the_application_generates(app: DepotFlask) -> None:
    written = (ROOT / "docs/openapi.json").read_text(encoding="utf-8")
    assert written == cli.openapi_text(app), "run: make docs"


def test_the_list_of_routes_is_what_the_application_serves(app: DepotFlask) -> None:
    assert (ROOT / "docs/routes.txt").read_text(encoding="utf-8") == cli.routes_text(app), "run: make docs"


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"\.commit\(", {"depot/core/db.py"}),
        (r"datetime\.now\(|date\.today\(|utcnow\(|time\.time\(", {"depot/core/clock.py"}),
        (r"os\.environ", {"depot/config.py", "depot/cli.py", "depot/core/sandbox.py"}),
        (r"import boto3|botocore", {"depot/core/s3.py"}),
        (r"apscheduler", {"jobs/__main__.py"}),
        (r"\bprint\(", {"jobs/__main__.py"}),
        (r"from typing import .*TYPE_CHECKING|if TYPE_CHECKING", set()),
    ],
)
def test_what_belongs_in_one_room_stays_there(pattern: str, allowed: set[str]) -> None:
    found = {str(path.relative_to(ROOT)) for path in SOURCES if re.search(pattern, path.read_text(encoding="utf-8"))}
    assert found <= allowed


def test_every_package_is_empty_at_its_door() -> None:
    assert [path for path in SOURCES if path.name == "__init__.py" and path.read_text(encoding="utf-8")] == []


def test_no_file_is_called_by_what_it_is_made_of() -> None:
    assert not {path.stem for path in SOURCES} & {"utils", "helpers", "common", "manager", "misc"}


def test_everything_is_caught_at_the_borders_only() -> None:
    borders = {
        "depot/core/http.py", "jobs/runner.py", "depot/core/sandbox.py",
        "depot/verification/inspection.py", "depot/verification/signatures.py",
    }  # fmt: skip
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or getattr(node.type, "id", "") == "Exception"
            ):
                found.add(str(path.relative_to(ROOT)))
    assert found <= borders


def test_migrations_have_one_head_a_number_and_a_slug() -> None:
    names = sorted(path.name for path in (ROOT / "migrations/versions").glob("*.py"))
    assert [name[:5] for name in names] == [f"{number:04d}_" for number in range(1, len(names) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in names)


def test_migrations_go_up_down_and_up_again_and_leave_nothing_to_make(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'depot.db'}")
    migrate.upgrade(engine)
    migrate.check(engine)
    migrate.downgrade(engine, "base")
    migrate.upgrade(engine)
    migrate.check(engine)
    engine.dispose()


def test_every_failure_has_its_status() -> None:
    nouns = {item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, errors.DepotError)}
    assert nouns - {errors.DepotError} == set(http.STATUS)
    assert set(http.STATUS.values()) <= set(http.SENTENCES)


def test_every_template_compiles(app: DepotFlask) -> None:
    environment: Environment = app.jinja_env
    for name in environment.list_templates():
        environment.get_template(name)


def test_no_template_holds_inline_script_or_style() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        found = re.search(
            r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", path.read_text(encoding="utf-8")
        )
        assert found is None or "mail" in path.parts, path


def test_every_setting_is_explained() -> None:
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert [item.name for item in fields(Config) if f"`{variable(item.name)}`" not in text] == []


def test_the_lock_holds_no_address() -> None:
    for path in [*(ROOT / "requirements").glob("*.txt"), ROOT / "package-lock.json"]:
        assert not re.search(
            r'"resolved"|--(extra-)?index-url|@ (https?|file):|^https?:', path.read_text(encoding="utf-8"), re.M
        )
