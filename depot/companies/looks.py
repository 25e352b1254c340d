"""Looks in the trade register: asked by jobs and checks, compared with the profile, flagged when something changed."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from depot.access import SYSTEM, Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.accounts.models import Organisation
from depot.accounts.words import LEGAL_FORMS
from depot.audit import service as audit
from depot.companies import queries
from depot.companies.models import Company, RegisterLook
from depot.companies.names import normalised
from depot.companies.register import Answer, Outcome, Profile, Register
from depot.core import clock, db, work
from depot.core.errors import NotFound
from depot.core.i18n import Text, _
from depot.mail import service as mail

EVERY = timedelta(days=30)
FRESH = timedelta(days=1)
"""How old an answer may be for a check; what came of no answer is never taken for one."""
DELAYS = tuple(min(timedelta(minutes=2**attempt), timedelta(hours=6)) for attempt in range(10))
"""The wait after each attempt in a row without an answer; the last one repeats."""
PAUSE = timedelta(minutes=1)
"""How long nobody else asks after an attempt without an answer: each check would wait for it in vain."""
FLAGS_SHOWN = 100

FIELD_NAMES: dict[str, Text] = {
    "name": _("naam"),
    "legal_form": _("rechtsvorm"),
    "rsin": _("RSIN"),
    "registration": _("inschrijving"),
}
REGISTRATIONS: dict[str, Text] = {
    "active": _("ingeschreven"),
    "ended": _("uitgeschreven"),
    "not_found": _("niet in het register"),
}


def register() -> Register | None:
    """The register that this depot is connected to, if any."""
    found: Register | None = current_app.extensions["depot.register"]
    return found


def look_up_due(limit: int) -> dict[str, int]:
    """Look up to `limit` companies up whose last look is a month old, the oldest first, each by itself.

    The first that gets no answer ends the run: the others would get none either.
    """
    figures = {"looked": 0, "flagged": 0, "unreachable": 0}
    connected = register()
    while connected and figures["looked"] < limit and not figures["unreachable"]:
        claimed = work.claim(
            Company.organisation_id,
            Company.leased_until,
            _due(),
            Company.looked_up_at.nulls_first(),
            Company.organisation_id,
            limit=1,
        )
        if not claimed:
            break
        look = _look(connected, claimed[0])
        answered = look.outcome is not Outcome.UNREACHABLE
        figures["looked" if answered else "unreachable"] += 1
        figures["flagged"] += look.is_flagged
    return figures


def answer_for(company_id: UUID) -> Answer | None:
    """What the register says of a company, asked anew unless that was done within a day; None without a register.

    To be called outside any transaction.
    """
    connected = register()
    if connected is None:
        return None
    with db.transaction(write=False):
        look, silent = queries.last_look(company_id), queries.silent_since(clock.now() - PAUSE)
    if silent:
        return Answer(Outcome.UNREACHABLE, reason=silent.reason)
    if look is None or look.outcome is Outcome.UNREACHABLE or look.at < clock.now() - FRESH:
        look = _look(connected, company_id)
    return Answer(look.outcome, Profile.from_json(look.told) if look.told else None, look.reason)


def flagged(actor: Actor) -> Sequence[RegisterLook]:
    """Looks that nobody settled yet, the oldest first; for reviewers."""
    authorize(actor, Action.REGISTER_READ)
    found = select(RegisterLook).where(RegisterLook.is_flagged, RegisterLook.seen_at.is_(None))
    found = found.order_by(RegisterLook.at).limit(FLAGS_SHOWN).options(joinedload(RegisterLook.company))
    return db.session.scalars(found).all()


def get(actor: Actor, look_id: UUID) -> RegisterLook:
    """One flagged look, settled or not; for reviewers."""
    authorize(actor, Action.REGISTER_READ)
    return _flagged(look_id, is_locked=False)


def settle(actor: Actor, look_id: UUID, *, remark: str) -> RegisterLook:
    """Say that a flagged look was seen, and what became of it."""
    authorize(actor, Action.REGISTER_SETTLE)
    row = _flagged(look_id, is_locked=True)
    row.settle(actor.id, remark)
    audit.record(actor, Action.REGISTER_SETTLE, row, about=row.company_id)
    return row


def differences(company: Company, answer: Answer) -> list[dict[str, str]]:
    """In what the profile differs from what the register says: field, our value and its value, words left to the reader.

    The name counts as the same in any spelling; what the register does not tell cannot differ.
    """
    if answer.outcome is Outcome.NOT_FOUND or answer.profile is None:
        return [_difference("registration", "active", "not_found")]
    told, found = answer.profile, []
    if not told.is_active:
        found.append(_difference("registration", "active", "ended"))
    if normalised(company.legal_name) != normalised(told.name):
        found.append(_difference("name", company.legal_name, told.name))
    if told.legal_form and told.legal_form != company.legal_form:
        found.append(_difference("legal_form", company.legal_form, told.legal_form))
    rsin = company.organisation.rsin
    if told.rsin and rsin and told.rsin != rsin:
        found.append(_difference("rsin", rsin, told.rsin))
    return found


def shown_value(field: str, value: str) -> Text | str:
    """A value of a difference as people read it."""
    words = {"legal_form": LEGAL_FORMS, "registration": REGISTRATIONS}.get(field, {})
    return words.get(value, value)


def _flagged(look_id: UUID, *, is_locked: bool) -> RegisterLook:
    wanted = select(RegisterLook).where(RegisterLook.id == look_id, RegisterLook.is_flagged)
    wanted = wanted.options(joinedload(RegisterLook.company))
    row = db.session.scalars(wanted.with_for_update(of=RegisterLook) if is_locked else wanted).one_or_none()
    if row is None:
        raise NotFound(_("Dit is niet gevonden."))
    return row


def _due() -> ColumnElement[bool]:
    has_number = select(Organisation.id).where(Organisation.kvk_number.is_not(None))
    is_old = or_(Company.looked_up_at.is_(None), Company.looked_up_at < clock.now() - EVERY)
    return Company.organisation_id.in_(has_number) & is_old


def _look(connected: Register, company_id: UUID) -> RegisterLook:
    """Ask outside any transaction, then record what came of it."""
    with db.transaction(write=False):
        number = queries.get(company_id).organisation.kvk_number or ""
    answer = connected.look_up(number)
    with db.transaction():
        return _record(company_id, answer)


def _record(company_id: UUID, answer: Answer) -> RegisterLook:
    company = db.session.get_one(Company, company_id, with_for_update=True, populate_existing=True)
    last = queries.last_look(company_id)
    if answer.outcome is Outcome.UNREACHABLE:
        look = last if last and last.outcome is Outcome.UNREACHABLE else None
        if look:
            look.at, look.reason, look.attempts = clock.now(), answer.reason, look.attempts + 1
        else:
            look = _new(company_id, answer, [], is_flagged=False)
        company.leased_until = clock.now() + DELAYS[min(look.attempts, len(DELAYS)) - 1]
        return look
    found = differences(company, answer)
    before = queries.last_look(company_id, answered=True)
    look = _new(company_id, answer, found, is_flagged=bool(found) and (before is None or before.differences != found))
    company.looked_up_at, company.leased_until = clock.now(), None
    if look.is_flagged:
        audit.record(SYSTEM, Action.REGISTER_ASK, look, about=company_id, fields=[item["field"] for item in found])
        _tell(company, look)
    return look


def _new(company_id: UUID, answer: Answer, found: list[dict[str, str]], *, is_flagged: bool) -> RegisterLook:
    look = RegisterLook(
        company_id=company_id,
        outcome=answer.outcome,
        reason=answer.reason,
        told=answer.profile.as_json if answer.profile else None,
        differences=found,
        is_flagged=is_flagged,
    )
    db.session.add(look)
    db.session.flush()
    return look


def _tell(company: Company, look: RegisterLook) -> None:
    for person in accounts.people(company.organisation_id, Role.COMPANY_ADMIN):
        mail.write(
            person,
            "register_differs",
            dedupe_key=f"register:{look.id}:{person.id}",
            company=company.legal_name,
            day=clock.day_of(look.at).isoformat(),
            differences=look.differences,
        )


def _difference(field: str, ours: str, theirs: str) -> dict[str, str]:
    return {"field": field, "ours": ours, "theirs": theirs}
