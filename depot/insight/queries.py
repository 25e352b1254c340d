"""Reads for pages that mix rooms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.accounts.words import ROLE_NAMES
from depot.audit import queries as audit
from depot.audit.models import Event
from depot.bundles import code_queries as codes
from depot.bundles import queries as bundles
from depot.bundles.code_models import Code
from depot.bundles.models import LEGAL_GROUNDS
from depot.core import db
from depot.core.errors import NotFound
from depot.core.i18n import Text, _
from depot.documents import queries as documents
from depot.documents.models import RELATION_NAMES, Document, State, Version
from depot.tenders.holdings import Line, lines
from depot.verification import confirmations
from depot.verification import queries as verification
from depot.verification.confirmation_rules import OUTCOMES
from depot.verification.models import Decision, Finding, Opinion, Review

LOOKS = (
    Action.DOCUMENT_READ,
    Action.BUNDLE_RELEASE,
    Action.BUNDLE_FETCH,
    Action.CONSENT_GIVE,
    Action.TENDER_SELECT,
    Action.CODE_MAKE,
    Action.CODE_REVOKE,
    Action.CODE_LOOK,
    Action.REFERENCE_READ,
    Action.EQUIVALENCE_READ,
)
LOOKS_SHOWN = 500
TAKINGS = (Action.BUNDLE_RELEASE, Action.BUNDLE_FETCH)


@dataclass(frozen=True)
class Look:
    """Who saw or did what with a company's documents, when, and for which tender or by which reference code."""

    event: Event
    who: str
    tender: str | None
    document: Document | None
    code: Code | None

    @property
    def is_taking(self) -> bool:
        """Whether a bundle was made or fetched: more can be said of that."""
        return self.event.action in TAKINGS


@dataclass(frozen=True)
class Taken:
    """That a bundle was made or fetched: by whom, in what role, on what ground, and which versions of the company it held.

    `receipt` is the number of the receipt that the municipality got, None when the bundle was made.
    """

    look: Look
    role: Text
    ground: Text
    receipt: str | None
    versions: Sequence[Version]


def deposited(actor: Actor) -> list[Line]:
    """All documents of the company as they stand today, also those that it withdrew."""
    authorize(actor, Action.PROFILE_READ, actor.organisation_id)
    return lines(documents.dossier(actor))


def dossier(actor: Actor) -> list[Line]:
    """The company's documents, without those it withdrew, as they stand today."""
    return [line for line in deposited(actor) if not line.is_withdrawn]


def history(row: Document) -> tuple[Sequence[Finding], Sequence[Review]]:
    """What checks and reviewers said about a document's versions."""
    ids = [version.id for version in row.versions]
    return verification.findings(ids), verification.reviews(ids)


def returned(version: Version, reviews: Sequence[Review]) -> Review | None:
    """Why a version was sent back, or lost its approval, if it did."""
    found = (row for row in reversed(reviews) if row.version_id == version.id)
    return next(found, None) if version.state in (State.RETURNED, State.REVOKED) else None


def story(row: Document, reviews: Sequence[Review]) -> list[tuple[datetime, Text, Text | str]]:
    """What happened to a document, newest first: when, what, and the relation or reason that goes with it."""
    told: list[tuple[datetime, Text, Text | str]] = []
    numbers = {version.id: version.number for version in row.versions}
    for version in row.versions:
        number = version.number
        told.append(
            (version.created_at, _("Versie %(number)s toegevoegd", number=number), RELATION_NAMES[version.relation])
        )
        if version.submitted_at:
            told.append((version.submitted_at, _("Versie %(number)s ingediend", number=number), ""))
        if version.withdrawn_at:
            told.append((version.withdrawn_at, _("Versie %(number)s ingetrokken", number=number), ""))
    for place, item in enumerate(reviews):
        is_again = item.version_id in {earlier.version_id for earlier in reviews[:place]}
        told.append((item.at, _decided(item, numbers[item.version_id], is_again=is_again), item.reason))
    told += [(item.at, _seen(item, numbers[item.version_id]), "") for item in verification.opinions(list(numbers))]
    for asked in confirmations.of_document(row):
        told.append((asked.asked_at, _("Opdrachtgever om bevestiging gevraagd"), asked.client))
        if asked.answered_at and asked.outcome:
            told.append((asked.answered_at, _("Opdrachtgever antwoordde"), OUTCOMES[asked.outcome]))
    return sorted(told, key=lambda item: item[0])[::-1]


def _seen(opinion: Opinion, number: int) -> Text:
    """What one of two reviewers said; why, is between them."""
    if opinion.is_agreeing:
        return _("Versie %(number)s goedgekeurd door de eerste van twee beoordelaars", number=number)
    return _("Versie %(number)s: tweede beoordelaar vraagt de eerste opnieuw te kijken", number=number)


def _decided(review: Review, number: int, *, is_again: bool) -> Text:
    match review.decision:
        case Decision.APPROVED if is_again:
            return _("Versie %(number)s opnieuw bekeken: nog steeds juist", number=number)
        case Decision.APPROVED if review.by_rule:
            return _("Versie %(number)s automatisch vastgesteld", number=number)
        case Decision.APPROVED:
            return _("Versie %(number)s goedgekeurd", number=number)
        case Decision.RETURNED:
            return _("Versie %(number)s teruggestuurd", number=number)
        case Decision.REVOKED:
            return _("Goedkeuring van versie %(number)s ingetrokken", number=number)


def looks(actor: Actor, limit: int = LOOKS_SHOWN) -> list[Look]:
    """Who saw what of the actor's company, newest first."""
    return _looks(
        actor, db.session.scalars(audit.about_company(actor, actor.organisation_id, *LOOKS).limit(limit)).all()
    )


def taken(actor: Actor, event_id: UUID) -> Taken:
    """One time that a bundle with the company's documents was made or fetched; NotFound for anybody else."""
    events = audit.about_company(actor, actor.organisation_id, *TAKINGS).where(Event.id == event_id)
    found = _looks(actor, db.session.scalars(events).all())
    if not found:
        raise NotFound(_("Deze inzage bestaat niet."))
    [look] = found
    detail = look.event.detail
    held = set(detail["versions"])
    versions = [version for row in documents.dossier(actor) for version in row.versions if str(version.id) in held]
    role = ROLE_NAMES[Role(detail["role"])]
    return Taken(look, role, LEGAL_GROUNDS[detail["ground"]], detail.get("receipt"), versions)


def _looks(actor: Actor, events: Sequence[Event]) -> list[Look]:
    names = accounts.organisation_names([event.organisation_id for event in events])
    of_bundle = bundles.titles(actor, [event.object_id for event in events])
    of_code = codes.of_company(actor, [event.object_id for event in events])
    rows = {row.id: row for row in documents.dossier(actor)}
    of_version = {version.id: row for row in rows.values() for version in row.versions}
    found = []
    for event in events:
        title = of_bundle.get(event.object_id)
        who = names.get(event.organisation_id, "Depot")
        row = of_version.get(event.object_id) or rows.get(event.object_id)
        code = of_code.get(event.object_id)
        found.append(Look(event, who, title[0] if title else None, row, code))
    return found
