"""Decisions for one lot of a tender; the participation follows.

It is selected with its first lot and awarded with its first awarded lot; it is rejected with its last lot, and not awarded
when it was selected for some and got none of them.
"""

from typing import Any
from uuid import UUID

from depot.access import Action, Actor, Role
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.core import db
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.i18n import _
from depot.mail import service as mail
from depot.tenders import awards, cures, letters, participations, queries
from depot.tenders.models import LotOutcome, Participation, ParticipationState


def decide(actor: Actor, participation_id: UUID, lot: str, *, is_accepted: bool, motivation: str) -> LotOutcome:
    """Select or reject a company for one lot, once; a rejection takes a motivation. The verdict of now is kept."""
    row = participations.decidable(actor, participation_id)
    _require_lot(row, lot)
    if is_accepted:
        participations.refuse_inactive(row)
    elif not motivation:
        raise Invalid(_("Niet alles is goed ingevuld."), {"motivering": [_("Schrijf waarom u dit bedrijf afwijst.")]})
    decided = queries.hold(row)
    if lot in decided:
        raise Conflict(_("Over dit perceel is al besloten."))
    state = ParticipationState.SELECTED if is_accepted else ParticipationState.REJECTED
    found = LotOutcome(participation_id=row.id, lot=lot, state=state, motivation=motivation)
    decided[lot] = found
    _follow(actor, row, decided, found)
    db.session.add(found)
    db.session.flush()
    audit.record(actor, Action.TENDER_SELECT, found, about=row.company_id, lot=lot, outcome=state)
    awards.settle(row)
    return found


def award(actor: Actor, participation_id: UUID, lot: str, *, is_accepted: bool, motivation: str) -> LotOutcome:
    """Give a company one lot that it was selected for, or tell it that it does not get it, once and with the reason.

    Several companies may get the same lot: a framework agreement has more than one contractor (`queries.lot_holders`).
    The last decision of all finishes the tender.
    """
    row = awards.awardable(actor, participation_id, motivation)
    _require_lot(row, lot)
    decided = queries.hold(row)
    cures.require_none(row)
    if lot not in decided or not row.tender.is_selecting:
        raise Conflict(
            _("Een perceel gunt u aan een bedrijf dat ervoor is geselecteerd, zolang de aanbesteding loopt.")
        )
    found = decided[lot]
    if is_accepted:
        found.award(motivation)
    else:
        found.pass_over(motivation)
    _end(row, decided)
    letters.decision(row, found.state, motivation, lots=[lot])
    audit.record(actor, Action.TENDER_AWARD, found, about=row.company_id, lot=lot, outcome=found.state)
    _tell(row, found, "lot_awarded", is_awarded=is_accepted)
    awards.settle(row)
    return found


def _require_lot(row: Participation, lot: str) -> None:
    if lot not in row.lots:
        raise NotFound(_("Dit bedrijf doet niet mee aan dit perceel."))


def _follow(actor: Actor, row: Participation, decided: dict[str, LotOutcome], last: LotOutcome) -> None:
    is_first_selected = last.state is ParticipationState.SELECTED and row.is_undecided
    if is_first_selected:
        row.select(_said(decided))
        participations.conclude(actor, row, "selected", _sentence(last), lots=[last.lot])
    elif row.is_undecided and set(decided) == set(row.lots):
        row.reject(_said(decided))
        participations.conclude(actor, row, "rejected", _said(decided), lots=sorted(decided))
    else:
        _refuse_early(row)
        _end(row, decided)
        letters.decision(row, last.state, last.motivation, lots=[last.lot])
        is_selected = last.state is ParticipationState.SELECTED
        _tell(row, last, "lot_decided", is_selected=is_selected, motivation=last.motivation)


def _refuse_early(row: Participation) -> None:
    """A lot is decided on while selecting is possible, also when that leaves the participation as it is."""
    row.tender.begin_evidence()
    if not row.is_undecided and row.state not in (ParticipationState.SELECTED, ParticipationState.AWARDED):
        raise Conflict(_("Over deze deelnemer is al besloten, of hij heeft zich teruggetrokken."))


def _end(row: Participation, decided: dict[str, LotOutcome]) -> None:
    """A selected company has the contract with the first lot it gets, and has none once no lot is left for it."""
    if row.state is not ParticipationState.SELECTED:
        return
    if any(item.state is ParticipationState.AWARDED for item in decided.values()):
        row.award(_said(decided))
    elif not row.lots_left(decided):
        row.pass_over(_said(decided))


def _said(decided: dict[str, LotOutcome]) -> str:
    return "\n".join(_sentence(item) for _lot, item in sorted(decided.items()) if item.motivation)


def _sentence(item: LotOutcome) -> str:
    return f"Perceel {item.lot}: {item.motivation}" if item.motivation else f"Perceel {item.lot}"


def _tell(row: Participation, decided: LotOutcome, template: str, **said: Any) -> None:
    title = next(lot.title for lot in row.tender.lots if lot.code == decided.lot)
    for person in accounts.people(row.company_id, Role.COMPANY_ADMIN):
        mail.write(
            person,
            template,
            dedupe_key=f"{template}:{row.id}:{decided.lot}:{person.id}",
            company=row.company.legal_name,
            tender=row.tender.title,
            municipality=row.tender.municipality.name,
            lot=decided.lot,
            lot_title=title,
            tender_id=str(row.tender_id),
            **said,
        )
