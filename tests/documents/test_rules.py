"""Types of file by their first bytes, and names that end as they should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depot.documents.rules import ENDINGS, JPEG, PDF, PNG, media_type_of, named


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"%PDF-1.7", PDF),
        (b"\xef\xbb\xbf\n%PDF-1.4", PDF),
        (b"\x89PNG\r\n\x1a\n\0\0", PNG),
        (b"\xff\xd8\xff\xe0", JPEG),
        (b"\x89PNG\r\n\x1a\n%PDF-1.7", PNG),
        (b"\x89PNG\n", None),
        (b"GIF89a", None),
        (b"<svg xmlns=", None),
        (b"<html>%PDF", None),
        (b"RIFF\0\0\0\0WEBP", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_first_bytes_show(head, expected):
    assert media_type_of(head) == expected


@given(st.binary(max_size=64))
def test_any_bytes_are_one_of_the_types_or_nothing(head):
    assert media_type_of(head) in {*ENDINGS, None}


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("polis.pdf", PDF, "polis.pdf"),
        ("POLIS.PDF", PDF, "POLIS.PDF"),
        ("scan.jpeg", JPEG, "scan.jpeg"),
        ("scan.pdf", PNG, "scan.pdf.png"),
        ("scan", JPEG, "scan.jpg"),
    ],
)
def test_a_name_gets_the_ending_of_its_type_unless_it_has_it(name, media_type, expected):
    assert named(name, media_type) == expected


@given(st.text(max_size=40), st.sampled_from(sorted(ENDINGS)))
def test_a_name_ends_as_its_type_does_and_naming_it_again_changes_nothing(name, media_type):
    once = named(name, media_type)
    assert once.lower().endswith(ENDINGS[media_type])
    assert once.startswith(name)
    assert named(once, media_type) == once
