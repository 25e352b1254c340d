"""Reads of bundles; a municipality sees those of its own tenders, a company what happened to those it is in."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import lazyload, selectinload

from depot.access import Action, Actor, authorize, may
from depot.accounts.models import Organisation
from depot.bundles.models import Bundle, BundleItem, Fetch, bundle_participations
from depot.core import db
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.documents.models import Document, Version
from depot.tenders import queries as tenders
from depot.tenders.models import Participation, Tender

SHA256_LENGTH = 64
"""Hexadecimal digits."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """As participations are: the tender's municipality, and the companies that take part in what lies in it."""
    if may(actor, Action.TENDER_READ):
        return Tender.municipality_id == actor.organisation_id
    return Bundle.participations.any(tenders.participations_visible_to(actor))


def get(actor: Actor, bundle_id: UUID) -> Bundle:
    """One bundle; NotFound when it is not the actor's to see."""
    authorize(actor, Action.BUNDLE_READ)
    row = db.session.scalar(_visible(actor).where(Bundle.id == bundle_id))
    if row is None:
        raise NotFound(_("Deze bundel bestaat niet."))
    return row


def known(mark: str) -> Bundle | None:
    """The bundle with this number, or of which the sealed list has this SHA-256; for anybody, so tell nobody whose it is."""
    text = mark.strip()
    is_it = Bundle.manifest_sha256 == text.lower() if len(text) == SHA256_LENGTH else Bundle.number == text.upper()
    return db.session.scalar(select(Bundle).where(is_it).options(lazyload("*")))


def of_participation(actor: Actor, participation_id: UUID) -> Bundle | None:
    """The bundle that was released for a participation alone."""
    holds_it = Bundle.participations.any(Participation.id == participation_id)
    return db.session.scalar(_visible(actor).where(Bundle.is_of_all.is_(False), holds_it))


def of_tender(actor: Actor, tender_id: UUID) -> Bundle | None:
    """The last bundle of all selected of a tender."""
    found = _visible(actor).where(Bundle.is_of_all, Bundle.tender_id == tender_id)
    return db.session.scalar(found.order_by(Bundle.id.desc()).limit(1))


def newest_of(actor: Actor, participation_ids: Sequence[UUID]) -> dict[UUID, Bundle]:
    """The newest bundle that holds evidence of each participation, alone or with others."""
    lies_in = bundle_participations.c
    found = (
        select(lies_in.participation_id, Bundle)
        .join(Bundle, Bundle.id == lies_in.bundle_id)
        .join(Bundle.tender)
        .where(lies_in.participation_id.in_(participation_ids), visible_to(actor))
        .order_by(Bundle.id)
    )
    return {row[0]: row[1] for row in db.session.execute(found).unique()}


def held_by(row: Bundle) -> tuple[set[UUID], set[UUID]]:
    """The keys of the participations and of the versions that lie in a bundle."""
    participations = select(bundle_participations.c.participation_id).where(bundle_participations.c.bundle_id == row.id)
    versions = select(BundleItem.version_id).where(BundleItem.bundle_id == row.id, BundleItem.version_id.is_not(None))
    return set(db.session.scalars(participations)), {id for id in db.session.scalars(versions) if id}


def index(actor: Actor) -> Sequence[Bundle]:
    """The bundles an actor may see, newest first."""
    authorize(actor, Action.BUNDLE_READ)
    along = selectinload(Bundle.participations).lazyload(Participation.parties)
    return db.session.scalars(_visible(actor).order_by(Bundle.id.desc()).options(along)).unique().all()


def item(actor: Actor, bundle_id: UUID, position: int) -> BundleItem:
    """One file of a bundle."""
    get(actor, bundle_id)
    row = db.session.scalar(
        select(BundleItem).where(BundleItem.bundle_id == bundle_id, BundleItem.position == position)
    )
    if row is None:
        raise NotFound(_("Dit bestand zit niet in de bundel."))
    return row


class Stored(NamedTuple):
    """What streaming needs of a file in a bundle."""

    path: str
    object_key: str
    size: int
    sha256: str
    crc32: int


def contents(bundle_id: UUID) -> Sequence[Stored]:
    """The files of a bundle in their order; as bare rows, for a bundle can hold thousands and each download asks them."""
    columns = (BundleItem.path, BundleItem.object_key, BundleItem.size, BundleItem.sha256, BundleItem.crc32)
    found = select(*columns).where(BundleItem.bundle_id == bundle_id).order_by(BundleItem.position)
    return [Stored(*row) for row in db.session.execute(found)]


def object_key(bundle_id: UUID, path: str) -> str | None:
    """Where a file of a bundle is stored; None when it is not in there, or not any more."""
    return db.session.scalar(
        select(BundleItem.object_key).where(BundleItem.bundle_id == bundle_id, BundleItem.path == path)
    )


def fetches(actor: Actor, bundle_id: UUID) -> Sequence[Fetch]:
    """Who fetched a bundle, newest first."""
    get(actor, bundle_id)
    return db.session.scalars(select(Fetch).where(Fetch.bundle_id == bundle_id).order_by(Fetch.id.desc())).all()


def receipt(actor: Actor, bundle_id: UUID, number: str) -> Fetch:
    """One fetch of a bundle by the number of its receipt; NotFound when it is not the actor's to see."""
    for row in fetches(actor, bundle_id):
        if row.receipt == number:
            return row
    raise NotFound(_("Dit ontvangstbewijs bestaat niet."))


def unfinished(bundle_id: UUID, user_id: UUID, since: datetime) -> Fetch | None:
    """A person's last fetch of a bundle that began since an instant and did not get to the end."""
    found = select(Fetch).where(
        Fetch.bundle_id == bundle_id, Fetch.by == user_id, Fetch.at >= since, Fetch.is_complete.is_(False)
    )
    return db.session.scalars(found.order_by(Fetch.id.desc())).first()


def titles(actor: Actor, bundle_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """For pages about the past: the tender's title and the municipality's name of some bundles."""
    found = (
        select(Bundle.id, Tender.title, Organisation.name)
        .join(Tender, Tender.id == Bundle.tender_id)
        .join(Organisation, Organisation.id == Tender.municipality_id)
        .where(Bundle.id.in_(bundle_ids), visible_to(actor))
    )
    return {row[0]: (row[1], row[2]) for row in db.session.execute(found)}


def versions_by_company(bundle_id: UUID) -> dict[UUID, list[UUID]]:
    """The versions of each company that lie in a bundle."""
    columns = select(Document.company_id, Version.id).join(Version, Version.document_id == Document.id)
    found = columns.join(BundleItem, BundleItem.version_id == Version.id).where(BundleItem.bundle_id == bundle_id)
    held: dict[UUID, list[UUID]] = {}
    for company_id, version_id in db.session.execute(found.order_by(BundleItem.position)):
        held.setdefault(company_id, []).append(version_id)
    return held


def stored_keys() -> set[str]:
    """The object keys of this room that a row points to."""
    return set(db.session.scalars(select(BundleItem.object_key).where(BundleItem.object_key.startswith("bundles/"))))


def holding() -> Select[str, str, int]:
    """Key, SHA-256 and size of each object of this room in the store."""
    found = select(BundleItem.object_key, BundleItem.sha256, BundleItem.size)
    return found.where(BundleItem.object_key.startswith("bundles/"))


def _visible(actor: Actor) -> Select[Bundle]:
    return select(Bundle).join(Bundle.tender).where(visible_to(actor))
