"""What comes in: one marshmallow schema reads the API body and the HTML form, in Dutch notation too, and says what is wrong.

A form that is refused is shown again by the view that showed it first, with what was typed and a sentence at each field.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import wraps
from inspect import signature
from typing import Any, TypeVar
from unicodedata import normalize
from uuid import UUID

import marshmallow as ma
from flask import Response, g, make_response, request
from flask.typing import ResponseReturnValue
from marshmallow.exceptions import SCHEMA
from werkzeug.datastructures import FileStorage

from depot.core import db
from depot.core.errors import DepotError, Duplicate, Forbidden, Invalid, NotFound, TooMany, Unauthenticated, Unavailable
from depot.core.http import STATUS
from depot.core.i18n import Text, _
from depot.core.storage import Incoming

REQUIRED = _("Vul dit in.")
NOT_TEXT = _("Dit is geen tekst.")
WRONG_YEAR = _("Schrijf een jaar van 1900 tot en met 2199.")
WRONG_CHOICE = _("Kies een van de mogelijkheden.")

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def texts(**messages: Text) -> dict[str, Any]:
    """Sentences by marshmallow's error codes; it hands them on without looking at them."""
    return messages


def wrong(text: Text) -> ma.ValidationError:
    """What a field raises; marshmallow hands the sentence on without looking at it."""
    return ma.ValidationError([text])


ma.fields.Field.default_error_messages.update(
    texts(required=REQUIRED, null=REQUIRED, validator_failed=_("Dit klopt niet."))
)
ma.fields.Boolean.default_error_messages.update(texts(invalid=_("Kies ja of nee.")))


class Schema(ma.Schema):
    """A message with fixed fields; any other field is refused."""

    error_messages = texts(unknown=_("Dit veld bestaat niet."), type=_("Dit bericht heeft niet de juiste vorm."))


class Line(ma.fields.String):
    """Text on one line: spaces trimmed, NFC, no control signs, at most `limit` characters."""

    default_error_messages = texts(invalid=NOT_TEXT)

    def __init__(self, *, limit: int = 200, **kwargs: Any) -> None:
        super().__init__(metadata={"maxLength": limit}, **kwargs)
        self.limit = limit

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = normalize("NFC", super()._deserialize(value, attr, data, **kwargs)).replace("\t", " ").strip()
        if not text and self.required:
            raise wrong(REQUIRED)
        if _CONTROL.search(text):
            raise wrong(_("Hier staat een teken in dat niet zichtbaar is. Typ de tekst opnieuw."))
        if len(text) > self.limit:
            raise wrong(_("Dit is langer dan %(limit)s tekens.", limit=self.limit))
        return text


class Prose(Line):
    """Text of several lines."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        lines = [
            super(Prose, self)._deserialize(line, attr, data, **kwargs) if line.strip() else ""
            for line in value.splitlines()
        ]
        text = "\n".join(lines).strip()
        if not text and self.required:
            raise wrong(REQUIRED)
        if len(text) > self.limit:
            raise wrong(_("Dit is langer dan %(limit)s tekens.", limit=self.limit))
        return text


class Day(ma.fields.Date):
    """A calendar day: dd-mm-jjjj as people write it, or ISO 8601; its year leaves room to count periods from it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        try:
            day = parse_day(value)
        except ValueError as error:
            raise wrong(_day_error(value)) from error
        if day.year not in YEARS:
            raise wrong(WRONG_YEAR)
        return day


class Amount(ma.fields.Decimal):
    """An amount in euro: "1.250.000,00" as people write it, or a decimal string; never negative unless allowed."""

    def __init__(self, *, is_signed: bool = False, **kwargs: Any) -> None:
        super().__init__(as_string=True, places=2, **kwargs)
        self.is_signed = is_signed

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Decimal:
        try:
            amount = parse_amount(str(value))
        except ValueError as error:
            raise wrong(_("Schrijf een bedrag als 1.250.000,00.")) from error
        if amount < 0 and not self.is_signed:
            raise wrong(_("Een bedrag kan hier niet negatief zijn."))
        return amount


class Key(ma.fields.UUID):
    """The key of a thing."""

    default_error_messages = texts(invalid_uuid=WRONG_CHOICE)


class Upload(ma.fields.Raw):
    """A file that came with the form; checked for being there and, unless one of several, for not being empty."""

    def __init__(self, *, is_one_of_several: bool = False, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "binary"}, **kwargs)
        self.is_one_of_several = is_one_of_several

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> FileStorage:
        if not isinstance(value, FileStorage) or not isinstance(value.stream, Incoming) or not value.filename:
            raise wrong(_("Kies een bestand."))
        if value.stream.size == 0 and not self.is_one_of_several:
            raise wrong(_("Dit bestand is leeg. Kies een ander bestand."))
        return value


class Choice(ma.fields.String):
    """One of a fixed set of codes."""

    default_error_messages = texts(invalid=WRONG_CHOICE)

    def __init__(self, codes: Any, **kwargs: Any) -> None:
        self.codes = tuple(str(code) for code in codes)
        super().__init__(metadata={"enum": list(self.codes)}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text not in self.codes:
            raise self.make_error("invalid")
        return text


class Number(ma.fields.Decimal):
    """A number, with a decimal comma or point."""

    def __init__(self, *, is_whole: bool = False, **kwargs: Any) -> None:
        super().__init__(as_string=True, **kwargs)
        self.is_whole = is_whole

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Decimal:
        text = str(value).strip().replace(",", ".")
        if not re.fullmatch(r"\d{1,12}" if self.is_whole else r"-?\d{1,12}(\.\d{1,4})?", text):
            raise wrong(_("Schrijf een heel getal.") if self.is_whole else _("Schrijf een getal."))
        return Decimal(text)


# Half a surrogate pair can come in with JSON; no page can show it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
YEARS = range(1900, 2200)
_DUTCH_DAY = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_PLAIN_AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,2})?")
_DUTCH_AMOUNT = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d{1,2})?|-?\d{1,12},\d{1,2}")


def parse_day(text: str) -> date:
    """Read dd-mm-jjjj or jjjj-mm-dd; raises ValueError when it is neither, or no such day exists."""
    if match := _ISO_DAY.fullmatch(str(text).strip()):
        return date(*map(int, match.groups()))
    if match := _DUTCH_DAY.fullmatch(str(text).strip()):
        day, month, year = map(int, match.groups())
        return date(year, month, day)
    raise ValueError(text)


def parse_amount(text: str) -> Decimal:
    """Read "1250000", "1250000.00", "1.250.000,00", with or without the euro sign; raises ValueError on what is ambiguous."""
    bare = text.replace("€", "").replace("\u00a0", " ").strip()
    if _PLAIN_AMOUNT.fullmatch(bare):
        return Decimal(bare)
    if _DUTCH_AMOUNT.fullmatch(bare):
        return Decimal(bare.replace(".", "").replace(",", "."))
    raise ValueError(text)


def _day_error(value: Any) -> Text:
    text = str(value)[:20]
    if _DUTCH_DAY.fullmatch(text.strip()) or _ISO_DAY.fullmatch(text.strip()):
        return _("%(day)s bestaat niet.", day=text)
    return _("Schrijf een datum als 21-11-2026.")


@dataclass(frozen=True)
class FormState:
    """What was typed and what was wrong with it; an untouched form has neither."""

    values: Mapping[str, list[str]] = field(default_factory=dict)
    errors: Mapping[str, Sequence[Text]] = field(default_factory=dict)
    text: Text | None = None
    existing: UUID | None = None
    """The key of what is there already, when that is what was wrong."""

    def value(self, name: str, default: Any = "") -> Any:
        """What to show in a field."""
        typed = self.values.get(name)
        return default if typed is None else typed[0]

    def chosen(self, name: str, default: Any = ()) -> Any:
        """What to tick in a field with several answers; a form that was sent without any has none."""
        return self.values.get(name, [] if self.values else default)


def state() -> FormState:
    """The form of this request, for the page's macros."""
    return g.get("form") or FormState()


def continue_with(values: Mapping[str, list[str]]) -> None:
    """Show what was typed at an earlier time, as it was typed; a form of this very request comes first."""
    if "form" not in g:
        g.form = FormState(values)


def check(schema: ma.Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    """Load data by a schema; raises Invalid with a sentence on each field that breaks it."""
    try:
        return dict(schema.load(data))
    except ma.ValidationError as error:
        raise Invalid(_("Niet alles is goed ingevuld."), flat(error.messages)) from error  # type: ignore[arg-type]


def flat(messages: Mapping[Any, Any], prefix: str = "") -> dict[str, list[Text]]:
    """Marshmallow's nested messages as one list per path: `eisen.0.soort`."""
    found: dict[str, list[Text]] = {}
    for key, value in messages.items():
        path = prefix if key == SCHEMA else f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, Mapping):
            found |= flat(value, path)
        else:
            # A field's own message arrives bare when it is a Text; marshmallow puts only plain strings in a list.
            lines = [value] if isinstance(value, Text) else value
            found[path] = [line if isinstance(line, Text) else Text(str(line).replace("%", "%%")) for line in lines]
    return found


def typed(schema: ma.Schema) -> dict[str, Any]:
    """The form of this request as the schema's fields want it: blanks are absent, lists are lists, files are files."""
    values: dict[str, Any] = {}
    chosen = {
        name for name, file in request.files.items(multi=True) if file.filename
    }  # a browser sends an empty choice too
    for name in {*request.form, *chosen}:
        member = next((item for item in schema.fields.values() if (item.data_key or item.name) == name), None)
        answers = [answer for answer in request.form.getlist(name) if answer.strip()]
        if name in chosen and isinstance(member, ma.fields.List):
            values[name] = [file for file in request.files.getlist(name) if file.filename]
        elif name in chosen:
            values[name] = request.files[name]
        elif isinstance(member, ma.fields.List):
            values[name] = answers
        elif answers:
            values[name] = answers[0]
    return values


def submits(schema: type[ma.Schema] | None, again: Callable[..., ResponseReturnValue]) -> Callable[[View], View]:
    """Make a view the receiving half of the form that `again` shows.

    The view gets what the schema loaded as `data`. When schema or service refuses, nothing is changed, and `again`, given
    those parts of the address that it takes, shows the form with what was typed, sentences at the fields, and the status.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def submit(**arguments: Any) -> ResponseReturnValue:
            try:
                if schema is None:
                    return view(**arguments)
                made = schema()
                return view(data=check(made, typed(made)), **arguments)
            except (NotFound, Unauthenticated, Forbidden):
                raise
            except DepotError as error:
                db.undo()
                try:
                    taken = signature(again).parameters
                    return show_again(error, again, **{name: arguments[name] for name in arguments if name in taken})
                except DepotError:
                    raise error from None  # there is no form to go back to; what was refused still says why

        return submit  # type: ignore[return-value]

    return decorate


def show_again(error: DepotError, again: Callable[..., ResponseReturnValue], **arguments: Any) -> Response:
    """The form as it was sent, with what is wrong and the failure's status; whether work is undone is the caller's."""
    existing = error.existing if isinstance(error, Duplicate) else None
    g.form = FormState(request.form.to_dict(flat=False), error.fields, error.text, existing)
    response = make_response(again(**arguments))
    response.status_code = STATUS[type(error)]
    if isinstance(error, TooMany | Unavailable):
        response.headers["Retry-After"] = str(error.retry_after)
    return response
