"""A mail server that takes its time, and remembers every message that it said yes to."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from random import Random
from typing import Any

from aiosmtpd.controller import Controller

from tests.buckets import certificate
from tests.services import free_port

SLOWEST_S = 0.03


class Mailbox:
    """How often each Message-ID was taken; the answer waits a little, so that who asks can die before it comes."""

    def __init__(self, random: Random) -> None:
        self.taken: Counter[str] = Counter()
        self._random = random

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - the name that aiosmtpd calls
        """Take the message."""
        self.taken[str(message_from_bytes(envelope.content)["Message-ID"])] += 1
        await asyncio.sleep(self._random.uniform(0, SLOWEST_S))
        return "250 OK"


@contextmanager
def server(folder: Path, random: Random) -> Iterator[tuple[Mailbox, str]]:
    """The server on 127.0.0.1, and the setting that reaches it."""
    mailbox, port = Mailbox(random), free_port()
    certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True)
    controller.start()
    try:
        yield mailbox, f"smtp://127.0.0.1:{port}?ca={folder / 'server.pem'}"
    finally:
        controller.stop()
