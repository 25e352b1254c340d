"""Whether facts agree with each other, with the day and with their company, by the rules of their kind. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from depot.catalogue.rules import FactRule, FieldSpec, Kind, Rule, is_rsin
from depot.core.forms import REQUIRED
from depot.core.i18n import Text, _

Loaded = Mapping[str, Any]
"""Facts as their schema loads them: days, decimals, codes, text."""

ROUNDING = Decimal(1)
_NINE_DIGITS = re.compile(r"(?<!\d)(?:\d[ .-]?){8}\d(?!\d)")


def broken(
    kind: Kind | FieldSpec, facts: Loaded, *, today: date, own_number: str | None = None, signals: bool = False
) -> dict[str, list[Text]]:
    """A sentence at each field that breaks a rule of the kind, or of a list for one row; the first of several.

    `own_number` is the KvK number of the company that hands it in, None when it has none. With `signals` it tells of
    the rules that refuse nothing, else of those that do.
    """
    found: dict[str, list[Text]] = {}
    for rule in kind.rules:
        if rule.is_signal is signals and (rule.when is None or facts.get(rule.when.field) in rule.when.values):
            for name, text in _broken(rule, kind, facts, today, own_number):
                found.setdefault(name, [text])
    return found


def _broken(
    rule: FactRule, kind: Kind | FieldSpec, facts: Loaded, today: date, own_number: str | None
) -> Iterator[tuple[str, Text]]:
    there = [name for name in rule.fields if facts.get(name) not in (None, "", [])]
    match rule.rule:
        case Rule.REQUIRED:
            yield from ((name, REQUIRED) for name in rule.fields if name not in there)
        case Rule.ABSENT:
            yield from ((name, _("Laat dit leeg. %(why)s", why=rule.why)) for name in there)
        case Rule.NOT_IN_FUTURE:
            yield from ((name, _("Deze datum ligt in de toekomst.")) for name in there if facts[name] > today)
        case Rule.NOT_PAST:
            yield from ((name, _("Deze datum is voorbij.")) for name in there if facts[name] < today)
        case Rule.NO_CITIZEN_NUMBER:
            text = _("Hier staat een getal dat een burgerservicenummer kan zijn. Haal het weg.")
            yield from ((name, text) for name in there if holds_citizen_number(facts[name]))
        case Rule.SUM_AT_MOST:
            *parts, whole = rule.fields
            if whole in there and sum(facts[name] for name in parts if name in there) > facts[whole]:
                yield whole, _("De delen zijn samen meer dan dit.")
        case _ if len(there) == len(rule.fields):
            yield from _of_all(rule, kind, [facts[name] for name in there], own_number)


def _of_all(
    rule: FactRule, kind: Kind | FieldSpec, values: Sequence[Any], own_number: str | None
) -> Iterator[tuple[str, Text]]:
    first, last = rule.fields[0], rule.fields[-1]
    match rule.rule, values:
        case Rule.ORDER, [earlier, later] if later < earlier:
            yield last, _("Dit is eerder dan „%(field)s”.", field=_label(kind, first))
        case Rule.AT_MOST, [part, whole] if part > whole:
            yield first, _("Dit is meer dan „%(field)s”.", field=_label(kind, last))
        case Rule.DIFFER, [one, other] if one == other:
            yield last, _("Dit mag niet hetzelfde zijn als „%(field)s”.", field=_label(kind, first))
        case Rule.AT_LEAST, [number] if rule.low is not None and number < rule.low:
            yield first, _("Dit moet minstens %(low)s zijn.", low=rule.low)
        case Rule.BETWEEN, [number] if (
            rule.low is not None and rule.high is not None and not rule.low <= number <= rule.high
        ):
            yield first, _("Dit moet tussen %(low)s en %(high)s liggen.", low=rule.low, high=rule.high)
        case Rule.PERCENTAGE, [share, part, whole] if whole and abs(share - 100 * part / whole) > ROUNDING:
            names = {"part": _label(kind, rule.fields[1]), "whole": _label(kind, last)}
            yield first, _("Dit percentage volgt niet uit „%(part)s” en „%(whole)s”.", **names)
        case Rule.OWN_NUMBER, [number] if own_number and number != own_number:
            yield first, _("Dit is niet het KvK-nummer van uw bedrijf. Dat is %(number)s.", number=own_number)
        case Rule.ONLY, [code] if code not in rule.codes:
            yield first, _("Deze keuze past niet. %(why)s", why=rule.why)


def holds_citizen_number(text: str) -> bool:
    """Whether nine digits that pass the 11-proef stand in a text, written together or in groups (UAVG art. 46)."""
    return any(is_rsin(re.sub(r"\D", "", match)) for match in _NINE_DIGITS.findall(text))


def _label(kind: Kind | FieldSpec, name: str) -> Any:
    spec = kind.field(name)
    return spec.label if spec else name
