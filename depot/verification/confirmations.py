"""Asking a client whether a reference is right: one question by mail, two reminders, one answer, used again ever after.

The answer never changes a fact: a reviewer reads it, the company sees its outcome, and a bundle says it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from depot.access import SYSTEM, Action, Actor, authorize
from depot.accounts import limits, links
from depot.accounts import queries as accounts
from depot.accounts.service import digest
from depot.audit import service as audit
from depot.catalogue.rules import Confirmation as Asking
from depot.catalogue.rules import Kind
from depot.catalogue.schemas import describe
from depot.catalogue.service import catalogue
from depot.core import clock, db
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.i18n import _
from depot.documents import queries as documents
from depot.documents.models import PENDING, Document, FactSource, State, Version
from depot.mail import queries as messages
from depot.mail import service as mail
from depot.verification import confirmation_rules as rules
from depot.verification import decisions, queries
from depot.verification.confirmation_models import Confirmation, ConfirmationLink, ConfirmationState
from depot.verification.confirmation_rules import Outcome

ASKABLE = (State.IN_REVIEW, State.APPROVED)
FREE_ANSWERS = {"link": 5, "origin": 30}


@dataclass(frozen=True)
class Told:
    """A question about a version with what came of it, in words; `source` is the version it was asked about, if another."""

    row: Confirmation
    asked: list[tuple[str, str]]
    corrections: list[tuple[str, str]]
    source: Version | None
    is_undelivered: bool
    """Whether the last mail could not be delivered."""


@dataclass(frozen=True)
class Proposal:
    """The address that the company proposes for its client, and what stands out about it."""

    client: str
    address: str
    signals: list[rules.Signal]


def asking(kind: Kind) -> Asking:
    """What a kind asks a client; Conflict where nobody is asked anything."""
    if kind.confirmation is None:
        raise Conflict(_("Bij dit soort document wordt niemand om bevestiging gevraagd."))
    return kind.confirmation


def proposal(version: Version) -> Proposal:
    """Whom the company says to ask."""
    spec, facts = asking(_kind(version)), version.best_facts
    address, client = facts.get(spec.address, ""), facts[spec.by]
    return Proposal(client, address, rules.signals(address, client, _own_domains(version)))


def ask(actor: Actor, version_id: UUID, *, email: str, checked_how: str, locale: str) -> Confirmation:
    """Mail the client a link to confirm the reference, at an address that the reviewer looked up.

    Raises Invalid for an address that anybody can get or that is the company's own, and Conflict where it is not to be
    asked now: it was answered, it waits for an answer, or the version is not looked at.
    """
    version = queries.to_review(actor, version_id)
    authorize(actor, Action.REFERENCE_ASK)
    spec = asking(_kind(version))
    if version.state not in ASKABLE:
        raise Conflict(_("Vraag om bevestiging terwijl u beoordeelt, of daarna."))
    known = of_version(version)
    if known and known.state in (ConfirmationState.ASKED, ConfirmationState.ANSWERED):
        raise Conflict(_("Hierover is de opdrachtgever al gevraagd."))
    client = version.best_facts[spec.by]
    for signal in rules.signals(email, client, _own_domains(version)):
        if signal in rules.REFUSED:
            raise Invalid(_("Niet alles is goed ingevuld."), {"email": [rules.SIGNALS[signal]]})
    asked = rules.asked(spec, version.best_facts)
    row = Confirmation(
        version_id=version.id,
        company_id=version.document.company_id,
        about=rules.about(asked),
        asked=asked,
        client=client,
        address=email,
        domain=rules.domain_of(email),
        checked_how=checked_how,
        locale=locale,
        asked_by=actor.id,
        until=clock.now() + rules.LINK_LENGTH,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, Action.REFERENCE_ASK, row, about=row.company_id, version=str(version.id))
    _write(row, version)
    return row


def stop(actor: Actor, version_id: UUID) -> Confirmation:
    """Take the question back; its links stop working, and it can be asked at another address."""
    row = of_version(queries.to_review(actor, version_id))
    authorize(actor, Action.REFERENCE_ASK)
    if row is None or not row.is_open:
        raise Conflict(_("Er loopt geen vraag aan de opdrachtgever."))
    row.state = ConfirmationState.STOPPED
    audit.record(actor, Action.REFERENCE_ASK, row, about=row.company_id, stopped=True)
    return row


def opened(secret: str) -> Confirmation:
    """The question that a link opens, answered or not; whatever is wrong with the link, the answer is the same."""
    found = (
        select(Confirmation)
        .join(ConfirmationLink, ConfirmationLink.confirmation_id == Confirmation.id)
        .where(
            ConfirmationLink.token_hash == digest(secret),
            Confirmation.state.in_([ConfirmationState.ASKED, ConfirmationState.ANSWERED]),
            Confirmation.until > clock.now(),
        )
    )
    row = db.session.scalar(found.with_for_update(of=Confirmation))
    if row is None:
        raise NotFound(_("Deze link werkt niet (meer). U hoeft niets te doen."))
    return row


def answer(
    secret: str,
    *,
    outcome: str,
    corrections: Mapping[str, str],
    is_satisfied: bool | None,
    function: str,
    remarks: str,
    origin: str,
) -> Confirmation:
    """Keep what the client says; sent again, the first answer stands. Raises TooMany for who sends too often.

    Unless it is right, what was approved with these facts comes back to the reviewers.
    """
    row = opened(secret)
    keys = {
        digest(f"confirmation:{row.id}"): FREE_ANSWERS["link"],
        digest(f"confirmation-origin:{origin}"): FREE_ANSWERS["origin"],
    }
    if refusal := limits.refusal(keys):
        raise refusal
    limits.count(keys)
    if not row.is_open:
        return row
    row.answer = {
        "outcome": outcome,
        "corrections": dict(corrections),
        "isSatisfied": is_satisfied,
        "function": function,
        "remarks": remarks,
    }
    row.state, row.answered_at = ConfirmationState.ANSWERED, clock.now()
    audit.record(SYSTEM, Action.REFERENCE_ANSWER, row, about=row.company_id, outcome=outcome)
    if outcome != Outcome.RIGHT:
        for version in _counting(row):
            decisions.look_sooner(version)
    return row


def due() -> Sequence[UUID]:
    """Questions that wait for an answer and that a reminder may be due for, oldest first."""
    first = clock.now() - rules.REMINDERS[0]
    waiting = select(Confirmation.id).where(
        Confirmation.state == ConfirmationState.ASKED, Confirmation.asked_at <= first
    )
    return db.session.scalars(waiting.order_by(Confirmation.id)).all()


def remind(confirmation_id: UUID) -> str:
    """Remind one client, or end the question when its links lapsed or the company took the reference back; gives which."""
    row = db.session.get_one(Confirmation, confirmation_id, with_for_update={"of": Confirmation})
    now = clock.now()
    if not row.is_open:
        return "nothing"
    if row.version.state not in ASKABLE:
        row.state = ConfirmationState.STOPPED
        return "stopped"
    if row.until <= now:
        row.state = ConfirmationState.SILENT
        return "silent"
    steps = rules.reminders_due(row.asked_at, now)
    if steps <= row.reminded:
        return "nothing"
    row.reminded = steps
    _write(row, row.version)
    return "reminded"


def forget_addresses(day: date) -> int:
    """Empty the addresses of questions that ended, about versions that cannot count any more on this day; gives how many."""
    is_over = or_(Version.state.not_in([*PENDING, State.APPROVED]), Version.valid_until < day)
    found = (
        select(Confirmation)
        .join(Version, Version.id == Confirmation.version_id)
        .where(Confirmation.state != ConfirmationState.ASKED, Confirmation.address.is_not(None), is_over)
    )
    rows = db.session.scalars(found).all()
    for row in rows:
        row.address = None
    mail.forget([row.id for row in rows])
    return len(rows)


def of_version(version: Version) -> Confirmation | None:
    """The question that says most about a version: an answer first, then one that waits, then the last."""
    return of_versions([version]).get(version.id)


def of_versions(versions: Sequence[Version]) -> dict[UUID, Confirmation]:
    """The same for several versions: asked about the version itself, or about the same facts of the same company."""
    abouts = {version.id: _abouts(version) for version in versions if _kind(version).confirmation}
    if not abouts:
        return {}
    asked = {about for found in abouts.values() for about in found}
    companies = {version.document.company_id for version in versions}
    matches = or_(
        Confirmation.version_id.in_(list(abouts)),
        Confirmation.company_id.in_(companies) & Confirmation.about.in_(asked),
    )
    rows = db.session.scalars(select(Confirmation).where(matches).order_by(Confirmation.id)).all()
    found = {}
    for version in versions:
        own = [
            row
            for row in rows
            if row.version_id == version.id
            or (row.company_id == version.document.company_id and row.about in abouts.get(version.id, ()))
        ]
        if own:
            found[version.id] = max(own, key=lambda row: (row.outcome is not None, row.is_open, row.id))
    return found


def of_document(document: Document) -> Sequence[Confirmation]:
    """All questions about a document's versions, oldest first."""
    found = select(Confirmation).where(Confirmation.version_id.in_([version.id for version in document.versions]))
    return db.session.scalars(found.order_by(Confirmation.id)).all()


def told(row: Confirmation, locale: str, version_id: UUID | None = None) -> Told:
    """A question in words; `version_id` is the version beside which it is told."""
    kind = _kind(row.version)
    said = row.answer["corrections"] if row.answer else {}
    labels = {spec.name: str(spec.label) for spec in kind.fields}
    return Told(
        row=row,
        asked=describe(kind, row.asked, locale),
        corrections=[(labels.get(name, name), text) for name, text in said.items()],
        source=row.version if version_id not in (None, row.version_id) else None,
        is_undelivered=row.is_open and messages.has_failed(row.id),
    )


def about_version(version: Version, locale: str) -> Told | None:
    """What a version's client was asked and said, in words, or None."""
    row = of_version(version)
    return told(row, locale, version.id) if row else None


def _abouts(version: Version) -> set[str]:
    """What questions about a version could be about: its facts as submitted, and as confirmed."""
    spec = asking(_kind(version))
    known = [version.facts(source) for source in (FactSource.SUBMITTED, FactSource.CONFIRMED)]
    return {rules.about(rules.asked(spec, facts)) for facts in known if facts}


def _counting(row: Confirmation) -> list[Version]:
    """The approved versions that an answer is about."""
    return [
        version
        for document in documents.of_companies([row.company_id])
        if document.kind == row.version.document.kind
        for version in document.versions
        if version.state is State.APPROVED and (version.id == row.version_id or row.about in _abouts(version))
    ]


def _kind(version: Version) -> Kind:
    return catalogue().kinds[version.document.kind]


def _own_domains(version: Version) -> set[str]:
    return {rules.domain_of(address) for address in accounts.addresses(version.document.company_id)}


def _write(row: Confirmation, version: Version) -> None:
    """A mail with a link of its own: the secret of an earlier one is known to nobody but its reader."""
    secret, kept = links.new()
    db.session.add(ConfirmationLink(token_hash=kept, confirmation_id=row.id))
    mail.write(
        row,
        "confirmation_asked",
        dedupe_key=f"confirmation:{row.id}:{row.reminded}",
        company=version.document.company.legal_name,
        client=row.client,
        until=row.until.isoformat(),
        is_reminder=row.reminded > 0,
        secret=secret,
    )
