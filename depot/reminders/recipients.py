"""Whose turn it is for a mail that goes out at most once a day: by role, preference, and what they were told before."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, or_, select, update

from depot.access import Role
from depot.accounts.models import Membership, Organisation, OrganisationState, User
from depot.core import db
from depot.core.workdays import is_workday, weekly_day
from depot.reminders import preferences
from depot.reminders.models import Notice, NoticeKind, Rhythm
from depot.reminders.preferences import Choice


@dataclass(frozen=True)
class Recipient:
    """A person in an organisation; `last_day` and `told_until` are of the last time, if there was one."""

    user: User
    organisation: Organisation
    role: Role
    member_since: date
    choice: Choice
    last_day: date | None = None
    told_until: datetime | None = None

    def is_due(self, day: date) -> bool:
        """Whether mail that can wait goes to them on a day: once a workday, or once a week from its first workday on."""
        if not is_workday(day):
            return False
        match self.choice.rhythm:
            case Rhythm.DAILY:
                return self.last_day is None or self.last_day < day
            case Rhythm.WEEKLY:
                return weekly_day(day) <= day and (self.last_day is None or self.last_day < weekly_day(day))
            case Rhythm.OFF:
                return False


def of(kind: NoticeKind, day: date, *roles: Role) -> list[Recipient]:
    """The active people whose membership in one of these roles holds on a day, in organisations that take part."""
    found = (
        select(User, Organisation, Membership.role, Membership.from_day, Notice.day, Notice.at)
        .join(Membership, Membership.user_id == User.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .outerjoin(
            Notice,
            (Notice.user_id == User.id) & (Notice.organisation_id == Organisation.id) & (Notice.kind == kind),
        )
        .where(
            User.is_active,
            Organisation.state == OrganisationState.ACTIVE,
            Membership.role.in_(roles),
            Membership.from_day <= day,
            or_(Membership.until_day.is_(None), Membership.until_day >= day),
        )
        .order_by(Organisation.id, User.email)
    )
    rows = db.session.execute(found).all()
    choices = preferences.of_people((row[0].id, row[1].id) for row in rows)
    return [
        Recipient(row[0], row[1], Role(row[2]), row[3], choices[row[0].id, row[1].id], row[4], row[5]) for row in rows
    ]


def take_turn(user_id: UUID, organisation_id: UUID, kind: NoticeKind, day: date, *, until: datetime) -> bool:
    """Note that somebody is told up to an instant, for a day; False when that was done for the day before.

    Of two processes at once one gets the turn; the other gets False, or IntegrityError at somebody's first time.
    """
    is_theirs = and_(Notice.user_id == user_id, Notice.organisation_id == organisation_id, Notice.kind == kind)
    turn = update(Notice).where(is_theirs, Notice.day < day).values(day=day, at=until).returning(Notice.day)
    if db.session.scalars(turn.execution_options(synchronize_session=False)).all():
        return True
    if db.session.scalar(select(Notice.day).where(is_theirs)) is not None:
        return False
    db.session.add(Notice(user_id=user_id, organisation_id=organisation_id, kind=kind, day=day, at=until))
    db.session.flush()
    return True
