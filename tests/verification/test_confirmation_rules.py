import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.core import clock
from depot.verification.confirmation_rules import (
    REMINDERS,
    Signal,
    about,
    domain_of,
    free_domains,
    reminders_due,
    signals,
)

OWN = {"donald.example"}
WORD = st.text(string.ascii_lowercase, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("address", "client", "expected"),
    [
        ("", "Gemeente Emmen", [Signal.MISSING]),
        ("inkoop@emmen.example", "Gemeente Emmen", []),
        ("inkoop@inkoop.emmen.example", "Gemeente Emmen", []),
        ("inkoop@gemeente-elders.example", "Gemeente Emmen", [Signal.ELSEWHERE]),
        ("emmen@gmail.com", "Gemeente Emmen", [Signal.FREE, Signal.ELSEWHERE]),
        ("emmen@GMAIL.com", "Gemeente Emmen", [Signal.FREE, Signal.ELSEWHERE]),
        ("x@mail.ziggo.nl", "Ziggo", [Signal.FREE]),
        ("x@notgmail.example", "Notgmail", []),
        ("x@donald.example", "Donald", [Signal.OWN]),
        ("x@mail.donald.example", "Donald", [Signal.OWN]),
        ("x@uwv.example", "UWV", []),
        ("x@shertogenbosch.example", "Gemeente 's-Hertogenbosch", []),
        ("x@fryslan.example", "Provincie Fryslân", []),
    ],
)
def test_an_address_is_said_what_stands_out_about_it(address: str, client: str, expected: list[Signal]) -> None:
    found = signals(address, client, OWN)
    assert found == expected


@given(st.sampled_from(sorted(free_domains())), WORD, WORD)
def test_no_spelling_of_a_free_address_passes(domain: str, name: str, part: str) -> None:
    for address in (f"{name}@{domain}", f"{name}@{part}.{domain}", f"{name}@{domain.upper()}"):
        assert Signal.FREE in signals(address, "Gemeente Emmen", OWN)


@given(WORD, WORD)
def test_the_domain_of_a_company_is_its_own_from_above_and_below(name: str, part: str) -> None:
    own = {f"{part}.bedrijf.example"}
    for domain in ("bedrijf.example", f"{part}.bedrijf.example", f"mail.{part}.bedrijf.example"):
        assert Signal.OWN in signals(f"{name}@{domain}", "Gemeente Emmen", own)


def test_the_list_of_free_domains_is_short_in_small_letters_and_holds_nothing_twice() -> None:
    assert 30 < len(free_domains()) < 80
    assert all(domain == domain_of(f"x@{domain}") for domain in free_domains())


@given(st.dictionaries(WORD, st.one_of(WORD, st.integers(), st.booleans(), st.lists(WORD))))
def test_a_question_is_about_the_same_whatever_the_order_and_the_spaces(facts: dict[str, object]) -> None:
    respelled = {
        name: f"  {value.upper()} " if isinstance(value, str) else value for name, value in reversed(facts.items())
    }
    assert about(facts) == about(respelled)
    assert about(facts) != about({**facts, "elsewhere-9": 1})


@given(st.timedeltas(min_value=REMINDERS[0] * 0, max_value=REMINDERS[1] * 4))
def test_there_are_two_reminders_at_most(passed: object) -> None:
    asked_at = clock.now()
    due = reminders_due(asked_at, asked_at + passed)  # type: ignore[operator]
    assert due == (passed >= REMINDERS[0]) + (passed >= REMINDERS[1])  # type: ignore[operator]
