"""From the first document to a bundle that anybody can verify, as people do it: in a browser, over running processes."""

import mailbox
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from email.header import decode_header, make_header
from pathlib import Path

from playwright.sync_api import FilePayload, expect

from depot.core import clock, seal
from depot.papers.make import make
from depot.sample.people import DONALD
from tests import factories
from tests.e2e.browse import Person
from tests.e2e.site import DEPOT, Site, environment

KIND = "Aansprakelijkheidsverzekering"
ASKED = "Verzekering tegen beroepsaansprakelijkheid"
EXTRACT = "Uittreksel Handelsregister"
REASON = "Wat u hebt ingevuld, klopt niet met het document. Vul de gegevens in zoals ze in het document staan."


def test_evidence_goes_from_deposit_to_a_bundle_that_anybody_can_verify(
    site: Site, somebody: Callable[..., Person], tmp_path: Path
) -> None:
    company, reviewer, buyer = somebody(), somebody(), somebody()
    _company_deposits_with_a_wrong_date_first(company)
    _reviewer_returns_it(reviewer)
    _company_hands_in_a_correction(company)
    _reviewer_approves(reviewer)
    _buyer_writes_and_publishes(buyer)
    _company_takes_part(company)
    with ThreadPoolExecutor(1) as beside:  # sealing needs an event loop of its own, and the browser has this thread's
        beside.submit(_tender_that_closed, site).result()
    _buyer_selects(buyer)
    bundle = _buyer_releases_and_fetches(buyer, tmp_path)
    _anybody_verifies(site, bundle, tmp_path / "roots.pem")
    _company_sees_who_fetched(company)
    _company_got_mail(site, company)


def _company_deposits_with_a_wrong_date_first(company: Person) -> None:
    company.opens("/")
    company.inspects("home")
    company.page.get_by_role("main").get_by_role("link", name="Inloggen").click()
    company.inspects("sign-in")
    company.signs_in("donald")
    company.inspects("dossier-empty")
    company.clicks("Eerste document toevoegen", "link")
    company.inspects("deposit")
    company.page.get_by_label("Soort document").select_option(label=KIND)
    company.page.get_by_label("Bestand").set_input_files(_paper())
    company.clicks("Verder naar de gegevens")
    company.reads("Vul de gegevens in")
    company.inspects("facts")
    company.fills(_answers() | {"Ingangsdatum": "31-02-2026"})
    company.page.get_by_role("group", name="Wordt stilzwijgend verlengd").get_by_label("nee").check()
    company.clicks("Indienen")
    expect(company.page.get_by_role("alert")).to_be_focused()
    day = company.page.get_by_label("Ingangsdatum")
    expect(day).to_have_accessible_description(re.compile("bijvoorbeeld 21-11-2026 Fout: 31-02-2026 bestaat niet.$"))
    expect(day).to_have_value("31-02-2026")
    for label in ("Bedrag per aanspraak", "Maximum per verzekeringsjaar", "Einddatum", "Polisnummer"):
        expect(company.page.get_by_label(label)).to_have_value(_answers()[label])
    company.inspects("facts-refused")
    company.clicks("Ingangsdatum: 31-02-2026 bestaat niet.", "link")
    expect(day).to_be_focused()
    company.fills({"Ingangsdatum": _answers()["Ingangsdatum"]})
    company.clicks("Indienen")
    company.sees("Het document is ingediend.")
    company.waits_for(company.page.get_by_text("in behandeling"))
    company.sees(f"Het KvK-nummer {DONALD.kvk_number} staat in het document.")
    company.inspects("document-in-review")


def _reviewer_returns_it(reviewer: Person) -> None:
    reviewer.signs_in("reviewer")
    reviewer.inspects("queue")
    reviewer.clicks(KIND, "link")
    reviewer.sees("De virusscanner heeft niets gevonden.")
    expect(reviewer.page.get_by_label("Bedrag per aanspraak")).to_have_value("1.250.000,00")
    reviewer.inspects("desk")
    reviewer.clicks("Terugsturen", "link")
    reviewer.page.get_by_label(REASON).check()
    reviewer.clicks("Zet in de tekst")
    expect(reviewer.page.get_by_label("Wat moet het bedrijf doen?")).to_have_value(REASON)
    reviewer.inspects("return")
    reviewer.clicks("Terugsturen")
    reviewer.sees(f"“{KIND}” is teruggestuurd.")
    reviewer.inspects("queue-empty")


def _company_hands_in_a_correction(company: Person) -> None:
    company.opens("/dossier")
    company.inspects("dossier-returned")
    company.clicks(KIND, "link")
    company.sees(REASON)
    company.inspects("document-returned")
    company.clicks("Opnieuw aanleveren", "link")
    expect(company.page.get_by_label("Een verbetering")).to_be_checked()
    company.inspects("renew")
    company.page.get_by_label("Bestand").set_input_files(_paper())
    company.clicks("Verder naar de gegevens")
    expect(company.page.get_by_label("Polisnummer")).to_have_value(_answers()["Polisnummer"])
    company.clicks("Indienen")
    company.waits_for(company.page.get_by_text("in behandeling"))


def _reviewer_approves(reviewer: Person) -> None:
    reviewer.opens("/beoordelen")
    reviewer.clicks("Begin met beoordelen", "link")
    reviewer.sees("Vergeleken met versie 1")
    reviewer.sees("Teruggestuurd")
    reviewer.inspects("desk-again")
    reviewer.clicks("Goedkeuren")
    reviewer.sees(f"“{KIND}” is goedgekeurd.")


def _buyer_writes_and_publishes(buyer: Person) -> None:
    buyer.signs_in("buyer")
    buyer.inspects("tenders-empty")
    buyer.page.get_by_role("link", name="Nieuwe aanbesteding").first.click()
    buyer.fills({"Titel": "Jobcoaching", "Nummer": "2027-02", "Procedure": "Openbaar", "Sluiting": "31-02-2027 12:00"})
    buyer.clicks("Concept maken")
    buyer.sees("31-02-2027 12:00 bestaat niet.")
    buyer.inspects("tender-refused")
    closes_on, evidence_until = clock.today() + timedelta(days=30), clock.today() + timedelta(days=44)
    buyer.fills(
        {"Sluiting": f"{closes_on:%d-%m-%Y} 12:00", "Bewijs binnen tot en met": f"{evidence_until:%d-%m-%Y} 12:00"}
    )
    buyer.clicks("Concept maken")
    buyer.inspects("rules-empty")
    _opens_standard(buyer, ASKED)
    _adds(buyer, ASKED, {"Minstens per aanspraak": "1.2.3"})
    buyer.sees("Schrijf een bedrag als 1.250.000,00.")
    buyer.inspects("rules-refused")
    _adds(buyer, ASKED, {"Minstens per aanspraak": "1.250.000,00"})
    _opens_standard(buyer, EXTRACT)
    _adds(buyer, EXTRACT, {"Hoogstens zo oud": "3 maanden"})
    expect(buyer.page.get_by_role("list").get_by_text("3 maanden").first).to_be_visible()
    buyer.inspects("rules")
    buyer.clicks("Publiceren")
    buyer.sees("Gepubliceerd. De eisen liggen nu vast.")
    buyer.inspects("tender-open")


def _opens_standard(buyer: Person, label: str) -> None:
    buyer.page.locator("summary", has_text=label).click()


def _adds(buyer: Person, label: str, measure: dict[str, str]) -> None:
    """Fill the measure of a standard requirement in, whose fold is open, and add it."""
    fold = buyer.page.locator("details", has=buyer.page.locator("summary", has_text=label))
    buyer.fills(measure, within=fold)
    buyer.clicks(f"Toevoegen {label}")


def _company_takes_part(company: Person) -> None:
    company.opens("/aanbestedingen")
    company.inspects("tenders-to-companies")
    company.clicks("Jobcoaching", "link")
    company.sees("U voldoet aan 1 van de 2 eisen")
    company.inspects("gap")
    company.fills({"Waarom mag u namens het bedrijf tekenen?": "bestuurder"})
    company.clicks("Meedoen")
    expect(company.page.get_by_role("alert")).to_be_focused()
    company.inspects("gap-refused")
    company.page.get_by_label("Ik verklaar wat hierboven staat.").check()
    company.page.get_by_label("Gemeente Apeldoorn mag na selectie").check()
    company.clicks("Meedoen")
    company.sees("U doet mee.")
    company.inspects("gap-taking-part")


def _tender_that_closed(site: Site) -> None:
    """A tender of the past, for whose closing nobody has to wait."""
    buyer, company, now = site.people["buyer"], site.people["donald"], clock.now()
    with site.at(now - timedelta(days=30)):
        tender = factories.tender(buyer, "professional-liability", closes_at=now - timedelta(minutes=1))
    with site.at(now - timedelta(days=2)):
        factories.participant(company, tender)


def _buyer_selects(buyer: Person) -> None:
    buyer.opens("/gemeente/aanbestedingen")
    buyer.sees("1 deelnemer zonder besluit")
    buyer.inspects("tenders")
    buyer.clicks("Toeleiden naar werk", "link")
    buyer.sees("Dit bedrijf voldoet aan alle eisen die het depot toetst.")
    buyer.inspects("matrix")
    buyer.page.get_by_role("main").get_by_role("link", name=DONALD.name, exact=True).first.click()
    buyer.inspects("participant")
    buyer.fills({"Toelichting voor het bedrijf": "Voldoet aan wat is gevraagd."})
    buyer.clicks("Selecteren")
    buyer.sees("U hebt dit bedrijf geselecteerd")
    buyer.inspects("participant-selected")


def _buyer_releases_and_fetches(buyer: Person, folder: Path) -> Path:
    buyer.clicks("Naar de bundel", "link")
    buyer.sees("Dit komt in de bundel")
    buyer.inspects("release")
    buyer.page.get_by_label("Bewijs van een geselecteerde deelnemer").check()
    buyer.clicks("Bundel maken")
    buyer.sees("is gemaakt en verzegeld.")
    with buyer.page.expect_download() as waiting:
        buyer.page.get_by_role("link", name="Bundel ophalen").click()
    target = folder / waiting.value.suggested_filename
    waiting.value.save_as(target)
    buyer.page.reload()
    buyer.sees("helemaal verzonden")
    buyer.inspects("bundle")
    return target


def _anybody_verifies(site: Site, bundle: Path, roots: Path) -> None:
    with site.app.app_context():
        roots.write_bytes(seal.current().root_pem)
    done = subprocess.run(
        [DEPOT, "verify", bundle, "--root", roots], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _company_sees_who_fetched(company: Person) -> None:
    company.opens("/inzage")
    row = company.page.get_by_role("row").filter(has_text="haalde een bundel op")
    expect(row).to_contain_text("Gemeente Apeldoorn")
    company.inspects("looks")


def _company_got_mail(site: Site, company: Person) -> None:
    company.opens("/demo/post")
    company.waits_for(company.page.get_by_role("row").filter(has_text="opgehaald").filter(has_text="verzonden"))
    company.inspects("post")
    with closing(mailbox.Maildir(site.folder / "mail")) as box:
        letters = [letter for letter in box if letter["To"] == site.emails["donald"]]
        subjects = [str(make_header(decode_header(letter["Subject"]))) for letter in letters]
    for words in ("vul “", "is goedgekeurd", "is geselecteerd", "heeft uw bundel opgehaald"):
        assert [subject for subject in subjects if words in subject], subjects


def _facts() -> dict[str, str]:
    return factories.facts("liability_insurance")


def _paper() -> FilePayload:
    pdf = make("liability_insurance", _facts(), DONALD, at=clock.now())
    return {"name": "certificaat.pdf", "mimeType": "application/pdf", "buffer": pdf}


def _answers() -> dict[str, str]:
    """The facts of the paper, as people type them from it."""
    facts = _facts()
    return {
        "Soort bewijs": "verzekeringscertificaat of polis",
        "Soort dekking": "bedrijfs- en beroepsaansprakelijkheid",
        "Verzekeraar": facts["insurer"],
        "Polisnummer": facts["policyNumber"],
        "Verzekeringnemer": facts["policyholder"],
        "Bedrag per aanspraak": "1.250.000,00",
        "Maximum per verzekeringsjaar": "€ 2.500.000,00",
        "Ingangsdatum": _dutch(facts["startDate"]),
        "Einddatum": _dutch(facts["endDate"]),
        "Datum van het certificaat": _dutch(facts["certificateDate"]),
    }


def _dutch(day: str) -> str:
    return f"{date.fromisoformat(day):%d-%m-%Y}"
