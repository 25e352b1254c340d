"""The trade register says found, not found or nothing at all, and the three are never confused."""

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.companies.names import legal_form
from depot.companies.register import SIZE, Answer, Outcome, Profile, Register, from_settings
from tests.factories import DAGOBERT, DONALD
from tests.registers import Desk, basic_profile, client, desk, fault
from tests.services import free_port

__all__ = ["desk"]

NAME = "Test BV Donald"


def unreachable(reason: str) -> Answer:
    return Answer(Outcome.UNREACHABLE, reason=reason)


def test_a_company_is_found_with_what_the_register_says_of_it(desk: Desk) -> None:
    desk.add(DONALD, NAME, rsin="857587973", trade_names=["Donald", "Duck"], place="Lollum")
    assert client(desk).look_up(DONALD) == Answer(
        Outcome.FOUND, Profile(DONALD, NAME, "bv", "857587973", ("Donald", "Duck"), "Lollum")
    )
    assert desk.asked == [f"/v1/basisprofielen/{DONALD}"]


def test_a_number_that_nobody_has_is_not_found(desk: Desk) -> None:
    assert client(desk).look_up("12345678") == Answer(Outcome.NOT_FOUND)


def test_a_company_that_ended_is_found_as_ended(desk: Desk) -> None:
    desk.ended[DAGOBERT] = "Test EMZ Dagobert"
    found = client(desk).look_up(DAGOBERT)
    assert found.outcome is Outcome.FOUND
    assert found.profile == Profile(DAGOBERT, "Test EMZ Dagobert", is_active=False)


def test_a_profile_with_a_last_day_is_of_a_company_that_ended(desk: Desk) -> None:
    desk.add(DONALD, NAME, ended_on="20260900")
    found = client(desk).look_up(DONALD).profile
    assert found is not None
    assert (found.is_active, found.ended_on) == (False, "20260900")


def test_a_number_that_is_being_registered_is_not_called_absent(desk: Desk) -> None:
    for code in ("IPD1002", "IPD1003"):
        desk.answers = [(404, json.dumps(fault(code)).encode())]
        assert client(desk).look_up(DONALD) == unreachable("busy")


@pytest.mark.parametrize("status", [404, 400])
def test_a_refusal_that_is_not_the_registers_says_nothing(desk: Desk, status: int) -> None:
    for body in (b"", b"<h1>Not Found</h1>", b"{}", b'{"fout": []}', b'{"fout": "IPD0005"}', b"[" * 100_000):
        desk.answers = [(status, body)]
        assert client(desk).look_up(DONALD) == unreachable("garbled")


def test_a_wrong_key_says_nothing_of_the_company(desk: Desk) -> None:
    desk.add(DONALD, NAME)
    assert client(desk, key="another").look_up(DONALD) == unreachable("refused")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_register_is_asked_again_and_then_left_alone(desk: Desk, status: int) -> None:
    desk.add(DONALD, NAME)
    desk.answers = [(status, b"")] * 2
    assert client(desk).look_up(DONALD).outcome is Outcome.FOUND
    desk.answers = [(status, b"")] * 3
    assert client(desk).look_up(DONALD) == unreachable("busy")
    assert len(desk.asked) == 6


def test_a_silent_register_is_not_waited_for_without_end(desk: Desk) -> None:
    desk.silence = threading.Event()
    assert client(desk, seconds=0.2).look_up(DONALD) == unreachable("no_answer")


def test_a_register_that_hangs_up_or_is_not_there_is_unreachable(desk: Desk) -> None:
    desk.drops = True
    assert client(desk).look_up(DONALD) == unreachable("no_answer")
    nowhere = Register(f"http://127.0.0.1:{free_port()}", "key", pause=0)
    assert nowhere.look_up(DONALD) == unreachable("no_answer")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"{}",
        json.dumps(basic_profile(DAGOBERT, NAME)).encode(),
        json.dumps(basic_profile(DONALD, NAME) | {"naam": None}).encode(),
        json.dumps(basic_profile(DONALD, NAME) | {"handelsnamen": ["x"]}).encode(),
        json.dumps(basic_profile(DONALD, NAME) | {"statutaireNaam": "a\0b"}).encode(),
        json.dumps(basic_profile(DONALD, "x" * 1001)).encode(),
        b" " * (SIZE + 1),
    ],
)
def test_an_answer_without_its_shape_or_about_another_number_says_nothing(desk: Desk, body: bytes) -> None:
    desk.answers = [(200, body)]
    assert client(desk).look_up(DONALD) == unreachable("garbled")


def test_another_address_is_not_followed(desk: Desk) -> None:
    desk.answers = [(302, b"")]
    assert client(desk).look_up(DONALD) == unreachable("garbled")


def test_an_address_that_is_shielded_is_not_taken_over(desk: Desk) -> None:
    desk.add(DONALD, NAME)
    desk.companies[DONALD]["_embedded"]["hoofdvestiging"]["adressen"][0]["indAfgeschermd"] = "Ja"
    found = client(desk).look_up(DONALD).profile
    assert found is not None
    assert found.place == ""


@given(st.text(), st.text(), st.lists(st.text()), st.booleans())
def test_a_profile_is_kept_and_read_back_the_same(name: str, place: str, names: list[str], is_active: bool) -> None:
    profile = Profile(DONALD, name, "bv", "", tuple(names), place, is_active)
    assert Profile.from_json(json.loads(json.dumps(profile.as_json))) == profile


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Besloten Vennootschap", "bv"),
        ("BeslotenVennootschap", "bv"),
        ("Coöperatie", "cooperative"),
        ("Eenmanszaak", "sole_proprietorship"),
        ("Vennootschap onder firma", "general_partnership"),
        ("Vereniging van Eigenaars", "other"),
        ("Kerkgenootschap", "other"),
    ],
)
def test_a_legal_form_in_the_registers_words_gets_its_code(words: str, code: str) -> None:
    assert legal_form(words) == code


def test_without_an_address_there_is_no_register() -> None:
    assert from_settings("", "") is None
