"""What the trade register says of a company that registers: asked by a job, kept with the claim as a proposal."""

from datetime import timedelta
from uuid import UUID

from depot.accounts.models import Registration, RegistrationState
from depot.companies import looks
from depot.companies.register import Outcome
from depot.core import clock, db, work

RETRY = timedelta(minutes=1)


def propose(limit: int) -> dict[str, int]:
    """Look up to `limit` claims up that nobody decided on, each by itself; the first without an answer ends the run."""
    figures = {"looked": 0, "unreachable": 0}
    connected = looks.register()
    is_open = Registration.state.in_([RegistrationState.STARTED, RegistrationState.PENDING])
    is_unknown = Registration.register_outcome.is_(None) | (Registration.register_outcome == Outcome.UNREACHABLE)
    while connected and figures["looked"] < limit and not figures["unreachable"]:
        claimed = work.claim(
            Registration.id, Registration.leased_until, is_open & is_unknown, Registration.created_at, limit=1
        )
        if not claimed:
            break
        with db.transaction(write=False) as session:
            number = session.get_one(Registration, claimed[0], populate_existing=True).kvk_number
        answer = connected.look_up(number)
        with db.transaction():
            _keep(claimed[0], answer.outcome, answer.profile.as_json if answer.profile else None)
        figures["unreachable" if answer.outcome is Outcome.UNREACHABLE else "looked"] += 1
    return figures


def _keep(registration_id: UUID, outcome: Outcome, told: dict[str, object] | None) -> None:
    row = db.session.get_one(Registration, registration_id, with_for_update=True, populate_existing=True)
    row.register_outcome, row.register_told = outcome, told
    row.leased_until = clock.now() + RETRY if outcome is Outcome.UNREACHABLE else None
