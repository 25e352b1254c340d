"""From the table that a company brings to the rows of a list, with what is wrong by row and column. Pure.

Data that nobody needs are refused before anything is kept: citizen service numbers, days of birth and names
(GDPR art. 5(1)(c), UAVG art. 46).
"""

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import marshmallow as ma

from depot.catalogue.consistency import holds_citizen_number
from depot.catalogue.rules import ROW_LIMIT, FieldSpec, FieldType
from depot.catalogue.schemas import FORMULA, ROW_ID, as_shown, row_schema
from depot.core.forms import flat, parse_day
from depot.core.i18n import Text, _, speaking

Table = Sequence[Sequence[str]]

NAMES = frozenset(
    {"naam", "namen", "voornaam", "achternaam", "roepnaam", "voorletters", "initialen", "tussenvoegsel", "voorvoegsel"}
    | {"medewerker", "naammedewerker", "volledigenaam", "name", "firstname", "lastname", "surname", "fullname"}
)
BIRTHS = frozenset(
    {"geboortedatum", "geboortedag", "geboortejaar", "geboren", "gebdatum", "gebdat", "leeftijd"}
    | {"birthdate", "dateofbirth", "dob", "birthday", "age"}
)
CITIZEN_NUMBERS = frozenset({"bsn", "bsnnummer", "burgerservicenummer", "sofi", "sofinummer", "citizenservicenumber"})
ADULT_SINCE = date(2012, 1, 1)
"""A day before this in a column that the list does not know is taken for a day of birth."""
WRONG_SHOWN = 100


@dataclass(frozen=True)
class Cell:
    """One cell as it came, and what is wrong with it."""

    label: str
    value: str
    wrong: tuple[Text, ...] = ()


@dataclass(frozen=True)
class WrongRow:
    """A row that cannot be taken over, by its number in the file."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Preview:
    """What a table would become: its rows as the list's schema loads them, unless something is wrong.

    `wrong` is about the table or its columns, `wrong_rows` are the first rows with mistakes of `wrong_count`.
    """

    rows: tuple[Mapping[str, Any], ...] = ()
    wrong: tuple[Text, ...] = ()
    wrong_rows: tuple[WrongRow, ...] = ()
    wrong_count: int = 0

    @property
    def is_right(self) -> bool:
        """Whether its rows can be taken over."""
        return not self.wrong and not self.wrong_count


def preview(spec: FieldSpec, table: Table) -> Preview:
    """Read a table by its first row, which names the columns in any order; rows without any value are passed over."""
    filled = [(number, row) for number, row in enumerate(table, start=1) if any(cell.strip() for cell in row)]
    if not filled:
        return Preview(wrong=(_("Het bestand is leeg. Zet op de eerste rij de namen van de kolommen."),))
    (_first, header), rows = filled[0], filled[1:]
    columns, wrong = _columns(spec, header, [row for _number, row in rows])
    if wrong:
        return Preview(wrong=tuple(wrong))
    if not rows:
        return Preview(wrong=(_("Onder de namen van de kolommen staat geen enkele rij."),))
    if len(rows) > ROW_LIMIT:
        return Preview(wrong=(_("Een lijst heeft ten hoogste %(limit)s rijen.", limit=ROW_LIMIT),))
    return _rows(spec, columns, rows)


def _columns(spec: FieldSpec, header: Sequence[str], rows: Table) -> tuple[dict[int, FieldSpec], list[Text]]:
    known = {name: column for column in spec.columns for name in _names_of(column)}
    columns: dict[int, FieldSpec] = {}
    wrong: list[Text] = []
    for place in range(max(map(len, (header, *rows)))):
        title = header[place].strip() if place < len(header) else ""
        values = [row[place] for row in rows if place < len(row) and row[place].strip()]
        column = known.get(_plain(title))
        if column is None:
            if (title or values) and _plain(title) != _plain(ROW_ID):
                wrong.append(_refusal(title or _("kolom %(number)s", number=place + 1), _plain(title), values))
        elif column in columns.values():
            wrong.append(_("De kolom „%(title)s” staat er twee keer in.", title=column.label))
        else:
            columns[place] = column
    wrong += [
        _("De kolom „%(title)s” ontbreekt.", title=column.label)
        for column in spec.columns
        if column.is_required and column not in columns.values()
    ]
    return columns, wrong


def _names_of(column: FieldSpec) -> set[str]:
    return {_plain(name) for name in (column.name, column.label.nl, column.label.en, *column.aliases)}


def _plain(text: str) -> str:
    """A name without capitals, accents, spaces and signs."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKD", text).casefold()).encode("ascii", "ignore").decode()


def _refusal(title: str | Text, name: str, values: Sequence[str]) -> Text:
    if name in CITIZEN_NUMBERS or any(holds_citizen_number(value) for value in values):
        return _(
            "In de kolom „%(title)s” staan burgerservicenummers. Het depot mag die niet hebben. Haal de kolom weg.",
            title=title,
        )
    if name in BIRTHS or any(_is_birth(value) for value in values):
        return _(
            "In de kolom „%(title)s” staan geboortedata. Die zijn niet nodig om uw ervaring te tonen. Haal de kolom weg.",
            title=title,
        )
    if name in NAMES:
        return _(
            "In de kolom „%(title)s” staan namen. Het depot bewaart geen namen van medewerkers. Haal de kolom weg.",
            title=title,
        )
    return _("De kolom „%(title)s” hoort niet in deze lijst. Haal de kolom weg, of verander de naam.", title=title)


def _is_birth(value: str) -> bool:
    try:
        return parse_day(value.strip()) < ADULT_SINCE
    except ValueError:
        return False


def _rows(spec: FieldSpec, columns: Mapping[int, FieldSpec], rows: Sequence[tuple[int, Sequence[str]]]) -> Preview:
    schema = row_schema(spec)()
    codes = {column.name: _codes(column) for column in columns.values() if column.type is FieldType.CHOICE}
    taken: list[Mapping[str, Any]] = []
    wrong: list[WrongRow] = []
    wrong_count = 0
    for number, row in rows:
        cells = {column.name: row[place].strip() for place, column in columns.items() if place < len(row)}
        values = {
            name: codes[name].get(_plain(value), value) if name in codes else value
            for name, value in cells.items()
            if value
        }
        try:
            taken.append(schema.load(values))
        except ma.ValidationError as error:
            wrong_count += 1
            if wrong_count <= WRONG_SHOWN:
                said = flat(error.messages)  # type: ignore[arg-type] # a row's messages are by column
                shown = [
                    Cell(str(column.label), cells.get(column.name, ""), tuple(said.get(column.name, ())))
                    for column in columns.values()
                ]
                wrong.append(WrongRow(number, tuple(shown)))
    return Preview(tuple(taken) if not wrong_count else (), (), tuple(wrong), wrong_count)


def _codes(column: FieldSpec) -> dict[str, str]:
    return {_plain(name): code for code, words in column.choices for name in (code, words.nl, words.en)}


def to_csv(spec: FieldSpec, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A list as a CSV file that spreadsheet programs in Dutch open well, and that can be brought in again.

    Without rows it is a template. What a program could take for a formula begins with an apostrophe (CWE-1236).
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    with speaking("nl"):
        writer.writerow([column.label.nl for column in spec.columns])
        for row in rows:
            writer.writerow([harmless(_written(column, row.get(column.name))) for column in spec.columns])
    return text.getvalue().encode("utf-8-sig")


def _written(column: FieldSpec, value: Any) -> str:
    match column.type:
        case _ if value is None:
            return ""
        case FieldType.DAY:
            return date.fromisoformat(value).strftime("%d-%m-%Y")
        case FieldType.NUMBER:
            return str(value).replace(".", ",")
        case _:
            return as_shown(column, value)


def harmless(text: str) -> str:
    """A text that no spreadsheet program takes for a formula (CWE-1236)."""
    return f"'{text}" if text.startswith((*FORMULA, "\t", "\r")) else text
