"""Jobs of mail."""

from depot.mail import service

from .registry import Figures, job


@job(every=10)
def send_mail() -> Figures:
    """Send the mail that is due."""
    return service.send_due(limit=1000)
