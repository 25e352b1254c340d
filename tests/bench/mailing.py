"""How fast mail leaves the house, into a mail server that wants STARTTLS."""

import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller

from depot.access import Role
from depot.accounts import queries as accounts
from depot.core import db
from depot.mail import service as mail
from tests import factories
from tests.bench.figures import Figure, seconds
from tests.bench.place import Place, place
from tests.buckets import certificate
from tests.services import free_port

MESSAGES, FIRST = 440, 40
LOOK_S = 0.01
PATIENCE_S = 120


class Mailbox:
    """Counts what comes."""

    def __init__(self) -> None:
        self.count = 0

    async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:  # noqa: N802 - the name that aiosmtpd calls
        """Take the message."""
        self.count += 1
        return "250 OK"

    def wait(self, count: int) -> None:
        """Wait until so many came."""
        until = time.monotonic() + PATIENCE_S
        while self.count < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{self.count} messages of {count} came")
            time.sleep(LOOK_S)  # between two looks at the condition, so that looking does not slow what is measured


@contextmanager
def server(folder: Path) -> Iterator[tuple[Mailbox, str]]:
    """A mail server on 127.0.0.1, and the setting that reaches it."""
    mailbox, port = Mailbox(), free_port()
    certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True)
    controller.start()
    try:
        yield mailbox, f"smtp://127.0.0.1:{port}?ca={folder / 'server.pem'}"
    finally:
        controller.stop()


def measure() -> Iterator[Figure]:
    """Messages that wait, sent by one job process."""
    with (
        tempfile.TemporaryDirectory(prefix="depot-bench-mail-") as name,
        server(Path(name)) as (mailbox, url),
        place(DEPOT_MAIL_URL=url) as site,
    ):
        _write(site)
        with site.working(1):
            mailbox.wait(FIRST)
            rate = (MESSAGES - FIRST) / seconds(lambda: mailbox.wait(MESSAGES))
    yield Figure("mail.per_s", rate, "aiosmtpd with STARTTLS, 1 job process")


def _write(site: Place) -> None:
    with site.app.app_context(), db.transaction():
        company = factories.company()
        [person] = accounts.people(company.organisation_id, Role.COMPANY_ADMIN)
        for number in range(MESSAGES):
            mail.write(
                person,
                "version_approved",
                dedupe_key=f"bench:{number}",
                company=factories.name_of(factories.DONALD),
                title=f"Document {number}",
                reason="",
                document_id=str(company.organisation_id),
            )
