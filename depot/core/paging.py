"""Pages of a list that is too long to show at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True)
class Part(Generic[Row]):
    """A page of a list; a number that there is no page for becomes the nearest."""

    all_rows: Sequence[Row]
    asked: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self.all_rows) // self.size))

    @property
    def number(self) -> int:
        """Which page it is, from 1."""
        return min(max(1, self.asked), self.pages)

    @property
    def has_next(self) -> bool:
        """Whether another page follows."""
        return self.number < self.pages

    @property
    def first(self) -> int:
        """The place in the list, from 1, of its first row."""
        return (self.number - 1) * self.size + 1

    @property
    def rows(self) -> Sequence[Row]:
        """Its rows."""
        return self.all_rows[self.first - 1 : self.first - 1 + self.size]
