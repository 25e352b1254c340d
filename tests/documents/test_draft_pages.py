"""Several files at once, the same file twice and kept drafts, as a browser without JavaScript meets them."""

import html
from io import BytesIO
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict

from depot.access import Role
from depot.accounts.models import Organisation
from depot.documents import service
from depot.documents.models import Document, File, State, Version
from tests import factories
from tests.factories import deposited, facts, file, pdf, signed_in

ADD, DRAFTS = "/dossier/toevoegen", "/dossier/concepten"


@pytest.fixture
def donald(session):
    return factories.company()


@pytest.fixture
def browser(client, donald):
    return signed_in(client, donald)


def form(*papers, **changes):
    found = MultiDict({"soort": "reference", "sleutel": str(uuid4()), **changes})
    for name, data in papers:
        found.add("bestand", FileStorage(BytesIO(data), filename=name))
    return found


def text_of(answer):
    return html.unescape(answer.text)


def test_several_files_lead_to_the_list_of_drafts(browser, session):
    answer = browser.post(ADD, data=form(("Venlo.pdf", pdf("a")), ("Weert.pdf", pdf("b"))))
    assert answer.location == DRAFTS
    page = text_of(browser.get(DRAFTS))
    assert "2 bestanden zijn bewaard." in page
    assert "Venlo.pdf" in page
    assert "Weert.pdf" in page
    assert "2 concepten" in text_of(browser.get("/dossier"))


def test_of_several_files_the_wrong_ones_are_named_and_the_good_ones_stay(browser, session, donald):
    known = deposited(donald)
    answer = browser.post(
        ADD, data=form(("goed.pdf", pdf("a")), ("<b>tekst.docx", b"PK\x03\x04"), ("weer.pdf", pdf()), ("leeg.pdf", b""))
    )
    assert answer.status_code == 200
    page = text_of(answer)
    assert "3 bestanden zijn niet bewaard" in page
    assert "Dit is geen PDF, PNG of JPEG" in page
    assert "Dit bestand is leeg." in page
    assert f'href="/dossier/{known.document_id}"' in page
    assert "<b>tekst" not in answer.text
    assert [row.document.title for row in session.scalars(select(Version).where(Version.state == State.DRAFT))] == [
        "goed"
    ]


def test_when_all_files_are_wrong_the_form_comes_back(browser, session):
    answer = browser.post(ADD, data=form(("a.txt", b"a"), ("b.txt", b"b")))
    assert answer.status_code == 400
    assert "a.txt: Dit is geen PDF" in text_of(answer)
    assert 'value="reference" selected' in answer.text
    assert session.scalar(select(func.count()).select_from(Document)) == 0


@pytest.mark.parametrize("where", ["new", "next"])
def test_the_same_file_again_is_refused_with_a_link_to_its_document(browser, session, donald, where):
    known = deposited(donald)
    other = factories.approved(donald, factories.reviewer(), "liability_insurance")
    if where == "new":
        answer = browser.post(ADD, data=form(("weer.pdf", pdf()), titel="Mijn naam"))
        assert 'value="Mijn naam"' in answer.text
    else:
        data = {"relatie": "renewal", "bestand": FileStorage(BytesIO(pdf()), filename="weer.pdf")}
        answer = browser.post(f"/dossier/{other.document_id}/vernieuwen", data=data)
    assert answer.status_code == 409
    assert "Dit bestand staat al in uw dossier, als „" in text_of(answer)
    assert 'href="#field-bestand"' in answer.text
    assert f'href="/dossier/{known.document_id}"' in answer.text
    assert session.scalar(select(func.count()).select_from(File)) == 2


@pytest.mark.parametrize(("form_of", "ending"), [("PNG", "png"), ("JPEG", "jpg")])
def test_a_scan_is_kept_with_its_type_and_shown_as_a_picture(browser, session, form_of, ending):
    made = BytesIO()
    Image.new("RGB", (60, 80), "white").save(made, form_of)
    page = browser.post(ADD, data=form(("scan van de brief", made.getvalue()))).location
    kept = session.scalars(select(File)).one()
    assert (kept.name, kept.media_type) == (f"scan van de brief.{ending}", f"image/{form_of.lower()}")
    shown = browser.get(page).text
    assert 'alt="Bladzijde 1 van 1"' in shown
    assert "<object" not in shown
    answer = browser.get(page.replace("gegevens", "bestand"))
    assert (answer.data, answer.mimetype) == (made.getvalue(), kept.media_type)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_draft_is_kept_with_what_was_typed_and_shown_again_as_it_was_typed(browser, session):
    page = browser.post(ADD, data=form(("Venlo.pdf", pdf()))).location
    assert f'formaction="{page.replace("gegevens", "concept")}"' in browser.get(page).text
    data = MultiDict({"client": "  Gemeente <Venlo>", "startDate": "ooit", "kleur": "blauw"})
    data.setlist("domains", ["toeleiden-naar-werk", "geen-domein"])
    answer = browser.post(page.replace("gegevens", "concept"), data=data)
    assert answer.location == DRAFTS
    assert "is bewaard als concept" in text_of(browser.get(DRAFTS))
    assert "deels ingevuld" in browser.get(DRAFTS).text
    again = browser.get(page)
    assert "U gaat verder met wat u eerder hebt bewaard" in again.text
    assert 'value="  Gemeente &lt;Venlo&gt;"' in again.text
    assert 'value="ooit"' in again.text
    assert 'value="toeleiden-naar-werk" checked' in again.text
    assert session.scalars(select(Version)).one().state is State.DRAFT


def test_a_form_that_is_refused_shows_what_was_typed_now_and_not_before(browser):
    page = browser.post(ADD, data=form(("Venlo.pdf", pdf()))).location
    browser.post(page.replace("gegevens", "concept"), data={"client": "Toen"})
    answer = browser.post(page, data={"client": "Nu"})
    assert answer.status_code == 400
    assert 'value="Nu"' in answer.text
    assert "Toen" not in answer.text


def test_a_kept_draft_is_handed_in_and_leaves_the_list(browser, session):
    page = browser.post(ADD, data=form(("Venlo.pdf", pdf()))).location
    browser.post(page.replace("gegevens", "concept"), data={"client": "Toen"})
    typed = {**facts("reference"), "ongoing": "nee"}
    assert browser.post(page, data=typed).status_code == 303
    assert "Geen concepten" in browser.get(DRAFTS).text
    answer = browser.post(page.replace("gegevens", "concept"), data={"client": "Later"})
    assert answer.status_code == 409
    session.expire_all()
    assert session.scalars(select(Version)).one().typed is None


def test_the_kind_of_a_draft_is_put_right_on_the_list(browser, session):
    page = browser.post(ADD, data=form(("Venlo.pdf", pdf()))).location
    answer = browser.post(page.replace("gegevens", "soort"), data={"soort": "quality_mark"})
    assert answer.location == DRAFTS
    assert session.scalars(select(Document)).one().kind == "quality_mark"
    assert browser.get(page).status_code == 200
    wrong = browser.post(page.replace("gegevens", "soort"), data={"soort": "geen_soort"})
    assert wrong.status_code == 400
    assert "Kies een van de soorten" in wrong.text


def test_a_draft_is_thrown_away_from_the_list(browser, session):
    page = browser.post(ADD, data=form(("Venlo.pdf", pdf()))).location
    answer = browser.post(page.replace("gegevens", "weggooien"), data={"verder": DRAFTS})
    assert answer.location == DRAFTS
    assert "Geen concepten" in browser.get(DRAFTS).text
    elsewhere = browser.post(ADD, data=form(("Venlo.pdf", pdf()))).location.replace("gegevens", "weggooien")
    assert browser.post(elsewhere, data={"verder": "//elders.example"}).location == "/dossier"


def test_a_reader_and_strangers_get_no_list_of_drafts(client, session, donald):
    version = service.draft(donald, kind="reference", upload=file(), title="Geheim")
    path = f"/dossier/{version.document_id}/versies/1"
    reader = factories.member(session.get_one(Organisation, donald.organisation_id), Role.COMPANY_READER)
    for actor, status in ((reader, 403), (factories.company(factories.DAGOBERT), 404), (factories.municipality(), 404)):
        signed_in(client, actor)
        assert "Geheim" not in client.get(DRAFTS).text
        assert client.post(f"{path}/concept", data={"client": "x"}).status_code == status
        assert client.post(f"{path}/soort", data={"soort": "quality_mark"}).status_code == status
    session.expire_all()
    assert (version.typed, version.document.kind) == (None, "reference")


def test_withdrawn_documents_leave_the_dossier_and_can_still_be_found(browser, session, donald):
    version = deposited(donald)
    assert "ingetrokken document" not in browser.get("/dossier").text
    browser.post(f"/dossier/{version.document_id}/intrekken")
    assert "Toon 1 ingetrokken document" in browser.get("/dossier").text
    page = browser.get("/dossier?toon=ingetrokken").text
    assert f'href="/dossier/{version.document_id}"' in page


def test_the_list_of_drafts_asks_the_database_the_same_for_any_number(app, browser, session, donald):
    for number in range(12):
        service.draft(donald, kind="reference", upload=file(pdf(str(number))))
    session.flush()
    with factories.queries_at_most(app, 12):
        assert browser.get(DRAFTS).status_code == 200
