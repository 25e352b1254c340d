"""The pages of a file as pictures: what people look at is drawn in the sandbox, so that no reader of theirs opens the file."""

import base64
import binascii
from typing import BinaryIO

from depot.core import sandbox
from depot.reading import papers
from depot.reading.reader import PDF

WIDTHS = (800, 1600)
"""Dots across a page: beside a form, and to look closer."""
MEDIA_TYPE = "image/webp"


def count(file: BinaryIO, media_type: str) -> int:
    """How many pages can be drawn; 0 when nothing of it can. A scan has one."""
    if media_type != PDF:
        return 1
    told = sandbox.run(papers.count, file).value
    return told if isinstance(told, int) and told > 0 else 0


def draw(file: BinaryIO, media_type: str, *, page: int, width: int) -> bytes | None:
    """A page, the first is 1, as WebP; None when there is none or it cannot be drawn."""
    function = papers.sheet if media_type == PDF else papers.scan
    told = sandbox.run(function, file, {"page": page - 1, "width": width}).value
    try:
        made = base64.b64decode(told, validate=True) if isinstance(told, str) else b""
    except binascii.Error:
        return None
    # The child read a hostile file: what it gives goes on as this kind of picture or not at all.
    return made if (made[:4], made[8:12]) == (b"RIFF", b"WEBP") else None
