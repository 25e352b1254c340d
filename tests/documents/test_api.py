"""The JSON API for depositing, as a company's own program meets it."""

import json
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from depot.accounts.models import ApiToken
from depot.core import clock
from depot.core.storage import store
from depot.documents import service
from depot.documents.models import Document, FactSource, State, Version
from tests import factories
from tests.factories import bearer, deposited, facts, pdf, signed_in

DOCUMENTS = "/api/v1/documenten"
NOWHERE = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def donald(session):
    return factories.company()


@pytest.fixture
def program(session, donald):
    headers = bearer(donald)
    session.flush()
    return headers


def message(kind="kvk_extract", data=None, name="uittreksel.pdf", **changes):
    found = {
        "soort": kind,
        "gegevens": json.dumps(facts(kind)),
        "bestand": (BytesIO(pdf() if data is None else data), name),
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def refused(answer, status, *pointers):
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["detail"]
    assert {item["pointer"] for item in answer.json.get("errors", [])} == set(pointers)
    assert answer.headers["API-Version"]


def test_a_whole_document_in_one_message_is_kept_and_answered(client, session, program, donald):
    answer = client.post(DOCUMENTS, data=message(titel="Uittreksel van november"), headers=program)
    assert answer.status_code == 201, answer.text
    found = answer.json
    assert (found["soort"], found["titel"]) == ("kvk_extract", "Uittreksel van november")
    version = found["versies"][0]
    assert (version["nummer"], version["relatie"], version["beoordelingsstatus"]) == (1, "first", "submitted")
    assert version["gegevens"] == facts()
    assert (version["omvang"], version["bestandsnaam"]) == (len(pdf()), "uittreksel.pdf")
    assert client.get(f"{DOCUMENTS}/{found['id']}", headers=program).json == found
    assert client.get(DOCUMENTS, headers=program).json == {"documenten": [found]}
    file = client.get(f"{DOCUMENTS}/{found['id']}/versies/1/bestand", headers=program)
    assert (file.data, file.content_type) == (pdf(), "application/pdf")


def test_a_program_is_on_the_record_as_a_program(client, session, program):
    client.post(DOCUMENTS, data=message(), headers=program)
    token = session.scalars(select(ApiToken)).one()
    assert session.scalars(select(Version)).one().submitted_by == token.id


def test_a_repeated_message_with_its_key_changes_nothing(client, session, program):
    key = str(uuid4())
    answers = [client.post(DOCUMENTS, data=message(sleutel=key), headers=program) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert answers[0].json["id"] == key
    assert session.scalar(select(func.count()).select_from(Version)) == 1


def test_a_message_that_was_refused_leaves_its_key_free(client, session, program):
    key = str(uuid4())
    wrong = message(sleutel=key, gegevens=json.dumps(facts(issueDate=None)))
    refused(client.post(DOCUMENTS, data=wrong, headers=program), 400, "issueDate")
    assert session.scalar(select(func.count()).select_from(Document)) == 0
    assert client.post(DOCUMENTS, data=message(sleutel=key), headers=program).status_code == 201


def test_the_same_file_again_is_refused_with_the_key_of_the_document_that_has_it(client, session, program, donald):
    known = deposited(donald)
    answer = client.post(DOCUMENTS, data=message("quality_mark"), headers=program)
    refused(answer, 409, "bestand")
    assert answer.json["bestaand"] == str(known.document_id)
    assert session.scalar(select(func.count()).select_from(Document)) == 1


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer onzin"}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}],
)
def test_without_a_living_key_nothing_is_answered(client, session, headers):
    for method, path in (("GET", DOCUMENTS), ("POST", DOCUMENTS), ("GET", f"{DOCUMENTS}/{NOWHERE}")):
        answer = client.open(path, method=method, headers=headers)
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_browsers_session_is_no_key(client, donald):
    signed_in(client, donald)
    refused(client.get(DOCUMENTS), 401)


def test_a_key_is_no_session(client, program):
    assert client.get("/dossier", headers=program).status_code == 303


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"bestand": None}, 400, "bestand"),
        ({"bestand": "geen bestand maar tekst"}, 400, "bestand"),
        ({"data": b""}, 400, "bestand"),
        ({"data": b"PK\x03\x04 no PDF under this name"}, 415, "bestand"),
        ({"soort": None}, 400, "soort"),
        ({"soort": "geen_soort"}, 400, "soort"),
        ({"sleutel": "geen sleutel"}, 400, "sleutel"),
        ({"titel": "x" * 201}, 400, "titel"),
        ({"titel": "a\u202eb"}, 400, "titel"),
        ({"titel": "a\x00b"}, 400, "titel"),
        ({"kleur": "blauw"}, 400, "kleur"),
        ({"gegevens": None}, 400, "gegevens"),
        ({"gegevens": "geen JSON"}, 400, "gegevens"),
        ({"gegevens": "[1]"}, 400, "gegevens"),
        ({"gegevens": "[" * 100_000}, 400, "gegevens"),
        ({"gegevens": "9" * 5_000}, 400, "gegevens"),
    ],
)
def test_what_is_wrong_in_a_message_is_named_and_nothing_is_kept(client, session, program, changes, status, pointer):
    data = message(**{"data": None, **changes})
    refused(client.post(DOCUMENTS, data=data, headers=program), status, pointer)
    assert session.scalar(select(func.count()).select_from(Document)) == 0


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"issueDate": "31-02-2026"}, "issueDate"),
        ({"issueDate": "9999-12-31"}, "issueDate"),
        ({"issueDate": 20261121}, "issueDate"),
        ({"kvkNumber": "1234"}, "kvkNumber"),
        ({"kvkNumber": 68750110}, "kvkNumber"),
        ({"kvkNumber": None}, "kvkNumber"),
        ({"statutoryName": "\ud800"}, "statutoryName"),
        ({"statutoryName": "a\x00b"}, "statutoryName"),
        ({"statutoryName": ["Test", "BV"]}, "statutoryName"),
        ({"legalForm": "vereniging van niets"}, "legalForm"),
        ({"kleur": "blauw"}, "kleur"),
    ],
)
def test_what_is_wrong_in_the_facts_is_named_by_its_field(client, session, program, changes, pointer):
    data = message(gegevens=json.dumps({**facts(), **changes}))
    refused(client.post(DOCUMENTS, data=data, headers=program), 400, pointer)


def test_a_message_larger_than_accepted_is_refused_by_its_field_or_unread(app, client, program, monkeypatch):
    monkeypatch.setitem(app.config, "UPLOAD_LIMIT", 1 << 10)
    refused(client.post(DOCUMENTS, data=message(data=pdf() + b"%" * 1024), headers=program), 413, "bestand")
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1 << 10)
    refused(client.post(DOCUMENTS, data=message(data=pdf() + b"%" * 1024), headers=program), 413)


def test_nothing_that_was_refused_stays_behind_in_the_store(app, client, session, program):
    for changes in ({"data": b"no PDF"}, {"soort": None}, {"gegevens": "[]"}, {"kleur": "blauw"}):
        assert client.post(DOCUMENTS, data=message(**changes), headers=program).status_code >= 400
    assert list(store().incoming.iterdir()) == []


def test_a_body_that_is_no_form_is_refused(client, program):
    refused(client.post(DOCUMENTS, json={"soort": "kvk_extract"}, headers=program), 400, "soort", "gegevens")


def test_another_companys_document_does_not_exist(client, session, program):
    theirs = deposited(factories.company(factories.DAGOBERT))
    path = f"{DOCUMENTS}/{theirs.document_id}"
    refused(client.get(path, headers=program), 404)
    refused(client.post(f"{path}/intrekken", headers=program), 404)
    refused(client.post(f"{path}/versies", data=message(soort=None, relatie="renewal"), headers=program), 404)
    refused(client.get(f"{path}/versies/1/bestand", headers=program), 404)
    refused(client.post(DOCUMENTS, data=message(sleutel=str(theirs.document_id)), headers=program), 404)
    session.expire_all()
    assert theirs.state is State.SUBMITTED
    assert client.get(DOCUMENTS, headers=program).json == {"documenten": []}


@pytest.mark.parametrize("path", ["/geen-sleutel", f"/{NOWHERE}", f"/{NOWHERE}/versies/1/bestand"])
def test_what_is_not_there_is_a_problem_too(client, program, path):
    refused(client.get(DOCUMENTS + path, headers=program), 404)


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999"])
def test_a_version_that_is_not_there_is_not_found(client, session, program, donald, number):
    document_id = deposited(donald).document_id
    refused(client.get(f"{DOCUMENTS}/{document_id}/versies/{number}/bestand", headers=program), 404)


def test_a_method_that_is_not_there_is_a_problem_too(client, program):
    answer = client.delete(DOCUMENTS, headers=program)
    refused(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_a_next_version_waits_for_the_one_before_and_then_is_accepted(client, session, program, donald):
    first = deposited(donald)
    path = f"{DOCUMENTS}/{first.document_id}/versies"
    refused(client.post(path, data=message(soort=None, relatie="renewal"), headers=program), 409)
    service.discard(donald, first.id)
    session.flush()
    answer = client.post(path, data=message(soort=None, relatie="correction"), headers=program)
    assert answer.status_code == 201, answer.text
    assert [(item["nummer"], item["beoordelingsstatus"]) for item in answer.json["versies"]] == [
        (1, "withdrawn_by_company"),
        (2, "submitted"),
    ]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({}, "relatie"),
        ({"relatie": "first"}, "relatie"),
        ({"relatie": "change"}, "ingangsdatum"),
        ({"relatie": "change", "ingangsdatum": "31-02-2027"}, "ingangsdatum"),
    ],
)
def test_a_next_version_says_what_it_is_to_the_one_before(client, session, program, donald, changes, pointer):
    first = deposited(donald)
    service.discard(donald, first.id)
    session.flush()
    path = f"{DOCUMENTS}/{first.document_id}/versies"
    refused(client.post(path, data=message(soort=None, **changes), headers=program), 400, pointer)


def test_a_document_is_withdrawn_once(client, session, program, donald):
    path = f"{DOCUMENTS}/{deposited(donald).document_id}/intrekken"
    answer = client.post(path, headers=program)
    assert answer.status_code == 200
    assert answer.json["versies"][0]["beoordelingsstatus"] == "withdrawn_by_company"
    refused(client.post(path, headers=program), 409)


def test_the_answer_speaks_the_language_that_was_asked(client, program):
    english = client.get(f"{DOCUMENTS}/{NOWHERE}", headers={**program, "Accept-Language": "en"})
    dutch = client.get(f"{DOCUMENTS}/{NOWHERE}", headers=program)
    assert dutch.json["detail"] == "Dit document bestaat niet."
    assert english.json["detail"] == "This document does not exist."


def test_the_facts_that_count_and_their_days_are_in_the_answer(client, session, program, donald):
    factories.approved(donald, factories.reviewer(), "liability_insurance")
    version = client.get(DOCUMENTS, headers=program).json["documenten"][0]["versies"][0]
    assert version["beoordelingsstatus"] == "approved"
    assert version["virusscan"] == "not_scanned"
    assert version["geldigTotEnMetDatum"] == facts("liability_insurance")["endDate"]
    assert version["gegevens"]["amountPerClaim"] == "1250000.00"


def test_the_list_costs_the_same_for_any_number_of_documents(app, client, session, program, donald):
    for _number in range(8):
        deposited(donald)
    session.flush()
    with factories.queries_at_most(app, 5):
        found = client.get(DOCUMENTS, headers=program).json["documenten"]
    assert len(found) == 8


def test_a_day_is_written_as_a_dutch_day_whatever_the_hour(client, session, program, donald):
    version = deposited(donald)
    assert version.facts(FactSource.SUBMITTED)["issueDate"] < clock.today().isoformat()
    sent = client.get(f"{DOCUMENTS}/{version.document_id}", headers=program).json["versies"][0]["ingediendOp"]
    assert sent.endswith("+00:00")


def test_anybody_may_read_the_description_of_the_api(client, session):
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert "/documenten" in answer.json["paths"]
