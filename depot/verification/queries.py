"""Reads of findings, decisions and the reviewers' queue."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from depot.access import Action, Actor, authorize
from depot.accounts import queries as accounts
from depot.catalogue.rules import Status, validity
from depot.catalogue.service import catalogue
from depot.core import clock, db
from depot.core.errors import Forbidden
from depot.core.i18n import _
from depot.core.periods import Period
from depot.documents import queries as documents
from depot.documents.models import Document, FactSet, FactSource, File, State, Version
from depot.verification.models import Claim, Finding, Opinion, ProofFinding, Review

APART = Period(months=12)
"""How long ago somebody must have left an organisation to review its documents."""


@dataclass(frozen=True)
class Backlog:
    """The length of a reviewer's queue, how much of it is urgent, and since when the oldest waits; None when it is empty."""

    length: int
    urgent: int
    oldest: datetime | None


def findings(version_ids: Sequence[UUID]) -> Sequence[Finding]:
    """What the checks said about some versions, in the order in which they ran."""
    found = select(Finding).where(Finding.version_id.in_(version_ids)).order_by(Finding.version_id, Finding.id)
    return db.session.scalars(found).all()


def proof_findings(registration_id: UUID) -> Sequence[ProofFinding]:
    """What the checks said about the proof of a claim, in the order in which they ran."""
    found = select(ProofFinding).where(ProofFinding.registration_id == registration_id)
    return db.session.scalars(found.order_by(ProofFinding.id)).all()


def reviews(version_ids: Sequence[UUID]) -> Sequence[Review]:
    """The decisions about some versions, oldest first."""
    found = select(Review).where(Review.version_id.in_(version_ids)).order_by(Review.id)
    return db.session.scalars(found).all()


def opinions(version_ids: Sequence[UUID]) -> Sequence[Opinion]:
    """What single ones of two reviewers said about some versions, oldest first."""
    found = select(Opinion).where(Opinion.version_id.in_(version_ids)).order_by(Opinion.id)
    return db.session.scalars(found).all()


def opinion(version_id: UUID) -> Opinion | None:
    """The last of them about one version."""
    return next(reversed(opinions([version_id])), None)


def evidence(company_ids: Select[UUID], kinds: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """What verdicts take from the documents of these kinds of some companies, in the order of documents and versions.

    No objects are made of it, not even of the keys, for there may be thousands. A version has a row for each pair of
    confirmed facts and a decision, both oldest first, and one where it has neither.
    """
    is_confirmed = and_(FactSet.version_id == Version.id, FactSet.source == FactSource.CONFIRMED)
    found = (
        select(
            type_coerce(Document.company_id, db.KeyText).label("company_id"),
            type_coerce(Document.id, db.KeyText).label("document_id"),
            Document.kind,
            type_coerce(Version.id, db.KeyText).label("version_id"),
            Version.number,
            Version.relation,
            Version.submitted_at,
            Version.effective_on,
            Version.withdrawn_at,
            File.sha256,
            FactSet.facts,
            FactSet.at,
            Review.decision,
            Review.at,
        )
        .join(Version, Version.document_id == Document.id)
        .outerjoin(File, File.id == Version.file_id)
        .outerjoin(FactSet, is_confirmed)
        .outerjoin(Review, Review.version_id == Version.id)
        .where(Document.company_id.in_(company_ids), Document.kind.in_(kinds))
        .order_by(Document.id, Version.number, FactSet.id, Review.id)
    )
    return db.session.execute(found).all()


def queue(actor: Actor, *, kind: str = "", only: str = "") -> Sequence[UUID]:
    """The keys of what waits for a reviewer, of one kind or with one of NARROWED if asked: most urgent first.

    Left out is what a colleague has open, what is of the reviewer's own organisation, and what waits for a second
    reviewer after this one.
    """
    found = _queue(actor)
    if kind:
        found = found.where(Document.kind == kind)
    if only in NARROWED:
        found = found.where(NARROWED[only])
    return db.session.scalars(found.with_only_columns(Version.id)).all()


def backlog(actor: Actor, near: date) -> Backlog:
    """How much waits for a reviewer, of what `queue` lists, and how much of it is needed by a near day or before it."""
    is_urgent = case((Document.needed_by <= near, 1))
    figures = (func.count(), func.count(is_urgent), func.min(Version.submitted_at))
    row = db.session.execute(_queue(actor).order_by(None).with_only_columns(*figures)).one()
    return Backlog(row[0], row[1], row[2])


def waiting(version_ids: Sequence[UUID]) -> Sequence[Version]:
    """Some versions, in the order of their keys here."""
    found = select(Version).where(Version.id.in_(version_ids))
    rows = {row.id: row for row in db.session.scalars(found).unique()}
    return [rows[id] for id in version_ids if id in rows]


def beside(actor: Actor, version_id: UUID, *, kind: str = "", only: str = "") -> tuple[UUID | None, UUID | None]:
    """The keys before and after a version in the queue; of one that is not in it the queue's first comes after."""
    ids = list(queue(actor, kind=kind, only=only))
    if version_id not in ids:
        return None, ids[0] if ids else None
    place = ids.index(version_id)
    return ids[place - 1] if place else None, ids[place + 1] if place + 1 < len(ids) else None


def due(actor: Actor) -> Sequence[Version]:
    """Approved versions that still count and of which the day of the next look has come: most urgent first."""
    day = clock.today()
    found = documents.counting(day).join(Review, Review.version_id == Version.id).where(Review.next_look_on <= day)
    found = _free(actor, found.where(_IS_LAST)).order_by(Document.needed_by.is_(None), Document.needed_by)
    rows = db.session.scalars(found.order_by(Review.next_look_on, Document.kind, Version.id)).unique().all()
    kinds = catalogue().kinds
    return [row for row in rows if validity(kinds[row.document.kind], row.best_facts, day) is not Status.EXPIRED]


def is_due(version: Version) -> bool:
    """Whether it was approved, and the day of the next look has come."""
    if version.state is not State.APPROVED:
        return False
    last = reviews([version.id])[-1]
    return last.next_look_on is not None and last.next_look_on <= clock.today()


def to_review(actor: Actor, version_id: UUID) -> Version:
    """One version for a reviewer; nobody reviews for an organisation that is or lately was one's own."""
    authorize(actor, Action.VERSION_REVIEW)
    version = documents.version(actor, version_id)
    if version.document.company_id in _own(actor):
        raise Forbidden(_("U hoort of hoorde bij dit bedrijf. Een collega beoordeelt het."))
    return version


def predecessor(version: Version) -> Version | None:
    """The version to compare with: the last approved one before this, else the one just before."""
    earlier = [row for row in version.document.versions if row.number < version.number]
    approved = [row for row in earlier if row.state is State.APPROVED]
    return next(reversed(approved or earlier), None)


# What is newer has a higher key.
_newer = aliased(Opinion)
_later = aliased(Review)
_IS_LAST = ~exists().where(_later.version_id == Review.version_id, _later.id > Review.id)


def _spoken(by: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the last opinion about a version is such a one."""
    is_last = ~exists().where(_newer.version_id == Opinion.version_id, _newer.id > Opinion.id)
    return exists().where(Opinion.version_id == Version.id, by, is_last)


NARROWED: Mapping[str, ColumnElement[bool]] = {
    "nodig": Document.needed_by.is_not(None),
    "tweede": _spoken(Opinion.is_agreeing.is_(True)),
    "oneens": _spoken(Opinion.is_agreeing.is_(False)),
}
"""How the queue can be narrowed: to what a tender needs, what waits for a second reviewer, what one did not agree with."""


def _queue(actor: Actor) -> Select[Version]:
    return _free(actor, documents.in_review()).where(~_spoken(Opinion.by == actor.id))


def _own(actor: Actor) -> Sequence[UUID]:
    return accounts.organisations_since(actor.id, APART.before(clock.today()))


def _free(actor: Actor, found: Select[Version]) -> Select[Version]:
    """Those that no colleague has open, and that are not of the reviewer's own organisation."""
    authorize(actor, Action.VERSION_REVIEW)
    is_free = or_(Claim.version_id.is_(None), Claim.until < clock.now(), Claim.user_id == actor.id)
    found = found.outerjoin(Claim, Claim.version_id == Version.id).where(is_free)
    return found.where(Document.company_id.not_in(_own(actor)))
