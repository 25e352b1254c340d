"""Holding what a depot did against what it must have done; each function gives what is wrong, in words."""

import mailbox
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from depot.accounts.models import Organisation, User
from depot.core import clock, db
from depot.core.work import JobRun
from depot.documents.models import Document, Lapse, Version
from depot.mail.models import Message, MessageState
from depot.reminders.models import Digest, ReminderStep
from tests.simulation.days import has_post
from tests.simulation.oracle import Lapsed, Oracle, Step, Told

CAN_WAIT = ("statement", "changes", "desk")


def wrong(oracle: Oracle, folder: Path) -> Iterator[str]:
    """Everything."""
    names = _names()
    yield from _steps(oracle, names)
    yield from _digests(oracle, names)
    yield from _warnings(oracle, names)
    yield from _lapses(oracle, names)
    yield from _statements(oracle)
    yield from _days_of_mail()
    yield from _post(folder)
    for run in db.session.scalars(select(JobRun).where(JobRun.outcome != "done")):
        yield f"{clock.day_of(run.started_at)}: job {run.job} {run.slot} is {run.outcome}: {run.figures}"


def figures() -> dict[str, int]:
    """How much was done."""

    def count(table: type[db.Base], *conditions: Any) -> int:
        return db.session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0

    return {
        "documents": count(Document),
        "steps": count(ReminderStep, ~ReminderStep.is_passed_over),
        "passed_over": count(ReminderStep, ReminderStep.is_passed_over),
        "digests": count(Digest),
        "statements": count(Message, Message.template == "statement"),
        "lapses": count(Lapse),
        "mails": count(Message),
    }


def _names() -> Mapping[UUID, str]:
    """How each document is told of: its company and kind."""
    found = select(Document.id, Organisation.kvk_number, Document.kind).join(
        Organisation, Organisation.id == Document.company_id
    )
    return {row[0]: f"company {row[1]}, {row[2]} {row[0]}" for row in db.session.execute(found)}


def _steps(oracle: Oracle, names: Mapping[UUID, str]) -> Iterator[str]:
    rows = db.session.scalars(select(ReminderStep))
    there = Counter(Step(row.document_id, row.end_date, row.step, row.day, row.is_passed_over) for row in rows)
    for step, is_missing in _differences(there, Counter(oracle.steps)):
        how = "passed over" if step.is_passed_over else "taken up"
        what = "is missing" if is_missing else "is there and should not be, or twice"
        yield f"{step.day}: {names[step.document_id]}, ends {step.end}: step {step.step} {how} {what}"


def _digests(oracle: Oracle, names: Mapping[UUID, str]) -> Iterator[str]:
    there = Counter(_told())
    for told, is_missing in _differences(there, Counter(oracle.digests)):
        about = "; ".join(sorted(names[each] for each in told.documents))
        what = "was not sent" if is_missing else "was sent and should not be"
        yield f"{told.day}: digest to {told.email} about {about} {what}"
    mails = Counter((told.email, told.day) for told in there.elements())
    for (email, day), count in mails.items():
        if count > 1:
            yield f"{day}: {count} digests to {email} in a day"
    for told in there:
        for document_id in told.documents & oracle.quiet.get(told.day, frozenset()):
            yield f"{told.day}: {names[document_id]} was told to {told.email}, though renewed, in review or given up"
    meant = Counter(
        (row[0], row[1])
        for row in db.session.execute(select(User.email, Digest.day).join(User, User.id == Digest.recipient_id))
    )
    for (email, day), _missing in _differences(mails, meant):
        yield f"{day}: digest of {email} and its mail do not come together"


def _told() -> Iterator[Told]:
    found = select(Message).where(Message.template == "digest")
    for row in db.session.scalars(found):
        documents = frozenset(UUID(item["document_id"]) for item in row.payload["items"])
        yield Told(row.address, clock.day_of(row.created_at), documents)


def _warnings(oracle: Oracle, names: Mapping[UUID, str]) -> Iterator[str]:
    heard = [(told.email, document_id, told.day) for told in _told() for document_id in told.documents]
    days: dict[tuple[str, UUID], list[date]] = {}
    for email, document_id, day in heard:
        days.setdefault((email, document_id), []).append(day)
    for warned, by in oracle.warned.items():
        if not any(warned.since < day <= by for day in days.get((warned.email, warned.document_id), ())):
            yield f"{by}: {names[warned.document_id]} ends and a tender asks it, which {warned.email} was not told"


def _lapses(oracle: Oracle, names: Mapping[UUID, str]) -> Iterator[str]:
    homes = {row[0]: row[1] for row in db.session.execute(select(Version.id, Version.document_id))}
    rows = db.session.scalars(select(Lapse))
    there = Counter(Lapsed(row.version_id, row.day, clock.day_of(row.at)) for row in rows)
    for lapse, is_missing in _differences(there, Counter(oracle.lapses)):
        what = "was not recorded" if is_missing else "was recorded and should not be"
        about = f"{names[homes[lapse.version_id]]}, version {lapse.version_id}"
        yield f"{lapse.day}: {about} lapsed after {lapse.end}, which {what} that day"


def _statements(oracle: Oracle) -> Iterator[str]:
    rows = db.session.scalars(select(Message).where(Message.template == "statement"))
    there = Counter((row.address, clock.day_of(row.created_at).replace(day=1)) for row in rows)
    for (email, month), is_missing in _differences(there, oracle.statements):
        yield f"{month:%Y-%m}: statement to {email} {'is missing' if is_missing else 'is one too many'}"


def _days_of_mail() -> Iterator[str]:
    """What can wait goes out on no Sunday or holiday, and at most once a day to a person and organisation."""
    seen = Counter[tuple[str, UUID, date]]()
    for row in db.session.scalars(select(Message).where(Message.template.in_(CAN_WAIT))):
        day = clock.day_of(row.created_at)
        seen[row.template, row.recipient_id, day] += 1
        if not has_post(day):
            yield f"{day}: {row.template} to {row.address}, which could wait, on a day without post"
    for (template, recipient_id, day), count in seen.items():
        if count > 1:
            yield f"{day}: {count} times {template} to {recipient_id}"


def _post(folder: Path) -> Iterator[str]:
    """Each message that was not held back lies in the folder once, under its own Message-ID."""
    post = Counter(str(each["Message-ID"]) for each in mailbox.Maildir(folder))
    rows = {row.message_id: row for row in db.session.scalars(select(Message))}
    for message_id, row in rows.items():
        expected = MessageState.SENT if post[message_id] else MessageState.WITHHELD
        if row.state != expected or post[message_id] > 1:
            yield f"mail {row.template} {message_id} to {row.address} is {row.state}, and came {post[message_id]} times"
    for message_id in post.keys() - rows.keys():
        yield f"mail {message_id} came and is no row"


def _differences(there: Counter[Any], expected: Counter[Any]) -> Iterator[tuple[Any, bool]]:
    """What is there and should not be, and (True) what should be and is not."""
    yield from ((each, False) for each in sorted((there - expected).elements(), key=str))
    yield from ((each, True) for each in sorted((expected - there).elements(), key=str))
