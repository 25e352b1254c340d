"""Depositing, renewing and withdrawing in a browser, with everything that can be wrong in a form."""

import html
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from depot.access import Role
from depot.accounts.models import Organisation
from depot.core.storage import store
from depot.documents.models import Document, FactSource, State, Version
from depot.verification import service as verification
from tests import factories
from tests.factories import approved, checked, deposited, facts, pdf, signed_in

ADD = "/dossier/toevoegen"
HOSTILE = [
    "../../etc/passwd",
    "C:\\Windows\\x.pdf",
    "a\x00b.pdf",
    "fdp\u202exe.exe",
    "x" * 300 + ".pdf",
    "%22><script>alert(1)</script>.pdf",
    "..",
    ".pdf",
    "één ë.pdf",
    "naam%0D%0AX-Kop: 1.pdf",
]


@pytest.fixture
def donald(session):
    return factories.company()


@pytest.fixture
def browser(client, donald):
    return signed_in(client, donald)


def form(data=None, name="document.pdf", **changes):
    paper = FileStorage(BytesIO(pdf() if data is None else data), filename=name)
    found = {"soort": "liability_insurance", "bestand": paper, **changes}
    return {name: value for name, value in found.items() if value is not None}


def typed(**changes):
    """The facts of a policy as a person types them."""
    found = {
        **facts("liability_insurance"),
        "amountPerClaim": "1.250.000,00",
        "amountPerYear": "€ 2.500.000",
        "startDate": "01-07-2026",
        "endDate": "30-06-2027",
        "certificateDate": "1-7-2026",
        "tacitRenewal": "nee",
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def sent(browser, data):
    """The answer to the first form; its body is in memory, for the test client leaves large ones in open files."""
    boundary, body = encode_multipart(data)
    return browser.post(ADD, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def the_draft(browser, **changes):
    answer = browser.post(ADD, data=form(**changes))
    assert answer.status_code == 303, answer.text
    return answer.location


def text_of(answer):
    return html.unescape(answer.text)


def test_a_file_and_its_facts_become_a_document_that_waits_for_its_checks(browser, session):
    page = the_draft(browser, titel="Polis 2026")
    assert browser.get(page).status_code == 200
    answer = browser.post(page, data=typed())
    assert answer.status_code == 303, answer.text
    shown = text_of(browser.get(answer.location))
    assert "Het document is ingediend" in shown
    assert "Polis 2026" in shown
    assert "€\xa01.250.000,00" in shown
    version = session.scalars(select(Version)).one()
    assert version.state is State.SUBMITTED
    assert version.facts(FactSource.SUBMITTED)["amountPerClaim"] == "1250000.00"
    assert version.facts(FactSource.SUBMITTED)["endDate"] == "2027-06-30"


@pytest.mark.parametrize(
    ("changes", "status", "field", "sentence"),
    [
        ({"bestand": None}, 400, "bestand", "Kies een bestand."),
        ({"name": ""}, 400, "bestand", "Kies een bestand."),
        ({"data": b""}, 400, "bestand", "Dit bestand is leeg."),
        ({"data": b"PK\x03\x04"}, 415, "bestand", "Dit is geen PDF"),
        ({"data": b"%PDF-" + b"x" * (26 << 20)}, 413, "bestand", "Een bestand mag 25 MB zijn"),
        ({"soort": "geen_soort"}, 400, "soort", "Kies een van de soorten"),
        ({"titel": "x" * 201}, 400, "titel", "langer dan 200"),
        ({"titel": "a\u202eb"}, 400, "titel", "een teken in dat niet zichtbaar is"),
        ({"titel": "a\x00b"}, 400, "titel", "een teken in dat niet zichtbaar is"),
        ({"sleutel": "geen sleutel"}, 400, "sleutel", "Kies een van de mogelijkheden"),
        ({"kleur": "blauw"}, 400, "kleur", "Dit veld bestaat niet."),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value)[:20],
)
def test_what_is_wrong_with_a_file_is_said_at_its_field_and_the_rest_stays(
    browser, session, changes, status, field, sentence
):
    answer = sent(browser, form(**{"titel": "Mijn polis", **changes}))
    assert answer.status_code == status
    assert sentence in text_of(answer)
    assert f'href="#field-{field}"' in answer.text
    if "titel" not in changes:
        assert 'value="Mijn polis"' in answer.text
    if "soort" not in changes:
        assert 'value="liability_insurance" selected' in answer.text
    assert session.scalar(select(func.count()).select_from(Document)) == 0
    assert list(store().incoming.iterdir()) == []


@pytest.mark.parametrize(("limit", "value"), [("MAX_CONTENT_LENGTH", 1 << 10), ("MAX_FORM_PARTS", 1)])
def test_a_body_beyond_all_limits_is_refused_unread_and_leaves_nothing(app, browser, monkeypatch, limit, value):
    monkeypatch.setitem(app.config, limit, value)
    answer = browser.post(ADD, data=form(titel="x"))
    assert answer.status_code == 413
    assert "meer dan het depot in één keer aanneemt" in text_of(answer)
    assert list(store().incoming.iterdir()) == []


def test_a_field_of_megabytes_is_refused(browser):
    assert sent(browser, form(titel="x" * (5 << 20))).status_code == 413


def test_sending_the_first_form_twice_makes_one_draft(browser, session):
    key = str(uuid4())
    assert the_draft(browser, sleutel=key) == the_draft(browser, sleutel=key)
    assert session.scalar(select(func.count()).select_from(Document)) == 1


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"startDate": "31-02-2026"}, "startDate", "31-02-2026 bestaat niet."),
        ({"startDate": "gisteren"}, "startDate", "Schrijf een datum als 21-11-2026."),
        ({"startDate": "01-01-0001"}, "startDate", "Schrijf een jaar van 1900"),
        ({"endDate": "31-12-9999"}, "endDate", "Schrijf een jaar van 1900"),
        ({"endDate": "30-06-2026"}, "endDate", "Dit is eerder dan „Ingangsdatum”."),
        ({"amountPerClaim": "1.2.3"}, "amountPerClaim", "Schrijf een bedrag als 1.250.000,00."),
        ({"amountPerClaim": "-5,00"}, "amountPerClaim", "niet negatief"),
        ({"amountPerClaim": "NaN"}, "amountPerClaim", "Schrijf een bedrag als 1.250.000,00."),
        ({"insurer": None}, "insurer", "Vul dit in."),
        ({"insurer": "   "}, "insurer", "Vul dit in."),
        ({"insurer": "x" * 201}, "insurer", "langer dan 200"),
        ({"coverKind": "alles"}, "coverKind", "Kies een van de mogelijkheden."),
        ({"tacitRenewal": "misschien"}, "tacitRenewal", "Kies ja of nee."),
        ({"kleur": "blauw"}, "kleur", "Dit veld bestaat niet."),
        ({"insurer": b"a file, not text"}, "insurer", "Dit is geen tekst."),
    ],
)
def test_a_refused_form_of_facts_keeps_the_draft_its_file_and_what_was_typed(
    browser, session, donald, changes, field, sentence
):
    page = the_draft(browser)
    sent = {name: (BytesIO(value), "x.pdf") if isinstance(value, bytes) else value for name, value in changes.items()}
    answer = browser.post(page, data=typed(policyNumber="VB-ONTHOUDEN", **sent))
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert f'href="#field-{field}"' in answer.text
    assert "VB-ONTHOUDEN" in answer.text
    version = session.scalars(select(Version)).one()
    assert (version.state, version.fact_sets) == (State.DRAFT, [])
    assert browser.get(page.replace("gegevens", "bestand")).data == pdf()
    assert browser.post(page, data=typed()).status_code == 303


def test_handing_in_twice_is_refused_and_changes_nothing(browser, session):
    page = the_draft(browser)
    browser.post(page, data=typed())
    answer = browser.post(page, data=typed(insurer="Iemand anders"))
    assert answer.status_code == 409
    assert "Dit kan niet: deze versie heeft de status “ingediend”." in text_of(answer)
    assert session.scalars(select(Version)).one().facts(FactSource.SUBMITTED)["insurer"] != "Iemand anders"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_name_is_kept_and_shown_harmlessly(browser, session, name):
    page = the_draft(browser, name=name)
    kept = session.scalars(select(Version)).one().file.name
    assert kept
    assert len(kept) <= 120
    assert not set(kept) & set('/\\\x00\r\n\u202e<>"')
    assert not kept.startswith(".")
    shown = browser.get(page)
    assert shown.status_code == 200
    assert "<script>alert" not in shown.text
    file = browser.get(page.replace("gegevens", "bestand"))
    assert file.status_code == 200
    assert "X-Kop" not in file.headers
    assert file.headers["Content-Disposition"].startswith("inline; filename=")


@pytest.mark.parametrize(
    "title", ['<script>alert("x")</script>', "{{ 7*7 }}", "%(x)s 100%", "../..", "' OR 1=1 --", "مرحبا"]
)
def test_a_hostile_title_is_shown_as_it_was_typed(browser, title):
    page = the_draft(browser, titel=title)
    for path in (page, page.split("/versies")[0], "/dossier", page.split("/versies")[0] + "/intrekken"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert title in text_of(answer)
        assert "<script>alert" not in answer.text


def test_a_file_is_framed_by_our_own_pages_alone_and_never_cached(browser):
    answer = browser.get(the_draft(browser).replace("gegevens", "bestand"))
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in browser.get("/dossier").headers["Content-Security-Policy"]
    assert browser.get("/dossier").headers["Cache-Control"] == "no-store"


def renewal(**changes):
    found = form(soort=None, **{"data": pdf("volgend jaar"), "relatie": "renewal", **changes})
    return {name: value for name, value in found.items() if value}


@pytest.mark.parametrize(
    "changes", [{}, {"relatie": "correction"}, {"relatie": "change", "ingangsdatum": "01-01-2027"}]
)
def test_an_approved_document_is_followed_by_a_next_version(browser, session, donald, changes):
    path = f"/dossier/{approved(donald, factories.reviewer(), 'liability_insurance').document_id}"
    assert browser.get(f"{path}/vernieuwen").status_code == 200
    answer = browser.post(f"{path}/vernieuwen", data=renewal(**changes))
    assert answer.location == f"{path}/versies/2/gegevens"
    assert 'value="Voorbeeldverzekeraar N.V."' in browser.get(answer.location).text
    assert browser.post(answer.location, data=typed()).status_code == 303
    session.expire_all()
    found = session.scalars(select(Version).order_by(Version.number)).unique().all()
    assert [item.state for item in found] == [State.APPROVED, State.SUBMITTED]


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"relatie": None}, 400, "relatie"),
        ({"relatie": "first"}, 400, "relatie"),
        ({"relatie": "change"}, 400, "ingangsdatum"),
        ({"relatie": "change", "ingangsdatum": "31-02-2027"}, 400, "ingangsdatum"),
        ({"bestand": None}, 400, "bestand"),
        ({"data": b"PK"}, 415, "bestand"),
    ],
)
def test_what_is_wrong_with_a_next_version_is_said_at_its_field(browser, session, donald, changes, status, field):
    version = checked(donald)
    verification.send_back(factories.reviewer(), version.id, reason="Niet te lezen.")
    session.flush()
    path = f"/dossier/{version.document_id}/vernieuwen"
    answer = browser.post(path, data=renewal(**changes))
    assert answer.status_code == status
    assert f'href="#field-{field}"' in answer.text
    assert session.scalar(select(func.count()).select_from(Version)) == 1


def test_while_a_version_waits_no_next_one_is_asked_or_accepted(browser, session, donald):
    path = f"/dossier/{deposited(donald).document_id}/vernieuwen"
    assert "Er is al een versie onderweg" in text_of(browser.get(path))
    answer = browser.post(path, data=renewal())
    assert answer.status_code == 409
    assert "Er is al een versie die wacht" in text_of(answer)


def test_withdrawing_asks_first_and_then_takes_the_document_out_of_the_dossier(browser, session, donald):
    path = f"/dossier/{deposited(donald).document_id}"
    assert "Wilt u dit document intrekken?" in browser.get(f"{path}/intrekken").text
    answer = browser.post(f"{path}/intrekken")
    assert answer.location == "/dossier"
    page = browser.get("/dossier").text
    assert "Het document is ingetrokken." in page
    assert path not in page
    assert "Dit document is ingetrokken." in browser.get(path).text
    again = browser.post(f"{path}/intrekken")
    assert again.status_code == 409
    assert "Dit document is al ingetrokken." in again.text


def test_throwing_a_draft_away_leaves_the_approved_version_alone(browser, session, donald):
    version = approved(donald, factories.reviewer())
    path = f"/dossier/{version.document_id}"
    page = browser.post(f"{path}/vernieuwen", data=renewal()).location
    assert browser.post(page.replace("gegevens", "weggooien")).location == "/dossier"
    assert browser.post(page.replace("gegevens", "weggooien")).status_code == 409
    assert browser.post(f"{path}/versies/1/weggooien").status_code == 409
    session.expire_all()
    assert version.state is State.APPROVED


PATHS = ("", "/vernieuwen", "/intrekken", "/versies/1/gegevens", "/versies/1/bestand")
DEEDS = ("/vernieuwen", "/intrekken", "/versies/1/gegevens", "/versies/1/weggooien")


@pytest.mark.parametrize(
    "make",
    [
        lambda: factories.company(factories.DAGOBERT),
        factories.municipality,
        lambda: factories.reviewer(Role.OPERATOR_ADMIN),
    ],
    ids=["another company", "a municipality", "the operator"],
)
def test_to_everybody_else_a_document_does_not_exist(client, session, donald, make):
    version = deposited(donald, statutoryName="Geheime Naam BV")
    signed_in(client, make())
    for path in PATHS:
        answer = client.get(f"/dossier/{version.document_id}{path}")
        assert answer.status_code == 404
        assert "Geheime" not in answer.text
    for path in DEEDS:
        data = renewal() if path == "/vernieuwen" else {}
        assert client.post(f"/dossier/{version.document_id}{path}", data=data).status_code == 404
    session.expire_all()
    assert version.state is State.SUBMITTED


def test_a_reader_sees_the_document_and_gets_no_form(client, session, donald):
    version = deposited(donald)
    reader = factories.member(session.get_one(Organisation, donald.organisation_id), Role.COMPANY_READER)
    signed_in(client, reader)
    page = client.get(f"/dossier/{version.document_id}")
    assert page.status_code == 200
    assert "/intrekken" not in page.text
    assert client.get(f"/dossier/{version.document_id}/versies/1/bestand").data == pdf()
    for path in (ADD, *(f"/dossier/{version.document_id}{path}" for path in PATHS[1:4])):
        assert client.get(path).status_code == 403
    for path in DEEDS:
        data = renewal() if path == "/vernieuwen" else {}
        assert client.post(f"/dossier/{version.document_id}{path}", data=data).status_code == 403
    assert client.post(ADD, data=form()).status_code == 403


def test_a_reviewer_reads_but_changes_nothing_of_a_company(client, session, donald):
    version = deposited(donald)
    signed_in(client, factories.reviewer())
    for path in PATHS[1:4]:
        assert client.get(f"/dossier/{version.document_id}{path}").status_code == 403
    assert client.post(f"/dossier/{version.document_id}/intrekken").status_code == 403
    assert client.get(f"/dossier/{version.document_id}/versies/1/bestand").status_code == 404


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999"])
def test_a_version_that_is_not_there_is_not_found(browser, session, donald, number):
    path = f"/dossier/{deposited(donald).document_id}/versies/{number}"
    for page in ("gegevens", "bestand"):
        assert browser.get(f"{path}/{page}").status_code == 404
    assert browser.post(f"{path}/weggooien").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/dossier/geen-sleutel",
        "/dossier/00000000-0000-7000-8000-000000000000",
        "/dossier/%00",
        "/dossier/..%2f..",
        "/weg",
    ],
)
def test_an_address_that_names_nothing_is_a_page_that_says_so(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
