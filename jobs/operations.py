"""Jobs of the operator."""

from depot.accounts import watch
from depot.core import db

from .registry import Figures, job


@job(every=60)
def watch_jobs() -> Figures:
    """Say that a job is silent for twice its interval: in the log each hour, by mail to the operator once."""
    with db.transaction():
        return {"silent": watch.tell_silent()}
