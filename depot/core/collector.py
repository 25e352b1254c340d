"""Python's cyclic garbage collector, out of the way where very many objects are made that hold no circles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def settle() -> None:
    """Count all that lives now as lasting: a full collection in a request would walk the imports, for 20 ms each time."""
    gc.collect()
    gc.freeze()


@contextmanager
def at_rest() -> Iterator[None]:
    """Do not collect meanwhile, and count what was made as old: walking it again and again took as long as making it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            # Freezing and thawing moves everything to the oldest generation without a look at it.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
