"""The private calendar of a company (ADR 0032): days of its documents and tenders, at an address that holds a secret.

Whoever has the address reads it without signing in, so it names no company, person, document title or tender.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from depot.access import Action, Actor, authorize
from depot.accounts import limits, links
from depot.accounts.models import Organisation, OrganisationState, User
from depot.accounts.service import digest
from depot.audit import service as audit
from depot.catalogue.service import catalogue
from depot.core import clock, db
from depot.core.errors import NotFound
from depot.core.i18n import Text, _, speaking
from depot.documents import queries as documents
from depot.reminders import calendars
from depot.reminders.ics import Entry, write
from depot.reminders.models import CalendarFeed
from depot.tenders import queries as tenders
from depot.tenders.models import ParticipationState, StageName
from depot.tenders.needs import OVER, UNDER_WAY

FREE_MISSES = 20
"""How many addresses that do not exist may be asked for from one origin before each next one has to wait."""
IN_PLAY = UNDER_WAY | {ParticipationState.PREPARING, ParticipationState.AWARDED}

STAGES: dict[StageName, Text] = {
    StageName.APPLICATION: _("Sluitingsdatum van de aanmelding voor een aanbesteding"),
    StageName.BID: _("Sluitingsdatum van een aanbesteding"),
    StageName.EVIDENCE: _("Laatste dag voor bewijs bij een aanbesteding"),
    StageName.CONTRACT: _("Start van de opdracht van een aanbesteding"),
}


@dataclass(frozen=True)
class Written:
    """A calendar as it goes out, with the mark by which a reader knows that nothing changed."""

    content: bytes
    etag: str


def in_force(actor: Actor) -> CalendarFeed | None:
    """The feed of the actor's company that works now, if there is one."""
    authorize(actor, Action.FEED_MANAGE, actor.organisation_id)
    found = select(CalendarFeed).where(
        CalendarFeed.company_id == actor.organisation_id, CalendarFeed.revoked_at.is_(None)
    )
    return db.session.scalar(found)


def make(actor: Actor) -> str:
    """Give the company's calendar a new address; the one before it stops working. The secret is shown this once."""
    before = in_force(actor)
    if before is not None:
        before.revoked_at = clock.now()
        db.session.flush()
    secret, kept = links.new()
    row = CalendarFeed(company_id=actor.organisation_id, token_hash=kept, made_by=actor.id)
    db.session.add(row)
    audit.record(actor, Action.FEED_MANAGE, row, about=row.company_id, made=True)
    db.session.flush()
    return secret


def revoke(actor: Actor) -> None:
    """Let the address of the company's calendar stop working."""
    row = in_force(actor)
    if row is None:
        raise NotFound(_("Er is geen kalender om te stoppen."))
    row.revoked_at = clock.now()
    audit.record(actor, Action.FEED_MANAGE, row, about=row.company_id, made=False)


def read(secret: str, origin: str) -> Written | None:
    """The calendar at an address, or None when there is none; raises TooMany after too many such misses from one origin.

    A calendar that exists is always given: an office that still asks for an old address must not lose its new one.
    """
    found = (
        select(CalendarFeed, User.locale)
        .join(Organisation, Organisation.id == CalendarFeed.company_id)
        .join(User, User.id == CalendarFeed.made_by)
        .where(
            CalendarFeed.token_hash == digest(secret),
            CalendarFeed.revoked_at.is_(None),
            Organisation.state == OrganisationState.ACTIVE,
        )
    )
    row = db.session.execute(found).first()
    if row is None:
        keys = {digest(f"feed-origin:{origin}"): FREE_MISSES}
        if refusal := limits.refusal(keys):
            raise refusal
        limits.count(keys)
        return None
    feed, locale = row
    if feed.used_on != clock.today():
        feed.used_on = clock.today()
    with speaking(locale):
        content = _written(feed.company_id)
    return Written(content, sha256(content).hexdigest())


def _written(company_id: UUID) -> bytes:
    """As of the start of the day, so that the bytes change with what they say and once a day."""
    morning = datetime.combine(clock.today(), time(), tzinfo=clock.AMSTERDAM)
    entries = [*_of_documents(company_id), *_of_tenders([company_id])]
    return write(str(_("Depot: einddata")), entries, at=morning.astimezone(UTC))


def _of_documents(company_id: UUID) -> Iterable[Entry]:
    for document_id, ending in calendars.of(documents.of_companies([company_id])).items():
        evidence, url = ending.evidence, _address(f"/dossier/{document_id}")
        kind = catalogue().kinds[ending.version.document.kind].name
        is_validity = ending.version.valid_until == evidence.end_date
        end = _("%(kind)s loopt af", kind=kind) if is_validity else _("%(kind)s: nieuwe versie verwacht", kind=kind)
        yield Entry(_uid(document_id, "end"), evidence.end_date, str(end), url)
        if not evidence.is_handed_in and not evidence.is_left:
            begin = _("%(kind)s: begin met vernieuwen", kind=kind)
            yield Entry(_uid(document_id, "renew"), evidence.wanted_on, str(begin), url)


def _of_tenders(company_ids: Sequence[UUID]) -> Iterable[Entry]:
    for row in tenders.taking_part(company_ids, IN_PLAY):
        if row.tender.state in OVER:
            continue
        for stage in row.tender.stages:
            summary = str(STAGES[StageName(stage.name)])
            day = clock.day_of(stage.closes_at)
            yield Entry(_uid(row.id, stage.name), day, summary, _address("/aanbestedingen"))


def _uid(thing: UUID, what: str) -> str:
    return f"{thing}-{what}@{urlsplit(current_app.config['BASE_URL']).hostname}"


def _address(path: str) -> str:
    return f"{current_app.config['BASE_URL'].rstrip('/')}{path}"
