"""What must be so after all the deaths, whatever happened in between; each function gives what is wrong, in words."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from depot.accounts import queries as accounts
from depot.accounts.models import Organisation, OrganisationKind
from depot.audit import verifying
from depot.audit.models import Event
from depot.bundles import keeping
from depot.bundles import queries as bundles
from depot.bundles.models import Bundle, BundleItem, BundleState, Destruction
from depot.core import clock, db, seal
from depot.core.storage import store
from depot.documents import queries as documents
from depot.mail.models import Message, MessageState
from depot.reminders import calendars, rules, service
from depot.reminders import queries as reminders
from depot.reminders.models import Digest, DigestLine, ReminderStep
from depot.tenders import queries as tenders
from tests.faults.post import Mailbox


def wrong(mailbox: Mailbox) -> Iterator[str]:
    """Everything that is wrong; asked under the clock of the processes."""
    yield from wrong_mail(mailbox)
    yield from wrong_steps(clock.today())
    yield from wrong_digests()
    yield from wrong_bundles()
    yield from wrong_objects()
    verdict = verifying.verify(seal.current().trust)
    if verdict.broken or verdict.waiting:
        yield f"the chain: {verdict}"


def wrong_mail(mailbox: Mailbox) -> Iterator[str]:
    """Each row was sent, and nothing was sent that is no row."""
    rows = {row.message_id: row for row in db.session.scalars(select(Message))}
    for message_id, row in rows.items():
        if row.state != MessageState.SENT:
            yield f"mail {row.template} {message_id} is {row.state}: {row.last_error}"
        if not mailbox.taken[message_id]:
            yield f"mail {row.template} {message_id} never came"
    for message_id in mailbox.taken.keys() - rows.keys():
        yield f"mail {message_id} came and is no row"


def wrong_steps(day: date) -> Iterator[str]:
    """Each step of each calendar that came until now stands in the books once; every person was told of those not passed over."""
    companies = db.session.scalars(select(Organisation.id).where(Organisation.kind == OrganisationKind.COMPANY)).all()
    for company_id in companies:
        endings = calendars.of(documents.of_companies([company_id]))
        evidence = {ending.evidence.document_id: ending.evidence for ending in endings.values()}
        if rules.due(day, evidence.values(), reminders.log(evidence)):
            yield f"company {company_id} has steps that are still due"
        people = {person.id for person in service.reachable(company_id)}
        for item in evidence.values():
            yield from _wrong_calendar(day, item, people)


def _wrong_calendar(day: date, item: rules.Evidence, people: set[UUID]) -> Iterator[str]:
    found = select(ReminderStep).where(
        ReminderStep.document_id == item.document_id, ReminderStep.end_date == item.end_date
    )
    rows = db.session.scalars(found).all()
    stood, come = Counter(row.step for row in rows), Counter(rules.come(day, item))
    if stood != come:
        yield f"document {item.document_id} ends {item.end_date}: {sorted(stood.items())}, not {sorted(come.items())}"
    for row in rows:
        lines = db.session.scalars(select(DigestLine).where(DigestLine.step_id == row.id)).all()
        told = Counter(line.recipient_id for line in lines if line.digest_id)
        if told != Counter(() if row.is_passed_over else people):
            yield f"step {row.step} of document {item.document_id}, {row.day}: told to {told}, {len(lines)} lines"


def wrong_digests() -> Iterator[str]:
    """A digest and its mail come together, one a person and company and day."""
    written = Counter(
        (row.recipient_id, clock.day_of(row.created_at))
        for row in db.session.scalars(select(Message).where(Message.template == "digest"))
    )
    meant = Counter((row.recipient_id, clock.day_of(row.at)) for row in db.session.scalars(select(Digest)))
    if written != meant or any(count > 1 for count in meant.values()):
        yield f"digests and their mails: {written - meant} {meant - written}, twice: {meant - Counter(set(meant))}"


def wrong_bundles() -> Iterator[str]:
    """A bundle is whole, or destroyed with one record and one deed in the trail."""
    if late := keeping.due():
        yield f"bundles to destroy are still there: {late}"
    records = Counter(db.session.scalars(select(Destruction.bundle_id)))
    deeds = Counter(db.session.scalars(select(Event.object_id).where(Event.action == "bundle.destroy")))
    for row in db.session.scalars(select(Bundle)):
        items = db.session.scalar(select(func.count()).where(BundleItem.bundle_id == row.id)) or 0
        is_gone = row.state is BundleState.DESTROYED
        if (records[row.id], deeds[row.id], items == 0) != (is_gone, is_gone, is_gone):
            yield f"bundle {row.number} {row.state}: {records[row.id]} records, {deeds[row.id]} deeds, {items} files"


def wrong_objects() -> Iterator[str]:
    """Each row has its object, and each object, all older than a day by now, its row."""
    known = {
        "documents/": documents.stored_keys("documents/"),
        "bundles/": bundles.stored_keys(),
        "registrations/": accounts.proof_keys(),
        "tenders/": tenders.stored_keys(),
    }
    for prefix, keys in known.items():
        there = {key for key, _at in store().keys(prefix)}
        for key in sorted(there ^ {key for key in keys if key.startswith(prefix)}):
            yield f"object {key} {'has no row' if key in there else 'is gone'}"
