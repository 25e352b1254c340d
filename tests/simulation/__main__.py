"""`python -m tests.simulation [--seed N]`: two years in minutes; a JSON line, exit 1 when anything is wrong."""

import argparse
import json
import os
import secrets
import sys

from tests.postgres import running
from tests.simulation.running import LONG, run


def main() -> int:
    """On SQLite, or with DATABASE=postgresql on a server of our own."""
    parser = argparse.ArgumentParser(prog="tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="the run's random numbers")
    seed = parser.parse_args().seed
    print(f"seed {seed}", file=sys.stderr, flush=True)
    if os.environ.get("DATABASE") == "postgresql":
        with running() as url:
            figures, wrong = run(LONG, seed, {"DEPOT_DATABASE_URL": url})
    else:
        figures, wrong = run(LONG, seed, {})
    print("\n".join([*wrong, json.dumps(figures)]))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
