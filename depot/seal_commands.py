"""`depot seal ...`: making, rotating and showing what the depot seals with."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from depot.config import Config, needed_for
from depot.core import authority, clock, seal, timestamps
from depot.core.certificates import TEST, fingerprint_of, name_of

PASSPHRASE_LENGTH = 12

ROOT_KEY = click.Path(dir_okay=False, path_type=Path)


@click.group("seal")
def group() -> None:
    """What the depot seals with."""


@group.command()
@click.option("--organisation", default="Depot", show_default=True, help="Whose seal it is, as its certificates say.")
@click.option("--root-key", type=ROOT_KEY, help="Where to write the root's key, encrypted; keep that file offline.")
def init(organisation: str, root_key: Path | None) -> None:
    """Make the authority that seals, the first time; in the demonstration its names begin with TEST."""
    config = Config.from_env()
    with needed_for("seal_folder"):
        if (config.seal_folder / authority.CURRENT).exists():
            raise click.ClickException(f"{config.seal_folder} holds a seal already; see `depot seal rotate`.")
        kept = _new_key_file(root_key, config.seal_folder)
        authority.init(config.seal_folder, organisation=organisation, is_test=config.demo, root_key=kept)
    _say_made(config, kept)


@group.command()
@click.option(
    "--root-key", type=ROOT_KEY, help="The file with the root's key; with --new-root, where to write the new one."
)
@click.option("--new-root", is_flag=True, help="A new authority under another root; the earlier roots stay published.")
@click.option("--organisation", help="With --new-root: whose seal it is. [default: as now]")
def rotate(root_key: Path | None, organisation: str | None, *, new_root: bool) -> None:
    """Put a new seal in force at once, also in running processes; what was sealed before stays valid."""
    config = Config.from_env()
    if root_key is None and not new_root:
        raise click.UsageError(
            "A new seal under the same root takes the root's key: --root-key FILE. Was it not kept? Then only a new root "
            "is left: --new-root. Whoever checks bundles must get its fingerprint before trusting what it seals."
        )
    if root_key and not new_root and not root_key.is_file():
        raise click.UsageError(f"{root_key} is no file.")
    if organisation and not new_root:
        raise click.UsageError("--organisation goes with --new-root.")
    try:
        with needed_for("seal_folder"):
            now = seal.load(config.seal_folder)
            if new_root:
                kept = _new_key_file(root_key, config.seal_folder)
                authority.renew(
                    config.seal_folder,
                    organisation=organisation or now.organisation,
                    is_test=now.name.startswith(TEST),
                    root_key=kept,
                )
                _say_made(config, kept)
            elif root_key:
                authority.rotate(config.seal_folder, authority.KeyFile(root_key, _passphrase(is_new=False)))
                click.echo(f"In force until {seal.load(config.seal_folder).until:%Y-%m-%d}.")
    except authority.NotRotated as error:
        raise click.ClickException(f"Nothing changed: {error}.") from error


@group.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(*, as_json: bool) -> None:
    """Show the certificates in force, the earlier ones, and who stamps the time."""
    own = configured(Config.from_env())
    if as_json:
        click.echo(json.dumps(_described(own), ensure_ascii=False, indent=2))
        return
    for each in own.published:
        click.echo(f"{'in force' if each.is_current else 'earlier'}: {each.role} {each.name}")
        click.echo(
            f"  serial {each.serial}, {each.since:%Y-%m-%d} to {each.until:%Y-%m-%d}\n  SHA-256 {each.fingerprint}"
        )
    click.echo(f"time: {_stamped_by(own)}")
    for root in own.trust.tsa_roots:
        click.echo(
            f"  root {name_of(root)}, until {root.not_valid_after_utc:%Y-%m-%d}\n  SHA-256 {fingerprint_of(root)}"
        )


def configured(config: Config) -> seal.Seal:
    """The seal that the settings name; raises ConfigError."""
    with needed_for("tsa_url"):
        time = timestamps.other(config.tsa_url)
    with needed_for("seal_folder"):
        return seal.load(config.seal_folder, time)


def _described(own: seal.Seal) -> dict[str, Any]:
    return {
        "certificates": [
            {
                "role": each.role,
                "inForce": each.is_current,
                "name": each.name,
                "serial": each.serial,
                "validFrom": each.since.isoformat(),
                "validUntil": each.until.isoformat(),
                "sha256": each.fingerprint,
            }
            for each in own.published
        ],
        "time": _stamped_by(own),
        "timeRoots": [{"name": name_of(each), "sha256": fingerprint_of(each)} for each in own.trust.tsa_roots],
        "validUntil": own.until.isoformat(),
        "daysLeft": (own.until - clock.now()).days,
    }


def _stamped_by(own: seal.Seal) -> str:
    return own.time.url if isinstance(own.time, timestamps.Other) else name_of(own.time.chain().certificates[0])


def _say_made(config: Config, kept: authority.KeyFile | None) -> None:
    made = seal.load(config.seal_folder)
    click.echo(
        f"{made.name}, until {made.until:%Y-%m-%d}. Publish the fingerprint of its root (SHA-256):\n{made.fingerprint}"
    )
    if kept:
        click.echo(f"The root's key is in {kept.path}. Take it off this machine; rotating the seal asks for it.")
    else:
        click.echo("The root's key was not kept: when this seal ends, only a new root is left.")


def _new_key_file(path: Path | None, folder: Path) -> authority.KeyFile | None:
    if path is None:
        return None
    if folder.resolve() in path.resolve().parents:
        raise click.UsageError("The root's key does not belong in the seal's folder.")
    if path.exists():
        raise click.UsageError(f"{path} exists already.")
    return authority.KeyFile(path, _passphrase(is_new=True))


def _passphrase(*, is_new: bool) -> bytes:
    """Asked at the terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        said: str = click.prompt("Passphrase of the root's key", hide_input=True, confirmation_prompt=is_new)
    else:
        said = sys.stdin.readline().rstrip("\n")
    if is_new and len(said) < PASSPHRASE_LENGTH:
        raise click.UsageError(f"The passphrase needs at least {PASSPHRASE_LENGTH} characters.")
    return said.encode()
