"""What buyers and companies send about tenders."""

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from marshmallow import fields

from depot.core.clock import AMSTERDAM
from depot.core.forms import WRONG_YEAR, YEARS, Amount, Choice, Day, Line, Prose, Schema, parse_day, wrong
from depot.core.i18n import Text, _

PROCEDURES: dict[str, Text] = {
    "open": _("Openbaar"),
    "restricted": _("Niet-openbaar, met selectie"),
    "invitation": _("Op uitnodiging"),
    "social": _("Sociale en andere specifieke diensten"),
}

_MOMENT = re.compile(r"(?P<day>\S+)(?:\s+(?:om\s+)?|T)(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:\s*uur)?")


class Moment(fields.Field[datetime]):
    """A day and a time on a Dutch clock: "15-02-2027 12:00"."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        match = _MOMENT.fullmatch(str(value).strip())
        if match is None:
            raise wrong(_("Schrijf een dag en een tijd als 15-02-2027 12:00."))
        try:
            found = datetime.combine(parse_day(match["day"]), time(int(match["hour"]), int(match["minute"])), AMSTERDAM)
        except ValueError as error:
            raise wrong(_("%(moment)s bestaat niet.", moment=str(value)[:30])) from error
        if found.year not in YEARS:
            raise wrong(WRONG_YEAR)
        return _only(found)


def _only(moment: datetime) -> datetime:
    """The moment, if a Dutch clock shows it exactly once: one hour in spring never comes, one in autumn comes twice."""
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        raise wrong(_("Deze tijd valt in het uur waarin de klok wordt verzet. Kies een andere tijd."))
    return moment


class Cpv(Line):
    """A CPV code with its check digit, as the European list prints it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(r"\d{8}-\d", text):
            raise wrong(_("Schrijf een CPV-code als 79611000-0."))
        return text


class TenderIn(Schema):
    """A new tender."""

    number = Line(required=True, data_key="nummer", limit=40)
    title = Line(required=True, data_key="titel")
    procedure = Choice(PROCEDURES, required=True, data_key="procedure")
    cpv = fields.List(Cpv(), data_key="cpv", load_default=list)
    estimate = Amount(data_key="raming", load_default=None)
    closes_at = Moment(required=True, data_key="sluiting")
    evidence_until = Moment(required=True, data_key="bewijsTot")
    contract_starts_on = Day(data_key="startContract", load_default=None)


class RulesIn(Schema):
    """Requirements as rule JSON."""

    rules = Prose(required=True, data_key="regels", limit=200_000)


class TakePartIn(Schema):
    """A letter of intent and a consent."""

    declares = fields.Boolean(data_key="verklaring", load_default=False)
    consents = fields.Boolean(data_key="toestemming", load_default=False)
    authority = Line(required=True, data_key="bevoegdheid", limit=120)


class MotivationIn(Schema):
    """A decision about a participant, with the words for the company."""

    motivation = Prose(data_key="motivering", load_default="", limit=4000)


class DecisionIn(Schema):
    """A decision about one requirement that only the buyer can judge."""

    is_accepted = fields.Boolean(required=True, data_key="akkoord")
    motivation = Prose(required=True, data_key="motivering", limit=4000)
