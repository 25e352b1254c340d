"""Calendar periods as procurement law counts them: six months is P6M, never 180 days."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Self

_PATTERN = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?")


@dataclass(frozen=True, order=True)
class Period:
    """An ISO 8601 duration of whole months (years count as twelve) and days."""

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "P6M", "P2Y", "P14D" or a combination; raises ValueError on anything else."""
        match = _PATTERN.fullmatch(text)
        if match is None or not any(match.groups()):
            raise ValueError(text)
        years, months, days = (int(part or 0) for part in match.groups())
        return cls(years * 12 + months, days)

    def __str__(self) -> str:
        months = f"{self.months}M" if self.months else ""
        days = f"{self.days}D" if self.days or not months else ""
        return f"P{months}{days}"

    def before(self, day: date) -> date:
        """The day this period earlier; a day that its month lacks becomes the month's last."""
        return _shift(day, -self.months) - timedelta(days=self.days)

    def after(self, day: date) -> date:
        """The last day that still lies within this period of `day`.

        Seen from the last day of a month the answer is a last day too, so that
        `issued >= period.before(reference)` and `reference <= period.after(issued)` agree.
        """
        target = _shift(day, self.months)
        if self.months and _is_month_end(day):
            target = target.replace(day=monthrange(target.year, target.month)[1])
        return target + timedelta(days=self.days)


@lru_cache(maxsize=4096)
def _shift(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _is_month_end(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]
