"""Jobs of verification."""

from datetime import date

from depot.core import db
from depot.verification import admissions, confirmations, marks, register, service

from .registry import Figures, job


@job(every=1)
def run_checks() -> Figures:
    """Check the versions that were handed in."""
    return service.run_checks(100)


@job(every=60)
def ask_registers() -> Figures:
    """Ask the trade register again what it did not answer for documents that wait for a reviewer."""
    return register.ask_again(100)


@job(every=60)
def compare_marks() -> Figures:
    """Hold certificates that wait for a reviewer against registers of marks that were brought in since."""
    return marks.compare_again(100)


@job(daily="03:35")
def remove_register_orphans(_day: date) -> Figures:
    """Remove files of registers of marks that were never kept, once they are older than a day."""
    with db.transaction(write=False):
        return {"removed": marks.remove_orphans()}


@job(every=15)
def check_proofs() -> Figures:
    """Check the proofs of companies that register."""
    return admissions.check_proofs()


@job(daily="08:30")
def remind_referees(day: date) -> Figures:
    """Remind clients of references of a question without an answer, end what lapsed, and forget addresses of what is over."""
    with db.transaction(write=False):
        waiting = confirmations.due()
    figures = {"reminded": 0, "silent": 0, "stopped": 0, "nothing": 0}
    for confirmation_id in waiting:
        with db.transaction():
            figures[confirmations.remind(confirmation_id)] += 1
    with db.transaction():
        forgotten = confirmations.forget_addresses(day)
    return {**figures, "forgotten": forgotten}
