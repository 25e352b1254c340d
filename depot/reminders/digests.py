"""The mail that tells a person what ends: who gets one today, and what stands in it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from depot.access import Action, Actor
from depot.accounts.models import User
from depot.audit import service as audit
from depot.catalogue.service import catalogue
from depot.core import db, workdays
from depot.core.i18n import Text, _, n_, speaking
from depot.documents.models import State
from depot.mail import service as mail
from depot.reminders import preferences, queries, rules, unsubscribing
from depot.reminders.calendars import Ending
from depot.reminders.models import Digest, DigestLine, Rhythm
from depot.tenders import asked
from depot.tenders.asked import Asked

Broken = Mapping[UUID, Sequence[Asked]]
"""By document, what tenders that run ask after its end."""


def write(
    actor: Actor, company_id: UUID, day: date, people: Sequence[User], endings: Mapping[UUID, Ending]
) -> tuple[int, int]:
    """Write a mail to each person who is to be told of something today; gives how many, and how many hear later."""
    lines = _still_true(company_id, people, endings)
    if not lines:
        return 0, 0
    broken = _broken(company_id, day, endings)
    choices = preferences.of_people((person.id, company_id) for person in people)
    last = queries.last_digests(company_id)
    written = 0
    for person in people:
        ready = [
            line
            for line in lines.get(person.id, ())
            if line.step.day <= day and not endings[line.step.document_id].evidence.waits(day)
        ]
        is_urgent = any(_is_urgent(day, line, broken) for line in ready)
        rhythm = choices[person.id, company_id].rhythm
        told_on = last.get(person.id)
        # A day that is run once more says nothing after the digest of a later one.
        is_new = told_on is None or told_on < day
        if ready and is_new and (is_urgent or _is_his_day(day, rhythm, ready, told_on)):
            told = {line.step.document_id: endings[line.step.document_id] for line in ready}
            _write(actor, company_id, day, person, ready, told, broken, is_alone=len(people) == 1)
            written += 1
    return written, len(lines) - written


def _still_true(
    company_id: UUID, people: Sequence[User], endings: Mapping[UUID, Ending]
) -> Mapping[UUID, list[DigestLine]]:
    """What people are still to be told, by person; who left, and what was renewed or given up, is dropped."""
    found: dict[UUID, list[DigestLine]] = defaultdict(list)
    there = {person.id for person in people}
    for line in queries.untold(company_id):
        ending = endings.get(line.step.document_id)
        is_true = ending and ending.evidence.end_date == line.step.end_date and not ending.evidence.is_left
        if is_true and line.recipient_id in there:
            found[line.recipient_id].append(line)
        else:
            db.session.delete(line)
    return found


def _broken(company_id: UUID, day: date, endings: Mapping[UUID, Ending]) -> Broken:
    by_kind = asked.of_companies([company_id], day)
    return {
        document_id: [
            each
            for each in by_kind.get((company_id, ending.version.document.kind), ())
            if each.day > ending.evidence.end_date
        ]
        for document_id, ending in endings.items()
    }


def _is_urgent(day: date, line: DigestLine, broken: Broken) -> bool:
    return rules.is_urgent(day, line.step.end_date) or bool(broken[line.step.document_id])


def _is_his_day(day: date, rhythm: Rhythm, lines: Sequence[DigestLine], last: date | None) -> bool:
    """Whether what can wait goes out today. A week's day that was missed is made up for on a later one of that week."""
    if not workdays.is_workday(day) or rhythm is Rhythm.OFF:
        return False
    if rhythm is Rhythm.DAILY:
        return True
    weekly = workdays.weekly_day(day)
    was_waiting = any(line.step.day <= weekly for line in lines)
    return weekly <= day and was_waiting and (last is None or last < weekly)


def _write(
    actor: Actor,
    company_id: UUID,
    day: date,
    person: User,
    lines: Sequence[DigestLine],
    told: Mapping[UUID, Ending],
    broken: Broken,
    *,
    is_alone: bool,
) -> None:
    digest = Digest(recipient_id=person.id, company_id=company_id, day=day)
    db.session.add(digest)
    db.session.flush()
    for line in lines:
        line.digest_id = digest.id
    endings = sorted(told.values(), key=lambda each: (each.evidence.end_date, each.evidence.document_id))
    documents = [str(each.evidence.document_id) for each in endings]
    audit.record(actor, Action.REMINDERS_SEND, digest, about=company_id, documents=documents)
    with speaking(person.locale):
        items = [_item(day, each, broken[each.evidence.document_id]) for each in endings]
    mail.write(
        person,
        "digest",
        dedupe_key=f"digest:{company_id}:{day}:{person.id}",
        unsubscribe=unsubscribing.address(person.id, company_id, unsubscribing.Sort.DIGEST),
        company=endings[0].version.document.company.legal_name,
        items=items,
        is_alone=is_alone,
    )


def _item(day: date, ending: Ending, broken: Sequence[Asked]) -> dict[str, Any]:
    document, end = ending.version.document, ending.evidence.end_date
    draft = document.pending if document.pending and document.pending.state is State.DRAFT else None
    return {
        "title": document.title,
        "kind": str(catalogue().kinds[document.kind].name),
        "ending": str(sentence(day, end, is_validity=ending.version.valid_until == end)),
        "begin": str(begin(day, ending.evidence.wanted_on)) if day <= end else "",
        "tenders": [str(_("nodig op %(day)s voor „%(title)s”", day=each.day, title=each.title)) for each in broken],
        "document_id": str(document.id),
        "draft": draft.number if draft else None,
    }


def begin(day: date, wanted: date) -> Text:
    """When to begin renewing, from a day: the issuer takes time, and so does our review."""
    if day <= wanted:
        return _(
            "Begin uiterlijk op %(day)s met vernieuwen. De afgever en onze beoordelaar hebben tijd nodig.", day=wanted
        )
    return _("Begin nu met vernieuwen. Het beste moment was %(day)s.", day=wanted)


def sentence(day: date, end: date, *, is_validity: bool) -> Text:
    """How the end looks from a day: of validity, or only the day by which a newer document is expected."""
    days = (end - day).days
    if not is_validity and days >= 0:
        return _("wij verwachten een nieuwe versie uiterlijk op %(day)s", day=end)
    if not is_validity:
        return _("wij verwachten een nieuwe versie sinds %(day)s", day=end)
    if days > 0:
        return n_(
            "geldig tot en met %(day)s, nog %(num)s dag",
            "geldig tot en met %(day)s, nog %(num)s dagen",
            num=days,
            day=end,
        )
    if days == 0:
        return _("vandaag, %(day)s, is de laatste geldige dag", day=end)
    return n_(
        "niet meer geldig: %(day)s was de laatste dag, %(num)s dag geleden",
        "niet meer geldig: %(day)s was de laatste dag, %(num)s dagen geleden",
        num=-days,
        day=end,
    )
