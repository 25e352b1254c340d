"""Reading drafts by machine: at once when a glance is enough, else by a job. What is read is proposed and never counts."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from depot.catalogue.rules import Form
from depot.catalogue.service import catalogue
from depot.core import clock, db, work
from depot.core.errors import Unavailable
from depot.core.storage import Incoming, store
from depot.documents import queries, rules, service
from depot.documents.models import UNKNOWN, Reading, ReadingState, State, Version
from depot.reading import reader
from depot.reading.kinds import guesses
from depot.reading.proposals import propose
from depot.reading.reader import Text

GLANCE_S = 1.0
"""How long a request waits for a reading; what takes longer is for the job."""
GLANCE_BYTES = 8 << 20
CANDIDATES = 4
"""For how many likely kinds values are proposed, so that choosing another one asks for no second reading."""


def glance(upload: FileStorage | None) -> Text | None:
    """What an uploaded PDF says in its own text, if that is read in no time; ask it before the first query."""
    incoming = upload.stream if upload else None
    if not isinstance(incoming, Incoming) or rules.media_type_of(incoming.head) != rules.PDF:
        return None
    if incoming.is_too_large or incoming.size > GLANCE_BYTES:
        return None
    try:
        with incoming.finish().open("rb") as file:
            return reader.read_text(file, seconds=GLANCE_S)
    except Unavailable:
        return None


def begin(version: Version, text: Text | None) -> None:
    """Propose what a glance gave for a new draft, or leave its file to the job; one that was begun before stays as it is."""
    known = db.session.get(Reading, version.id)
    if version.file is None or version.state is not State.DRAFT or known:
        return
    row = Reading(version_id=version.id)
    db.session.add(row)
    if text:
        _settle(version, row, text)
    db.session.flush()


def read_waiting(limit: int = work.BATCH) -> dict[str, int]:
    """Read up to `limit` drafts, each claimed and read by itself; gives how many were read, and of how many nothing was."""
    figures = {"read": 0, "unread": 0}
    for _row in range(limit):
        claimed = work.claim(Reading.version_id, Reading.leased_until, queries.TO_READ, Reading.version_id, limit=1)
        if not claimed:
            break
        figures["read" if _read(claimed[0]) else "unread"] += 1
    return figures


def _read(version_id: UUID) -> bool:
    """Read one draft outside any transaction, then keep what was found."""
    with db.transaction(write=False):
        version = db.session.get_one(Version, version_id)
        file = version.file
    text, reason = None, ""
    if file is not None and version.state is State.DRAFT:
        try:
            with store().local(file.object_key) as content:
                text = reader.read(content, file.media_type)
        except reader.UnreadError as error:
            reason = error.why
    with db.transaction():
        row = db.session.scalars(
            select(Reading)
            .where(Reading.version_id == version_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        fresh = db.session.scalars(
            select(Version).where(Version.id == version_id).execution_options(populate_existing=True)
        ).one()
        if text:
            _settle(fresh, row, text)
        else:
            row.state, row.reason, row.read_at = ReadingState.UNREAD, reason, clock.now()
        row.leased_until = None
        return text is not None


def _settle(version: Version, row: Reading, text: Text) -> None:
    """Keep what a text says of the likeliest kinds and of the one that was chosen; an open kind becomes the likeliest."""
    document, known = version.document, catalogue().kinds
    found = guesses([kind for kind in known.values() if kind.form is not Form.STRUCTURED], text.lines)
    if document.kind == UNKNOWN and found and version.state is State.DRAFT:
        document.kind = found[0].kind
    chosen: Sequence[str] = [document.kind] if document.kind != UNKNOWN else []
    own_number = service.own_number(version)
    row.proposals = {
        code: {
            item.field: {name: value for name, value in asdict(item).items() if name != "field"}
            for item in propose(known[code], text.lines, today=clock.today(), own_number=own_number)
        }
        for code in dict.fromkeys([*chosen, *(guess.kind for guess in found[:CANDIDATES])])
    }
    row.kind, row.is_certain = (found[0].kind, found[0].is_certain) if found else ("", False)
    row.state, row.means, row.read_at = ReadingState.READ, text.means, clock.now()
