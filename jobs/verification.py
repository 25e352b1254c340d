"""Jobs of verification."""

from depot.verification import admissions, service

from .registry import Figures, job


@job(every=1)
def run_checks() -> Figures:
    """Check the versions that were handed in."""
    return service.run_checks(100)


@job(every=15)
def check_proofs() -> Figures:
    """Check the proofs of companies that register."""
    return admissions.check_proofs()
