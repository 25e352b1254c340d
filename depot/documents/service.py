"""Depositing: a file becomes a draft, with its facts it is handed in, and from then on it never changes."""

from collections.abc import Mapping
from datetime import date
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sqlalchemy.orm.attributes import set_committed_value
from werkzeug.datastructures import FileStorage

from depot.access import Action, Actor, authorize
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.catalogue.rules import Form, Kind, dates
from depot.catalogue.schemas import facts_schema, to_json
from depot.catalogue.service import catalogue
from depot.core import db
from depot.core.errors import Conflict, Duplicate, Invalid, TooLarge, UnsupportedType
from depot.core.forms import check
from depot.core.http import safe_name
from depot.core.i18n import _
from depot.core.storage import Incoming, store
from depot.documents import endings, queries, rules
from depot.documents.models import (
    UNKNOWN,
    Document,
    FactSet,
    FactSource,
    File,
    Lapse,
    Relation,
    ScanState,
    State,
    Version,
)

QUARANTINE = "documents/quarantine/"
CLEAN = "documents/clean/"
NAME_LENGTH = 115
"""Of a file name as it came; its ending may be added."""


def kind_of(code: str) -> Kind:
    """A kind of the catalogue; raises Invalid on the field when there is none."""
    if code not in catalogue().kinds:
        raise Invalid(_("Niet alles is goed ingevuld."), {"soort": [_("Kies een van de soorten documenten.")]})
    return catalogue().kinds[code]


def own_number(version: Version) -> str | None:
    """The KvK number of the company that a version belongs to, if it has one."""
    with db.session.no_autoflush:  # a number does not hang on what waits to be written
        return accounts.kvk_number(version.document.company_id)


def draft(
    actor: Actor, *, kind: str, upload: FileStorage | None = None, title: str = "", key: UUID | None = None
) -> Version:
    """Keep a file as the first version of a new document; asked again with the same key, it gives the same draft.

    A kind that may do without a file gets a draft that waits for its facts alone. Of an UNKNOWN kind it cannot be
    handed in.
    """
    version = _draft(actor, kind, upload, title, key)
    db.session.flush()
    return version


def _draft(actor: Actor, kind: str, upload: FileStorage | None, title: str, key: UUID | None) -> Version:
    authorize(actor, Action.DOCUMENT_DEPOSIT)
    wanted = kind_of(kind) if kind != UNKNOWN else None
    file = _kept(
        wanted.form if wanted else Form.FILE, upload
    )  # before the first query, which keeps other writers waiting
    if key and (known := db.session.get(Document, key)):
        return queries.get(actor, known.id).latest
    _refuse_known(actor.organisation_id, file)
    document = Document(
        id=key or db.new_id(),
        company_id=actor.organisation_id,
        kind=kind,
        title=title or (wanted.name.nl if wanted else PurePath(file.name).stem if file else ""),
    )
    version = Version(document_id=document.id, number=1, relation=Relation.FIRST)
    return _add(actor, document, version, file)


def succeed(
    actor: Actor,
    document_id: UUID,
    *,
    relation: str,
    upload: FileStorage | None = None,
    effective_on: date | None = None,
) -> Version:
    """Keep a file as the next version of a document, saying what it is to the one before it."""
    version = _succeed(actor, document_id, relation, upload, effective_on)
    db.session.flush()
    return version


def _succeed(
    actor: Actor, document_id: UUID, relation: str, upload: FileStorage | None, effective_on: date | None
) -> Version:
    document = queries.get(actor, document_id)
    authorize(actor, Action.DOCUMENT_DEPOSIT, document.company_id)
    if document.pending:
        raise Conflict(_("Er is al een versie die wacht. Trek die eerst in, of wacht op de beoordeling."))
    if relation == Relation.CHANGE and effective_on is None:
        raise Invalid(
            _("Niet alles is goed ingevuld."), {"ingangsdatum": [_("Vul in vanaf welke dag de wijziging geldt.")]}
        )
    file = _kept(kind_of(document.kind).form, upload)
    # Of a correction the file may be the right one, and only the facts were wrong.
    _refuse_known(document.company_id, file, besides=document.id if relation == Relation.CORRECTION else None)
    version = Version(
        document_id=document.id,
        number=document.latest.number + 1,
        relation=Relation(relation),
        effective_on=effective_on if relation == Relation.CHANGE else None,
    )
    return _add(actor, document, version, file)


def submit(actor: Actor, version_id: UUID, *, facts: Mapping[str, Any]) -> Version:
    """Hand a draft in with its facts; from here on neither changes, and a job checks it next."""
    return _submit(actor, queries.version(actor, version_id), facts)


def deposit(
    actor: Actor,
    *,
    kind: str,
    facts: Mapping[str, Any],
    upload: FileStorage | None = None,
    title: str = "",
    key: UUID | None = None,
) -> Version:
    """A new document with file and facts in one go, as programs do it; a repetition with the same key changes nothing."""
    version = _draft(actor, kind, upload, title, key)
    return version if version.submitted_at else _submit(actor, version, facts)


def deposit_next(
    actor: Actor,
    document_id: UUID,
    *,
    relation: str,
    facts: Mapping[str, Any],
    upload: FileStorage | None = None,
    effective_on: date | None = None,
) -> Version:
    """The next version of a document with file and facts in one go."""
    version = _succeed(actor, document_id, relation, upload, effective_on)
    return _submit(actor, version, facts)


def withdraw(actor: Actor, document_id: UUID) -> Document:
    """Take a document back with all its versions; a bundle that was released keeps what it holds."""
    document = queries.get(actor, document_id)
    authorize(actor, Action.DOCUMENT_WITHDRAW, document.company_id)
    open_versions = [
        row for row in document.versions if row.state not in (State.WITHDRAWN, State.RETURNED, State.REVOKED)
    ]
    if not open_versions:
        raise Conflict(_("Dit document is al ingetrokken."))
    for row in open_versions:
        row.withdraw()
    endings.look_anew(document)
    audit.record(actor, Action.DOCUMENT_WITHDRAW, document, about=document.company_id)
    return document


def discard(actor: Actor, version_id: UUID) -> None:
    """Take back one version that was not decided on yet, leaving the others as they are."""
    version = queries.version(actor, version_id)
    authorize(actor, Action.DOCUMENT_WITHDRAW, version.document.company_id)
    if version.state is State.APPROVED:
        raise Conflict(_("Een goedgekeurde versie trekt u in door het hele document in te trekken."))
    version.withdraw()
    audit.record(actor, Action.DOCUMENT_WITHDRAW, version, about=version.document.company_id)


def needed_by(document: Document, day: date | None) -> None:
    """Let the reviewers' queue and the dossier know by which day a document must count; None when nothing asks for it."""
    document.needed_by = day


def settle_scan(version: Version, state: ScanState) -> None:
    """Record what the scan found; a file that may be used gets its lasting key.

    The object is copied first; the old key is left without a row and removed by the job that looks for such objects.
    """
    if version.file is None:
        return
    version.file.scan_state = state
    if state in (ScanState.CLEAN, ScanState.NOT_SCANNED) and version.file.object_key.startswith(QUARANTINE):
        target = CLEAN + version.file.object_key.removeprefix(QUARANTINE)
        store().copy(version.file.object_key, target)
        version.file.object_key = target


def confirm(version: Version, facts: Mapping[str, Any], by: UUID) -> None:
    """Add the facts that count from now on, checked like submitted ones; earlier sets stay readable."""
    kind = kind_of(version.document.kind)
    loaded = check(facts_schema(kind)(own_number(version)), {**queries.kept_rows(version, kind), **facts})
    confirmed = to_json(kind, loaded)
    _add_facts(version, kind, FactSource.CONFIRMED, confirmed, by)


def record_lapses(day: date, limit: int = 500) -> int:
    """Record, once each, that versions ended before this day; gives how many."""
    rows = db.session.scalars(queries.lapsed_before(day).limit(limit)).all()
    for row in rows:
        if row.lapse_due_on is not None:
            db.session.add(Lapse(version_id=row.id, day=row.lapse_due_on))
            row.lapse_due_on = None
    return len(rows)


def remove_orphans() -> int:
    """Delete this room's objects that no row points to and that are older than a day; gives how many."""
    return store().remove_orphans("documents/", queries.stored_keys("documents/"))


def _kept(form: Form, upload: FileStorage | None) -> File | None:
    if upload is None and form is Form.FILE:
        raise Invalid(_("Niet alles is goed ingevuld."), {"bestand": [_("Kies een bestand.")]})
    if upload is not None and form is Form.STRUCTURED:
        raise Invalid(_("Niet alles is goed ingevuld."), {"bestand": [_("Bij dit soort document hoort geen bestand.")]})
    return _keep(upload) if upload is not None else None


def _keep(upload: FileStorage) -> File:
    incoming = upload.stream
    if not isinstance(incoming, Incoming):
        raise Invalid(_("Niet alles is goed ingevuld."), {"bestand": [_("Kies een bestand.")]})
    if incoming.size == 0:
        raise Invalid(
            _("Niet alles is goed ingevuld."), {"bestand": [_("Dit bestand is leeg. Kies een ander bestand.")]}
        )
    if incoming.is_too_large:
        limit = incoming.limit >> 20
        raise TooLarge(
            _("Het bestand is te groot."),
            {"bestand": [_("Een bestand mag %(limit)s MB zijn; dit is groter.", limit=limit)]},
        )
    media_type = rules.media_type_of(incoming.head)
    if media_type is None:
        raise UnsupportedType(
            _("Dit soort bestand neemt het depot niet aan."),
            {"bestand": [_("Dit is geen PDF, PNG of JPEG, ook al heet het misschien zo. Kies een ander bestand.")]},
        )
    file_id = db.new_id()
    digest = store().put(f"{QUARANTINE}{file_id}", incoming)
    return File(
        id=file_id,
        object_key=f"{QUARANTINE}{file_id}",
        sha256=digest.sha256,
        crc32=digest.crc32,
        size=digest.size,
        media_type=media_type,
        name=rules.named(safe_name(upload.filename, "document", limit=NAME_LENGTH), media_type),
    )


def _refuse_known(company_id: UUID, file: File | None, *, besides: UUID | None = None) -> None:
    """What is on its way or counts already is not taken twice within one company."""
    known = queries.same_file(company_id, file.sha256, besides) if file else None
    if file and known:
        store().delete(file.object_key)
        raise Duplicate(
            _("Dit bestand staat al in uw dossier."),
            {
                "bestand": [
                    _(
                        "Dit bestand staat al in uw dossier, als „%(title)s”. Kies een ander.",
                        title=known[1],
                    )
                ]
            },
            known[0],
        )


def _add(actor: Actor, document: Document, version: Version, file: File | None) -> Version:
    """Tell the rows of each other and leave them to be written at once: each statement keeps the other writers waiting."""
    versions = [*document.versions, version]
    version.document, version.file = document, file
    db.session.add(version)
    set_committed_value(document, "versions", versions)
    set_committed_value(version, "fact_sets", [])
    audit.record(actor, Action.DOCUMENT_DEPOSIT, version, about=actor.organisation_id, draft=True)
    return version


def _submit(actor: Actor, version: Version, facts: Mapping[str, Any]) -> Version:
    authorize(actor, Action.DOCUMENT_DEPOSIT, version.document.company_id)
    kind = kind_of(version.document.kind)
    loaded = check(facts_schema(kind)(own_number(version)), {**queries.kept_rows(version, kind), **facts})
    version.submit(actor.id)
    audit.record(actor, Action.DOCUMENT_DEPOSIT, version, about=version.document.company_id, kind=kind.code)
    _add_facts(version, kind, FactSource.SUBMITTED, to_json(kind, loaded), actor.id)
    return version


def _add_facts(version: Version, kind: Kind, source: FactSource, facts: dict[str, Any], by: UUID) -> None:
    found = dates(kind, facts)
    version.issued_on, version.valid_from = found.issued_on, found.valid_from
    version.valid_until, version.next_due_on = found.valid_until, found.next_due_on
    version.lapse_due_on = found.valid_until if source is FactSource.CONFIRMED else None
    added = FactSet(version_id=version.id, source=source, facts=facts, by=by)
    db.session.add(added)
    db.session.flush()
    set_committed_value(version, "fact_sets", [*version.fact_sets, added])
