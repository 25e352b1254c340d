"""Two reviewers where the catalogue asks for them: the first agrees, and another agrees too or says why not."""

from uuid import UUID

from depot.access import Action, Actor
from depot.audit import service as audit
from depot.core import db
from depot.core.errors import Conflict, Invalid
from depot.core.i18n import _
from depot.documents.models import Version
from depot.documents.service import kind_of
from depot.verification import holds, queries
from depot.verification.models import Opinion


def is_first(actor: Actor, version: Version) -> bool:
    """Whether two reviewers are asked and no other has agreed yet; raises Conflict when the actor is the one who has."""
    last = queries.opinion(version.id) if kind_of(version.document.kind).review.needs_second_reviewer else None
    if last and last.is_agreeing and last.by == actor.id:
        raise Conflict(_("U hebt dit al goedgekeurd. Nu kijkt een andere beoordelaar."))
    return kind_of(version.document.kind).review.needs_second_reviewer and not (last and last.is_agreeing)


def dissent(actor: Actor, version_id: UUID, *, reason: str) -> Version:
    """Not agree with the first reviewer, who reads why and looks again; the company hears nothing yet."""
    version, _opened_at = holds.settle(actor, version_id)
    version.stay_in_review()
    last = queries.opinion(version_id)
    if last is None or not last.is_agreeing or last.by == actor.id:
        raise Conflict(_("Er is geen oordeel van een collega om het mee oneens te zijn."))
    if not reason:
        raise Invalid(_("Niet alles is goed ingevuld."), {"reden": [_("Schrijf waarom u het er niet mee eens bent.")]})
    return give(actor, version, is_agreeing=False, reason=reason)


def give(actor: Actor, version: Version, *, is_agreeing: bool, reason: str) -> Version:
    """Record what one of two reviewers found; nothing counts by it."""
    db.session.add(Opinion(version_id=version.id, by=actor.id, is_agreeing=is_agreeing, reason=reason))
    said = "first_approved" if is_agreeing else "dissented"
    audit.record(actor, Action.VERSION_REVIEW, version, about=version.document.company_id, decision=said, rule=None)
    return version
