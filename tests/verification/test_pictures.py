"""Scans as PNG or JPEG: what the sandbox tells of them, and what the checks conclude."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import ExifTags, Image

from depot.documents.models import State
from depot.verification import pictures, queries, service
from depot.verification.examination import examine
from depot.verification.rules import JPEG, PNG, Outcome, Subject, refusal
from depot.verification.texts import sentence
from tests import factories

DONALD = Subject(factories.DONALD)


def picture(media_type, size=(120, 160), mode="RGB", **options):
    made = BytesIO()
    Image.new(mode, size, "white" if mode == "RGB" else None).save(made, pictures.FORMATS[media_type], **options)
    return made.getvalue()


def located():
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Voorbeeld"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    return exif


def phone():
    """A JPEG with a second picture inside, as phones make."""
    made = BytesIO()
    Image.new("RGB", (90, 90)).save(made, "MPO", save_all=True, append_images=[Image.new("RGB", (90, 90))])
    return made.getvalue()


def png(*chunks):
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def header(width, height):
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)


PIXELS = b"IDAT", zlib.compress(bytes(301 * 100))
END = b"IEND", b""


def examined(tmp_path, data, media_type, subject=DONALD):
    path = tmp_path / "scan"
    path.write_bytes(data)
    with path.open("rb") as file:
        found = examine(file, None, subject, media_type).findings
    for item in found:
        assert str(sentence(item))
    return {item.check: item for item in found}


@pytest.mark.parametrize("media_type", [PNG, JPEG])
def test_a_whole_scan_is_fine_and_its_kvk_number_is_for_a_person_to_read(tmp_path, media_type):
    found = examined(tmp_path, picture(media_type), media_type)
    assert {name: (item.outcome, item.reason) for name, item in found.items()} == {
        "virus": (Outcome.UNDETERMINED, "not_scanned"),
        "type": (Outcome.OK, "as_named"),
        "opens": (Outcome.OK, "whole"),
        "location": (Outcome.OK, "none"),
        "kvk_number": (Outcome.UNDETERMINED, "no_text"),
    }
    assert refusal(list(found.values())) is None


def test_of_a_company_without_a_number_nothing_is_looked_for(tmp_path):
    assert examined(tmp_path, picture(PNG), PNG, Subject(""))["kvk_number"].reason == "not_known"


@pytest.mark.parametrize("media_type", [PNG, JPEG])
def test_a_scan_that_says_where_it_was_made_is_something_to_look_at(tmp_path, media_type):
    found = examined(tmp_path, picture(media_type, exif=located()), media_type)
    assert (found["location"].outcome, found["location"].reason) == (Outcome.WARNING, "present")
    assert refusal(list(found.values())) is None


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_way_to_keep_colours_in_a_png_is_read(tmp_path, mode):
    assert examined(tmp_path, picture(PNG, mode=mode), PNG)["opens"].reason == "whole"


@pytest.mark.parametrize(
    "data",
    [picture(JPEG, mode="CMYK"), picture(JPEG, progressive=True), phone()],
    ids=["print", "progressive", "phone"],
)
def test_every_common_jpeg_is_read(tmp_path, data):
    assert examined(tmp_path, data, JPEG)["opens"].reason == "whole"


def broken(data):
    return data[:50] + bytes([data[50] ^ 0xFF]) + data[51:]


@pytest.mark.parametrize(
    ("data", "media_type", "reason"),
    [
        (picture(PNG, (900, 900))[:-900], PNG, "truncated"),
        (picture(PNG)[:40], PNG, "truncated"),
        (picture(JPEG, (900, 900))[:-200], JPEG, "truncated"),
        (picture(JPEG)[:30], JPEG, "damaged"),
        (b"\xff\xd8\xff", JPEG, "damaged"),
        (broken(picture(PNG)), PNG, "damaged"),
        (png(header(2**31 - 1, 2**31 - 1), PIXELS, END), PNG, "too_many_pixels"),
        (picture(PNG, (20_000, 20_000), "1"), PNG, "too_many_pixels"),
        (png(header(100, 100), (b"zTXt", b"a\0\0" + zlib.compress(bytes(200 << 20))), PIXELS, END), PNG, "damaged"),
    ],
    ids=["png cut", "png head", "jpeg cut", "jpeg head", "magic", "png flip", "header bomb", "pixel bomb", "text bomb"],
)
def test_a_scan_that_is_broken_or_a_bomb_is_returned_by_rule(tmp_path, data, media_type, reason):
    found = examined(tmp_path, data, media_type)
    assert found["opens"].reason == reason
    assert refusal(list(found.values())) is found["opens"]
    assert "location" not in found


def test_the_largest_scan_that_is_taken_fits_in_the_sandbox(tmp_path):
    side = int(pictures.PIXELS**0.5)
    assert examined(tmp_path, picture(PNG, (side, side), "RGBA"), PNG)["opens"].reason == "whole"


def test_a_pdf_under_the_type_of_a_scan_is_another_type(tmp_path):
    found = examined(tmp_path, factories.pdf(), PNG)
    assert refusal(list(found.values())).reason == "other_type"


def test_a_deposited_scan_goes_the_way_of_every_document(session):
    donald = factories.company()
    version = factories.checked(donald, data=picture(JPEG, exif=located()))
    assert version.state is State.IN_REVIEW
    assert {item.check: item.reason for item in queries.findings([version.id])}["location"] == "present"
    bad = factories.checked(donald, data=picture(PNG, (900, 900))[:-900])
    assert bad.state is State.RETURNED
    [review] = queries.reviews([bad.id])
    assert review.by_rule == "opens:truncated"
    facts = version.facts("submitted")
    assert service.approve(factories.reviewer(), version.id, facts=facts).state is State.APPROVED
