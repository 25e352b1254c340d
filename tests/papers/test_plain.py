from io import BytesIO

import pypdfium2

from depot.papers.plain import plain


def text_of(data: bytes) -> str:
    with pypdfium2.PdfDocument(BytesIO(data)) as document:
        page = document[0].get_textpage()
        return page.get_text_range()


def test_a_plain_paper_shows_its_lines_as_they_are() -> None:
    lines = ["KvK-nummer 00000042", r"Eigen risico (€ 2.500,00) \ coöperatie", "Ω"]
    assert text_of(plain(lines)).split("\r\n") == [*lines[:2], "?"]


def test_the_same_lines_give_the_same_bytes_and_others_do_not() -> None:
    assert plain(["een"]) == plain(["een"])
    assert plain(["een"]) != plain(["twee"])
