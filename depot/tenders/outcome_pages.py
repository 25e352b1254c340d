"""What a municipality does after the closing: let a defect be mended, award, also lot by lot, name the contract, stop."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue

from depot.access import Action, authorize
from depot.accounts.session import actor
from depot.core.forms import submits
from depot.core.http import see_other
from depot.core.i18n import _
from depot.tenders import awards, contracts, cures, lots, queries
from depot.tenders.pages import participant
from depot.tenders.schemas import ContractIn, CureIn, LotDecisionIn, MotivationIn, ReasonIn

bp = Blueprint("outcomes", __name__)


@bp.post("/gemeente/deelnemers/<uuid:participation_id>/herstel")
@submits(CureIn, again=participant)
def cure(participation_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Let a company mend, once."""
    cures.begin(actor(), participation_id, **data)
    flash(str(_("Het bedrijf krijgt een mail en kan herstellen. Tot dan besluit u niet.")), "good")
    return see_other("tenders.participant", participation_id=participation_id)


@bp.post("/gemeente/deelnemers/<uuid:participation_id>/gunnen")
@submits(MotivationIn, again=participant)
def award(participation_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Give it the contract."""
    awards.award(actor(), participation_id, **data)
    flash(str(_("De opdracht is gegund. Het bedrijf krijgt een brief.")), "good")
    return see_other("tenders.participant", participation_id=participation_id)


@bp.post("/gemeente/deelnemers/<uuid:participation_id>/niet-gunnen")
@submits(MotivationIn, again=participant)
def pass_over(participation_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Do not give it the contract."""
    awards.pass_over(actor(), participation_id, **data)
    flash(str(_("Het bedrijf krijgt een brief met uw motivering.")), "good")
    return see_other("tenders.participant", participation_id=participation_id)


@bp.post("/gemeente/deelnemers/<uuid:participation_id>/percelen/<lot>/gunning")
@submits(LotDecisionIn, again=participant)
def award_lot(participation_id: UUID, lot: str, data: dict[str, Any]) -> ResponseReturnValue:
    """Give it one lot, or do not."""
    lots.award(actor(), participation_id, lot, **data)
    flash(str(_("Uw besluit over perceel %(lot)s is bewaard. Het bedrijf krijgt een brief.", lot=lot)), "good")
    return see_other("tenders.participant", participation_id=participation_id)


@bp.post("/gemeente/deelnemers/<uuid:participation_id>/contract")
@submits(ContractIn, again=participant)
def record_contract(participation_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Say how long the contract runs."""
    row = contracts.record(actor(), participation_id, **data)
    flash(str(_("Het contract loopt tot en met %(day)s.", day=row.contract_ends_on)), "good")
    return see_other("tenders.participant", participation_id=participation_id)


@bp.get("/gemeente/aanbestedingen/<uuid:tender_id>/stoppen")
def stopping(tender_id: UUID) -> ResponseReturnValue:
    """What stopping means, and why."""
    tender = queries.own(actor(), tender_id)
    authorize(actor(), Action.TENDER_ABANDON, tender.municipality_id)
    return render_template("tenders/abandon.html", tender=tender)


@bp.post("/gemeente/aanbestedingen/<uuid:tender_id>/stoppen")
@submits(ReasonIn, again=stopping)
def abandon(tender_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Stop it."""
    awards.abandon(actor(), tender_id, **data)
    flash(str(_("De aanbesteding is gestopt. De deelnemers krijgen een brief.")), "good")
    return see_other("tenders.matrix", tender_id=tender_id)
