from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Actor, ActorKind, Role
from depot.accounts import service as accounts
from depot.accounts.models import Organisation
from depot.audit.models import Event
from depot.core import antivirus, clock, db, work
from depot.core.antivirus import Scanner
from depot.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from depot.core.http import DepotFlask
from depot.core.storage import store
from depot.documents import files
from depot.documents import service as documents
from depot.documents.models import FactSource, ScanState, State, Version
from depot.mail.models import Message
from depot.tenders.dossiers import evidence_of
from depot.verification import holds, queries, service
from depot.verification.models import Claim, Decision, Review
from tests import factories
from tests.services import EICAR, start_clamd
from tests.verification import pdfs


@pytest.fixture
def scanner(app: DepotFlask, clamd: Scanner) -> Iterator[None]:
    with scanning(app, clamd):
        yield


@contextmanager
def scanning(app: DepotFlask, scanner: Scanner) -> Iterator[None]:
    before, app.extensions["depot.scanner"] = app.extensions["depot.scanner"], scanner
    try:
        yield
    finally:
        app.extensions["depot.scanner"] = before


def colleague() -> Actor:
    operator = db.session.scalars(select(Organisation).where(Organisation.name == "Depot")).one()
    user = accounts.add_user(
        operator, Role.REVIEWER, email="tweede@depot.example", name="Tweede", password=factories.PASSWORD
    )
    return Actor(ActorKind.USER, user.id, operator.id, Role.REVIEWER, "127.0.0.1")


def reviews(version: Version) -> list[tuple[Decision, str | None]]:
    return [(row.decision, row.by_rule) for row in queries.reviews([version.id])]


def findings(version: Version) -> dict[str, str]:
    return {row.check: row.reason for row in queries.findings([version.id])}


def mails(session: Session) -> list[tuple[str, str, str]]:
    rows = session.scalars(select(Message).order_by(Message.id))
    return [(row.address, row.template, row.payload["reason"]) for row in rows]


SCRIPT = pdfs.Dictionary(S=pdfs.Name.JavaScript, JS=pdfs.String("0"))


def keys() -> set[str]:
    return {key for key, _written in store().keys("documents/")}


def test_a_clean_document_leaves_quarantine_and_waits_for_a_reviewer(session: Session, scanner: None) -> None:
    version = factories.checked(factories.company())
    assert version.state is State.IN_REVIEW
    assert version.file is not None
    assert version.file.scan_state is ScanState.CLEAN
    assert version.file.object_key == f"documents/clean/{version.file.id}"
    assert store().read(version.file.object_key) == factories.pdf()
    assert findings(version)["virus"] == "clean"
    assert findings(version)["kvk_number"] == "found"
    assert version.leased_until is None
    assert list(queries.queue(factories.reviewer())) == [version.id]


def test_without_a_scanner_every_file_says_that_it_was_not_scanned(session: Session) -> None:
    version = factories.checked(factories.company())
    assert findings(version)["virus"] == "not_scanned"
    assert version.file is not None
    assert version.file.scan_state is ScanState.NOT_SCANNED


def test_a_virus_in_an_attachment_returns_the_document_and_keeps_it_in_quarantine(
    session: Session, scanner: None
) -> None:
    company, reviewer = factories.company(), factories.reviewer()
    version = factories.checked(company, data=pdfs.with_attachment(EICAR))
    assert version.state is State.RETURNED
    assert reviews(version) == [(Decision.RETURNED, "virus:found")]
    [(address, template, reason)] = mails(session)
    assert (address, template) == (factories.email_of(company), "version_returned")
    assert "Eicar-Test-Signature" in reason
    assert "maak het document opnieuw" in reason
    assert version.file is not None
    assert version.file.scan_state is ScanState.INFECTED
    assert version.file.object_key == f"documents/quarantine/{version.file.id}"
    assert f"documents/clean/{version.file.id}" not in keys()
    assert not queries.queue(reviewer)
    with pytest.raises(Conflict):
        service.approve(reviewer, version.id, facts=factories.facts())
    with pytest.raises(NotFound):
        files.open_file(reviewer, version.document_id, 1)


@pytest.mark.parametrize(
    ("data", "rule", "words"),
    [
        (pdfs.text_pdf()[:2000], "opens:truncated", "het einde ontbreekt"),
        (pdfs.encrypted(user="geheim"), "encryption:password_needed", "Haal de beveiliging weg"),
        (pdfs.without_pages(), "pages:none", "Het bestand heeft geen bladzijden"),
        (pdfs.with_action(SCRIPT), "active_content:scripts", "bevat een programma"),
        (b"MZ and then %PDF-1.7\n", "type:other_type", "past niet bij de naam"),
    ],
)  # fmt: skip
def test_a_file_that_nobody_can_read_is_returned_by_rule_with_what_to_do(
    session: Session, data: bytes, rule: str, words: str
) -> None:
    version = factories.checked(factories.company(), data=data)
    assert version.state is State.RETURNED
    assert reviews(version) == [(Decision.RETURNED, rule)]
    [(_address, _template, reason)] = mails(session)
    assert words in reason
    assert "%(" not in reason


def test_while_the_scanner_is_down_a_document_waits_and_is_scanned_later(
    app: DepotFlask, session: Session, clamd: Scanner, tmp_path: Path
) -> None:
    version = factories.deposited(factories.company())
    with scanning(app, Scanner(str(tmp_path / "nobody.ctl"))):
        assert service.run_checks()["waiting"] == 1
    assert version.state is State.CHECKING
    assert not findings(version)
    assert not mails(session)
    assert version.file is not None
    assert version.file.object_key.startswith("documents/quarantine/")
    with scanning(app, clamd):
        assert not any(service.run_checks().values())
        with clock.moved_to(clock.now() + service.SCANNER_RETRY + timedelta(seconds=1)):
            assert service.run_checks()["checked"] == 1
    assert version.state is State.IN_REVIEW


def test_a_file_that_the_scanner_refuses_cannot_be_approved(app: DepotFlask, session: Session, tmp_path: Path) -> None:
    version, reviewer = factories.deposited(factories.company()), factories.reviewer()
    process = start_clamd(tmp_path, f"LocalSocket {tmp_path / 'clamd.ctl'}", stream_limit="64")
    try:
        with scanning(app, Scanner(str(tmp_path / "clamd.ctl"))):
            service.run_checks()
    finally:
        process.terminate()
        process.communicate()
    assert findings(version)["virus"] == "scanner_refused_size"
    assert version.file is not None
    assert version.file.object_key.startswith("documents/quarantine/")
    with pytest.raises(Conflict, match="niet op virussen gecontroleerd"):
        service.approve(reviewer, version.id, facts=factories.facts())


@dataclass(frozen=True)
class Interrupted(Scanner):
    """A scanner during whose work somebody else withdraws the document, in a session of their own."""

    app: DepotFlask | None = None
    actor: Actor | None = None
    version: Version | None = None

    def scan(self, chunks: object) -> antivirus.Scan:
        assert self.app
        assert self.actor
        assert self.version
        with self.app.app_context(), db.transaction():
            documents.withdraw(self.actor, self.version.document_id)
        return antivirus.Scan(antivirus.State.CLEAN)


def test_a_document_withdrawn_while_it_is_checked_stays_withdrawn(app: DepotFlask, session: Session) -> None:
    company = factories.company()
    version = factories.deposited(company)
    with scanning(app, Interrupted("", app=app, actor=company, version=version)):
        assert service.run_checks() == {"checked": 0, "approved": 0, "returned": 0, "waiting": 0, "withdrawn": 1}
    assert version.state is State.WITHDRAWN
    assert not findings(version)
    assert not reviews(version)
    assert not mails(session)


def test_a_document_withdrawn_after_it_was_claimed_is_left_alone(session: Session) -> None:
    company = factories.company()
    version = factories.deposited(company)
    documents.withdraw(company, version.document_id)
    assert service.check(version.id) == "withdrawn"


def test_after_a_crash_a_document_is_checked_once_its_lease_has_ended(
    app: DepotFlask, session: Session, tmp_path: Path
) -> None:
    class Power(Exception):
        pass

    @dataclass(frozen=True)
    class Cut(Scanner):
        def scan(self, chunks: object) -> antivirus.Scan:
            raise Power

    version = factories.deposited(factories.company())
    with scanning(app, Cut("")), pytest.raises(Power):
        service.run_checks()
    session.expire_all()
    assert version.state is State.CHECKING
    assert not any(service.run_checks().values())
    with clock.moved_to(clock.now() + work.LEASE + timedelta(seconds=1)):
        assert service.run_checks()["checked"] == 1
    assert version.state is State.IN_REVIEW
    assert len(findings(version)) == len(queries.findings([version.id]))


def test_a_document_whose_file_is_lost_does_not_keep_the_others_waiting(session: Session) -> None:
    company = factories.company()
    lost, whole = factories.deposited(company), factories.deposited(company, "quality_mark")
    assert lost.file is not None
    store().delete(lost.file.object_key)
    with pytest.raises(Unavailable):
        service.run_checks()
    assert service.run_checks()["checked"] == 1
    assert (lost.state, whole.state) == (State.CHECKING, State.IN_REVIEW)


def test_checking_twice_finds_nothing_to_do(session: Session) -> None:
    version = factories.checked(factories.company())
    number = len(findings(version))
    assert not any(service.run_checks().values())
    assert len(queries.findings([version.id])) == number


def test_while_one_reviewer_has_a_document_open_another_cannot_take_or_decide_it(session: Session) -> None:
    version, first = factories.checked(factories.company()), factories.reviewer()
    second = colleague()
    holds.take(first, version.id)
    assert list(queries.queue(first)) == [version.id]
    assert not queries.queue(second)
    for act in (
        lambda: holds.take(second, version.id),
        lambda: service.approve(second, version.id, facts=factories.facts()),
        lambda: service.send_back(second, version.id, reason="Onleesbaar."),
    ):
        with pytest.raises(Conflict, match="collega"):
            act()
    assert holds.take(first, version.id).state is State.IN_REVIEW
    assert service.approve(first, version.id, facts=factories.facts()).state is State.APPROVED
    assert session.get(Claim, version.id) is None


def test_a_claim_ends_after_half_an_hour(session: Session) -> None:
    version, first = factories.checked(factories.company()), factories.reviewer()
    second = colleague()
    holds.take(first, version.id)
    with clock.moved_to(clock.now() + timedelta(minutes=31)):
        assert list(queries.queue(second)) == [version.id]
        holds.take(second, version.id)
        with pytest.raises(Conflict, match="collega"):
            service.approve(first, version.id, facts=factories.facts())


def test_approving_with_corrected_facts_keeps_what_the_company_said(session: Session) -> None:
    company, reviewer = factories.company(), factories.reviewer()
    version = factories.checked(company, "liability_insurance")
    submitted = version.facts(FactSource.SUBMITTED)
    assert submitted is not None
    ends = (clock.today() + timedelta(days=10)).isoformat()
    service.approve(reviewer, version.id, facts=submitted | {"endDate": ends, "amountPerClaim": "1.000.000,00"})
    assert version.state is State.APPROVED
    assert version.facts(FactSource.SUBMITTED) == submitted
    assert version.facts(FactSource.CONFIRMED) == submitted | {"endDate": ends, "amountPerClaim": "1000000.00"}
    assert version.valid_until == clock.today() + timedelta(days=10)
    assert [(item.source, item.by) for item in version.fact_sets] == [
        (FactSource.SUBMITTED, company.id),
        (FactSource.CONFIRMED, reviewer.id),
    ]
    [facts] = evidence_of([version.document])
    assert [item.source for item in facts.versions[0].fact_sets] == ["submitted", "confirmed"]
    assert [(address, template) for address, template, _reason in mails(session)] == [
        (factories.email_of(company), "version_approved")
    ]
    assert [row.catalogue_version for row in queries.reviews([version.id])] != [""]


def test_facts_that_break_the_kind_are_not_confirmed(session: Session) -> None:
    version, reviewer = factories.checked(factories.company()), factories.reviewer()
    with pytest.raises(Invalid) as caught, db.transaction():
        service.approve(reviewer, version.id, facts=factories.facts(issueDate="31-02-2026"))
    assert list(caught.value.fields) == ["issueDate"]
    session.expire_all()
    assert version.state is State.IN_REVIEW
    assert version.facts(FactSource.CONFIRMED) is None


def test_a_document_is_not_returned_without_a_reason(session: Session) -> None:
    version, reviewer = factories.checked(factories.company()), factories.reviewer()
    with pytest.raises(Invalid) as caught, db.transaction():
        service.send_back(reviewer, version.id, reason="")
    assert list(caught.value.fields) == ["reden"]
    session.expire_all()
    assert version.state is State.IN_REVIEW
    assert not mails(session)


def test_a_returned_document_tells_the_company_why(session: Session) -> None:
    company, reviewer = factories.company(), factories.reviewer()
    version = service.send_back(reviewer, factories.checked(company).id, reason="Bladzijde 2 ontbreekt.")
    assert version.state is State.RETURNED
    assert mails(session) == [(factories.email_of(company), "version_returned", "Bladzijde 2 ontbreekt.")]
    event = session.scalars(select(Event).where(Event.action == "version.review")).one()
    assert (event.about_company_id, event.detail) == (
        company.organisation_id,
        {"decision": "returned", "rule": None},
    )


def test_a_version_is_decided_on_once(session: Session) -> None:
    company, reviewer = factories.company(), factories.reviewer()
    version = factories.approved(company, reviewer)
    with pytest.raises(Conflict, match="Dit kan niet"):
        service.approve(reviewer, version.id, facts=factories.facts())
    with pytest.raises(Conflict, match="Dit kan niet"):
        service.send_back(reviewer, version.id, reason="Toch niet.")
    assert session.scalars(select(Review)).all() == queries.reviews([version.id])


def test_a_version_that_was_not_checked_yet_is_not_decided_on(session: Session) -> None:
    version, reviewer = factories.deposited(factories.company()), factories.reviewer()
    with pytest.raises(Conflict, match="Dit kan niet"):
        service.approve(reviewer, version.id, facts=factories.facts())
    assert session.get(Claim, version.id) is None


def test_nobody_but_a_reviewer_decides(session: Session) -> None:
    company, buyer = factories.company(), factories.municipality()
    version = factories.checked(company)
    for actor in (company, buyer):
        with pytest.raises(Forbidden):
            holds.take(actor, version.id)
        with pytest.raises(Forbidden):
            service.approve(actor, version.id, facts=factories.facts())
        with pytest.raises(Forbidden):
            service.send_back(actor, version.id, reason="Nee.")
    with pytest.raises(NotFound):
        holds.take(factories.reviewer(), db.new_id())
