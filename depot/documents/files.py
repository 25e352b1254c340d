"""Opening the file of a version: who may, and that the company reads of it."""

from uuid import UUID

from depot.access import Action, Actor, ActorKind, authorize
from depot.audit import service as audit
from depot.core.errors import NotFound
from depot.core.http import Stored
from depot.core.i18n import _
from depot.core.storage import store
from depot.documents import queries
from depot.documents.models import File, ScanState, Version


def open_file(actor: Actor, document_id: UUID, number: int) -> Stored:
    """The bytes of a version; opening another company's document is recorded, and takes a scan that found nothing."""
    version = queries.numbered(actor, document_id, number)
    file = to_open(actor, version)
    record_look(actor, version)
    return stored(file)


def to_open(actor: Actor, version: Version) -> File:
    """The file of a version, if the actor may open it; raises NotFound while it is not scanned, or has a virus."""
    authorize(actor, Action.DOCUMENT_READ, version.document.company_id)
    is_own = actor.organisation_id == version.document.company_id
    if version.file is None or not (is_own or version.is_readable_by_others):
        raise NotFound(_("Dit bestand is niet te openen zolang het niet op virussen is gecontroleerd."))
    if version.file.scan_state is ScanState.INFECTED:
        raise NotFound(_("Dit bestand is geblokkeerd: er is een virus in gevonden."))
    return version.file


def record_look(actor: Actor, version: Version) -> None:
    """Tell the company in its trail that somebody else opened this version."""
    if actor.organisation_id != version.document.company_id and actor.kind is not ActorKind.SYSTEM:
        audit.record(actor, Action.DOCUMENT_READ, version, about=version.document.company_id)


def stored(file: File) -> Stored:
    """A file of this room, ready to be sent; whether it may be is settled before."""
    content = store().to_send(file.object_key, file.sha256)
    return Stored(content, name=file.name, media_type=file.media_type, size=file.size, sha256=file.sha256)
