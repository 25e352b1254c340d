"""Not more messages a minute than the mail server takes, over all processes."""

from sqlalchemy import case

from depot.core import clock, db
from depot.mail.models import Pace


def take(per_minute: int) -> bool:
    """Take one place of this minute of the clock, unless all are taken; one statement, so that no two take the same."""
    minute = clock.now().replace(second=0, microsecond=0)
    with db.transaction() as session:
        statement = (
            db.insert(Pace)
            .values(id=1, minute=minute, taken=1)
            .on_conflict_do_update(
                index_elements=[Pace.id],
                set_={"minute": minute, "taken": case((Pace.minute == minute, Pace.taken + 1), else_=1)},
                where=(Pace.minute != minute) | (Pace.taken < per_minute),
            )
            .returning(Pace.id)
        )
        return session.scalar(statement) is not None
