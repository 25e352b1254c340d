"""How the chain over the audit trail is computed: short enough to repeat with another program.

A link's hash is the SHA-256, in lower-case hex, over the 32 bytes of the hash before it (32 zero bytes for the first)
followed by the event in form 1: a JSON array of the values of `FIELDS` in that order, in ASCII and without spaces, other
characters as \\uXXXX of their UTF-16 units, names inside `detail` sorted. Keys are UUIDs in lower case with dashes, `at`
is UTC as 2026-11-22T08:30:00.000000Z, what is absent is null.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

FORM = 1

START = "0" * 64
"""What stands before the first link."""

FIELDS = (
    *("id", "at", "actor_kind", "actor_id", "organisation_id", "action"),
    *("object_type", "object_id", "about_company_id", "origin", "detail"),
)
"""What of an event is hashed."""

_as_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_from_json = json.JSONDecoder().raw_decode


def link_hash(before: str, facts: Sequence[Any]) -> str:
    """The hash of the link that follows `before`, for an event's values in the order of FIELDS.

    They are as the database keeps them: `at` in UTC without zone, keys as text, `detail` as the text of some JSON.
    """
    key, at, *said, detail = facts
    written = _as_json([key, instant(at), *said, _from_json(detail)[0]])
    return hashlib.sha256(bytes.fromhex(before) + written.encode()).hexdigest()


def checkpoint_bytes(seq: int, form: int, link: str, at: datetime) -> bytes:
    """What is sealed of a checkpoint: a JSON object, its names sorted; `seq` is also how many events it covers."""
    said: Mapping[str, Any] = {
        "at": instant(at.astimezone(UTC).replace(tzinfo=None)),
        "form": form,
        "hash": link,
        "seq": seq,
    }
    return _as_json(said).encode()


def instant(at: datetime) -> str:
    """An instant that is UTC without saying so, with all of its microseconds."""
    return at.isoformat(timespec="microseconds") + "Z"
