"""Checking versions by machine, and deciding about them by people."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from depot.access import SYSTEM, Action, Actor
from depot.audit import service as audit
from depot.catalogue.rules import FileCheck
from depot.core import clock, db, work
from depot.core.antivirus import Scanner
from depot.core.errors import Conflict, Invalid
from depot.core.i18n import _
from depot.core.storage import store
from depot.documents import queries as documents
from depot.documents import service as deposits
from depot.documents.models import FactSource, ScanState, State, Version
from depot.verification import decisions, holds, marks, opinions, register, rules, sameness
from depot.verification.examination import examine
from depot.verification.facts import judge_facts
from depot.verification.models import Decision, Finding
from depot.verification.proof import Claimed, is_proven, judge_proof
from depot.verification.texts import sentence

SCANNER_RETRY = timedelta(minutes=1)
SEALED = "sealed_by:issuer"
"""The rule by which a version is approved without a person."""


def run_checks(limit: int = work.BATCH) -> dict[str, int]:
    """Check up to `limit` versions that were handed in, each claimed and checked by itself; gives how many got where.

    One whose file cannot be read raises, and stays leased: the next run passes it over and does the others.
    """
    figures = {"checked": 0, "approved": 0, "returned": 0, "waiting": 0, "withdrawn": 0}
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
        company = version.document.company
        file, subject = version.file, rules.Subject(company.organisation.kvk_number or "")
        kind = deposits.kind_of(version.document.kind)
        claimed = Claimed(kind, version.facts(FactSource.SUBMITTED) or {}, [company.legal_name, *company.trade_names])
        found = _judge_facts(version) + marks.look(kind, claimed.facts, claimed.names)
    text = ""
    if file is not None:
        scanner: Scanner | None = current_app.extensions["depot.scanner"]
        with store().local(file.object_key) as content:
            seen = examine(content, scanner, subject, file.media_type, current_app.extensions["depot.anchors"])
        text, seal = seen.text, seen.signatures.seal
        sealed_on = clock.day_of(seal.at) if seal and seal.at else None
        skipped = set(FileCheck) - kind.checks
        found = [item for item in seen.findings if item.check not in skipped] + found
        if not rules.refusal(found):
            found += judge_proof(claimed, text, seen.signatures, sealed_on)
            found += register.look(kind, claimed.facts, company.organisation_id)
    with db.transaction():
        return _settle(_fresh(version_id), found, text)


def approve(actor: Actor, version_id: UUID, *, facts: Mapping[str, Any]) -> Version:
    """Confirm the facts as the reviewer read them, and let the version count as evidence.

    Where the catalogue asks for two reviewers the first only says so, and it counts once another approves too.
    """
    version, opened_at = holds.settle(actor, version_id)
    version.stay_in_review()
    if not version.may_count:
        raise Conflict(_("Dit bestand is niet op virussen gecontroleerd. Stuur het terug en vraag een ander bestand."))
    is_first = opinions.is_first(actor, version)
    deposits.confirm(version, facts, actor.id)
    if is_first:
        return opinions.give(actor, version, is_agreeing=True, reason="")
    version.approve()
    decisions.decide(actor, version, Decision.APPROVED, reason="", opened_at=opened_at)
    return version


def send_back(actor: Actor, version_id: UUID, *, reason: str) -> Version:
    """Return the version with a reason that tells the company what to do."""
    version, opened_at = holds.settle(actor, version_id)
    if not reason:
        raise Invalid(_("Niet alles is goed ingevuld."), {"reden": [_("Schrijf wat het bedrijf moet doen.")]})
    version.send_back()
    decisions.decide(actor, version, Decision.RETURNED, reason=reason, opened_at=opened_at)
    return version


def _fresh(version_id: UUID) -> Version:
    """The version as it is now, locked, whatever this session still remembers."""
    found = select(Version).where(Version.id == version_id).with_for_update(of=Version)
    return db.session.scalars(found.execution_options(populate_existing=True)).unique().one()


def _judge_facts(version: Version) -> list[rules.Finding]:
    kind = deposits.kind_of(version.document.kind)
    titles = [row.title for row in documents.same_things(version, kind)] if kind.identity else []
    return judge_facts(kind, version.facts(FactSource.SUBMITTED) or {}, titles, clock.today())


def _settle(version: Version, found: list[rules.Finding], text: str) -> str:
    if version.state is not State.CHECKING:
        return "withdrawn"  # while it was being checked
    virus = next((item for item in found if item.check == "virus"), None)
    if virus and virus.reason == rules.SCANNER_UNREACHABLE:
        version.leased_until = clock.now() + SCANNER_RETRY
        return "waiting"
    _record(version, found)
    if virus:
        deposits.settle_scan(version, scan_state(virus))
    version.leased_until = None
    audit.record(SYSTEM, Action.VERSION_CHECK, version, about=version.document.company_id)
    refused = rules.refusal(found)
    if refused is None:
        version.send_to_review()
        is_elsewhere = sameness.record(version, text)
        if not is_elsewhere and is_proven(deposits.kind_of(version.document.kind), found):
            return _approve_by_rule(version)
        return "checked"
    version.send_back()
    rule = f"{refused.check}:{refused.reason}"
    decisions.decide(SYSTEM, version, Decision.RETURNED, reason=str(sentence(refused)), rule=rule)
    return "returned"


def _record(version: Version, found: Iterable[rules.Finding]) -> None:
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


def _approve_by_rule(version: Version) -> str:
    """Let what is proven count, unless it was drawn for a person to see; the draw hangs on the version's key alone."""
    drawn = int.from_bytes(hashlib.sha256(version.id.bytes).digest()[:8], "big") % 100
    if drawn < current_app.config["SAMPLE_SHARE"]:
        _record(version, [rules.finding("by_rule", "drawn")])
        return "checked"
    try:
        deposits.confirm(version, version.facts(FactSource.SUBMITTED) or {}, SYSTEM.id)
    except Invalid:
        return "checked"  # the catalogue asks for more since it was handed in: a reviewer knows what to do
    _record(version, [rules.finding("by_rule", "approved")])
    version.approve()
    decisions.decide(SYSTEM, version, Decision.APPROVED, reason="", rule=SEALED)
    return "approved"


def scan_state(virus: rules.Finding) -> ScanState:
    """What a file's virus finding means for who may open it."""
    if virus.reason == rules.NOT_SCANNED:
        return ScanState.NOT_SCANNED
    # What a scanner could not look into stays in quarantine.
    return {rules.Outcome.OK: ScanState.CLEAN, rules.Outcome.ERROR: ScanState.INFECTED}.get(
        virus.outcome, ScanState.WAITING
    )
