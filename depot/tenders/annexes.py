"""The requirements of a tender as an annex to its specification: two pages at most for a dozen, as PDF and as a Word file."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as Annex
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Cell

from depot.core import clock
from depot.core.i18n import Text, _, shown, speaking
from depot.core.report import render
from depot.tenders import editor, queries
from depot.tenders.models import Tender
from depot.tenders.reasons import ROLE_NAMES
from depot.tenders.requirements import RequirementKind

TEMPLATE = Path(__file__).parent / "annex" / "annex.typ"
PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HEADER = (_("Nr."), _("Eis"), _("Voor wie, wanneer"), _("Grondslag en bewijs"))
_WIDTHS = (12, 82, 38, 42)
"""Of the columns, in millimetres: together the width of the text on A4."""


def pdf(tender: Tender) -> bytes:
    """The annex as PDF/A-3a and PDF/UA-1, in Dutch; a draft says so."""
    return render(TEMPLATE, content(tender), at=clock.now())


def word(tender: Tender) -> bytes:
    """The same as a Word document (OOXML), to paste from."""
    said = content(tender)
    document = Document()
    _set_page(document, said)
    document.add_heading(said["title"], level=1)
    document.add_paragraph(said["subtitle"])
    if said["draft"]:
        document.add_paragraph().add_run(said["draft"]).bold = True
    for line in said["intro"]:
        document.add_paragraph(line)
    document.add_heading(said["words"]["suitability"], level=2)
    _write_table(document, said)
    for key in ("performance", "award"):
        if said[key]:
            document.add_heading(said["words"][key], level=2)
            for line in said[key]:
                document.add_paragraph(line, style="List Bullet")
    for key in ("deviations", "papers"):
        if said[key]:
            document.add_heading(said["words"][key], level=2)
            for term, line in said[key]:
                paragraph = document.add_paragraph(style="List Bullet")
                paragraph.add_run(f"{term}: ").bold = True
                paragraph.add_run(line)
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def content(tender: Tender) -> dict[str, Any]:
    """What the annex says, in Dutch: texts only, so that both forms say the same."""
    with speaking("nl"):
        row = queries.newest_set(tender)
        lines = editor.lines(tender, row)
        papers = editor.papers(tender)
        on_paper = {paper.request.kind for paper in papers}
        said = {
            "title": _("Eisen aan de inschrijver"),
            "subtitle": _("%(title)s, nummer %(number)s", title=tender.title, number=tender.number),
            "municipality": tender.municipality.name,
            "number": tender.number,
            "draft": _("CONCEPT: deze eisen zijn nog niet gepubliceerd.") if row.published_at is None else "",
            "intro": [
                _(
                    "Set %(number)s. Een bedrijf moet aan de eisen voldoen op de dag van de sluiting, %(day)s.",
                    number=row.number,
                    day=clock.day_of(tender.closes_at),
                ),
                _(
                    "Het bewijs staat in het depot. Een bedrijf levert het daar één keer aan; "
                    "wie een ander bewijsmiddel heeft, mag dat ook gebruiken."
                ),
            ],
            "words": {
                "suitability": _("Wat wordt getoetst"),
                "performance": _("Wat het bedrijf verklaart"),
                "award": _("Wat meetelt bij de gunning"),
                "deviations": _("Begrippen die hier iets anders betekenen"),
                "papers": _("Ook op papier gevraagd"),
            },
            "header": list(HEADER),
            "suitability": [
                _row(line, on_paper) for line in lines if line.requirement.kind is RequirementKind.SUITABILITY
            ],
            "deviations": [(each.definition.term, each.meaning) for each in editor.deviations(tender)],
            "papers": [(paper.kind, paper.request.reason) for paper in papers],
        }
        for kind in (RequirementKind.PERFORMANCE, RequirementKind.AWARD):
            said[str(kind)] = [
                f"{line.requirement.id}: {line.requirement.label}{_lots(line)}"
                for line in lines
                if line.requirement.kind is kind
            ]
        return {key: _told(value) for key, value in said.items()}


def _row(line: editor.Line, on_paper: set[str]) -> dict[str, Any]:
    asked = line.requirement
    roles = [ROLE_NAMES[role] for role in asked.subject.roles] if asked.subject else []
    proof = [_("%(kind)s (in het depot)", kind=kind.name) for kind in line.proof if kind.code not in on_paper]
    proof += [
        _("%(kind)s (in het depot, ook op papier)", kind=kind.name) for kind in line.proof if kind.code in on_paper
    ]
    return {
        "id": asked.id,
        "label": f"{asked.label}{_lots(line)}",
        "sentence": line.sentence,
        "who": [
            _("%(roles)s", roles=roles),
            *([line.asked_at] if line.asked_at else []),
            *([_("hoogstens %(period)s oud", period=line.oldest)] if line.oldest else []),
        ],
        "ground": [*([asked.legal_basis] if asked.legal_basis else []), *(proof or [_("geen document")])],
    }


def _lots(line: editor.Line) -> str:
    lots = line.requirement.lots
    return str(_(" (percelen: %(lots)s)", lots=lots)) if lots else ""


def _told(value: Any) -> Any:
    """The same with each text in the language in force."""
    match value:
        case dict():
            return {key: _told(item) for key, item in value.items()}
        case list() | tuple():
            return [_told(item) for item in value]
        case _:
            return shown(value)


def _set_page(document: Annex, said: dict[str, Any]) -> None:
    document.core_properties.title = f"{said['title']}: {said['subtitle']}"[:255]
    document.core_properties.author = said["municipality"][:255]
    document.core_properties.language = "nl-NL"
    [page] = document.sections
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(18)
    style = document.styles["Normal"]
    style.font.size = Pt(9)
    style.paragraph_format.space_after = Pt(3)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "nl-NL")
    style.element.get_or_add_rPr().append(language)


def _write_table(document: Annex, said: dict[str, Any]) -> None:
    table = document.add_table(rows=1, cols=len(_WIDTHS), style="Table Grid")
    for cell, name in zip(table.rows[0].cells, said["header"], strict=True):
        _write(cell, [name], bold=True)
    # Word repeats the row at the top of each page, and screen readers take it for the header.
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - python-docx has no verb for it
    for line in said["suitability"]:
        number, asked, who, ground = table.add_row().cells
        _write(number, [line["id"]])
        _write(asked, [line["label"]], bold=True)
        asked.add_paragraph(line["sentence"])
        _write(who, line["who"])
        _write(ground, line["ground"])
    for row in table.rows:
        for cell, width in zip(row.cells, _WIDTHS, strict=True):
            cell.width = Mm(width)


def _write(cell: _Cell, lines: Sequence[str | Text], *, bold: bool = False) -> None:
    first, *rest = map(str, lines)
    cell.paragraphs[0].add_run(first).bold = bold
    for line in rest:
        cell.add_paragraph(line)
