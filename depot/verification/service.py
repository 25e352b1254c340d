"""Checking versions by machine, and deciding about them by people."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from depot.access import SYSTEM, Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.catalogue.rules import FileCheck
from depot.catalogue.service import catalogue
from depot.core import clock, db, work
from depot.core.antivirus import Scanner
from depot.core.errors import Conflict, Invalid
from depot.core.i18n import _
from depot.core.storage import store
from depot.documents import queries as documents
from depot.documents import service as deposits
from depot.documents.models import FactSource, ScanState, State, Version
from depot.mail import service as mail
from depot.verification import queries, rules
from depot.verification.examination import examine
from depot.verification.facts import judge_facts
from depot.verification.models import Claim, Decision, Finding, Review
from depot.verification.texts import sentence

CLAIM_LENGTH = timedelta(minutes=30)
SCANNER_RETRY = timedelta(minutes=1)


def run_checks(limit: int = work.BATCH) -> dict[str, int]:
    """Check up to `limit` versions that were handed in, each claimed and checked by itself; gives how many got where.

    One whose file cannot be read raises, and stays leased: the next run passes it over and does the others.
    """
    figures = {"checked": 0, "returned": 0, "waiting": 0, "withdrawn": 0}
    for _version in range(limit):
        claimed = work.claim(Version.id, Version.leased_until, documents.TO_CHECK, Version.submitted_at, limit=1)
        if not claimed:
            break
        figures[check(claimed[0])] += 1
    return figures


def check(version_id: UUID) -> str:
    """Check one version: parse and scan outside any transaction, then record all findings and the step at once."""
    with db.transaction():
        version = _fresh(version_id)
        if version.state is State.WITHDRAWN:
            return "withdrawn"
        version.begin_checking()
        file, subject = version.file, rules.Subject(version.document.company.organisation.kvk_number or "")
        skipped = set(FileCheck) - deposits.kind_of(version.document.kind).checks
        found = _judge_facts(version)
    if file is not None:
        scanner: Scanner | None = current_app.extensions["depot.scanner"]
        with store().local(file.object_key) as content:
            seen = examine(content, scanner, subject, file.media_type)
        found = [item for item in seen if item.check not in skipped] + found
    with db.transaction():
        return _settle(_fresh(version_id), found)


def claim(actor: Actor, version_id: UUID) -> Version:
    """Open a version for reviewing; for half an hour colleagues pass it over."""
    version = queries.to_review(actor, version_id)
    row = db.session.get(Claim, version_id, with_for_update=True)
    if row and row.user_id != actor.id and row.until > clock.now():
        raise Conflict(_("Een collega heeft dit document open. Kies een ander uit de wachtrij."))
    if version.state is State.IN_REVIEW:
        row = row or Claim(version_id=version_id, user_id=actor.id, until=clock.now())
        row.user_id, row.until = actor.id, clock.now() + CLAIM_LENGTH
        db.session.add(row)
    return version


def approve(actor: Actor, version_id: UUID, *, facts: Mapping[str, Any]) -> Version:
    """Confirm the facts as the reviewer read them, and let the version count as evidence."""
    version = _under_review(actor, version_id)
    version.approve()
    if not version.may_count:
        raise Conflict(_("Dit bestand is niet op virussen gecontroleerd. Stuur het terug en vraag een ander bestand."))
    deposits.confirm(version, facts, actor.id)
    _decide(actor, version, Decision.APPROVED, reason="")
    return version


def send_back(actor: Actor, version_id: UUID, *, reason: str) -> Version:
    """Return the version with a reason that tells the company what to do."""
    version = _under_review(actor, version_id)
    if not reason:
        raise Invalid(_("Niet alles is goed ingevuld."), {"reden": [_("Schrijf wat het bedrijf moet doen.")]})
    version.send_back()
    _decide(actor, version, Decision.RETURNED, reason=reason)
    return version


def _fresh(version_id: UUID) -> Version:
    """The version as it is now, locked, whatever this session still remembers."""
    found = select(Version).where(Version.id == version_id).with_for_update(of=Version)
    return db.session.scalars(found.execution_options(populate_existing=True)).unique().one()


def _judge_facts(version: Version) -> list[rules.Finding]:
    kind = deposits.kind_of(version.document.kind)
    titles = [row.title for row in documents.same_things(version, kind)]
    return judge_facts(kind, version.facts(FactSource.SUBMITTED) or {}, titles, clock.today())


def _settle(version: Version, found: list[rules.Finding]) -> str:
    if version.state is not State.CHECKING:
        return "withdrawn"  # while it was being checked
    virus = next((item for item in found if item.check == "virus"), None)
    if virus and virus.reason == rules.SCANNER_UNREACHABLE:
        version.leased_until = clock.now() + SCANNER_RETRY
        return "waiting"
    for item in found:
        db.session.add(
            Finding(
                version_id=version.id,
                check=item.check,
                check_version=item.check_version,
                outcome=item.outcome,
                reason=item.reason,
                detail=item.detail,
            )
        )
    if virus:
        deposits.settle_scan(version, scan_state(virus))
    version.leased_until = None
    audit.record(SYSTEM, Action.VERSION_CHECK, version, about=version.document.company_id)
    refused = rules.refusal(found)
    if refused is None:
        version.send_to_review()
        return "checked"
    version.send_back()
    _decide(SYSTEM, version, Decision.RETURNED, reason=str(sentence(refused)), rule=f"{refused.check}:{refused.reason}")
    return "returned"


def scan_state(virus: rules.Finding) -> ScanState:
    """What a file's virus finding means for who may open it."""
    if virus.reason == rules.NOT_SCANNED:
        return ScanState.NOT_SCANNED
    # What a scanner could not look into stays in quarantine.
    return {rules.Outcome.OK: ScanState.CLEAN, rules.Outcome.ERROR: ScanState.INFECTED}.get(
        virus.outcome, ScanState.WAITING
    )


def _under_review(actor: Actor, version_id: UUID) -> Version:
    authorize(actor, Action.VERSION_REVIEW)
    version = claim(actor, version_id)
    row = db.session.get(Claim, version_id)
    if row:
        db.session.delete(row)
    return version


def _decide(actor: Actor, version: Version, decision: Decision, *, reason: str, rule: str | None = None) -> None:
    row = Review(
        version_id=version.id,
        decision=decision,
        by_user_id=None if rule else actor.id,
        by_rule=rule,
        reason=reason,
        catalogue_version=catalogue().version,
    )
    db.session.add(row)
    company = version.document.company
    audit.record(actor, Action.VERSION_REVIEW, version, about=company.organisation_id, decision=decision, rule=rule)
    for person in accounts.people(company.organisation_id, Role.COMPANY_ADMIN, Role.COMPANY_MEMBER):
        mail.write(
            person,
            f"version_{decision}",
            dedupe_key=f"review:{row.id}:{person.id}",
            company=company.legal_name,
            title=version.document.title,
            reason=reason,
            document_id=str(version.document_id),
        )
