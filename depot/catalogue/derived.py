"""What follows from facts: totals of rows, ratios of amounts, and whether two sets are about one thing. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from depot.catalogue.rules import Facts, Kind, Total


def with_totals(kind: Kind, loaded: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as their schema loads them, with what follows from the rows in the place of what was typed."""
    listed = kind.list_field
    rows = loaded.get(listed.name) if listed else None
    return {**loaded, **{total.field: _total(total, rows) for total in kind.totals}} if rows else dict(loaded)


def _total(total: Total, rows: Sequence[Mapping[str, Any]]) -> Decimal:
    when = total.when
    counted = [row for row in rows if when is None or row.get(when.field) in when.values]
    if total.sum is None:
        return Decimal(len(counted))
    return sum((row[total.sum] for row in counted if row.get(total.sum) is not None), Decimal(0))


def ratios(kind: Kind, facts: Facts) -> dict[str, Decimal]:
    """The ratios of a kind by name, as fractions; one of which a fact is missing, or nothing is divided by, is left out."""
    found = {}
    for ratio in kind.ratios:
        part, whole = facts.get(ratio.part), facts.get(ratio.whole)
        if part is not None and whole is not None and Decimal(whole):
            found[ratio.name] = Decimal(part) / Decimal(whole)
    return found


def is_same_thing(kind: Kind, one: Facts, other: Facts) -> bool:
    """Whether two sets of facts are probably about the same thing: what its kind goes by is the same in both."""
    names = _identity(kind, one)
    return bool(names) and names == _identity(kind, other)


def _identity(kind: Kind, facts: Facts) -> list[str]:
    values = [str(facts.get(name, "")) for name in kind.identity]
    return [" ".join(value.casefold().split()) for value in values] if values and values[0] else []
