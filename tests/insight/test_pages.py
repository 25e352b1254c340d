"""Pages that mix rooms, each for its own role, and what anybody may read."""

from datetime import datetime, timedelta

import pytest

from depot.access import Role
from depot.core import clock
from depot.core.work import JobRun, JobSchedule
from depot.documents import files, queries
from depot.documents import service as documents
from depot.verification import service as verification
from tests import factories
from tests.factories import approved, checked, deposited, file, pdf, queries_at_most, signed_in, unused

COMPANY = (
    "/dossier",
    "/dossier/toevoegen",
    "/inzage",
    "/organisatie",
    "/organisatie/sleutels",
    "/aanbestedingen",
    "/verwijzingen",
    "/verwijzingen/nieuw",
)
MUNICIPALITY = ("/gemeente/aanbestedingen", "/gemeente/aanbestedingen/nieuw", "/bundels", "/verwijzing")
ROOMS = {
    factories.company: COMPANY,
    factories.municipality: MUNICIPALITY,
    factories.reviewer: ("/beoordelen", "/herbeoordelen"),
    (lambda: factories.reviewer(Role.OPERATOR_ADMIN)): ("/beheer",),
}
PUBLIC = ("/", "/inloggen", "/gereed", "/.well-known/security.txt", "/api/v1/openapi.json")


@pytest.fixture
def donald(session):
    return factories.company()


@pytest.fixture
def reviewer(session):
    return factories.reviewer()


@pytest.mark.parametrize("make", ROOMS, ids=["company", "municipality", "reviewer", "operator"])
def test_each_role_opens_its_own_rooms_and_no_other(client, session, make):
    signed_in(client, make())
    for rooms in ROOMS.values():
        for path in rooms:
            status = client.get(path).status_code
            assert status == (200 if path in ROOMS[make] else 403), path


def test_a_stranger_opens_what_is_public_and_is_sent_to_sign_in_elsewhere(client, session):
    for path in PUBLIC:
        assert client.get(path).status_code == 200
    for rooms in ROOMS.values():
        for path in rooms:
            assert client.get(path).location.startswith("/inloggen?verder=")


@pytest.mark.parametrize(("make", "entries"), [(factories.company, 5), (factories.municipality, 5)])
def test_the_navigation_marks_where_one_is(client, session, make, entries):
    signed_in(client, make())
    page = client.get(client.get("/begin").location).text
    navigation = page.split("<nav")[1].split("</nav>")[0]
    assert navigation.count("<a ") == entries
    assert navigation.count('aria-current="page"') == 1


def test_an_empty_dossier_says_where_to_begin(client, donald):
    page = signed_in(client, donald).get("/dossier").text
    assert "Uw dossier is nog leeg" in page
    assert "/dossier/toevoegen?soort=kvk_extract" in page


def test_the_dossier_can_be_narrowed_to_what_asks_for_an_act(client, session, donald, reviewer):
    fine = approved(donald, reviewer)
    draft = documents.draft(donald, kind="quality_mark", upload=file(pdf("keurmerk")))
    signed_in(client, donald)
    everything, asking = client.get("/dossier").text, client.get("/dossier?toon=aandacht").text
    assert f"/dossier/{fine.document_id}" in everything
    assert f"/dossier/{draft.document_id}" in everything
    assert f"/dossier/{fine.document_id}" not in asking
    assert f"/dossier/{draft.document_id}" in asking
    assert client.get("/dossier?toon=onzin").status_code == 200


def test_the_dossier_and_the_document_say_by_which_day_a_tender_needs_it(client, session, donald, reviewer):
    version = approved(donald, reviewer)
    signed_in(client, donald)
    assert "nodig op" not in client.get("/dossier").text
    factories.participant(donald, factories.tender(factories.municipality()))
    session.flush()
    assert "nodig op" in client.get("/dossier").text
    assert "Nodig voor een aanbesteding op" in client.get(f"/dossier/{version.document_id}").text


def test_when_nothing_asks_for_an_act_the_page_says_so(client, session, donald, reviewer):
    approved(donald, reviewer)
    assert "Niets vraagt aandacht" in signed_in(client, donald).get("/dossier?toon=aandacht").text


def test_a_document_page_tells_what_counts_and_what_happened(client, session, donald, reviewer):
    version = approved(donald, reviewer, "liability_insurance")
    page = signed_in(client, donald).get(f"/dossier/{version.document_id}").text
    for sentence in ("Wat nu telt", "Bevestigd door de beoordelaar.", "Versie 1 goedgekeurd", "Voorbeeldverzekeraar"):
        assert sentence in page


def test_a_returned_document_shows_the_reason_as_text_and_the_way_on(client, session, donald, reviewer):
    version = checked(donald)
    verification.send_back(reviewer, version.id, reason="Pagina 2 <b>ontbreekt</b>.")
    session.flush()
    page = signed_in(client, donald).get(f"/dossier/{version.document_id}").text
    assert "Pagina 2 &lt;b&gt;ontbreekt&lt;/b&gt;." in page
    assert f"/dossier/{version.document_id}/vernieuwen" in page


def test_a_look_of_a_reviewer_is_on_the_companys_page(app, client, session, donald, reviewer):
    version = checked(donald)
    assert "Nog niemand heeft iets bekeken" in signed_in(client, donald).get("/inzage").text
    path = f"/dossier/{version.document_id}/versies/1/bestand"
    assert signed_in(app.test_client(), reviewer).get(path).status_code == 200
    page = client.get("/inzage").text
    assert "bekeek een document" in page
    assert f"/dossier/{version.document_id}" in page


def test_the_operator_sees_waiting_work_runs_and_silent_jobs(client, session, donald):
    deposited(donald)
    long_ago = clock.now() - timedelta(hours=3)
    session.add(JobSchedule(job="reminders", interval_s=60, seen_at=long_ago))
    session.add(JobRun(job="mail", slot="1", outcome="OperationalError", figures={"sent": 3}))
    session.flush()
    operator = signed_in(client, factories.reviewer(Role.OPERATOR_ADMIN))
    for address, sentences in {
        "/beheer": ("Taken zijn stil", "reminders", "wacht op controle"),
        "/taken": ("Taken zijn stil", "reminders", "mislukt", "sent: 3"),
    }.items():
        page = operator.get(address).text
        for sentence in sentences:
            assert sentence in page


def test_ready_answers_for_a_load_balancer_and_names_silent_jobs(client, session):
    session.add(JobSchedule(job="mail", interval_s=60, seen_at=clock.now() - timedelta(hours=1)))
    session.flush()
    answer = client.get("/gereed")
    assert (answer.status_code, answer.json) == (200, {"database": "ok", "stilleTaken": ["mail"]})


def test_where_to_report_a_weakness_is_said_as_rfc_9116_asks(client, session):
    answer = client.get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert answer.content_type.startswith("text/plain")
    assert fields["Contact"].startswith("mailto:")
    ends = datetime.fromisoformat(fields["Expires"])
    assert timedelta() < ends - clock.now() < timedelta(days=365)


def _many(actor, by):
    for number in range(6):
        approved(actor, by, ("kvk_extract", "quality_mark")[number % 2])
    for _number in range(3):
        documents.draft(actor, kind="reference", upload=file(unused(actor)))


def test_lists_cost_the_same_for_any_number_of_rows(app, client, session, donald, reviewer):
    _many(donald, reviewer)
    row = queries.dossier(donald)[0]
    for _time in range(5):
        files.open_file(reviewer, row.id, 1).content.close()
    session.flush()
    signed_in(client, donald)
    for path, limit in (("/dossier", 10), ("/inzage", 9), (f"/dossier/{row.id}", 16)):
        with queries_at_most(app, limit):
            assert client.get(path).status_code == 200
