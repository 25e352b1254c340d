"""Papers for crowds: a page of plain text in a small PDF, quick to make and as readable as any other."""

from collections.abc import Sequence
from io import BytesIO

import pikepdf

TOP, LEFT, LEADING = 780, 50, 16
ESCAPED = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})


def plain(lines: Sequence[str]) -> bytes:
    """One A4 page that shows these lines; the same lines give the same bytes. A sign outside Windows-1252 becomes "?"."""
    shown = "".join(f"({line.translate(ESCAPED)}) Tj T*\n" for line in lines)
    stream = f"BT /F1 11 Tf {LEADING} TL {LEFT} {TOP} Td\n{shown}ET".encode("cp1252", errors="replace")
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    page.Contents = document.make_stream(stream)
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name.Helvetica,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    data = BytesIO()
    document.save(data, compress_streams=False, deterministic_id=True)
    return data.getvalue()
