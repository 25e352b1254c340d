"""Who can be reached by mail: addresses at which nothing arrives, and telling those who can do something about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from depot.access import SYSTEM, Action, Actor, authorize
from depot.accounts import queries
from depot.accounts.models import Membership, Organisation, User
from depot.audit import service as audit
from depot.core import clock, db
from depot.mail import addresses
from depot.mail import service as mail
from depot.mail.models import Undeliverable


@dataclass(frozen=True)
class Mark:
    """An address at which nothing arrives, and whose it is; of somebody who is no user there is no name."""

    row: Undeliverable
    name: str | None
    organisations: Sequence[str]
    deserted: Sequence[str]
    """Those of the organisations in which nobody can be reached any more."""


def marks(actor: Actor) -> list[Mark]:
    """All addresses that get no mail, the last first."""
    authorize(actor, Action.OPERATIONS_READ)
    rows = addresses.marks()
    users = _users([row.address for row in rows])
    owners = {user.email.lower(): user for user in users}
    homes = _organisations([user.id for user in users])
    left = {each.id: _reachable(each.id) for found in homes.values() for each in found}
    return [_mark(row, owners.get(row.address), homes, left) for row in rows]


def mark(actor: Actor, *, address: str, reason: str) -> Undeliverable:
    """Send no more mail to an address, since the operator knows that nothing arrives there."""
    authorize(actor, Action.ADDRESS_MARK)
    row = addresses.mark(address, reason, actor.id)
    audit.record(actor, Action.ADDRESS_MARK, row)
    return row


def unmark(actor: Actor, mark_id: UUID) -> None:
    """Send mail to this address again; what was withheld in the meantime stays so."""
    authorize(actor, Action.ADDRESS_MARK)
    row = addresses.get(mark_id)
    audit.record(actor, Action.ADDRESS_MARK, row, ended=True)
    addresses.clear(row.address)


def tell(mark_id: UUID) -> int:
    """Write once to the others of each organisation of a marked address's owner; gives to how many.

    They learn that it is the address of a colleague, not whose.
    """
    row = addresses.get(mark_id)
    if row.told_at is not None:
        return 0
    row.told_at = clock.now()
    told = 0
    users = _users([row.address])
    for user in users:
        for organisation in _organisations([user.id])[user.id]:
            audit.record(SYSTEM, Action.ADDRESS_MARK, row, about=organisation.id)
            for person in _reachable(organisation.id):
                key = f"unreachable:{row.id}:{organisation.id}:{person.id}"
                mail.write(person, "colleague_unreachable", dedupe_key=key, organisation=organisation.name)
                told += 1
    return told


def _users(emails: Sequence[str]) -> Sequence[User]:
    return db.session.scalars(select(User).where(func.lower(User.email).in_(emails))).all()


def _reachable(organisation_id: UUID) -> list[User]:
    people = queries.people(organisation_id)
    lost = addresses.undeliverable([person.email for person in people])
    return [person for person in people if person.email not in lost]


def _organisations(user_ids: Sequence[UUID]) -> Mapping[UUID, list[Organisation]]:
    found: dict[UUID, list[Organisation]] = {each: [] for each in user_ids}
    rows = (
        select(Membership.user_id, Organisation)
        .join(Membership.organisation)
        .where(Membership.user_id.in_(user_ids), queries.holds())
    )
    for user_id, organisation in db.session.execute(rows.order_by(Organisation.name)):
        found[user_id].append(organisation)
    return found


def _mark(
    row: Undeliverable,
    user: User | None,
    homes: Mapping[UUID, list[Organisation]],
    left: Mapping[UUID, list[User]],
) -> Mark:
    own = homes[user.id] if user else []
    return Mark(
        row, user.name if user else None, [each.name for each in own], [each.name for each in own if not left[each.id]]
    )
