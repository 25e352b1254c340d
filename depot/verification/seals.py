"""What the signatures and seals in a file prove together. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What is known of a file by its signatures; of several the worst counts."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
    MODIFIED = "modified"
    UNDETERMINED = "undetermined"
    NONE = "none"


UNCHANGED = frozenset({"whole", "extended"})


@dataclass(frozen=True)
class Signature:
    """One signature, seal or document timestamp, as `signatures.look` tells it.

    `proven_at` is when a trusted timestamp shows it was there, `claimed_at` when its maker says; `trusted_by` is the
    list with the certificate that vouches for it, and `is_revocation_known` that the file shows it was not withdrawn.
    """

    is_timestamp: bool
    signer: str
    organisation: str
    claimed_at: datetime | None
    proven_at: datetime | None
    state: str
    trusted_by: str
    chain: str
    is_revocation_known: bool
    problem: str

    @property
    def at(self) -> datetime | None:
        """When it was made: proven, else claimed."""
        return self.proven_at or self.claimed_at


@dataclass(frozen=True)
class Signatures:
    """All signatures of one file, oldest first; `problem` says why they could not be looked at."""

    found: tuple[Signature, ...] = ()
    problem: str = ""

    @property
    def is_present(self) -> bool:
        """Whether the file holds anything like a signature."""
        return bool(self.found or self.problem)

    @property
    def reason(self) -> str:
        """Why the verdict is what it is: the code of a sentence.

        A signature may be followed by others, but after the last one nothing may change except proof for later. A
        timestamp of the whole document says when, not who: it is no signature.
        """
        made = [each for each in self.found if not each.is_timestamp]
        states = {each.state for each in self.found}
        chains = {each.chain for each in made}
        if states & {"broken", "changed"} or (made and made[-1].state == "followed"):
            return "modified"
        if self.problem or "unread" in states:
            return "unread"
        if not made:
            return "timestamp_only" if self.found else "none"
        for chain in ("revoked", "unknown", "expired"):
            if chain in chains:
                return chain
        return "trusted" if all(each.is_revocation_known for each in made) else "trusted_at_signing"

    @property
    def verdict(self) -> Verdict:
        """What the signatures prove."""
        return VERDICTS[self.reason]

    @property
    def seal(self) -> Signature | None:
        """The first signature: whose document it is. The others only add to it."""
        return next((each for each in self.found if not each.is_timestamp), None)


VERDICTS = {
    "trusted": Verdict.TRUSTED,
    "trusted_at_signing": Verdict.TRUSTED,
    "unknown": Verdict.UNTRUSTED,
    "revoked": Verdict.UNTRUSTED,
    "modified": Verdict.MODIFIED,
    "unread": Verdict.UNDETERMINED,
    "expired": Verdict.UNDETERMINED,
    "timestamp_only": Verdict.UNDETERMINED,
    "none": Verdict.NONE,
}
