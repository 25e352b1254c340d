"""The one chance to mend a defect after the closing, and the rule that nothing is decided while it runs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from depot.access import Action, Actor, Role, authorize
from depot.accounts import queries as accounts
from depot.accounts.models import User
from depot.audit import service as audit
from depot.core import clock, db
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.i18n import Text, _
from depot.mail import service as mail
from depot.tenders import dossiers, queries
from depot.tenders.models import CureWindow, Participation
from depot.tenders.requirements import RequirementKind


def begin(
    actor: Actor, participation_id: UUID, *, requirements: Sequence[str], question: str, until: datetime
) -> CureWindow:
    """Ask a company, once, to mend what is wrong with some requirements before an instant within the time for evidence.

    What it hands in until then counts for those requirements.
    """
    row = queries.opened(actor, participation_id)
    authorize(actor, Action.TENDER_CURE, row.tender.municipality_id)
    if not row.tender.is_selecting or not row.is_undecided:
        raise Conflict(_("Herstel vragen kan na de sluiting, zolang over de deelnemer nog niet is besloten."))
    if queries.cure(row.id) is not None:
        raise Conflict(_("Dit bedrijf kreeg al een herstelperiode. Er is er één per deelnemer."))
    wrong: dict[str, list[Text]] = {}
    every = dossiers.asked_of(dossiers.requirements(row.tender), row.lots).requirements
    asked = {item.id for item in every if item.kind is RequirementKind.SUITABILITY}
    if not requirements or not set(requirements) <= asked:
        wrong["eisen"] = [_("Kies minstens één eis die het depot toetst.")]
    if until <= clock.now():
        wrong["tot"] = [_("Kies een moment in de toekomst.")]
    elif until > row.tender.evidence_until:
        wrong["tot"] = [
            _("Kies een moment tot en met %(at)s: dan moet het bewijs er zijn.", at=row.tender.evidence_until)
        ]
    if wrong:
        raise Invalid(_("Niet alles is goed ingevuld."), wrong)
    window = CureWindow(
        participation_id=row.id, requirements=sorted(set(requirements)), question=question, until=until, by=actor.id
    )
    db.session.add(window)
    db.session.flush()
    audit.record(
        actor,
        Action.TENDER_CURE,
        row,
        about=row.company_id,
        requirements=window.requirements,
        until=until.isoformat(),
    )
    for party in (each for each in row.parties if each.counts):
        for person in accounts.people(party.company_id, Role.COMPANY_ADMIN):
            mail.write(
                person,
                "cure_asked",
                dedupe_key=f"cure_asked:{window.id}:{person.id}",
                company=party.company.legal_name,
                municipality=row.tender.municipality.name,
                tender=row.tender.title,
                question=question,
                until=until.isoformat(),
                url=f"/aanbestedingen/{row.tender_id}" if party.is_own else f"/aanbestedingen/partij/{party.id}",
            )
    return window


def finish(actor: Actor, tender_id: UUID) -> CureWindow:
    """The company says that it has handed in all that it wants to: the municipality need not wait any longer."""
    row = queries.own_participation(actor, queries.get(actor, tender_id))
    window = queries.cure(row.id) if row else None
    if row is None or window is None:
        raise NotFound(_("U hebt geen herstelperiode in deze aanbesteding."))
    authorize(actor, Action.PARTICIPATION_WRITE, row.company_id)
    window.finish()
    audit.record(actor, Action.PARTICIPATION_WRITE, row, about=row.company_id, cured=True)
    asked_by = db.session.get_one(User, window.by)
    mail.write(
        asked_by,
        "cure_done",
        dedupe_key=f"cure_done:{window.id}",
        company=row.company.legal_name,
        tender=row.tender.title,
        participation_id=str(row.id),
    )
    return window


def require_none(row: Participation) -> None:
    """Raise Conflict while the company may still mend: what is decided before it is done would be decided too early."""
    window = queries.cure(row.id)
    if window is not None and window.is_open:
        raise Conflict(_("Dit bedrijf kan tot %(at)s nog herstellen. Besluiten kan daarna.", at=window.ends_at))
