"""Jobs of verification."""

from depot.verification import service

from .registry import Figures, job


@job(every=5)
def run_checks() -> Figures:
    """Check the versions that were handed in."""
    return service.run_checks()
