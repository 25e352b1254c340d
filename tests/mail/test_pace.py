"""How many messages leave in a minute, over all processes and on both databases."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from depot.accounts.models import User
from depot.app import create_app
from depot.config import Config
from depot.core import clock
from depot.core import db as database_of
from depot.core.http import DepotFlask
from depot.mail import pace, service

START = datetime(2026, 11, 21, 11, 0, 30, tzinfo=UTC)


@pytest.fixture
def real_app(real_settings: dict[str, str]) -> Iterator[DepotFlask]:
    app = create_app(Config.from_env(real_settings | {"DEPOT_MAIL_PER_MINUTE": "3"}))
    yield app
    app.extensions["depot.engine"].dispose()


def test_many_workers_together_take_no_more_places_than_there_are(real_app: DepotFlask) -> None:
    taken = []

    def worker() -> None:
        with real_app.app_context():
            taken.extend(pace.take(7) for _try in range(5))

    with clock.moved_to(START):
        threads = [threading.Thread(target=worker) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (len(taken), sum(taken)) == (30, 7)


def test_what_the_minute_has_no_room_for_leaves_in_the_next(real_app: DepotFlask) -> None:
    with real_app.app_context():
        with clock.moved_to(START):
            with database_of.transaction():
                person = User(email="anna@werkpad.example", name="Anna")
                for number in range(8):
                    service.write(person, "registration_admitted", dedupe_key=str(number), company="Werkpad BV")
            assert service.send_due()["sent"] == 3
            assert service.send_due()["sent"] == 0
        for minutes, sent in ((1, 3), (2, 2)):
            with clock.moved_to(START + timedelta(minutes=minutes)):
                assert service.send_due()["sent"] == sent
