"""A frozen snapshot of what was proven for one participation, and who took it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from depot.accounts.models import User
from depot.core import clock, db
from depot.core.i18n import Text, _
from depot.documents.models import Version
from depot.tenders.models import Participation

LEGAL_GROUNDS: dict[str, Text] = {
    "selected": _("Bewijs van een geselecteerde deelnemer (Aanbestedingswet 2012)"),
    "winner": _("Bewijs van de voorlopige winnaar (Aanbestedingswet 2012)"),
    "proper_conduct": _("Nodig voor het goede verloop van de procedure (richtlijn 2014/24/EU, artikel 59 lid 4)"),
}
"""On what ground a municipality may read documents; the code is kept, the sentence stands in the bundle."""


class BundleState(StrEnum):
    """A bundle is released, may be blocked by the operator, and ends destroyed when its retention does."""

    RELEASED = "released"
    BLOCKED = "blocked"
    DESTROYED = "destroyed"


class Bundle(db.Guarded, db.Base):
    """One sealed BagIt bag; nothing in it changes after release."""

    __tablename__ = "bundles"
    __table_args__ = (UniqueConstraint("participation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    number: Mapped[str] = mapped_column(unique=True)
    participation_id: Mapped[UUID] = mapped_column(ForeignKey(Participation.id))
    made_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    legal_ground: Mapped[str]
    manifest_sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    keep_until: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    state: Mapped[BundleState] = mapped_column(db.enum(BundleState), default=BundleState.RELEASED)

    participation: Mapped[Participation] = relationship(init=False, lazy="joined", innerjoin=True)
    items: Mapped[list["BundleItem"]] = relationship(init=False, lazy="selectin", order_by="BundleItem.position")


class BundleItem(db.Base):
    """One file of the bag, where its bytes lie, and what they must be. A version that is in a bundle cannot vanish."""

    __tablename__ = "bundle_items"
    __table_args__ = (UniqueConstraint("bundle_id", "position"), Index(None, "version_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    bundle_id: Mapped[UUID] = mapped_column(ForeignKey(Bundle.id))
    position: Mapped[int]
    path: Mapped[str]
    object_key: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    crc32: Mapped[int] = mapped_column(BigInteger)
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey(Version.id, ondelete="RESTRICT"), default=None)

    version: Mapped[Version | None] = relationship(init=False, lazy="raise")


class Fetch(db.Base):
    """One download of a bundle, on what legal ground, and whether all bytes went out."""

    __tablename__ = "fetches"
    __table_args__ = (Index(None, "bundle_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    bundle_id: Mapped[UUID] = mapped_column(ForeignKey(Bundle.id))
    by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    legal_ground: Mapped[str]
    receipt: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    is_complete: Mapped[bool] = mapped_column(default=False)

    bundle: Mapped[Bundle] = relationship(init=False, lazy="joined", innerjoin=True)
