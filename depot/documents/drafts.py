"""Drafts: several files begun at once, their kinds put right, and what was typed kept until it is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from uuid import UUID, uuid5

from werkzeug.datastructures import FileStorage

from depot.access import Action, Actor, authorize
from depot.audit import service as audit
from depot.catalogue.rules import Form
from depot.core import db
from depot.core.errors import Conflict, DepotError, Duplicate, Invalid, TooLarge, UnsupportedType
from depot.core.http import safe_name
from depot.core.i18n import Text as Sentence
from depot.core.i18n import _
from depot.core.storage import Incoming
from depot.documents import queries, reading, service
from depot.documents.models import UNKNOWN, FactSource, State, Version
from depot.reading.reader import Text

FILES_LIMIT = 25
GLANCES = 5
"""How many files of one form are read at once; the others wait for the job, which takes some seconds."""
TYPED_LIMIT = 100_000
"""Characters that are kept of what was typed in one form."""


@dataclass(frozen=True)
class Refused:
    """A file that was not kept, why, and the document that holds it already if that is why."""

    name: str
    why: Sentence
    existing: UUID | None


@dataclass(frozen=True)
class Begun:
    """What became of several files: the drafts that were made, and the files that were not kept."""

    versions: tuple[Version, ...]
    refused: tuple[Refused, ...]


def begin(
    actor: Actor,
    *,
    kind: str = UNKNOWN,
    uploads: Sequence[FileStorage] = (),
    title: str = "",
    key: UUID | None = None,
) -> Begun:
    """Keep files as drafts of one kind, or each of the kind it looks like; of each what it says is proposed.

    One that is wrong does not keep the others out, unless it is the only one. Of several each is called after its file.
    Asked again with the same key, the same files give the same drafts.
    """
    authorize(actor, Action.DOCUMENT_DEPOSIT)
    if len(uploads) <= 1:
        upload = uploads[0] if uploads else None
        return Begun((_draft(actor, kind, upload, title, key, reading.glance(upload)),), ())
    if len(uploads) > FILES_LIMIT:
        raise Invalid(
            _("Niet alles is goed ingevuld."),
            {"bestand": [_("Kies ten hoogste %(limit)s bestanden tegelijk.", limit=FILES_LIMIT)]},
        )
    if kind != UNKNOWN:
        service.kind_of(kind)
    # All are looked at before the first is kept, for from then on other writers wait.
    texts = [reading.glance(upload) if place < GLANCES else None for place, upload in enumerate(uploads)]
    versions: list[Version] = []
    refused: list[Refused] = []
    for upload, text in zip(uploads, texts, strict=True):
        name = safe_name(upload.filename, "document")
        try:
            version = _draft(actor, kind, upload, PurePath(name).stem, _key_of(key, upload), text)
        except (Invalid, TooLarge, UnsupportedType, Duplicate) as error:
            refused.append(Refused(name, _reason(error), error.existing if isinstance(error, Duplicate) else None))
        else:
            if version.id in {row.id for row in versions}:
                refused.append(Refused(name, _("Dit bestand hebt u twee keer gekozen."), None))
            else:
                versions.append(version)
    if not versions:
        raise Invalid(
            _("Geen van deze bestanden is bewaard."),
            {"bestand": [_("%(name)s: %(why)s", name=item.name, why=item.why) for item in refused]},
        )
    return Begun(tuple(versions), tuple(refused))


def succeed(
    actor: Actor,
    document_id: UUID,
    *,
    relation: str,
    upload: FileStorage | None = None,
    effective_on: date | None = None,
) -> Version:
    """The next version of a document as a draft, with what its file says as proposals."""
    with db.reading():
        authorize(actor, Action.DOCUMENT_DEPOSIT, queries.get(actor, document_id).company_id)
    text = reading.glance(upload)
    version = service.succeed(actor, document_id, relation=relation, upload=upload, effective_on=effective_on)
    reading.begin(version, text)
    return version


def _draft(
    actor: Actor, kind: str, upload: FileStorage | None, title: str, key: UUID | None, text: Text | None
) -> Version:
    version = service.draft(actor, kind=kind, upload=upload, title=title, key=key)
    reading.begin(version, text)
    return version


def change_kind(actor: Actor, version_id: UUID, *, kind: str) -> Version:
    """Make a new document's draft one of another kind; rows of a list that were entered for the first are dropped."""
    version = _mine(actor, version_id)
    document, wanted = version.document, service.kind_of(kind)
    if version.number > 1:
        raise Conflict(_("Van een document dat al eerder is ingediend, ligt de soort vast."))
    if version.file and wanted.form is Form.STRUCTURED:
        raise Invalid(_("Niet alles is goed ingevuld."), {"soort": [_("Bij dit soort document hoort geen bestand.")]})
    if version.file is None and wanted.form is Form.FILE:
        raise Invalid(_("Niet alles is goed ingevuld."), {"soort": [_("Bij dit soort document hoort een bestand.")]})
    if document.kind != UNKNOWN and document.title == service.kind_of(document.kind).name.nl:
        document.title = wanted.name.nl
    document.kind = wanted.code
    for item in version.fact_sets:
        if item.source is FactSource.PROPOSED:
            db.session.delete(item)
    db.session.flush()
    db.session.refresh(version, ["fact_sets"])
    audit.record(actor, Action.DOCUMENT_DEPOSIT, version, about=document.company_id, draft=True, kind=wanted.code)
    return version


def keep(actor: Actor, version_id: UUID, *, typed: Mapping[str, Sequence[str]]) -> Version:
    """Keep what was typed in a draft's form as it was typed, right or wrong; answers to other questions are left out."""
    version = _mine(actor, version_id)
    names = {spec.name for spec in service.kind_of(version.document.kind).fields}
    kept = {name: list(answers) for name, answers in typed.items() if name in names}
    if sum(len(answer) for answers in kept.values() for answer in answers) > TYPED_LIMIT:
        raise TooLarge(_("Dit is meer tekst dan het depot bij een concept bewaart."))
    version.keep(kept)
    return version


def _mine(actor: Actor, version_id: UUID) -> Version:
    version = queries.version(actor, version_id)
    authorize(actor, Action.DOCUMENT_DEPOSIT, version.document.company_id)
    if version.state is not State.DRAFT:
        raise Conflict(_("Dit is geen concept meer. De gegevens zijn niet meer te veranderen."))
    return version


def _key_of(key: UUID | None, upload: FileStorage) -> UUID | None:
    """One file's own key within a form's: the same bytes get the same, in whatever order they come."""
    if key is None or not isinstance(upload.stream, Incoming):
        return None
    return uuid5(key, upload.stream.digest.sha256)


def _reason(error: DepotError) -> Sentence:
    return next((lines[0] for lines in error.fields.values()), error.text)
