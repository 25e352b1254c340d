"""Which files may be deposited, told by their first bytes and not by their names. Pure."""

from collections.abc import Mapping

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
ENDINGS: Mapping[str, tuple[str, ...]] = {PDF: (".pdf",), PNG: (".png",), JPEG: (".jpg", ".jpeg")}
"""The types that are taken, with the endings that a name of each may have; the first is given to a name without."""

SIGNATURES = ((PNG, b"\x89PNG\r\n\x1a\n"), (JPEG, b"\xff\xd8\xff"))


def media_type_of(head: bytes) -> str | None:
    """The type of a file that may be deposited, from its first 1,024 bytes; None of any other."""
    for media_type, signature in SIGNATURES:
        if head.startswith(signature):
            return media_type
    return PDF if b"%PDF-" in head else None


def named(name: str, media_type: str) -> str:
    """A file name that ends as its type does, so that it opens in the right program wherever it travels."""
    endings = ENDINGS[media_type]
    return name if name.lower().endswith(endings) else name + endings[0]
