"""The sample as a whole, made through the services under a moved clock.

Nobody in it exists. States are reached, never written: what is approved was deposited, checked and reviewed.
"""

from pathlib import Path

from depot.core import clock
from depot.sample import bundles, calls, codes, dossiers, proofs
from depot.sample.facts import Past
from depot.sample.filing import carry_out, moment
from depot.sample.people import Cast, gather


def load(folder: Path) -> Cast:
    """Make the sample, up to the point where Apeldoorn's tender has closed and awaits its decision."""
    today = clock.today()
    with clock.moved_to(moment(today, 420)):
        cast = gather(folder)
    for plan in sorted(dossiers.plans(Past(today)), key=lambda plan: -plan.days_ago):
        carry_out(cast.filing(plan.company), plan, today)
    proofs.show(cast, today)
    calls.hold(cast, today)
    codes.hand_over(cast, today)
    bundles.release(cast, today)
    return cast
