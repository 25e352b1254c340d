"""Reads of bundles; a municipality sees those of its own tenders, a company what happened to those it is in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import lazyload

from depot.access import Action, Actor, authorize
from depot.accounts.models import Organisation
from depot.bundles.models import Bundle, BundleItem, Fetch
from depot.core import db
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.documents.models import Document, Version
from depot.tenders import queries as tenders
from depot.tenders.models import Participation, Tender

SHA256_LENGTH = 64
"""Hexadecimal digits."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """As participations are: the tender's municipality, and the companies that take part in it together."""
    return tenders.participations_visible_to(actor)


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
    """The bundle that was released for a participation."""
    return db.session.scalar(_visible(actor).where(Bundle.participation_id == participation_id))


def index(actor: Actor) -> Sequence[Bundle]:
    """The bundles an actor may see, newest first."""
    authorize(actor, Action.BUNDLE_READ)
    return db.session.scalars(_visible(actor).order_by(Bundle.id.desc())).unique().all()


def item(actor: Actor, bundle_id: UUID, position: int) -> BundleItem:
    """One file of a bundle."""
    for row in get(actor, bundle_id).items:
        if row.position == position:
            return row
    raise NotFound(_("Dit bestand zit niet in de bundel."))


def fetches(actor: Actor, bundle_id: UUID) -> Sequence[Fetch]:
    """Who fetched a bundle, newest first."""
    get(actor, bundle_id)
    return db.session.scalars(select(Fetch).where(Fetch.bundle_id == bundle_id).order_by(Fetch.id.desc())).all()


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
        .join(Participation, Participation.id == Bundle.participation_id)
        .join(Tender, Tender.id == Participation.tender_id)
        .join(Organisation, Organisation.id == Tender.municipality_id)
        .where(Bundle.id.in_(bundle_ids), visible_to(actor))
    )
    return {row[0]: (row[1], row[2]) for row in db.session.execute(found)}


def documents_by_company(bundle_id: UUID) -> dict[UUID, int]:
    """How many documents of each company lie in a bundle."""
    found = (
        select(Document.company_id, func.count())
        .join(Version, Version.document_id == Document.id)
        .join(BundleItem, BundleItem.version_id == Version.id)
        .where(BundleItem.bundle_id == bundle_id)
        .group_by(Document.company_id)
    )
    return {row[0]: row[1] for row in db.session.execute(found)}


def stored_keys() -> set[str]:
    """The object keys of this room that a row points to."""
    return set(db.session.scalars(select(BundleItem.object_key).where(BundleItem.object_key.startswith("bundles/"))))


def _visible(actor: Actor) -> Select[Bundle]:
    return select(Bundle).join(Bundle.participation).join(Participation.tender).where(visible_to(actor))
