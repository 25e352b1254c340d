"""The cells of a CSV or XLSX file (RFC 4180, ISO/IEC 29500) as text, told as plain data. Runs in the sandbox.

What a formula would compute is never computed: a workbook brings the value that its program saved.
"""

import csv
import io
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any

import openpyxl

ZIP = b"PK\x03\x04"
ROWS, COLUMNS, CHARACTERS = 5_001, 50, 500
UNPACKED_BYTES, PARTS = 32 << 20, 500
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
DELIMITERS = ";,\t"


class _TooMuch(Exception):
    """The table is larger than is taken; the argument says in what."""


def read(descriptor: int, _argument: Any) -> dict[str, Any]:
    """The cells of an open file by row, without the empty ones at the end; else `refused` says in what it is too much.

    A file that is no table raises whatever its reader raises.
    """
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        data = file.read()
    try:
        rows = _bounded(_workbook(data) if data.startswith(ZIP) else _text(data))
        return {"refused": None, "rows": rows}
    except _TooMuch as error:
        return {"refused": str(error), "rows": []}


def _bounded(rows: Iterable[list[str]]) -> list[list[str]]:
    found: list[list[str]] = []
    last = 0
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > COLUMNS:
            raise _TooMuch("columns")
        if any(len(cell) > CHARACTERS for cell in cells):
            raise _TooMuch("cell")
        if number > ROWS:
            # A sheet may well be followed by empty rows without end, that only its looks made.
            if cells or number > 10 * ROWS:
                raise _TooMuch("rows")
            continue
        found.append(cells)
        last = number if cells else last
    return found[:last]


def _text(data: bytes) -> Iterator[list[str]]:
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("binary")
    text = _decoded(data)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lower().startswith("sep=") and len(first) == len("sep=;"):
        delimiter, text = first[-1], text.partition("\n")[2]
    else:
        delimiter = max(DELIMITERS, key=first.count)
    return iter(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _decoded(data: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding)
    with suppress(UnicodeDecodeError):
        return data.decode()
    return data.decode("cp1252")


def _workbook(data: bytes) -> Iterator[list[str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = package.infolist()
    # What a part says of its size is all that is ever unpacked of it.
    if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED_BYTES:
        raise _TooMuch("unpacked")
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(max_col=COLUMNS + 1, values_only=True):
        yield [_shown(value) for value in row]


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "ja" if value else "nee"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case float():
            return f"{round(value, 4):f}".rstrip("0").rstrip(".")
        case _:
            return str(value)


def _workbook_of(*values: Any) -> bytes:
    book = openpyxl.Workbook()
    for sheet in book.worksheets:
        sheet.append(values)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


# Reading one of each now makes Python import and open what it needs; in the sandbox that is too late.
for _mark in BYTE_ORDER_MARKS:
    _decoded(_mark)
list(_workbook(_workbook_of("tekst", 1, 0.5, date(2026, 1, 1))))
