"""Letting companies in: the proof of authority is checked by machine and weighed by a person."""

from uuid import UUID

from flask import current_app
from sqlalchemy import select

from depot.access import SYSTEM, Action, Actor, authorize
from depot.accounts import queries as accounts
from depot.accounts import registrations
from depot.accounts.models import Ground, Organisation, Registration, RegistrationState
from depot.audit import service as audit
from depot.companies import service as companies
from depot.core import clock, db, work
from depot.core.antivirus import Scanner
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.http import Stored
from depot.core.i18n import _, speaking
from depot.core.storage import store
from depot.documents.models import ScanState
from depot.documents.rules import PDF
from depot.mail import service as mail
from depot.verification import rules
from depot.verification.examination import examine
from depot.verification.models import ProofFinding
from depot.verification.service import SCANNER_RETRY, scan_state
from depot.verification.texts import sentence

READABLE = frozenset({ScanState.CLEAN, ScanState.NOT_SCANNED})
BLOCKED = frozenset({ScanState.INFECTED, ScanState.WAITING})
"""What keeps a proof shut once its scan was done; a file that the scanner could not look into is still WAITING."""


def check_proofs(limit: int = work.BATCH) -> dict[str, int]:
    """Check up to `limit` proofs that were handed in, each claimed and checked by itself; gives how many got where."""
    figures = {"checked": 0, "refused": 0, "waiting": 0}
    due = accounts.TO_DECIDE & Registration.scan_state.is_(None)
    for _proof in range(limit):
        claimed = work.claim(Registration.id, Registration.leased_until, due, Registration.submitted_at, limit=1)
        if not claimed:
            break
        figures[_check(claimed[0])] += 1
    return figures


def admit(
    actor: Actor, registration_id: UUID, *, ground: str, reason: str, is_seal_checked: bool = False
) -> Organisation:
    """Let a company in with its first person, on the ground that the proof gives; what convinced is kept with it.

    An extract counts only when whoever decides states that its seal is the register's and holds.
    """
    authorize(actor, Action.REGISTRATION_DECIDE)
    row = accounts.registration(actor, registration_id)
    if row.scan_state not in READABLE:
        raise Conflict(_("Het bewijs is niet te openen. Wijs de aanmelding af, of wacht tot het is gecontroleerd."))
    if ground == Ground.SEALED_EXTRACT and not is_seal_checked:
        raise Invalid(
            _("Niet alles is goed ingevuld."), {"zegel": [_("Zonder geldig zegel is een uittreksel geen bewijs.")]}
        )
    row.admit(actor.id, Ground(ground), reason)
    organisation, person = registrations.activate(row)
    told = row.register_told or {} if row.is_register_taken else {}
    organisation.rsin = told.get("rsin") or None
    companies.add(
        organisation,
        legal_name=row.company_name,
        legal_form=row.legal_form,
        seat=row.seat,
        trade_names=[name for name in told.get("trade_names", ()) if name != row.company_name],
    )
    audit.record(
        actor,
        Action.REGISTRATION_DECIDE,
        row,
        about=organisation.id,
        decision=RegistrationState.ADMITTED,
        ground=ground,
        proof=row.proof_sha256,
        seal_checked=is_seal_checked,
    )
    mail.write(person, "registration_admitted", dedupe_key=f"registration-decided:{row.id}", company=row.company_name)
    return organisation


def refuse(actor: Actor, registration_id: UUID, *, reason: str) -> Registration:
    """Turn a claim down with a reason that tells the person what to do."""
    authorize(actor, Action.REGISTRATION_DECIDE)
    row = accounts.registration(actor, registration_id)
    if not reason:
        raise Invalid(_("Niet alles is goed ingevuld."), {"reden": [_("Schrijf wat de aanvrager moet doen.")]})
    _refuse(actor, row, reason)
    return row


def open_proof(actor: Actor, registration_id: UUID) -> Stored:
    """The proof's bytes, once a scan found nothing; that it was opened is recorded."""
    row = accounts.registration(actor, registration_id)
    if row.scan_state not in READABLE or row.proof_key is None or row.proof_sha256 is None:
        raise NotFound(_("Dit bestand is niet te openen zolang het niet op virussen is gecontroleerd."))
    audit.record(actor, Action.REGISTRATION_READ, row)
    content = store().to_send(row.proof_key, row.proof_sha256)
    return Stored(
        content, name=row.proof_name or "bewijs.pdf", media_type=PDF, size=row.proof_size or 0, sha256=row.proof_sha256
    )


def _check(registration_id: UUID) -> str:
    """Parse and scan outside any transaction, then record all findings at once."""
    with db.transaction(write=False) as session:
        row = session.get_one(Registration, registration_id, populate_existing=True)
    if row.proof_key is None:
        raise ValueError(registration_id)
    scanner: Scanner | None = current_app.extensions["depot.scanner"]
    with store().local(row.proof_key) as content:
        anchors = current_app.extensions["depot.anchors"]
        found = examine(content, scanner, rules.Subject(row.kvk_number), anchors=anchors).findings
    with db.transaction():
        return _settle(registration_id, found)


def _settle(registration_id: UUID, found: list[rules.Finding]) -> str:
    fresh = select(Registration).where(Registration.id == registration_id).with_for_update()
    row = db.session.scalars(fresh.execution_options(populate_existing=True)).one()
    if row.state is not RegistrationState.PENDING:
        return "refused"  # while it was being checked
    virus = next(item for item in found if item.check == "virus")
    if virus.reason == rules.SCANNER_UNREACHABLE:
        row.leased_until = clock.now() + SCANNER_RETRY
        return "waiting"
    for item in found:
        db.session.add(
            ProofFinding(
                registration_id=row.id,
                check=item.check,
                check_version=item.check_version,
                outcome=item.outcome,
                reason=item.reason,
                detail=item.detail,
            )
        )
    state = scan_state(virus)
    registrations.settle_scan(row, state, is_usable=state in READABLE)
    row.leased_until = None
    refused = rules.refusal(found)
    if refused is None:
        return "checked"
    with speaking(row.locale):
        reason = str(sentence(refused))
    _refuse(SYSTEM, row, reason, rule=f"{refused.check}:{refused.reason}")
    return "refused"


def _refuse(actor: Actor, row: Registration, reason: str, *, rule: str | None = None) -> None:
    row.refuse(None if rule else actor.id, reason)
    audit.record(actor, Action.REGISTRATION_DECIDE, row, decision=RegistrationState.REFUSED, rule=rule)
    mail.write(
        row,
        "registration_refused",
        dedupe_key=f"registration-decided:{row.id}",
        company=row.company_name,
        reason=reason,
    )
