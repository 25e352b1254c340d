from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from depot.catalogue import service as catalogue
from depot.catalogue.schemas import describe, facts_schema, to_json
from depot.core.seal import Seal
from depot.papers.make import Holder, authority, make

AT = datetime(2026, 5, 21, 8, 32, tzinfo=UTC)
COMPANY = Holder("Test BV Donald", "68750110", "857587973", "bv", "Lollum")
SOLE_TRADER = Holder("Test EMZ Dagobert", "69599084", None, "sole_proprietorship", "Amsterdam")
KINDS = catalogue.load(catalogue.FOLDER).kinds

FACTS: dict[str, dict[str, Any]] = {
    "kvk_extract": {
        "kvkNumber": "68750110",
        "statutoryName": "Test BV Donald",
        "legalForm": "bv",
        "rsin": "857587973",
        "seat": "Lollum",
        "startDate": "2009-03-02",
        "issueDate": "2026-05-21",
    },
    "liability_insurance": {
        "proofKind": "certificate",
        "coverKind": "combi",
        "insurer": "Voorbeeldverzekeraar N.V.",
        "policyNumber": "VV-2026-004711",
        "policyholder": "Test BV Donald",
        "insuredCapacity": "Re-integratie, jobcoaching en loopbaanbegeleiding",
        "amountPerClaim": "1250000.00",
        "amountPerYear": "2500000.00",
        "deductible": "2500.00",
        "territory": "Nederland en overige landen van de Europese Unie",
        "startDate": "2026-01-01",
        "endDate": "2026-12-31",
        "tacitRenewal": True,
        "premiumPaid": True,
        "certificateDate": "2026-01-08",
    },
    "quality_mark": {
        "proofKind": "certificate",
        "scheme": "blik-op-werk",
        "status": "definitief",
        "certificateNumber": "BOW-V-2025-0318",
        "certificationBody": "Keurmerk Blik op Werk (voorbeeld)",
        "kvkNumber": "68750110",
        "scopeServices": ["begeleiding", "diagnose", "jobcoaching", "sociale-activering", "toeleiden-naar-werk"],
        "validFrom": "2025-10-01",
        "validUntil": "2027-09-30",
        "equivalenceClaim": "Niet van toepassing: dit is het certificaat zelf.",
    },
    "reference": {
        "client": "Gemeente Emmen (voorbeeldreferentie)",
        "clientKind": "municipality",
        "contactFunction": "Beleidsadviseur Werk en Inkomen",
        "contactEmail": "werk@emmen.example",
        "description": (
            "Activering van inwoners van twee dorpen met een bijstandsuitkering, in de eigen buurt.\n\nWij voerden de "
            "intake, de begeleiding en de nazorg uit, samen met de welzijnsinstelling en het werkgeversservicepunt."
        ),
        "domains": ["begeleiding", "jobcoaching", "sociale-activering", "toeleiden-naar-werk"],
        "role": "main",
        "ownShare": "82.5",
        "startDate": "2024-02-01",
        "endDate": "2026-01-31",
        "ongoing": False,
        "amountTotalExVat": "186500.00",
        "amountInWindow": "186500.00",
        "trajectories": 64,
        "resultPct": "57.8",
        "satisfied": True,
    },
    "annual_accounts": {
        "documentKind": "company",
        "kvkNumber": "68750110",
        "fiscalYear": 2025,
        "periodStart": "2025-01-01",
        "periodEnd": "2025-12-31",
        "turnover": "2184350.00",
        "turnoverInDomain": "1930200.00",
        "equity": "412900.00",
        "totalAssets": "987650.00",
        "currentAssets": "731400.00",
        "currentLiabilities": "498300.00",
        "result": "-38420.00",
        "auditorOpinion": "compilation",
        "adoptedOn": "2026-04-14",
    },
    "qualified_staff_list": {
        "asOfDate": "2026-05-01",
        "headcount": 31,
        "fte": "24.6",
        "fteMbo": "5.4",
        "fteHbo": "16.2",
        "fteWo": "3",
        "vogShare": "100",
    },
}


def canonical(kind: str, **changes: Any) -> dict[str, Any]:
    facts = {name: value for name, value in (FACTS[kind] | changes).items() if value is not None}
    return to_json(KINDS[kind], facts_schema(KINDS[kind])().load(facts))


def pages_of(pdf: bytes) -> Iterator[str]:
    for page in pypdfium2.PdfDocument(pdf):
        yield page.get_textpage().get_text_bounded()


def squeezed(text: str) -> str:
    """Without white space, and with the sign that PDFium gives for a hyphen at a line's end set right."""
    return "".join(text.replace("\x02", "-").replace("\ufffe", "-").split())


def assert_shows(pdf: bytes, kind: str, facts: dict[str, Any], company: Holder) -> None:
    pages = [squeezed(page) for page in pages_of(pdf)]
    assert pages
    assert all(squeezed("VOORBEELD – geen echt document") in page for page in pages)
    text = "".join(pages)
    assert company.kvk_number in text
    missing = [words for pair in describe(KINDS[kind], facts, "nl") for words in pair if squeezed(words) not in text]
    assert missing == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_of_each_kind_shows_every_fact_and_says_on_every_page_that_it_is_an_example(kind: str) -> None:
    facts = canonical(kind)
    assert set(facts) == {field.name for field in KINDS[kind].fields}
    assert_shows(make(kind, facts, COMPANY, at=AT), kind, facts, COMPANY)


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_shows_what_is_there_when_optional_facts_are_left_out(kind: str) -> None:
    optional = [field.name for field in KINDS[kind].fields if not field.is_required]
    facts = canonical(kind, **dict.fromkeys(optional))
    pdf = make(kind, facts, SOLE_TRADER, at=AT)
    assert_shows(pdf, kind, facts, SOLE_TRADER)
    text = squeezed("".join(pages_of(pdf)))
    assert not any(str(FACTS[kind][name]) in text for name in optional if name.endswith("Number") or name == "rsin")


@pytest.mark.parametrize(
    ("kind", "changes", "title"),
    [
        ("liability_insurance", {"proofKind": "commitment"}, "Bereidheidsverklaring"),
        ("quality_mark", {"proofKind": "equivalent_certificate", "scheme": "iso-9001"}, "Gelijkwaardig certificaat"),
        ("quality_mark", {"proofKind": "equivalent_measures"}, "Verklaring van gelijkwaardige maatregelen"),
        ("quality_mark", {"status": "aspirant"}, "Certificaat"),
        ("annual_accounts", {"documentKind": "turnover_statement"}, "Omzetverklaring 2025"),
        ("reference", {"ongoing": True, "endDate": None}, "De opdracht loopt nog."),
    ],
)
def test_a_paper_carries_the_title_of_what_it_is(kind: str, changes: dict[str, Any], title: str) -> None:
    facts = canonical(kind, **changes)
    pdf = make(kind, facts, COMPANY, at=AT)
    assert_shows(pdf, kind, facts, COMPANY)
    assert squeezed(title) in squeezed("".join(pages_of(pdf)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_is_a_sound_pdf_a_of_a4_pages_with_nothing_in_it_that_acts(kind: str) -> None:
    pdf = make(kind, canonical(kind), COMPANY, at=AT)
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert opened.check_pdf_syntax() == []
        assert opened.open_metadata()["pdfaid:part"] == "3"
        assert not opened.attachments
        assert not {"/AA", "/OpenAction", "/AcroForm"} & set(opened.Root.keys())
        sizes = {tuple(round(float(side)) for side in page.mediabox) for page in opened.pages}
    assert sizes == {(0, 0, 595, 842)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_paper_has_the_same_bytes(kind: str) -> None:
    assert make(kind, canonical(kind), COMPANY, at=AT) == make(kind, canonical(kind), COMPANY, at=AT)


def test_a_fact_is_never_read_as_markup() -> None:
    facts = canonical("reference", description='*vet* #panic("x") <label> @ref')
    text = squeezed("".join(pages_of(make("reference", facts, COMPANY, at=AT))))
    assert squeezed('*vet* #panic("x") <label> @ref') in text


def test_a_long_description_runs_on_over_marked_pages() -> None:
    facts = canonical("reference", description="Wij begeleidden inwoners naar werk. " * 100)
    pages = [squeezed(page) for page in pages_of(make("reference", facts, COMPANY, at=AT))]
    assert len(pages) > 1
    assert all(squeezed("VOORBEELD – geen echt document") in page for page in pages)
    assert "".join(pages).count("begeleidden") == 100


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Seal:
    return authority(tmp_path_factory.mktemp("papers") / "register")


def test_a_sealed_extract_validates_against_the_test_register_and_the_seal_covers_the_whole_file(
    register: Seal,
) -> None:
    pdf = make("kvk_extract", canonical("kvk_extract"), COMPANY, at=AT, seal=register)
    signature = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    _type, _headers, der = pem.unarmor(register.root_pem)
    context = ValidationContext(trust_roots=[x509.Certificate.load(der)], allow_fetching=False, moment=AT)
    status = validate_pdf_signature(signature, context, ts_validation_context=context)
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.timestamp_validity.timestamp == AT
    assert status.signer_reported_dt == AT
    assert "Voorbeeld Kamer van Koophandel (TEST)" in register.name
    assert_shows(pdf, "kvk_extract", canonical("kvk_extract"), COMPANY)
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert opened.check_pdf_syntax() == []


def test_only_a_sealed_extract_says_that_it_carries_a_seal(register: Seal) -> None:
    facts = canonical("kvk_extract")
    sealed, plain = (
        squeezed("".join(pages_of(make("kvk_extract", facts, COMPANY, at=AT, seal=seal)))) for seal in (register, None)
    )
    assert squeezed("draagt een elektronisch waarmerk") in sealed
    assert squeezed("draagt geen elektronisch waarmerk") in plain


def test_the_authority_is_made_once_and_is_kept(tmp_path: Path) -> None:
    assert authority(tmp_path / "register").fingerprint == authority(tmp_path / "register").fingerprint
