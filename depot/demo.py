"""The demonstration: embedded defaults, sample data, and the main job from deposit to verified bundle, a line a step."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select

from depot.accounts.models import Organisation, User
from depot.bundles import queries as bundles
from depot.bundles import service as bundling
from depot.bundles.models import Bundle
from depot.bundles.verification import verify
from depot.config import Config
from depot.core import clock, db, migrate, seal
from depot.core.http import DepotFlask
from depot.documents import service as documents
from depot.documents.models import State
from depot.papers.make import authority
from depot.sample import crowd as crowds
from depot.sample import story
from depot.sample.calls import CASE
from depot.sample.facts import Past
from depot.sample.filing import Plan, review, upload
from depot.sample.people import DONALD, PASSWORD, PEOPLE, ROLE_WORDS, Cast
from depot.tenders import dossiers, participations
from depot.tenders.models import Participation, Tender
from depot.verification import service as verification

CLAMD = Path("/run/clamav/clamd.ctl")
EXTRACT = uuid5(NAMESPACE_URL, "depot:demo:extract")
"""The key of the document that the main job deposits, so that running it again changes nothing."""

SCHEDULER = (sys.executable, "-P", "-m", "depot.jobs")
"""The process that keeps the time: a program of its own, of the same installation whatever lies in the present folder."""


def environment(folder: Path) -> dict[str, str]:
    """The settings of a demonstration, as variables; its secret is made once and kept in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "demo-secret"
    if not secret.exists():
        descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    root = folder.absolute()
    return {
        "DEPOT_DEMO": "1",
        "DEPOT_SECRET_KEY": secret.read_text(),
        "DEPOT_DATABASE_URL": f"sqlite:///{root / 'depot.db'}",
        "DEPOT_OBJECTS_URL": f"file:{root / 'objects'}",
        "DEPOT_MAIL_URL": f"maildir:{root / 'mail'}",
        "DEPOT_SEAL_FOLDER": str(root / "seal"),
        "DEPOT_CLAMD": f"unix:{CLAMD}" if CLAMD.exists() else "off",
    }


def settings(folder: Path) -> Config:
    """The settings of a demonstration."""
    return Config.from_env(environment(folder))


def run(app: DepotFlask, folder: Path) -> Iterator[str]:
    """Load the sample when it is not there yet, and do the main job; each step is a line."""
    yield from load(app, folder)
    with app.app_context():
        (folder / "demo-ca.pem").write_bytes(seal.current().root_pem)
        yield from _main_job(_found(folder), folder)


def load(app: DepotFlask, folder: Path, crowd: int = 0) -> Iterator[str]:
    """Migrate, load the sample when it is not there yet, and see that so many companies stand beside those of the story.

    A load that was interrupted is begun anew: the demonstration's own data are nobody's.
    """
    done = folder / "sample-loaded"
    if not done.exists():
        for name in ("depot.db", "depot.db-wal", "depot.db-shm"):
            (folder / name).unlink(missing_ok=True)
        for name in ("objects", "mail", "demo"):
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / "objects" / "incoming").mkdir(parents=True)
    migrate.upgrade(app.extensions["depot.engine"])
    with app.app_context():
        if done.exists():
            yield "De voorbeeldgegevens zijn er al."
        else:
            yield "Voorbeeldgegevens laden ..."
            story.load(folder)
            done.touch()
        if crowd:
            yield f"Bijgekomen: {crowds.load(crowd)} voorbeeldbedrijven."


def accounts_text() -> str:
    """The sample accounts, for the terminal."""
    rows = [f"  {email:28} {ROLE_WORDS[role].lower()}, {name}" for name, role, email in PEOPLE]
    return "\n".join([f"Inloggen met wachtwoord {PASSWORD}:", *rows])


@contextmanager
def jobs_running() -> Iterator[None]:
    """The scheduler as a child process, for as long as the block lasts."""
    child = subprocess.Popen(SCHEDULER)
    try:
        yield
    finally:
        child.terminate()
        child.wait(timeout=30)


def _found(folder: Path) -> Cast:
    organisations = {row.name: row for row in db.session.scalars(select(Organisation))}
    users = {row.email: row for row in db.session.scalars(select(User))}
    return Cast(organisations, users, authority(folder / "register"))


def _main_job(cast: Cast, folder: Path) -> Iterator[str]:
    buyer, company = cast.actor("inkoper@apeldoorn.example"), cast.company(DONALD)
    participation = db.session.scalars(
        select(Participation)
        .join(Tender)
        .where(Tender.number == CASE, Participation.company_id == company.organisation_id)
    ).one()
    tender = participation.tender
    yield f"1. {tender.municipality.name} sloot de aanbesteding “{tender.title}”; drie bedrijven doen mee."
    with db.transaction():
        if participation.is_undecided:
            participations.select(buyer, participation.id, motivation="Voldoet aan wat bij de aanmelding is gevraagd.")
    yield f"2. De inkoper selecteert {DONALD.name}. Nu pas levert het bedrijf zijn papieren."
    with db.transaction():
        plan = Plan(DONALD, "kvk_extract", Past(clock.today()).extract(DONALD, 0), 0)
        file = upload("uittreksel.pdf", cast.paper(plan, clock.now()))
        version = documents.deposit(
            company, kind=plan.kind, upload=file, facts=plan.facts, title="Uittreksel", key=EXTRACT
        )
        file.close()
    yield f"3. {DONALD.name} levert een nieuw, verzegeld uittreksel in."
    if version.state is State.SUBMITTED:
        verification.check(version.id)
    yield "4. De taak controleert het bestand. Daarna ligt het bij de beoordelaar."
    with db.transaction():
        db.session.refresh(version)
        if version.state is State.IN_REVIEW:
            review(version.id, cast.actor("beoordelaar@depot.example"))
    yield "5. De beoordelaar vergelijkt de gegevens met het document en keurt het goed."
    with db.transaction():
        judged = dossiers.judge(tender, [participation]).verdicts[participation.id]
        met = sum(item.verdict == "met" for item in judged)
        asked = sum(item.verdict is not None for item in judged)
    yield f"6. Het depot toetst: {DONALD.name} voldoet aan {met} van {asked} eisen."
    with db.transaction():
        bundle = bundles.of_participation(buyer, participation.id) or bundling.release(
            buyer, participation.id, legal_ground="selected"
        )
    yield f"7. De gemeente legt bundel {bundle.number} vast: {len(bundle.items)} bestanden, verzegeld met tijdstempel."
    target = _fetch(cast, bundle, folder)
    yield f"8. De inkoper haalt de bundel op: {target} ({target.stat().st_size} bytes). Het bedrijf ziet dat en krijgt een mail."
    yield f"9. Controle zonder het depot: {verify(target, seal.current().trust).summary}"
    yield f"   Zelf doen: .venv/bin/depot verify {target} --root {folder / 'demo-ca.pem'}"


def _fetch(cast: Cast, bundle: Bundle, folder: Path) -> Path:
    target = folder / "demo" / f"bundel-{bundle.number}.zip"
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        with db.transaction():
            download = bundling.fetch(cast.actor("inkoper@apeldoorn.example"), bundle.id)
        part = target.with_suffix(".part")
        with part.open("wb") as file:
            file.writelines(bundling.stream(download))
        part.rename(target)
    return target
