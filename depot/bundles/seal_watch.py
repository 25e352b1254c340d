"""Telling in time that the seal, or who stamps its time, comes to its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from depot.accounts import operators
from depot.core import clock, seal, timestamps
from depot.core.certificates import fingerprint_of, name_of

SOON = timedelta(days=90)
WARNINGS = (SOON, timedelta(days=30), timedelta(days=7))
"""How long before the end the operator gets a mail."""

log = structlog.get_logger()


@dataclass(frozen=True)
class End:
    """When what a name stands for can seal or stamp no more; `mark` tells one certificate from the next."""

    name: str
    mark: str
    until: datetime


def ends() -> Iterator[End]:
    """That of the seal, and that of another authority's timestamps, which is asked; raises Unavailable."""
    own = seal.current()
    yield End(own.name, fingerprint_of(own.certificate), own.until)
    if isinstance(own.time, timestamps.Other):
        chain = timestamps.reached(own.time)
        yield End(name_of(chain.certificates[0]), fingerprint_of(chain.certificates[0]), chain.until)


def warn(end: End) -> bool:
    """Log and mail to those who administer the depot that an end is near, once for each of WARNINGS; gives whether it is."""
    left = end.until - clock.now()
    passed = [each for each in WARNINGS if left < each]
    if not passed:
        return False
    log.warning("seal_ends", name=end.name, until=end.until.isoformat())
    day = clock.day_of(end.until).isoformat()
    operators.tell("seal_ends", dedupe_key=f"seal:{end.mark}:{passed[-1].days}", name=end.name, day=day)
    return True
