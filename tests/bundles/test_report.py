import hashlib
import re
from datetime import UTC, datetime
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from depot.bundles.making import REPORT
from depot.bundles.models import LEGAL_GROUNDS
from depot.bundles.snapshot import readable
from depot.catalogue.schemas import describe
from depot.core import qr
from depot.core.report import render
from depot.tenders import language
from depot.tenders.reasons import requirement_sentence, sentence
from depot.tenders.rules import EVALUATOR_VERSION, assess, to_json
from depot.verification import texts as checks
from depot.verification.rules import REASONS, Finding
from tests.tenders.dossiers import CLOSING, KINDS, KVK, MARK, MOMENT, POLICY, document, dossier, extract

AT = datetime(2026, 12, 14, 9, 30, tzinfo=UTC)
CHECK = "https://depot.example/controleren?bundel=B2026-7KQ4XP"
ROOT = hashlib.sha256(b"root").hexdigest()
FACTS = {"kvk_extract": extract("2026-06-21"), "liability_insurance": POLICY, "quality_mark": MARK}
SUITABILITY = {
    "Uittreksel Handelsregister": {"document": "kvk_extract", "all": [{"issuedWithin": "P6M"}]},
    "Keurmerk": {"document": "quality_mark", "all": [{"field": "scheme", "in": ["iso-9001"]}]},
    "Kwaliteit van begeleiding": {"manual": {"question": "Is de begeleiding goed beschreven?"}},
}
ASKED = [
    {
        "id": f"E{number}",
        "label": label,
        "kind": "suitability",
        "stage": "bid",
        "subject": {"roles": ["bidder"], "aggregation": "each"},
        "rule": rule,
    }
    for number, (label, rule) in enumerate(SUITABILITY.items(), start=1)
]
DECLARED = {"id": "U1", "kind": "performance", "label": "Begint binnen tien werkdagen"}
WEIGHED = {"id": "G1", "kind": "award", "label": "Plan van aanpak"}
RULES = language.parse({"schema": language.SCHEMA, "requirements": [*ASKED, DECLARED, WEIGHED]}, KINDS)
HOSTILE = [
    '*vet* _schuin_ #panic("x") $x^2$ <label> @ref \\ // weg /* weg */ `raw` ~ -- --- "aan" = Kop',
    "חברת הדוגמה בע״מ",
    "شركة المثال",
    "Αθήναι Łódź Đặng Ñandú Жуковский",
    "W" * 300,
    "heel lange naam " * 19,
    "https://www.voorbeeld.example/" + "pad/" * 60,
]
UNSHOWN = {
    "Zorg 😀 BV": "Zorg [U+1F600] BV",
    "Gemak\u202etxt.exe": "Gemak[U+202E]txt.exe",
    "nul\u200bbreed": "nul[U+200B]breed",
    "株式会社": "[U+682A][U+5F0F][U+4F1A][U+793E]",
    "eigen \ue000 teken": "eigen [U+E000] teken",
    "bel\x07": "bel[U+0007]",
}


def described(number: int, kind: str, **more: Any) -> dict[str, Any]:
    """One document as a bundle describes it."""
    digest = hashlib.sha256(f"{number}".encode()).hexdigest()
    found = {"virus": "not_scanned" if number == 2 else "clean", "opens": "whole", "active_content": "none"}
    findings = [Finding(name, 1, REASONS[name][reason], reason, {}) for name, reason in found.items()]
    return {
        "pad": f"data/documenten/{number:02d}-{kind}-bewijs.pdf",
        "sha256": digest,
        "omvang": 48_213 * number,
        "bestandsnaam": "bewijs.pdf",
        "mediatype": "application/pdf",
        "virusscan": "niet gescand" if number == 2 else "schoon",
        "document": f"d{number}",
        "versie": 1,
        "soort": kind,
        "soortNaam": KINDS[kind].name.nl,
        "titel": f"Bewijs {number}",
        "van": "Test BV Donald",
        "kvkNummer": KVK,
        "uitgever": KINDS[kind].issuer.nl,
        "kenmerk": FACTS[kind].get("kvkNumber"),
        "adres": f"https://depot.example/bundels/0199c0de-7e57-7000-8000-000000000001/documenten/{number}",
        "gegevens": FACTS[kind],
        "gegevensLeesbaar": [list(pair) for pair in describe(KINDS[kind], FACTS[kind], "nl")],
        "ingediendOp": f"2026-10-{number % 28 + 1:02d}T08:15:00+00:00",
        "bevindingen": [
            {
                "controle": row.check,
                "versie": row.check_version,
                "uitkomst": row.outcome,
                "toelichting": str(checks.sentence(row)),
                "gedaanOp": f"2026-10-{number % 28 + 1:02d}T08:16:00+00:00",
            }
            for row in findings
        ],
        "besluit": {
            "uitkomst": "approved",
            "door": "beoordelaar",
            "genomenOp": f"2026-11-{number % 28 + 1:02d}T13:05:00+00:00",
            "eersteBeoordelaarOp": None,
            "catalogus": "c" * 64,
        },
        "bevestiging": None,
        "bewijsPerNorm": None,
        **more,
    }


def participant(documents: int = 3, **more: Any) -> dict[str, Any]:
    """One participant as a bundle describes it."""
    brought = [document(kind, facts, id=kind) for kind, facts in FACTS.items()]
    verdicts = assess(RULES, [dossier(*brought, is_declared=True)], {"bid": MOMENT})
    asked = {item.id: item for item in RULES.requirements}
    return {
        "naam": "Test BV Donald",
        "percelen": [],
        "geselecteerdOp": "2026-12-01T10:00:00+00:00",
        "partijen": [
            {
                "naam": "Test BV Donald",
                "kvkNummer": KVK,
                "rol": "lead",
                "verklaringen": [
                    {"tekst": "2026-11", "bevoegdheid": "Directeur", "ondertekendOp": "2026-11-18T15:45:00+00:00"}
                ],
                "toestemmingen": [{"soorten": sorted(FACTS), "gegevenOp": "2026-11-18T15:46:00+00:00"}],
            },
            {
                "naam": "Test EMZ Dagobert",
                "kvkNummer": "69599084",
                "rol": "relied_on",
                "verklaringen": [],
                "toestemmingen": [],
            },
        ],
        "beoordeling": {
            "evaluator": EVALUATOR_VERSION,
            "catalogus": "c" * 64,
            "eisen": [
                {
                    "eis": item.requirement_id,
                    "naam": asked[item.requirement_id].label,
                    "soort": item.kind,
                    "zin": str(requirement_sentence(asked[item.requirement_id])),
                    "peildatum": item.moment.reference if item.moment else None,
                    "oordeel": item.verdict,
                    "toelichting": str(sentence(item.reason)),
                }
                for item in verdicts
            ],
            "resultaat": to_json(verdicts),
        },
        "documenten": [described(number, sorted(FACTS)[number % 3]) for number in range(1, documents + 1)],
        **more,
    }


def bundle(*participants: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the report gets: a description whose verdicts, facts and sentences come from the rules themselves."""
    said = {
        "nummer": "B2026-7KQ4XP",
        "gemaaktOp": AT.isoformat(),
        "bewaren": {"nietGegund": "P3Y", "naEindeContract": "P7Y"},
        "rechtsgrond": LEGAL_GROUNDS["winner"].message,
        "aanbesteding": {
            "nummer": "2026-0412",
            "titel": "Toeleiden naar werk 2027",
            "gemeente": "Gemeente Voorbeeld",
            "sluitingOp": CLOSING.isoformat(),
        },
        "eisenset": {"nummer": 1, "gepubliceerdOp": "2026-10-01T08:00:00+00:00", "regels": {}},
        "deelnemers": participants or [participant()],
        "nietMee": [],
        **more,
    }
    check = {"address": CHECK, "qr": qr.svg(CHECK).decode()}
    return {**said, "leesbaar": readable(said, KINDS), "root": ROOT, "check": check}


def made(data: dict[str, Any]) -> bytes:
    return render(REPORT, data, at=AT)


def pages_of(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as read:
        return [page.get_textpage().get_text_range() for page in read]


def closed_up(text: str) -> str:
    """Without spaces and line ends: where a line breaks is layout."""
    return re.sub(r"\s", "", text)


def text_of(pdf: bytes) -> str:
    """The text of all pages as one, without what stands at the foot of each."""
    return closed_up("".join(re.sub(r"Bundel B\d{4}-\w+\s+pagina \d+ van \d+", "", page) for page in pages_of(pdf)))


@pytest.fixture(scope="module")
def text() -> str:
    return text_of(made(bundle()))


def test_the_report_names_the_bundle_its_tender_its_participant_and_its_ground(text: str) -> None:
    said = bundle()
    tender = said["aanbesteding"]
    for fact in (
        said["nummer"],
        said["deelnemers"][0]["naam"],
        said["rechtsgrond"],
        *map(tender.get, ("nummer", "titel", "gemeente")),
    ):
        assert closed_up(fact) in text
    assert "Gemaaktop14december202610:30" in text
    assert closed_up("Bewaren" + said["leesbaar"]["bewaren"]) in text


def test_every_requirement_has_its_sentence_its_verdict_and_its_ground(text: str) -> None:
    words = ["voldoet", "voldoet niet", "handmatig", "verklaard", "niet getoetst"]
    for asked, word in zip(participant()["beoordeling"]["eisen"], words, strict=True):
        assert closed_up(asked["naam"] + asked["zin"] + word + asked["toelichting"]) in text


def test_an_undeclared_requirement_is_not_shown_as_declared() -> None:
    said = participant()
    said["beoordeling"]["resultaat"] = to_json(assess(RULES, [dossier()], {"bid": MOMENT}))
    assert "nietverklaard" in text_of(made(bundle(said)))


def test_every_document_has_its_facts_its_hash_its_findings_and_its_decision(text: str) -> None:
    said = participant()
    starts = [text.index(f"Document{number}:") for number in (1, 2, 3)]
    sections = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    for item, section in zip(said["documenten"], sections, strict=True):
        for label, value in item["gegevensLeesbaar"]:
            assert closed_up(label + value) in section
        for name in ("soortNaam", "titel", "van", "kvkNummer", "uitgever", "adres", "pad", "bestandsnaam", "sha256"):
            assert closed_up(item[name]) in section
        assert f"({item['omvang']}bytes)" in section
        for finding in item["bevindingen"]:
            assert closed_up(finding["toelichting"]) in section
            assert f"{finding['controle']},versie{finding['versie']}" in section
    assert [re.findall(r"Goedgekeurdop(\w+:\w+)dooreenbeoordelaar", section) for section in sections] == [
        ["2november202614:05"],
        ["3november202614:05"],
        ["4november202614:05"],
    ]


def test_only_a_document_that_was_not_scanned_says_so(text: str) -> None:
    first, second, third = re.split(r"Document\d:", text)[1:]
    assert "Letop:nietgescand." in text
    assert "Nietgescandopvirussen." in second
    assert "Nietgescand" not in first + third
    scanned = text_of(made(bundle(participant(1))))
    assert "nietgescand" not in scanned.lower()


def test_parties_are_there_with_declaration_and_consent(text: str) -> None:
    assert (
        "KvK-nummer68750110penvoerderOndertekendop18november202616:45Bevoegdheid:DirecteurTekst:versie2026-11" in text
    )
    consented = ", ".join(KINDS[kind].name.nl for kind in sorted(FACTS))
    assert closed_up(f"Gegeven op 18 november 2026 16:46, voor: {consented}") in text
    assert "TestEMZDagobertKvK-nummer69599084derdegeengeen" in text


def test_the_fingerprint_reads_as_in_the_readme(text: str) -> None:
    assert ":".join(re.findall("..", ROOT.upper())) in text


def test_the_report_leads_to_where_the_bundle_is_known_by_text_and_by_a_code_that_a_phone_reads(text: str) -> None:
    assert closed_up(CHECK) in text
    with pypdfium2.PdfDocument(made(bundle())) as read:
        codes = [code.text for page in read for code in zxingcpp.read_barcodes(page.render(scale=2).to_pil())]
    assert codes == [CHECK]


def test_every_page_has_its_number_and_the_number_of_the_bundle() -> None:
    pages = pages_of(made(bundle()))
    for number, page in enumerate(pages, start=1):
        assert f"pagina {number} van {len(pages)}" in page
        assert "Bundel B2026-7KQ4XP" in page


def test_the_same_data_give_the_same_bytes() -> None:
    assert made(bundle()) == made(bundle())


def test_the_headings_are_bookmarks_and_the_title_is_set(tmp_path: Any) -> None:
    path = tmp_path / "rapport.pdf"
    path.write_bytes(made(bundle()))
    with pikepdf.open(path) as pdf, pdf.open_outline() as outline:
        assert pdf.open_metadata()["dc:title"] == "Rapport bij bundel B2026-7KQ4XP"
        assert [item.title for item in outline.root] == ["Bundel B2026-7KQ4XP"]
        parts = outline.root[0].children
        assert [item.title for item in parts[:2]] == ["Oordeel per eis", "Partijen"]
        assert parts[2].children[0].title == f"Document 1: {KINDS['liability_insurance'].name.nl}"


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_name_holds_is_shown_as_text_within_the_page(name: str) -> None:
    pdf = made(bundle(participant(naam=name, documenten=[described(1, "kvk_extract", titel=name, bestandsnaam=name)])))
    found = text_of(pdf)
    assert closed_up(name) in found
    assert all(found.count(word) >= 4 for word in name.split())
    with pypdfium2.PdfDocument(pdf) as read:
        for page in read:
            layer = page.get_textpage()
            boxes = [layer.get_charbox(place) for place in range(layer.count_chars())]
            assert max(right for _left, _bottom, right, _top in boxes) < page.get_width() - 56


@pytest.mark.parametrize(("name", "shown"), UNSHOWN.items())
def test_a_sign_without_a_shape_is_shown_by_its_code_point(name: str, shown: str) -> None:
    text = text_of(made(bundle(participant(1, naam=name))))
    assert closed_up(shown) in text
    assert "nummerinUnicode" in text


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200))
def test_no_name_stops_a_report(name: str) -> None:
    assert made(bundle(participant(0, naam=name))).startswith(b"%PDF")


@pytest.mark.parametrize(("first", "last"), [(0x0, 0x500), (0x590, 0x670), (0x1E00, 0x1F00), (0x2000, 0x2300)])
def test_every_sign_of_the_scripts_it_shows_has_a_shape(first: int, last: int) -> None:
    every = "".join(map(chr, range(first, last)))
    said = bundle(participant(naam=every, documenten=[described(1, "kvk_extract", titel=every)]), rechtsgrond=every)
    assert made(said).startswith(b"%PDF")


def test_forty_documents_are_listed_with_their_pages() -> None:
    pages = pages_of(made(bundle(participant(40))))
    found = [
        next(number for number, page in enumerate(pages, start=1) if f"Document {place}: " in page)
        for place in range(1, 41)
    ]
    listed = closed_up("".join(pages[: found[0]]))
    said = participant(40)["documenten"]
    for place, (item, page) in enumerate(zip(said, found, strict=True), start=1):
        assert closed_up(f"{place}{item['soortNaam']}: {item['titel']}{item['van']}{page}") in listed
