"""What every page can say and show: the filters and globals of the templates."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from babel.numbers import format_decimal
from flask import Flask, request
from markupsafe import Markup
from werkzeug.local import LocalProxy

from depot.core import clock, forms, i18n
from depot.core.i18n import Euro, Text, _, n_

_ITEM = re.compile(r"\.\d+$")


def shown(value: Any) -> str:
    """A value as people read it; what is markup already stays markup."""
    return value if isinstance(value, Markup) else i18n.shown(value)


def euro(value: Decimal | None) -> str:
    """An amount in euro: "€ 1.250.000,00". Whether VAT is in it, the page says."""
    return i18n.shown(None if value is None else Euro(value))


def relative_day(day: date) -> Text:
    """How far a day, or the Dutch day of an instant, lies from today: "over 12 dagen", "12 dagen geleden", "vandaag"."""
    distance = ((clock.day_of(day) if isinstance(day, datetime) else day) - clock.today()).days
    if distance == 0:
        return _("vandaag")
    if distance > 0:
        return n_("over %(num)s dag", "over %(num)s dagen", num=distance)
    return n_("%(num)s dag geleden", "%(num)s dagen geleden", num=-distance)


def file_size(size: int) -> str:
    """A number of bytes in decimal units: "1,2 MB", "340 kB"."""
    number, unit = Decimal(size), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if number < 1000:
            break
        number, unit = number / 1000, larger
    digits = "#,##0" if unit in ("bytes", "kB") else "#,##0.0"
    return f"{format_decimal(number, digits, locale=i18n.locale())} {unit}"


def as_typed(value: Any) -> str:
    """A value as people type it into a field: "21-11-2026", "21-11-2026 12:00", "3,5"; nothing for what is absent."""
    match value:
        case None:
            return ""
        case datetime():
            return f"{clock.dutch(value):%d-%m-%Y %H:%M}"
        case date():
            return f"{value:%d-%m-%Y}"
        case Decimal():
            return str(value).replace(".", ",")
        case _:
            return str(value)


def amount_typed(value: Any) -> str:
    """An amount as people type it: "1.250.000,00"; what was typed before stays as it was."""
    return format_decimal(value, "#,##0.00", locale="nl") if isinstance(value, Decimal) else as_typed(value)


def machine_time(value: date | datetime) -> str:
    """A day or instant in ISO 8601, for the `datetime` of a `<time>`."""
    return value.isoformat()


def field_anchor(name: str) -> str:
    """The id of the field that a path of errors belongs to; `bestanden.0` is shown at `bestanden`."""
    return f"field-{_ITEM.sub('', name)}"


def field_errors(name: str) -> list[Text]:
    """What is wrong with a field of this request's form, with what is wrong with each of its answers."""
    errors = forms.state().errors
    return [line for path, lines in errors.items() if path == name or _ITEM.sub("", path) == name for line in lines]


def with_argument(name: str, value: Any) -> str:
    """The address of this page with one query argument changed: filters stay when people turn the page."""
    arguments = request.args.to_dict(flat=False) | {name: [value]}
    return f"{request.path}?{urlencode(arguments, doseq=True)}"


def init_app(app: Flask) -> None:
    """Give the templates their words. Globals rather than context, because imported macros see only globals."""
    app.jinja_env.globals.update(
        _=_,
        _n=n_,
        form=LocalProxy(forms.state),
        locale=LocalProxy(i18n.locale),
        languages=i18n.LOCALES,
        relative=relative_day,
        field_anchor=field_anchor,
        field_errors=field_errors,
        with_argument=with_argument,
    )
    app.jinja_env.filters.update(
        shown=shown,
        euro=euro,
        relative=relative_day,
        file_size=file_size,
        as_typed=as_typed,
        amount_typed=amount_typed,
        machine_time=machine_time,
    )
