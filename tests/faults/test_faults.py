"""The short form of `make faults`."""

from random import Random

from tests.faults.killing import SHORT, run
from tests.postgres import another


def test_what_is_killed_at_any_moment_loses_nothing_and_does_nothing_twice(database: dict[str, str]) -> None:
    address = {"DEPOT_DATABASE_URL": another(database["DEPOT_DATABASE_URL"])} if database else {}
    figures, wrong = run(SHORT, Random().randrange(10**6), address)
    assert not wrong, (figures, wrong)
    assert figures["steps"]
