"""What can be seen in a file, mostly in a PDF (ISO 32000-2), as plain data. Runs in the sandbox; `rules` judges it.

Every part is told apart, so that one that fails costs only itself.
"""

import base64
import io
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import pikepdf
import pypdfium2  # type: ignore[import-untyped]

from depot.verification import pictures, signatures

PDF = "application/pdf"
HEAD = TAIL = 1024
MAGIC = (
    (b"\x89PNG\r\n\x1a\n", pictures.PNG),
    (b"\xff\xd8\xff", pictures.JPEG),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-elf"),
)

TEXT_PAGES = 50
TEXT_CHARACTERS = 1_000_000
EMBEDDED_BYTES = 16 << 20
EMBEDDED_FILES = 100
WARNINGS = 5
NAME_CHARACTERS = 200

ACTIONS = {
    "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/RichMediaExecute",
    "/Rendition", "/Movie", "/Sound", "/GoTo3DView",
}  # fmt: skip
ACTIVE_ANNOTATIONS = {"/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"}
HARMLESS_OPENINGS = {"/GoTo", "/Named"}

# AES-256 makes qpdf open the system's source of random numbers, which it keeps; in the sandbox that is too late
pikepdf.new().save(io.BytesIO(), encryption=pikepdf.Encryption(owner="", user="", R=6))


def inspect(descriptor: int, question: Mapping[str, Any]) -> dict[str, Any]:
    """Tell what an open file is and holds; a part that failed is None and has its exception's name in `errors`.

    The question holds whom to trust (`anchors`) and the present time (`moment`, ISO 8601).
    """
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        data = file.read()
    told: dict[str, Any] = {
        "size": len(data),
        "media_type": media_type(data),
        "has_end": b"%%EOF" in data[-TAIL:],
        "errors": {},
    }
    if told["media_type"] in pictures.FORMATS:
        _tell(told, "picture", lambda: pictures.look(data, told["media_type"]))
    if told["media_type"] != PDF:
        return told
    _tell(told, "opening", lambda: _opening(data))
    if told["opening"] and told["opening"]["state"] == "opened":
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            _tell(told, "pages", lambda: len(pdf.pages))
            _tell(told, "active_content", lambda: _active_content(pdf))
            _tell(told, "embedded", lambda: _embedded(pdf))
        _tell(told, "text", lambda: _text(data))
    _tell(told, "signatures", lambda: _signatures(told, data, question))
    return told


def media_type(data: bytes) -> str:
    """The type that the first bytes show, whatever the name says; a PDF may begin within the first 1,024 bytes."""
    if not data:
        return "application/x-empty"
    for magic, name in MAGIC:
        if data.startswith(magic):
            return name
    if b"%PDF-" in data[:HEAD]:
        return PDF
    with suppress(UnicodeDecodeError):
        if b"\0" not in data:
            data.decode()
            return "text/plain"
    return "application/octet-stream"


def _tell(told: dict[str, Any], part: str, look: Callable[[], Any]) -> None:
    try:
        told[part] = look()
    except MemoryError:
        raise  # the whole child is at its limit
    except Exception as error:  # noqa: BLE001 - the border of a check: readers of hostile files raise anything
        told[part] = None
        told["errors"][part] = type(error).__name__


def _opening(data: bytes) -> dict[str, Any]:
    """Whether it opens without a password; `warnings` are what had to be repaired, `is_encrypted` tells of limits."""
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            pages = len(pdf.pages)  # a damaged page tree shows only now
            warnings = [_clean(warning) for warning in pdf.get_warnings()]
            # a file may open with an empty owner's password that no reader program tries
            return {
                "state": "locked" if pdf.is_encrypted and not pdf.user_password_matched else "opened",
                "is_encrypted": pdf.is_encrypted,
                "is_damaged": bool(warnings) or (pages == 0 and not _has_end(data)),
                "warnings": warnings[:WARNINGS],
            }
    except pikepdf.PasswordError:
        return {"state": "locked", "is_encrypted": True, "is_damaged": False, "warnings": []}
    except pikepdf.PdfError as error:
        # qpdf knows the password handler only; a file locked to certificates is as closed to us
        is_locked = "encryption filter" in str(error) or "encryption dictionary" in str(error)
        state = "locked" if is_locked else "closed"
        return {"state": state, "is_encrypted": is_locked, "is_damaged": True, "warnings": [_clean(error)]}


def _has_end(data: bytes) -> bool:
    return b"%%EOF" in data[-TAIL:]


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary and stream, also those inside others and those that no page reaches."""
    for whole in [pdf.trailer, *pdf.objects]:
        waiting = [whole]
        while waiting:
            item = waiting.pop()
            if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
                yield item
                inside: Iterable[pikepdf.Object] = [value for _key, value in item.items()]
            elif isinstance(item, pikepdf.Array):
                inside = item.as_list()
            else:
                continue
            waiting += [value for value in inside if isinstance(value, pikepdf.Object) and not value.is_indirect]


def _active_content(pdf: pikepdf.Pdf) -> dict[str, int]:
    """How often each kind of active content occurs: actions by their type, AA, OpenAction, XFA and media."""
    found: Counter[str] = Counter()
    for item in _dictionaries(pdf):
        action = _name(item.get("/S"))
        if action in ACTIONS or "/JS" in item:
            found[action if action in ACTIONS else "/JavaScript"] += 1
        if _name(item.get("/Subtype")) in ACTIVE_ANNOTATIONS:
            found[_name(item.get("/Subtype"))] += 1
        found.update(key for key in ("/AA", "/XFA") if key in item)
        opening = item.get("/OpenAction")
        if isinstance(opening, pikepdf.Dictionary) and _name(opening.get("/S")) not in HARMLESS_OPENINGS:
            found["/OpenAction"] += 1
    return {name.removeprefix("/"): number for name, number in sorted(found.items())}


def _embedded(pdf: pikepdf.Pdf) -> dict[str, Any]:
    """Files inside the file with their bytes in base64; `unread` counts those that are broken or pass the limit."""
    streams: dict[tuple[int, int], tuple[str, pikepdf.Object]] = {}
    for item in _dictionaries(pdf):
        held = item.get("/EF")
        if isinstance(held, pikepdf.Dictionary):
            name = _clean(item.get("/UF", item.get("/F", "")))
            streams |= {value.objgen: (name, value) for _key, value in held.items() if _is_stream(value)}
        elif _is_stream(item) and _name(item.get("/Type")) == "/EmbeddedFile":
            streams.setdefault(item.objgen, ("", item))
    files: list[dict[str, Any]] = []
    left = EMBEDDED_BYTES
    for name, stream in list(streams.values())[:EMBEDDED_FILES]:
        try:
            content = stream.read_bytes()
        except (pikepdf.PdfError, MemoryError, NotImplementedError):
            continue
        if len(content) <= left:
            left -= len(content)
            files.append({"name": name, "size": len(content), "data": base64.b64encode(content).decode()})
    return {"files": files, "unread": len(streams) - len(files)}


def _text(data: bytes) -> dict[str, Any]:
    """The text of the first pages; `is_whole` tells whether that is all of it."""
    document = pypdfium2.PdfDocument(data)
    parts: list[str] = []
    left = TEXT_CHARACTERS
    for number in range(min(len(document), TEXT_PAGES)):
        page = document[number].get_textpage()
        part = page.get_text_bounded()[:left] if page.count_chars() else ""
        parts.append(_clean(part, left, keep="\n\t"))
        left -= len(part)
    is_whole = len(document) <= TEXT_PAGES and left > 0
    return {"text": "\n".join(parts), "is_whole": is_whole}


def _signatures(told: Mapping[str, Any], data: bytes, question: Mapping[str, Any]) -> dict[str, Any]:
    """The signatures; one that no reader would list is told as a problem, for somebody may have taken it out of sight."""
    found: dict[str, Any] = {"signatures": [], "problem": ""}
    if b"/ByteRange" not in data:  # stands in the clear, since a signature is kept at a fixed place
        return found
    if told["opening"] and told["opening"]["state"] == "opened":
        found = signatures.look(data, question["anchors"], datetime.fromisoformat(question["moment"]))
    return found if found["signatures"] or found["problem"] else {**found, "problem": "out_of_sight"}


def _is_stream(value: Any) -> bool:
    return isinstance(value, pikepdf.Stream)


def _name(value: Any) -> str:
    return str(value) if isinstance(value, pikepdf.Name) else ""


def _clean(value: Any, limit: int = NAME_CHARACTERS, keep: str = "") -> str:
    """Text that every database takes: no control characters, no half characters, not endless."""
    text = str(value)[:limit].replace("\r\n", "\n").encode("utf-8", "replace").decode()
    lines = text.split("\n") if "\n" in keep else [text]
    # most lines are whole, and to look at each character takes longer than to read the page
    return "\n".join(line if line.isprintable() else _printable(line, keep) for line in lines)


def _printable(text: str, keep: str) -> str:
    return "".join(character for character in text if character.isprintable() or character in keep)
