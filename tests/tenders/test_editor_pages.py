"""The pages of the editor, and the annex that leaves with the specification."""

import json
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import docx
import pikepdf
import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from depot.access import Actor
from depot.core import clock
from depot.core.http import DepotFlask
from depot.tenders import annexes, editing, queries, service
from depot.tenders.language import SCHEMA
from depot.tenders.models import Tender
from tests import factories
from tests.factories import signed_in

TWELVE = (
    "kvk-extract", "conduct-certificate", "tax-statement", "professional-liability", "solvency", "competence", "results",
    "staff-level", "quality-scope", "privacy", "complaints", "satisfaction",
)  # fmt: skip
WORDS = ("performance-results", "award-price")


@pytest.fixture
def draft(session: Session, buyer: Actor) -> Tender:
    closes_at = clock.now() + timedelta(days=30)
    tender = service.create(
        buyer,
        number="2027/09",
        title="Werk in de wijk",
        procedure="open",
        closes_at=closes_at,
        evidence_until=closes_at + timedelta(days=14),
        lots=[("1", "Noord"), ("2", "Zuid")],
    )
    for code in (*TWELVE, *WORDS):
        service.add_requirement(buyer, tender.id, code, {})
    session.commit()
    return tender


@pytest.fixture
def browser(client: FlaskClient, buyer: Actor, draft: Tender) -> FlaskClient:
    return signed_in(client, buyer)


@pytest.fixture
def page(draft: Tender) -> str:
    return f"/gemeente/aanbestedingen/{draft.id}"


def ids(tender: Tender) -> list[str]:
    return [item["id"] for item in queries.newest_set(tender).rules["requirements"]]


def test_each_requirement_stands_with_sentence_age_stage_and_ground(browser: FlaskClient, page: str) -> None:
    said = unescape(browser.get(f"{page}/eisen").text)
    for words in (
        "Nodig van elke partij (inschrijver, combinant, derde): uittreksel (niet ouder dan 6 maanden).",
        "Nodig: na de selectie",
        "Hoogstens 6 maanden oud",
        "Grondslag: Aw 2012 art. 2.89 lid 1",
        "Bedrijf en uitsluiting",
        'name="municipality" type="text" value="Apeldoorn"',
    ):
        assert words in said, words


def test_a_requirement_is_filled_in_again_on_its_page(browser: FlaskClient, page: str, draft: Tender) -> None:
    assert 'name="claim" type="text" value="1.250.000,00"' in browser.get(f"{page}/eisen/E4/wijzigen").text
    form = browser.get(f"{page}/eisen/E8/wijzigen").text
    assert 'name="fte" type="text" value="4"' in form
    assert '<option value="hbo" selected>' in form
    given = {
        "naam": "Vakmensen",
        "ernst": "knockout",
        "fase": "evidence",
        "rollen": ["bidder"],
        "telling": "each",
        "percelen": ["2"],
        "fte": "2,5",
        "level": "wo",
        "age": "P12M",
    }
    answer = browser.post(f"{page}/eisen/E8/wijzigen", data=given)
    assert (answer.status_code, answer.location) == (303, f"{page}/eisen#eis-E8")
    said = unescape(browser.get(f"{page}/eisen").text)
    assert "Percelen: 2" in said
    assert "„Fte” is minstens 2,5, geteld waar „Opleidingsniveau” is minstens wo" in said


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"naam": ""}, "Vul dit in."),
        ({"fte": "veel"}, "Schrijf een getal als 7,5."),
        ({"rollen": []}, "Hier hoort een lijst"),
        ({"ernst": "streng"}, "Kies een van de mogelijkheden."),
        ({"telling": ""}, "Vul dit in."),
    ],
)
def test_what_is_wrong_comes_back_as_typed(
    browser: FlaskClient, page: str, change: dict[str, str], sentence: str
) -> None:
    given = {"naam": "Vakmensen", "ernst": "minimum", "fase": "bid", "rollen": ["bidder"], "telling": "each"}
    answers = {"fte": "3,5", "level": "wo", "age": "P12M"}
    answer = browser.post(f"{page}/eisen/E8/wijzigen", data={**given, **answers, **change})
    assert answer.status_code == 400
    assert sentence in unescape(answer.text)
    if "fte" not in change:
        assert 'value="3,5"' in answer.text


def test_a_requirement_moves_by_button_and_by_dragging(browser: FlaskClient, page: str, draft: Tender) -> None:
    assert browser.post(f"{page}/eisen/E2/omhoog").status_code == 303
    assert browser.post(f"{page}/eisen/E2/omlaag").status_code == 303
    assert ids(draft)[:3] == ["E1", "E2", "E3"]
    assert browser.post(f"{page}/volgorde", data={"eis": "E1", "plaats": "2"}).status_code == 303
    assert ids(draft)[:3] == ["E2", "E3", "E1"]
    assert browser.post(f"{page}/volgorde", data={"eis": "E1", "plaats": "boven"}).status_code == 400
    assert browser.post(f"{page}/volgorde", data={"eis": "E99", "plaats": "0"}).status_code == 404


def test_a_mark_without_an_equivalent_is_mended_by_one_button(
    browser: FlaskClient, page: str, draft: Tender, session: Session
) -> None:
    rules = queries.newest_set(draft).rules
    mark = {**rules["requirements"][8], "id": "M1", "label": "Alleen ISO", "rule": {"document": "quality_mark"}}
    text = json.dumps({"schema": SCHEMA, "requirements": [mark]})
    assert browser.post(f"{page}/regels", data={"regels": text}).status_code == 303
    said = unescape(browser.get(f"{page}/eisen").text)
    assert "mag niet" in said
    assert "Laat eerst gelijkwaardig bewijs toe bij: Alleen ISO." in said
    assert browser.post(f"{page}/publiceren").status_code == 409
    assert browser.post(f"{page}/eisen/M1/gelijkwaardig").status_code == 303
    assert browser.post(f"{page}/publiceren").status_code == 303


def test_requirements_are_taken_over_by_ticking_them(
    browser: FlaskClient, page: str, draft: Tender, session: Session
) -> None:
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    source = factories.tender(other, "kvk-extract", "quality")
    session.commit()
    found = unescape(browser.get(f"{page}/overnemen?zoek=emmen").text)
    assert "Gemeente Emmen" in found
    assert "Niets gevonden" in browser.get(f"{page}/overnemen?zoek=rotterdam").text
    assert "Kwaliteitsborging" in browser.get(f"{page}/overnemen/{source.id}").text
    assert browser.post(f"{page}/overnemen/{source.id}", data={}).status_code == 400
    assert browser.post(f"{page}/overnemen/{source.id}", data={"eisen": ["E2"]}).status_code == 303
    assert ids(draft)[-1] == "E15"
    offered = unescape(browser.get(f"{page}/overnemen/{source.id}").text)
    assert offered.count("U hebt deze eis al.") == 2
    assert 'value="E2" checked' not in offered
    assert browser.get(f"{page}/overnemen/{draft.municipality_id}").status_code == 404


def test_companies_read_what_words_mean_here_and_why_paper_is_asked(
    browser: FlaskClient, page: str, draft: Tender, app: DepotFlask, session: Session
) -> None:
    browser.post(f"{page}/afwijkingen", data={"begrip": "placement", "betekenis": "Een baan van een jaar."})
    browser.post(f"{page}/op-papier", data={"soort": "kvk_extract", "reden": "Ons archief is van papier."})
    assert browser.post(f"{page}/op-papier", data={"soort": "kvk_extract"}).status_code == 400
    assert browser.post(f"{page}/afwijkingen", data={"begrip": "x", "betekenis": "y"}).status_code == 400
    said = unescape(browser.get(f"{page}/eisen").text)
    assert "Het depot heeft dit al." in said
    assert browser.post(f"{page}/publiceren").status_code == 303
    company = factories.company()
    session.commit()
    gap = unescape(signed_in(app.test_client(), company).get(f"/aanbestedingen/{draft.id}").text)
    for words in ("Plaatsing", "Een baan van een jaar.", "Uittreksel Handelsregister", "Ons archief is van papier."):
        assert words in gap


def test_a_word_and_paper_can_be_taken_back(browser: FlaskClient, page: str, draft: Tender) -> None:
    browser.post(f"{page}/afwijkingen", data={"begrip": "placement", "betekenis": "Een baan van een jaar."})
    browser.post(f"{page}/op-papier", data={"soort": "kvk_extract", "reden": "Ons archief is van papier."})
    assert browser.post(f"{page}/afwijkingen/placement/weg").status_code == 303
    assert browser.post(f"{page}/op-papier/kvk_extract/weg").status_code == 303
    said = browser.get(f"{page}/eisen").text
    assert "Een baan van een jaar." not in said
    assert "Ons archief is van papier." not in said


def test_everybody_reads_the_words_and_the_schema(client: FlaskClient) -> None:
    assert "Plaatsing" in client.get("/begrippen").text
    answer = client.get("/api/v1/schemas/eisen")
    assert answer.mimetype == "application/schema+json"
    assert "max-age=" in answer.headers["Cache-Control"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(answer.text)["title"] == "Eisen aan een inschrijver"


def pages_of(data: bytes) -> list[str]:
    pdf = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_bounded() for page in pdf]


def test_the_annex_of_twelve_requirements_has_two_pages_and_says_that_it_is_a_draft(
    browser: FlaskClient, page: str, draft: Tender
) -> None:
    answer = browser.get(f"{page}/bijlage.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == "attachment; filename=bijlage-2027-09.pdf"
    pages = pages_of(answer.data)
    assert len(pages) <= 2
    text = " ".join(" ".join(pages).split())
    for words in ("CONCEPT", "E12", "Aw 2012 art. 2.89 lid 1", "(in het depot)", "Prijs (30%)", "na de selectie"):
        assert words in text, words
    with pikepdf.open(BytesIO(answer.data)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "nl-NL"


def test_the_word_annex_says_the_same_in_a_table_with_a_header(browser: FlaskClient, page: str, draft: Tender) -> None:
    answer = browser.get(f"{page}/bijlage.docx")
    assert answer.mimetype == annexes.WORD
    document = docx.Document(BytesIO(answer.data))
    [table] = document.tables
    assert [cell.text for cell in table.rows[0].cells] == ["Nr.", "Eis", "Voor wie, wanneer", "Grondslag en bewijs"]
    assert [row.cells[0].text for row in table.rows[1:]] == [f"E{number}" for number in range(1, 13)]
    assert "w:tblHeader" in table._tbl.xml
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    assert "CONCEPT: deze eisen zijn nog niet gepubliceerd." in paragraphs
    assert "E14: Prijs (30%)" in paragraphs


def test_the_annex_names_deviations_paper_and_lots_and_drops_the_draft_once_published(
    buyer: Actor, draft: Tender
) -> None:
    editing.deviate(buyer, draft.id, "placement", "Een baan van <b>een</b> jaar #1.")
    editing.ask_on_paper(buyer, draft.id, "kvk_extract", "Ons archief is van papier.")
    editing.rewrite(buyer, draft.id, "E14", label="Prijs in €", severity="minimum", lots=["1"])
    service.publish(buyer, draft.id)
    said = annexes.content(draft)
    assert said["draft"] == ""
    assert said["deviations"] == [["Plaatsing", "Een baan van <b>een</b> jaar #1."]]
    assert said["papers"] == [["Uittreksel Handelsregister", "Ons archief is van papier."]]
    assert said["suitability"][0]["ground"][-1] == "Uittreksel Handelsregister (in het depot, ook op papier)"
    assert said["award"] == ["E14: Prijs in € (percelen: 1)"]
    assert "jaar #1." in " ".join(pages_of(annexes.pdf(draft)))
    assert docx.Document(BytesIO(annexes.word(draft))).core_properties.language == "nl-NL"


def test_nobody_else_gets_the_annex_or_the_editor(page: str, app: DepotFlask, session: Session) -> None:
    other, company = factories.municipality(name="Gemeente Emmen", code="gm0114"), factories.company()
    session.commit()
    for actor in (other, company):
        browser = signed_in(app.test_client(), actor)
        for path in ("bijlage.pdf", "bijlage.docx", "eisen/E1/wijzigen", "overnemen"):
            assert browser.get(f"{page}/{path}").status_code in (403, 404)


def test_the_schema_in_the_documents_is_the_one_that_is_served(client: FlaskClient) -> None:
    written = Path(__file__).parents[2] / "docs" / "eisen.schema.json"
    assert written.read_text(encoding="utf-8") == client.get("/api/v1/schemas/eisen").text, "run: make docs"
