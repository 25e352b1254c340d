"""The operator's pages: the jobs, and the mail that does not arrive."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue

from depot.accounts import reach
from depot.accounts.session import actor
from depot.core.forms import submits
from depot.core.http import see_other
from depot.core.i18n import _
from depot.insight import operations
from depot.insight.schemas import MarkIn

bp = Blueprint("operations", __name__)


@bp.get("/taken")
def jobs() -> ResponseReturnValue:
    """The jobs: when they last ran and how that went, and when they come next."""
    return render_template("insight/jobs.html", works=operations.works(actor()))


@bp.post("/taken/<job>")
@submits(None, again=jobs)
def run(job: str) -> ResponseReturnValue:
    """Ask for a run of one now."""
    operations.run_job(actor(), job)
    flash(str(_("U hebt om deze taak gevraagd. Binnen enkele seconden begint hij.")), "good")
    return see_other("operations.jobs")


@bp.get("/berichten")
def post() -> ResponseReturnValue:
    """The mail that did not arrive, and the addresses at which nothing does."""
    return render_template(
        "insight/post.html", lost=operations.lost_mail(actor()), marks=reach.marks(actor()), limit=operations.LOST_SHOWN
    )


@bp.post("/berichten/onbestelbaar")
@submits(MarkIn, again=post)
def mark(data: dict[str, Any]) -> ResponseReturnValue:
    """Send no more mail to an address."""
    row = reach.mark(actor(), **data)
    flash(str(_("%(address)s krijgt geen mail meer.", address=row.address)), "good")
    return see_other("operations.post")


@bp.post("/berichten/onbestelbaar/<uuid:mark_id>/opheffen")
@submits(None, again=post)
def unmark(mark_id: UUID) -> ResponseReturnValue:
    """Send mail to an address again."""
    reach.unmark(actor(), mark_id)
    flash(str(_("Dit adres krijgt weer mail.")), "good")
    return see_other("operations.post")
