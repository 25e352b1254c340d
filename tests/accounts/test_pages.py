"""Signing in and out, language, organisation and keys in a browser."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from depot.access import Role
from depot.accounts import service
from depot.accounts.models import ApiToken, Organisation, SignIn
from depot.core import clock
from tests import factories
from tests.factories import PASSWORD, email_of, signed_in

ELSEWHERE = "https://elders.example"


@pytest.fixture
def donald(session):
    return factories.company()


def enter(client, actor, **changes):
    return client.post("/inloggen", data={"email": email_of(actor), "wachtwoord": PASSWORD, **changes})


@pytest.mark.parametrize(
    ("make", "page"),
    [
        (factories.company, "/dossier"),
        (factories.municipality, "/gemeente/aanbestedingen"),
        (factories.reviewer, "/beoordelen"),
        (lambda: factories.reviewer(Role.OPERATOR_ADMIN), "/beheer"),
    ],
)
def test_after_signing_in_each_role_starts_at_its_own_page(client, session, make, page):
    signed_in(client, make())
    answer = client.get("/begin")
    assert answer.location == page
    assert client.get(answer.location).status_code == 200


def test_a_stranger_is_sent_to_sign_in_and_then_to_the_page_that_was_asked(client, donald):
    answer = client.get("/dossier?toon=aandacht")
    assert answer.status_code == 303
    form = client.get(answer.location).text
    assert 'name="verder" value="/dossier?toon=aandacht"' in form
    assert enter(client, donald, verder="/dossier?toon=aandacht").location == "/dossier?toon=aandacht"


@pytest.mark.parametrize(
    "named",
    [
        ELSEWHERE,
        "//elders.example/x",
        "/\\elders.example",
        "/\t/elders.example",
        "/\n/elders.example",
        "\t//elders.example",
        "\\\\elders.example",
        "javascript:alert(1)",
        "elders.example",
    ],
)
def test_signing_in_never_leads_to_another_site(client, donald, named):
    answer = enter(client, donald, verder=named)
    assert answer.status_code in (303, 400)
    assert "elders.example" not in urlsplit(answer.location or "").netloc
    assert not (answer.location or "/").startswith(("//", "/\\"))
    assert urlsplit(answer.location or "").scheme == ""


def test_choosing_a_language_never_leads_to_another_site(client, session):
    assert client.post("/taal", data={"taal": "en", "verder": "//elders.example"}).location == "/"


@pytest.mark.parametrize(
    "typed",
    [
        {"wachtwoord": "fout fout fout"},
        {"email": "niemand@elders.example"},
        {"email": "geen adres"},
        {"email": ""},
        {"wachtwoord": ""},
        {"email": "x" * 300},
        {"email": "a\x00b@donald.example"},
        {"wachtwoord": "x" * 600},
    ],
)
def test_what_is_wrong_gives_the_form_again_with_a_sentence_and_no_session(client, donald, typed):
    answer = enter(client, donald, **typed)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert PASSWORD not in answer.text
    assert client.get("/dossier").status_code == 303


def test_a_refused_address_stays_in_the_form(client, donald):
    answer = enter(client, donald, wachtwoord="fout fout fout", verder="/dossier")
    assert f'value="{email_of(donald)}"' in answer.text
    assert 'value="/dossier"' in answer.text


def test_too_many_failures_get_a_wait_that_the_answer_names(client, donald):
    with clock.moved_to(clock.now()):
        for _try in range(5):
            assert enter(client, donald, wachtwoord="fout fout fout").status_code == 400
        answer = enter(client, donald)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3"
    assert "Wacht 3 seconden" in answer.text


def test_signing_out_ends_the_session_also_for_who_kept_the_cookie(app, client, donald):
    signed_in(client, donald)
    cookie = client.get_cookie("depot_session")
    assert cookie is not None
    assert client.post("/uitloggen").status_code == 303
    assert client.get("/dossier").status_code == 303
    thief = app.test_client()
    thief.set_cookie("depot_session", cookie.value)
    assert thief.get("/dossier").status_code == 303


def test_a_session_ended_on_the_server_is_over_in_the_browser(client, session, donald):
    signed_in(client, donald)
    row = session.scalars(select(SignIn)).one()
    row.ended_at = clock.now()
    session.flush()
    assert client.get("/dossier").location.startswith("/inloggen")


def test_a_session_is_over_after_its_hours(client, donald):
    signed_in(client, donald)
    with clock.moved_to(clock.now() + service.SESSION_LENGTH + timedelta(minutes=1)):
        assert client.get("/dossier").status_code == 303


def test_the_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites(client, donald):
    cookie = enter(client, donald).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_forged_cookie_opens_nothing(client, session):
    client.set_cookie("depot_session", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb")
    assert client.get("/dossier").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ELSEWHERE},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_changes_nothing(client, session, donald, headers):
    signed_in(client, donald)
    for path in ("/uitloggen", "/organisatie", "/organisatie/sleutels", "/taal"):
        answer = client.post(path, data={"naam": "x", "taal": "en"}, headers=headers)
        assert answer.status_code == 403
        assert "kwam niet van een pagina van het depot" in answer.text
    assert client.get("/dossier").status_code == 200
    assert session.scalars(select(ApiToken)).all() == []


def test_a_page_speaks_the_language_that_was_chosen_and_falls_back_to_dutch(client, session):
    assert 'lang="nl"' in client.get("/").text
    answer = client.post("/taal", data={"taal": "en", "verder": "/inloggen"})
    assert answer.location == "/inloggen"
    assert 'lang="en"' in client.get("/inloggen").text
    client.set_cookie("taal", "../x")
    assert 'lang="nl"' in client.get("/").text


def test_a_person_reads_their_own_language_until_they_choose_another(client, session):
    organisation = session.get_one(Organisation, factories.company().organisation_id)
    signed_in(client, factories.member(organisation, Role.COMPANY_READER, locale="en"))
    assert 'lang="en"' in client.get("/dossier").text
    client.post("/taal", data={"taal": "nl"})
    assert 'lang="nl"' in client.get("/dossier").text


def test_a_language_that_is_not_there_is_refused(client, session):
    assert client.post("/taal", data={"taal": "xx"}).status_code == 400


def test_who_acts_for_two_organisations_can_switch_and_sees_the_others_dossier_only_there(client, session, donald):
    dagobert = factories.company(factories.DAGOBERT)
    organisation = session.get_one(Organisation, dagobert.organisation_id)
    service.add_user(
        organisation, Role.COMPANY_READER, email=email_of(donald), name="Test BV Donald", password=PASSWORD
    )
    theirs = factories.deposited(dagobert).document_id
    signed_in(client, donald)
    assert client.get(f"/dossier/{theirs}").status_code == 404
    assert client.post("/organisatie/wisselen", data={"organisatie": str(organisation.id)}).location == "/begin"
    assert client.get(f"/dossier/{theirs}").status_code == 200
    assert client.post(f"/dossier/{theirs}/intrekken").status_code == 403


@pytest.mark.parametrize(("chosen", "status"), [("", 400), ("geen sleutel", 400), ("other", 404)])
def test_switching_to_what_is_not_ones_own_is_refused(client, session, donald, chosen, status):
    other = factories.company(factories.DAGOBERT).organisation_id
    signed_in(client, donald)
    data = {"organisatie": str(other) if chosen == "other" else chosen}
    assert client.post("/organisatie/wisselen", data=data).status_code == status


def test_a_new_key_is_shown_once_and_works_until_it_is_stopped(client, session, donald):
    signed_in(client, donald)
    page = client.post("/organisatie/sleutels", data={"naam": "<b>Beheer</b>"}).text
    secret = page.split("Bearer ")[1].split("&#34;")[0].split('"')[0]
    assert "&lt;b&gt;Beheer&lt;/b&gt;" in page
    again = client.get("/organisatie/sleutels").text
    assert secret not in again
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/documenten", headers=headers).status_code == 200
    row = session.scalars(select(ApiToken)).one()
    path = f"/organisatie/sleutels/{row.id}/intrekken"
    assert client.post(path).status_code == 303
    assert client.get("/api/v1/documenten", headers=headers).status_code == 401
    assert client.post(path).status_code == 409


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", "a\u202eb"])
def test_a_key_without_a_decent_name_is_refused(client, session, donald, name):
    signed_in(client, donald)
    answer = client.post("/organisatie/sleutels", data={"naam": name})
    assert answer.status_code == 400
    assert 'id="field-naam-error"' in answer.text
    assert session.scalars(select(ApiToken)).all() == []


def test_another_companys_key_does_not_exist(client, session, donald):
    row, _secret = service.make_token(factories.company(factories.DAGOBERT), name="x")
    session.flush()
    signed_in(client, donald)
    assert client.post(f"/organisatie/sleutels/{row.id}/intrekken").status_code == 404
    session.expire_all()
    assert row.revoked_at is None


def test_a_list_of_keys_costs_the_same_for_any_list(app, client, session, donald):
    for number in range(10):
        service.make_token(donald, name=f"Sleutel {number}")
    session.flush()
    signed_in(client, donald)
    with factories.queries_at_most(app, 4):
        assert client.get("/organisatie/sleutels").status_code == 200


@pytest.mark.parametrize("address", ["/controleren?bundel=%00", "/?a=1&b=x%00y", "/bestaat%00niet"])
def test_an_address_with_a_nul_is_no_address_of_ours(client, address):
    assert client.get(address).status_code == 404
