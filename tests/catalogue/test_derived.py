from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.catalogue.derived import is_same_thing, ratios, with_totals
from depot.catalogue.rules import FieldType
from depot.catalogue.schemas import computed, describe, facts_schema, to_json
from depot.catalogue.service import FOLDER, load
from depot.companies.glossary import TARGET_GROUPS
from depot.core.errors import Invalid
from depot.core.forms import check

KINDS = load(FOLDER).kinds
STAFF, ACCOUNTS, REFERENCE = (KINDS[code] for code in ("qualified_staff_list", "annual_accounts", "reference"))
BALANCE = {
    "equity": "412000.00",
    "totalAssets": "980000.00",
    "currentAssets": "730000.00",
    "currentLiabilities": "415000.00",
}


def row(level="hbo", fte="0.8", **more):
    return {"roleCode": "job_coach", "qualificationLevel": level, "fte": fte, **more}


def staff(**facts):
    return to_json(STAFF, check(facts_schema(STAFF)(), {"asOfDate": "2026-01-01", **facts}))


def refused(**facts):
    with pytest.raises(Invalid) as error:
        staff(**facts)
    return {name: str(texts[0]) for name, texts in error.value.fields.items()}


def test_totals_follow_from_the_rows_whatever_was_typed():
    found = staff(rows=[row(), row("mbo", "1"), row("wo", "0,5")], headcount="99", fte="50")
    totals = {name: found[name] for name in ("headcount", "fte", "fteMbo", "fteHbo", "fteWo")}
    assert totals == {"headcount": 3, "fte": "2.3", "fteMbo": "1", "fteHbo": "0.8", "fteWo": "0.5"}


def test_without_rows_the_totals_are_asked_for_and_kept_as_typed():
    assert refused() == {"headcount": "Vul dit in.", "fte": "Vul dit in."}
    assert refused(rows=[]) == {"headcount": "Vul dit in.", "fte": "Vul dit in."}
    assert staff(headcount="5", fte="4,5")["fte"] == "4.5"


def test_each_row_gets_a_number_that_tells_of_nobody():
    found = staff(rows=[row(rowId="jan-jansen"), row()])["rows"]
    assert [item["rowId"] for item in found] == ["r1", "r2"]


def test_a_written_list_reads_back_as_itself():
    found = staff(rows=[row(vogDate="01-02-2024", experienceJongeren="3"), row("wo")])
    assert staff(**found) == found


@pytest.mark.parametrize(
    ("changes", "place", "sentence"),
    [
        ({"fte": "1,5"}, "rows.0.fte", "Dit moet tussen 0 en 1 liggen."),
        ({"fte": None}, "rows.0.fte", "Vul dit in."),
        ({"qualificationLevel": "vmbo"}, "rows.0.qualificationLevel", "Kies een van de mogelijkheden."),
        ({"naam": "Iemand"}, "rows.0.naam", "Dit veld bestaat niet."),
        (
            {"fieldOfStudy": "111222333"},
            "rows.0.fieldOfStudy",
            "Hier staat een getal dat een burgerservicenummer kan zijn.",
        ),
        ({"fieldOfStudy": "=1+1"}, "rows.0.fieldOfStudy", "Een tekst in een lijst mag niet beginnen met =, +, - of @."),
        ({"vogDate": "2199-01-01"}, "rows.0.vogDate", "Deze datum ligt in de toekomst."),
    ],
)
def test_what_is_wrong_in_a_row_hangs_at_its_row_and_column(changes, place, sentence):
    wrong = refused(rows=[{**row(), **changes}, row()])
    assert list(wrong) == [place]
    assert wrong[place].startswith(sentence)


@pytest.mark.parametrize("rows", ["geen lijst", {"0": {}}, ["geen rij"], [row()] * 5001])
def test_what_is_no_list_of_rows_is_refused(rows):
    assert all(name.startswith("rows") for name in refused(rows=rows))


@given(st.lists(st.tuples(st.sampled_from(["mbo", "hbo", "wo"]), st.integers(0, 100)), min_size=1, max_size=30))
def test_the_levels_add_up_to_the_whole(rows):
    loaded = [{"qualificationLevel": level, "fte": Decimal(share) / 100} for level, share in rows]
    found = with_totals(STAFF, {"rows": loaded})
    assert found["headcount"] == len(rows)
    assert found["fteMbo"] + found["fteHbo"] + found["fteWo"] == found["fte"]


def test_the_list_asks_experience_with_every_target_group_of_the_glossary():
    asked = {column.name for column in STAFF.list_field.columns if column.name.startswith("experience")}
    assert asked == {"experience" + "".join(part.capitalize() for part in code.split("-")) for code in TARGET_GROUPS}


def test_a_list_asks_for_nothing_in_free_text_but_the_field_of_study():
    written = {column.name for column in STAFF.list_field.columns if column.type in (FieldType.TEXT, FieldType.PROSE)}
    assert written == {"fieldOfStudy"}


def test_ratios_follow_from_the_balance():
    found = ratios(ACCOUNTS, BALANCE)
    assert found["solvency"].quantize(Decimal("0.0001")) == Decimal("0.4204")
    assert found["currentRatio"].quantize(Decimal("0.0001")) == Decimal("1.7590")
    assert computed(ACCOUNTS, BALANCE, "nl") == [
        ("Solvabiliteit (berekend)", "42%"),
        ("Current ratio (berekend)", "1,76"),
    ]
    assert describe(ACCOUNTS, BALANCE, "nl")[-1] == ("Current ratio (berekend)", "1,76")


@pytest.mark.parametrize("missing", ["equity", "totalAssets"])
def test_a_ratio_without_its_amounts_is_not_guessed(missing):
    facts = {name: value for name, value in BALANCE.items() if name != missing}
    assert set(ratios(ACCOUNTS, facts)) == {"currentRatio"}
    assert set(ratios(ACCOUNTS, {**BALANCE, "totalAssets": "0.00"})) == {"currentRatio"}


@given(st.decimals("-1e9", "1e9", places=2), st.decimals("0.01", "1e9", places=2))
def test_a_ratio_times_its_whole_is_its_part(part, whole):
    found = ratios(ACCOUNTS, {"equity": str(part), "totalAssets": str(whole)})["solvency"]
    assert abs(found * whole - part) < Decimal("0.01")


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"client": " gemeente  VOORBEELD "}, True),
        ({"description": "iets anders"}, True),
        ({"client": "Gemeente Elders"}, False),
        ({"endDate": "2025-06-30"}, False),
        ({"client": ""}, False),
    ],
)
def test_two_references_are_about_one_thing_by_client_and_period(changes, same):
    one = {"client": "Gemeente Voorbeeld", "startDate": "2024-01-01", "endDate": "2025-12-31"}
    assert is_same_thing(REFERENCE, one, {**one, **changes}) is same
    assert is_same_thing(KINDS["kvk_extract"], one, one) is False
