"""Registers of quality marks: brought in as a list or looked up by hand, and held against what companies hand in."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from werkzeug.datastructures import FileStorage

from depot.access import Action, Actor, authorize
from depot.audit import service as audit
from depot.catalogue.rules import Facts, FileCheck, Kind, Words
from depot.catalogue.service import catalogue
from depot.companies.names import normalised
from depot.core import clock, db
from depot.core.errors import Invalid, NotFound, TooLarge, UnsupportedType
from depot.core.http import Stored, safe_name
from depot.core.i18n import _
from depot.core.storage import Incoming, store
from depot.documents import importing, lists
from depot.documents.models import FactSource, State, Version
from depot.documents.rules import media_type_of
from depot.documents.service import kind_of
from depot.verification.mark_models import MarkEntry, MarkSource
from depot.verification.mark_rules import ABSENT, CHECK, COLUMNS, judge
from depot.verification.models import Finding as Row
from depot.verification.register import replace
from depot.verification.rules import Finding

PREFIX = "registers/"
SHOWN = 50
CERTIFICATE = "certificate"
LIST_TYPE = "application/octet-stream"
"""Lists are for saving: no browser is to show one."""


def schemes() -> Mapping[str, Words]:
    """The marks that have a register, by code."""
    spec = catalogue().kinds["quality_mark"].field("scheme")
    return {code: words for code, words in (spec.choices if spec else ()) if code != "other"}


def sources(actor: Actor) -> Sequence[MarkSource]:
    """The last looks in registers of marks, the newest first; for reviewers."""
    authorize(actor, Action.REGISTER_READ)
    return db.session.scalars(select(MarkSource).order_by(MarkSource.at.desc()).limit(SHOWN)).all()


def bring(actor: Actor, *, scheme: str, as_of: date, upload: FileStorage) -> importing.Preview:
    """Take over a scheme's whole register from a CSV or XLSX file; when anything in it is wrong, nothing changes."""
    authorize(actor, Action.REGISTER_SETTLE)
    _refuse_future(as_of)
    found = importing.preview(COLUMNS, lists.table_in(upload))
    if found.is_right:
        source = _source(actor, scheme, "", as_of, upload, LIST_TYPE, len(found.rows))
        db.session.add_all(_entry(source, **_named(row)) for row in found.rows)
    return found


def note(
    actor: Actor,
    *,
    scheme: str,
    as_of: date,
    upload: FileStorage,
    kvk_number: str,
    holder: str,
    number: str,
    status: str,
    valid_from: date | None,
    valid_until: date | None,
) -> MarkSource:
    """Keep what a reviewer saw in a register of one company, with a print that shows it."""
    authorize(actor, Action.REGISTER_SETTLE)
    _refuse_future(as_of)
    media_type = _type_of(upload)
    is_there = status != ABSENT
    source = _source(actor, scheme, kvk_number, as_of, upload, media_type, int(is_there))
    if is_there:
        db.session.add(
            _entry(
                source,
                kvk_number=kvk_number,
                holder=holder,
                number=number,
                status=status,
                valid_from=valid_from,
                valid_until=valid_until,
            )
        )
    return source


def open_file(actor: Actor, source_id: UUID) -> Stored:
    """The file that shows what a source says."""
    authorize(actor, Action.REGISTER_READ)
    row = db.session.get(MarkSource, source_id)
    if row is None:
        raise NotFound(_("Dit is niet gevonden."))
    content = store().to_send(row.object_key, row.sha256)
    return Stored(content, name=row.name, media_type=row.media_type, size=row.size, sha256=row.sha256)


def look(kind: Kind, facts: Facts, names: Sequence[str]) -> list[Finding]:
    """What the register of a mark says of a certificate, for kinds that ask it; an equivalent stands in no register."""
    scheme = str(facts.get("scheme"))
    if FileCheck.MARK_REGISTER not in kind.checks or scheme not in schemes() or facts.get("proofKind") != CERTIFICATE:
        return []
    kvk_number = str(facts.get("kvkNumber", ""))
    newest = select(MarkSource).where(MarkSource.scheme == scheme, MarkSource.kvk_number.in_(["", kvk_number]))
    newest = newest.order_by(MarkSource.as_of.desc(), MarkSource.at.desc()).limit(1)
    source = db.session.scalars(newest).one_or_none()
    entries: Sequence[MarkEntry] = ()
    if source:
        keys = [normalised(name) for name in names]
        is_holder = or_(
            MarkEntry.kvk_number == kvk_number, (MarkEntry.kvk_number == "") & MarkEntry.holder_key.in_(keys)
        )
        wanted = select(MarkEntry).where(MarkEntry.source_id == source.id, is_holder).order_by(MarkEntry.id)
        entries = db.session.scalars(wanted).all()
    return [judge(schemes()[scheme].nl, facts, source, entries, clock.today())]


def compare_again(limit: int) -> dict[str, int]:
    """Hold up to `limit` documents before a reviewer against sources that came after they were looked up."""
    newest = select(func.max(MarkSource.at)).scalar_subquery()
    with db.transaction():
        waiting = db.session.scalars(
            select(Version)
            .join(Row, Row.version_id == Version.id)
            .where(Row.check == CHECK, Row.at < newest, Version.state == State.IN_REVIEW)
            .order_by(Row.at)
            .limit(limit)
        ).unique()
        compared = 0
        for version in waiting:
            company = version.document.company
            names = [company.legal_name, *company.trade_names]
            for found in look(kind_of(version.document.kind), version.facts(FactSource.SUBMITTED) or {}, names):
                replace(version.id, found)
                compared += 1
    return {"compared": compared}


def holding() -> Select[str, str, int]:
    """Key, SHA-256 and size of each file of a register in the store."""
    return select(MarkSource.object_key, MarkSource.sha256, MarkSource.size)


def remove_orphans() -> int:
    """Delete files of sources that were never kept and are older than a day; gives how many."""
    return store().remove_orphans(PREFIX, set(db.session.scalars(select(MarkSource.object_key))))


def _source(
    actor: Actor, scheme: str, kvk_number: str, as_of: date, upload: FileStorage, media_type: str, entries: int
) -> MarkSource:
    incoming = upload.stream
    if not isinstance(incoming, Incoming):
        raise TypeError(upload)
    key = f"{PREFIX}{db.new_id()}"
    digest = store().put(key, incoming)
    row = MarkSource(
        scheme=scheme,
        kvk_number=kvk_number,
        as_of=as_of,
        by=actor.id,
        object_key=key,
        sha256=digest.sha256,
        size=digest.size,
        name=safe_name(upload.filename, "register"),
        media_type=media_type,
        entries=entries,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, Action.REGISTER_SETTLE, row, scheme=scheme, entries=entries, sha256=digest.sha256)
    return row


def _entry(source: MarkSource, **said: Any) -> MarkEntry:
    return MarkEntry(source_id=source.id, holder_key=normalised(said["holder"]), **said)


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kvk_number": row.get("kvkNumber") or "",
        "holder": row["holder"],
        "number": row.get("number") or "",
        "status": row["status"],
        "valid_from": row.get("validFrom"),
        "valid_until": row.get("validUntil"),
    }


def _type_of(upload: FileStorage) -> str:
    incoming = upload.stream
    if not isinstance(incoming, Incoming) or incoming.is_too_large:
        raise TooLarge(_("Het bestand is te groot."), {"bestand": [_("Het bestand is te groot.")]})
    media_type = media_type_of(incoming.head)
    if media_type is None:
        raise UnsupportedType(
            _("Dit soort bestand neemt het depot niet aan."), {"bestand": [_("Kies een PDF, PNG of JPEG.")]}
        )
    with incoming.finish().open("rb") as file:
        lists.refuse_infected(file)
    return media_type


def _refuse_future(as_of: date) -> None:
    if as_of > clock.today():
        raise Invalid(_("Niet alles is goed ingevuld."), {"peildatum": [_("Deze dag is nog niet geweest.")]})
