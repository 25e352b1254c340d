"""`python -m tests.faults [--seed N] [--kills N]`: a JSON line a database; exit 1 when anything is wrong."""

import argparse
import json
import secrets
import sys
from dataclasses import replace

from tests.faults.killing import LONG, run
from tests.postgres import running


def main() -> int:
    """Both databases, one after the other."""
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="the run's random numbers")
    parser.add_argument("--kills", type=int, default=LONG.kills, help="how many for each database")
    chosen = parser.parse_args()
    plan, is_wrong = replace(LONG, kills=chosen.kills), False
    with running() as url:
        for database in ({}, {"DEPOT_DATABASE_URL": url}):
            figures, wrong = run(plan, chosen.seed, database)
            print("\n".join([*wrong, json.dumps(figures)]), flush=True)
            is_wrong |= bool(wrong)
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main())
