"""Files are read in the sandbox, scans by a real Tesseract."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from depot.catalogue import service as catalogue
from depot.core import clock
from depot.reading import ocr, reader
from depot.reading.proposals import propose
from depot.reading.reader import Means, Unread, UnreadError
from tests.reading import papers

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"


@pytest.fixture
def opened(tmp_path):
    def make(data):
        path = tmp_path / "paper"
        path.write_bytes(data)
        return path.open("rb")

    return make


def values(text):
    kind = catalogue.load(catalogue.FOLDER).kinds["kvk_extract"]
    return {item.field: item.value for item in propose(kind, text.lines, today=clock.today())}


def test_a_pdf_is_read_by_its_own_text(opened):
    with opened(papers.pdf()) as file:
        text = reader.read(file, PDF)
    assert text.means is Means.TEXT
    assert values(text)["statutoryName"] == "Test BV Donald"


@pytest.mark.parametrize(("form", "media_type"), [("PDF", PDF), ("PNG", PNG), ("JPEG", JPEG)])
def test_a_scan_is_read_by_its_looks(opened, form, media_type):
    with opened(papers.scan(form)) as file:
        text = reader.read(file, media_type)
    assert text.means is Means.OCR
    assert values(text) == {
        "kvkNumber": "68750110",
        "statutoryName": "Test BV Donald",
        "legalForm": "bv",
        "rsin": "857587973",
        "seat": "Apeldoorn",
        "issueDate": "2026-10-03",
    }


def test_a_glance_reads_text_and_leaves_scans(opened):
    with opened(papers.pdf()) as file:
        assert reader.read_text(file, seconds=5)
    with opened(papers.scan()) as file:
        assert reader.read_text(file, seconds=5) is None
    with opened(b"%PDF-1.7 nothing") as file:
        assert reader.read_text(file, seconds=5) is None


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(b"%PDF-1.7 nothing", PDF), (b"\x89PNG\r\n\x1a\nnothing", PNG), (b"\xff\xd8\xffnothing", JPEG), (b"", PDF)],
)
def test_a_broken_file_is_not_read(opened, data, media_type):
    with opened(data) as file, pytest.raises(UnreadError) as raised:
        reader.read(file, media_type)
    assert raised.value.why is Unread.FAILED


def test_a_picture_without_words_says_so(opened):
    made = BytesIO()
    Image.new("L", (600, 800), 255).save(made, "PNG")
    with opened(made.getvalue()) as file, pytest.raises(UnreadError) as raised:
        reader.read(file, PNG)
    assert raised.value.why is Unread.NO_WORDS


def test_only_the_first_pages_are_read(opened):
    with opened(papers.pdf(pages=14)) as file:
        text = reader.read(file, PDF)
    assert {line.pieces[0].page for line in text.lines} == set(range(10))


def test_a_machine_without_tesseract_says_so(opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setitem(ocr.ENVIRONMENT, "PATH", str(tmp_path))
    assert not ocr.is_there()
    with opened(papers.scan()) as file, pytest.raises(UnreadError) as raised:
        reader.read(file, PDF)
    assert raised.value.why is Unread.NO_OCR


def test_this_machine_has_tesseract_with_dutch():
    assert ocr.is_there(), "sudo apt-get install tesseract-ocr tesseract-ocr-nld"
