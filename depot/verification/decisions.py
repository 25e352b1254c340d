"""Decisions about versions: recorded with the day of the next look, told to the company; and what is decided later on."""

from datetime import datetime
from uuid import UUID

from depot.access import Action, Actor, Role
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.catalogue.service import catalogue
from depot.core import clock, db
from depot.core.errors import Conflict, Invalid
from depot.core.i18n import _
from depot.documents import endings
from depot.documents.models import State, Version
from depot.documents.service import kind_of
from depot.mail import service as mail
from depot.verification import holds, queries
from depot.verification.models import Decision, Review


def decide(
    actor: Actor,
    version: Version,
    decision: Decision,
    *,
    reason: str,
    rule: str | None = None,
    opened_at: datetime | None = None,
) -> None:
    """Record a decision, and mail it to the company."""
    row = _record(actor, version, decision, reason, rule, opened_at)
    endings.look_anew(version.document)
    company = version.document.company
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


def keep(actor: Actor, version_id: UUID, *, remark: str) -> Version:
    """Say that an approved version, looked at anew, is still right; sets the day of the look after this one."""
    version, opened_at = holds.settle(actor, version_id)
    if not queries.is_due(version):
        raise Conflict(_("Dit document hoeft nu niet opnieuw te worden bekeken."))
    _record(actor, version, Decision.APPROVED, remark, None, opened_at)
    return version


def revoke(actor: Actor, version_id: UUID, *, reason: str) -> Version:
    """Take an approval back: from now on the version is no evidence, and what was judged before stays as it was.

    There is no way back: the company hands in another version.
    """
    version, opened_at = holds.settle(actor, version_id)
    if not reason:
        raise Invalid(_("Niet alles is goed ingevuld."), {"reden": [_("Schrijf waarom de goedkeuring niet blijft.")]})
    version.revoke()
    decide(actor, version, Decision.REVOKED, reason=reason, opened_at=opened_at)
    return version


def look_sooner(version: Version) -> None:
    """Let an approved version come back to the reviewers today: something was said about it."""
    queries.reviews([version.id])[-1].next_look_on = clock.today()


def _record(
    actor: Actor, version: Version, decision: Decision, reason: str, rule: str | None, opened_at: datetime | None
) -> Review:
    next_look = kind_of(version.document.kind).review.next_look
    row = Review(
        version_id=version.id,
        decision=decision,
        by_user_id=None if rule else actor.id,
        by_rule=rule,
        reason=reason,
        catalogue_version=catalogue().version,
        next_look_on=next_look.after(clock.today()) if version.state is State.APPROVED else None,
        opened_at=opened_at,
    )
    db.session.add(row)
    about = version.document.company_id
    audit.record(actor, Action.VERSION_REVIEW, version, about=about, decision=decision, rule=rule)
    return row
