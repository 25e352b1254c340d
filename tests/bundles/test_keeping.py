"""A bundle is kept as long as its rule says, and then destroyed, whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from depot.access import SYSTEM, Actor
from depot.audit.models import Event
from depot.bundles import keeping, queries, service
from depot.bundles.models import Bundle, BundleItem, BundleState, Destruction, Fetch
from depot.bundles.retention import Rule
from depot.core import clock, db
from depot.core.errors import Conflict, Forbidden, NotFound, Unavailable
from depot.core.periods import Period
from depot.core.storage import store
from depot.documents.models import Version
from depot.mail import service as mail
from depot.mail.models import Message
from depot.tenders import awards, contracts, participations
from depot.tenders.models import Participation
from jobs import bundles as jobs
from tests import factories
from tests.factories import signed_in

THREE, SEVEN = Period.parse("P3Y"), Period.parse("P7Y")


@pytest.fixture
def buyer(session: Session) -> Actor:
    return factories.municipality()


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def selected(buyer: Actor, company: Actor) -> Participation:
    past = clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        tender = factories.tender(buyer, closes_at=past + timedelta(days=39))
        factories.approved(company, factories.reviewer())
        row = factories.participant(company, tender)
    participations.select(buyer, row.id, motivation="")
    return row


@pytest.fixture
def bundle(buyer: Actor, selected: Participation) -> Bundle:
    row = service.release(buyer, selected.id, legal_ground="selected")
    db.session.commit()
    return row


@pytest.fixture
def lost(buyer: Actor, selected: Participation, bundle: Bundle) -> Bundle:
    """A bundle of who did not get the contract in a tender that stopped today."""
    awards.abandon(buyer, selected.tender_id, reason="Geen geld.")
    db.session.commit()
    return bundle


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=clock.AMSTERDAM)


def worked(on: date) -> dict[str, Any]:
    """What the job did on a day."""
    with clock.moved_to(noon(on)):
        return dict(jobs.destroy_bundles(on))


def rows(table: type[db.Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_bundle_of_who_lost_goes_the_day_after_three_years_and_not_before(lost: Bundle, session: Session) -> None:
    last = THREE.after(clock.today())
    assert keeping.kept_by_bundle([lost])[lost.id].until == last
    assert worked(last) == {"due": 0, "destroyed": 0}
    held = session.execute(select(func.count(), func.sum(BundleItem.size))).one()
    assert worked(last + timedelta(days=1)) == {"due": 1, "destroyed": 1}
    assert worked(last + timedelta(days=1)) == {"due": 0, "destroyed": 0}
    session.expire_all()
    [done] = session.scalars(select(Destruction)).all()
    assert (done.bundle_id, done.number, done.manifest_sha256) == (lost.id, lost.number, lost.manifest_sha256)
    assert (done.files, done.bytes, done.rule, done.kept_until) == (*held, Rule.AFTER_PROCEDURE, last)
    assert (lost.state, rows(BundleItem)) == (BundleState.DESTROYED, 0)
    [said] = session.scalars(select(Event).where(Event.action == "bundle.destroy")).all()
    assert (said.object_id, said.detail["rule"], said.actor_kind) == (lost.id, "after_procedure", "system")


def test_a_day_ahead_on_the_command_line_destroys_nothing_earlier(lost: Bundle) -> None:
    assert dict(jobs.destroy_bundles(date(2090, 1, 1))) == {"due": 0, "destroyed": 0}
    assert keeping.destroy(SYSTEM, lost.id) is None


def test_a_bundle_of_the_winner_waits_for_the_end_of_the_contract(
    buyer: Actor, selected: Participation, bundle: Bundle
) -> None:
    awards.award(buyer, selected.id, motivation="Beste plan.")
    db.session.commit()
    assert keeping.kept_by_bundle([bundle])[bundle.id].rule is Rule.CONTRACT_END_UNKNOWN
    assert worked(clock.today().replace(year=2090)) == {"due": 0, "destroyed": 0}
    end = clock.today() + timedelta(days=1000)
    contracts.record(buyer, selected.id, starts_on=clock.today(), ends_on=end)
    db.session.commit()
    assert worked(SEVEN.after(end))["destroyed"] == 0
    assert worked(SEVEN.after(end) + timedelta(days=1))["destroyed"] == 1


def test_a_contract_that_was_extended_after_the_job_looked_keeps_its_bundle(
    buyer: Actor, selected: Participation, bundle: Bundle
) -> None:
    awards.award(buyer, selected.id, motivation="Beste plan.")
    end = clock.today() + timedelta(days=1000)
    contracts.record(buyer, selected.id, starts_on=clock.today(), ends_on=end)
    db.session.commit()
    with clock.moved_to(noon(SEVEN.after(end) + timedelta(days=1))):
        assert keeping.due() == [bundle.id]
        contracts.record(buyer, selected.id, starts_on=end, ends_on=end + timedelta(days=400))
        assert keeping.destroy(SYSTEM, bundle.id) is None
    assert bundle.state is BundleState.RELEASED


def test_while_the_outcome_is_open_nothing_is_destroyed(bundle: Bundle) -> None:
    assert keeping.kept_by_bundle([bundle])[bundle.id].rule is Rule.PROCEDURE_RUNS
    assert worked(clock.today().replace(year=2090)) == {"due": 0, "destroyed": 0}


def test_shorter_terms_by_setting_do_not_shorten_what_was_sealed_and_longer_ones_count(
    app: Flask, lost: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "KEEP_NOT_AWARDED", "P1Y")
    assert keeping.kept_by_bundle([lost])[lost.id].until == THREE.after(clock.today())
    monkeypatch.setitem(app.config, "KEEP_NOT_AWARDED", "P5Y")
    assert keeping.kept_by_bundle([lost])[lost.id].until == Period.parse("P5Y").after(clock.today())


def test_what_is_in_a_bundle_cannot_vanish_and_after_its_destruction_it_can(
    lost: Bundle, company: Actor, session: Session
) -> None:
    [version_id] = session.scalars(select(BundleItem.version_id).where(BundleItem.version_id.is_not(None))).all()

    def hold() -> int | None:
        return session.scalar(select(func.count()).where(BundleItem.version_id == version_id))

    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(delete(Version).where(Version.id == version_id))
    assert hold() == 1
    assert worked(THREE.after(clock.today()) + timedelta(days=1))["destroyed"] == 1
    assert hold() == 0


def test_its_own_files_go_with_the_orphans_and_the_documents_stay(lost: Bundle, session: Session) -> None:
    keys = set(session.scalars(select(BundleItem.object_key)))
    own = {key for key in keys if key.startswith("bundles/")}
    day = THREE.after(clock.today()) + timedelta(days=1)
    assert worked(day)["destroyed"] == 1
    with clock.moved_to(noon(day)):
        assert service.remove_orphans() >= len(own)
    for key in own:
        with pytest.raises(Unavailable):
            store().read(key)
    for key in keys - own:
        assert store().read(key)


class Killed(Exception):
    """The process stopped here."""


@contextmanager
def killed_before(session: Session, step: str) -> Iterator[None]:
    """The process stops before a statement that begins like this."""

    def stop(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if " ".join(statement.split()).startswith(step):
            raise Killed(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", stop)
    try:
        with pytest.raises(Killed):
            yield
    finally:
        event.remove(connection, "before_cursor_execute", stop)


@pytest.mark.parametrize(
    "step",
    [
        "SELECT count",
        "DELETE FROM bundle_items",
        "INSERT INTO destructions",
        "INSERT INTO audit_events",
        "UPDATE bundles",
        "RELEASE SAVEPOINT",
    ],
)
def test_a_crash_at_any_step_leaves_the_bundle_whole_and_the_next_run_finishes(
    lost: Bundle, session: Session, step: str
) -> None:
    day, held = THREE.after(clock.today()) + timedelta(days=1), rows(BundleItem)
    with killed_before(session, step):
        worked(day)
    session.expire_all()
    assert (session.get_one(Bundle, lost.id).state, rows(BundleItem)) == (BundleState.RELEASED, held)
    assert rows(Destruction) == 0
    assert worked(day)["destroyed"] == 1


def test_who_fetched_it_stays_known_and_the_page_says_what_happened(
    client: FlaskClient, buyer: Actor, company: Actor, lost: Bundle, session: Session
) -> None:
    with db.transaction():
        download = service.fetch(buyer, lost.id)
    b"".join(service.stream(download))
    day = THREE.after(clock.today()) + timedelta(days=1)
    assert worked(day)["destroyed"] == 1
    assert rows(Fetch) == 1
    desk = signed_in(client, buyer)
    page = desk.get(f"/bundels/{lost.id}").text
    assert "Vernietigd op" in page
    assert "geteld vanaf het einde van de procedure" in page
    assert "Bundel ophalen" not in page
    assert download.fetch.receipt in desk.get(f"/bundels/{lost.id}/ontvangst/{download.fetch.receipt}").text
    assert "vernietigd" in desk.get("/bundels").text
    assert desk.get(f"/bundels/{lost.id}/bundel.zip").status_code == 409
    assert desk.get(f"/bundels/{lost.id}/documenten/1").status_code == 404
    looked = session.scalars(select(Event).where(Event.action == "bundle.fetch")).one()
    assert "Uittreksel" in signed_in(client, company).get(f"/inzage/{looked.id}").text


def test_only_the_depot_itself_destroys(buyer: Actor, company: Actor, lost: Bundle) -> None:
    for actor in (buyer, company):
        with pytest.raises(Forbidden):
            keeping.destroy(actor, lost.id)


def test_a_bundle_is_destroyed_once(lost: Bundle) -> None:
    lost.destroy()
    with pytest.raises(Conflict):
        lost.destroy()


def test_the_page_says_until_when_it_is_kept_and_what_is_still_to_be_filled_in(
    client: FlaskClient, buyer: Actor, selected: Participation, bundle: Bundle
) -> None:
    desk = signed_in(client, buyer)
    page = f"/bundels/{bundle.id}"
    assert "nog geen datum: de aanbesteding loopt" in desk.get(page).text
    assert "3 jaar na het einde van de procedure" in desk.get(page).text
    awards.award(buyer, selected.id, motivation="Beste plan.")
    db.session.commit()
    assert "Vul het einde van het contract in" in desk.get(page).text
    contracts.record(buyer, selected.id, starts_on=clock.today(), ends_on=date(2031, 12, 31))
    db.session.commit()
    assert "31 december 2038" in desk.get(page).text
    assert "31 december 2038" in desk.get("/bundels").text


def test_a_receipt_says_all_that_is_needed_to_verify(
    client: FlaskClient, buyer: Actor, bundle: Bundle, session: Session
) -> None:
    desk = signed_in(client, buyer)
    assert desk.get(f"/bundels/{bundle.id}/bundel.zip").status_code == 200
    taken = session.scalars(select(Fetch)).one()
    address = f"/bundels/{bundle.id}/ontvangst/{taken.receipt}"
    listed = desk.get(f"/bundels/{bundle.id}").text
    assert address in listed
    assert f"Uw ontvangstbewijs is {taken.receipt}" in listed
    page = desk.get(address).text
    fingerprint = bundle.root_sha256.upper()
    pairs = ":".join(fingerprint[place : place + 2] for place in range(0, len(fingerprint), 2))
    for said in (
        taken.receipt,
        bundle.number,
        bundle.manifest_sha256,
        pairs,
        "Bewijs van een geselecteerde deelnemer",
        "Gemeente Apeldoorn",
        "Toeleiden naar werk",
        "2027-01",
        "Test BV Donald",
        "helemaal verzonden",
    ):
        assert said in page, said


def test_a_download_that_broke_off_has_a_receipt_that_says_so(
    client: FlaskClient, buyer: Actor, bundle: Bundle
) -> None:
    with db.transaction():
        download = service.fetch(buyer, bundle.id)
    stream = service.stream(download)
    next(stream)
    stream.close()
    page = signed_in(client, buyer).get(f"/bundels/{bundle.id}/ontvangst/{download.fetch.receipt}").text
    assert "niet afgemaakt" in page
    assert "Haal de bundel opnieuw op" in page


def test_a_receipt_of_another_municipality_or_bundle_does_not_exist(
    client: FlaskClient, buyer: Actor, company: Actor, bundle: Bundle
) -> None:
    with db.transaction():
        receipt = service.fetch(buyer, bundle.id).fetch.receipt
    elsewhere = factories.municipality(name="Gemeente Epe", code="gm0232")
    with pytest.raises(NotFound):
        queries.receipt(elsewhere, bundle.id, receipt)
    with pytest.raises(Forbidden):
        queries.receipt(company, bundle.id, receipt)
    address = f"/bundels/{bundle.id}/ontvangst/{receipt}"
    assert signed_in(client, elsewhere).get(address).status_code == 404
    desk = signed_in(client, buyer)
    for wrong in ("O2026-XXXXXXXX", receipt.lower(), "%00", "x" * 5000, "' OR 1=1 --"):
        assert desk.get(f"/bundels/{bundle.id}/ontvangst/{wrong}").status_code == 404, wrong
    assert desk.get(f"/bundels/{company.id}/ontvangst/{receipt}").status_code == 404


def test_a_company_reads_who_took_which_of_its_versions_and_nobody_else_does(
    client: FlaskClient, buyer: Actor, company: Actor, bundle: Bundle, session: Session
) -> None:
    with db.transaction():
        receipt = service.fetch(buyer, bundle.id).fetch.receipt
    deeds = session.scalars(select(Event).where(Event.action.in_(("bundle.release", "bundle.fetch")))).all()
    released, fetched = sorted(deeds, key=lambda each: each.action == "bundle.fetch")
    own = signed_in(client, company)
    assert f"/inzage/{fetched.id}" in own.get("/inzage").text
    page = own.get(f"/inzage/{fetched.id}").text
    for said in (
        "Een bundel is opgehaald",
        "Gemeente Apeldoorn (inkoper)",
        "Toeleiden naar werk",
        "Bewijs van een geselecteerde deelnemer",
        receipt,
        "Uittreksel",
    ):
        assert said in page, said
    made = own.get(f"/inzage/{released.id}").text
    assert "Een bundel is gemaakt" in made
    assert "Ontvangstbewijs" not in made
    consent = session.scalars(select(Event).where(Event.action == "consent.give")).first()
    assert consent is not None
    for other in (consent.id, bundle.id):
        assert own.get(f"/inzage/{other}").status_code == 404
    session.commit()
    assert signed_in(client, factories.company(factories.DAGOBERT)).get(f"/inzage/{fetched.id}").status_code == 404
    assert signed_in(client, buyer).get(f"/inzage/{fetched.id}").status_code == 403


def test_the_mail_about_a_fetch_names_its_receipt(buyer: Actor, bundle: Bundle, session: Session) -> None:
    with db.transaction():
        receipt = service.fetch(buyer, bundle.id).fetch.receipt
    message = session.scalars(select(Message).where(Message.template == "bundle_fetched")).one()
    assert f"Het nummer van het ontvangstbewijs is {receipt}." in mail.compose(message).content
