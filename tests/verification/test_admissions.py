"""Letting companies in: the proof is checked by machine and weighed by a person."""

from io import BytesIO

import pytest
from sqlalchemy import select

from depot.access import Action, Role
from depot.accounts import queries as accounts
from depot.accounts import registrations
from depot.accounts import service as sign_ins
from depot.accounts.models import Registration, RegistrationState, User
from depot.audit.models import Event
from depot.companies import queries as companies
from depot.core.antivirus import Scanner
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound
from depot.mail.models import Message
from depot.verification import admissions
from tests import factories
from tests.factories import DONALD, PASSWORD, signed_in
from tests.services import EICAR

REASON = "Staat in het uittreksel van 1 november als alleen bevoegd bestuurder."


@pytest.fixture
def operator(session):
    return factories.reviewer(Role.OPERATOR_ADMIN)


def handed_in(client, session, data=None, kvk_number=DONALD, email="bestuur@donald.example"):
    """A claim with its proof, as the applicant's browser hands it in."""
    fields = {"bedrijf": "Test BV Donald", "rechtsvorm": "bv", "zetel": "Apeldoorn", "naam": "Test <Bestuurder>"}
    client.post("/aanmelden", data={"kvkNummer": kvk_number, "email": email, **fields})
    found = select(Message).where(Message.template == "registration_confirm").order_by(Message.id.desc())
    secret = session.scalars(found).first().payload["secret"]
    proof = (BytesIO(factories.pdf() if data is None else data), "uittreksel.pdf")
    form = {"soort": "sealed_extract", "wachtwoord": PASSWORD, "bewijs": proof}
    answer = client.post(f"/aanmelden/{secret}", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    session.expire_all()
    return session.scalars(select(Registration).order_by(Registration.id.desc())).first()


def checked(client, session, **changes):
    row = handed_in(client, session, **changes)
    assert admissions.check_proofs() == {"checked": 1, "refused": 0, "waiting": 0}
    return row


def test_admission_makes_the_company_and_its_first_person_who_can_sign_in(client, session, operator):
    row = checked(client, session)
    signed_in(client, operator)
    assert f'href="/aanmeldingen/{row.id}"' in client.get("/aanmeldingen").text
    page = client.get(f"/aanmeldingen/{row.id}").text
    assert "Test &lt;Bestuurder&gt;" in page
    assert f"Het KvK-nummer {DONALD} staat in het document." in page
    data = {"grond": "sealed_extract", "zegel": "true", "verklaring": REASON}
    assert client.post(f"/aanmeldingen/{row.id}/toelaten", data=data).status_code == 303
    client.post("/uitloggen")
    assert client.post("/inloggen", data={"email": row.email, "wachtwoord": PASSWORD}).location == "/begin"
    assert client.get("/dossier").status_code == 200
    session.expire_all()
    organisation = accounts.organisation_by_kvk(DONALD)
    company = companies.get(organisation.id)
    assert (company.legal_name, company.legal_form, company.seat) == ("Test BV Donald", "bv", "Apeldoorn")
    user = session.scalars(select(User).where(User.email == row.email)).one()
    assert accounts.membership(user.id, organisation.id).role == Role.COMPANY_ADMIN
    assert (row.state, row.reason, row.password_hash) == (RegistrationState.ADMITTED, REASON, None)
    event = session.scalars(select(Event).where(Event.action == Action.REGISTRATION_DECIDE)).one()
    assert event.detail["proof"] == row.proof_sha256
    assert session.scalars(select(Message.template).where(Message.recipient_id == user.id)).all() == [
        "registration_admitted"
    ]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"grond": "sealed_extract", "verklaring": REASON}, "zegel"),
        ({"grond": "sealed_extract", "zegel": "true", "verklaring": " "}, "verklaring"),
        ({"grond": "handdruk", "zegel": "true", "verklaring": REASON}, "grond"),
        ({"zegel": "true", "verklaring": REASON}, "grond"),
    ],
)
def test_without_ground_statement_or_checked_seal_nobody_comes_in(client, session, operator, data, field):
    row = checked(client, session)
    signed_in(client, operator)
    answer = client.post(f"/aanmeldingen/{row.id}/toelaten", data=data)
    assert answer.status_code == 400
    assert f'href="#field-{field}"' in answer.text
    assert accounts.organisation_by_kvk(DONALD) is None


def test_a_signed_authorisation_needs_no_seal(client, session, operator):
    row = checked(client, session)
    assert admissions.admit(operator, row.id, ground="authorisation", reason=REASON).kvk_number == DONALD


def test_a_pending_claim_reserves_nothing_and_a_second_admission_of_a_number_is_refused(client, session, operator):
    first = checked(client, session)
    second = checked(client, session, email="ander@donald.example")
    admissions.admit(operator, second.id, ground="authorisation", reason=REASON)
    session.flush()
    with pytest.raises(Conflict, match="Er is al een organisatie"):
        admissions.admit(operator, first.id, ground="authorisation", reason=REASON)
    session.rollback()


def test_who_decides_sees_other_claims_and_a_company_on_the_same_number(client, session, operator):
    factories.company()
    row = checked(client, session)
    handed_in(client, session, email="ander@donald.example")
    signed_in(client, operator)
    page = client.get(f"/aanmeldingen/{row.id}").text
    assert "Dit nummer is al toegelaten" in page
    assert "Andere aanmeldingen met dit KvK-nummer" in page


def test_deciding_twice_is_refused(client, session, operator):
    row = checked(client, session)
    signed_in(client, operator)
    path = f"/aanmeldingen/{row.id}"
    assert client.post(f"{path}/afwijzen", data={"reden": "Lever het gewaarmerkte bestand in."}).status_code == 303
    assert client.post(f"{path}/afwijzen", data={"reden": "Nog eens."}).status_code == 409
    answer = client.post(f"{path}/toelaten", data={"grond": "authorisation", "verklaring": REASON})
    assert answer.status_code == 409
    assert "afgewezen" in answer.text
    assert accounts.organisation_by_kvk(DONALD) is None


def test_a_refusal_needs_a_reason_and_mails_it(client, session, operator):
    row = checked(client, session)
    with pytest.raises(Invalid):
        admissions.refuse(operator, row.id, reason="")
    admissions.refuse(operator, row.id, reason="Lever het gewaarmerkte bestand in.")
    session.flush()
    message = session.scalars(select(Message).where(Message.template == "registration_refused")).one()
    assert (message.address, message.payload["reason"]) == (row.email, "Lever het gewaarmerkte bestand in.")
    assert row.password_hash is None


def test_a_proof_that_was_not_checked_yet_cannot_be_opened_or_admitted(client, session, operator):
    row = handed_in(client, session)
    with pytest.raises(NotFound):
        admissions.open_proof(operator, row.id)
    with pytest.raises(Conflict):
        admissions.admit(operator, row.id, ground="authorisation", reason=REASON)


def test_opening_a_proof_is_on_the_trail(client, session, operator):
    row = checked(client, session)
    signed_in(client, operator)
    assert client.get(f"/aanmeldingen/{row.id}/bewijs").data == factories.pdf()
    assert session.scalars(select(Event).where(Event.action == Action.REGISTRATION_READ)).one().object_id == row.id


def test_a_proof_with_a_virus_is_refused_by_rule_and_stays_shut(app, client, session, operator, clamd):
    row = handed_in(client, session, data=b"%PDF-1.7\n" + EICAR)
    before, app.extensions["depot.scanner"] = app.extensions["depot.scanner"], clamd
    try:
        assert admissions.check_proofs() == {"checked": 0, "refused": 1, "waiting": 0}
    finally:
        app.extensions["depot.scanner"] = before
    session.expire_all()
    assert (row.state, row.decided_by, row.scan_state) == (RegistrationState.REFUSED, None, "infected")
    assert row.proof_key.startswith(registrations.QUARANTINE)
    assert "virusscanner" in row.reason
    with pytest.raises(NotFound):
        admissions.open_proof(operator, row.id)


def test_a_proof_waits_while_the_scanner_is_away(app, client, session, tmp_path):
    row = handed_in(client, session)
    before = app.extensions["depot.scanner"]
    app.extensions["depot.scanner"] = Scanner(str(tmp_path / "nobody.ctl"))
    try:
        assert admissions.check_proofs() == {"checked": 0, "refused": 0, "waiting": 1}
    finally:
        app.extensions["depot.scanner"] = before
    session.expire_all()
    assert (row.state, row.scan_state) == (RegistrationState.PENDING, None)
    assert row.leased_until is not None


def test_a_damaged_proof_is_refused_by_rule_with_what_to_do(client, session):
    row = handed_in(client, session, data=b"%PDF-1.7\nniets")
    assert admissions.check_proofs()["refused"] == 1
    session.expire_all()
    assert row.state is RegistrationState.REFUSED
    assert session.scalars(select(Message.template)).all() == ["registration_confirm", "registration_refused"]


def test_another_number_in_the_proof_is_a_warning(client, session, operator):
    row = checked(client, session, data=factories.pdf(factories.KATRIEN))
    signed_in(client, operator)
    assert f"Het KvK-nummer {DONALD} staat niet in de tekst" in client.get(f"/aanmeldingen/{row.id}").text


@pytest.mark.parametrize("make", [factories.company, factories.municipality, factories.reviewer])
def test_only_who_administers_the_depot_sees_or_decides(client, session, make):
    row = checked(client, session, kvk_number=factories.KATRIEN)
    actor = make()
    with pytest.raises(Forbidden):
        admissions.admit(actor, row.id, ground="authorisation", reason=REASON)
    with pytest.raises(Forbidden):
        admissions.open_proof(actor, row.id)
    signed_in(client, actor)
    assert client.get("/aanmeldingen").status_code == 403
    assert client.get(f"/aanmeldingen/{row.id}").status_code == 403


def test_a_known_person_keeps_their_password_and_gets_a_second_organisation(client, session, operator):
    dagobert = factories.company(factories.DAGOBERT)
    row = checked(client, session, email=factories.email_of(dagobert))
    admissions.admit(operator, row.id, ground="authorisation", reason=REASON)
    session.flush()
    assert len(accounts.memberships(dagobert.id)) == 2
    assert not isinstance(sign_ins.sign_in(row.email, PASSWORD, "x"), Exception)


def test_a_claim_that_was_not_handed_in_does_not_exist_for_who_decides(client, session, operator):
    form = {"bedrijf": "x", "rechtsvorm": "bv", "zetel": "x", "naam": "x", "email": "a@b.example"}
    client.post("/aanmelden", data={"kvkNummer": DONALD, **form})
    row = session.scalars(select(Registration)).one()
    assert accounts.registrations(operator) == []
    with pytest.raises(NotFound):
        accounts.registration(operator, row.id)
