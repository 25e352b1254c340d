"""Everything that writes at once: two web workers, two processes of jobs and several companies over one SQLite file."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from sqlalchemy import func, select
from werkzeug.test import EnvironBuilder

from depot.core import clock, db
from depot.core.antivirus import Scanner
from depot.documents.models import State, Version
from depot.verification.models import Finding
from tests.e2e.site import Site, serving
from tests.factories import DAGOBERT, DONALD, KATRIEN, bearer, facts, pdf

CLIENTS, EACH = 4, 10
COMPANIES = {"donald": DONALD, "dagobert": DAGOBERT, "katrien": KATRIEN}
PATIENCE = 240
"""How often it is asked whether the jobs are through, a quarter of a second each."""


def test_when_all_write_at_once_nothing_is_refused_lost_or_done_twice(tmp_path: Path, clamd: Scanner) -> None:
    with serving(tmp_path, clamd, workers=2, job_processes=2) as site:
        with site.at(clock.now()):
            keys = [(COMPANIES[name], bearer(site.people[name])) for name in COMPANIES]
        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = list(pool.map(lambda turn: deposit(site, *keys[turn % len(keys)], turn), range(CLIENTS * EACH)))
        assert answers == [HTTPStatus.CREATED] * len(answers)
        for _time in range(PATIENCE):
            if in_review(site) == len(answers):
                break
            Event().wait(0.25)
        assert in_review(site) == len(answers)
        with site.app.app_context(), db.transaction(write=False) as session:
            found = session.execute(select(Finding.version_id, Finding.check)).all()
        assert len(found) == len(set(found))


def deposit(site: Site, kvk_number: str, key: dict[str, str], number: int) -> int:
    """Hand in an extract that differs from all others by a few bytes behind its end; gives the status."""
    form = {
        "soort": "kvk_extract",
        "gegevens": json.dumps(facts(kvk_number=kvk_number)),
        "bestand": (BytesIO(pdf() + b"\n%% %d" % number), "uittreksel.pdf"),
    }
    message = EnvironBuilder(method="POST", data=form).get_request()
    with closing(HTTPConnection(urlsplit(site.url).netloc, timeout=60)) as connection:
        headers = key | {"Content-Type": message.headers["Content-Type"], "Idempotency-Key": f"turn-{number}"}
        connection.request("POST", "/api/v1/documenten", message.get_data(parse_form_data=False), headers)
        return connection.getresponse().status


def in_review(site: Site) -> int:
    """How many versions wait for a reviewer."""
    with site.app.app_context(), db.transaction(write=False) as session:
        return session.scalar(select(func.count()).where(Version.state == State.IN_REVIEW)) or 0
