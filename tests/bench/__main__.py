"""`python -m tests.bench [PREFIX]`: a JSON line a figure; exit 1 when one misses its limit, 69 when a tool is missing."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping

from tests.bench import auditing, checks, deposits, downloads, expiring, judging, mailing, reading
from tests.bench.figures import LIMITS, Figure
from tests.bench.tools import Missing

BENCHES: Mapping[tuple[str, ...], Callable[[], Iterator[Figure]]] = {
    ("deposit.accepted_per_s",): deposits.measure,
    ("deposit.to_checked_p95_s", "checks.finished_per_s"): checks.measure,
    (
        "bundle.local.vs_nginx",
        "bundle.local.hashed.vs_nginx",
        "bundle.local.first_byte_ms",
        "bundle.local.growth_mib",
        "verify.vs_openssl",
    ): downloads.measure,
    ("bundle.s3.vs_boto3",): downloads.measure_s3,
    ("assess.1000x12x3_ms", "assess.queries"): judging.measure,
    ("assess.growth_10x",): judging.measure_growth,
    ("coverage.clause_ms",): judging.measure_coverage,
    ("reading.right_share", "reading.silently_wrong_share"): reading.measure,
    ("mail.per_s",): mailing.measure,
    ("expiry.1m_vs_10k",): expiring.measure,
    ("audit.verify_1m_s",): auditing.measure,
}
"""What makes which figures."""


def main(prefix: str = "") -> int:
    """Measure the figures whose names start with the prefix."""
    chosen = {names: measure for names, measure in BENCHES.items() if any(name.startswith(prefix) for name in names)}
    if not chosen:
        print(f"No figure starts with {prefix}. There are: {', '.join(LIMITS)}", file=sys.stderr)
        return os.EX_USAGE
    missed: list[str] = []
    try:
        for measure in chosen.values():
            for figure in measure():
                if figure.name.startswith(prefix):
                    print(figure.line, flush=True)
                    missed += [] if figure.is_met else [figure.name]
    except Missing as error:
        print(error, file=sys.stderr)
        return os.EX_UNAVAILABLE
    if missed:
        print(f"Missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
