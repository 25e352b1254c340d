"""From a table to rows: what is taken, what is refused, and never a crash."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depot.catalogue.schemas import rows_to_json
from depot.catalogue.service import FOLDER, load
from depot.core.paging import Part
from depot.documents.importing import preview, to_csv

SPEC = load(FOLDER).kinds["qualified_staff_list"].list_field
HEADER = ["Functie", "Opleidingsniveau", "Fte"]
GOOD = ["jobcoach", "hbo", "0,8"]


def wrong(header, *rows):
    return [str(text) for text in preview(SPEC, [header, *rows]).wrong]


def cells(found):
    return {
        (row.number, cell.label): str(cell.wrong[0]) for row in found.wrong_rows for cell in row.cells if cell.wrong
    }


def test_rows_are_read_by_the_names_of_the_columns_in_any_order():
    table = [
        [],
        ["FTE", "niveau", "functie", "VOG"],
        ["0,8", "HBO", "Job coach", "1-2-2024"],
        ["", "  "],
        ["1", "wo", "trainer"],
    ]
    found = preview(SPEC, table)
    assert found.is_right
    assert rows_to_json(SPEC, found.rows) == [
        {"rowId": "r1", "roleCode": "job_coach", "qualificationLevel": "hbo", "fte": "0.8", "vogDate": "2024-02-01"},
        {"rowId": "r2", "roleCode": "trainer", "qualificationLevel": "wo", "fte": "1"},
    ]


@pytest.mark.parametrize("title", ["Functie", "functienaam", "ROL", "rôl", "roleCode", "Role", " functie: "])
def test_people_call_a_column_by_many_names(title):
    assert preview(SPEC, [[title, *HEADER[1:]], GOOD]).is_right


@pytest.mark.parametrize(
    ("title", "value", "sentence"),
    [
        ("BSN", "", "In de kolom „BSN” staan burgerservicenummers."),
        ("Personeelsnummer", "111222333", "In de kolom „Personeelsnummer” staan burgerservicenummers."),
        ("Nummer", "111.222.333", "In de kolom „Nummer” staan burgerservicenummers."),
        ("Geboortedatum", "", "In de kolom „Geboortedatum” staan geboortedata."),
        ("Datum", "14-03-1985", "In de kolom „Datum” staan geboortedata."),
        ("Datum", "1985-03-14", "In de kolom „Datum” staan geboortedata."),
        ("Voornaam", "Iemand", "In de kolom „Voornaam” staan namen."),
        ("Achter-naam", "Iemand", "In de kolom „Achter-naam” staan namen."),
        ("Kleur", "blauw", "De kolom „Kleur” hoort niet in deze lijst."),
        ("", "blauw", "De kolom „kolom 4” hoort niet in deze lijst."),
        ("Datum", "14-03-2020", "De kolom „Datum” hoort niet in deze lijst."),
        ("Rol", "jobcoach", "De kolom „Functie” staat er twee keer in."),
    ],
)
def test_a_column_that_nobody_needs_is_refused_by_name(title, value, sentence):
    found = wrong([*HEADER, title], [*GOOD, value])
    assert len(found) == 1
    assert found[0].startswith(sentence)


def test_everything_that_is_wrong_with_the_columns_is_said_at_once():
    found = wrong(["Naam", "BSN", "Functie"], ["Iemand", "111222333", "jobcoach"])
    assert len(found) == 4
    assert "De kolom „Fte” ontbreekt." in found


def test_an_empty_table_says_what_is_expected():
    assert wrong([], []) == ["Het bestand is leeg. Zet op de eerste rij de namen van de kolommen."]
    assert wrong(HEADER) == ["Onder de namen van de kolommen staat geen enkele rij."]


def test_mistakes_are_told_by_row_of_the_file_and_column_and_nothing_is_taken():
    found = preview(SPEC, [HEADER, GOOD, [], ["jobcoach", "vmbo", "acht"], ["", "hbo", "2"]])
    assert not found.rows
    assert found.wrong_count == 2
    assert cells(found) == {
        (4, "Opleidingsniveau"): "Kies een van de mogelijkheden.",
        (4, "Fte"): "Schrijf een getal.",
        (5, "Functie"): "Vul dit in.",
    }
    assert [cell.value for cell in found.wrong_rows[0].cells] == ["jobcoach", "vmbo", "acht"]


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+31", "-x", "@SUM(A1)"])
def test_what_a_program_could_take_for_a_formula_is_refused(text):
    found = preview(SPEC, [[*HEADER, "Richting"], [*GOOD, text]])
    assert cells(found) == {(2, "Opleidingsrichting"): "Een tekst in een lijst mag niet beginnen met =, +, - of @."}


def test_a_citizen_number_in_a_known_column_is_refused_too():
    found = preview(SPEC, [[*HEADER, "Richting"], [*GOOD, "1112 22 333"]])
    assert "burgerservicenummer" in cells(found)[2, "Opleidingsrichting"]


def test_a_list_that_is_downloaded_can_be_brought_in_again():
    row = ["jobcoach", "hbo", "0,8", "Social work", "Noloc RL", "31-12-2027", "12", "loondienst", "01-02-2024", "3"]
    header = [
        *HEADER,
        "Richting",
        "Registratie",
        "Registratie tot",
        "Ervaring",
        "Dienstverband",
        "VOG",
        "Ervaring jongeren",
    ]
    rows = rows_to_json(SPEC, preview(SPEC, [header, row]).rows)
    table = list(csv.reader(io.StringIO(to_csv(SPEC, rows).decode("utf-8-sig")), delimiter=";"))
    assert rows_to_json(SPEC, preview(SPEC, table).rows) == rows
    assert len(to_csv(SPEC, []).decode("utf-8-sig").splitlines()) == 1


@given(st.text(max_size=20))
def test_no_cell_that_leaves_begins_like_a_formula(text):
    data = to_csv(SPEC, [{"fieldOfStudy": text}]).decode("utf-8-sig")
    for row in list(csv.reader(io.StringIO(data, newline=""), delimiter=";"))[1:]:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


TITLES = st.sampled_from([*HEADER, "BSN", "naam", "VOG", "rowId", "", "Ervaring"]) | st.text(max_size=12)
VALUES = st.sampled_from(["jobcoach", "hbo", "0,8", "111222333", "14-03-1985", "=1", ""]) | st.text(max_size=12)


@settings(deadline=None)
@given(st.lists(TITLES, max_size=8), st.lists(st.lists(VALUES, max_size=8), max_size=8))
def test_any_table_is_taken_or_refused_with_reasons_and_never_crashes(header, rows):
    found = preview(SPEC, [header, *rows])
    assert found.is_right == bool(found.rows)
    assert all(str(text) for text in found.wrong)
    assert found.is_right or found.wrong or found.wrong_rows


@given(st.integers(0, 200), st.integers(-5, 50))
def test_every_row_is_on_one_page(count, asked):
    rows = [{"place": place} for place in range(1, count + 1)]
    part = Part(rows, asked, 50)
    assert 1 <= part.number <= part.pages
    assert [row["place"] for row in part.rows] == list(range(part.first, min(part.first + 50, count + 1)))
    assert sum(len(Part(rows, number, 50).rows) for number in range(1, part.pages + 1)) == count
