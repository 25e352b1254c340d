import base64
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String

from depot.core import sandbox
from depot.verification.inspection import inspect, media_type
from tests.verification import pdfs

QUESTION = {"anchors": {}, "moment": "2026-11-22T00:00:00+00:00"}
SCRIPT = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def told_of(data: bytes) -> dict:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        result = sandbox.run(inspect, file, QUESTION)
    assert result.outcome is sandbox.Outcome.OK
    return result.value


def test_a_whole_pdf_is_read():
    told = told_of(pdfs.text_pdf(pages=3))
    assert told["media_type"] == "application/pdf"
    assert told["has_end"]
    assert told["opening"] == {"state": "opened", "is_encrypted": False, "is_damaged": False, "warnings": []}
    assert told["pages"] == 3
    assert told["active_content"] == {}
    assert told["embedded"] == {"files": [], "unread": 0}
    assert told["text"]["text"].count("12345678") == 3
    assert told["text"]["is_whole"]
    assert told["errors"] == {}


def test_text_is_read_up_to_fifty_pages():
    text = told_of(pdfs.text_pdf(pages=51))["text"]
    assert text["text"].count("12345678") == 50
    assert not text["is_whole"]


def test_an_empty_file_has_no_type():
    assert told_of(b"") == {
        "size": 0, "media_type": "application/x-empty", "has_end": False, "errors": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"gewone tekst, caf\xc3\xa9", "text/plain"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"PK\x03\x04%PDF-1.7", "application/zip"),
        (b"MZ\x90%PDF-1.7", "application/x-msdownload"),
        (b"\n\n%PDF-1.7", "application/pdf"),
        (b" " * 1024 + b"%PDF-1.7", "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"\xff\xfe", "application/octet-stream"),
    ],
)
def test_the_type_is_what_the_bytes_show(data, name):
    assert media_type(data) == name


def test_a_truncated_pdf_is_damaged_and_has_no_end():
    whole = pdfs.text_pdf(pages=5)
    told = told_of(whole[: len(whole) * 2 // 3])
    assert not told["has_end"]
    assert told["opening"]["is_damaged"]


def test_a_pdf_that_is_only_a_header_is_closed():
    assert told_of(b"%PDF-1.7\n%%EOF")["opening"]["state"] == "closed"


def test_passwords_for_reading_lock_and_those_for_changing_do_not():
    assert told_of(pdfs.encrypted(user="geheim"))["opening"]["state"] == "locked"
    assert told_of(pdfs.encrypted(user="geheim", owner=""))["opening"]["state"] == "locked"
    restricted = told_of(pdfs.encrypted(user=""))
    assert restricted["opening"]["state"] == "opened"
    assert restricted["opening"]["is_encrypted"]
    assert "12345678" in restricted["text"]["text"]


def test_a_pdf_without_pages_is_told():
    assert told_of(pdfs.without_pages())["pages"] == 0


def test_a_script_in_a_field_action_is_found():
    assert told_of(pdfs.with_action(SCRIPT))["active_content"] == {"AA": 1, "JavaScript": 1}


def test_a_script_in_an_object_that_nothing_reaches_is_found():
    def hide(pdf):
        pdf.Root.PieceInfo = Dictionary(Depot=Array([Array([pdf.make_indirect(SCRIPT)])]))

    assert told_of(pdfs.changed(hide))["active_content"] == {"JavaScript": 1}


@pytest.mark.parametrize("kind", ["Launch", "SubmitForm", "ImportData", "GoToE", "RichMediaExecute", "Sound"])
def test_other_actions_are_found_by_their_kind(kind):
    found = told_of(pdfs.with_action(Dictionary(S=Name("/" + kind))))["active_content"]
    assert found == {"AA": 1, kind: 1}


def test_xfa_forms_are_found():
    def add(pdf):
        pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=pdf.make_stream(b"<xdp/>"))

    assert told_of(pdfs.changed(add))["active_content"] == {"XFA": 1}


def test_going_to_a_page_when_opened_is_harmless_and_doing_something_is_not():
    def page(pdf):
        return Array([pdf.pages[0].obj, Name.Fit])

    assert told_of(pdfs.with_opening(page))["active_content"] == {}
    go_to = told_of(pdfs.with_opening(lambda pdf: Dictionary(S=Name.GoTo, D=page(pdf))))
    assert go_to["active_content"] == {}
    launch = told_of(pdfs.with_opening(lambda pdf: Dictionary(S=Name.Launch, F=String("x.exe"))))
    assert launch["active_content"] == {"Launch": 1, "OpenAction": 1}


@pytest.mark.parametrize(
    ("make", "name"), [(pdfs.with_attachment, "bijlage.txt"), (pdfs.with_loose_embedded_file, "los.txt")]
)
def test_files_inside_come_out_whole(make, name):
    embedded = told_of(make(b"inhoud" * 100))["embedded"]
    assert [file["name"] for file in embedded["files"]] == [name]
    assert base64.b64decode(embedded["files"][0]["data"]) == b"inhoud" * 100
    assert embedded["unread"] == 0


def test_files_inside_that_pass_the_limit_are_counted_as_unread():
    embedded = told_of(pdfs.with_attachment(bytes(17 << 20)))["embedded"]
    assert embedded == {"files": [], "unread": 1}


def test_a_compression_bomb_inside_stays_within_the_limits():
    with tempfile.TemporaryFile() as file:
        file.write(pdfs.with_attachment(bytes(200 << 20)))
        file.flush()
        result = sandbox.run(inspect, file, QUESTION, memory=128 << 20)
    assert result.outcome in {sandbox.Outcome.OK, sandbox.Outcome.OUT_OF_MEMORY}
    if result.outcome is sandbox.Outcome.OK:
        assert result.value["embedded"]["unread"] == 1


def test_names_and_text_hold_nothing_that_a_database_refuses():
    told = told_of(pdfs.with_attachment(b"x", name="a\x00b\x1bc" + "d" * 500))
    name = told["embedded"]["files"][0]["name"]
    assert name.startswith("abc")
    assert len(name) <= 200


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_pdf_with_any_bytes_overwritten_never_harms(data):
    whole = bytearray(pdfs.text_pdf())
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    told = told_of(bytes(whole))
    assert told["size"] == len(whole)
