"""Versions that lost their approval after they went into a bundle: shown with the bundle, and told to its municipality."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, select

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.bundles.models import Bundle, BundleItem, Flag
from depot.companies.models import Company
from depot.core import db
from depot.documents.models import Document, State, Version
from depot.mail import service as mail
from depot.verification.models import Decision, Review


class Revoked(NamedTuple):
    """A version in a bundle that counts no more: whose, since when, and why."""

    bundle_id: UUID
    version_id: UUID
    company_id: UUID
    company: str
    title: str
    number: int
    at: datetime
    reason: str


def of_bundles(bundle_ids: Sequence[UUID]) -> dict[UUID, list[Revoked]]:
    """What lost its approval since it went into some bundles that the caller may see; a bundle without any is not there."""
    found: dict[UUID, list[Revoked]] = {}
    for each in db.session.execute(_REVOKED.where(BundleItem.bundle_id.in_(bundle_ids))):
        row = Revoked(*each)
        found.setdefault(row.bundle_id, []).append(row)
    return found


def untold() -> Sequence[UUID]:
    """The bundles of which the municipality was not told of everything that lost its approval."""
    is_told = exists().where(Flag.bundle_id == BundleItem.bundle_id, Flag.version_id == BundleItem.version_id)
    found = select(BundleItem.bundle_id).join(Version, Version.id == BundleItem.version_id)
    return db.session.scalars(found.where(Version.state == State.REVOKED, ~is_told).distinct()).all()


def tell(actor: Actor, bundle_id: UUID) -> int:
    """Flag a bundle for what lost its approval since it was last told of, and mail its municipality; gives how many."""
    authorize(actor, Action.BUNDLE_FLAG)
    bundle = db.session.get_one(Bundle, bundle_id, with_for_update=True, populate_existing=True)
    told = set(db.session.scalars(select(Flag.version_id).where(Flag.bundle_id == bundle_id)))
    news = [row for row in of_bundles([bundle_id]).get(bundle_id, []) if row.version_id not in told]
    for row in news:
        db.session.add(Flag(bundle_id=bundle_id, version_id=row.version_id))
        audit.record(actor, Action.BUNDLE_FLAG, bundle, about=row.company_id, version=str(row.version_id))
        for person in accounts.people(bundle.tender.municipality_id, Role.BUYER):
            mail.write(
                person,
                "bundle_flagged",
                dedupe_key=f"flag:{bundle_id}:{row.version_id}:{person.id}",
                number=bundle.number,
                tender=bundle.tender.title,
                municipality=bundle.tender.municipality.name,
                company=row.company,
                title=row.title,
                version=row.number,
                at=row.at.isoformat(),
                reason=row.reason,
                bundle_id=str(bundle_id),
            )
    return len(news)


_REVOKED = (
    select(
        BundleItem.bundle_id,
        Version.id,
        Company.organisation_id,
        Company.legal_name,
        Document.title,
        Version.number,
        Review.at,
        Review.reason,
    )
    .join(Version, Version.id == BundleItem.version_id)
    .join(Document, Document.id == Version.document_id)
    .join(Company, Company.organisation_id == Document.company_id)
    .join(Review, Review.version_id == Version.id)
    .where(Version.state == State.REVOKED, Review.decision == Decision.REVOKED)
    .order_by(BundleItem.bundle_id, BundleItem.position)
)
