"""A company asks to be let in: the claim, its link and its proof."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from depot.accounts import queries, registrations, service
from depot.accounts.models import Ground, Organisation, Registration, RegistrationState, User
from depot.accounts.words import LEGAL_FORMS
from depot.catalogue.service import catalogue
from depot.core import clock
from depot.core.storage import store
from tests import factories
from tests.accounts.links import posted, secret_of
from tests.factories import PASSWORD

EMAIL = "bestuur@donald.example"
CLAIM = {
    "kvkNummer": factories.DONALD,
    "bedrijf": "Test BV Donald",
    "rechtsvorm": "bv",
    "zetel": "Apeldoorn",
    "naam": "Test Bestuurder",
    "email": EMAIL,
}


def claim(client, **changes):
    answer = client.post("/aanmelden", data={**CLAIM, **changes})
    assert answer.status_code == 303, answer.text
    return f"/aanmelden/{secret_of('registration_confirm')}"


def file(data=None, name="uittreksel.pdf"):
    return factories.BytesIO(factories.pdf() if data is None else data), name


def hand_in(client, path, **changes):
    data = {"soort": "sealed_extract", "wachtwoord": PASSWORD, "bewijs": file(), **changes}
    return client.post(path, data=data, content_type="multipart/form-data")


def the_claim(session):
    session.expire_all()
    return session.scalars(select(Registration)).one()


def test_a_claim_goes_by_a_link_in_the_mail_to_who_decides(client, session):
    path = claim(client)
    assert "Test BV Donald" in client.get(path).text
    assert the_claim(session).state is RegistrationState.STARTED
    assert hand_in(client, path).location == path
    row = the_claim(session)
    assert (row.state, row.proof_kind, row.proof_name) == (
        RegistrationState.PENDING,
        Ground.SEALED_EXTRACT,
        "uittreksel.pdf",
    )
    assert store().read(row.proof_key) == factories.pdf()
    assert "ontvangen" in client.get(path).text


def test_a_claim_makes_no_organisation_no_person_and_no_session(client, session):
    hand_in(client, claim(client))
    assert session.scalars(select(Organisation)).all() == []
    assert session.scalars(select(User)).all() == []
    assert client.get("/dossier").status_code == 303
    assert client.post("/inloggen", data={"email": EMAIL, "wachtwoord": PASSWORD}).status_code == 400


def test_several_claims_on_one_number_stand_side_by_side(client, session):
    for email in (EMAIL, "ander@donald.example"):
        hand_in(client, claim(client, email=email))
    rows = session.scalars(select(Registration)).all()
    assert [row.state for row in rows] == [RegistrationState.PENDING] * 2
    assert queries.rivals(rows[0]) == [rows[1]]


def test_the_mail_holds_nothing_that_a_stranger_wrote_but_the_number(client, session):
    claim(client, bedrijf="Win nu een prijs op kwaad.example", naam="Kijk op kwaad.example")
    [message] = posted("registration_confirm")
    assert "kwaad" not in str(message.payload)
    assert message.address == EMAIL


def test_what_was_typed_in_capitals_or_with_spaces_is_kept_in_one_form(client, session):
    claim(client, email=" Bestuur@DONALD.example ", kvkNummer="6875 0110")
    row = the_claim(session)
    assert (row.email, row.kvk_number) == (EMAIL, factories.DONALD)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"kvkNummer": "6875011"}, "kvkNummer"),
        ({"kvkNummer": "687501100"}, "kvkNummer"),
        ({"kvkNummer": "6875011x"}, "kvkNummer"),
        ({"kvkNummer": "６８７５０１１０"}, "kvkNummer"),
        ({"kvkNummer": ""}, "kvkNummer"),
        ({"bedrijf": " "}, "bedrijf"),
        ({"bedrijf": "x" * 201}, "bedrijf"),
        ({"naam": "a\u202eb"}, "naam"),
        ({"rechtsvorm": "gmbh"}, "rechtsvorm"),
        ({"zetel": ""}, "zetel"),
        ({"email": "geen adres"}, "email"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "email"),
        ({"email": "a@b.example,c@d.example"}, "email"),
        ({"email": "a@localhost"}, "email"),
        ({"sleutel": "x"}, "sleutel"),
    ],
)
def test_what_will_not_do_is_said_at_its_field_and_sends_no_mail(client, session, data, field):
    answer = client.post("/aanmelden", data={**CLAIM, **data})
    assert answer.status_code == 400
    assert f'href="#field-{field}"' in answer.text
    assert posted("registration_confirm") == []


def test_sending_the_form_twice_makes_one_claim_and_one_mail(client, session):
    key = str(uuid4())
    claim(client, sleutel=key)
    claim(client, sleutel=key)
    assert len(posted("registration_confirm")) == 1
    assert the_claim(session)


def test_asking_too_often_must_wait(client, session):
    with clock.moved_to(clock.now()):
        answers = [client.post("/aanmelden", data=CLAIM).status_code for _try in range(4)]
    assert answers == [303, 303, 303, 429]
    assert len(posted("registration_confirm")) == 3


def test_looking_at_the_link_uses_nothing_up_and_handing_in_twice_changes_nothing(client, session):
    path = claim(client)
    client.get(path)
    hand_in(client, path)
    before = (the_claim(session).proof_key, the_claim(session).password_hash)
    answer = hand_in(client, path, soort="authorisation", wachtwoord="een heel ander wachtwoord")
    assert answer.status_code == 303
    assert (the_claim(session).proof_key, the_claim(session).password_hash) == before
    assert the_claim(session).proof_kind is Ground.SEALED_EXTRACT


def test_a_link_is_over_after_seven_days_and_the_claim_is_forgotten(client, session):
    path = claim(client)
    assert registrations.forget_lapsed() == 0
    with clock.moved_to(clock.now() + timedelta(days=7, minutes=1)):
        assert client.get(path).status_code == 404
        assert hand_in(client, path).status_code == 404
        assert registrations.forget_lapsed() == 1


def test_a_claim_that_was_handed_in_is_not_forgotten(client, session):
    hand_in(client, claim(client))
    with clock.moved_to(clock.now() + timedelta(days=100)):
        assert registrations.forget_lapsed() == 0


@pytest.mark.parametrize(
    ("data", "status", "field"),
    [
        ({"bewijs": b"MZ"}, 415, "bewijs"),
        ({"bewijs": b""}, 400, "bewijs"),
        ({"bewijs": "geen bestand"}, 400, "bewijs"),
        ({"wachtwoord": "kort"}, 400, "wachtwoord"),
        ({"wachtwoord": ""}, 400, "wachtwoord"),
        ({"soort": "handdruk"}, 400, "soort"),
    ],
)
def test_a_proof_that_will_not_do_leaves_the_link_open(client, session, data, status, field):
    path = claim(client)
    sent = {name: file(value, "uittreksel.pdf") if isinstance(value, bytes) else value for name, value in data.items()}
    answer = hand_in(client, path, **sent)
    assert answer.status_code == status
    assert f'href="#field-{field}"' in answer.text
    assert the_claim(session).state is RegistrationState.STARTED
    assert hand_in(client, path).status_code == 303


def test_a_proof_that_is_too_large_is_refused_with_the_form(app, client, session):
    path = claim(client)
    limit, app.config["UPLOAD_LIMIT"] = app.config["UPLOAD_LIMIT"], 1 << 10
    try:
        assert hand_in(client, path, bewijs=file(b"%PDF-" + b"x" * 2000)).status_code == 413
    finally:
        app.config["UPLOAD_LIMIT"] = limit


def test_who_can_sign_in_already_is_not_asked_for_a_password(client, session):
    factories.company(factories.DAGOBERT)
    user = session.scalars(select(User)).one()
    path = claim(client, email=user.email)
    assert 'type="password"' not in client.get(path).text
    assert hand_in(client, path, wachtwoord="").status_code == 303
    assert the_claim(session).password_hash is None
    assert not isinstance(service.sign_in(user.email, PASSWORD, "x"), Exception)


def test_a_stored_proof_without_a_claim_is_removed_after_a_day(client, session):
    hand_in(client, claim(client))
    store().put_bytes("registrations/quarantine/verdwaald", b"x")
    assert registrations.remove_orphans() == 0
    with clock.moved_to(clock.now() + timedelta(days=2)):
        assert registrations.remove_orphans() >= 1
    assert store().read(the_claim(session).proof_key) == factories.pdf()


def test_the_legal_forms_are_those_of_the_register_extract(app):
    with app.app_context():
        field = next(item for item in catalogue().kinds["kvk_extract"].fields if item.name == "legalForm")
        assert {code for code, _words in field.choices} == set(LEGAL_FORMS)


def test_a_stranger_finds_the_way_in(client, session):
    assert 'href="/aanmelden"' in client.get("/").text
    page = client.get("/inloggen").text
    assert 'href="/aanmelden"' in page
    assert 'href="/wachtwoord-vergeten"' in page
