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
from depot.catalogue.rules import FieldType, Rule
from depot.catalogue.schemas import as_shown, facts_schema, to_json
from depot.core.seal import Seal
from depot.papers.make import FOLDER, Holder, authority, make

AT = datetime(2026, 5, 21, 8, 32, tzinfo=UTC)
COMPANY = Holder("Test BV Donald", "68750110", "857587973", "bv", "Lollum")
SOLE_TRADER = Holder("Test EMZ Dagobert", "69599084", None, "sole_proprietorship", "Amsterdam")
KINDS = catalogue.load(catalogue.FOLDER).kinds

FACTS: dict[str, dict[str, Any]] = {
    "kvk_extract": {
        "kvkNumber": "68750110",
        "statutoryName": "Test BV Donald",
        "tradeNames": "Donald Re-integratie, Donald Werkt",
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
        "broker": "Voorbeeldmakelaars",
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
        "accreditation": "C 000",
        "registerCheckedOn": "2026-05-20",
        "reasonNotObtainable": "Niet van toepassing: het keurmerk is er.",
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
        "signedOn": "2026-02-16",
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
        "filedOn": "2026-04-28",
        "parentKvkNumber": "68727720",
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
    "tax_compliance_statement": {
        "statementKind": "tax_obligations",
        "holderName": "Test BV Donald",
        "holderType": "legal_person",
        "rsin": "857587973",
        "taxUnit": "Test BV Donald en andere maatschappijen",
        "reference": "NFV-2026-118",
        "outcome": "fulfilled",
        "issueDate": "2026-05-04",
    },
    "procurement_conduct_certificate": {
        "holderName": "Test BV Donald",
        "holderType": "legal_person",
        "kvkNumber": "68750110",
        "gvaReference": "GVA-2026-0042",
        "issueDate": "2026-02-11",
    },
    "privacy_policy": {
        "version": "3.1",
        "effectiveDate": "2025-03-01",
        "endDate": "2028-02-29",
        "approvedBy": "directie",
        "reviewDate": "2027-03-01",
        "url": "https://donald.example/privacy",
        "mentions": ["breaches", "contact", "legal_basis", "processors", "retention", "rights"],
    },
    "complaints_procedure": {
        "version": "2026-1",
        "effectiveDate": "2026-01-01",
        "endDate": "2028-12-31",
        "approvedBy": "directie",
        "contact": "klachtenfunctionaris",
        "answerDays": 42,
        "independentBody": "Voorbeeldgeschillencommissie",
        "url": "https://donald.example/klachten",
    },
    "client_satisfaction_survey": {
        "periodStart": "2025-01-01",
        "periodEnd": "2025-12-31",
        "population": 320,
        "respondents": 136,
        "responsePct": "42.5",
        "smallestGroup": 14,
        "scale": "1-10",
        "overallScore": "7.9",
        "nps": "21",
        "bureau": "Voorbeeldonderzoek",
        "independent": True,
        "publishedOn": "2026-03-09",
    },
    "espd": {
        "kvkNumber": "68750110",
        "contractingAuthority": "Gemeente Apeldoorn (voorbeeld)",
        "tenderReference": "2027-APD-01",
        "role": "bidder",
        "exclusionGroundApplies": True,
        "selfCleaning": "Na een oude boete zijn de procedures aangepast.\n\nEen controleur kijkt elk jaar mee.",
        "signatoryFunction": "bestuurder",
        "signedOn": "2026-05-20",
    },
    "third_party_commitment": {
        "kvkNumber": "68750110",
        "bidderName": "Test EMZ Dagobert",
        "bidderKvkNumber": "69599084",
        "tenderReference": "2027-APD-01",
        "means": ["references", "staff"],
        "description": "Twee jobcoaches en de ervaring uit drie opdrachten.",
        "jointLiability": False,
        "signatoryFunction": "bestuurder",
        "signedOn": "2026-05-19",
        "endDate": "2028-12-31",
    },
    "consortium_agreement": {
        "kvkNumber": "68750110",
        "consortiumName": "Combinatie Samen naar Werk",
        "leadKvkNumber": "68750110",
        "memberCount": 2,
        "members": "Test BV Donald, 68750110, begeleiding\nTest EMZ Dagobert, 69599084, jobcoaching",
        "jointAndSeveral": True,
        "tenderReference": "2027-APD-01",
        "signedOn": "2026-05-18",
    },
    "authority_to_sign": {
        "kvkNumber": "68750110",
        "holderFunction": "manager inkoop",
        "grantedByFunction": "bestuurder",
        "scope": "limited",
        "limitAmount": "500000.00",
        "signedOn": "2026-01-05",
        "startDate": "2026-01-05",
        "endDate": "2028-01-04",
    },
    "group_guarantee": {
        "guaranteeKind": "403",
        "kvkNumber": "68750110",
        "parentName": "Test NV Katrien",
        "parentKvkNumber": "68727720",
        "limitAmount": "2000000.00",
        "tenderReference": "2027-APD-01",
        "signatoryFunction": "bestuurder",
        "signedOn": "2025-12-01",
        "filedOn": "2025-12-08",
        "effectiveDate": "2025-12-01",
        "endDate": "2030-12-31",
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
    specs = [(spec, facts[spec.name]) for spec in KINDS[kind].fields if spec.name in facts]
    shown = [words for spec, value in specs for words in (str(spec.label), as_shown(spec, value))]
    assert [words for words in shown if squeezed(words) not in text] == []


def can_be_left_out(kind: str) -> list[str]:
    """The fields that neither the kind nor one of its rules asks for, as the other facts are."""
    rules = [rule for rule in KINDS[kind].rules if rule.rule is Rule.REQUIRED and rule.when is not None]
    asked = {name for rule in rules for name in rule.fields if FACTS[kind][rule.when.field] in rule.when.values}
    return [spec.name for spec in KINDS[kind].fields if not spec.is_required and spec.name not in asked]


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_of_each_kind_shows_every_fact_and_says_on_every_page_that_it_is_an_example(kind: str) -> None:
    facts = canonical(kind)
    assert set(facts) == {spec.name for spec in KINDS[kind].fields if spec.type is not FieldType.ROWS}
    assert_shows(make(kind, facts, COMPANY, at=AT), kind, facts, COMPANY)


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_shows_what_is_there_when_optional_facts_are_left_out(kind: str) -> None:
    optional = can_be_left_out(kind)
    facts = canonical(kind, **dict.fromkeys(optional))
    pdf = make(kind, facts, SOLE_TRADER, at=AT)
    assert_shows(pdf, kind, facts, SOLE_TRADER)
    text = squeezed("".join(pages_of(pdf)))
    numbers = [name for name in optional if name.endswith("Number") or name == "rsin"]
    assert not any(str(FACTS[kind][name]) in text for name in numbers)


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


def test_a_kind_that_brings_no_layout_gets_the_general_one() -> None:
    pdf = make("espd", canonical("espd"), COMPANY, at=AT)
    assert not (FOLDER / "espd.typ").exists()
    assert squeezed("Uniform Europees Aanbestedingsdocument (UEA)") in squeezed("".join(pages_of(pdf)))


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
