"""Reference codes: a company makes one for a municipality, which sees with it how the documents stand, and no document."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import lazyload
from werkzeug.datastructures import FileStorage

from depot.access import SYSTEM, Action, Actor, authorize
from depot.accounts import queries as accounts
from depot.accounts.models import Organisation
from depot.audit import service as audit
from depot.bundles import code_queries as queries
from depot.bundles.code_models import Code, CodeLook
from depot.bundles.code_rules import (
    ALPHABET,
    LINES,
    RANDOM_LENGTH,
    Change,
    Line,
    Standing,
    changes,
    complete,
    lines,
    read,
    standings,
)
from depot.catalogue.service import catalogue
from depot.core import clock, db
from depot.core.errors import Invalid, TooLarge, TooMany
from depot.core.forms import WRONG_CHOICE
from depot.core.i18n import Text, _
from depot.core.periods import Period
from depot.core.storage import Incoming
from depot.documents import queries as documents
from depot.documents.models import Document
from depot.tenders import queries as tenders
from depot.tenders.dossiers import evidence_of
from depot.tenders.evidence import DocumentFacts, Moment
from depot.tenders.models import Tender

LONGEST = Period.parse("P2Y")
"""How far ahead a code may end."""
MISSES_LIMIT = 100
"""How many codes that are not its own a municipality may ask for within an hour."""
FILE_BYTES = 64 << 10
NOT_RIGHT = _("Niet alles is goed ingevuld.")
_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Seen:
    """What a code tells its recipient now; nothing of the documents when it was revoked or expired.

    `last_look` is the recipient's last look on an earlier day, so that a page that is opened twice tells the same.
    """

    code: Code
    standings: Mapping[str, Standing] = field(default_factory=dict)
    since_made: Sequence[Change] = ()
    last_look: datetime | None = None
    since_look: Sequence[Change] = ()


@dataclass(frozen=True)
class Answer:
    """One line of a list with what its code tells; None when there is no such code for this municipality."""

    line: Line
    seen: Seen | None


def recipients(actor: Actor) -> Sequence[Organisation]:
    """The municipalities that a code can be made for."""
    authorize(actor, Action.CODE_MAKE)
    return accounts.municipalities()


def calls(actor: Actor) -> Sequence[Tender]:
    """The tenders that a code can be made for."""
    authorize(actor, Action.CODE_MAKE)
    return [row for row in tenders.index(actor, Action.TENDER_BROWSE) if not row.is_over]


def kinds_held(actor: Actor) -> set[str]:
    """The kinds of which the actor's company has a document."""
    return {row.kind for row in documents.dossier(actor)}


def make(
    actor: Actor, *, recipient: UUID | None, tender: UUID | None, kinds: Sequence[str], until: date, reason: str
) -> Code:
    """Make a code for a municipality, or for a tender and so for its municipality, up to and including a day."""
    authorize(actor, Action.CODE_MAKE, actor.organisation_id)
    call = next((row for row in calls(actor) if row.id == tender), None)
    named = call.municipality if call else next((row for row in recipients(actor) if row.id == recipient), None)
    wrong: dict[str, list[Text]] = defaultdict(list)
    if tender and call is None:
        wrong["aanbesteding"].append(WRONG_CHOICE)
    elif named is None:
        wrong["gemeente"].append(WRONG_CHOICE if recipient else _("Kies een gemeente of een aanbesteding."))
    elif recipient not in (None, named.id):
        wrong["gemeente"].append(_("Deze aanbesteding is van een andere gemeente. Kies een van beide."))
    if not kinds:
        wrong["soorten"].append(_("Kies minstens één soort document."))
    if not set(kinds) <= set(catalogue().kinds):
        wrong["soorten"].append(WRONG_CHOICE)
    last = LONGEST.after(clock.today())
    if until < clock.today():
        wrong["geldigTot"].append(_("Deze dag is al voorbij. Kies een latere dag."))
    if until > last:
        wrong["geldigTot"].append(_("Een verwijzing geldt ten hoogste 2 jaar: tot en met %(last)s.", last=last))
    if wrong or named is None:
        raise Invalid(NOT_RIGHT, wrong)
    row = Code(
        code=_unused(),
        company_id=actor.organisation_id,
        recipient_id=named.id,
        tender_id=tender,
        kinds=[kind for kind in catalogue().kinds if kind in kinds],
        reason=reason,
        until=until,
        made_by=actor.id,
    )
    db.session.add(row)
    audit.record(actor, Action.CODE_MAKE, row, about=row.company_id, kinds=row.kinds, recipient=str(named.id))
    db.session.flush()
    return row


def revoke(actor: Actor, code_id: UUID) -> Code:
    """End a code of one's own company at once."""
    row = queries.get(actor, code_id)
    authorize(actor, Action.CODE_REVOKE, row.company_id)
    row.revoke()
    audit.record(actor, Action.CODE_REVOKE, row, about=row.company_id)
    return row


def end_expired(day: date, limit: int = 500) -> int:
    """Record of codes that their last day lies before this one, each once; gives how many, at most `limit`."""
    found = select(Code).where(Code.until < day, Code.revoked_at.is_(None), Code.expired_at.is_(None)).limit(limit)
    rows = db.session.scalars(found.options(lazyload("*")).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.expired_at = clock.now()
        audit.record(SYSTEM, Action.LINK_LAPSE, row, about=row.company_id)
    return len(rows)


def told(actor: Actor, code_id: UUID) -> Seen:
    """What a code of one's own company tells its recipient now; this is no look."""
    return _seen([queries.get(actor, code_id)])[0]


def look(actor: Actor, typed: str) -> Seen | None:
    """Look one code up; None, whatever the reason, when it is none that was made for the actor's municipality.

    Every look is recorded, a miss too, and raises TooMany after too many misses in an hour.
    """
    return look_many(actor, [Line(1, typed, read(typed))])[0].seen


def asked(actor: Actor, *, typed: str, upload: FileStorage | None) -> list[Line]:
    """The lines of a pasted list or a CSV file, with the code in each."""
    authorize(actor, Action.CODE_LOOK)
    if bool(typed) == (upload is not None):
        raise Invalid(NOT_RIGHT, {"codes": [_("Plak een of meer codes, of kies een bestand; niet allebei.")]})
    name, text = ("bestand", _text(upload)) if upload is not None else ("codes", typed)
    found = lines(text)
    if not found:
        raise Invalid(NOT_RIGHT, {name: [_("Hier staat geen code in.")]})
    if len(found) > LINES:
        sentence = _("Zoek ten hoogste %(limit)s codes tegelijk op; dit zijn er %(num)s.", limit=LINES, num=len(found))
        raise Invalid(NOT_RIGHT, {name: [sentence]})
    return found


def look_many(actor: Actor, asked: Sequence[Line]) -> list[Answer]:
    """Look up the codes of some lines, as `look` does each; a code that comes back has the answer it had."""
    authorize(actor, Action.CODE_LOOK, actor.organisation_id)
    _refuse_many(actor)
    found = queries.found(actor, {line.code for line in asked if line.code})
    seen = {each.code.code: each for each in _seen(list(found.values()))}
    for row in found.values():
        db.session.add(CodeLook(municipality_id=actor.organisation_id, by=actor.id, code_id=row.id))
        audit.record(actor, Action.CODE_LOOK, row, about=row.company_id)
    for _miss in {line.code or line.text for line in asked if line.code not in found}:
        db.session.add(CodeLook(municipality_id=actor.organisation_id, by=actor.id, code_id=None))
    db.session.flush()
    return [Answer(line, seen.get(line.code or "")) for line in asked]


def _refuse_many(actor: Actor) -> None:
    """Only one of a municipality counts at a time, so that none comes through beside the others."""
    db.session.execute(
        select(Organisation.id).where(Organisation.id == actor.organisation_id).with_for_update(key_share=True)
    )
    since = clock.now() - _WINDOW
    number, first = queries.misses(actor.organisation_id, since)
    if first is not None and number >= MISSES_LIMIT:
        wait = int((first - since).total_seconds()) + 1
        raise TooMany(
            _("Uw gemeente zocht het laatste uur te veel verkeerde codes op. Probeer het later opnieuw."), wait
        )


def _seen(rows: Sequence[Code]) -> list[Seen]:
    active = [row for row in rows if row.is_active]
    held: dict[UUID, list[Document]] = {row.company_id: [] for row in active}
    for document in documents.of_companies(list(held)):
        held[document.company_id].append(document)
    facts = {company: evidence_of(found) for company, found in held.items()}
    return [_told(row, facts[row.company_id]) if row.is_active else Seen(row) for row in rows]


def _told(row: Code, facts: Sequence[DocumentFacts]) -> Seen:
    now = clock.now()
    after = _standings(row.kinds, facts, now)
    last = queries.last_look(row, datetime.combine(clock.today(), time(), clock.AMSTERDAM))
    return Seen(
        row,
        after,
        since_made=changes(_standings(row.kinds, facts, row.made_at), after),
        last_look=last,
        since_look=changes(_standings(row.kinds, facts, last), after) if last else (),
    )


def _standings(kinds: Iterable[str], facts: Sequence[DocumentFacts], at: datetime) -> dict[str, Standing]:
    """A kind that a later catalogue dropped is told no more."""
    known = [catalogue().kinds[kind] for kind in kinds if kind in catalogue().kinds]
    moment = Moment(clock.day_of(at), at, at)
    return standings(known, facts, moment, expiring_days=current_app.config["EXPIRING_DAYS"])


def _text(upload: FileStorage) -> str:
    """The text of a CSV file, in UTF-8 or as older spreadsheets write it."""
    incoming = upload.stream
    if not isinstance(incoming, Incoming) or incoming.size > FILE_BYTES or incoming.is_too_large:
        raise TooLarge(
            _("Het bestand is te groot."), {"bestand": [_("Een lijst met codes is ten hoogste 64 kB; dit is groter.")]}
        )
    with incoming.finish().open("rb") as file:
        data = file.read()
    if b"\0" in data:
        raise Invalid(
            NOT_RIGHT,
            {"bestand": [_("Dit bestand is niet te lezen. Sla de lijst op als CSV.")]},
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _unused() -> str:
    while True:
        code = complete("".join(secrets.choice(ALPHABET) for _place in range(RANDOM_LENGTH)))
        if not db.session.scalar(select(Code.id).where(Code.code == code)):
            return code
