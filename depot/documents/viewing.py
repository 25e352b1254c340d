"""A version's file, page by page as pictures, for those who may open it."""

from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from depot.access import Action, Actor
from depot.audit import queries as audit
from depot.core import clock
from depot.core.errors import NotFound, Unavailable
from depot.core.i18n import _
from depot.core.storage import store
from depot.documents import files, queries
from depot.documents.models import Version
from depot.reading import sheets

SHOWN = 30
"""Pages that are shown one below the other; who wants more opens the file."""
OPEN_FOR = timedelta(hours=12)
"""How long one look stays open: its pages are fetched one by one, and closer, and are no looks of their own."""


def count(version: Version) -> int:
    """How many pages there are to show; 0 when none can be drawn, or not now."""
    if version.file is None:
        return 0
    try:
        return min(_count(version.file.object_key, version.file.media_type), SHOWN)
    except Unavailable:
        return 0


def opened(actor: Actor, version: Version) -> int:
    """Open a version to look at its pages, and say how many there are: for others than the company that is recorded once."""
    if not version.is_readable_by_others:
        return 0
    if not _has_open(actor, version):
        files.record_look(actor, version)
    return count(version)


def see(actor: Actor, document_id: UUID, number: int, *, page: int, width: int) -> bytes:
    """A page, the first is 1, as WebP of so many dots across.

    Another company's pages are for who opened its document. Raises NotFound for others, and for what cannot be drawn.
    """
    version = queries.numbered(actor, document_id, number)
    file = files.to_open(actor, version)
    if _has_open(actor, version):
        with store().local(file.object_key) as content:
            made = sheets.draw(content, file.media_type, page=page, width=width)
        if made is not None:
            return made
    raise NotFound(_("Deze bladzijde is niet te tonen."))


def _has_open(actor: Actor, version: Version) -> bool:
    is_own = actor.organisation_id == version.document.company_id
    return is_own or audit.has_done(actor, Action.DOCUMENT_READ, version.id, since=clock.now() - OPEN_FOR)


@lru_cache(maxsize=1024)
def _count(object_key: str, media_type: str) -> int:
    with store().local(object_key) as content:
        return sheets.count(content, media_type)
