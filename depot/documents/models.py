"""What a company deposits: documents, their immutable versions, and the facts that somebody read in them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from depot.companies.models import Company
from depot.core import clock, db
from depot.core.errors import Conflict
from depot.core.i18n import Text, _
from depot.core.work import Leased


class State(StrEnum):
    """How far a version is on its way to counting as evidence."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHECKING = "checking"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn_by_company"
    REVOKED = "approval_revoked"


STATE_NAMES: dict[State, Text] = {
    State.DRAFT: _("concept"),
    State.SUBMITTED: _("ingediend"),
    State.CHECKING: _("wordt gecontroleerd"),
    State.IN_REVIEW: _("in beoordeling"),
    State.APPROVED: _("goedgekeurd"),
    State.RETURNED: _("aanvulling gevraagd"),
    State.WITHDRAWN: _("ingetrokken"),
    State.REVOKED: _("goedkeuring ingetrokken"),
}


UNKNOWN = ""
"""The kind of a draft of which nobody has said yet what it is; it can be no part of a dossier."""

PENDING = frozenset({State.DRAFT, State.SUBMITTED, State.CHECKING, State.IN_REVIEW})


class Relation(StrEnum):
    """What a version is to the one before it."""

    FIRST = "first"
    CORRECTION = "correction"
    RENEWAL = "renewal"
    CHANGE = "change"


RELATION_NAMES: dict[Relation, Text] = {
    Relation.FIRST: _("eerste versie"),
    Relation.CORRECTION: _("verbetering: de vorige versie telt niet meer"),
    Relation.RENEWAL: _("vernieuwing: beide tellen, elk over de eigen periode"),
    Relation.CHANGE: _("wijziging per een dag: de vorige versie eindigt dan"),
}


class FactSource(StrEnum):
    """Who vouches for a fact set; only confirmed facts count."""

    SUBMITTED = "submitted"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"


class ReadingState(StrEnum):
    """How far the machine is with reading a draft."""

    WAITING = "waiting"
    READ = "read"
    UNREAD = "unread"


class ScanState(StrEnum):
    """What is known of viruses in a file."""

    WAITING = "waiting"
    CLEAN = "clean"
    INFECTED = "infected"
    NOT_SCANNED = "not_scanned"


class Document(db.Base):
    """One thing of the real world: this policy, that mark, the accounts of one year."""

    __tablename__ = "documents"
    __table_args__ = (Index(None, "company_id", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Company.organisation_id))
    kind: Mapped[str]
    title: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    needed_by: Mapped[date | None] = mapped_column(default=None)

    company: Mapped[Company] = relationship(init=False, lazy="joined", innerjoin=True)
    versions: Mapped[list["Version"]] = relationship(
        init=False, lazy="selectin", order_by="Version.number", viewonly=True, back_populates="document"
    )

    @property
    def pending(self) -> "Version | None":
        """The version that is still on its way to a decision; there is at most one."""
        return next((item for item in self.versions if item.state in PENDING), None)

    @property
    def latest(self) -> "Version":
        """The version handed in last."""
        return self.versions[-1]


class File(db.Base):
    """Bytes in the store, under a key that is used once."""

    __tablename__ = "files"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    object_key: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str] = mapped_column(index=True)
    crc32: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    name: Mapped[str]
    scan_state: Mapped[ScanState] = mapped_column(db.enum(ScanState), default=ScanState.WAITING)
    stored_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class Version(db.Guarded, Leased, db.Base):
    """What was handed in at one moment. Its bytes and submitted facts never change; only its state moves on."""

    __tablename__ = "versions"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        Index(
            "ix_versions_to_check",
            "submitted_at",
            sqlite_where=text("state IN ('submitted', 'checking')"),
            postgresql_where=text("state IN ('submitted', 'checking')"),
        ),
        Index(None, "valid_until"),
        Index(None, "next_due_on"),
        Index(
            "ix_versions_to_lapse",
            "lapse_due_on",
            sqlite_where=text("lapse_due_on IS NOT NULL"),
            postgresql_where=text("lapse_due_on IS NOT NULL"),
        ),
        Index(
            "ix_versions_to_remind",
            "reminder_due_on",
            sqlite_where=text("reminder_due_on IS NOT NULL"),
            postgresql_where=text("reminder_due_on IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    document_id: Mapped[UUID] = mapped_column(ForeignKey(Document.id))
    number: Mapped[int]
    relation: Mapped[Relation] = mapped_column(db.enum(Relation))
    effective_on: Mapped[date | None] = mapped_column(default=None)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey(File.id), default=None)
    state: Mapped[State] = mapped_column(db.enum(State), default=State.DRAFT)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    submitted_by: Mapped[UUID | None] = mapped_column(default=None)
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    typed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """What somebody typed in the form of a draft so far, as typed and unchecked: the answers by field."""
    # Copies of confirmed facts, for searching; `documents.service.confirm` can rebuild them.
    issued_on: Mapped[date | None] = mapped_column(default=None)
    valid_from: Mapped[date | None] = mapped_column(default=None)
    valid_until: Mapped[date | None] = mapped_column(default=None)
    next_due_on: Mapped[date | None] = mapped_column(default=None)
    lapse_due_on: Mapped[date | None] = mapped_column(default=None)
    """The last valid day of an approved version, until it is recorded that it passed: what the daily job looks for."""
    reminder_due_on: Mapped[date | None] = mapped_column(default=None)
    """The day on which reminders look at an approved version next, None when there is nothing to say about its end."""

    document: Mapped[Document] = relationship(init=False, lazy="joined", innerjoin=True, back_populates="versions")
    file: Mapped[File | None] = relationship(init=False, lazy="joined")
    fact_sets: Mapped[list["FactSet"]] = relationship(init=False, lazy="selectin", order_by="FactSet.id", viewonly=True)

    def submit(self, by: UUID) -> None:
        """The company hands it in."""
        self._move(State.SUBMITTED, State.DRAFT)
        self.submitted_by, self.submitted_at, self.typed = by, clock.now(), None

    def begin_checking(self) -> None:
        """A job took it up; taking it up again after a crash is the same step."""
        self._move(State.CHECKING, State.SUBMITTED, State.CHECKING)

    def send_to_review(self) -> None:
        """The checks are done; a person looks next."""
        self._move(State.IN_REVIEW, State.CHECKING)

    def stay_in_review(self) -> None:
        """One of two reviewers said what he found; another looks next."""
        self._move(State.IN_REVIEW, State.IN_REVIEW)

    def approve(self) -> None:
        """A reviewer, or a rule, found it in order."""
        self._move(State.APPROVED, State.IN_REVIEW)

    def send_back(self) -> None:
        """It cannot count as it is; the company hears why."""
        self._move(State.RETURNED, State.IN_REVIEW, State.CHECKING)

    def revoke(self) -> None:
        """It should not have been approved, or is not right any more; what was judged before stays as it was."""
        self._move(State.REVOKED, State.APPROVED)
        self.lapse_due_on = self.reminder_due_on = None

    def withdraw(self) -> None:
        """The company takes it back; what was released in a bundle stays there."""
        self._move(State.WITHDRAWN, State.DRAFT, State.SUBMITTED, State.CHECKING, State.IN_REVIEW, State.APPROVED)
        self.withdrawn_at, self.typed = clock.now(), None
        self.lapse_due_on = self.reminder_due_on = None

    def keep(self, typed: dict[str, Any]) -> None:
        """Remember what was typed so far; only a draft is still being filled in."""
        self._move(State.DRAFT, State.DRAFT)
        self.typed = typed

    def _move(self, to: State, *allowed: State) -> None:
        if self.state not in allowed:
            raise Conflict(_("Dit kan niet: deze versie heeft de status “%(state)s”.", state=STATE_NAMES[self.state]))
        self.state = to

    def facts(self, source: FactSource) -> dict[str, Any] | None:
        """The latest fact set of one source."""
        return next((item.facts for item in reversed(self.fact_sets) if item.source == source), None)

    @property
    def is_readable_by_others(self) -> bool:
        """Whether people outside the company may open the file: its scan is done, or the operator runs without one."""
        return self.file is not None and self.file.scan_state in (ScanState.CLEAN, ScanState.NOT_SCANNED)

    @property
    def may_count(self) -> bool:
        """Whether nothing about its file keeps it from being evidence; one without a file is its facts."""
        return self.file is None or self.is_readable_by_others

    @property
    def best_facts(self) -> dict[str, Any]:
        """What is shown: confirmed facts, else what the company said."""
        return self.facts(FactSource.CONFIRMED) or self.facts(FactSource.SUBMITTED) or {}


class FactSet(db.Base):
    """The fields of the kind, as one source read them in one version. A correction is another set."""

    __tablename__ = "fact_sets"
    __table_args__ = (Index(None, "version_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id))
    source: Mapped[FactSource] = mapped_column(db.enum(FactSource))
    facts: Mapped[dict[str, Any]]
    by: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    # Only says that a version is written before its facts.
    version: Mapped[Version] = relationship(init=False, lazy="raise", repr=False)


class Reading(Leased, db.Base):
    """What the machine made of a draft's file: its likely kind, and values for its fields. Nothing of it ever counts.

    `proposals` are by kind and field, each with `value`, `snippet` (the words it was read from) and `is_doubtful`.
    `reason` is a code that tells why nothing was read.
    """

    __tablename__ = "readings"
    __table_args__ = (
        Index(
            "ix_readings_waiting",
            "version_id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id), primary_key=True)
    state: Mapped[ReadingState] = mapped_column(db.enum(ReadingState), default=ReadingState.WAITING)
    reason: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    is_certain: Mapped[bool] = mapped_column(default=False)
    means: Mapped[str] = mapped_column(default="")
    proposals: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    read_at: Mapped[datetime | None] = mapped_column(default=None)

    version: Mapped[Version] = relationship(init=False, lazy="raise", repr=False)

    def of_kind(self, kind: str) -> dict[str, Any]:
        """The proposals for the fields of a kind."""
        return dict(self.proposals.get(kind, {}))


class Lapse(db.Base):
    """That a version stopped being valid: recorded once, for the day on which it happened."""

    __tablename__ = "lapses"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=db.new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey(Version.id), unique=True)
    day: Mapped[date]
    at: Mapped[datetime] = mapped_column(default_factory=clock.now)
