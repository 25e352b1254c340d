"""The words and the pages of a file that nobody trusts. Runs in the sandbox, and gives plain data."""

import base64
import io
import os
from collections.abc import Iterator
from typing import Any

import PIL.MpoImagePlugin
import PIL.WebPImagePlugin  # noqa: F401 - likewise
import pypdfium2  # type: ignore[import-untyped] # it has none
from PIL import Image, ImageOps
from pypdfium2 import raw

PAGES = 10
CHARACTERS = 60_000
"""How much of a document is read: what a paper says of itself stands at its beginning."""
DOTS = 300
"""Dots an inch of a page that is read by its looks."""
PIXELS = 80_000_000
LONGEST = 4000
"""Dots of the longer side of a picture that is read by its looks: A4 at 340 dots an inch."""
POINTS, A4_HEIGHT = 72, 842
FORMATS = ["PNG", "JPEG"]

Image.MAX_IMAGE_PIXELS = None  # our own limit is asked before anything is unpacked


def words(descriptor: int, _nothing: None) -> dict[str, Any]:
    """The words of a PDF's first pages as [page, left, top, right, bottom, text], and how many pages it has."""
    document = pypdfium2.PdfDocument(_content(descriptor))
    found: list[list[Any]] = []
    left = CHARACTERS
    for number in range(min(len(document), PAGES)):
        page = document[number]
        text = page.get_textpage()
        height, count = page.get_height(), min(text.count_chars(), left)
        found += [[number, *word] for word in _words(text, count, height)]
        left -= count
    return {"pages": min(len(document), PAGES), "words": found}


def page(descriptor: int, number: int) -> dict[str, Any]:
    """One page of a PDF as grey dots in base64, row by row, with its width and height in dots, and the dots a point."""
    document = pypdfium2.PdfDocument(_content(descriptor))
    sheet = document[number]
    scale = min(DOTS / POINTS, LONGEST / max(sheet.get_width(), sheet.get_height(), 1))
    picture = sheet.render(scale=scale, grayscale=True, may_draw_forms=False).to_pil()
    return _dots(picture, scale)


def picture(descriptor: int, _nothing: None) -> dict[str, Any]:
    """A scan as grey dots, upright, as if it were as high as A4."""
    upright = _upright(descriptor, "L")
    upright.thumbnail((LONGEST, LONGEST))
    return _dots(upright, max(upright.size) / A4_HEIGHT)


def count(descriptor: int, _nothing: None) -> int:
    """How many pages a PDF has."""
    return len(pypdfium2.PdfDocument(_content(descriptor)))


def sheet(descriptor: int, asked: dict[str, int]) -> str:
    """One page of a PDF as it looks, so many dots wide, as WebP in base64."""
    page = pypdfium2.PdfDocument(_content(descriptor))[asked["page"]]
    scale = min(asked["width"] / max(page.get_width(), 1), LONGEST / max(page.get_height(), 1))
    return _webp(page.render(scale=scale).to_pil())


def scan(descriptor: int, asked: dict[str, int]) -> str:
    """A scan, upright, at most so many dots wide, as WebP in base64; where it was taken stays behind."""
    upright = _upright(descriptor, "RGB")
    upright.thumbnail((asked["width"], LONGEST))
    return _webp(upright)


def _upright(descriptor: int, mode: str) -> Image.Image:
    with Image.open(io.BytesIO(_content(descriptor)), formats=FORMATS) as found:
        if found.width * found.height > PIXELS:
            raise ValueError("too large")
        found.draft(mode, (LONGEST, LONGEST))
        return ImageOps.exif_transpose(found).convert(mode)


def _webp(picture: Image.Image) -> str:
    made = io.BytesIO()
    picture.save(made, "WEBP", quality=80, method=2, exif=b"")
    return base64.b64encode(made.getvalue()).decode()


def _content(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        return file.read()


def _words(text: Any, count: int, height: float) -> Iterator[list[Any]]:
    """Characters put together to words: a space, a jump to another place or a line's end parts them."""
    signs: list[str] = []
    box = last = [0.0, 0.0, 0.0, 0.0]
    for index in range(count):
        sign = chr(raw.FPDFText_GetUnicode(text.raw, index) or 32)
        if sign.isspace() or not sign.isprintable():
            if signs:
                yield [*box, "".join(signs)]
            signs = []
            continue
        left, bottom, right, top = text.get_charbox(index, loose=True)
        new = [left, height - top, right, height - bottom]
        # The letters of a ligature have one box together.
        if signs and new != last and _is_apart(box, new):
            yield [*box, "".join(signs)]
            signs = []
        box = [box[0], min(box[1], new[1]), new[2], max(box[3], new[3])] if signs else new
        signs.append(sign)
        last = new
    if signs:
        yield [*box, "".join(signs)]


def _is_apart(box: list[float], new: list[float]) -> bool:
    size = max(new[3] - new[1], 1)
    return new[0] - box[2] > 0.4 * size or new[0] < box[2] - size or new[1] >= box[3] or new[3] <= box[1]


def _dots(picture: Image.Image, scale: float) -> dict[str, Any]:
    grey = picture.convert("L")
    return {
        "width": grey.width,
        "height": grey.height,
        "scale": scale,
        "dots": base64.b64encode(grey.tobytes()).decode(),
    }


def _warm_up() -> None:
    """One small picture of each: Python imports and opens then what in the sandbox it is too late for."""
    for name in FORMATS:
        made = io.BytesIO()
        Image.new("RGB", (8, 8)).save(made, name, exif=Image.Exif())
        with Image.open(io.BytesIO(made.getvalue()), formats=FORMATS) as small:
            small.draft("L", (4, 4))
            _dots(ImageOps.exif_transpose(small), 1)
    _webp(Image.new("RGB", (8, 8)))


_warm_up()
