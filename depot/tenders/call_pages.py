"""How a call runs: its data while it is a draft, dates that move, whom it asks, requirements that change, early decisions."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, render_template, request
from flask.typing import ResponseReturnValue

from depot.access import Action, authorize
from depot.accounts.session import actor
from depot.catalogue.schemas import describe
from depot.catalogue.service import catalogue
from depot.companies import queries as companies
from depot.core.forms import submits
from depot.core.http import records, see_other, send_stored
from depot.core.i18n import _, locale
from depot.tenders import calls, dates, lots, participations, queries, references, revisions, service
from depot.tenders.pages import gap, participant, rules
from depot.tenders.schemas import PROCEDURES, DatesIn, InviteIn, LotDecisionIn, MotivationIn, TenderChangeIn
from depot.verification import confirmations

bp = Blueprint("calls", __name__)


@bp.get("/gemeente/aanbestedingen/<uuid:tender_id>/gegevens")
def edit(tender_id: UUID) -> ResponseReturnValue:
    """The data of a draft, to change."""
    tender = queries.own(actor(), tender_id)
    authorize(actor(), Action.TENDER_WRITE, tender.municipality_id)
    return render_template("tenders/edit.html", tender=tender, procedures=PROCEDURES)


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/gegevens")
@submits(TenderChangeIn, again=edit)
def change(tender_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Keep them."""
    service.edit(actor(), tender_id, **data)
    flash(str(_("De gegevens zijn bewaard.")), "good")
    return see_other("tenders.rules", tender_id=tender_id)


@bp.get("/gemeente/aanbestedingen/<uuid:tender_id>/data")
def when(tender_id: UUID) -> ResponseReturnValue:
    """The dates of a published tender, to move."""
    tender, plan = dates.movable(actor(), tender_id)
    return render_template("tenders/dates.html", tender=tender, plan=plan)


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/data")
@submits(DatesIn, again=when)
def move_dates(tender_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Let some come later."""
    dates.move(actor(), tender_id, **data)
    flash(str(_("De data zijn verplaatst. Wie meedoet of is gevraagd, krijgt een mail.")), "good")
    return see_other("tenders.matrix", tender_id=tender_id)


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/nieuwe-eisen")
@submits(None, again=rules)
def revise(tender_id: UUID) -> ResponseReturnValue:
    """Start changing published requirements."""
    revisions.begin(actor(), tender_id)
    flash(str(_("U werkt nu aan nieuwe eisen. Tot u ze publiceert, gelden de oude.")), "good")
    return see_other("tenders.rules", tender_id=tender_id)


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/nieuwe-eisen/weg")
@submits(None, again=rules)
def discard(tender_id: UUID) -> ResponseReturnValue:
    """Throw the change away."""
    revisions.discard(actor(), tender_id)
    flash(str(_("De wijziging is weggegooid. De gepubliceerde eisen gelden.")), "good")
    return see_other("tenders.rules", tender_id=tender_id)


@bp.get("/gemeente/aanbestedingen/<uuid:tender_id>/uitnodigingen")
def invitations(tender_id: UUID) -> ResponseReturnValue:
    """Whom the municipality asks, by round, with what each answered."""
    tender = queries.own(actor(), tender_id)
    words = request.args.get("zoek", "")
    return render_template(
        "tenders/invitations.html",
        tender=tender,
        rows=calls.index(actor(), tender),
        found=calls.search(actor(), tender, words) if words else [],
        words=words,
    )


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/uitnodigingen")
@submits(InviteIn, again=invitations)
def invite(tender_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Put a company on the list."""
    row = calls.invite(actor(), tender_id, **data)
    flash(str(_("%(company)s staat op de lijst.", company=row.company.legal_name)), "good")
    return see_other("calls.invitations", tender_id=tender_id)


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/uitnodigingen/<uuid:invitation_id>/weg")
@submits(None, again=invitations)
def take_off(tender_id: UUID, invitation_id: UUID) -> ResponseReturnValue:
    """Take it off the list."""
    calls.take_off(actor(), tender_id, invitation_id)
    flash(str(_("Het bedrijf staat niet meer op de lijst.")), "good")
    return see_other("calls.invitations", tender_id=tender_id)


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/uitnodigingen/volgende-ronde")
@submits(None, again=invitations)
def send_next(tender_id: UUID) -> ResponseReturnValue:
    """Ask the next round."""
    calls.send_next(actor(), tender_id)
    flash(str(_("De volgende ronde is uitgenodigd en krijgt een mail.")), "good")
    return see_other("calls.invitations", tender_id=tender_id)


@bp.post("/gemeente/deelnemers/<uuid:participation_id>/uitnodigen")
@submits(MotivationIn, again=participant)
def shortlist(participation_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Invite who applied to bid."""
    participations.shortlist(actor(), participation_id, **data)
    flash(str(_("Het bedrijf is uitgenodigd tot inschrijving en krijgt een mail.")), "good")
    return see_other("tenders.participant", participation_id=participation_id)


@bp.post("/gemeente/deelnemers/<uuid:participation_id>/percelen/<lot>/besluit")
@submits(LotDecisionIn, again=participant)
def decide_lot(participation_id: UUID, lot: str, data: dict[str, Any]) -> ResponseReturnValue:
    """Select or reject a company for one lot."""
    lots.decide(actor(), participation_id, lot, **data)
    flash(str(_("Uw besluit over perceel %(lot)s is bewaard. Het bedrijf krijgt een mail.", lot=lot)), "good")
    return see_other("tenders.participant", participation_id=participation_id)


@bp.post("/aanbestedingen/<uuid:tender_id>/afslaan")
@submits(None, again=gap)
def decline(tender_id: UUID) -> ResponseReturnValue:
    """Say no to an invitation."""
    calls.decline(actor(), tender_id)
    flash(str(_("U hebt de uitnodiging afgeslagen. De gemeente ziet dat.")), "good")
    return see_other("tenders.gap", tender_id=tender_id)


@bp.get("/gemeente/deelnemers/<uuid:participation_id>/referenties/<uuid:version_id>")
@records
def reference(participation_id: UUID, version_id: UUID) -> ResponseReturnValue:
    """A reference that came with the bid."""
    version = references.read(actor(), participation_id, version_id)
    kind = catalogue().kinds[version.document.kind]
    return render_template(
        "tenders/reference.html",
        row=queries.opened(actor(), participation_id),
        version=version,
        company=companies.get(version.document.company_id),
        facts=describe(kind, version.best_facts, locale()),
        confirmation=confirmations.about_version(version, locale()),
    )


@bp.get("/gemeente/deelnemers/<uuid:participation_id>/referenties/<uuid:version_id>/bestand")
@records
def reference_file(participation_id: UUID, version_id: UUID) -> Response:
    """Its file."""
    return send_stored(references.open_file(actor(), participation_id, version_id))
