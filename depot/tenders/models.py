"""A municipality's call, what it requires, who takes part, and what was decided."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
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
    SHORTLISTED = "shortlisted"
    WITHDRAWN = "withdrawn"
    SELECTED = "selected"
    REJECTED = "rejected"
    AWARDED = "awarded"
    NOT_AWARDED = "not_awarded"


PARTICIPATION_NAMES: dict[ParticipationState, Text] = {
    ParticipationState.PREPARING: _("in voorbereiding"),
    ParticipationState.SUBMITTED: _("aangemeld"),
    ParticipationState.SHORTLISTED: _("uitgenodigd tot inschrijving"),
    ParticipationState.WITHDRAWN: _("teruggetrokken"),
    ParticipationState.SELECTED: _("geselecteerd"),
    ParticipationState.REJECTED: _("afgewezen"),
    ParticipationState.AWARDED: _("gegund"),
    ParticipationState.NOT_AWARDED: _("niet gegund"),
}


UNDECIDED = frozenset({ParticipationState.SUBMITTED, ParticipationState.SHORTLISTED})
"""Who is in one of these states takes part, and was neither selected nor rejected."""


class PartyRole(StrEnum):
    """In what role a company takes part; `lead` includes being a member."""

    BIDDER = "bidder"
    LEAD = "lead"
    MEMBER = "member"
    RELIED_ON = "relied_on"
    SUBCONTRACTOR = "subcontractor"


class Procedure(StrEnum):
    """How a call runs; an external one runs in another system, and the buyer records its dates and its outcome here."""

    OPEN = "open"
    RESTRICTED = "restricted"
    INVITATION = "invitation"
    OPEN_HOUSE = "open_house"
    SOCIAL = "social"
    EXTERNAL = "external"


class PartyState(StrEnum):
    """Whether a company agreed to be a party; who was asked has not agreed yet, who was removed is one no longer."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    REMOVED = "removed"


class Tender(db.Guarded, db.Base):
    """One call of one municipality; `deviations` are the words it means otherwise than the list of definitions."""

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
    external_system: Mapped[str | None] = mapped_column(default=None)
    external_number: Mapped[str | None] = mapped_column(default=None)
    deviations: Mapped[dict[str, Any]] = mapped_column(default_factory=dict, server_default="{}")
    abandoned_because: Mapped[str | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    state: Mapped[TenderState] = mapped_column(db.enum(TenderState), default=TenderState.DRAFT)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    municipality: Mapped[Organisation] = relationship(init=False, lazy="joined", innerjoin=True)
    stages: Mapped[list["Stage"]] = relationship(init=False, lazy="selectin", order_by="Stage.closes_at")
    lots: Mapped[list["Lot"]] = relationship(init=False, order_by="Lot.code")
    postponements: Mapped[list["Postponement"]] = relationship(init=False, order_by="Postponement.id.desc()")

    def closing_of(self, name: StageName) -> datetime | None:
        """When a stage closes; None when this tender has no such stage."""
        return next((stage.closes_at for stage in self.stages if stage.name == name), None)

    @property
    def closes_at(self) -> datetime:
        """When bids must be in; with open house the end of admission."""
        return next(stage.closes_at for stage in self.stages if stage.name == StageName.BID)

    @property
    def joins_until(self) -> datetime:
        """Until when companies can come in: the end of the application where there is a selection first."""
        return self.closing_of(StageName.APPLICATION) or self.closes_at if self.has_shortlist else self.closes_at

    @property
    def evidence_until(self) -> datetime:
        """Until when papers can be handed in."""
        return self.closing_of(StageName.EVIDENCE) or self.closes_at

    @property
    def has_shortlist(self) -> bool:
        """Whether companies first apply, and some are then invited to bid."""
        is_restricted = self.procedure == Procedure.RESTRICTED
        return is_restricted and self.closing_of(StageName.APPLICATION) is not None

    @property
    def is_continuous(self) -> bool:
        """Whether companies are admitted one by one, as long as it runs (open house)."""
        return self.procedure == Procedure.OPEN_HOUSE

    @property
    def is_closed(self) -> bool:
        """Whether the closing instant has passed; an act at that very instant is too late."""
        return self.state is not TenderState.DRAFT and clock.now() >= self.closes_at

    @property
    def is_open(self) -> bool:
        """Whether companies can take part now."""
        return self.state is TenderState.PUBLISHED and clock.now() < self.joins_until

    @property
    def is_opened(self) -> bool:
        """Whether the municipality may know who takes part: once nobody can come in any more, or each at once in open house."""
        is_entry_over = self.is_continuous or clock.now() >= self.joins_until
        return self.state is not TenderState.DRAFT and is_entry_over

    @property
    def is_selecting(self) -> bool:
        """Whether the municipality can select now."""
        is_over = self.state not in (TenderState.PUBLISHED, TenderState.EVIDENCE)
        return not is_over and (self.is_continuous or self.is_closed)

    @property
    def is_over(self) -> bool:
        """Whether nothing follows any more."""
        return self.state in (TenderState.AWARDED, TenderState.ABANDONED)

    def publish(self) -> None:
        """Make it visible to companies; from here on its requirements are fixed."""
        if self.state is not TenderState.DRAFT:
            raise Conflict(_("Deze aanbesteding is al gepubliceerd."))
        if clock.now() >= self.joins_until:
            raise Conflict(_("De sluiting ligt in het verleden. Kies eerst een later moment."))
        self.state = TenderState.PUBLISHED

    def begin_evidence(self) -> None:
        """The first selection opens the stage in which papers are handed over; open house stays open to others."""
        if not self.is_continuous and not self.is_closed:
            raise Conflict(_("Selecteren kan pas na de sluiting op %(at)s.", at=self.closes_at))
        if not self.is_selecting:
            raise Conflict(_("Deze aanbesteding is afgerond."))
        if not self.is_continuous:
            self.state = TenderState.EVIDENCE

    def finish(self) -> None:
        """Everything is decided, and somebody was awarded."""
        self.state, self.ended_at = TenderState.AWARDED, clock.now()

    def abandon(self, reason: str) -> None:
        """Stop a tender that companies know of and that is not finished, for a reason that they read."""
        if self.state not in (TenderState.PUBLISHED, TenderState.EVIDENCE):
            raise Conflict(_("Alleen een aanbesteding die loopt, kan worden gestopt."))
        self.state, self.abandoned_because, self.ended_at = TenderState.ABANDONED, reason, clock.now()


class Stage(db.Base):
    """A part of a tender with its own closing instant."""

    __tablename__ = "stages"
    __table_args__ = (UniqueConstraint("tender_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    tender_id: Mapped[UUID] = mapped_column(ForeignKey(Tender.id))
    name: Mapped[StageName] = mapped_column(db.enum(StageName))
    closes_at: Mapped[datetime]


class Lot(db.Base):
    """A part of a tender that companies can take part in by itself."""

    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("tender_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    tender_id: Mapped[UUID] = mapped_column(ForeignKey(Tender.id))
    code: Mapped[str]
    title: Mapped[str]


class Postponement(db.Base):
    """That dates of a published tender moved, and why; `dates` holds what each was and became, in ISO 8601, by stage."""

    __tablename__ = "postponements"
    __table_args__ = (Index(None, "tender_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    tender_id: Mapped[UUID] = mapped_column(ForeignKey(Tender.id))
    dates: Mapped[dict[str, Any]]
    reason: Mapped[str]
    by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    @property
    def moved(self) -> list[tuple[StageName, date, date]]:
        """What each date was and became, in the order of the stages: instants, and for the contract's start days."""
        found = []
        for name in (name for name in StageName if name in self.dates):
            read = date.fromisoformat if name is StageName.CONTRACT else datetime.fromisoformat
            before, after = map(read, self.dates[name])
            found.append((name, before, after))
        return found


class CallInvitation(db.Base):
    """A company that is asked to take part; in a later `round` only when those before declined."""

    __tablename__ = "call_invitations"
    __table_args__ = (UniqueConstraint("tender_id", "company_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    tender_id: Mapped[UUID] = mapped_column(ForeignKey(Tender.id))
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Company.organisation_id))
    round: Mapped[int] = mapped_column(default=1)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    declined_at: Mapped[datetime | None] = mapped_column(default=None)

    company: Mapped[Company] = relationship(init=False, lazy="joined", innerjoin=True)


class PaperRequest(db.Base):
    """Why a municipality asks on paper what the depot holds."""

    __tablename__ = "paper_requests"
    __table_args__ = (Index(None, "tender_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    tender_id: Mapped[UUID] = mapped_column(ForeignKey(Tender.id))
    kind: Mapped[str]
    reason: Mapped[str]
    by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class CoverageLook(db.Base):
    """How often and about what a municipality asked how many companies meet a requirement: `digest` is that of the rules.

    `figures` are what it was told, so that the same question has the same answer all day; `shown` is the one of the whole.
    """

    __tablename__ = "coverage_looks"
    __table_args__ = (Index(None, "municipality_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    municipality_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    digest: Mapped[str]
    shown: Mapped[int | None]
    figures: Mapped[dict[str, Any]]
    by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


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
    lots: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    shares_decisions: Mapped[bool] = mapped_column(default=False, server_default=false())
    contract_starts_on: Mapped[date | None] = mapped_column(default=None)
    contract_ends_on: Mapped[date | None] = mapped_column(default=None)

    tender: Mapped[Tender] = relationship(init=False, lazy="joined", innerjoin=True)
    company: Mapped[Company] = relationship(init=False, lazy="joined", innerjoin=True)
    parties: Mapped[list["Party"]] = relationship(init=False, lazy="selectin", order_by="Party.id")

    @property
    def own_party(self) -> "Party":
        """The company that takes part, as the party it is: bidder or lead."""
        return next(party for party in self.parties if party.is_own)

    @property
    def is_changeable(self) -> bool:
        """Whether its parties can still change: until the bids close, as long as the company can come in or is in."""
        is_running = self.tender.state is TenderState.PUBLISHED and not self.tender.is_closed
        return is_running and (self.tender.is_open or self.is_undecided)

    def submit(self, *, is_asked: bool = False) -> None:
        """The company is in; possible until closing, and afterwards for whom the buyer of an external tender asked."""
        is_asked_in_time = is_asked and not self.tender.is_over and clock.now() < self.tender.evidence_until
        if not self.tender.is_open and not is_asked_in_time:
            raise Conflict(_("Deze aanbesteding is gesloten; meedoen kan niet meer."))
        if self.state not in (ParticipationState.PREPARING, ParticipationState.WITHDRAWN):
            raise Conflict(_("U doet al mee aan deze aanbesteding."))
        self.state, self.submitted_at = ParticipationState.SUBMITTED, clock.now()

    def withdraw(self) -> None:
        """The company steps out; possible until closing."""
        is_running = self.tender.state is TenderState.PUBLISHED and not self.tender.is_closed
        if not is_running or self.state not in UNDECIDED:
            raise Conflict(_("Terugtrekken kan alleen tot de sluiting."))
        self.state = ParticipationState.WITHDRAWN

    @property
    def is_undecided(self) -> bool:
        """Whether the municipality still has to select or reject this company."""
        return self.state in UNDECIDED

    def lots_left(self, decided: Mapping[str, "LotOutcome"]) -> list[str]:
        """The lots about which something is still to be decided, by what was: none once all of it was turned down."""
        if self.state in (ParticipationState.REJECTED, ParticipationState.NOT_AWARDED):
            return []
        return [lot for lot in self.lots if lot not in decided or decided[lot].state is ParticipationState.SELECTED]

    def shortlist(self, motivation: str) -> None:
        """The municipality invites this company to bid: after the application, before the bids close."""
        tender = self.tender
        if not tender.has_shortlist or tender.state is not TenderState.PUBLISHED:
            raise Conflict(_("Deze aanbesteding heeft nu geen selectie voor de inschrijving."))
        if not tender.is_opened:
            raise Conflict(_("Selecteren kan pas na de sluiting op %(at)s.", at=tender.joins_until))
        if tender.is_closed:
            raise Conflict(_("De inschrijving is gesloten. Uitnodigen tot inschrijving kan niet meer."))
        if self.state is not ParticipationState.SUBMITTED:
            raise Conflict(_("Over deze deelnemer is al besloten, of hij heeft zich teruggetrokken."))
        self.state, self.motivation = ParticipationState.SHORTLISTED, motivation

    def select(self, motivation: str) -> None:
        """The municipality goes on with this company."""
        self.tender.begin_evidence()
        if self.tender.has_shortlist and self.state is ParticipationState.SUBMITTED:
            raise Conflict(_("Dit bedrijf is niet uitgenodigd tot inschrijving en kan niet worden geselecteerd."))
        self._decide(ParticipationState.SELECTED, motivation)

    def reject(self, motivation: str) -> None:
        """The municipality does not go on with this company, and says why."""
        if not self.tender.has_shortlist or self.tender.is_closed:
            self.tender.begin_evidence()
        elif not self.tender.is_opened or self.tender.state is not TenderState.PUBLISHED:
            raise Conflict(_("Selecteren kan pas na de sluiting op %(at)s.", at=self.tender.joins_until))
        self._decide(ParticipationState.REJECTED, motivation)

    def award(self, motivation: str) -> None:
        """The municipality gives the contract to this company."""
        self._finish(ParticipationState.AWARDED, motivation)

    def pass_over(self, motivation: str) -> None:
        """The municipality selected this company, but does not give it the contract."""
        self._finish(ParticipationState.NOT_AWARDED, motivation)

    def _finish(self, to: ParticipationState, motivation: str) -> None:
        if not self.tender.is_selecting or self.state is not ParticipationState.SELECTED:
            raise Conflict(_("Gunnen kan alleen bij een geselecteerde deelnemer, zolang de aanbesteding loopt."))
        self.state, self.decided_at, self.motivation = to, clock.now(), motivation

    def _decide(self, to: ParticipationState, motivation: str) -> None:
        if not self.is_undecided:
            raise Conflict(_("Over deze deelnemer is al besloten, of hij heeft zich teruggetrokken."))
        self.state, self.decided_at, self.motivation = to, clock.now(), motivation


class LotOutcome(db.Guarded, db.Base):
    """What was decided about a participation in one lot."""

    __tablename__ = "lot_outcomes"
    __table_args__ = (UniqueConstraint("participation_id", "lot"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    participation_id: Mapped[UUID] = mapped_column(ForeignKey(Participation.id))
    lot: Mapped[str]
    state: Mapped[ParticipationState] = mapped_column(db.enum(ParticipationState))
    motivation: Mapped[str]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    def award(self, motivation: str) -> None:
        """The company gets this lot."""
        self._finish(ParticipationState.AWARDED, motivation)

    def pass_over(self, motivation: str) -> None:
        """The company was selected for this lot, but does not get it."""
        self._finish(ParticipationState.NOT_AWARDED, motivation)

    def _finish(self, to: ParticipationState, motivation: str) -> None:
        if self.state is not ParticipationState.SELECTED:
            raise Conflict(_("Over dit perceel is al besloten."))
        self.state, self.motivation, self.at = to, motivation, clock.now()


class CureWindow(db.Guarded, db.Base):
    """The one chance of a participation to mend a defect: until then nothing is decided on it (one for each)."""

    __tablename__ = "cure_windows"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    participation_id: Mapped[UUID] = mapped_column(ForeignKey(Participation.id), unique=True)
    requirements: Mapped[list[str]]
    question: Mapped[str]
    until: Mapped[datetime]
    by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    done_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def ends_at(self) -> datetime:
        """From when it can be decided, and by when what mends the defect came in: the deadline, or the company's word."""
        return min(self.until, self.done_at or self.until)

    @property
    def is_open(self) -> bool:
        """Whether the company may still mend."""
        return clock.now() < self.ends_at

    def finish(self) -> None:
        """The company says that it has handed in what it wants to."""
        if not self.is_open:
            raise Conflict(_("De herstelperiode is al voorbij."))
        self.done_at = clock.now()


class Letter(db.Base):
    """A sealed letter (PAdES) of a municipality about its decision; `object_key` is where it lies.

    `lots` are the codes of the lots that it is about; without any it is about the whole participation.
    """

    __tablename__ = "letters"
    __table_args__ = (Index(None, "participation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    participation_id: Mapped[UUID] = mapped_column(ForeignKey(Participation.id))
    outcome: Mapped[str]
    object_key: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    size: Mapped[int]
    lots: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class Party(db.Guarded, db.Base):
    """A company within a participation; it sees and consents to its own documents only. `task` is what it does."""

    __tablename__ = "parties"
    __table_args__ = (UniqueConstraint("participation_id", "company_id", "role"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    participation_id: Mapped[UUID] = mapped_column(ForeignKey(Participation.id))
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Company.organisation_id))
    role: Mapped[PartyRole] = mapped_column(db.enum(PartyRole))
    state: Mapped[PartyState] = mapped_column(
        db.enum(PartyState), default=PartyState.CONFIRMED, server_default=PartyState.CONFIRMED
    )
    task: Mapped[str] = mapped_column(default="", server_default="")
    answered_at: Mapped[datetime | None] = mapped_column(default=None)

    company: Mapped[Company] = relationship(init=False, lazy="joined", innerjoin=True)

    @property
    def counts(self) -> bool:
        """Whether it is a party: who was only asked, or refused, is none."""
        return self.state is PartyState.CONFIRMED

    @property
    def is_own(self) -> bool:
        """Whether this is the company that takes part, alone or as lead."""
        return self.role in (PartyRole.BIDDER, PartyRole.LEAD)

    def confirm(self) -> None:
        """The company agrees to be a party."""
        if self.state is not PartyState.ASKED:
            raise Conflict(_("U hebt deze vraag al beantwoord."))
        self.state, self.answered_at = PartyState.CONFIRMED, clock.now()

    def refuse(self) -> None:
        """The company does not want to be a party, or no longer."""
        if self.is_own or self.state not in (PartyState.ASKED, PartyState.CONFIRMED):
            raise Conflict(_("U hebt deze vraag al beantwoord."))
        self.state, self.answered_at = PartyState.REFUSED, clock.now()

    def remove(self) -> None:
        """Who takes part goes on without this company."""
        if self.is_own or self.state is PartyState.REMOVED:
            raise Conflict(_("Deze partij doet al niet meer mee."))
        self.state, self.answered_at = PartyState.REMOVED, clock.now()

    def ask_again(self, role: PartyRole, task: str) -> None:
        """Ask a company that refused, or that was taken out."""
        if self.state not in (PartyState.REFUSED, PartyState.REMOVED):
            raise Conflict(_("Dit bedrijf doet al mee. Een bedrijf heeft één rol."))
        self.state, self.role, self.task = PartyState.ASKED, role, task


class Declaration(db.Base):
    """The letter of intent: the company declares that it meets what is asked and that the papers will follow.

    Sealed as a PDF under `object_key`; a relied-on party's own commitment names that party.
    """

    __tablename__ = "declarations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    participation_id: Mapped[UUID] = mapped_column(ForeignKey(Participation.id))
    requirement_set_id: Mapped[UUID] = mapped_column(ForeignKey(RequirementSet.id))
    text_version: Mapped[str]
    signed_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    authority: Mapped[str]
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey(Party.id), default=None)
    object_key: Mapped[str | None] = mapped_column(unique=True, default=None)
    sha256: Mapped[str | None] = mapped_column(default=None)
    size: Mapped[int | None] = mapped_column(default=None)
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
