"""Virus scanning by clamd over its INSTREAM command. Only the exact answer "stream: OK" means clean."""

import socket
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

CHUNK = 1 << 20
ANSWER = 4096
FOUND = " FOUND"


class State(StrEnum):
    """What a scan says of bytes; what is not known to be clean is never treated as clean."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Scan:
    """One scan: `signature` names what was found, `reason` why nothing is known.

    Reasons are `scanner_unreachable` (worth another try), `scanner_refused_size` and `scanner_failed`.
    """

    state: State
    signature: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Scanner:
    """A clamd behind a Unix socket (a path) or TCP (host and port); times are in seconds."""

    address: str | tuple[str, int]
    connect_timeout: float = 5
    timeout: float = 130  # clamd itself gives up after MaxScanTime, 120 by default

    @classmethod
    def from_url(cls, url: str) -> Self | None:
        """The scanner of `unix:/PATH` or `tcp://HOST:PORT`, None for `off`; raises ValueError for others."""
        if url == "off":
            return None
        parts = urlsplit(url)
        if parts.scheme == "unix" and parts.path:
            return cls(parts.path)
        if parts.scheme == "tcp" and parts.hostname and parts.port:
            return cls((parts.hostname, parts.port))
        raise ValueError(url)

    def scan(self, chunks: Iterable[bytes]) -> Scan:
        """Send bytes to clamd; whatever goes wrong on the way is UNDETERMINED, never an error."""
        try:
            with closing(self._connect()) as connection:
                with suppress(OSError):  # past its size limit clamd answers and hangs up
                    _send(connection, chunks)
                return _judge(_answer(connection))
        except OSError:
            return Scan(State.UNDETERMINED, reason="scanner_unreachable")

    def ping(self) -> bool:
        """Whether clamd answers."""
        try:
            return self._ask(b"zPING\0") == "PONG"
        except OSError:
            return False

    def version(self) -> str:
        """What clamd says of itself and its signatures; raises OSError when it does not answer."""
        return self._ask(b"zVERSION\0")

    def _ask(self, command: bytes) -> str:
        with closing(self._connect()) as connection:
            connection.sendall(command)
            return _answer(connection)

    def _connect(self) -> socket.socket:
        if isinstance(self.address, str):
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.settimeout(self.connect_timeout)
                connection.connect(self.address)
            except OSError:
                connection.close()
                raise
        else:
            connection = socket.create_connection(self.address, self.connect_timeout)
        connection.settimeout(self.timeout)
        return connection


def _send(connection: socket.socket, chunks: Iterable[bytes]) -> None:
    connection.sendall(b"zINSTREAM\0")
    for chunk in chunks:
        for start in range(0, len(chunk), CHUNK):
            part = chunk[start : start + CHUNK]
            connection.sendall(len(part).to_bytes(4, "big") + part)
    connection.sendall(bytes(4))


def _answer(connection: socket.socket) -> str:
    """One answer up to its closing NUL; raises OSError when it is not whole."""
    received = b""
    while not received.endswith(b"\0") and len(received) < ANSWER:
        data = connection.recv(ANSWER)
        if not data:
            raise ConnectionError("clamd hung up")
        received += data
    return received.removesuffix(b"\0").decode("utf-8", "replace")


def _judge(answer: str) -> Scan:
    if answer == "stream: OK":
        return Scan(State.CLEAN)
    if answer.startswith("stream: ") and answer.endswith(FOUND):
        return Scan(State.INFECTED, signature=answer.removeprefix("stream: ").removesuffix(FOUND))
    reason = "scanner_refused_size" if "size limit exceeded" in answer else "scanner_failed"
    return Scan(State.UNDETERMINED, reason=reason)
