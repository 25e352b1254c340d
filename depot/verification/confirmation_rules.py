"""What is asked of a client about a reference, whom, and when again. Pure: facts, addresses and instants in, answers out."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import normalize

import yaml

from depot.catalogue.rules import Confirmation
from depot.core.i18n import Text, _

FREE_MAIL = Path(__file__).parent / "free_mail.yaml"
LINK_LENGTH = timedelta(days=30)
REMINDERS = (timedelta(days=7), timedelta(days=14))
"""How long after the question a client is reminded of it."""

WORD_LENGTH = 4
"""Of a word in the client's name that says something in a mail domain."""

GENERAL = frozenset({"gemeente", "stichting", "provincie", "vereniging", "nederland", "groep", "holding"})
"""Words in names that tell nobody apart."""


class Signal(StrEnum):
    """What stands out about an address."""

    MISSING = "missing"
    FREE = "free"
    OWN = "own"
    ELSEWHERE = "elsewhere"


REFUSED = (Signal.FREE, Signal.OWN)
"""An address of which one of these is true is not written to."""

SIGNALS: dict[Signal, Text] = {
    Signal.MISSING: _("Het bedrijf noemde geen e-mailadres."),
    Signal.FREE: _("Dit is een adres dat iedereen kan aanmaken. Zoek een adres van de opdrachtgever zelf."),
    Signal.OWN: _("Dit adres is van het bedrijf zelf. Zoek een adres van de opdrachtgever."),
    Signal.ELSEWHERE: _("De naam van de opdrachtgever staat niet in het deel na de @. Ga na of het adres klopt."),
}


class Outcome(StrEnum):
    """What a client says of a reference."""

    RIGHT = "right"
    CORRECTED = "corrected"
    WRONG = "wrong"
    NOT_OURS = "not_ours"


OUTCOMES: dict[Outcome, Text] = {
    Outcome.RIGHT: _("Juist"),
    Outcome.CORRECTED: _("Juist, met correcties"),
    Outcome.WRONG: _("Onjuist"),
    Outcome.NOT_OURS: _("Niet van ons"),
}


@cache
def free_domains() -> frozenset[str]:
    """The domains at which anybody can get an address."""
    groups = yaml.safe_load(FREE_MAIL.read_text(encoding="utf-8"))
    return frozenset(domain for group in groups for domain in group["domains"])


def domain_of(address: str) -> str:
    """What stands behind the @, in small letters."""
    return address.rpartition("@")[2].lower()


def signals(address: str, client: str, own_domains: Collection[str]) -> list[Signal]:
    """What a reviewer should know of an address; `own_domains` are those of the company's people."""
    if not address:
        return [Signal.MISSING]
    domain = domain_of(address)
    found = []
    if any(_is_within(domain, free) for free in free_domains()):
        found.append(Signal.FREE)
    if any(_is_within(domain, own) or _is_within(own, domain) for own in own_domains):
        found.append(Signal.OWN)
    letters = re.sub(r"[^a-z0-9]", "", domain)
    if not any(word in letters for word in _words(client)):
        found.append(Signal.ELSEWHERE)
    return found


def _is_within(domain: str, other: str) -> bool:
    return domain == other or domain.endswith(f".{other}")


def _words(name: str) -> list[str]:
    """What of a name may stand in a domain: its longer words, and its initials."""
    plain = normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)
    initials = "".join(word[0] for word in words)
    telling = [word for word in words if len(word) >= WORD_LENGTH and word not in GENERAL]
    short = [word for word in words if len(words) == 1] + ([initials] if len(initials) >= WORD_LENGTH else [])
    return telling + short


def asked(spec: Confirmation, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that are put to the client, as the company states them."""
    return {name: facts[name] for name in spec.asked if name in facts}


def about(facts: Mapping[str, Any]) -> str:
    """What a question is about, in one word: the same for the same facts, however names and texts are spaced."""
    plain = {
        name: " ".join(value.casefold().split()) if isinstance(value, str) else value for name, value in facts.items()
    }
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def reminders_due(asked_at: datetime, now: datetime) -> int:
    """How many reminders a question without an answer should have had by now; one that was missed is not made up for."""
    return sum(now >= asked_at + wait for wait in REMINDERS)
