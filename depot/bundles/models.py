"""A frozen snapshot of what was proven for one participation or for all selected of a tender, and who took it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from depot.accounts.models import User
from depot.bundles.retention import Rule, Terms
from depot.core import clock, db
from depot.core.errors import Conflict
from depot.core.i18n import Text, _
from depot.documents.models import Version
from depot.tenders.models import Participation, Tender

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


bundle_participations = Table(
    "bundle_participations",
    db.Base.metadata,
    Column("bundle_id", ForeignKey("bundles.id"), primary_key=True),
    Column("participation_id", ForeignKey(Participation.id), primary_key=True, index=True),
)
"""Whose evidence lies in which bundle."""


class Bundle(db.Guarded, db.Base):
    """One sealed BagIt bag; nothing in it changes after release. `is_of_all`: of all selected, not of one of them."""

    __tablename__ = "bundles"
    __table_args__ = (Index(None, "tender_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    number: Mapped[str] = mapped_column(unique=True)
    tender_id: Mapped[UUID] = mapped_column(ForeignKey(Tender.id))
    made_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    legal_ground: Mapped[str]
    manifest_sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    keep_not_awarded: Mapped[str]
    keep_after_contract: Mapped[str]
    root_sha256: Mapped[str]
    is_of_all: Mapped[bool] = mapped_column(default=False, server_default=false())
    made_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    state: Mapped[BundleState] = mapped_column(db.enum(BundleState), default=BundleState.RELEASED)

    tender: Mapped[Tender] = relationship(init=False, lazy="joined", innerjoin=True)
    participations: Mapped[list[Participation]] = relationship(
        init=False, secondary=bundle_participations, order_by=Participation.id
    )
    items: Mapped[list["BundleItem"]] = relationship(init=False, order_by="BundleItem.position")

    @property
    def terms(self) -> Terms:
        """How long it is kept, as was sealed in it."""
        return Terms(self.keep_not_awarded, self.keep_after_contract)

    def destroy(self) -> None:
        """Its retention is over; that it was there is kept."""
        if self.state is BundleState.DESTROYED:
            raise Conflict(_("Deze bundel is al vernietigd."))
        self.state = BundleState.DESTROYED


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


class Flag(db.Base):
    """The municipality was told that a version in its bundle lost its approval; the bundle itself never changes."""

    __tablename__ = "bundle_flags"

    bundle_id: Mapped[UUID] = mapped_column(ForeignKey(Bundle.id), primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id), primary_key=True)
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


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


class Destruction(db.Base):
    """That a bundle was destroyed, by what rule and how much it was; of what was in it nothing is kept."""

    __tablename__ = "destructions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    bundle_id: Mapped[UUID] = mapped_column(ForeignKey(Bundle.id), unique=True)
    number: Mapped[str]
    manifest_sha256: Mapped[str]
    files: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    rule: Mapped[Rule] = mapped_column(db.enum(Rule))
    kept_until: Mapped[date]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
