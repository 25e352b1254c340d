"""The values that a text holds, in the spellings of Dutch papers, each in the one written form of facts. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from depot.catalogue.rules import FieldType, is_rsin
from depot.core.forms import YEARS

MONTHS: Mapping[str, int] = {
    "januari": 1, "jan": 1, "februari": 2, "feb": 2, "febr": 2, "maart": 3, "mrt": 3, "april": 4, "apr": 4,
    "mei": 5, "juni": 6, "jun": 6, "juli": 7, "jul": 7, "augustus": 8, "aug": 8, "september": 9, "sep": 9,
    "sept": 9, "oktober": 10, "okt": 10, "november": 11, "nov": 11, "december": 12, "dec": 12,
}  # fmt: skip
_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = re.compile(
    rf"(?<![\w./-])(?:(?P<day>\d{{1,2}})(?:e|ste|de)?(?:\s+|-)(?P<name>{_NAMES})\.?(?:\s+|-)(?P<year>\d{{4}}|['’]\d{{2}})"
    r"|(?P<d>\d{1,2})\s?(?P<by>[-/.])\s?(?P<m>\d{1,2})\s?(?P=by)\s?['’]?(?P<y>\d{4}|\d{2})"
    r"|(?P<iso>\d{4}-\d{2}-\d{2}))(?![\w/]|[-.]\d)",
    re.IGNORECASE,
)
_CENTURY = 2000
"""What a year of two digits leaves out: papers of before are not read here."""
_FIGURES = r"(?:\d{1,3}(?:[. ]\d{3})+|\d{1,3}(?:,\d{3}){2,}|\d{1,12})"
_AMOUNT = re.compile(
    r"(?<![\w.,/-])(?P<before>-/-\s?|[-\u2212\u2013(]\s?)?(?P<sign>(?:€|EUR(?:O)?\b)\s?)?(?P<inside>-/-\s?|[-\u2212(]\s?)?"
    rf"(?P<whole>{_FIGURES})(?:,(?P<cents>\d{{1,2}}|[-\u2013\u2014=]{{1,2}}))?(?P<close>\s?\))?(?P<after>\s?-/-)?"
    r"(?:\s?(?P<unit>miljoen|mln|mio|duizend)\b\.?)?(?P<euro>\s?(?:euro|EUR)\b)?(?![\w%/]|[.,-]\d|\s?%)",
    re.IGNORECASE,
)
_UNITS = {"miljoen": 1_000_000, "mln": 1_000_000, "mio": 1_000_000, "duizend": 1_000}
_NUMBER = re.compile(r"(?<![\w.,/-])(-?)(\d{1,3}(?:\.\d{3})+|\d{1,9})(?:,(\d{1,4}))?(?![\w/]|[.,-]\d)(?=\s?%|\b|$)")
_KVK = re.compile(
    r"(?<![\w.,/-])(?:\d{8}|\d{4}[ .]\d{4}|\d{2}[ .]\d{3}[ .]\d{3}|\d{2} \d{2} \d{2} \d{2})(?![\w/]|[.,-]\d| \d)"
)
_RSIN = re.compile(r"(?<![\w.,/-])(?:\d{9}|\d{3}[ .]\d{3}[ .]\d{3}|\d{4}[ .]\d{2}[ .]\d{3})(?![\w/]|[.,-]\d| \d)")
NUMBERS: Mapping[str, int] = {
    "een": 1, "één": 1, "twee": 2, "drie": 3, "vier": 4, "vijf": 5, "zes": 6, "zeven": 7, "acht": 8, "negen": 9,
    "tien": 10, "twaalf": 12, "veertien": 14, "dertig": 30,
}  # fmt: skip
_TERM = re.compile(
    rf"(?<![\w.,/-])(?P<number>\d{{1,3}}|{'|'.join(NUMBERS)})\s(?:kalender)?(?P<unit>dag(?:en)?|week|weken)(?!\w)",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.@+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+(?![\w@])")


@dataclass(frozen=True)
class Value:
    """One value in its written form, where it stands in the text, and whether it is spelt as such, so that it is no other."""

    written: str
    start: int
    end: int
    is_plain: bool = True


def values(kind: FieldType, text: str) -> list[Value]:
    """The values of a type in a text, from left to right; a type that has no spelling of its own has none."""
    find = _FINDERS.get(kind)
    return list(find(text)) if find else []


def terms(text: str) -> list[Value]:
    """The terms in a text in days, from left to right: of "twee weken" 14. Days of work and months are not so many days."""
    return [Value(str(_days_in(match)), match.start(), match.end()) for match in _TERM.finditer(text)]


def _days_in(match: re.Match[str]) -> int:
    number = NUMBERS.get(match["number"].lower()) or int(match["number"])
    return number * (7 if match["unit"].lower().startswith("we") else 1)


def _days(text: str) -> Iterator[Value]:
    for match in _DAY.finditer(text):
        try:
            day = _day(match)
        except ValueError:
            continue
        if day.year in YEARS:
            yield Value(day.isoformat(), match.start(), match.end())


def _day(match: re.Match[str]) -> date:
    if match["iso"]:
        return date.fromisoformat(match["iso"])
    if match["name"]:
        return date(_year(match["year"].lstrip("'’")), MONTHS[match["name"].lower()], int(match["day"]))
    return date(_year(match["y"]), int(match["m"]), int(match["d"]))


def _year(text: str) -> int:
    return int(text) + (0 if len(text) == len("2026") else _CENTURY)


def _amounts(text: str) -> Iterator[Value]:
    for value in _signed_amounts(text):
        is_bracketed = text[value.start] == "("  # which means less than nothing only where an amount can be that
        if is_bracketed or not value.written.startswith("-"):
            yield replace(value, written=value.written.removeprefix("-"))


def _signed_amounts(text: str) -> Iterator[Value]:
    for match in _AMOUNT.finditer(text):
        cents = match["cents"] or ""
        whole = re.sub(r"\D", "", match["whole"])
        amount = Decimal(f"{whole}.{cents if cents.isdigit() else 0}") * _UNITS.get((match["unit"] or "").lower(), 1)
        opened = (match["before"] or match["inside"] or "").strip()
        is_negative = bool(match["after"]) or (bool(match["close"]) if opened == "(" else opened not in ("", "\u2013"))
        if amount >= 10**12 or amount != amount.quantize(Decimal("0.01")):
            continue
        is_plain = bool(match["sign"] or match["euro"] or match["unit"] or cents or not match["whole"].isdigit())
        yield Value(f"{-amount if is_negative and amount else amount:.2f}", match.start(), match.end(), is_plain)


def _numbers(text: str) -> Iterator[Value]:
    for match in _NUMBER.finditer(text):
        number = Decimal(f"{match[1]}{match[2].replace('.', '')}.{match[3] or 0}")
        yield Value(f"{number.normalize():f}", match.start(), match.end())


def _wholes(text: str) -> Iterator[Value]:
    return (value for value in _numbers(text) if value.written.isdigit())


def _kvk_numbers(text: str) -> Iterator[Value]:
    for match in _KVK.finditer(text):
        yield Value(re.sub(r"\D", "", match[0]), match.start(), match.end())


def _rsins(text: str) -> Iterator[Value]:
    for match in _RSIN.finditer(text):
        if is_rsin(digits := re.sub(r"\D", "", match[0])):
            yield Value(digits, match.start(), match.end())


def _emails(text: str) -> Iterator[Value]:
    for match in _EMAIL.finditer(text):
        yield Value(match[0], match.start(), match.end())


_FINDERS: Mapping[FieldType, Callable[[str], Iterator[Value]]] = {
    FieldType.DAY: _days,
    FieldType.AMOUNT: _amounts,
    FieldType.SIGNED_AMOUNT: _signed_amounts,
    FieldType.NUMBER: _numbers,
    FieldType.WHOLE: _wholes,
    FieldType.KVK_NUMBER: _kvk_numbers,
    FieldType.RSIN: _rsins,
    FieldType.EMAIL: _emails,
}
