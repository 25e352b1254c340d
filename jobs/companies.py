"""Jobs of companies."""

from flask import current_app

from depot.companies import looks, proposals

from .registry import Figures, job


@job(every=60)
def look_up_companies() -> Figures:
    """Look companies up in the trade register whose last look is a month old, and flag what changed."""
    return looks.look_up_due(current_app.config["KVK_PER_MINUTE"])


@job(every=5)
def propose_profiles() -> Figures:
    """Ask the trade register about companies that register, so that they need not type what it knows."""
    return proposals.propose(current_app.config["KVK_PER_MINUTE"])
