"""`depot ...`: thin commands over services."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from cryptography import x509
from flask import Flask
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import OperationalError

from depot import audit_commands, demo, doctor, seal_commands
from depot.accounts import members
from depot.accounts.schemas import MunicipalityIn, OperatorIn
from depot.app import create_app, ready_app
from depot.bundles import schema as bundle_schema
from depot.bundles.sealed_document import verify_file
from depot.catalogue import service as catalogue
from depot.config import Config, ConfigError, needed_for, read_one
from depot.core import collector, db, openapi
from depot.core import migrate as migrations
from depot.core.antivirus import Scanner
from depot.core.errors import Invalid
from depot.core.forms import Schema, check
from depot.core.seal import Trust
from depot.sample import crowd
from depot.tenders.api import schema_text
from depot.verification import anchors, outside
from depot.verification.texts import sentence

WRONG_USAGE = 64
"""BSD's EX_USAGE: click's own 2 means "unreadable" to `depot verify`."""


PEM = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def cli() -> None:
    """Depot for tender evidence."""


cli.add_command(seal_commands.group)
cli.add_command(audit_commands.group)


@cli.command()
@click.option("--address", default="127.0.0.1:8000", show_default=True, help="Where to listen, HOST:PORT.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Web processes.")
@click.option(
    "--threads", default=8, show_default=True, type=click.IntRange(1), help="Requests at once in each process."
)
def serve(address: str, workers: int, threads: int) -> None:
    """Serve the web application, over a database that `depot migrate` brought up to date."""
    run_server(ready_app(), address, workers, threads)


@cli.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def jobs(arguments: tuple[str, ...]) -> None:
    """Keep doing the recurring work; by hand: run NAME, list, history."""
    os.execv(demo.SCHEDULER[0], [*demo.SCHEDULER, *arguments])  # noqa: S606 - the same program; signals reach it directly


@cli.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a part.")
def examine(*, as_json: bool) -> None:
    """Try every part with the settings of the environment: 0 when all can work, 1 when something is wrong."""
    is_wrong = False
    for line in doctor.examine():
        is_wrong |= line.state is doctor.State.WRONG
        click.echo(json.dumps(line.as_json(), ensure_ascii=False) if as_json else line)
    sys.exit(is_wrong)


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
    app = ready_app()
    said = _checked(OperatorIn(), {"email": email, "naam": name})
    with app.app_context(), db.transaction():
        secret = members.invite_operator(**said)
    click.echo(f"{app.config['BASE_URL'].rstrip('/')}/uitnodiging/{secret}")
    click.echo(f"This link works once, for {members.INVITATION_LENGTH.days} days.")


@cli.group()
def municipality() -> None:
    """Who buys with the depot."""


@municipality.command("create")
@click.option("--email", required=True, help="The address of the first buyer.")
@click.option("--name", required=True, help='What the municipality is called, as in "Gemeente Apeldoorn".')
@click.option("--code", required=True, help="Its TOOI code: gm and four digits.")
def create_municipality(email: str, name: str, code: str) -> None:
    """Make a municipality and mail its first buyer a one-time link; for a code that is known, another buyer."""
    app = ready_app()
    said = _checked(MunicipalityIn(), {"email": email, "naam": name, "code": code})
    with app.app_context(), db.transaction():
        row = members.invite_buyer(**said)
    click.echo(f"The invitation to {row.email} leaves with the next mail, once jobs run.")
    click.echo(f"Its link works once, for {members.INVITATION_LENGTH.days} days.")


@cli.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("docs"), show_default=True)
def describe(folder: Path) -> None:
    """Write the API's description, the list of routes, and the schemas of requirements and of bundles."""
    app = create_app(demo.settings(Path("var")))
    (folder / "openapi.json").write_text(openapi_text(app), encoding="utf-8")
    (folder / "routes.txt").write_text(routes_text(app), encoding="utf-8")
    (folder / "eisen.schema.json").write_text(schema_text(), encoding="utf-8")
    (folder / "bundel.schema.json").write_text(bundle_schema.text(), encoding="utf-8")


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--root", "roots", type=PEM, multiple=True, help="Roots (PEM) that you trust; may be given again.")
@click.option("--tsa-root", "tsa_roots", type=PEM, multiple=True, help="Roots that you trust for timestamps alone.")
@click.option("--own", is_flag=True, help="Trust the depot whose settings are in the environment.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a file.")
def verify(
    files: tuple[Path, ...], roots: tuple[Path, ...], tsa_roots: tuple[Path, ...], *, own: bool, as_json: bool
) -> None:
    """Verify bundles and sealed PDFs without the depot: 0 whole and trusted, 3 whole but untrusted, 1 not whole, 2 unreadable."""
    known = seal_commands.configured(Config.from_env()).trust if own else Trust()
    trust = Trust([*known.roots, *read_roots(roots)], [*known.tsa_roots, *read_roots(tsa_roots)])
    worst = 0
    for path in files:
        found = verify_file(path, trust)
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


@cli.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--kind", "code", help="Check as a document of this kind of the catalogue.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a file.")
def check_files(files: tuple[Path, ...], code: str | None, *, as_json: bool) -> None:
    """Check files outside the depot: 0 none wrong, 1 something wrong, 2 not a document."""
    kinds = catalogue.load(catalogue.FOLDER).kinds
    if code and code not in kinds:
        raise click.UsageError(f"{code} is no kind of document; there are: {', '.join(kinds)}")
    with needed_for("trust_folder"):
        trusted = anchors.read(read_one("trust_folder"))
    scanner = Scanner.from_url(read_one("clamd"))
    worst = 0
    for path in files:
        found = outside.check(path, kinds[code] if code else None, scanner, trusted)
        worst = max(worst, found.exit_code)
        if as_json:
            click.echo(json.dumps(found.as_json))
            continue
        click.echo(f"{click.format_filename(path)}: {found.outcome}, signature {found.signatures.verdict}")
        for item in found.findings:
            click.echo(f"  {item.check}: {item.outcome}: {sentence(item)}")
    sys.exit(worst)


@cli.command()
@click.option(
    "--companies", type=click.IntRange(0, crowd.LAST), default=0, help="How many to add to those of the story."
)
@click.option("--folder", type=click.Path(path_type=Path), default=Path("var"), show_default=True)
def sample(companies: int, folder: Path) -> None:
    """Load the demonstration's sample into its folder, with a crowd when one is asked for; what is there stays."""
    for line in demo.load(create_app(demo.settings(folder)), folder, companies):
        click.echo(line)


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
    app = ready_app()
    click.echo(f"\nhttp://{address}\n{demo.accounts_text()}\nCtrl-C stops it.")
    with demo.jobs_running():
        run_server(app, address)


def _checked(schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return check(schema, given)
    except Invalid as error:
        raise click.UsageError("; ".join(str(line) for lines in error.fields.values() for line in lines)) from error


def read_roots(paths: Sequence[Path]) -> list[x509.Certificate]:
    """The certificates in PEM files; raises UsageError when one holds none."""
    found: list[x509.Certificate] = []
    for path in paths:
        try:
            found += x509.load_pem_x509_certificates(path.read_bytes())
        except ValueError as error:
            raise click.UsageError(f"{path} holds no certificate in PEM.") from error
    return found


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

    def __init__(self, app: Flask, address: str, workers: int, threads: int) -> None:
        self.app = app
        self.settings = {
            "bind": address,
            "workers": workers,
            "threads": threads,
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


def run_server(app: Flask, address: str, workers: int = 2, threads: int = 8) -> None:
    """Serve until stopped; connections made before the fork are not shared between workers."""
    app.extensions["depot.engine"].dispose()
    collector.settle()
    _Server(app, address, workers, threads).run()


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
    except (migrations.NotReady, OperationalError) as error:
        click.echo(getattr(error, "orig", error), err=True)
        sys.exit(1)
    except click.Abort:
        sys.exit(130)
