"""Checkpoints: where the chain stood, sealed, in the database and as a file that somebody else can keep."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from depot.audit import queries, rules
from depot.audit.models import Checkpoint
from depot.core import clock, db, seal
from depot.core.seal import Trust


@dataclass(frozen=True)
class Kept:
    """A checkpoint as it was kept; nothing of it is proven until `doubts` found none."""

    seq: int
    form: int
    hash: str
    at: datetime
    seal: bytes
    timestamp: bytes

    @classmethod
    def of(cls, row: Checkpoint) -> Self:
        """That of a row."""
        return cls(row.seq, row.form, row.hash, row.at, row.seal, row.timestamp)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """That of a file that `text` made; raises ValueError for any other."""
        try:
            said = json.loads(text)
            at = datetime.strptime(said["at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
            stamps = (base64.b64decode(said[name], validate=True) for name in ("seal", "timestamp"))
            return cls(int(said["seq"]), int(said["form"]), str(said["hash"]), at, *stamps)
        except (KeyError, TypeError, binascii.Error) as error:
            raise ValueError("no checkpoint") from error

    @property
    def content(self) -> bytes:
        """What is sealed."""
        return rules.checkpoint_bytes(self.seq, self.form, self.hash, self.at)

    @property
    def text(self) -> str:
        """As a file: the sealed object, with seal and timestamp (base64 of DER) beside its own fields."""
        said: dict[str, Any] = json.loads(self.content)
        said |= {name: base64.b64encode(getattr(self, name)).decode() for name in ("seal", "timestamp")}
        return json.dumps(said, indent=1) + "\n"

    def doubts(self, trust: Trust) -> Sequence[str]:
        """Why its seal proves nothing to who trusts these roots, as `seal.verify` names it; none when it does."""
        return seal.verify(self.content, self.seal, self.timestamp, trust).reasons


def make() -> bool:
    """Seal where the chain stands, when it went on since the last time; raises Unavailable when nobody stamps the time."""
    with db.transaction(write=False):
        seq, link = queries.head()
        last = queries.newest_checkpoint()
    if seq == (last.seq if last else 0):
        return False
    own, at = seal.current(), clock.now()
    signature = own.sign(rules.checkpoint_bytes(seq, rules.FORM, link, at))
    row = Checkpoint(seq=seq, form=rules.FORM, hash=link, at=at, seal=signature, timestamp=own.timestamp(signature))
    with db.transaction() as session:
        session.add(row)
    return True
