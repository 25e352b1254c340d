"""Files of lists, read in the sandbox: tables, bombs and noise."""

import io
import tempfile
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depot.core import sandbox
from depot.documents import sheets


def read(data, seconds=10):
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return sandbox.run(sheets.read, file, seconds=seconds)


def rows(data):
    told = read(data)
    assert (told.outcome, told.value["refused"]) == (sandbox.Outcome.OK, None)
    return told.value["rows"]


def refused(data):
    told = read(data)
    assert told.outcome is sandbox.Outcome.OK
    return told.value["refused"]


def workbook(*lines):
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"Functie;Fte\njobcoach;0,8\n",
        '\ufeffFunctie,Fte\r\njobcoach,"0,8"\r\n\r\n;;\r\n'.encode().replace(b";;", b",,"),
        "Functie\tFte\njobcoach\t0,8".encode("utf-16"),
        b"sep=;\nFunctie;Fte\njobcoach;0,8",
    ],
)
def test_a_csv_is_read_however_it_was_saved(data):
    assert rows(data) == [["Functie", "Fte"], ["jobcoach", "0,8"]]


def test_a_csv_of_an_old_windows_program_is_read():
    assert rows("Opleiding;één".encode("cp1252")) == [["Opleiding", "één"]]


def test_a_workbook_is_read_with_its_days_and_numbers():
    data = workbook(
        ["Functie", "Fte", "VOG", "x"],
        ["jobcoach", 0.8, date(2024, 2, 1), True],
        [],
        [None, 12, datetime(2024, 2, 1, 9)],  # noqa: DTZ001 - a workbook's times have no zone
    )
    assert rows(data) == [
        ["Functie", "Fte", "VOG", "x"],
        ["jobcoach", "0.8", "2024-02-01", "ja"],
        [],
        ["", "12", "2024-02-01T09:00:00"],
    ]


def test_a_formula_is_not_computed_and_not_kept():
    assert rows(workbook(["Functie"], ["=1+1"])) == [["Functie"]]


def test_a_list_of_five_thousand_rows_is_read_within_seconds():
    data = workbook(["Functie", "Niveau", "Fte", "VOG"], *[["jobcoach", "hbo", 0.8, "2024-02-01"]] * 5000)
    assert len(rows(data)) == 5001


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a\n" * 5002, "rows"),
        (b";" * 50 + b"x", "columns"),
        (b"x" * 501, "cell"),
        (workbook(["x"] * 51), "columns"),
    ],
    ids=["rows", "columns", "cell", "columns of a workbook"],
)
def test_a_table_that_is_too_large_says_in_what(data, reason):
    assert refused(data) == reason


def bomb(size):
    """A workbook of which one part unpacks to many bytes."""
    data = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["x"]))) as source,
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", b" " * size + b"</sheetData>")
            target.writestr(part.filename, content)
    return data.getvalue()


def test_a_bomb_is_refused_by_what_it_says_of_itself():
    data = bomb(64 << 20)
    assert len(data) < 1 << 20
    assert refused(data) == "unpacked"


def test_a_bomb_that_lies_about_its_size_is_not_unpacked():
    data = bytearray(bomb(40 << 20))
    size = (40 << 20).to_bytes(4, "little")
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        size = max(part.file_size for part in archive.infolist()).to_bytes(4, "little")
    assert read(bytes(data).replace(size, (1000).to_bytes(4, "little"))).outcome is sandbox.Outcome.CRASHED


def test_a_workbook_of_too_many_parts_is_refused():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for number in range(501):
            archive.writestr(f"part-{number}", "")
    assert refused(data.getvalue()) == "unpacked"


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04", b"PK\x03\x04" + bytes(100), b"\x00\x01\x02", b"%PDF-1.7\n\x00", workbook(["x"])[:-40]]
)
def test_what_is_no_table_is_no_table(data):
    assert read(data).outcome is sandbox.Outcome.CRASHED


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=300)
    | st.binary(max_size=300).map(lambda data: b"PK\x03\x04" + data)
    | st.text(max_size=200).map(str.encode)
)
def test_any_bytes_end_in_a_table_or_a_refusal(data):
    told = read(data)
    assert told.outcome in (sandbox.Outcome.OK, sandbox.Outcome.CRASHED)
    if told.outcome is sandbox.Outcome.OK:
        assert all(isinstance(cell, str) for row in told.value["rows"] for cell in row)
