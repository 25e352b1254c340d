"""Whether a depot can do its work with the settings it has: each part is tried, and what is wrong comes with what to do."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from depot.app import create_app
from depot.bundles import seal_watch
from depot.companies import looks
from depot.companies.register import PROBE, Outcome, Register
from depot.config import Config, ConfigError
from depot.core import clock, db, migrate, seal, timestamps
from depot.core.antivirus import Scanner
from depot.core.certificates import TEST, name_of
from depot.core.errors import Unavailable
from depot.core.http import DepotFlask
from depot.core.i18n import Text, _, shown
from depot.core.storage import store
from depot.core.work import JobSchedule
from depot.insight import operations
from depot.mail import service as mail
from depot.mail.transport import TryLater
from depot.reading import ocr

GIB = 1 << 30
ROOM_NEEDED, ROOM_WANTED = GIB, 5 * GIB
"""Free bytes below which something is wrong, and below which somebody should look."""


class State(StrEnum):
    """How a part is."""

    OK = "ok"
    ATTENTION = "attention"
    WRONG = "wrong"


STATE_NAMES: dict[State, Text] = {State.OK: _("ok"), State.ATTENTION: _("let op"), State.WRONG: _("fout")}

PART_NAMES: dict[str, Text] = {
    "settings": _("instellingen"),
    "database": _("database"),
    "objects": _("bestanden"),
    "scanner": _("virusscanner"),
    "ocr": _("scans lezen"),
    "register": _("Handelsregister"),
    "mail": _("mail"),
    "seal": _("zegel"),
    "timestamps": _("tijdstempels"),
    "disk": _("schijfruimte"),
    "jobs": _("taken"),
}


@dataclass(frozen=True)
class Line:
    """What was found of one part, and what to do about it."""

    part: str
    state: State
    text: Text | str
    do: Text | None = None

    def __str__(self) -> str:
        """The line as people read it."""
        told = f"{shown(STATE_NAMES[self.state]):7} {shown(PART_NAMES[self.part]):13} {shown(self.text)}"
        return f"{told} {shown(self.do)}" if self.do else told

    def as_json(self) -> dict[str, str]:
        """The line as programs read it."""
        said = {"part": self.part, "state": str(self.state), "text": shown(self.text)}
        return said | ({"do": shown(self.do)} if self.do else {})


def examine() -> Iterator[Line]:
    """Try every part with the settings of the environment, one after the other; no mail is sent, and nothing stays behind."""
    try:
        app = create_app(Config.from_env())
    except ConfigError as error:
        for line in str(error).splitlines():
            yield Line("settings", State.WRONG, line, _("Herstel dit; docs/configuration.md legt elke instelling uit."))
        return
    yield Line("settings", State.OK, _("Alle instellingen zijn te gebruiken."))
    with app.app_context():
        database = _database(app)
        yield database
        yield _objects()
        yield _scanner(app)
        yield _ocr()
        if connected := looks.register():
            yield _register(connected)
        yield _mail(app)
        yield _seal(app)
        if isinstance(seal.current().time, timestamps.Other):
            yield _timestamps()
        yield from _disks(app)
        if database.state is State.OK:
            yield _jobs()


def _database(app: DepotFlask) -> Line:
    try:
        found, newest = migrate.revisions(app.extensions["depot.engine"])
    except OperationalError as error:
        return Line(
            "database",
            State.WRONG,
            _("De database antwoordt niet: %(reason)s.", reason=str(error.orig).strip()),
            _("Start de database, of herstel DEPOT_DATABASE_URL."),
        )
    if found != newest:
        return Line(
            "database",
            State.WRONG,
            _("De database is bij migratie %(found)s, niet bij %(newest)s.", found=found or "0", newest=newest),
            _("Draai depot migrate met de nieuwste versie van het depot."),
        )
    return Line("database", State.OK, _("De database antwoordt en is bijgewerkt."))


def _objects() -> Line:
    key, probe = f"doctor/{db.new_id()}", secrets.token_bytes(1024)
    try:
        store().put_bytes(key, probe)
        is_same = store().read(key) == probe
        store().delete(key)
    except (OSError, Unavailable) as error:
        return Line(
            "objects",
            State.WRONG,
            _("Een proefbestand kan niet worden opgeslagen: %(reason)s.", reason=str(error)),
            _("Kijk naar DEPOT_OBJECTS_URL, de rechten en de ruimte."),
        )
    if not is_same:
        return Line(
            "objects",
            State.WRONG,
            _("Een proefbestand kwam anders terug dan het ging."),
            _("Gebruik deze opslag niet."),
        )
    return Line("objects", State.OK, _("Een proefbestand is opgeslagen, gelezen en verwijderd."))


def _scanner(app: DepotFlask) -> Line:
    scanner = cast("Scanner | None", app.extensions["depot.scanner"])
    if scanner is None:
        return Line(
            "scanner",
            State.ATTENTION,
            _("Bestanden worden niet op virussen gecontroleerd."),
            _("Zet een scanner in DEPOT_CLAMD."),
        )
    try:
        version = scanner.version()
    except OSError as error:
        return Line(
            "scanner",
            State.WRONG,
            _("De virusscanner antwoordt niet: %(reason)s.", reason=str(error)),
            _("Start clamd, of herstel DEPOT_CLAMD."),
        )
    return Line("scanner", State.OK, version)


def _ocr() -> Line:
    if not ocr.is_there():
        return Line(
            "ocr",
            State.ATTENTION,
            _("Scans worden niet gelezen: Tesseract met Nederlands ontbreekt."),
            _("Installeer %(packages)s.", packages="tesseract-ocr tesseract-ocr-nld"),
        )
    return Line("ocr", State.OK, _("Scans worden gelezen met Tesseract."))


REGISTER_WORDS: dict[str, Text] = {
    "no_answer": _("Het Handelsregister antwoordt niet."),
    "busy": _("Het Handelsregister heeft het te druk of is in onderhoud."),
    "refused": _("Het Handelsregister neemt de sleutel niet aan."),
    "garbled": _("Op dit adres antwoordt iets anders dan het Handelsregister."),
}


def _register(connected: Register) -> Line:
    found = connected.look_up(PROBE)
    if found.outcome is Outcome.UNREACHABLE:
        return Line(
            "register",
            State.WRONG,
            REGISTER_WORDS[found.reason],
            _("Herstel DEPOT_KVK_URL of DEPOT_KVK_KEY, of wacht: wat niet is nagekeken, wordt later nagekeken."),
        )
    return Line("register", State.OK, _("Het Handelsregister antwoordt."))


def _mail(app: DepotFlask) -> Line:
    config = cast(Config, app.extensions["depot.config"])
    try:
        mail.reach()
    except TryLater as error:
        return Line(
            "mail",
            State.WRONG,
            _("Mail kan niet weg: %(reason)s.", reason=str(error)),
            _("Herstel DEPOT_MAIL_URL of de mailserver."),
        )
    if config.mail_url.startswith("maildir:") and not config.demo:
        return Line(
            "mail",
            State.ATTENTION,
            _("Mail blijft in een map van deze machine; niemand krijgt haar."),
            _("Zet een mailserver in DEPOT_MAIL_URL."),
        )
    return Line("mail", State.OK, _("Mail kan weg. Er is niets verstuurd."))


def _seal(app: DepotFlask) -> Line:
    found = seal.current()
    end = _("Het zegel “%(name)s” geldt tot %(day)s.", name=found.name, day=clock.day_of(found.until))
    if found.until <= clock.now():
        return Line(
            "seal",
            State.WRONG,
            end,
            _("Een nieuwe bundel is zo niet te vertrouwen. Neem een nieuw zegel: depot seal rotate."),
        )
    if found.until - clock.now() < seal_watch.SOON:
        return Line("seal", State.ATTENTION, end, _("Neem op tijd een nieuw zegel: depot seal rotate."))
    if found.name.startswith(TEST) and not app.config["DEMO"]:
        return Line("seal", State.ATTENTION, end, _("Dit is een testzegel: alleen het depot zelf staat ervoor in."))
    return Line("seal", State.OK, end)


def _timestamps() -> Line:
    try:
        chain = timestamps.reached(seal.current().time)
    except Unavailable as error:
        return Line(
            "timestamps", State.WRONG, error.text, _("Kijk naar DEPOT_TSA_URL, het netwerk, de klok en het log.")
        )
    name, until = name_of(chain.certificates[0]), chain.until
    said = _("“%(name)s” gaf een tijdstempel, en kan dat tot %(day)s.", name=name, day=clock.day_of(until))
    if until - clock.now() < seal_watch.SOON:
        return Line("timestamps", State.ATTENTION, said, _("Vraag deze dienst op tijd naar haar nieuwe certificaat."))
    return Line("timestamps", State.OK, said)


def _disks(app: DepotFlask) -> Iterator[Line]:
    config = cast(Config, app.extensions["depot.config"])
    urls = [urlsplit(config.database_url), urlsplit(config.objects_url)]
    named = [Path(url.path.removeprefix("/") if url.scheme == "sqlite" else url.path) for url in urls]
    local = [path for url, path in zip(urls, named, strict=True) if url.scheme in ("sqlite", "file")]
    folders = [next(item for item in (path, *path.absolute().parents) if item.is_dir()) for path in local]
    for folder in {item.stat().st_dev: item for item in [*folders, Path(tempfile.gettempdir())]}.values():
        free = shutil.disk_usage(folder).free
        text = _("%(free)s GiB vrij bij %(folder)s.", free=f"{free / GIB:.1f}", folder=str(folder))
        if free >= ROOM_WANTED:
            yield Line("disk", State.OK, text)
        else:
            state = State.WRONG if free < ROOM_NEEDED else State.ATTENTION
            yield Line("disk", state, text, _("Maak ruimte."))


def _jobs() -> Line:
    seen = db.session.scalar(select(func.max(JobSchedule.seen_at)))
    if seen is None:
        return Line("jobs", State.ATTENTION, _("De taken liepen hier nog nooit."), _("Start depot jobs."))
    if silent := operations.readiness()["stilleTaken"]:
        return Line(
            "jobs",
            State.WRONG,
            _("Deze taken zijn stil: %(names)s.", names=", ".join(silent)),
            _("Start depot jobs, of kijk in zijn log."),
        )
    return Line("jobs", State.OK, _("De taken lopen; voor het laatst gezien %(seen)s.", seen=seen))
