"""Several files at once, scans, kept drafts and stopping halfway, in a real browser with and without JavaScript."""

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, expect

from tests import factories
from tests.e2e.browse import Person

REFERENCE, MARK = "Referentie", "Keurmerk of certificaat"


def paper(name: str, text: str) -> FilePayload:
    return {"name": name, "mimeType": "application/pdf", "buffer": factories.pdf(text)}


def scan(name: str) -> FilePayload:
    picture, made = Image.new("RGB", (1240, 1754), "white"), BytesIO()
    ImageDraw.Draw(picture).text((120, 160), f"Tevredenheidsverklaring {name}", "black", font_size=48)
    picture.save(made, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": made.getvalue()}


def chooses(company: Person, *files: FilePayload) -> None:
    company.opens("/dossier/toevoegen")
    company.page.get_by_label("Soort document").select_option(label=REFERENCE)
    company.page.get_by_label("Bestand of bestanden").set_input_files(list(files))
    company.clicks("Verder naar de gegevens")


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with a script", "without"])
def test_of_several_files_the_good_ones_become_drafts_to_go_on_with_later(
    somebody: Callable[..., Person], is_scripted: bool
) -> None:
    company = somebody(java_script_enabled=is_scripted)
    way = "met script" if is_scripted else "zonder"
    company.signs_in("newcomer" if is_scripted else "katrien")
    wrong: FilePayload = {"name": f"notitie {way}.txt", "mimeType": "text/plain", "buffer": b"geen bewijs"}
    chooses(company, paper(f"Venlo {way}.pdf", way), wrong, scan(f"scan {way}.png"))
    if is_scripted:
        company.sees("Dit is geen PDF, PNG of JPEG")
        company.sees("Bewaard: 2 van 3 bestanden.")
        company.inspects("deposit-several")
        company.clicks("Verder met de bestanden die wel zijn bewaard", "link")
    company.reads("Concepten")
    if is_scripted:
        company.inspects("drafts")
    else:
        company.sees("1 bestand is niet bewaard")
        company.sees(f"notitie {way}.txt")
    company.page.get_by_label(f"Soort van Venlo {way}").select_option(label=MARK)
    company.clicks(f"Wijzig soort Venlo {way}")
    company.sees(f"“Venlo {way}” is nu van de soort: {MARK}.")
    company.clicks(f"Gegevens invullen scan {way}", "link")
    expect(company.page.get_by_role("img", name="Bladzijde 1 van 1")).to_be_visible()
    company.page.get_by_role("textbox", name="Opdrachtgever").fill("Gemeente Voorbeeld")
    company.fills({"Begindatum": "ooit"})
    if is_scripted:
        company.inspects("facts-of-a-scan")
    company.clicks("Bewaren als concept")
    company.sees("is bewaard als concept")
    company.clicks(f"Gegevens invullen scan {way}", "link")
    expect(company.page.get_by_label("Begindatum")).to_have_value("ooit")
    chooses(company, paper("nog eens.pdf", way))
    company.sees("Dit bestand is er al")
    if is_scripted:
        company.inspects("deposit-known")
    company.clicks("Bekijk dat document", "link")
    company.reads(f"Venlo {way}")


def test_sending_shows_how_far_it_is_and_can_be_stopped_by_keyboard(somebody: Callable[..., Person]) -> None:
    company = somebody()
    company.signs_in("dagobert")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000}
    session = company.page.context.new_cdp_session(company.page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", slow)
    large = paper("groot.pdf", "groot")
    chooses(company, {**large, "buffer": large["buffer"] + bytes(4_000_000)})
    stop = company.page.get_by_role("button", name="Stop met versturen")
    expect(stop).to_be_focused()
    bar = company.page.get_by_role("progressbar", name="Versturen")
    expect(bar).to_be_visible()
    expect(bar).not_to_have_js_property("value", 0)
    company.inspects("deposit-sending")
    company.page.keyboard.press("Enter")
    company.sees("Het versturen is gestopt. Er is niets bewaard.")
    expect(bar).to_be_hidden()
    expect(company.page.get_by_role("button", name="Verder naar de gegevens")).to_be_focused()
    company.page.get_by_label("Bestand of bestanden").evaluate(
        """input => {
          const chosen = new DataTransfer();
          for (const name of ["a.pdf", "b.pdf"]) chosen.items.add(new File([new Uint8Array(40 << 20)], name));
          input.files = chosen.files;
        }"""
    )
    company.clicks("Verder naar de gegevens")
    expect(company.page.get_by_text("Een bestand mag 25 MB zijn; dit is groter.")).to_have_count(2)
    session.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    company.page.get_by_label("Bestand of bestanden").set_input_files([large])
    company.clicks("Verder naar de gegevens")
    company.reads("Vul de gegevens in")
    company.page.go_back()
    company.reads("Document toevoegen")
    company.opens("/dossier/concepten")
    company.clicks("Weggooien " + REFERENCE)
    company.sees("De versie is ingetrokken.")
    company.reads("Concepten")
    company.opens("/dossier?toon=ingetrokken")
    company.sees(REFERENCE)
    company.inspects("dossier-withdrawn")
