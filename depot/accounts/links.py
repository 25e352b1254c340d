"""One-time links: the secret leaves in a mail, its SHA-256 stays. Opening a link uses nothing up; only sending its form does."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from depot.accounts import limits
from depot.accounts.service import digest

FREE_MAILS = {"email": 2, "origin": 20}


@dataclass(frozen=True)
class Addressee:
    """Whoever gets a mail and is no user yet."""

    id: UUID
    email: str
    locale: str


def new() -> tuple[str, str]:
    """A secret for a link, and how it is kept."""
    secret = secrets.token_urlsafe(32)
    return secret, digest(secret)


def slow_down(purpose: str, email: str, origin: str) -> None:
    """Count one more mail that a stranger asks for; raises TooMany when there were too many to one address or from one origin."""
    keys = {
        digest(f"{purpose}-email:{email.lower()}"): FREE_MAILS["email"],
        digest(f"{purpose}-origin:{origin}"): FREE_MAILS["origin"],
    }
    if refusal := limits.refusal(keys):
        raise refusal
    limits.count(keys)
