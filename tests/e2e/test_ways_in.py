"""People who use the keyboard, have no JavaScript, read English or look after the depot find their way as well."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, expect

from depot.core import clock
from tests import factories
from tests.e2e.browse import Person
from tests.factories import DAGOBERT, NAMES, PASSWORD

PAPER: FilePayload = {"name": "uittreksel.pdf", "mimeType": "application/pdf", "buffer": factories.pdf(DAGOBERT)}
KIND = "Uittreksel Handelsregister"
DUTCH = re.compile(r"\b(?:de|het|een|uw|nog|niet|voor|van|wordt|bij|naar)\b")
"""Words that no Dutch sentence of ours goes without, and no English one has."""


def test_the_keyboard_alone_signs_in_and_reaches_the_main_act(somebody: Callable[..., Person]) -> None:
    company = somebody()
    company.opens("/inloggen")
    company.page.keyboard.press("Tab")
    expect(company.page.get_by_role("link", name="Naar de inhoud")).to_be_focused()
    company.page.keyboard.press("Enter")
    for label, typed in (("E-mailadres", company.site.emails["katrien"]), ("Wachtwoord", PASSWORD)):
        company.page.keyboard.press("Tab")
        expect(company.page.get_by_label(label)).to_be_focused()
        company.page.keyboard.type(typed)
    company.page.keyboard.press("Tab")
    expect(company.page.get_by_role("button", name="Inloggen")).to_be_focused()
    company.page.keyboard.press("Enter")
    company.reads("Dossier")
    company.opens("/dossier/toevoegen")
    company.page.keyboard.press("Tab")
    company.page.keyboard.press("Enter")
    stops = (
        company.page.get_by_label("Bestand"),
        company.page.get_by_label("Soort document"),
        company.page.get_by_label("Naam in uw dossier"),
        company.page.get_by_role("button", name="Verder naar de gegevens"),
    )
    for stop in stops:
        company.page.keyboard.press("Tab")
        expect(stop).to_be_focused()
    company.page.keyboard.press("Enter")
    expect(company.page.get_by_role("alert")).to_be_focused()
    company.inspects("deposit-refused")


def test_a_deposit_needs_no_javascript(somebody: Callable[..., Person]) -> None:
    company, today = somebody(java_script_enabled=False), clock.today()
    company.signs_in("dagobert")
    company.clicks("Eerste document toevoegen", "link")
    company.page.get_by_label("Soort document").select_option(label=KIND)
    company.page.get_by_label("Bestand").set_input_files(PAPER)
    company.clicks("Verder naar de gegevens")
    company.fills({"KvK-nummer": DAGOBERT, "Naam": NAMES[DAGOBERT], "Rechtsvorm": "eenmanszaak"})
    company.clicks("Indienen")
    company.sees("Vul dit in.")
    expect(company.page.get_by_label("Naam")).to_have_value(NAMES[DAGOBERT])
    company.fills({"Datum van afgifte": f"{today:%d-%m-%Y}"})
    company.clicks("Indienen")
    company.sees("Het document is ingediend.")


def test_the_pages_speak_english_once_asked(somebody: Callable[..., Person]) -> None:
    company = somebody()
    company.opens("/inloggen")
    company.clicks("EN English")
    company.reads("Sign in")
    company.page.get_by_label("E-mail address").fill(company.site.emails["katrien"])
    company.page.get_by_label("Password").fill(PASSWORD)
    company.clicks("Sign in")
    for path in ("/dossier", "/dossier/toevoegen", "/aanbestedingen", "/verwijzingen", "/inzage", "/organisatie"):
        company.opens(path)
        expect(company.page.locator("html")).to_have_attribute("lang", "en")
        assert not DUTCH.findall(company.page.locator("body").inner_text())
        company.inspects(f"english{path.replace('/', '-')}")


@pytest.mark.parametrize(
    ("who", "paths"),
    [
        ("katrien", ("/verwijzingen", "/verwijzingen/nieuw", "/organisatie", "/organisatie/sleutels", "/niet-hier")),
        ("buyer", ("/bundels", "/verwijzing")),
        ("operator", ("/beheer",)),
    ],
)
def test_the_other_pages_are_as_good(somebody: Callable[..., Person], who: str, paths: tuple[str, ...]) -> None:
    person = somebody()
    person.signs_in(who)
    for path in paths:
        person.opens(path)
        person.inspects(f"{who}{path.replace('/', '-')}")
