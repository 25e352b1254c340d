"""Jobs of the audit trail."""

from datetime import date

from depot.audit import chain, checkpoints

from .registry import Figures, job


@job(every=10)
def chain_events() -> Figures:
    """Give each event of the audit trail its link in the chain."""
    linked = 0
    while added := chain.append():
        linked += added
    return {"linked": linked}


@job(daily="04:10")
def seal_trail(_day: date) -> Figures:
    """Seal where the chain over the audit trail stands, as a checkpoint."""
    return {"sealed": int(checkpoints.make())}
