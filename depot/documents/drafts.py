"""Drafts: several files begun at once, their kinds put right, and what was typed kept until it is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from uuid import UUID, uuid5

from werkzeug.datastructures import FileStorage

from depot.access import Action, Actor, authorize
from depot.audit import service as audit
from depot.catalogue.rules import Form
from depot.core import db
from depot.core.errors import Conflict, DepotError, Duplicate, Invalid, TooLarge, UnsupportedType
from depot.core.http import safe_name
from depot.core.i18n import Text, _
from depot.core.storage import Incoming
from depot.documents import queries, service
from depot.documents.models import FactSource, State, Version

FILES_LIMIT = 25
TYPED_LIMIT = 100_000
"""Characters that are kept of what was typed in one form."""


@dataclass(frozen=True)
class Refused:
    """A file that was not kept, why, and the document that holds it already if that is why."""

    name: str
    why: Text
    existing: UUID | None


@dataclass(frozen=True)
class Begun:
    """What became of several files: the drafts that were made, and the files that were not kept."""

    versions: tuple[Version, ...]
    refused: tuple[Refused, ...]


def begin(
    actor: Actor, *, kind: str, uploads: Sequence[FileStorage] = (), title: str = "", key: UUID | None = None
) -> Begun:
    """Keep files as drafts of one kind; one that is wrong does not keep the others out, unless it is the only one.

    Of several each is called after its file. Asked again with the same key, the same files give the same drafts.
    """
    if len(uploads) <= 1:
        upload = uploads[0] if uploads else None
        return Begun((service.draft(actor, kind=kind, upload=upload, title=title, key=key),), ())
    if len(uploads) > FILES_LIMIT:
        raise Invalid(
            _("Niet alles is goed ingevuld."),
            {"bestand": [_("Kies ten hoogste %(limit)s bestanden tegelijk.", limit=FILES_LIMIT)]},
        )
    service.kind_of(kind)
    versions: list[Version] = []
    refused: list[Refused] = []
    for upload in uploads:
        name = safe_name(upload.filename, "document")
        try:
            version = service.draft(
                actor, kind=kind, upload=upload, title=PurePath(name).stem, key=_key_of(key, upload)
            )
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
    if document.title == service.kind_of(document.kind).name.nl:
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


def _reason(error: DepotError) -> Text:
    return next((lines[0] for lines in error.fields.values()), error.text)
