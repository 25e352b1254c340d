"""What can be seen in a PNG or JPEG (ISO/IEC 15948, ISO/IEC 10918-1), told as plain data. Runs in the sandbox."""

import io
from typing import Any

import PIL.MpoImagePlugin  # noqa: F401 - what phones make; Pillow would import it at first use, in the sandbox too late
from PIL import ExifTags, Image

PNG, JPEG = "image/png", "image/jpeg"
FORMATS = {PNG: "PNG", JPEG: "JPEG"}
PIXELS = 80_000_000
"""The most that is unpacked: a sheet of A3 at 600 dots an inch has 70 million, and takes 280 MB."""

Image.MAX_IMAGE_PIXELS = None  # our own limit is asked before anything is unpacked


def look(data: bytes, media_type: str) -> dict[str, Any]:
    """Whether a picture is whole, how large, and whether it says where it was taken; `state` is the first that fails."""
    told: dict[str, Any] = {"state": "whole", "width": 0, "height": 0, "has_location": False}
    try:
        with Image.open(io.BytesIO(data), formats=[FORMATS[media_type]]) as picture:
            told["width"], told["height"] = picture.size
            if picture.width * picture.height > PIXELS:
                return {**told, "state": "too_large"}
            picture.load()
            told["has_location"] = bool(picture.getexif().get_ifd(ExifTags.IFD.GPSInfo))
    except (OSError, SyntaxError, ValueError) as error:
        # Pillow has no words of its own for it: what ended too early and what is broken differ in the sentence alone.
        is_cut = "truncated" in str(error) or (media_type == PNG and b"IEND" not in data[-64:])
        return {**told, "state": "truncated" if is_cut else "damaged"}
    return told


def _warm_up() -> None:
    """One small picture of each: Python imports and opens then what in the sandbox it is too late for."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "x"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    for media_type, name in FORMATS.items():
        made = io.BytesIO()
        Image.new("RGB", (8, 8)).save(made, name, exif=exif)
        look(made.getvalue(), media_type)


_warm_up()
