"""A trade register of our own: a small HTTP server that answers in the shapes of the KvK Handelsregister API."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from depot.companies.register import Register
from depot.core.http import DepotFlask

KEY = "a-key-of-the-tests"


def basic_profile(kvk_number: str, name: str, **changes: Any) -> dict[str, Any]:
    """The body of a basisprofiel as the register writes it; `changes` are name, form, rsin, place, trade_names, ended_on."""
    registered = {"datumAanvang": "20150101"}
    if "ended_on" in changes:
        registered["datumEinde"] = changes["ended_on"]
    owner = {"rechtsvorm": changes.get("form", "Besloten Vennootschap"), "_links": {}}
    if "rsin" in changes:
        owner["rsin"] = changes["rsin"]
    place = changes.get("place", "Apeldoorn")
    return {
        "kvkNummer": kvk_number,
        "indNonMailing": "Ja",
        "naam": name,
        "formeleRegistratiedatum": "20150101",
        "materieleRegistratie": registered,
        "statutaireNaam": name,
        "handelsnamen": [
            {"naam": each, "volgorde": place} for place, each in enumerate(changes.get("trade_names", [name]))
        ],
        "sbiActiviteiten": [{"sbiCode": "85592", "sbiOmschrijving": "Bedrijfsopleiding", "indHoofdactiviteit": "Ja"}],
        "_embedded": {
            "eigenaar": owner,
            "hoofdvestiging": {
                "vestigingsnummer": "000037178598",
                "adressen": [{"type": "bezoekadres", "indAfgeschermd": "Nee", "plaats": place, "land": "Nederland"}],
            },
        },
        "_links": {"self": {"href": f"https://register.example/v1/basisprofielen/{kvk_number}"}},
    }


def fault(code: str) -> dict[str, Any]:
    """The body of an error."""
    return {"fout": [{"code": code, "omschrijving": "Het register zegt waarom."}]}


@dataclass
class Desk:
    """What it knows and how it behaves: `companies` by number, those that `ended`, `answers` that go before, by path.

    `silence` keeps an answer back until it is set; `drops` hangs up without one. `asked` are the paths that came in.
    """

    url: str = ""
    companies: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    is_down: bool = False
    drops: bool = False
    silence: threading.Event | None = None
    asked: list[str] = field(default_factory=list)

    def add(self, kvk_number: str, name: str, **changes: Any) -> None:
        """Register a company."""
        self.companies[kvk_number] = basic_profile(kvk_number, name, **changes)

    def answer(self, path: str, key: str | None) -> tuple[int, bytes]:
        """Status and body for a request."""
        if self.answers:
            return self.answers.pop(0)
        if self.is_down:
            return 503, b"<html>Onderhoud</html>"
        if key != KEY:
            return 401, json.dumps({"fout": [{"code": "", "omschrijving": "Unauthorized"}]}).encode()
        status, body = self._found(path)
        return status, json.dumps(body).encode()

    def _found(self, path: str) -> tuple[int, dict[str, Any]]:
        parts = urlsplit(path)
        number = parts.path.rpartition("/")[2]
        if parts.path.startswith("/v1/basisprofielen/"):
            return (200, self.companies[number]) if number in self.companies else (404, fault("IPD0005"))
        asked = parse_qs(parts.query)
        number = asked["kvkNummer"][0]
        if number in self.ended and asked["inclusiefInactieveRegistraties"] == ["true"]:
            hit = {"kvkNummer": number, "naam": self.ended[number], "type": "rechtspersoon", "actief": "Nee"}
            return 200, {"pagina": 1, "resultatenPerPagina": 10, "totaal": 1, "resultaten": [hit], "_links": {}}
        return 404, fault("IPD5200")


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A register that listens."""
    found = Desk()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            if found.silence:
                found.silence.wait(30)
            if found.drops:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            status, body = found.answer(self.path, self.headers.get("apikey"))
            self.send_response(status)
            self.send_header("Content-Type", "application/hal+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    if found.silence:
        found.silence.set()
    server.shutdown()
    server.server_close()


def client(desk: Desk, *, key: str = KEY, seconds: float = 5) -> Register:
    """The depot's side of it, that waits for nothing between attempts."""
    return Register(desk.url, key, seconds=seconds, pause=0)


@pytest.fixture
def register(app: DepotFlask, desk: Desk) -> Iterator[Desk]:
    """An application that is connected to it."""
    before = app.extensions["depot.register"]
    app.extensions["depot.register"] = client(desk)
    yield desk
    app.extensions["depot.register"] = before
