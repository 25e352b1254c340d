"""Addresses at which nothing arrives, compared in lower case: marked by what mail servers say, or by the operator."""

from collections.abc import Collection, Sequence
from uuid import UUID

import structlog
from sqlalchemy import delete, select

from depot.core import clock, db
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.mail.models import Undeliverable

REASON_LENGTH = 500

log = structlog.get_logger()


def undeliverable(addresses: Collection[str]) -> set[str]:
    """Which of these addresses get no mail, as they were given."""
    found = select(Undeliverable.address).where(Undeliverable.address.in_({each.lower() for each in addresses}))
    marked = set(db.session.scalars(found))
    return {each for each in addresses if each.lower() in marked}


def marks() -> Sequence[Undeliverable]:
    """All that are marked, the last first."""
    return db.session.scalars(select(Undeliverable).order_by(Undeliverable.since.desc())).all()


def untold() -> Sequence[UUID]:
    """The marks of which the others of the owner's organisations do not know yet."""
    return db.session.scalars(select(Undeliverable.id).where(Undeliverable.told_at.is_(None))).all()


def get(mark_id: UUID) -> Undeliverable:
    """One mark, held until this unit of work ends."""
    row = db.session.scalar(select(Undeliverable).where(Undeliverable.id == mark_id).with_for_update())
    if row is None:
        raise NotFound(_("Dit adres is niet (meer) als onbestelbaar gemarkeerd."))
    return row


def mark(address: str, reason: str, by: UUID | None = None) -> Undeliverable:
    """Send no more mail to an address; one that was marked before stays as it was."""
    row = {
        "id": db.new_id(),
        "address": address.lower(),
        "reason": reason[:REASON_LENGTH],
        "since": clock.now(),
        "marked_by": by,
    }
    made = db.insert(Undeliverable).values(row).on_conflict_do_nothing().returning(Undeliverable.id)
    if db.session.scalar(made) is not None:
        log.warning("address_undeliverable", mark=str(row["id"]))
    return db.session.scalars(select(Undeliverable).where(Undeliverable.address == address.lower())).one()


def clear(address: str) -> None:
    """Mail to this address goes out again: it was seen to work, or the operator says so."""
    db.session.execute(delete(Undeliverable).where(Undeliverable.address == address.lower()))
