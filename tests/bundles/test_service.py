import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from lxml import etree
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from depot.access import Actor, Role
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.bundles import mdto, queries, schema, service
from depot.bundles.models import LEGAL_GROUNDS, Bundle, BundleItem, BundleState, Fetch
from depot.bundles.snapshot import documents_in
from depot.bundles.verification import Outcome, verify
from depot.catalogue.service import catalogue
from depot.core import clock, db, seal
from depot.core.errors import Conflict, Forbidden, NotFound, Unavailable
from depot.core.storage import store
from depot.core.zipstream import Damaged
from depot.documents import files
from depot.documents import service as documents
from depot.documents.models import FactSet, FactSource, ScanState, State, Version
from depot.mail.models import Message
from depot.tenders import participations, parties
from depot.tenders import queries as tenders
from depot.tenders.models import Participation
from depot.verification import service as verification
from depot.verification.models import Claim, Finding, Review
from tests import factories
from tests.bundles.test_report import closed_up, text_of

ASKED = ("kvk-extract", "professional-liability")


@pytest.fixture
def buyer(session: Session) -> Actor:
    return factories.municipality()


@pytest.fixture
def company(session: Session) -> Actor:
    return factories.company()


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return factories.reviewer()


@pytest.fixture
def selected(buyer: Actor, company: Actor, reviewer: Actor) -> Participation:
    """A company that was selected in a tender that closed yesterday, with an extract, a policy and a mark."""
    past = clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        tender = factories.tender(buyer, *ASKED, closes_at=past + timedelta(days=39))
        for kind in ("kvk_extract", "liability_insurance", "quality_mark"):
            factories.approved(company, reviewer, kind)
        row = factories.participant(company, tender)
    participations.select(buyer, row.id, motivation="")
    return row


def released(buyer: Actor, row: Participation) -> Bundle:
    return service.release(buyer, row.id, legal_ground="selected")


def fetched(actor: Actor, bundle: Bundle) -> bytes:
    with db.transaction():
        download = service.fetch(actor, bundle.id)
    return b"".join(service.stream(download))


def contents(data: bytes) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files of a bundle by their path in the bag, and what it says of itself."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    return files, json.loads(files["data/bundel.json"])


def refused(buyer: Actor, row: Participation) -> str:
    db.session.commit()
    with pytest.raises((Conflict, Unavailable)) as caught, db.transaction():
        released(buyer, row)
    db.session.expire_all()
    assert queries.of_participation(buyer, row.id) is None
    return str(caught.value.text)


def damage(version: Version) -> None:
    assert version.file is not None
    key = version.file.object_key
    data = bytearray(store().read(key))
    data[len(data) // 2] ^= 1
    store().delete(key)
    store().put_bytes(key, bytes(data))


def version_of(row: Participation, kind: str) -> Version:
    found = select(Version).join(Version.document).where(Version.document.has(kind=kind, company_id=row.company_id))
    return db.session.scalars(found).unique().one()


def test_a_bundle_holds_what_was_consented_to_and_says_so(
    session: Session, buyer: Actor, company: Actor, selected: Participation, tmp_path: Path
) -> None:
    bundle = released(buyer, selected)
    data = fetched(buyer, bundle)
    assert len(data) == bundle.size
    files, said = contents(data)
    assert [item["soort"] for item in documents_in(said)] == ["kvk_extract", "liability_insurance"]
    assert {path for path in files if path.startswith("data/documenten/")} == {
        "data/documenten/01-Test BV Donald/01-kvk_extract-document.pdf",
        "data/documenten/01-Test BV Donald/02-liability_insurance-document.pdf",
    }
    assert (said["nummer"], said["schema"], said["deelnemers"][0]["naam"]) == (
        bundle.number,
        "bundel/1.0",
        "Test BV Donald",
    )
    assert said["rechtsgrond"] == str(LEGAL_GROUNDS["selected"])
    assert said["adres"] == f"http://localhost/bundels/{bundle.id}"
    assert said["aanbesteding"]["gemeenteCode"] == "gm0200"
    assert said["bewaren"] == {"nietGegund": "P3Y", "naEindeContract": "P7Y"}
    assert "3 jaar na het einde van de procedure" in said["leesbaar"]["bewaren"]
    assert said["eisenset"]["regels"] == tenders.requirement_set(selected.tender).rules
    assert [item["oordeel"] for item in said["deelnemers"][0]["beoordeling"]["eisen"]] == ["met", "met"]
    [party] = said["deelnemers"][0]["partijen"]
    assert (party["kvkNummer"], party["rol"], party["verklaringen"][0]["bevoegdheid"]) == (
        factories.DONALD,
        "bidder",
        "bestuurder",
    )
    assert party["toestemmingen"][0]["soorten"] == ["kvk_extract", "liability_insurance"]
    first = documents_in(said)[0]
    assert first["gegevens"] == version_of(selected, "kvk_extract").facts(FactSource.CONFIRMED)
    assert first["besluit"]["uitkomst"] == "approved"
    assert first["besluit"]["door"] == "beoordelaar"
    assert (first["virusscan"], first["kenmerk"], first["versie"]) == ("niet gescand", factories.DONALD, 1)
    assert {item["controle"] for item in first["bevindingen"]} >= {"virus", "type", "opens", "kvk_number"}
    path = tmp_path / "bundel.zip"
    path.write_bytes(data)
    found = verify(path, seal.current().trust)
    assert (found.outcome, found.documents, found.findings) == (Outcome.WHOLE_TRUSTED, 2, ())


def test_a_document_without_a_file_lies_in_the_bundle_as_its_facts(
    session: Session, buyer: Actor, company: Actor, reviewer: Actor, tmp_path: Path
) -> None:
    past = clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        tender = factories.tender(buyer, "staff", closes_at=past + timedelta(days=39))
        listed = factories.stated(company, "qualified_staff_list", rows=[factories.staff(fte="1")] * 5)
        verification.run_checks()
        verification.approve(reviewer, listed.id, facts=listed.facts(FactSource.SUBMITTED) or {})
        row = factories.participant(company, tender)
    participations.select(buyer, row.id, motivation="")
    data = fetched(buyer, bundle := released(buyer, row))
    files, said = contents(data)
    [document] = documents_in(said)
    assert document["pad"] == "data/documenten/01-Test BV Donald/01-qualified_staff_list.json"
    held = files[document["pad"]]
    assert (document["sha256"], document["omvang"]) == (hashlib.sha256(held).hexdigest(), len(held))
    assert json.loads(held)["gegevens"] == document["gegevens"] == listed.facts(FactSource.CONFIRMED)
    assert (document["bestandsnaam"], document["mediatype"]) == (None, "application/json")
    assert document["rijenLeesbaar"] == ["Functie: jobcoach; Opleidingsniveau: hbo; Fte: 1 fte"] * 5
    check_description(data)
    path = tmp_path / "bundel.zip"
    path.write_bytes(data)
    found = verify(path, seal.current().trust)
    assert (found.outcome, found.documents) == (Outcome.WHOLE_TRUSTED, 1)
    item = next(item for item in bundle.items if item.version_id)
    with service.open_document(buyer, bundle.id, item.position).content as content:
        assert content.read() == held


def check_description(data: bytes) -> None:
    """`bundel.json` describes exactly the files of the payload: same paths, same bytes, nothing left over."""
    files, said = contents(data)
    parties = [party for participant in said["deelnemers"] for party in participant["partijen"]]
    declared = [item for party in parties for item in party["verklaringen"] if item["pad"]]
    described = {item["pad"]: (item["sha256"], item["omvang"]) for item in [*documents_in(said), *declared]}
    own = {"data/bundel.json", "data/rapport.pdf", "data/overzicht.pdf", "data/overzicht.xlsx", *mdto.described(said)}
    lying = {
        path: (hashlib.sha256(content).hexdigest(), len(content))
        for path, content in files.items()
        if path.startswith("data/") and path not in own
    }
    assert described == lying
    for place, item in enumerate(documents_in(said), start=1):
        assert item["adres"] == f"{said['adres']}/documenten/{place}"


NAMES = st.text(st.characters(blacklist_categories=["Cs"]), max_size=40)


def test_a_party_goes_in_with_its_own_documents_and_declaration_and_hears_of_a_fetch(
    session: Session, buyer: Actor, company: Actor, reviewer: Actor
) -> None:
    past = clock.now() - timedelta(days=40)
    other, refusing = factories.company(factories.DAGOBERT), factories.company(factories.KATRIEN)
    with clock.moved_to(past):
        tender = factories.tender(buyer, *ASKED, closes_at=past + timedelta(days=39))
        for actor in (company, other, refusing):
            factories.approved(actor, reviewer)
        row = factories.participant(company, tender)
        asked = [
            parties.add(company, tender.id, kvk_number=number, role="member", task="Scholing")
            for number in (factories.DAGOBERT, factories.KATRIEN)
        ]
        parties.confirm(other, asked[0].id, declares=True, consents=True, authority="bestuurder")
        parties.refuse(refusing, asked[1].id)
    participations.select(buyer, row.id, motivation="")
    bundle = released(buyer, row)
    data = fetched(buyer, bundle)
    files, said = contents(data)
    check_description(data)
    assert [(party["kvkNummer"], party["rol"]) for party in said["deelnemers"][0]["partijen"]] == [
        (factories.DONALD, "lead"),
        (factories.DAGOBERT, "member"),
    ]
    assert [item["kvkNummer"] for item in documents_in(said)] == [factories.DONALD, factories.DAGOBERT]
    assert {path: files[path][:5] for path in files if path.startswith("data/verklaringen/")} == {
        "data/verklaringen/01-Test BV Donald.pdf": b"%PDF-",
        "data/verklaringen/02-Test EMZ Dagobert.pdf": b"%PDF-",
    }
    told = {mail.address: mail.payload["documents"] for mail in session.query(Message) if "fetched" in mail.template}
    assert told == {factories.email_of(company): 1, factories.email_of(other): 1}


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=1, max_size=3))
def test_the_description_is_exactly_the_payload_whatever_files_are_called(
    session: Session, buyer: Actor, company: Actor, reviewer: Actor, names: list[str]
) -> None:
    number = str(session.query(Participation).count())
    actor = factories.company(f"9{int(number):07d}")
    past = clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        tender = factories.tender(buyer, "kvk-extract", closes_at=past + timedelta(days=39), number=number)
        for name in names:
            facts = factories.facts("kvk_extract", f"9{int(number):07d}")
            upload = factories.file(factories.unused(actor), name or "x")
            version = documents.deposit(actor, kind="kvk_extract", upload=upload, facts=facts)
            verification.run_checks()
            verification.approve(reviewer, version.id, facts=facts)
        row = factories.participant(actor, tender)
    participations.select(buyer, row.id, motivation="")
    data = fetched(buyer, released(buyer, row))
    check_description(data)
    assert len(documents_in(contents(data)[1])) == len(names)


def test_the_version_that_is_evidence_at_the_moment_goes_in(
    buyer: Actor, company: Actor, reviewer: Actor, selected: Participation
) -> None:
    older = version_of(selected, "liability_insurance")
    facts = factories.facts("liability_insurance", policyNumber="VB-2", startDate=clock.today().isoformat())
    renewal = documents.deposit_next(
        company, older.document_id, relation="renewal", upload=factories.file(factories.pdf("vernieuwd")), facts=facts
    )
    verification.run_checks()
    verification.approve(reviewer, renewal.id, facts=facts)
    _files, said = contents(fetched(buyer, released(buyer, selected)))
    [policy] = [item for item in documents_in(said) if item["soort"] == "liability_insurance"]
    assert (policy["versie"], policy["kenmerk"]) == (1, "VB-1")


def test_what_is_approved_just_before_the_release_goes_in(
    buyer: Actor, company: Actor, reviewer: Actor, selected: Participation
) -> None:
    at = clock.now().replace(microsecond=900_000)
    with clock.moved_to(at):
        factories.approved(company, reviewer)
    with clock.moved_to(at + timedelta(microseconds=1)):
        assert [item.version.document.kind for item in service.preview(selected).chosen].count("kvk_extract") == 2
        bundle = released(buyer, selected)
    assert sum(item.version_id is not None for item in bundle.items) == 3


def test_what_is_not_approved_or_came_too_late_stays_out(
    buyer: Actor, company: Actor, reviewer: Actor, selected: Participation
) -> None:
    factories.checked(company)
    returned = factories.checked(company)
    verification.send_back(reviewer, returned.id, reason="Onleesbaar.")
    deadline = selected.tender.stages[1].closes_at
    with clock.moved_to(deadline + timedelta(seconds=1)):
        factories.approved(company, reviewer)
        bundle = released(buyer, selected)
    assert sum(item.version_id is not None for item in bundle.items) == 2


def test_a_bundle_is_for_a_selected_participant(buyer: Actor, company: Actor) -> None:
    past = clock.now() - timedelta(days=40)
    with clock.moved_to(past):
        row = factories.participant(company, factories.tender(buyer, closes_at=past + timedelta(days=39)))
    assert "Selecteer eerst." in refused(buyer, row)
    participations.reject(buyer, row.id, motivation="Nee.")
    assert "Selecteer eerst." in refused(buyer, row)


def test_without_consent_there_is_no_bundle(buyer: Actor, company: Actor, selected: Participation) -> None:
    participations.withdraw_consent(company, selected.tender_id)
    assert "Zonder toestemming is er geen bundel." in refused(buyer, selected)


def test_a_participant_has_one_bundle(buyer: Actor, selected: Participation) -> None:
    released(buyer, selected)
    with pytest.raises(Conflict, match="al een bundel"):
        released(buyer, selected)


def test_nothing_to_put_in_is_no_bundle(buyer: Actor, company: Actor, selected: Participation) -> None:
    for kind in ("kvk_extract", "liability_insurance"):
        documents.withdraw(company, version_of(selected, kind).document_id)
    assert "Er is geen goedgekeurd document" in refused(buyer, selected)


def test_a_file_that_was_not_scanned_to_the_end_never_goes_in(
    session: Session, buyer: Actor, selected: Participation
) -> None:
    version = version_of(selected, "kvk_extract")
    assert version.file is not None
    for state in (ScanState.WAITING, ScanState.INFECTED):
        version.file.scan_state = state
        assert "is niet op virussen gecontroleerd" in refused(buyer, selected)


def test_a_damaged_document_makes_the_release_refuse(buyer: Actor, selected: Participation) -> None:
    damage(version_of(selected, "liability_insurance"))
    before = set(store().keys("bundles/"))
    assert "beschadigd" in refused(buyer, selected)
    assert set(store().keys("bundles/")) == before


def test_a_document_that_is_lost_makes_the_release_refuse(buyer: Actor, selected: Participation) -> None:
    version = version_of(selected, "liability_insurance")
    assert version.file is not None
    store().delete(version.file.object_key)
    assert "nu niet beschikbaar" in refused(buyer, selected)


def test_a_download_of_what_was_damaged_since_ends_short(
    session: Session, buyer: Actor, selected: Participation
) -> None:
    bundle = released(buyer, selected)
    damage(version_of(selected, "liability_insurance"))
    with db.transaction():
        download = service.fetch(buyer, bundle.id)
    sent = io.BytesIO()
    with pytest.raises((Damaged, Unavailable)):
        sent.writelines(service.stream(download))
    assert sent.tell() < bundle.size
    row = session.get_one(Fetch, download.fetch.id, populate_existing=True)
    assert (row.is_complete, row.bytes) == (False, sent.tell())


def test_a_bundle_stays_the_same_whatever_happens_to_the_documents(
    session: Session, buyer: Actor, company: Actor, reviewer: Actor, selected: Participation
) -> None:
    bundle = released(buyer, selected)
    first = fetched(buyer, bundle)
    participations.withdraw_consent(company, selected.tender_id)
    documents.withdraw(company, version_of(selected, "kvk_extract").document_id)
    factories.approved(company, reviewer)
    session.commit()
    with clock.moved_to(clock.now() + timedelta(days=400)):
        documents.remove_orphans()
        service.remove_orphans()
        session.expire_all()
        assert fetched(buyer, bundle) == first
    assert session.get_one(Bundle, bundle.id).manifest_sha256 == bundle.manifest_sha256


def test_a_version_in_a_bundle_cannot_vanish(session: Session, buyer: Actor, selected: Participation) -> None:
    bundled, free = version_of(selected, "kvk_extract"), version_of(selected, "quality_mark")
    released(buyer, selected)
    session.commit()

    def remove(version: Version) -> None:
        for table in (FactSet, Finding, Review, Claim):
            session.execute(delete(table).where(table.version_id == version.id))
        session.execute(delete(Version).where(Version.id == version.id))

    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), session.begin_nested():
        remove(bundled)
    with session.begin_nested():
        remove(free)


def test_releasing_keeps_the_verdict_and_is_recorded(
    session: Session, buyer: Actor, company: Actor, selected: Participation
) -> None:
    bundle = released(buyer, selected)
    assert re.fullmatch(r"B\d{4}-[2-9A-HJ-NP-Z]{6}", bundle.number)
    kept = tenders.last_assessment(selected.id, "bundle")
    assert kept is not None
    assert [item["verdict"] for item in kept.result["assessments"]] == ["met", "met"]
    event = session.scalars(select(Event).where(Event.action == "bundle.release")).one()
    assert (event.about_company_id, event.object_id, event.actor_id) == (company.organisation_id, bundle.id, buyer.id)
    assert event.detail["ground"] == "selected"
    assert set(event.detail["versions"]) == {str(item.version_id) for item in bundle.items if item.version_id}


def test_each_fetch_is_recorded_and_the_company_hears_of_it_once_a_day(
    session: Session, buyer: Actor, company: Actor, selected: Participation
) -> None:
    bundle = released(buyer, selected)
    session.query(Message).delete()
    at = clock.now()
    with clock.moved_to(at):
        fetched(buyer, bundle)
        fetched(buyer, bundle)
        [mail] = session.scalars(select(Message))
    assert (mail.template, mail.address, mail.payload["documents"]) == (
        "bundle_fetched",
        factories.email_of(company),
        2,
    )
    with clock.moved_to(at + timedelta(days=1)):
        fetched(buyer, bundle)
    assert session.query(Message).count() == 2
    session.expire_all()
    rows = queries.fetches(buyer, bundle.id)
    assert [(row.by, row.legal_ground, row.is_complete, row.bytes) for row in rows] == [
        (buyer.id, "selected", True, bundle.size)
    ] * 3
    events = session.scalars(select(Event).where(Event.action == "bundle.fetch")).all()
    assert sorted(event.detail["receipt"] for event in events) == sorted(row.receipt for row in rows)
    assert {event.about_company_id for event in events} == {company.organisation_id}


def test_a_fetch_that_is_broken_off_is_recorded_as_incomplete(
    session: Session, buyer: Actor, selected: Participation
) -> None:
    bundle = released(buyer, selected)
    with db.transaction():
        download = service.fetch(buyer, bundle.id)
    stream = service.stream(download)
    next(stream)
    stream.close()
    assert not session.get_one(Fetch, download.fetch.id, populate_existing=True).is_complete


@pytest.mark.parametrize("state", [BundleState.BLOCKED, BundleState.DESTROYED])
def test_a_bundle_that_is_blocked_or_destroyed_is_not_fetched(
    buyer: Actor, selected: Participation, state: BundleState
) -> None:
    bundle = released(buyer, selected)
    bundle.state = state
    with pytest.raises(Conflict):
        service.fetch(buyer, bundle.id)


def test_a_document_of_a_bundle_is_read_because_it_lies_in_there(
    session: Session, buyer: Actor, company: Actor, selected: Participation
) -> None:
    version = version_of(selected, "kvk_extract")
    with pytest.raises(NotFound):
        files.open_file(buyer, version.document_id, 1)
    bundle = released(buyer, selected)
    item = next(item for item in bundle.items if item.version_id == version.id)
    with service.open_document(buyer, bundle.id, item.position).content as content:
        assert content.read() == factories.pdf()
    event = session.scalars(select(Event).where(Event.action == "document.read")).one()
    assert (event.object_id, event.about_company_id) == (version.id, company.organisation_id)
    tag = next(item for item in bundle.items if item.version_id is None)
    with pytest.raises(Conflict):
        service.open_document(buyer, bundle.id, tag.position)
    with pytest.raises(NotFound):
        service.open_document(buyer, bundle.id, 999)


def test_bundles_belong_to_one_municipality_and_its_buyers(
    session: Session, buyer: Actor, company: Actor, selected: Participation
) -> None:
    other = factories.municipality(name="Gemeente Emmen", code="gm0114")
    with pytest.raises(NotFound):
        released(other, selected)
    bundle = released(buyer, selected)
    for act in (lambda: queries.get(other, bundle.id), lambda: service.fetch(other, bundle.id)):
        with pytest.raises(NotFound):
            act()
    assert not queries.index(other)
    with pytest.raises(Forbidden):
        service.fetch(company, bundle.id)
    reader = factories.member(session.get_one(Organisation, buyer.organisation_id), Role.MUNICIPALITY_READER)
    assert queries.get(reader, bundle.id) is bundle
    for act in (lambda: service.fetch(reader, bundle.id), lambda: released(reader, selected)):
        with pytest.raises(Forbidden):
            act()
    assert not session.query(Fetch).count()


def test_objects_without_a_row_are_removed_after_a_day(buyer: Actor, selected: Participation) -> None:
    bundle = released(buyer, selected)
    db.session.commit()
    store().put_bytes(f"bundles/{db.new_id()}/verloren", b"halverwege mislukt")
    assert service.remove_orphans() == 0
    with clock.moved_to(clock.now() + timedelta(days=2)):
        assert service.remove_orphans() >= 1
    assert len(fetched(buyer, bundle)) == bundle.size


def unhyphened(text: str) -> str:
    """A hyphen at the end of a line is read back as a sign that only says that the line ends there."""
    return re.sub("[-\u00ad\ufffe\x02]", "", closed_up(text))


def test_the_report_says_what_the_description_says(buyer: Actor, selected: Participation) -> None:
    """Each fact of bundel.json is read back from the sealed PDF; the order is that of the description."""
    with zipfile.ZipFile(io.BytesIO(fetched(buyer, released(buyer, selected)))) as archive:
        inside = {name.partition("/")[2]: name for name in archive.namelist()}
        said = json.loads(archive.read(inside["data/bundel.json"]))
        text = text_of(archive.read(inside["data/rapport.pdf"]))
    facts = [said["nummer"], said["deelnemers"][0]["naam"], said["rechtsgrond"]]
    facts += [said["aanbesteding"][key] for key in ("nummer", "titel", "gemeente")]
    for asked in said["deelnemers"][0]["beoordeling"]["eisen"]:
        verdict = {"met": "voldoet", "not_met": "voldoet niet", "manual": "handmatig"}[asked["oordeel"]]
        facts.append(asked["naam"] + asked["zin"] + verdict + asked["toelichting"])
    for party in said["deelnemers"][0]["partijen"]:
        facts += [party["naam"], party["kvkNummer"]]
    assert len(documents_in(said)) == 2
    for fact in facts:
        assert closed_up(fact) in text
    sections = re.split(r"Document\d+:", text)[1:]
    for document, section in zip(documents_in(said), sections, strict=True):
        shown = [
            document[key] for key in ("soortNaam", "titel", "van", "kvkNummer", "uitgever", "adres", "pad", "sha256")
        ]
        shown += [label + value for label, value in document["gegevensLeesbaar"]]
        shown += [finding["toelichting"] for finding in document["bevindingen"]]
        for fact in shown:
            assert unhyphened(fact) in unhyphened(section)
        assert f"{document['omvang']}bytes" in section
        decided = datetime.fromisoformat(document["besluit"]["genomenOp"]).astimezone(clock.AMSTERDAM)
        assert f"Goedgekeurdop{decided.day}" in section
        assert f"{decided:%H:%M}" in section


def test_the_same_release_at_the_same_instant_says_the_same(buyer: Actor, selected: Participation) -> None:
    at: datetime = clock.now()
    said: list[Mapping[str, Any]] = []
    for _time in range(2):
        with clock.moved_to(at), db.session.begin_nested() as attempt:
            bundle = released(buyer, selected)
            item = next(item for item in bundle.items if item.path.endswith("bundel.json"))
            said.append(
                json.loads(
                    store()
                    .read(item.object_key)
                    .replace(str(bundle.id).encode(), b"ID")
                    .replace(bundle.number.encode(), b"NR")
                )
            )
            attempt.rollback()
        db.session.expire_all()
    assert said[0] == said[1]
    assert catalogue().version == said[0]["deelnemers"][0]["beoordeling"]["catalogus"]
    assert version_of(selected, "kvk_extract").state is State.APPROVED
    assert not db.session.query(BundleItem).count()


def test_the_description_is_as_its_published_schema_says(buyer: Actor, company: Actor, selected: Participation) -> None:
    _files, said = contents(fetched(buyer, released(buyer, selected)))
    validator = Draft202012Validator(schema.json_schema(), format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(said)] == []
    for name in said:
        without = {key: value for key, value in said.items() if key != name}
        assert not validator.is_valid(without), name
    [participant] = said["deelnemers"]
    changed = {**participant, "documenten": [{**participant["documenten"][0], "sha256": "geen"}]}
    assert not validator.is_valid({**said, "deelnemers": [changed]})


def test_the_archive_finds_the_bundle_and_each_document_described(buyer: Actor, selected: Participation) -> None:
    files, said = contents(fetched(buyer, released(buyer, selected)))
    found = {path: data for path, data in files.items() if path.startswith("data/mdto/")}
    assert found == mdto.described(said)
    assert len(found) == 1 + 2 * len(documents_in(said))
    space = {"m": mdto.NAMESPACE}
    bundle = etree.fromstring(found["data/mdto/bundel.xml"])
    assert bundle.findtext(".//m:identificatieKenmerk", namespaces=space) == said["nummer"]
    assert bundle.findtext(".//m:termijnLooptijd", namespaces=space) == said["bewaren"]["naEindeContract"]
    parts = bundle.findall(".//m:bevatOnderdeel/m:verwijzingNaam", space)
    assert [part.text for part in parts] == [document["titel"] for document in documents_in(said)]
    for document in documents_in(said):
        path = Path(document["pad"]).relative_to("data/documenten").with_suffix("")
        file = etree.fromstring(found[f"data/mdto/{path}.bestand.xml"])
        told = [file.findtext(f".//m:{name}", namespaces=space) for name in ("checksumWaarde", "omvang", "naam")]
        assert told == [document["sha256"], str(document["omvang"]), Path(document["pad"]).name]
