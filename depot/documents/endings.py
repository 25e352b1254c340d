"""What is to be looked at when a version ends, kept as a day in its row, so that a job finds it among millions."""

from sqlalchemy import select, update

from depot.core import clock, db
from depot.documents.models import Document, State, Version


def look_anew(document: Document) -> None:
    """Let reminders look today at all approved versions of a company and kind: one of them came, changed or went.

    Reminders themselves say when they look next.
    """
    db.session.flush()
    line = select(Document.id).where(Document.company_id == document.company_id, Document.kind == document.kind)
    found = update(Version).where(
        Version.document_id.in_(line), Version.state == State.APPROVED, Version.next_due_on.is_not(None)
    )
    # Past the guard of the row: when it is looked at is no change of the version.
    db.session.execute(found.values(reminder_due_on=clock.today()).execution_options(synchronize_session=False))
