"""What can go wrong, as a few nouns that know no HTTP; `core.http` gives each its status and its one shape."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from depot.core.i18n import Text


class DepotError(Exception):
    """A failure with a sentence for the person who caused or met it, and sentences per field where they apply."""

    def __init__(self, text: Text, fields: Mapping[str, Sequence[Text]] | None = None) -> None:
        super().__init__(text.message)
        self.text = text
        self.fields = dict(fields or {})


class Invalid(DepotError):
    """The input breaks a rule that the sender can mend."""


class Unauthenticated(DepotError):
    """Nobody is signed in, or the key is not known."""


class Forbidden(DepotError):
    """The permission table does not grant this act to this actor."""


class NotFound(DepotError):
    """It does not exist, or the actor may not know that it does."""


class Conflict(DepotError):
    """The act does not fit the state that the thing is in."""


class Duplicate(DepotError):
    """It is there already; `existing` is the key of what holds it, which the actor may see."""

    def __init__(self, text: Text, fields: Mapping[str, Sequence[Text]], existing: UUID) -> None:
        super().__init__(text, fields)
        self.existing = existing


class Stale(DepotError):
    """Somebody else changed the thing in between."""


class TooLarge(DepotError):
    """More bytes than are accepted."""


class UnsupportedType(DepotError):
    """A kind of file that is not accepted."""


class TooMany(DepotError):
    """Asked too often; `retry_after` is in seconds."""

    def __init__(self, text: Text, retry_after: int) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Unavailable(DepotError):
    """A part that is needed does not answer just now; trying again may help."""

    retry_after = 30


class Missing(Unavailable):
    """A stored object that ought to be there is not; the store itself answers."""
