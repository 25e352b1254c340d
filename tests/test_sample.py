"""The Apeldoorn case from deposit to verified bundle, as who buys and who sells would accept it."""

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from depot import demo
from depot.access import Actor, ActorKind, Role
from depot.accounts.models import Organisation, OrganisationKind, User
from depot.app import create_app
from depot.audit.models import Event
from depot.bundles import bag, making
from depot.bundles.models import Bundle, BundleItem, Fetch
from depot.catalogue import service as catalogue
from depot.cli import cli
from depot.companies.models import Company
from depot.core import authority, clock, db, seal
from depot.core.http import DepotFlask
from depot.core.storage import store
from depot.core.zipstream import Archive, Entry
from depot.documents import queries as documents
from depot.documents.models import Document, FactSet, Relation, State, Version
from depot.mail.models import Message
from depot.sample import crowd
from depot.sample.calls import ACTIVATION, AMSTERDAM, CASE, EMMEN, ROERMOND
from depot.sample.people import (
    CHAIN,
    COOPERATIVE,
    DAGOBERT,
    DONALD,
    FOUNDATION,
    KATRIEN,
    MUNICIPALITIES,
    PASSWORD,
    SECOND_FOUNDATION,
)
from depot.tenders import dossiers
from depot.tenders.models import Assessment, Participation, ParticipationState, Tender, TenderState
from depot.tenders.reasons import sentence
from depot.verification.models import Finding, Review
from tests import factories

TABLES = (
    Document,
    Version,
    FactSet,
    Finding,
    Review,
    Participation,
    Assessment,
    Bundle,
    BundleItem,
    Fetch,
    Event,
    Message,
)


@dataclass(frozen=True)
class Loaded:
    app: DepotFlask
    folder: Path
    said: tuple[str, ...]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("demo")
    app = create_app(demo.settings(folder))
    yield Loaded(app, folder, tuple(demo.run(app, folder)))
    app.extensions["depot.engine"].dispose()


def bundle_of(case: Loaded) -> Path:
    [path] = (case.folder / "demo").glob("*.zip")
    return path


def verdicts(case: Loaded, name: str) -> dict[str, tuple[str | None, str]]:
    """By requirement the verdict on a company now, and its reason in words."""
    with case.app.app_context():
        found = select(Participation).join(Tender).join(Company, Company.organisation_id == Participation.company_id)
        row = db.session.scalars(found.where(Tender.number == CASE, Company.legal_name == name)).one()
        judged = dossiers.judge(row.tender, [row])
        labels = {item.id: item.label for item in judged.requirements.requirements}
        return {
            labels[item.requirement_id]: (item.verdict, str(sentence(item.reason)))
            for item in judged.verdicts[row.id]
            if item.verdict
        }


def verified(case: Loaded, path: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["verify", str(path), *options])


def test_donald_meets_all_that_is_asked(case: Loaded) -> None:
    found = verdicts(case, DONALD.name)
    assert len(found) == 7
    assert {verdict for verdict, _reason in found.values()} == {"met"}


def test_katrien_falls_short_in_four_ways_that_are_named(case: Loaded) -> None:
    found = verdicts(case, KATRIEN.name)
    named = {
        "Behaalde resultaten": "is 48; gevraagd is minstens 55",
        "Ervaring met de dienst": "langer geleden dan 3 jaar",
        "Verzekering tegen beroepsaansprakelijkheid": "verlopen",
        "Kwaliteitsborging": "„Status” is aspirant; gevraagd is definitief",
    }
    assert {label for label, (verdict, _reason) in found.items() if verdict == "not_met"} == set(named)
    assert all(words in found[label][1] for label, words in named.items())
    assert found["Medewerkers met hbo, opgegeven totaal"] == (
        "manual",
        "Handmatig beoordelen: personeelslijst is nog niet beoordeeld.",
    )


def test_dagobert_needs_a_person_for_his_own_proof_of_quality(case: Loaded) -> None:
    found = verdicts(case, DAGOBERT.name)
    assert "gelijkwaardig" in found["Kwaliteitsborging"][1]
    assert {verdict for verdict, _reason in found.values()} == {"met", "manual"}
    assert [label for label, (verdict, _reason) in found.items() if verdict == "manual"] == ["Kwaliteitsborging"]


def test_the_extract_that_was_handed_in_on_the_way_is_in_the_bundle(case: Loaded) -> None:
    with case.app.app_context():
        version = db.session.scalars(select(Version).where(Version.document_id == demo.EXTRACT)).one()
        assert version.state is State.APPROVED
        items = db.session.scalars(select(BundleItem.version_id)).all()
        assert version.id in items
        [row] = db.session.scalars(select(Bundle).where(Bundle.is_of_all.is_(False))).one().participations
        assert (row.company.legal_name, row.state) == (DONALD.name, ParticipationState.SELECTED)


def test_both_selected_of_the_earlier_tender_lie_in_one_bundle_that_verifies(case: Loaded, tmp_path: Path) -> None:
    with case.app.app_context():
        bundle = db.session.scalars(select(Bundle).where(Bundle.is_of_all)).one()
        assert {row.company.legal_name for row in bundle.participations} == {DONALD.name, COOPERATIVE.name}
        path = tmp_path / "bundel.zip"
        path.write_bytes(b"".join(making.archive(bundle.items, bundle.made_at).stream()))
    whole = verified(case, path, "--root", str(case.folder / "demo-ca.pem"), "--json")
    assert whole.exit_code == 0
    assert json.loads(whole.output)["documents"] == 2


def test_the_bundle_verifies_with_the_root_and_is_untrusted_without(case: Loaded) -> None:
    trust = str(case.folder / "demo-ca.pem")
    whole = verified(case, bundle_of(case), "--root", trust, "--json")
    assert whole.exit_code == 0
    said = json.loads(whole.output)
    assert (said["outcome"], said["findings"], said["documents"]) == ("whole_trusted", [], 7)
    unknown = verified(case, bundle_of(case))
    assert unknown.exit_code == 3
    assert "het zegel leidt niet naar een certificaat dat u vertrouwt" in unknown.output


def resealed(path: Path, other: seal.Seal) -> bytes:
    """The same payload, sealed by somebody else who says what the depot says."""
    with zipfile.ZipFile(path) as archive:
        base = archive.namelist()[0].partition("/")[0]
        payload = {name: archive.read(name) for name in archive.namelist() if name.startswith(f"{base}/data/")}
    listed = [
        bag.Payload(name.removeprefix(f"{base}/"), len(data), hashlib.sha256(data).hexdigest())
        for name, data in payload.items()
    ]
    text = bag.readme(title="Bundel", made_at=clock.now(), seal=other)
    files = {**payload, **bag.tag_files(listed, base=base, info={}, readme=text, seal=other)}
    entries = [Entry(name, len(data), zlib.crc32(data), partial(io.BytesIO, data)) for name, data in files.items()]
    return b"".join(Archive(entries, clock.now()).stream())


def test_a_bundle_that_another_authority_sealed_is_not_trusted(case: Loaded, tmp_path: Path) -> None:
    authority.init(tmp_path / "seal", organisation="Depot")
    forged = tmp_path / bundle_of(case).name
    forged.write_bytes(resealed(bundle_of(case), seal.load(tmp_path / "seal")))
    assert verified(case, forged, "--root", str(case.folder / "demo-ca.pem")).exit_code == 3
    own = tmp_path / "own.pem"
    own.write_bytes(seal.load(tmp_path / "seal").root_pem)
    assert verified(case, forged, "--root", str(own)).exit_code == 0
    assert verified(case, bundle_of(case), "--root", str(own)).exit_code == 3


def test_one_changed_byte_is_found(case: Loaded, tmp_path: Path) -> None:
    data = bytearray(bundle_of(case).read_bytes())
    data[len(data) // 2] ^= 1
    changed = tmp_path / "bundel.zip"
    changed.write_bytes(data)
    assert verified(case, changed, "--root", str(case.folder / "demo-ca.pem")).exit_code == 1


def counts(app: DepotFlask) -> dict[str, int | None]:
    with app.app_context():
        return {table.__tablename__: db.session.scalar(select(func.count()).select_from(table)) for table in TABLES}


def test_the_demonstration_run_twice_neither_fails_nor_doubles(case: Loaded) -> None:
    before, data = counts(case.app), bundle_of(case).read_bytes()
    said = list(demo.run(case.app, case.folder))
    assert counts(case.app) == before
    assert bundle_of(case).read_bytes() == data
    assert said[1:4] == list(case.said[1:4])
    assert said[-4:] == list(case.said[-4:])


REGISTER = {"68750110", "69599084", "68727720", "69599068", "69599076", "55344526"} | {
    "90001745", "90003942", "90002490", "55505201", "90006577", "90000102",
}  # fmt: skip
"""Numbers of the KvK test register, as its documentation lists them."""


def test_every_kind_of_document_occurs(case: Loaded) -> None:
    with case.app.app_context():
        assert set(db.session.scalars(select(Document.kind))) == set(catalogue.load(catalogue.FOLDER).kinds)


def test_every_state_occurs_that_the_depot_can_reach(case: Loaded) -> None:
    with case.app.app_context():
        assert set(db.session.scalars(select(Version.state))) == set(State) - {State.REVOKED}
        assert set(db.session.scalars(select(Version.relation))) == set(Relation)
        assert set(db.session.scalars(select(Participation.state))) == {
            ParticipationState.SUBMITTED,
            ParticipationState.SHORTLISTED,
            ParticipationState.WITHDRAWN,
            ParticipationState.SELECTED,
            ParticipationState.REJECTED,
        }


def test_the_tenders_of_four_municipalities_are_each_somewhere_else(case: Loaded) -> None:
    with case.app.app_context():
        found = {row.number: row for row in db.session.scalars(select(Tender))}
        assert {row.municipality.name for row in found.values()} == set(MUNICIPALITIES)
        assert found[ROERMOND.number].state is TenderState.DRAFT
        assert found[EMMEN.number].is_open
        assert found[AMSTERDAM.number].state is TenderState.PUBLISHED
        assert found[AMSTERDAM.number].is_closed
        assert found[CASE].state is TenderState.EVIDENCE


def test_a_small_company_in_amsterdam_may_show_the_experience_of_its_staff(case: Loaded) -> None:
    with case.app.app_context():
        tender = db.session.scalars(select(Tender).where(Tender.number == AMSTERDAM.number)).one()
        rows = db.session.scalars(select(Participation).where(Participation.tender_id == tender.id)).all()
        judged = dossiers.judge(tender, list(rows))
        verdicts = {
            row.company.legal_name: next(
                item.verdict for item in judged.verdicts[row.id] if item.requirement_id == ACTIVATION["id"]
            )
            for row in rows
        }
    assert verdicts[FOUNDATION.name] == "met"  # by a reference
    assert verdicts[DAGOBERT.name] == "met"  # by its staff list
    assert verdicts[CHAIN.name] == "not_met"


def test_nothing_in_the_sample_is_real(case: Loaded) -> None:
    with case.app.app_context():
        assert all(email.endswith(".example") for email in db.session.scalars(select(User.email)))
        companies = select(Organisation).where(Organisation.kind == OrganisationKind.COMPANY)
        numbers = {row.kvk_number for row in db.session.scalars(companies) if "Voorbeeldbedrijf" not in row.name}
        assert numbers == REGISTER
        forms = set(db.session.scalars(select(Company.legal_form)))
        assert len(forms) == 9
        texts = [json.dumps(row) for row in db.session.scalars(select(FactSet.facts))]
        found = {address for text in texts for address in re.findall(r"[\w.]+@([\w.]+)", text)}
        assert all(domain.endswith(".example") for domain in found)


def seen_by(case: Loaded, email: str, path: str) -> str:
    """A page as somebody of the sample sees it."""
    base = case.app.config["BASE_URL"]
    browser = case.app.test_client()
    browser.post(
        "/inloggen", base_url=base, headers={"Origin": base}, data={"email": email, "wachtwoord": PASSWORD}
    ).close()
    return browser.get(path, base_url=base).text


def test_one_person_switches_between_two_organisations(case: Loaded) -> None:
    page = seen_by(case, "beheerder@opstap.example", "/dossier")
    assert FOUNDATION.name in page
    assert SECOND_FOUNDATION.name in page


def test_one_of_a_crowd_has_a_name_a_number_and_papers_of_its_own(case: Loaded) -> None:
    number = crowd.DOSSIERS + 1
    with case.app.app_context():
        assert crowd.load(number) == number
        assert crowd.load(number) == 0
        model, copy = (
            db.session.scalars(select(Company).where(Company.legal_name == crowd.place(each).company.name)).one()
            for each in (1, number)
        )
        assert copy.organisation.kvk_number == f"{number:08}"
        own, other = documents.of_companies([copy.id]), documents.of_companies([model.id])
        assert [row.kind for row in own] == [row.kind for row in other]
        assert [row.latest.state for row in own] == [row.latest.state for row in other]
        assert len(own) == 12
        extract = next(row.latest for row in own if row.kind == "kvk_extract")
        assert extract.best_facts["kvkNumber"] == f"{number:08}"
        assert extract.best_facts["statutoryName"] == copy.legal_name
        assert extract.file is not None
        with store().verified(extract.file.object_key, extract.file.sha256) as file:
            paper = file.read()
        assert f"KvK-nummer {number:08}".encode() in paper
    assert copy.legal_name in seen_by(case, crowd.place(number).email, "/dossier")


def test_a_crowd_takes_part_in_a_tender_and_is_judged_like_its_models(case: Loaded) -> None:
    number = crowd.DOSSIERS + 3
    with case.app.app_context():
        with db.transaction():
            buyer = db.session.scalars(select(User).where(User.email == EMMEN.buyer)).one()
            municipality = db.session.scalars(select(Organisation).where(Organisation.name == "Gemeente Emmen")).one()
            actor = Actor(ActorKind.USER, buyer.id, municipality.id, Role.BUYER)
            tender = factories.tender(actor, "services", "competence", "staff", "kvk-extract", number="2027-EMM-02")
        crowd.load(number, tender.id)
        rows = db.session.scalars(select(Participation).where(Participation.tender_id == tender.id)).all()
        judged = dossiers.judge(tender, list(rows)).verdicts
        verdicts = {row.company.legal_name: [item.verdict for item in judged[row.id]] for row in rows}
    assert verdicts[crowd.place(number).company.name] == verdicts[crowd.place(3).company.name]
    assert len({tuple(found) for found in verdicts.values()}) > 1
