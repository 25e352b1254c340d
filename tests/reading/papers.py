"""Papers to be read: words set on a page, as a PDF with text or as a picture of one."""

from collections.abc import Sequence
from io import BytesIO

import pikepdf
import pypdfium2
from PIL import Image

from depot.reading.layout import Line, Word, lines_of

SIZE, LEAD, WIDTH = 11, 18, 6.1
TABLE = (
    ("Uittreksel Handelsregister", ""),
    ("Kamer van Koophandel", ""),
    ("KvK-nummer", "68750110"),
    ("Statutaire naam", "Test BV Donald"),
    ("Rechtsvorm", "Besloten Vennootschap"),
    ("RSIN", "857587973"),
    ("Statutaire zetel", "Apeldoorn"),
    ("Datum van afgifte", "3 oktober 2026"),
)
"""Labels and values of an extract, for a company of the test register."""


def lines(*rows: Sequence[str]) -> tuple[Line, ...]:
    """Rows of cells, 200 points apart, as the words of a page."""
    return lines_of(word for place, row in enumerate(rows) for word in _words(row, 60 + place * LEAD))


def _words(row: Sequence[str], top: float) -> list[Word]:
    found = []
    for column, cell in enumerate(row):
        left = 50.0 + 200 * column
        for text in cell.split():
            found.append(Word(0, left, top, left + WIDTH * len(text), top + SIZE, text))
            left += WIDTH * (len(text) + 0.5)
    return found


def pdf(rows: Sequence[Sequence[str]] = TABLE, pages: int = 1) -> bytes:
    """The same as a PDF with text."""
    document = pikepdf.new()
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name.Helvetica,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )
    for _page in range(pages):
        page = document.add_blank_page(page_size=(595, 842))
        drawn = "".join(
            f"BT /F1 {SIZE} Tf {50 + 200 * column} {780 - place * LEAD} Td ({cell}) Tj ET\n"
            for place, row in enumerate(rows)
            for column, cell in enumerate(row)
        )
        page.Contents = document.make_stream(drawn.encode("cp1252"))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def picture(rows: Sequence[Sequence[str]] = TABLE) -> Image.Image:
    """The same as a scanner sees it."""
    return pypdfium2.PdfDocument(pdf(rows))[0].render(scale=200 / 72).to_pil().convert("L")


def scan(form: str = "PDF", rows: Sequence[Sequence[str]] = TABLE) -> bytes:
    """A picture of it in a PDF, PNG or JPEG."""
    made = BytesIO()
    picture(rows).save(made, form, resolution=200)
    return made.getvalue()
