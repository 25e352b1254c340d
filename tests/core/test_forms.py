from datetime import date
from decimal import Decimal

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.core.errors import Invalid
from depot.core.forms import Amount, Choice, Day, Line, Number, Prose, Schema, check, parse_amount, parse_day
from depot.core.i18n import Text


class Example(Schema):
    name = Line(required=True, data_key="naam", limit=20)
    day = Day(data_key="dag")
    amount = Amount(data_key="bedrag")
    colour = Choice(("rood", "blauw"), data_key="kleur")
    note = Prose(data_key="notitie", limit=50)
    count = Number(is_whole=True, data_key="aantal")


def said(**data: object) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        check(Example(), {"naam": "x", **data})
    return {name: [str(line) for line in lines] for name, lines in caught.value.fields.items()}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.250.000,00", "1250000.00"),
        ("1.250.000", "1250000"),
        ("1250000.00", "1250000.00"),
        ("1250000", "1250000"),
        ("1.250", "1250"),
        ("1,5", "1.5"),
        ("€ 12,50", "12.50"),
        ("0,05", "0.05"),
    ],
)
def test_amounts_are_read_as_people_and_programs_write_them(text: str, amount: str) -> None:
    assert parse_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["1.2.3", "1,2,3", "1.250,000", "12.50,0.0", "", "NaN", "1e5", "1.25.000", "--1", "1_000"]
)
def test_an_amount_that_could_mean_two_things_is_refused(text: str) -> None:
    assert said(bedrag=text) == {"bedrag": ["Schrijf een bedrag als 1.250.000,00."]}


@given(st.decimals(min_value=0, max_value=10**11, places=2, allow_nan=False, allow_infinity=False))
def test_an_amount_reads_the_same_in_dutch_and_in_plain_notation(amount: Decimal) -> None:
    dutch = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    assert parse_amount(dutch) == parse_amount(f"{amount:.2f}") == amount


def test_a_negative_amount_is_refused() -> None:
    assert said(bedrag="-1,00") == {"bedrag": ["Een bedrag kan hier niet negatief zijn."]}


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31)))
def test_a_day_reads_the_same_in_dutch_and_in_iso_notation(day: date) -> None:
    assert (
        parse_day(f"{day:%d-%m-%Y}")
        == parse_day(f"{day.day}/{day.month}/{day.year}")
        == parse_day(day.isoformat())
        == day
    )


@pytest.mark.parametrize("text", ["31-02-2026", "2026-02-31", "29-02-2027"])
def test_a_day_that_does_not_exist_is_named(text: str) -> None:
    assert said(dag=text) == {"dag": [f"{text} bestaat niet."]}


@pytest.mark.parametrize("text", ["morgen", "21-11-26", "11/2026", "2026-1-1"])
def test_a_day_in_another_notation_is_refused_with_an_example(text: str) -> None:
    assert said(dag=text) == {"dag": ["Schrijf een datum als 21-11-2026."]}


def test_a_field_that_is_not_known_is_refused() -> None:
    assert said(prijs="1") == {"prijs": ["Dit veld bestaat niet."]}


def test_what_is_required_is_asked_for_also_when_it_is_only_spaces() -> None:
    with pytest.raises(Invalid) as caught:
        check(Example(), {"naam": "   "})
    assert [str(line) for line in caught.value.fields["naam"]] == ["Vul dit in."]


@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "a\u2066b", "a\nb"])
def test_signs_that_nobody_sees_are_refused_on_a_line(text: str) -> None:
    assert said(naam=text) == {"naam": ["Hier staat een teken in dat niet zichtbaar is. Typ de tekst opnieuw."]}


def test_prose_keeps_its_lines() -> None:
    assert check(Example(), {"naam": "x", "notitie": "een\r\n\r\ntwee"})["note"] == "een\n\ntwee"


def test_length_is_counted_in_characters() -> None:
    assert said(naam="é" * 21) == {"naam": ["Dit is langer dan 20 tekens."]}
    assert check(Example(), {"naam": "é" * 20})["name"] == "é" * 20


def test_a_choice_that_is_not_offered_is_refused() -> None:
    assert said(kleur="groen") == {"kleur": ["Kies een van de mogelijkheden."]}


@pytest.mark.parametrize("text", ["1,5", "-1", "veel", "1000000000000000"])
def test_a_whole_number_is_whole_and_positive(text: str) -> None:
    assert said(aantal=text) == {"aantal": ["Schrijf een heel getal."]}


def test_messages_of_nested_fields_carry_their_path() -> None:
    class Outer(Schema):
        items = ma.fields.List(ma.fields.Nested(Example))

    with pytest.raises(Invalid) as caught:
        check(Outer(), {"items": [{"naam": "x"}, {}]})
    assert set(caught.value.fields) == {"items.1.naam"}
    assert all(isinstance(line, Text) for lines in caught.value.fields.values() for line in lines)
