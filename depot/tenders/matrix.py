"""Who meets what, company by company, as of three dates: what a buyer looks through, filters and takes along."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property

import openpyxl
from sqlalchemy import ColumnElement

from depot.access import Action, Actor, authorize
from depot.audit import service as audit
from depot.catalogue.rules import Words
from depot.companies.models import Company
from depot.core import clock, collector
from depot.core.i18n import Text, _
from depot.documents.importing import harmless
from depot.tenders import dossiers, queries
from depot.tenders.dossiers import AsOf
from depot.tenders.judgement import Reason, Verdict
from depot.tenders.models import PARTICIPATION_NAMES, Lot, LotOutcome, Participation, ParticipationState, Tender
from depot.tenders.reasons import sentence
from depot.tenders.requirements import Requirement, RequirementSet
from depot.tenders.rules import Assessment

PAGE = 50

DATE_NAMES: Mapping[AsOf, Text] = {
    AsOf.CLOSING: _("bij de sluiting"),
    AsOf.TODAY: _("vandaag"),
    AsOf.START: _("bij de start van het contract"),
}
VERDICT_NAMES: Mapping[Verdict, Text] = {
    Verdict.MET: _("voldoet"),
    Verdict.NOT_MET: _("voldoet niet"),
    Verdict.MANUAL: _("handmatig beoordelen"),
}


class Outcome(StrEnum):
    """What a buyer looks for, of all requirements or of one."""

    ALL_MET = "alles"
    OPEN = "open"
    NOT_MET = "niet"
    CHANGES = "verandert"


OUTCOME_NAMES: Mapping[Outcome, Text] = {
    Outcome.ALL_MET: _("voldoet aan alles"),
    Outcome.OPEN: _("open vraag"),
    Outcome.NOT_MET: _("voldoet niet"),
    Outcome.CHANGES: _("verandert vóór de start"),
}


@dataclass(frozen=True)
class Cell:
    """The verdicts of one company on one requirement, by date; the first is that at the closing."""

    requirement: Requirement
    assessments: Mapping[AsOf, Assessment]

    @property
    def verdict(self) -> Verdict | None:
        """The verdict at the closing, which is the one that counts."""
        return self.assessments[AsOf.CLOSING].verdict

    @property
    def differs(self) -> bool:
        """Whether the verdict is another on another date."""
        return len({each.verdict for each in self.assessments.values()}) > 1

    @property
    def told(self) -> list[tuple[AsOf, Verdict | None, Text, str]]:
        """Date, verdict, reason and the document that decided."""
        return [
            (as_of, each.verdict, sentence(each.reason), _document(each.reason))
            for as_of, each in self.assessments.items()
        ]


@dataclass(frozen=True)
class Row:
    """A company that takes part, with its verdicts in the order of the requirements; what goes for other lots is None."""

    participation: Participation
    name: str
    cells: tuple[Cell | None, ...]
    outcomes: Mapping[str, LotOutcome] = field(default_factory=dict)

    @cached_property
    def judged(self) -> tuple[Cell, ...]:
        """The verdicts there are."""
        return tuple(cell for cell in self.cells if cell is not None)

    @property
    def is_waiting(self) -> bool:
        """Whether the municipality still has to select or reject this company, also if that is for one of its lots."""
        row = self.participation
        return row.is_undecided or any(lot not in self.outcomes for lot in row.lots_left(self.outcomes))

    @property
    def states(self) -> Mapping[str, ParticipationState]:
        """How far the company is in each of its lots; where that was not decided yet, as far as it is in the tender."""
        row = self.participation
        state = row.state if row.is_undecided or not self.outcomes else _undecided(row.tender)
        return {lot: self.outcomes[lot].state if lot in self.outcomes else state for lot in row.lots}

    def fits(self, filters: "Filters") -> bool:
        """Whether the company is one that the buyer looks for; who filters by lot asks how far it is in that lot."""
        row, looked_at = self.participation, self.judged
        if filters.lot and filters.lot not in row.lots:
            return False
        if filters.state and (self.states[filters.lot] if filters.lot else row.state) != filters.state:
            return False
        if filters.requirement:
            looked_at = tuple(cell for cell in looked_at if cell.requirement.id == filters.requirement)
        match filters.outcome:
            case None:
                return True
            case Outcome.ALL_MET:
                return bool(looked_at) and all(cell.verdict is Verdict.MET for cell in looked_at)
            case Outcome.OPEN:
                return any(cell.verdict is Verdict.MANUAL for cell in looked_at)
            case Outcome.NOT_MET:
                return any(cell.verdict is Verdict.NOT_MET for cell in looked_at)
            case Outcome.CHANGES:
                return any(cell.differs for cell in looked_at)


@dataclass(frozen=True)
class Filters:
    """What the address asks for; a word that means nothing filters nothing."""

    outcome: Outcome | None = None
    requirement: str = ""
    lot: str = ""
    state: str = ""
    page: int = 1

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> "Filters":
        """The filters in the arguments of an address."""
        outcome, state, page = (arguments.get(name, "") for name in ("oordeel", "stand", "pagina"))
        return cls(
            Outcome(outcome) if outcome in set(Outcome) else None,
            arguments.get("eis", ""),
            arguments.get("perceel", ""),
            state if state in set(ParticipationState) else "",
            int(page) if re.fullmatch(r"[1-9][0-9]{0,5}", page) else 1,
        )

    @property
    def is_any(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.outcome or self.requirement or self.lot or self.state)


@dataclass(frozen=True)
class Matrix:
    """What is asked and judged, the rows that fit, and how many take part at all."""

    requirements: tuple[Requirement, ...]
    dates: tuple[AsOf, ...]
    rows: tuple[Row, ...]
    total: int
    waiting: int
    filters: Filters
    lots: tuple[Lot, ...] = ()
    holders: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def requirement_options(self) -> list[tuple[str, str]]:
        """The requirements to choose from."""
        return [(item.id, f"{item.id} {item.label}") for item in self.requirements]

    @property
    def lot_options(self) -> list[tuple[str, str]]:
        """The lots to choose from."""
        return [(lot.code, f"{lot.code} {lot.title}") for lot in self.lots]

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self.rows) // PAGE))

    @property
    def number(self) -> int:
        """The page that was asked for, or the last."""
        return min(self.filters.page, self.pages)

    @property
    def has_next(self) -> bool:
        """Whether another page follows."""
        return self.number < self.pages

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows of that page."""
        return self.rows[(self.number - 1) * PAGE : self.number * PAGE]


def of(actor: Actor, tender: Tender, filters: Filters) -> Matrix:
    """The matrix of a tender of the actor's municipality, by name; empty until who takes part may be known."""
    authorize(actor, Action.TENDER_READ, tender.municipality_id)
    asked, found = _judged(tender, queries.TAKES_PART) if tender.is_opened else (dossiers.requirements(tender), [])
    if tender.lots:
        decided = queries.outcomes_by_lot([row.participation.id for row in found])
        found = [replace(row, outcomes=decided[row.participation.id]) for row in found]
    return Matrix(
        requirements=_suitability(asked),
        dates=dossiers.dates(tender),
        rows=tuple(row for row in found if row.fits(filters)),
        total=len(found),
        waiting=sum(row.is_waiting for row in found),
        filters=filters,
        lots=tuple(tender.lots),
        holders=queries.lot_holders(tender) if found and tender.lots else {},
    )


def cells(row: Participation) -> Mapping[str, Cell]:
    """The verdicts on one participation by requirement, as of each date."""
    _asked, [found] = _judged(row.tender, Participation.id == row.id)
    return {cell.requirement.id: cell for cell in found.judged}


def own_cells(tender: Tender, company: Company, own: Participation | None) -> Mapping[str, Cell]:
    """The verdicts on a company as it takes part, or as it would alone, by requirement."""
    if own is not None:
        return cells(own)
    asked, verdicts = dossiers.judge_company_dates(tender, company)
    return {cell.requirement.id: cell for cell in _cells(_suitability(asked), verdicts) if cell is not None}


def export(actor: Actor, tender: Tender, filters: Filters, form: str) -> bytes:
    """The rows that fit as CSV or XLSX, a line for each company and requirement; what a program takes for a formula is text."""
    authorize(actor, Action.TENDER_EXPORT, tender.municipality_id)
    found = of(actor, tender, filters)
    audit.record(actor, Action.TENDER_EXPORT, tender, form=form, companies=len(found.rows))
    lines = _lines(tender, found)
    return _csv(lines) if form == "csv" else workbook(str(_("Oordelen")), lines)


def workbook(title: str, lines: Iterable[Sequence[str]]) -> bytes:
    """An XLSX of one sheet; what a program takes for a formula is text."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for line in lines:
        sheet.append(_cleaned(line))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _judged(tender: Tender, chosen: ColumnElement[bool]) -> tuple[RequirementSet, list[Row]]:
    with collector.at_rest():
        asked, found = dossiers.judge_dates(tender, chosen)
        judged = _suitability(asked)
        rows = [_row(judged, each) for each in found]
    return asked, sorted(rows, key=lambda row: (row.name.lower(), row.participation.id))


def _row(judged: Sequence[Requirement], found: dossiers.Dated) -> Row:
    return Row(found.entry.participation, found.entry.name, _cells(judged, found.verdicts))


def _cells(judged: Sequence[Requirement], verdicts: Mapping[AsOf, tuple[Assessment, ...]]) -> tuple[Cell | None, ...]:
    by_requirement: dict[str, dict[AsOf, Assessment]] = {}
    for as_of, assessments in verdicts.items():
        for each in assessments:
            by_requirement.setdefault(each.requirement_id, {})[as_of] = each
    return tuple(Cell(item, by_requirement[item.id]) if item.id in by_requirement else None for item in judged)


def _undecided(tender: Tender) -> ParticipationState:
    """How far a company is where nothing was decided, while it was selected or rejected elsewhere in the tender."""
    return ParticipationState.SHORTLISTED if tender.has_shortlist else ParticipationState.SUBMITTED


def _suitability(asked: RequirementSet) -> tuple[Requirement, ...]:
    return tuple(item for item in asked.requirements if item.rule is not None)


def _document(reason: Reason) -> str:
    """The document that a reason rests on most, with its version; nothing where none was looked at."""
    if "versionId" in reason.values and "document" in reason.values and "number" in reason.values:
        words = reason.values["document"]
        return str(_("%(document)s, versie %(number)s", document=Words(**words), number=reason.values["number"]))
    return next(filter(None, map(_document, reason.parts)), "")


def _lines(tender: Tender, found: Matrix) -> Iterator[list[str]]:
    days = {
        AsOf.CLOSING: clock.day_of(tender.closes_at),
        AsOf.TODAY: clock.today(),
        AsOf.START: tender.contract_starts_on,
    }
    per_lot = [_("Stand per perceel")] if tender.lots else []
    head = [_("Bedrijf"), _("Stand"), _("Percelen"), *per_lot, _("Eis"), _("Omschrijving")]
    for as_of in found.dates:
        when = _("%(date)s (%(day)s)", date=DATE_NAMES[as_of], day=_written(days[as_of]))
        head += [_("Oordeel %(when)s", when=when), _("Reden %(when)s", when=when), _("Document %(when)s", when=when)]
    yield list(map(str, head))
    for row in found.rows:
        who = [row.name, str(PARTICIPATION_NAMES[row.participation.state]), " ".join(row.participation.lots)]
        if tender.lots:
            who.append("; ".join(f"{lot} {PARTICIPATION_NAMES[state]}" for lot, state in row.states.items()))
        for cell in row.judged:
            line = [*who, cell.requirement.id, cell.requirement.label]
            for _as_of, verdict, reason, document in cell.told:
                line += [str(VERDICT_NAMES[verdict]) if verdict else "", str(reason), document]
            yield line


def _written(day: date | None) -> str:
    return day.strftime("%d-%m-%Y") if day else ""


def _printable(text: str) -> str:
    """Without the characters that XML, and so a workbook, cannot hold."""
    return "".join(character for character in text if character >= " " or character in "\n\t")


def _cleaned(line: Iterable[str]) -> list[str]:
    return [harmless(_printable(value)) for value in line]


def _csv(lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(map(_cleaned, lines))
    return text.getvalue().encode("utf-8-sig")
