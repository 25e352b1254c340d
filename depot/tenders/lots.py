"""Decisions for one lot of a tender; the participation follows: selected with its first lot, rejected with its last."""

from uuid import UUID

from depot.access import Action, Actor, Role
from depot.accounts import queries as accounts
from depot.audit import service as audit
from depot.core import db
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.i18n import _
from depot.mail import service as mail
from depot.tenders import participations, queries
from depot.tenders.models import LotOutcome, Participation, ParticipationState


def decide(actor: Actor, participation_id: UUID, lot: str, *, is_accepted: bool, motivation: str) -> LotOutcome:
    """Select or reject a company for one lot, once; a rejection takes a motivation. The verdict of now is kept."""
    row = participations.decidable(actor, participation_id)
    if lot not in row.lots:
        raise NotFound(_("Dit bedrijf doet niet mee aan dit perceel."))
    if is_accepted:
        participations.refuse_inactive(row)
    elif not motivation:
        raise Invalid(_("Niet alles is goed ingevuld."), {"motivering": [_("Schrijf waarom u dit bedrijf afwijst.")]})
    decided = {item.lot: item for item in queries.lot_outcomes([row.id])}
    if lot in decided:
        raise Conflict(_("Over dit perceel is al besloten."))
    state = ParticipationState.SELECTED if is_accepted else ParticipationState.REJECTED
    found = LotOutcome(participation_id=row.id, lot=lot, state=state, motivation=motivation)
    decided[lot] = found
    _follow(actor, row, decided, found)
    db.session.add(found)
    db.session.flush()
    audit.record(actor, Action.TENDER_SELECT, found, about=row.company_id, lot=lot, outcome=state)
    return found


def _follow(actor: Actor, row: Participation, decided: dict[str, LotOutcome], last: LotOutcome) -> None:
    said = "\n".join(_said(item) for _lot, item in sorted(decided.items()) if item.motivation)
    is_first_selected = last.state is ParticipationState.SELECTED and row.is_undecided
    if is_first_selected:
        row.select(said)
        participations.conclude(actor, row, "selected", _said(last))
    elif row.is_undecided and set(decided) == set(row.lots):
        row.reject(said)
        participations.conclude(actor, row, "rejected", said)
    else:
        _refuse_early(row)
        _tell(row, last)


def _refuse_early(row: Participation) -> None:
    """A lot is decided on while selecting is possible, also when that leaves the participation as it is."""
    row.tender.begin_evidence()
    if not row.is_undecided and row.state is not ParticipationState.SELECTED:
        raise Conflict(_("Over deze deelnemer is al besloten, of hij heeft zich teruggetrokken."))


def _said(item: LotOutcome) -> str:
    return f"Perceel {item.lot}: {item.motivation}" if item.motivation else f"Perceel {item.lot}"


def _tell(row: Participation, decided: LotOutcome) -> None:
    title = next(lot.title for lot in row.tender.lots if lot.code == decided.lot)
    for person in accounts.people(row.company_id, Role.COMPANY_ADMIN):
        mail.write(
            person,
            "lot_decided",
            dedupe_key=f"lot:{row.id}:{decided.lot}:{person.id}",
            company=row.company.legal_name,
            tender=row.tender.title,
            municipality=row.tender.municipality.name,
            lot=decided.lot,
            lot_title=title,
            is_selected=decided.state is ParticipationState.SELECTED,
            motivation=decided.motivation,
            tender_id=str(row.tender_id),
        )
