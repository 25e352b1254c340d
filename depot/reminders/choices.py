"""What a company chooses about the reminders of one document: to hear nothing for a while, or no more of what it gives up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from depot.access import Action, Actor, authorize
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.catalogue.rules import Shape
from depot.catalogue.service import catalogue
from depot.core import clock, db, workdays
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.i18n import _
from depot.documents import endings
from depot.documents import queries as documents
from depot.documents.models import Document
from depot.reminders import calendars, queries, rules
from depot.reminders.calendars import Ending
from depot.reminders.models import Pause, ReminderStop
from depot.tenders import asked
from depot.tenders.asked import Asked


@dataclass(frozen=True)
class Outlook:
    """What a company hears of a document: of which end, when next, what it chose itself and who did, what a lapse breaks.

    Without an ending nothing is said of the document.
    """

    document: Document
    ending: Ending | None = None
    next_on: date | None = None
    pause: Pause | None = None
    stop: ReminderStop | None = None
    chosen_by: str = ""
    broken: Sequence[Asked] = ()

    @property
    def is_urgent(self) -> bool:
        """Whether it ended, or ends within a week: then a pause does not hold."""
        return self.ending is not None and rules.is_urgent(clock.today(), self.ending.evidence.end_date)


def outlook(actor: Actor, document_id: UUID) -> Outlook:
    """How it stands with the reminders of a document of one's own company; NotFound of another's."""
    return of(own(actor, document_id))


def of(document: Document) -> Outlook:
    """The same of a document that the caller may see."""
    ending = _ending(document)
    if ending is None:
        return Outlook(document)
    day, evidence = clock.today(), ending.evidence
    pause = ending.pause if ending.pause and ending.pause.until >= day else None
    chosen = ending.stop or pause
    tenders = asked.of_companies([document.company_id], day).get((document.company_id, document.kind), ())
    return Outlook(
        document,
        ending,
        next_on=None if evidence.is_handed_in else _next_on(day, evidence),
        pause=pause,
        stop=ending.stop,
        chosen_by=accounts.user_names([chosen.by]).get(chosen.by, "") if chosen else "",
        broken=[each for each in tenders if each.day > evidence.end_date],
    )


def pause(actor: Actor, document_id: UUID, *, until: date) -> Pause:
    """Say nothing of a document until this day has passed, at most 60 days ahead; what is urgent is said all the same."""
    document, ending = _to_choose(actor, document_id, Action.REMINDERS_PAUSE)
    day, last = clock.today(), clock.today() + rules.PAUSE_LIMIT
    if rules.is_urgent(day, ending.evidence.end_date):
        raise Conflict(_("Dit document is verlopen of verloopt binnen een week. Dan is een pauze niet mogelijk."))
    if not day < until <= last:
        raise Invalid(
            _("Niet alles is goed ingevuld."),
            {"totEnMet": [_("Kies een dag na vandaag en uiterlijk %(day)s.", day=last)]},
        )
    _end(ending.pause)
    row = Pause(document_id=document_id, until=until, by=actor.id)
    db.session.add(row)
    audit.record(actor, Action.REMINDERS_PAUSE, document, about=document.company_id, until=until.isoformat())
    return row


def resume(actor: Actor, document_id: UUID) -> None:
    """End the pause of a document; without one this changes nothing."""
    document, ending = _to_choose(actor, document_id, Action.REMINDERS_PAUSE)
    if _end(ending.pause):
        audit.record(actor, Action.REMINDERS_PAUSE, document, about=document.company_id, until=None)


def leave(actor: Actor, document_id: UUID) -> None:
    """Say that what ends will not be renewed: nothing more is said of this end. Said twice it is said once."""
    document, ending = _to_choose(actor, document_id, Action.REMINDERS_LEAVE)
    end = ending.evidence.end_date
    if not ending.evidence.is_left:
        db.session.add(ReminderStop(document_id=document_id, end_date=end, by=actor.id))
        audit.record(actor, Action.REMINDERS_LEAVE, document, about=document.company_id, end=end.isoformat(), left=True)


def take_up(actor: Actor, document_id: UUID) -> None:
    """Take that back; what has come due meanwhile is said with the next run."""
    document, ending = _to_choose(actor, document_id, Action.REMINDERS_LEAVE)
    end = ending.evidence.end_date
    if ending.stop is not None:
        ending.stop.taken_back_at = clock.now()
        endings.look_anew(document)
        audit.record(
            actor, Action.REMINDERS_LEAVE, document, about=document.company_id, end=end.isoformat(), left=False
        )


def own(actor: Actor, document_id: UUID) -> Document:
    """A document of one's own company; NotFound of another's."""
    document = documents.in_dossier(actor, document_id)
    if document.company_id != actor.organisation_id:
        raise NotFound(_("Dit document bestaat niet."))
    return document


def _ending(document: Document) -> Ending | None:
    kind = catalogue().kinds.get(document.kind)
    is_alone = kind is not None and kind.axis.shape is Shape.PERIOD
    return calendars.of([document] if is_alone else queries.of_kind(document)).get(document.id)


def _to_choose(actor: Actor, document_id: UUID, action: Action) -> tuple[Document, Ending]:
    document = own(actor, document_id)
    authorize(actor, action, document.company_id)
    ending = _ending(document)
    if ending is None:
        raise Conflict(_("Over dit document krijgt u geen herinneringen."))
    return document, ending


def _end(pause: Pause | None) -> bool:
    if pause is not None:
        pause.ended_at = clock.now()
    return pause is not None


def _next_on(day: date, evidence: rules.Evidence) -> date | None:
    """The next day on which something is said: what a pause hides comes after it, and what can wait on a workday."""
    found = rules.next_on(day, evidence)
    if found is not None and evidence.paused_until is not None and evidence.waits(found):
        found = min(evidence.paused_until + timedelta(days=1), rules.urgent_on(evidence.end_date))
    return found if found is None or rules.is_urgent(found, evidence.end_date) else workdays.next_workday(found)
