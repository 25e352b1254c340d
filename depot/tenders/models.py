"""A municipality's call, what it requires, who takes part, and what was decided."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from depot.accounts.models import Organisation, User
from depot.companies.models import Company
from depot.core import clock, db
from depot.core.errors import Conflict
from depot.core.i18n import Text, _


class TenderState(StrEnum):
    """The stored part of a tender's state; that it is closed follows from its stage's closing."""

    DRAFT = "draft"
    PUBLISHED = "published"
    EVIDENCE = "evidence"
    AWARDED = "awarded"
    ABANDONED = "abandoned"


class StageName(StrEnum):
    """A requirement names the stage that gives its moment."""

    APPLICATION = "application"
    BID = "bid"
    EVIDENCE = "evidence"
    CONTRACT = "contract"


class ParticipationState(StrEnum):
    """How far a company is in one tender."""

    PREPARING = "preparing"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    SELECTED = "selected"
    REJECTED = "rejected"
    AWARDED = "awarded"
    NOT_AWARDED = "not_awarded"


PARTICIPATION_NAMES: dict[ParticipationState, Text] = {
    ParticipationState.PREPARING: _("in voorbereiding"),
    ParticipationState.SUBMITTED: _("aangemeld"),
    ParticipationState.WITHDRAWN: _("teruggetrokken"),
    ParticipationState.SELECTED: _("geselecteerd"),
    ParticipationState.REJECTED: _("afgewezen"),
    ParticipationState.AWARDED: _("gegund"),
    ParticipationState.NOT_AWARDED: _("niet gegund"),
}


class PartyRole(StrEnum):
    """In what role a company takes part; `lead` includes being a member."""

    BIDDER = "bidder"
    LEAD = "lead"
    MEMBER = "member"
    RELIED_ON = "relied_on"
    SUBCONTRACTOR = "subcontractor"


class Tender(db.Guarded, db.Base):
    """One call of one municipality."""

    __tablename__ = "tenders"
    __table_args__ = (UniqueConstraint("municipality_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    municipality_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    number: Mapped[str]
    title: Mapped[str]
    procedure: Mapped[str]
    cpv: Mapped[list[str]] = mapped_column(default_factory=list)
    estimate: Mapped[Decimal | None] = mapped_column(default=None)
    contract_starts_on: Mapped[date | None] = mapped_column(default=None)
    state: Mapped[TenderState] = mapped_column(db.enum(TenderState), default=TenderState.DRAFT)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    municipality: Mapped[Organisation] = relationship(init=False, lazy="joined", innerjoin=True)
    stages: Mapped[list["Stage"]] = relationship(init=False, lazy="selectin", order_by="Stage.closes_at")

    @property
    def closes_at(self) -> datetime:
        """When bids must be in."""
        return next(stage.closes_at for stage in self.stages if stage.name == StageName.BID)

    @property
    def is_closed(self) -> bool:
        """Whether the closing instant has passed; an act at that very instant is too late."""
        return self.state is not TenderState.DRAFT and clock.now() >= self.closes_at

    @property
    def is_open(self) -> bool:
        """Whether companies can take part now."""
        return self.state is TenderState.PUBLISHED and not self.is_closed

    def publish(self) -> None:
        """Make it visible to companies; from here on its requirements are fixed."""
        if self.state is not TenderState.DRAFT:
            raise Conflict(_("Deze aanbesteding is al gepubliceerd."))
        if clock.now() >= self.closes_at:
            raise Conflict(_("De sluiting ligt in het verleden. Kies eerst een later moment."))
        self.state = TenderState.PUBLISHED

    def begin_evidence(self) -> None:
        """The first selection opens the stage in which papers are handed over."""
        if not self.is_closed:
            raise Conflict(_("Selecteren kan pas na de sluiting op %(at)s.", at=self.closes_at))
        if self.state not in (TenderState.PUBLISHED, TenderState.EVIDENCE):
            raise Conflict(_("Deze aanbesteding is afgerond."))
        self.state = TenderState.EVIDENCE


class Stage(db.Base):
    """A part of a tender with its own closing instant."""

    __tablename__ = "stages"
    __table_args__ = (UniqueConstraint("tender_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    tender_id: Mapped[UUID] = mapped_column(ForeignKey(Tender.id))
    name: Mapped[StageName] = mapped_column(db.enum(StageName))
    closes_at: Mapped[datetime]


class RequirementSet(db.Guarded, db.Base):
    """The requirements as rule JSON; numbered, and immutable once published."""

    __tablename__ = "requirement_sets"
    __table_args__ = (UniqueConstraint("tender_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    tender_id: Mapped[UUID] = mapped_column(ForeignKey(Tender.id))
    number: Mapped[int]
    rules: Mapped[dict[str, Any]]
    published_at: Mapped[datetime | None] = mapped_column(default=None)

    def change(self, rules: dict[str, Any]) -> None:
        """Replace the rules of a set that is still a draft."""
        if self.published_at is not None:
            raise Conflict(_("Gepubliceerde eisen kunnen niet meer worden gewijzigd."))
        self.rules = rules

    def publish(self) -> None:
        """Fix the rules."""
        self.published_at = clock.now()


class Participation(db.Guarded, db.Base):
    """A company, alone or as lead, in one tender: the unit of verdict, selection and bundle."""

    __tablename__ = "participations"
    __table_args__ = (UniqueConstraint("tender_id", "company_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    tender_id: Mapped[UUID] = mapped_column(ForeignKey(Tender.id))
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Company.organisation_id))
    state: Mapped[ParticipationState] = mapped_column(db.enum(ParticipationState), default=ParticipationState.PREPARING)
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    motivation: Mapped[str | None] = mapped_column(default=None)

    tender: Mapped[Tender] = relationship(init=False, lazy="joined", innerjoin=True)
    company: Mapped[Company] = relationship(init=False, lazy="joined", innerjoin=True)
    parties: Mapped[list["Party"]] = relationship(init=False, lazy="selectin", order_by="Party.id")

    def submit(self) -> None:
        """The company is in; possible until closing."""
        if not self.tender.is_open:
            raise Conflict(_("Deze aanbesteding is gesloten; meedoen kan niet meer."))
        if self.state not in (ParticipationState.PREPARING, ParticipationState.WITHDRAWN):
            raise Conflict(_("U doet al mee aan deze aanbesteding."))
        self.state, self.submitted_at = ParticipationState.SUBMITTED, clock.now()

    def withdraw(self) -> None:
        """The company steps out; possible until closing."""
        if not self.tender.is_open or self.state is not ParticipationState.SUBMITTED:
            raise Conflict(_("Terugtrekken kan alleen tot de sluiting."))
        self.state = ParticipationState.WITHDRAWN

    def select(self, motivation: str) -> None:
        """The municipality goes on with this company."""
        self._decide(ParticipationState.SELECTED, motivation)

    def reject(self, motivation: str) -> None:
        """The municipality does not go on with this company, and says why."""
        self._decide(ParticipationState.REJECTED, motivation)

    def _decide(self, to: ParticipationState, motivation: str) -> None:
        self.tender.begin_evidence()
        if self.state is not ParticipationState.SUBMITTED:
            raise Conflict(_("Over deze deelnemer is al besloten, of hij heeft zich teruggetrokken."))
        self.state, self.decided_at, self.motivation = to, clock.now(), motivation


class Party(db.Base):
    """A company within a participation; it sees and consents to its own documents only."""

    __tablename__ = "parties"
    __table_args__ = (UniqueConstraint("participation_id", "company_id", "role"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    participation_id: Mapped[UUID] = mapped_column(ForeignKey(Participation.id))
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Company.organisation_id))
    role: Mapped[PartyRole] = mapped_column(db.enum(PartyRole))

    company: Mapped[Company] = relationship(init=False, lazy="joined", innerjoin=True)


class Declaration(db.Base):
    """The letter of intent: the company declares that it meets what is asked and that the papers will follow."""

    __tablename__ = "declarations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    participation_id: Mapped[UUID] = mapped_column(ForeignKey(Participation.id))
    requirement_set_id: Mapped[UUID] = mapped_column(ForeignKey(RequirementSet.id))
    text_version: Mapped[str]
    signed_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    authority: Mapped[str]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class Consent(db.Base):
    """A party lets the tender's municipality read documents of named kinds; until release it can be withdrawn."""

    __tablename__ = "consents"
    __table_args__ = (Index(None, "party_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    party_id: Mapped[UUID] = mapped_column(ForeignKey(Party.id))
    kinds: Mapped[list[str]]
    given_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)


class Assessment(db.Base):
    """A verdict that something was decided on, kept as it was."""

    __tablename__ = "assessments"
    __table_args__ = (Index(None, "participation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    participation_id: Mapped[UUID] = mapped_column(ForeignKey(Participation.id))
    requirement_set_id: Mapped[UUID] = mapped_column(ForeignKey(RequirementSet.id))
    purpose: Mapped[str]
    moments: Mapped[dict[str, Any]]
    evaluator_version: Mapped[str]
    result: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class RequirementDecision(db.Base):
    """What the buyer decided about one requirement that a machine cannot judge, and why. The latest counts."""

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "participation_id", "requirement"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    participation_id: Mapped[UUID] = mapped_column(ForeignKey(Participation.id))
    requirement: Mapped[str]
    is_accepted: Mapped[bool]
    motivation: Mapped[str]
    by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
