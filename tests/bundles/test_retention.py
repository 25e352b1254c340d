"""How long a bundle is kept: pure, over whatever became of those whose evidence it holds."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.bundles.retention import Kept, Rule, Terms, kept
from depot.core.i18n import speaking
from depot.core.periods import Period
from depot.tenders.endings import Ending

TERMS = Terms("P3Y", "P7Y")
DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))
PERIODS = st.builds(lambda months, days: str(Period(months, days)), st.integers(0, 200), st.integers(0, 400))
ENDINGS = st.builds(
    lambda ended, contract: Ending(ended, contract is not None, contract or None),
    st.none() | DAYS,
    st.none() | st.just(False) | DAYS,
)
ALL_TERMS = st.lists(st.builds(Terms, PERIODS, PERIODS), min_size=1, max_size=2)


@pytest.mark.parametrize(
    ("endings", "expected"),
    [
        ([Ending(None)], Kept(None, Rule.PROCEDURE_RUNS)),
        ([Ending(date(2027, 2, 28))], Kept(date(2030, 2, 28), Rule.AFTER_PROCEDURE)),
        ([Ending(date(2027, 2, 1), is_awarded=True)], Kept(None, Rule.CONTRACT_END_UNKNOWN)),
        ([Ending(None, is_awarded=True)], Kept(None, Rule.PROCEDURE_RUNS)),
        ([Ending(date(2027, 2, 1), True, date(2031, 12, 31))], Kept(date(2038, 12, 31), Rule.AFTER_CONTRACT)),
        (
            [Ending(date(2027, 2, 1)), Ending(date(2027, 2, 1), True, date(2031, 12, 31))],
            Kept(date(2038, 12, 31), Rule.AFTER_CONTRACT),
        ),
        ([Ending(date(2027, 2, 1)), Ending(date(2027, 2, 1), True)], Kept(None, Rule.CONTRACT_END_UNKNOWN)),
        ([Ending(None), Ending(date(2027, 2, 1), True)], Kept(None, Rule.PROCEDURE_RUNS)),
        ([], Kept(None, Rule.PROCEDURE_RUNS)),
    ],
)
def test_what_became_of_everybody_decides_how_long(endings: list[Ending], expected: Kept) -> None:
    assert kept(endings, TERMS) == expected


@given(st.lists(ENDINGS, max_size=4), ALL_TERMS, DAYS)
def test_nothing_is_over_before_each_procedure_and_each_contract_is(
    endings: list[Ending], terms: list[Terms], day: date
) -> None:
    """On the day itself it is still kept; and while anything is unknown, for ever."""
    if not kept(endings, *terms).is_over(day):
        return
    assert endings
    for ending in endings:
        for each in terms:
            assert ending.ended_on is not None
            assert Period.parse(each.not_awarded).after(ending.ended_on) < day
            if ending.is_awarded:
                assert ending.contract_ends_on is not None
                assert Period.parse(each.after_contract).after(ending.contract_ends_on) < day


@given(st.lists(ENDINGS, min_size=1, max_size=4), ALL_TERMS)
def test_once_all_is_known_there_is_a_last_day_and_the_next_is_too_late(
    endings: list[Ending], terms: list[Terms]
) -> None:
    found = kept(endings, *terms)
    is_known = all(each.ended_on and (each.contract_ends_on or not each.is_awarded) for each in endings)
    assert (found.until is not None) == is_known
    if found.until is not None:
        assert not found.is_over(found.until)
        assert found.is_over(found.until + timedelta(days=1))


@given(st.lists(ENDINGS, min_size=1, max_size=4), st.builds(Terms, PERIODS, PERIODS))
def test_shorter_terms_of_now_do_not_shorten_what_was_sealed(endings: list[Ending], now: Terms) -> None:
    sealed, both = kept(endings, TERMS), kept(endings, TERMS, now)
    assert (sealed.until is None) == (both.until is None)
    assert both.until is None or sealed.until is None or both.until >= sealed.until


def test_the_rule_is_told_in_words_and_as_periods() -> None:
    with speaking("nl"):
        assert str(Terms("P3Y", "P18M").sentence) == (
            "Niet gegund: 3 jaar na het einde van de procedure. Gegund: 18 maanden na het einde van het contract. "
            "Daarna vernietigt het depot de bundel."
        )
    assert Terms.from_json(TERMS.to_json()) == TERMS
