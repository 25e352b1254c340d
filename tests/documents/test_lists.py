"""Evidence without a file: references, accounts and staff lists by page, by file and by message."""

import html
import json
from io import BytesIO

import pytest
from sqlalchemy import select

from depot.access import Role
from depot.accounts.models import Organisation
from depot.core.antivirus import Scanner
from depot.core.errors import Conflict, Invalid, NotFound, Unavailable
from depot.core.storage import store
from depot.documents import lists, service
from depot.documents.models import FactSet, FactSource, State, Version
from depot.insight import queries as insight
from depot.verification import queries as findings
from depot.verification import service as verification
from tests import factories
from tests.factories import facts, file, signed_in, staff, stated
from tests.services import EICAR

STAFF = "qualified_staff_list"
CSV = "Functie;Niveau;Fte\njobcoach;hbo;0,8\ntrainer;wo;1\n"
SUMS = {"headcount": 2, "fte": "1.8", "fteMbo": "0", "fteHbo": "0.8", "fteWo": "1"}


@pytest.fixture
def donald(session):
    return factories.company()


@pytest.fixture
def browser(client, donald):
    return signed_in(client, donald)


@pytest.fixture
def draft(donald):
    return service.draft(donald, kind=STAFF)


@pytest.fixture
def page(session, browser, draft):
    session.flush()
    return f"/dossier/{draft.document_id}/versies/1/lijst"


def table(text=CSV, name="lijst.csv"):
    return {"bestand": (BytesIO(text if isinstance(text, bytes) else text.encode()), name)}


def text_of(answer):
    return html.unescape(answer.text)


def said(version):
    return {row.check: (row.outcome, row.reason) for row in findings.findings([version.id])}


def test_a_reference_without_a_file_becomes_evidence(session, donald):
    version = stated(donald)
    assert (version.file, version.state) == (None, State.SUBMITTED)
    verification.run_checks()
    session.expire_all()
    assert version.state is State.IN_REVIEW
    assert said(version) == {"facts": ("ok", "in_order"), "same_thing": ("ok", "none")}
    verification.approve(factories.reviewer(), version.id, facts=version.facts(FactSource.SUBMITTED))
    assert version.state is State.APPROVED
    assert insight.lines([version.document])[0].counting is version


def test_a_kind_that_needs_a_file_is_refused_without(donald):
    with pytest.raises(Invalid) as caught:
        service.draft(donald, kind="kvk_extract")
    assert list(caught.value.fields) == ["bestand"]


def test_a_kind_that_may_do_without_takes_a_file_as_well(donald):
    assert service.deposit(donald, kind="reference", facts=facts("reference"), upload=file()).file is not None


def test_a_second_document_about_the_same_thing_is_told_and_not_refused(session, donald):
    stated(donald, title="Voorbeeld 1")
    version = stated(donald, client="gemeente VOORBEELD")
    stated(donald, client="Gemeente Elders")
    stated(factories.company(factories.DAGOBERT))
    verification.run_checks()
    found = next(row for row in findings.findings([version.id]) if row.check == "same_thing")
    assert (found.outcome, found.detail) == ("warning", {"titles": ["Voorbeeld 1"]})


def test_a_balance_that_does_not_add_up_is_told_to_the_reviewer(session, donald):
    version = stated(donald, "annual_accounts", equity="900000.00")
    verification.run_checks()
    found = next(row for row in findings.findings([version.id]) if row.check == "facts")
    assert found.reason == "signals"
    assert found.detail["signals"] == ["Balanstotaal: De delen zijn samen meer dan dit."]


def test_an_expired_registration_in_a_list_is_counted_for_the_reviewer(session, donald):
    old = staff(registration="skj", registrationValidUntil="2020-01-01")
    version = stated(donald, STAFF, rows=[old, old, staff()])
    verification.run_checks()
    found = next(row for row in findings.findings([version.id]) if row.check == "facts")
    assert found.detail["signals"] == ["Registratie geldig tot en met: Deze datum is voorbij. (2 rijen)"]


def test_totals_are_confirmed_with_the_rows_although_the_desk_sends_neither(donald):
    version = stated(donald, STAFF)
    verification.run_checks()
    verification.approve(factories.reviewer(), version.id, facts={"asOfDate": facts(STAFF)["asOfDate"]})
    confirmed = version.facts(FactSource.CONFIRMED)
    assert {name: confirmed[name] for name in SUMS} == SUMS
    assert [row["rowId"] for row in confirmed["rows"]] == ["r1", "r2"]


def test_a_file_becomes_the_list_of_the_draft_and_is_not_kept(session, browser, page, draft):
    before = list(store().keys("documents/"))
    answer = browser.post(page, data=table())
    assert answer.status_code == 303, answer.text
    shown = text_of(browser.get(answer.location))
    assert "De lijst heeft nu 2 rijen." in shown
    assert "trainer" in shown
    assert list(store().incoming.iterdir()) == []
    assert list(store().keys("documents/")) == before
    facts_page = page.removesuffix("lijst") + "gegevens"
    assert 'name="headcount"' not in browser.get(facts_page).text
    assert browser.post(facts_page, data={"asOfDate": facts(STAFF)["asOfDate"]}).status_code == 303
    session.expire_all()
    submitted = draft.facts(FactSource.SUBMITTED)
    assert {name: submitted[name] for name in SUMS} == SUMS
    assert browser.post(page, data=table()).status_code == 409


def test_a_list_with_mistakes_is_shown_by_row_and_changes_nothing(session, browser, page, draft):
    browser.post(page, data=table())
    answer = browser.post(page, data=table("Functie;Niveau;Fte\njobcoach;vmbo;0,8\ntrainer;wo;<b>veel</b>\n"))
    assert answer.status_code == 400
    shown = text_of(answer)
    for words in (
        "In 2 rijen klopt iets niet.",
        "vmbo",
        "Schrijf een getal.",
        "De lijst die er al stond, is niet veranderd.",
    ):
        assert words in shown
    assert "<b>veel</b>" not in answer.text
    session.expire_all()
    assert len(lists.rows_of(draft)) == 2


@pytest.mark.parametrize(
    ("sheet", "status", "words"),
    [
        (("Naam;Functie;Niveau;Fte\nIemand;jobcoach;hbo;1\n",), 400, "Het depot bewaart geen namen"),
        (("Functie;Niveau;Fte;Nr\njobcoach;hbo;1;111222333\n",), 400, "staan burgerservicenummers"),
        ((b"PK\x03\x04 geen werkmap", "x.xlsx"), 400, "Dit bestand is niet te lezen."),
        (("Functie\n" * 5002,), 400, "ten hoogste 5000 rijen"),
        (("",), 400, "Dit bestand is leeg."),
        (None, 400, "Vul dit in."),
    ],
    ids=["names", "citizen numbers", "no workbook", "too long", "empty", "no file"],
)
def test_a_file_that_cannot_be_a_list_is_refused_with_its_reason(session, browser, page, draft, sheet, status, words):
    answer = browser.post(page, data=table(*sheet) if sheet else {})
    assert answer.status_code == status
    assert words in text_of(answer)
    session.expire_all()
    assert lists.rows_of(draft) == []


def test_a_file_that_is_too_large_is_not_read(monkeypatch, browser, page):
    monkeypatch.setattr(lists, "SIZE_LIMIT", 1 << 10)
    answer = browser.post(page, data=table(CSV * 100))
    assert answer.status_code == 413
    assert "dit is groter" in text_of(answer)


def test_a_list_is_scanned_before_it_is_read(app, session, clamd, donald, draft):
    app.extensions["depot.scanner"] = clamd
    try:
        with pytest.raises(Invalid, match="niet overgenomen") as caught:
            lists.bring(donald, draft.id, upload=file(EICAR, "lijst.csv"))
        assert "virus" in str(caught.value.fields["bestand"][0])
        assert lists.bring(donald, draft.id, upload=file(CSV.encode(), "lijst.csv")).is_right
        app.extensions["depot.scanner"] = Scanner("/nowhere/clamd.ctl")
        with pytest.raises(Unavailable):
            lists.bring(donald, draft.id, upload=file(CSV.encode(), "lijst.csv"))
    finally:
        app.extensions["depot.scanner"] = None


def test_going_to_the_list_keeps_what_was_typed(session, browser, page, draft):
    facts = page.replace("/lijst", "/gegevens")
    shown = browser.get(facts).text
    assert 'name="naar" value="lijst"' in shown
    assert 'form="gegevens"' in shown
    answer = browser.post(page.replace("/lijst", "/concept"), data={"fteHbo": "drie", "naar": "lijst"})
    assert answer.location == page
    assert 'value="drie"' in browser.get(facts).text


def test_rows_are_written_one_by_one(session, browser, page, draft):
    answer = browser.post(f"{page}/rijen/1", data={**staff(fte="0,8"), "nog": "ja"})
    assert answer.location == f"{page}/rijen/2"
    assert browser.get(answer.location).status_code == 200
    assert browser.post(answer.location, data=staff(qualificationLevel="wo")).location == page
    changed = browser.post(f"{page}/rijen/1", data=staff(qualificationLevel="mbo"))
    assert changed.status_code == 303
    session.expire_all()
    assert [row["qualificationLevel"] for row in lists.rows_of(draft)] == ["mbo", "wo"]
    assert 'value="mbo" selected' in browser.get(f"{page}/rijen/1").text
    assert browser.post(f"{page}/rijen/1/weg").location == page
    session.expire_all()
    assert [(row["rowId"], row["qualificationLevel"]) for row in lists.rows_of(draft)] == [("r1", "wo")]
    assert browser.post(f"{page}/leegmaken").status_code == 303
    assert "Lijst met 0 rijen" in text_of(browser.get(page))


def test_a_row_with_a_mistake_is_shown_again_with_what_was_typed(session, browser, page, draft):
    answer = browser.post(f"{page}/rijen/1", data=staff(fte="veel", fieldOfStudy="Social work"))
    assert answer.status_code == 400
    assert "Schrijf een getal." in text_of(answer)
    assert 'value="Social work"' in answer.text
    assert lists.rows_of(draft) == []


@pytest.mark.parametrize("place", [0, 2, 99999999999])
def test_a_row_that_is_not_there_is_not_found(session, browser, page, place):
    assert browser.get(f"{page}/rijen/{place}").status_code == 404
    assert browser.post(f"{page}/rijen/{place}", data=staff()).status_code == 404
    assert browser.post(f"{page}/rijen/{place}/weg").status_code == 404


def test_a_draft_keeps_one_set_of_rows_however_often_they_change(session, donald, draft):
    for _time in range(3):
        lists.put(donald, draft.id, 1, values=staff())
    sets = session.scalars(select(FactSet).where(FactSet.version_id == draft.id)).all()
    assert [(item.source, len(item.facts["rows"])) for item in sets] == [(FactSource.PROPOSED, 1)]
    assert draft.best_facts == {}


def test_the_list_is_downloaded_and_brought_in_again(session, browser, page, draft):
    template = browser.get(f"{page}/lijst.csv")
    assert template.headers["Content-Disposition"] == 'attachment; filename="lijst.csv"'
    assert template.data.decode("utf-8-sig").startswith("Functie;Opleidingsniveau;")
    browser.post(page, data=table())
    session.expire_all()
    rows = lists.rows_of(draft)
    assert browser.post(page, data=table(browser.get(f"{page}/lijst.csv").data)).status_code == 303
    session.expire_all()
    assert lists.rows_of(draft) == rows


def test_the_next_version_begins_with_the_rows_of_the_last_one_only_when_asked(session, donald):
    first = stated(donald, STAFF)
    verification.run_checks()
    verification.send_back(factories.reviewer(), first.id, reason="Oud.")
    after = service.succeed(donald, first.document_id, relation="renewal")
    assert lists.rows_of(after) == []
    lists.take_over(donald, after.id)
    assert lists.rows_of(after) == lists.rows_of(first)


def test_a_kind_without_a_list_has_no_list_page(session, browser, donald):
    version = service.draft(donald, kind="reference")
    session.flush()
    assert browser.get(f"/dossier/{version.document_id}/versies/1/lijst").status_code == 404
    with pytest.raises(NotFound):
        lists.clear(donald, version.id)


def test_a_list_that_was_handed_in_does_not_change(donald):
    version = stated(donald, STAFF)
    with pytest.raises(Conflict):
        lists.put(donald, version.id, 1, values=staff())


def test_a_long_list_is_shown_in_parts(session, browser, page, donald, draft):
    lines = "Functie;Niveau;Fte\n" + "jobcoach;hbo;1\n" * 120
    browser.post(page, data=table(lines))
    shown = browser.get(f"{page}?pagina=3").text
    assert shown.count('data-label="Rij"') == 20
    assert browser.get(f"{page}?pagina=99999999999999999999").status_code == 200


@pytest.mark.parametrize(
    "make",
    [lambda: factories.company(factories.DAGOBERT), factories.municipality],
    ids=["another company", "a municipality"],
)
def test_to_everybody_else_the_list_of_a_draft_does_not_exist(session, client, draft, make):
    session.flush()
    signed_in(client, make())
    page = f"/dossier/{draft.document_id}/versies/1/lijst"
    for path in ("", "/rijen/1", "/lijst.csv"):
        assert client.get(page + path).status_code == 404
    for path in ("", "/rijen/1", "/rijen/1/weg", "/leegmaken", "/overnemen"):
        assert client.post(page + path, data=table() if not path else {}).status_code == 404


def test_a_reader_gets_no_list_form(session, client, donald, draft):
    reader = factories.member(session.get_one(Organisation, donald.organisation_id), Role.COMPANY_READER)
    signed_in(client, reader)
    page = f"/dossier/{draft.document_id}/versies/1/lijst"
    assert client.get(page).status_code == 403
    assert client.post(f"{page}/leegmaken").status_code == 403


def test_pages_of_a_document_without_a_file_show_its_facts(session, client, donald):
    version = stated(donald, "annual_accounts")
    listed = stated(donald, STAFF)
    verification.run_checks()
    session.flush()
    signed_in(client, donald)
    shown = text_of(client.get(f"/dossier/{version.document_id}"))
    assert "Solvabiliteit (berekend)" in shown
    assert "42%" in shown
    assert "Dit document heeft geen bestand" in shown
    assert client.get(f"/dossier/{version.document_id}/versies/1/bestand").status_code == 404
    assert "2 rijen van de lijst" in text_of(client.get(f"/dossier/{listed.document_id}"))
    signed_in(client, factories.reviewer())
    desk = text_of(client.get(f"/beoordelen/{version.id}"))
    assert "Current ratio (berekend)" in desk
    assert "De ingevulde gegevens passen bij elkaar." in desk
    assert client.get(f"/beoordelen/{version.id}/terugsturen").status_code == 200
    rows = client.get(f"/beoordelen/{listed.id}")
    assert "jobcoach" in rows.text
    assert "Totaal fte (berekend)" in rows.text
    assert 'name="headcount"' not in rows.text
    answer = client.post(f"/beoordelen/{listed.id}/goedkeuren", data={"asOfDate": facts(STAFF)["asOfDate"]})
    assert answer.status_code == 303, answer.text


def test_the_first_form_asks_no_file_of_a_kind_that_may_do_without(session, browser):
    answer = browser.post("/dossier/toevoegen", data={"soort": "reference", "bestand": (BytesIO(b""), "")})
    assert answer.status_code == 303, answer.text
    assert "Dit document bestaat uit de gegevens" in text_of(browser.get(answer.location))
    again = browser.post("/dossier/toevoegen", data={"soort": "kvk_extract"})
    assert again.status_code == 400
    assert "Kies een bestand." in text_of(again)


def test_handing_in_the_same_reference_twice_tells_so(session, browser, donald):
    stated(donald, title="Referentie van vorig jaar")
    draft = browser.post("/dossier/toevoegen", data={"soort": "reference"}).location
    typed = {**facts("reference"), "ongoing": "nee"}
    shown = text_of(browser.get(browser.post(draft, data=typed).location))
    assert "“Referentie van vorig jaar” in uw dossier lijkt over hetzelfde te gaan." in shown


def test_a_program_hands_in_facts_with_rows_and_without_a_file(session, client, donald):
    headers = factories.bearer(donald)
    session.flush()
    message = {"soort": STAFF, "gegevens": json.dumps(facts(STAFF))}
    answer = client.post("/api/v1/documenten", data=message, headers=headers)
    assert answer.status_code == 201, answer.text
    version = answer.json["versies"][0]
    assert {name: version["gegevens"][name] for name in SUMS} == SUMS
    assert "sha256" not in version
    wrong = json.dumps(facts(STAFF, rows=[staff(), staff(fte="veel")]))
    answer = client.post("/api/v1/documenten", data={**message, "gegevens": wrong}, headers=headers)
    assert answer.status_code == 400
    assert [item["pointer"] for item in answer.json["errors"]] == ["rows.1.fte"]
    answer = client.post("/api/v1/documenten", data={"soort": "kvk_extract", "gegevens": "{}"}, headers=headers)
    assert [item["pointer"] for item in answer.json["errors"]] == ["bestand"]


def test_a_list_of_five_thousand_rows_goes_in_by_message(session, client, donald):
    headers = factories.bearer(donald)
    session.flush()
    full = staff(
        fieldOfStudy="Sociaal-juridische dienstverlening",
        vogDate="2024-02-01",
        experienceJongeren="12",
        employment="employed",
    )
    message = {"soort": STAFF, "gegevens": json.dumps(facts(STAFF, rows=[full] * 5000))}
    assert client.post("/api/v1/documenten", data=message, headers=headers).status_code == 201
    assert session.scalars(select(Version)).one().facts(FactSource.SUBMITTED)["headcount"] == 5000
