"""Files to deposit."""

import secrets
from io import BytesIO

import pikepdf

from tests import factories

LINE, LINES = 90, 55


def pdf(size: int, number: str) -> bytes:
    """A PDF of about `size` bytes: pages of text, a KvK number on the first; no two are the same."""
    document = pikepdf.open(BytesIO(factories.pdf(number)))
    first = document.pages[0]
    for _page in range(size // ((LINE + 15) * LINES)):
        lines = [f"0 -14 Td ({secrets.token_hex(LINE // 2)}) Tj" for _line in range(LINES)]
        page = document.add_blank_page(page_size=(595, 842))
        page.Contents = document.make_stream(f"BT /F1 8 Tf 40 820 Td {' '.join(lines)} ET".encode())
        page.Resources = first.Resources
    data = BytesIO()
    document.save(data, compress_streams=False)
    return data.getvalue()


def heavy(size: int, number: str) -> bytes:
    """A PDF of about `size` bytes that is mostly picture, as a scan is."""
    document = pikepdf.open(BytesIO(factories.pdf(number)))
    document.pages[0].Resources.XObject = pikepdf.Dictionary(Picture=document.make_stream(secrets.token_bytes(size)))
    data = BytesIO()
    document.save(data, compress_streams=False)
    return data.getvalue()
