"""Jobs of the seal."""

from datetime import date

from depot.bundles import seal_watch
from depot.core import db

from .registry import Figures, job


@job(daily="07:10")
def watch_seal(_day: date) -> Figures:
    """Tell the operator when the seal, or the certificate of another timestamp authority, ends within ninety days."""
    near = 0
    for end in seal_watch.ends():
        with db.transaction():
            near += seal_watch.warn(end)
    return {"near": near}
