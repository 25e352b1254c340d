"""The pages on which a reviewer has a client asked about a reference, and on which the client answers without an account."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from depot.access import Action, authorize
from depot.accounts.session import actor
from depot.catalogue.service import catalogue
from depot.core.forms import check, submits, typed
from depot.core.http import see_other
from depot.core.i18n import LOCALES, _, locale
from depot.verification import confirmations, queries
from depot.verification.confirmation_rules import OUTCOMES, REFUSED, SIGNALS
from depot.verification.confirmation_schemas import CORRECTION, AskIn, answer_schema

bp = Blueprint("confirmations", __name__)


@bp.get("/beoordelen/<uuid:version_id>/bevestiging")
def asking(version_id: UUID) -> ResponseReturnValue:
    """What the company proposes and what stands out about it, and the form to write to the client."""
    version = queries.to_review(actor(), version_id)
    authorize(actor(), Action.REFERENCE_ASK)
    proposed = confirmations.proposal(version)
    return render_template(
        "verification/confirmation.html",
        version=version,
        proposed=proposed,
        signals=[SIGNALS[signal] for signal in proposed.signals],
        is_usable=proposed.address and not set(proposed.signals) & set(REFUSED),
        told=confirmations.about_version(version, locale()),
        languages=LOCALES,
    )


@bp.post("/beoordelen/<uuid:version_id>/bevestiging")
@submits(AskIn, again=asking)
def ask(version_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Write to the client."""
    row = confirmations.ask(actor(), version_id, **data)
    flash(str(_("De vraag gaat naar %(email)s.", email=row.email)), "good")
    return see_other("verification.desk", version_id=version_id)


@bp.post("/beoordelen/<uuid:version_id>/bevestiging/stoppen")
@submits(None, again=asking)
def stop(version_id: UUID) -> ResponseReturnValue:
    """Take the question back."""
    confirmations.stop(actor(), version_id)
    flash(str(_("De vraag is gestopt. De link werkt niet meer.")), "good")
    return see_other("confirmations.asking", version_id=version_id)


@bp.get("/bevestiging/<secret>")
def question(secret: str) -> ResponseReturnValue:
    """The reference as the company states it; looking uses nothing up, so that a scanner of mail may follow the link."""
    row = confirmations.opened(secret)
    told = confirmations.told(row, locale())
    kind = catalogue().kinds[row.version.document.kind]
    labels = [(f"{CORRECTION}{spec.name}", spec.label) for spec in kind.fields if spec.name in row.asked]
    return render_template(
        "verification/question.html",
        row=row,
        told=told,
        company=row.version.document.company,
        secret=secret,
        outcomes=OUTCOMES,
        corrections=labels,
    )


@bp.post("/bevestiging/<secret>")
@submits(None, again=question)
def answer(secret: str) -> ResponseReturnValue:
    """Keep the answer; the page says so, however often it is sent."""
    kind = catalogue().kinds[confirmations.opened(secret).version.document.kind]
    schema = answer_schema(kind)()
    confirmations.answer(secret, **check(schema, typed(schema)), origin=request.remote_addr or "")
    return see_other("confirmations.question", secret=secret)
