from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import typst

from depot.core import authority, clock, report, seal

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title)
#set text(lang: "nl")
= #data.title
#data.body
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "reports" / "verklaring.typ"
    path.parent.mkdir()
    path.write_text(TEMPLATE)
    return path


def text_of(pdf: bytes) -> str:
    return pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()


def test_a_report_claims_pdf_a_3a_and_pdf_ua_1_and_carries_its_attachments(template: Path) -> None:
    made = report.render(template, {"title": "Rapport", "body": ""}, at=AT, attachments={"bundel.json": b"{}"})
    with pikepdf.open(BytesIO(made)) as pdf:
        metadata = pdf.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"], metadata["pdfuaid:part"]) == ("3", "A", "1")
        assert pdf.Root.Lang == "nl"
        assert pdf.Root.MarkInfo.Marked
        assert [str(name).rpartition("/")[2] for name in pdf.attachments] == ["bundel.json"]
        assert next(iter(pdf.attachments.values())).get_file().read_bytes() == b"{}"


def test_the_same_report_has_the_same_bytes(template: Path) -> None:
    data = {"title": "Rapport", "body": "Ja"}
    assert report.render(template, data, at=AT) == report.render(template, data, at=AT)
    assert report.render(template, data, at=AT) != report.render(template, data, at=AT.replace(minute=31))


def test_data_are_never_read_as_markup(template: Path) -> None:
    made = report.render(template, {"title": "Rapport", "body": '*vet* #panic("x") $x^2$ <label> @ref'}, at=AT)
    assert '*vet* #panic("x") $x^2$ <label> @ref' in text_of(made)


def test_a_template_reads_nothing_outside_its_folder(template: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("geheim")
    template.write_text(TEMPLATE + '#read("../../secret.txt")')
    with pytest.raises(typst.TypstError):
        report.render(template, {"title": "Rapport", "body": ""}, at=AT)


def test_sealing_a_report_keeps_its_claims(template: Path, tmp_path: Path) -> None:
    with clock.moved_to(AT):
        authority.init(tmp_path / "seal", organisation="Depot Voorbeeld")
        made = report.render(template, {"title": "Rapport", "body": ""}, at=AT)
        sealed = seal.load(tmp_path / "seal").seal_pdf(made, reason="Verzegeld", field="Zegel")
    with pikepdf.open(BytesIO(sealed)) as pdf:
        metadata = pdf.open_metadata()
        assert (metadata["pdfaid:conformance"], metadata["pdfuaid:part"]) == ("A", "1")
