"""`depot ...`: thin commands over services."""

import json
import os
import sys
from pathlib import Path

import click
from cryptography import x509
from flask import Flask
from gunicorn.app.base import BaseApplication

from depot import demo
from depot.accounts import members
from depot.accounts.schemas import OperatorIn
from depot.app import create_app
from depot.bundles.verification import verify as verify_bundle
from depot.config import Config, ConfigError
from depot.core import db, openapi
from depot.core import migrate as migrations
from depot.core.errors import Invalid
from depot.core.forms import check

WRONG_USAGE = 64
"""BSD's EX_USAGE: click's own 2 means "unreadable" to `depot verify`."""


@click.group()
def cli() -> None:
    """Depot for tender evidence."""


@cli.command()
@click.option("--address", default="127.0.0.1:8000", show_default=True, help="Where to listen, HOST:PORT.")
@click.option("--workers", default=2, show_default=True, help="Web processes.")
def serve(address: str, workers: int) -> None:
    """Serve the web application."""
    run_server(create_app(Config.from_env()), address, workers)


@cli.command()
def migrate() -> None:
    """Bring the database to the newest migration."""
    migrations.upgrade(create_app(Config.from_env()).extensions["depot.engine"])
    click.echo("The database is at the newest migration.")


@cli.command("draft-migration")
@click.argument("slug")
def draft_migration(slug: str) -> None:
    """Draft the next migration from the models."""
    number = f"{len(list((migrations.FOLDER / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    migrations.draft(create_app(Config.from_env()).extensions["depot.engine"], number, slug)


@cli.group()
def operator() -> None:
    """Who runs the depot."""


@operator.command("create")
@click.option("--email", required=True, help="The address of who is to administer the depot.")
@click.option(
    "--name", default="Depot", show_default=True, help="What the operator's organisation is called, the first time."
)
def create_operator(email: str, name: str) -> None:
    """Let somebody administer the depot: prints a one-time link to choose name and password with."""
    app = create_app(Config.from_env())
    try:
        said = check(OperatorIn(), {"email": email, "naam": name})
    except Invalid as error:
        raise click.UsageError("; ".join(str(line) for lines in error.fields.values() for line in lines)) from error
    with app.app_context(), db.transaction():
        secret = members.invite_operator(**said)
    click.echo(f"{app.config['BASE_URL'].rstrip('/')}/uitnodiging/{secret}")
    click.echo(f"This link works once, for {members.INVITATION_LENGTH.days} days.")


@cli.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("docs"), show_default=True)
def describe(folder: Path) -> None:
    """Write the API's description and the list of routes."""
    app = create_app(demo.settings(Path("var")))
    (folder / "openapi.json").write_text(openapi_text(app), encoding="utf-8")
    (folder / "routes.txt").write_text(routes_text(app), encoding="utf-8")


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--trust", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Roots (PEM) that you trust."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line a file.")
def verify(files: tuple[Path, ...], trust: Path | None, *, as_json: bool) -> None:
    """Verify bundles without the depot: 0 whole and trusted, 3 whole but untrusted, 1 not whole, 2 unreadable."""
    roots = read_roots(trust) if trust else []
    worst = 0
    for path in files:
        found = verify_bundle(path, roots)
        worst = max(worst, found.exit_code, key=(0, 3, 1, 2).index)
        if as_json:
            said = {"file": str(path), "outcome": found.outcome, "documents": found.documents, "signer": found.signer}
            said |= {
                "sealedAt": found.sealed_at.isoformat() if found.sealed_at else None,
                "root": found.root_fingerprint,
                "findings": [{"code": item.code, "path": item.path, "text": str(item.text)} for item in found.findings],
            }
            click.echo(json.dumps(said, ensure_ascii=False))
            continue
        click.echo(f"{path}: {found.summary}")
        for item in found.findings:
            click.echo(f"  {item.path or '-'}: {item.text}")
    sys.exit(worst)


@cli.group("demo")
def demonstration() -> None:
    """Run the depot on embedded defaults with sample data."""


@demonstration.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("var"), show_default=True)
def once(folder: Path) -> None:
    """Load the sample and run the main job, a line a step."""
    app = create_app(demo.settings(folder))
    for line in demo.run(app, folder):
        click.echo(line)


@demonstration.command("serve")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("var"), show_default=True)
@click.option("--address", default="127.0.0.1:8000", show_default=True)
def serve_demo(folder: Path, address: str) -> None:
    """Serve web and jobs until Ctrl-C."""
    os.environ.update(demo.environment(folder))
    click.echo(f"\nhttp://{address}\n{demo.accounts_text()}\nCtrl-C stops it.")
    with demo.jobs_running():
        run_server(create_app(demo.settings(folder)), address, workers=2)


def read_roots(path: Path) -> list[x509.Certificate]:
    """The certificates in a PEM file; raises UsageError when there is none."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError as error:
        raise click.UsageError(f"{path} holds no certificate in PEM.") from error


def openapi_text(app: Flask) -> str:
    """`docs/openapi.json` as it should be."""
    return (
        json.dumps(openapi.described(app.extensions["depot.api"]), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    )


def routes_text(app: Flask) -> str:
    """`docs/routes.txt` as it should be: method, path, endpoint."""
    rows = [
        f"{method:6} {rule.rule} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return "\n".join(sorted(rows, key=lambda row: row.split()[1:])) + "\n"


class _Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """gunicorn around an application that was made already."""

    def __init__(self, app: Flask, address: str, workers: int) -> None:
        self.app = app
        self.settings = {
            "bind": address,
            "workers": workers,
            "threads": 8,
            "worker_class": "gthread",
            "limit_request_line": 8190,
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app


def run_server(app: Flask, address: str, workers: int) -> None:
    """Serve until stopped; connections made before the fork are not shared between workers."""
    app.extensions["depot.engine"].dispose()
    _Server(app, address, workers).run()


def main() -> None:
    """The `depot` command."""
    try:
        cli.main(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(WRONG_USAGE)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ConfigError as error:
        click.echo(error, err=True)
        sys.exit(WRONG_USAGE)
    except click.Abort:
        sys.exit(130)
