"""Values in the spellings of Dutch papers."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from depot.catalogue.rules import FieldType
from depot.core.forms import YEARS
from depot.reading.values import MONTHS, terms, values

WORDS = {number: name for name, number in reversed(MONTHS.items())}
DAYS = some.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31))
AMOUNTS = some.decimals(min_value=1000, max_value=999_999_999, places=2)


def read(kind, text):
    return [value.written for value in values(kind, text)]


@given(
    DAYS,
    some.sampled_from(
        ["{d} {name} {y}", "{d:02}-{m:02}-{y}", "{d}/{m}/{y}", "{d}.{m}.{y}", "{y}-{m:02}-{d:02}", "{d}e {name} {y}"]
    ),
)
def test_a_day_is_read_in_every_spelling(day, spelling):
    text = spelling.format(d=day.day, m=day.month, y=day.year, name=WORDS[day.month])
    assert read(FieldType.DAY, f"Afgegeven op {text}, te Venlo") == [day.isoformat()]


@given(AMOUNTS, some.sampled_from(["€ {}", "EUR {}", "{} euro", "{}", "€{}"]))
def test_an_amount_is_read_with_points_and_comma(amount, spelling):
    dutch = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    assert read(FieldType.AMOUNT, spelling.format(dutch)) == [f"{amount:.2f}"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("€ 2.500.000,-", "2500000.00"),
        ("€ 2.500.000,--", "2500000.00"),
        ("2,5 miljoen", "2500000.00"),
        ("EUR 1,25 mln.", "1250000.00"),
        ("(€ 12.000)", "-12000.00"),
        ("-/- 12.000", "-12000.00"),
        ("12.000 -/-", "-12000.00"),
        ("€ -12.000,50", "-12000.50"),
    ],
)
def test_an_amount_is_read_as_people_write_it(text, written):
    assert read(FieldType.SIGNED_AMOUNT, text) == [written]


def test_a_bracketed_amount_is_less_than_nothing_only_where_it_can_be():
    assert read(FieldType.AMOUNT, "eigen risico (€ 2.500)") == ["2500.00"]
    assert read(FieldType.AMOUNT, "-/- 2.500") == []


@given(some.from_regex(r"[0-9]{9,30}", fullmatch=True))
def test_a_number_inside_a_longer_one_is_none(digits):
    assert read(FieldType.KVK_NUMBER, digits) == []
    assert read(FieldType.KVK_NUMBER, f"NL12INGB{digits[:8]}") == []


@given(some.text(max_size=300))
def test_any_text_gives_only_values_in_the_written_form(text):
    for kind in FieldType:
        for value in values(kind, text):
            assert 0 <= value.start < value.end <= len(text)
            match kind:
                case FieldType.DAY:
                    assert date.fromisoformat(value.written).year in YEARS
                case FieldType.AMOUNT | FieldType.SIGNED_AMOUNT:
                    assert re.fullmatch(r"-?\d+\.\d\d", value.written)
                case FieldType.NUMBER | FieldType.WHOLE:
                    assert Decimal(value.written).is_finite()


def test_a_rsin_passes_its_check_and_days_exist():
    assert read(FieldType.RSIN, "RSIN 857587973 of 123456789") == ["857587973"]
    assert read(FieldType.RSIN, "8575.87.973") == ["857587973"]
    assert read(FieldType.DAY, "31 februari 2026, 21.11.26") == ["2026-11-21"]


@pytest.mark.parametrize(
    "text", ["1 juli '26", "01-07-'26", "1-7-2026", "1 jul. 2026", "1 juli ’26", "1/7/26", "01.07.2026"]
)
def test_a_day_is_read_with_a_short_year_or_month(text):
    assert read(FieldType.DAY, text) == ["2026-07-01"]


@pytest.mark.parametrize("text", ["juli 2026", "2024/2025", "versie 1.7", "7-2026"])
def test_a_month_or_a_version_is_no_day(text):
    assert read(FieldType.DAY, text) == []


def test_a_term_is_in_days_or_weeks():
    assert [item.written for item in terms("binnen twee weken, 14 dagen of 6 weken")] == ["14", "14", "42"]
    assert terms("tien werkdagen of een maand") == []
