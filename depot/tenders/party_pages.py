"""Parties, as who takes part asks them and as the company that is asked answers; and what each of them declared."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, render_template
from flask.typing import ResponseReturnValue

from depot.accounts.session import actor
from depot.catalogue.service import catalogue
from depot.core.forms import submits
from depot.core.http import see_other, send_stored
from depot.core.i18n import _
from depot.tenders import awards, cures, declarations, letters, parties, queries, revisions, standing
from depot.tenders.pages import explained, gap
from depot.tenders.reasons import ROLE_NAMES
from depot.tenders.schemas import PartyAnswerIn, PartyIn, SharingIn

bp = Blueprint("parties", __name__)


@bp.post("/aanbestedingen/<uuid:tender_id>/partijen")
@submits(PartyIn, again=gap)
def add(tender_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Ask another company."""
    party = parties.add(actor(), tender_id, **data)
    flash(str(_("Het bedrijf %(company)s krijgt een mail met uw vraag.", company=party.company.legal_name)), "good")
    return see_other("tenders.gap", tender_id=tender_id, _anchor="partijen")


@bp.post("/aanbestedingen/<uuid:tender_id>/partijen/<uuid:party_id>/weg")
@submits(None, again=gap)
def remove(tender_id: UUID, party_id: UUID) -> ResponseReturnValue:
    """Take another company out."""
    parties.remove(actor(), tender_id, party_id)
    flash(str(_("Het bedrijf is geen partij meer.")), "good")
    return see_other("tenders.gap", tender_id=tender_id, _anchor="partijen")


@bp.get("/aanbestedingen/partij/<uuid:party_id>")
def show(party_id: UUID) -> ResponseReturnValue:
    """What the company was asked, what is asked of its documents, and what it would let the municipality read."""
    party, row = queries.party(actor(), party_id)
    judged = standing.judge_party(party, row)
    return render_template(
        "tenders/party.html",
        party=party,
        row=row,
        tender=row.tender,
        verdicts=explained(judged, party.company_id),
        gaps=standing.gaps(actor(), row.tender, judged, party.company_id, party.role),
        kinds=catalogue().kinds,
        readable=standing.readable(actor(), parties.kinds_for(row.tender, party.role, lots=row.lots)),
        must_confirm=revisions.is_party_unconfirmed(party, row),
        requirements_set=queries.requirement_set(row.tender),
        declaration=declarations.commitment(row, party),
        text_version=declarations.TEXT_VERSION,
        declared=[each for each in queries.declarations([row.id]) if each.party_id == party.id],
        consents=[each for giver, each in queries.consents([row.id]) if giver.id == party.id],
        cure=queries.cure(row.id),
        role_names=ROLE_NAMES,
    )


@bp.post("/aanbestedingen/partij/<uuid:party_id>/bevestigen")
@submits(PartyAnswerIn, again=show)
def confirm(party_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Agree, declare and consent."""
    parties.confirm(actor(), party_id, **data)
    flash(str(_("U bent nu een partij. Wie inschrijft, krijgt bericht.")), "good")
    return see_other("parties.show", party_id=party_id)


@bp.post("/aanbestedingen/partij/<uuid:party_id>/weigeren")
@submits(None, again=show)
def refuse(party_id: UUID) -> ResponseReturnValue:
    """Do not agree, or no longer."""
    parties.refuse(actor(), party_id)
    flash(str(_("U bent geen partij. Wie inschrijft, krijgt bericht.")), "good")
    return see_other("parties.show", party_id=party_id)


@bp.post("/aanbestedingen/partij/<uuid:party_id>/toestemming-intrekken")
@submits(None, again=show)
def withdraw_consent(party_id: UUID) -> ResponseReturnValue:
    """Take the party's consent back."""
    parties.withdraw_consent(actor(), party_id)
    flash(str(_("Uw toestemming is ingetrokken.")), "good")
    return see_other("parties.show", party_id=party_id)


@bp.post("/aanbestedingen/<uuid:tender_id>/hersteld")
@submits(None, again=gap)
def cured(tender_id: UUID) -> ResponseReturnValue:
    """Say that everything is handed in."""
    cures.finish(actor(), tender_id)
    flash(str(_("De gemeente weet nu dat u klaar bent.")), "good")
    return see_other("tenders.gap", tender_id=tender_id)


@bp.post("/aanbestedingen/<uuid:tender_id>/delen")
@submits(SharingIn, again=gap)
def share(tender_id: UUID, data: dict[str, Any]) -> ResponseReturnValue:
    """Let later buyers read earlier decisions, or no longer."""
    row = awards.share(actor(), tender_id, **data)
    said = (
        _("Andere gemeenten kunnen deze besluiten lezen.") if row.shares_decisions else _("U deelt de besluiten niet.")
    )
    flash(str(said), "good")
    return see_other("tenders.gap", tender_id=tender_id)


@bp.get("/verklaringen/<uuid:declaration_id>")
def declaration(declaration_id: UUID) -> Response:
    """A sealed declaration."""
    return send_stored(letters.open_declaration(actor(), declaration_id))


@bp.get("/brieven/<uuid:letter_id>")
def letter(letter_id: UUID) -> Response:
    """A sealed letter."""
    return send_stored(letters.open_letter(actor(), letter_id))
