"""What is measured and what it must reach; one line of JSON a figure."""

import json
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum


class Better(StrEnum):
    """Which way a figure improves."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True)
class Limit:
    """What a figure is counted in, and what it must reach: at least when higher is better, at most when lower is."""

    unit: str
    better: Better
    limit: float


LIMITS: Mapping[str, Limit] = {
    "deposit.accepted_per_s": Limit("1/s", Better.HIGHER, 100),
    "deposit.to_checked_p95_s": Limit("s", Better.LOWER, 3),
    "checks.finished_per_s": Limit("1/s", Better.HIGHER, 20),
    "bundle.local.vs_nginx": Limit("ratio", Better.HIGHER, 1.0),
    "bundle.local.hashed.vs_nginx": Limit("ratio", Better.HIGHER, 0.4),
    "bundle.local.first_byte_ms": Limit("ms", Better.LOWER, 20),
    "bundle.local.growth_mib": Limit("MiB", Better.LOWER, 40),
    "bundle.s3.vs_boto3": Limit("ratio", Better.HIGHER, 0.9),
    "verify.vs_openssl": Limit("ratio", Better.HIGHER, 0.6),
    "assess.1000x12x3_ms": Limit("ms", Better.LOWER, 1000),
    "assess.queries": Limit("queries", Better.LOWER, 5),
    "assess.growth_10x": Limit("ratio", Better.LOWER, 12),
    "coverage.clause_ms": Limit("ms", Better.LOWER, 50),
    "reading.right_share": Limit("share", Better.HIGHER, 0.90),
    "reading.silently_wrong_share": Limit("share", Better.LOWER, 0.01),
    "mail.per_s": Limit("1/s", Better.HIGHER, 50),
    "expiry.1m_vs_10k": Limit("ratio", Better.LOWER, 1.5),
    "audit.verify_1m_s": Limit("s", Better.LOWER, 30),
}


@dataclass(frozen=True)
class Figure:
    """One outcome; `reference` says what it was measured against or under."""

    name: str
    value: float
    reference: str
    database: str = "sqlite"
    objects: str = "local"

    @property
    def is_met(self) -> bool:
        """Whether the limit is reached."""
        asked = LIMITS[self.name]
        return self.value >= asked.limit if asked.better is Better.HIGHER else self.value <= asked.limit

    @property
    def line(self) -> str:
        """The figure as JSON."""
        said = asdict(self) | {"value": float(f"{self.value:.4g}")} | asdict(LIMITS[self.name])
        order = ("name", "value", "unit", "better", "limit", "reference", "database", "objects")
        return json.dumps({name: said[name] for name in order}, ensure_ascii=False)


def seconds(act: Callable[[], object]) -> float:
    """How long something takes, on the clock on the wall."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def quotient(ours: Callable[[], float], theirs: Callable[[], float], rounds: int = 5) -> float:
    """The median of ours over theirs, measured in turn after one round that only warms up."""
    found = []
    for _round in range(rounds + 1):
        reference = theirs()
        found.append(ours() / reference)
    return statistics.median(found[1:])
