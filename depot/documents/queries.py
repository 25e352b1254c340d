"""Reads of deposited documents; each starts at what the actor may see."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased, lazyload

from depot.access import GRANTS, Action, Actor, Reach
from depot.catalogue.derived import is_same_thing
from depot.catalogue.rules import AMOUNTS, FieldType, Kind
from depot.catalogue.service import catalogue
from depot.core import db
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.documents.models import (
    PENDING,
    UNKNOWN,
    Document,
    FactSource,
    File,
    Reading,
    ReadingState,
    Relation,
    State,
    Version,
)

TO_CHECK = Version.state.in_([State.SUBMITTED, State.CHECKING])
TO_READ = Reading.state == ReadingState.WAITING
IS_KNOWN = Document.kind != UNKNOWN


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The documents an actor may see: one's own company's, all for whom the table says so, else none."""
    match GRANTS[actor.role].get(Action.DOCUMENT_READ):
        case Reach.ALL:
            return true()
        case Reach.OWN:
            return Document.company_id == actor.organisation_id
        case _none:
            return false()


def get(actor: Actor, document_id: UUID) -> Document:
    """One document; NotFound when it is not the actor's to see."""
    row = db.session.scalar(select(Document).where(Document.id == document_id, visible_to(actor)))
    if row is None:
        raise NotFound(_("Dit document bestaat niet."))
    return row


def in_dossier(actor: Actor, document_id: UUID) -> Document:
    """One document of which the kind is known; NotFound for a draft of which nobody said yet what it is."""
    row = get(actor, document_id)
    if row.kind == UNKNOWN:
        raise NotFound(_("Van dit concept is nog niet bekend wat het is. U vindt het bij uw concepten."))
    return row


def version(actor: Actor, version_id: UUID) -> Version:
    """One version by its key."""
    row = db.session.scalar(select(Version).join(Version.document).where(Version.id == version_id, visible_to(actor)))
    if row is None:
        raise NotFound(_("Deze versie bestaat niet."))
    return row


def numbered(actor: Actor, document_id: UUID, number: int) -> Version:
    """One version by its document and number."""
    for row in get(actor, document_id).versions:
        if row.number == number:
            return row
    raise NotFound(_("Deze versie bestaat niet."))


def before(version: Version) -> Version | None:
    """The version that this one follows."""
    return next((row for row in version.document.versions if row.number == version.number - 1), None)


def starting_facts(version: Version, kind: Kind) -> dict[str, Any]:
    """What the form of a draft begins with: the facts of the version before it, of a first version the KvK number.

    Days and amounts are left out, because a new period has others, unless the version is a correction.
    """
    earlier = before(version)
    if earlier is None:
        number = version.document.company.organisation.kvk_number
        return {kind.holder: number} if kind.holder and number else {}
    if version.relation is Relation.CORRECTION:
        return earlier.best_facts
    lasting = {spec.name for spec in kind.fields if spec.type not in AMOUNTS | {FieldType.DAY, FieldType.ROWS}}
    return {name: value for name, value in earlier.best_facts.items() if name in lasting}


def kept_rows(version: Version, kind: Kind) -> dict[str, Any]:
    """The rows of a version by the name of their field: as handed in, of a draft as entered so far; empty without rows."""
    facts = version.facts(FactSource.SUBMITTED) or version.facts(FactSource.PROPOSED) or {}
    listed = kind.list_field
    return {listed.name: facts[listed.name]} if listed and facts.get(listed.name) else {}


def readings(versions: Sequence[Version]) -> dict[UUID, Reading]:
    """What the machine made of some versions, by their keys; one that was not read is not there."""
    found = select(Reading).where(Reading.version_id.in_([version.id for version in versions]))
    return {row.version_id: row for row in db.session.scalars(found)}


def same_things(version: Version, kind: Kind) -> list[Document]:
    """Other documents of the company that are probably about the same thing, by what its kind goes by."""
    facts = version.best_facts
    return [
        row
        for row in of_companies([version.document.company_id])
        if row.kind == kind.code
        and row.id != version.document_id
        and any(
            each.state not in (State.WITHDRAWN, State.RETURNED) and is_same_thing(kind, facts, each.best_facts)
            for each in row.versions
        )
    ]


def same_file(company_id: UUID, sha256: str, besides: UUID | None = None) -> tuple[UUID, str] | None:
    """Key and title of a company's document of which a version has a file's bytes and is on its way or counts.

    One that was taken back, returned or revoked is passed over: its file may come again, under another kind for one.
    """
    found = _SAME_FILE.where(Document.id != besides) if besides else _SAME_FILE
    row = db.session.execute(found, {"company": company_id, "sha256": sha256}).first()
    return (row[0], row[1]) if row else None


def drafts(actor: Actor) -> Sequence[Version]:
    """What the actor's organisation began and did not hand in yet, newest first."""
    found = (
        select(Version)
        .join(Version.document)
        .where(visible_to(actor), Document.company_id == actor.organisation_id, Version.state == State.DRAFT)
    )
    return db.session.scalars(found.order_by(Version.id.desc())).unique().all()


def dossier(actor: Actor) -> Sequence[Document]:
    """All documents the actor may see of its own organisation, by kind and age."""
    found = select(Document).where(visible_to(actor), Document.company_id == actor.organisation_id, IS_KNOWN)
    return db.session.scalars(found.order_by(Document.kind, Document.id)).unique().all()


def of_companies(company_ids: Sequence[UUID]) -> Sequence[Document]:
    """The documents of some companies, for verdicts; what is shown of them is the caller's right to settle."""
    found = select(Document).where(Document.company_id.in_(company_ids), IS_KNOWN).order_by(Document.id)
    return db.session.scalars(found).unique().all()


def bare(company_ids: Sequence[UUID]) -> Sequence[Document]:
    """The documents of some companies without their versions, for work on many at once."""
    found = select(Document).where(Document.company_id.in_(company_ids), IS_KNOWN).order_by(Document.id)
    return db.session.scalars(found.options(lazyload(Document.versions), lazyload(Document.company))).all()


def companies_asked() -> Sequence[UUID]:
    """The companies with a document that says by which day it is needed."""
    return db.session.scalars(select(Document.company_id).where(Document.needed_by.is_not(None)).distinct()).all()


def in_review() -> Select[Version]:
    """The versions that wait for a reviewer: most urgent first, then oldest, then by kind."""
    found = select(Version).join(Version.document).where(Version.state == State.IN_REVIEW)
    return found.order_by(
        Document.needed_by.is_(None), Document.needed_by, Version.submitted_at, Document.kind, Version.id
    )


def counting(day: date) -> Select[Version]:
    """Approved versions that may count on a day: no approved successor has taken their place by then.

    Left out are those past their last day, unless they are of a kind that may go on beyond it.
    """
    goes_on = [kind.code for kind in catalogue().kinds.values() if kind.axis.tacit_renewal or kind.axis.ongoing]
    later = aliased(Version)
    since = func.coalesce(later.effective_on, later.valid_from)
    is_replaced = exists().where(
        later.document_id == Version.document_id,
        later.number > Version.number,
        later.state == State.APPROVED,
        or_(since.is_(None), since <= day),
    )
    may_run = or_(Version.valid_until.is_(None), Version.valid_until >= day, Document.kind.in_(goes_on))
    return select(Version).join(Version.document).where(Version.state == State.APPROVED, may_run, ~is_replaced)


def lapsed_before(day: date) -> Select[Version]:
    """Approved versions whose last valid day has passed without that being recorded, but those another process has at hand."""
    found = select(Version).where(Version.lapse_due_on < day).order_by(Version.lapse_due_on, Version.id)
    return found.with_for_update(of=Version, skip_locked=True)


def ending_between(first: date, last: date) -> Sequence[Document]:
    """Documents with an approved version that ends within these days; both count."""
    ends = (
        select(Version.document_id)
        .where(Version.state == State.APPROVED, Version.valid_until >= first, Version.valid_until <= last)
        .distinct()
    )
    return db.session.scalars(select(Document).where(Document.id.in_(ends)).order_by(Document.id)).unique().all()


def stored_keys(prefix: str) -> set[str]:
    """The object keys under a prefix that a row points to."""
    return set(db.session.scalars(select(File.object_key).where(File.object_key.startswith(prefix))))


def holding() -> Select[str, str, int]:
    """Key, SHA-256 and size of each file in the store."""
    return select(File.object_key, File.sha256, File.size)


# Made once, not at each deposit: to build a query takes longer than to run it.
_SAME_FILE = (
    select(Document.id, Document.title)
    .join(Version, Version.document_id == Document.id)
    .join(File, File.id == Version.file_id)
    .where(
        Document.company_id == bindparam("company"),
        File.sha256 == bindparam("sha256"),
        Version.state.in_([*PENDING, State.APPROVED]),
    )
    .order_by(Version.id)
    .limit(1)
)
