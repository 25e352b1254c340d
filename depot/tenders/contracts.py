"""The contract that followed an award: from when to when it runs, which decides how long its evidence is kept."""

from datetime import date
from uuid import UUID

from depot.access import Action, Actor, authorize
from depot.audit import service as audit
from depot.core import clock
from depot.core.errors import Conflict, Invalid
from depot.core.i18n import Text, _
from depot.core.periods import Period
from depot.tenders import queries
from depot.tenders.models import Participation, ParticipationState

LONGEST = Period.parse("P50Y")
"""A contract that would run longer is a typing error."""


def record(actor: Actor, participation_id: UUID, *, starts_on: date, ends_on: date) -> Participation:
    """Say from when to when the contract with a company runs, extensions that were used included; the last of several.

    Can be said anew. Raises Invalid for an end before its start or before the award: what is kept is counted from it.
    """
    row = queries.participation(actor, participation_id)
    authorize(actor, Action.CONTRACT_RECORD, row.tender.municipality_id)
    queries.hold(row)
    if row.state is not ParticipationState.AWARDED or row.decided_at is None:
        raise Conflict(_("Een contract is er met een bedrijf waaraan u hebt gegund."))
    wrong = _wrong(starts_on, ends_on, clock.day_of(row.decided_at))
    if wrong:
        raise Invalid(_("Niet alles is goed ingevuld."), wrong)
    row.contract_starts_on, row.contract_ends_on = starts_on, ends_on
    said = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
    audit.record(actor, Action.CONTRACT_RECORD, row, about=row.company_id, **said)
    return row


def _wrong(starts_on: date, ends_on: date, awarded_on: date) -> dict[str, list[Text]]:
    if ends_on < awarded_on:
        return {"eindeContract": [_("Het contract eindigt niet vóór de gunning op %(day)s.", day=awarded_on)]}
    if ends_on < starts_on:
        return {"eindeContract": [_("Het contract eindigt niet vóór het begint.")]}
    if starts_on < LONGEST.before(awarded_on) or ends_on > LONGEST.after(starts_on):
        return {"eindeContract": [_("Een contract loopt hoogstens 50 jaar. Controleer de jaartallen.")]}
    return {}
