"""`depot audit ...`: proving that the audit trail is whole, and keeping what proves it elsewhere."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from depot.app import ready_app
from depot.audit import queries, verifying
from depot.audit.checkpoints import Kept
from depot.audit.verifying import Broken, Flaw
from depot.core import db, seal

SENTENCES: Mapping[Flaw, str] = {
    Flaw.GAP: "Link {seq} is missing.",
    Flaw.FORM: "Link {seq} (event {event_id}) is in a form that this depot does not know.",
    Flaw.REMOVED: "The event of link {seq} ({event_id}) was removed.",
    Flaw.CHANGED: "Link {seq} does not fit: its event {event_id} was changed, or what stood before it was removed.",
    Flaw.REORDERED: "At link {seq} another event belongs: {event_id}.",
    Flaw.INSERTED: "Link {seq} was inserted later.",
    Flaw.UNLINKED: "Event {event_id} is older than an hour and has no link: no jobs ran since, or it was inserted.",
    Flaw.CHECKPOINT: "The chain is not what the checkpoint of link {seq} says: it was changed after that was sealed.",
    Flaw.SEAL: "The seal of the checkpoint of link {seq} proves nothing: {detail}.",
}


@click.group("audit")
def group() -> None:
    """Whether the audit trail is whole."""


@group.command()
@click.option(
    "--checkpoint",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of `depot audit checkpoint`: proves also that nothing before it changed since.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def verify(checkpoint: Path | None, *, as_json: bool) -> None:
    """Walk the chain over the audit trail: 0 whole, 1 broken, at the first place where it is."""
    app, given = ready_app(), _read(checkpoint) if checkpoint else None
    with app.app_context(), db.transaction(write=False):
        verdict = verifying.verify(seal.current().trust, given)
    if as_json:
        click.echo(json.dumps({"whole": verdict.broken is None, **asdict(verdict)}))
    else:
        click.echo(f"{verdict.links} links are right, the last is {verdict.hash}")
        click.echo(f"{verdict.checkpoints} checkpoints; {verdict.waiting} events wait for their link")
        click.echo(_sentence(verdict.broken) if verdict.broken else "The audit trail is whole.")
    sys.exit(verdict.broken is not None)


@group.command()
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where to write it.")
def checkpoint(out: Path) -> None:
    """Write the newest sealed checkpoint to a file: keep it elsewhere, `verify --checkpoint` compares."""
    app = ready_app()
    with app.app_context(), db.transaction(write=False):
        row = queries.newest_checkpoint()
    if row is None:
        raise click.ClickException("There is no checkpoint yet: `depot jobs run seal_trail` makes one.")
    out.write_text(Kept.of(row).text, encoding="utf-8")
    click.echo(f"Link {row.seq} of {row.at:%Y-%m-%d %H:%M} UTC: {row.hash}")


def _sentence(broken: Broken) -> str:
    return SENTENCES[broken.flaw].format(**asdict(broken))


def _read(path: Path) -> Kept:
    try:
        return Kept.from_text(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.UsageError(f"{path} is no checkpoint of an audit trail.") from error
