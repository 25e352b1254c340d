"""Dutch texts with their English beside them: the Dutch sentence is the key, `translations/en.po` holds the other.

A `Text` keeps sentence and values apart until it is shown, so that one error reaches a Dutch page and an English mail.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

from depot.core.clock import dutch

LOCALES = {"nl": "Nederlands", "en": "English"}
TRANSLATIONS = Path(__file__).parent.parent / "translations"

_locale: ContextVar[str] = ContextVar("locale", default="nl")


@dataclass(frozen=True)
class Euro:
    """An amount in euro, shown with two decimals."""

    value: Decimal


@dataclass(frozen=True)
class Text:
    """A sentence in the source language with its values, translated when it is turned into a string."""

    message: str
    values: dict[str, Any] = field(default_factory=dict)
    plural: str | None = None

    def __str__(self) -> str:
        message = self.message
        if self.plural is not None and self.values["num"] != 1:
            message = self.plural
        if _locale.get() != "nl":
            message = _catalog(_locale.get()).get(message, message)
        return message % {name: shown(value) for name, value in self.values.items()} if self.values else message


def _(message: str, /, **values: Any) -> Text:
    """Mark a Dutch sentence for translation; `%(name)s` takes a value, which is shown in the reader's language."""
    return Text(message, values)


def n_(singular: str, plural: str, /, num: int, **values: Any) -> Text:
    """The same for a sentence that depends on a number, `%(num)s`."""
    return Text(singular, {"num": num, **values}, plural)


def locale() -> str:
    """The language in force: "nl" or "en"."""
    return _locale.get()


def set_locale(code: str | None) -> None:
    """Use a language for the rest of this request; anything unknown means Dutch."""
    _locale.set(code if code in LOCALES else "nl")


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Use a language within a block: a mail is written in its reader's, not in the sender's."""
    token = _locale.set(code if code in LOCALES else "nl")
    try:
        yield
    finally:
        _locale.reset(token)


def shown(value: Any) -> str:
    """A value as people read it: "21 november 2026", "€ 1.250.000,00", "ja"."""
    match value:
        case None:
            return "–"
        case bool():
            return str(_("ja") if value else _("nee"))
        case datetime():
            return format_datetime(dutch(value), "d MMMM y HH:mm", locale=_locale.get())
        case date():
            return format_date(value, "d MMMM y", locale=_locale.get())
        case Euro():
            return format_currency(value.value, "EUR", locale=_locale.get())
        case Decimal():
            return format_decimal(value, locale=_locale.get())
        case list() | tuple():
            return ", ".join(shown(item) for item in value)
        case _:
            return str(value)


@cache
def _catalog(code: str) -> dict[str, str]:
    """Sentence by sentence what `translations/<code>.po` says; plurals stand there as two entries of their own."""
    with (TRANSLATIONS / f"{code}.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id and entry.string}
