"""Ending mails with one click, by mail programs and by people, without a session."""

from urllib.parse import urlsplit

import pytest

from depot.access import Role
from depot.reminders import preferences, unsubscribing
from depot.reminders.models import Rhythm
from depot.reminders.unsubscribing import Sort
from tests import factories

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
FROM_ELSEWHERE = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}


def path(actor, sort=Sort.DIGEST):
    return urlsplit(unsubscribing.address(actor.id, actor.organisation_id, sort)).path


def chosen(actor):
    return preferences.of(actor.id, actor.organisation_id)


def test_one_click_from_a_mail_program_makes_the_digest_weekly(client, session):
    donald = factories.company()
    for _again in range(2):
        assert client.post(path(donald), data=ONE_CLICK, headers=FROM_ELSEWHERE).status_code == 200
    assert chosen(donald) == preferences.Choice(Rhythm.WEEKLY, wants_statement=True)


def test_a_program_that_opens_the_link_changes_nothing(client, session):
    donald = factories.company()
    page = client.get(path(donald)).text
    assert "Nog één keer per week" in page
    assert "Mail die haast heeft, blijft u meteen krijgen." in page
    assert chosen(donald) == preferences.Choice()


def test_the_statement_ends_by_itself(client, session):
    donald = factories.company()
    assert "U krijgt het maandoverzicht niet meer." in client.post(path(donald, Sort.STATEMENT), data=ONE_CLICK).text
    assert chosen(donald) == preferences.Choice(Rhythm.DAILY, wants_statement=False)


@pytest.mark.parametrize("make", [factories.municipality, factories.reviewer])
def test_who_must_get_none_gets_none(client, session, make):
    actor = make()
    assert "U krijgt deze mail niet meer." in client.post(path(actor), data=ONE_CLICK).text
    assert chosen(actor).rhythm is Rhythm.OFF


@pytest.mark.parametrize("forge", [lambda text: text[:-1], lambda text: text + "x", lambda text: "/afmelden/onzin"])
def test_an_address_that_we_did_not_write_changes_nothing(client, session, forge):
    donald = factories.company()
    assert client.post(forge(path(donald)), data=ONE_CLICK).status_code == 404
    assert chosen(donald) == preferences.Choice()


def test_who_gets_no_such_mail_has_nothing_to_end(client, session):
    operator = factories.reviewer(Role.OPERATOR_ADMIN)
    assert client.get(path(operator)).status_code == 404
