"""How long a bundle is kept: by rule, from what became of those whose evidence it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from depot.core.i18n import Text, _
from depot.core.periods import Period
from depot.tenders.endings import Ending
from depot.tenders.reasons import period_text


@dataclass(frozen=True)
class Terms:
    """How long evidence is kept, as ISO 8601 periods: from the end of the procedure, and from the end of the contract."""

    not_awarded: str
    after_contract: str

    def to_json(self) -> Mapping[str, str]:
        """As `bundel.json` says it."""
        return {"nietGegund": self.not_awarded, "naEindeContract": self.after_contract}

    @classmethod
    def from_json(cls, said: Mapping[str, str]) -> Self:
        """From what `to_json` gave."""
        return cls(said["nietGegund"], said["naEindeContract"])

    @property
    def sentence(self) -> Text:
        """The rule in words."""
        return _(
            "Niet gegund: %(procedure)s na het einde van de procedure. Gegund: %(contract)s na het einde van het "
            "contract. Daarna vernietigt het depot de bundel.",
            procedure=period_text(Period.parse(self.not_awarded)),
            contract=period_text(Period.parse(self.after_contract)),
        )


class Rule(StrEnum):
    """What decides how long a bundle is kept; the first two set no day yet."""

    PROCEDURE_RUNS = "procedure_runs"
    CONTRACT_END_UNKNOWN = "contract_end_unknown"
    AFTER_PROCEDURE = "after_procedure"
    AFTER_CONTRACT = "after_contract"


@dataclass(frozen=True)
class Kept:
    """The last day on which a bundle is kept, None while that cannot be said, and by what rule."""

    until: date | None
    rule: Rule

    def is_over(self, day: date) -> bool:
        """Whether the bundle may be destroyed on this day."""
        return self.until is not None and day > self.until


def kept(endings: Sequence[Ending], *terms: Terms) -> Kept:
    """How long a bundle is kept that holds evidence of these participations; the latest day of all counts.

    Of several terms (those that were sealed in the bundle, and those of now) each day that they give has to be over.
    """
    found = [one for ending in endings for each in terms for one in _days(ending, each)]
    open_ones = [one for one in found if one.until is None]
    if open_ones or not found:
        rules = {one.rule for one in open_ones}
        return Kept(None, Rule.CONTRACT_END_UNKNOWN if rules == {Rule.CONTRACT_END_UNKNOWN} else Rule.PROCEDURE_RUNS)
    return max(found, key=lambda one: one.until or date.max)


def _days(ending: Ending, terms: Terms) -> Sequence[Kept]:
    if ending.ended_on is None:
        return [Kept(None, Rule.PROCEDURE_RUNS)]
    found = [Kept(Period.parse(terms.not_awarded).after(ending.ended_on), Rule.AFTER_PROCEDURE)]
    if ending.is_awarded and ending.contract_ends_on is None:
        found.append(Kept(None, Rule.CONTRACT_END_UNKNOWN))
    elif ending.is_awarded and ending.contract_ends_on is not None:
        found.append(Kept(Period.parse(terms.after_contract).after(ending.contract_ends_on), Rule.AFTER_CONTRACT))
    return found
