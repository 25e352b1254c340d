"""Who wants which mails how often: what a person chose for one organisation, and what holds for who chose nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, tuple_

from depot.access import Action, Actor, Role, authorize
from depot.audit import service as audit
from depot.core import db
from depot.core.errors import Invalid
from depot.core.forms import WRONG_CHOICE
from depot.core.i18n import Text, _
from depot.reminders.models import Preference, Rhythm

DEPOSITORS = frozenset({Role.COMPANY_ADMIN, Role.COMPANY_MEMBER})
"""Who is written to about the documents of a company: what ends is told them weekly at least."""

RHYTHM_NAMES: dict[Rhythm, Text] = {
    Rhythm.DAILY: _("Elke dag dat er iets te melden is, behalve op zondagen en feestdagen"),
    Rhythm.WEEKLY: _("Eén keer per week, op maandag"),
    Rhythm.OFF: _("Niet"),
}
_OF_DOCUMENTS = _(
    "U krijgt één mail over alle documenten die uw aandacht vragen. Wat haast heeft, melden wij altijd meteen."
)
ABOUT: dict[Role, Text] = {
    Role.COMPANY_ADMIN: _OF_DOCUMENTS,
    Role.COMPANY_MEMBER: _OF_DOCUMENTS,
    Role.BUYER: _("U krijgt één mail over wat er veranderde bij bedrijven die meedoen aan uw aanbestedingen."),
    Role.REVIEWER: _("U krijgt op werkdagen één mail over wat er op een beoordelaar wacht."),
}
"""What the mail is about for each role that gets one."""


@dataclass(frozen=True)
class Choice:
    """What somebody gets: the digest daily, weekly or not at all, and the monthly statement or not."""

    rhythm: Rhythm = Rhythm.DAILY
    wants_statement: bool = True


def of(user_id: UUID, organisation_id: UUID) -> Choice:
    """What one person chose for an organisation, or what holds without a choice."""
    return of_people([(user_id, organisation_id)])[user_id, organisation_id]


def of_people(pairs: Iterable[tuple[UUID, UUID]]) -> Mapping[tuple[UUID, UUID], Choice]:
    """The choices of many people for their organisations, as (person, organisation), with one query."""
    asked = list(pairs)
    found = select(Preference).where(tuple_(Preference.user_id, Preference.organisation_id).in_(asked))
    chosen = {
        (row.user_id, row.organisation_id): Choice(row.rhythm, row.wants_statement) for row in db.session.scalars(found)
    }
    return {pair: chosen.get(pair, Choice()) for pair in asked}


def rhythms(role: Role) -> tuple[Rhythm, ...]:
    """What somebody in a role can choose from; nothing when no mail of this sort goes to it."""
    if role in DEPOSITORS:
        return (Rhythm.DAILY, Rhythm.WEEKLY)
    return tuple(Rhythm) if role in ABOUT else ()


def choose(actor: Actor, *, rhythm: Rhythm, wants_statement: bool = True) -> None:
    """Set one's own choice for the organisation one acts for."""
    authorize(actor, Action.PREFERENCES_WRITE, actor.organisation_id)
    if rhythm not in rhythms(actor.role):
        raise Invalid(_("Niet alles is goed ingevuld."), {"ritme": [WRONG_CHOICE]})
    row = db.session.get(Preference, (actor.id, actor.organisation_id))
    if row is None:
        row = Preference(user_id=actor.id, organisation_id=actor.organisation_id)
        db.session.add(row)
    row.rhythm, row.wants_statement = rhythm, wants_statement
    audit.record(actor, Action.PREFERENCES_WRITE, row, rhythm=rhythm, statement=wants_statement)
