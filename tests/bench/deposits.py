"""How many documents are accepted in a second, each durable when it is answered."""

import itertools
import json
import secrets
import statistics
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection

from depot.core import db
from tests import factories
from tests.bench.figures import Figure, seconds
from tests.bench.papers import pdf
from tests.bench.place import Place, place

CLIENTS, COMPANIES, ROUND, ROUNDS = 4, 40, 200, 5
BOUNDARY = "depot-bench"
HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
SIZE = 100 << 10

Message = tuple[dict[str, str], bytes]
"""Headers and body of one deposit."""


def message(key: dict[str, str], number: str, data: bytes) -> Message:
    """A deposit by the API, of an extract of the company with that number."""
    fields = {"soort": "kvk_extract", "gegevens": json.dumps(factories.facts(kvk_number=number))}
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    head = 'Content-Disposition: form-data; name="bestand"; filename="uittreksel.pdf"\r\nContent-Type: application/pdf'
    parts.append(f"{head}\r\n\r\n".encode() + data)
    body = b"".join(b"--%b\r\n%b\r\n" % (BOUNDARY.encode(), part) for part in parts)
    return key | HEADERS, body + f"--{BOUNDARY}--\r\n".encode()


def messages(site: Place, count: int, size: int = SIZE) -> Iterator[Message]:
    """So many deposits of files that differ, spread over the companies."""
    numbers = [f"9{secrets.randbelow(10**7):07d}" for _company in range(min(COMPANIES, count))]
    with site.app.app_context(), db.transaction():
        keys = {number: factories.bearer(factories.company(number)) for number in numbers}
    for number in itertools.islice(itertools.cycle(numbers), count):
        yield message(keys[number], number, pdf(size, number))


def send(site: Place, batch: Sequence[Message], clients: int = CLIENTS) -> None:
    """Deposit all of them, so many at once; every answer must be that it was made."""
    failed: list[str] = []

    def client(share: Sequence[Message]) -> None:
        for headers, body in share:
            # Each is another company's, so none comes on the connection of the one before, to the same worker.
            connection = HTTPConnection(site.address, timeout=60)
            connection.request("POST", "/api/v1/documenten", body=body, headers=headers)
            answer = connection.getresponse()
            said = answer.read()
            connection.close()
            if answer.status != HTTPStatus.CREATED:
                failed.append(f"{answer.status} {said!r}")

    threads = [threading.Thread(target=client, args=(batch[place::clients],)) for place in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError(failed[0])


def measure() -> Iterator[Figure]:
    """Rounds of deposits against a running server, after one that warms up; the median."""
    with place() as site:
        made = list(messages(site, ROUND * (ROUNDS + 1)))
        with site.serving():
            rates = [
                ROUND / seconds(partial(send, site, made[start : start + ROUND]))
                for start in range(0, len(made), ROUND)
            ]
    yield Figure("deposit.accepted_per_s", statistics.median(rates[1:]), "gunicorn, 2 workers, 4 clients, 100 KiB")
