"""What buyers and companies send about tenders."""

import re
from collections.abc import Mapping
from datetime import datetime, time
from itertools import cycle
from typing import Any

import marshmallow as ma
from marshmallow import fields

from depot.accounts.schemas import KvkNumber
from depot.core.clock import AMSTERDAM
from depot.core.forms import (
    REQUIRED,
    WRONG_YEAR,
    YEARS,
    Amount,
    Choice,
    Day,
    Line,
    Number,
    Prose,
    Schema,
    parse_day,
    wrong,
)
from depot.core.i18n import Text, _
from depot.tenders.parties import OTHERS
from depot.tenders.requirements import ROLES, STAGES, Aggregation, Severity

PROCEDURES: dict[str, Text] = {
    "open": _("Openbaar"),
    "restricted": _("Niet-openbaar, met selectie"),
    "invitation": _("Op uitnodiging"),
    "social": _("Sociale en andere specifieke diensten"),
    "open_house": _("Open house: toelating loopt door"),
    "external": _("Loopt in een ander systeem, zoals TenderNed of Mercell"),
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
        if text[:2] not in _DIVISIONS or int(text[9]) != check_digit(text[:8]):
            raise wrong(_("%(code)s staat niet in de CPV. Kijk het controlecijfer na.", code=text))
        return text


class Cpvs(fields.Field[list[str]]):
    """Some CPV codes, with commas or spaces in between."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[str]:
        return [Cpv().deserialize(part) for part in re.split(r"[\s,;]+", str(value).strip()) if part]


_DIVISIONS = frozenset(
    [
        "03",
        "09",
        "14",
        "15",
        "16",
        "18",
        "19",
        "22",
        "24",
        "30",
        "31",
        "32",
        "33",
        "34",
        "35",
        "37",
        "38",
        "39",
        "41",
        "42",
        "43",
        "44",
        "45",
        "48",
        "50",
        "51",
        "55",
        "60",
        "63",
        "64",
        "65",
        "66",
        "70",
        "71",
        "72",
        "73",
        "75",
        "76",
        "77",
        "79",
        "80",
        "85",
        "90",
        "92",
        "98",
    ]
)
"""The first two digits of every code: the divisions of the CPV (Regulation (EC) 213/2008)."""


def check_digit(code: str) -> int:
    """The ninth digit of a CPV code, of its first eight: their sum by the weights 3, 7, 1, modulo ten."""
    return sum(int(digit) * weight for digit, weight in zip(code, cycle((3, 7, 1)), strict=False)) % 10


class Lots(fields.Field[tuple[tuple[str, str], ...]]):
    """Lots as lines of a code and a title: "1 Toeleiding naar werk"."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[tuple[str, str], ...]:
        lines = Prose(limit=MOST_LOTS * 250).deserialize(value).splitlines()
        found = [_LOT.fullmatch(line) for line in lines if line.strip()]
        if None in found:
            raise wrong(_("Schrijf op elke regel een nummer en een naam, zoals: 1 Toeleiding naar werk."))
        lots = tuple((match["code"], match["title"].strip()) for match in found if match)
        if len({code for code, _title in lots}) < len(lots):
            raise wrong(_("Elk perceel heeft een eigen nummer."))
        if len(lots) > MOST_LOTS:
            raise wrong(_("Er passen ten hoogste %(count)s percelen in een aanbesteding.", count=MOST_LOTS))
        return lots


MOST_LOTS = 50
_LOT = re.compile(r"\s*(?P<code>[A-Za-z0-9][A-Za-z0-9-]{0,19})[.:]?\s+(?P<title>\S.{0,199})")


class TenderIn(Schema):
    """A new tender."""

    title = Line(required=True, data_key="titel")
    number = Line(required=True, data_key="nummer", limit=40)
    procedure = Choice(PROCEDURES, required=True, data_key="procedure")
    cpv = Cpvs(data_key="cpv", load_default=list)
    estimate = Amount(data_key="raming", load_default=None)
    applications_until = Moment(data_key="aanmeldenTot", load_default=None)
    closes_at = Moment(required=True, data_key="sluiting")
    evidence_until = Moment(data_key="bewijsTot", load_default=None)
    contract_starts_on = Day(data_key="startContract", load_default=None)
    external_system = Line(data_key="systeem", limit=60, load_default=None)
    external_number = Line(data_key="systeemNummer", limit=60, load_default=None)
    lots = Lots(data_key="percelen", load_default=())

    @ma.validates_schema
    def fits(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        """Each procedure asks for its own."""
        missing = {
            "aanmeldenTot": data["procedure"] == "restricted" and data["applications_until"] is None,
            "systeem": data["procedure"] == "external" and data["external_system"] is None,
        }
        found = {name: [REQUIRED] for name, is_missing in missing.items() if is_missing}
        if found:
            raise ma.ValidationError(found)


class TenderChangeIn(TenderIn):
    """A draft tender as it is to be; `versie` says what its writer had before them."""

    row_version = Number(required=True, is_whole=True, data_key="versie")


class DatesIn(Schema):
    """Where the dates of a published tender move to, and why; `versie` says what its writer had before them."""

    row_version = Number(required=True, is_whole=True, data_key="versie")
    applications_until = Moment(data_key="aanmeldenTot", load_default=None)
    closes_at = Moment(data_key="sluiting", load_default=None)
    evidence_until = Moment(data_key="bewijsTot", load_default=None)
    contract_starts_on = Day(data_key="startContract", load_default=None)
    reason = Prose(required=True, data_key="reden", limit=1000)


class InviteIn(Schema):
    """A company to ask, and in which round."""

    kvk_number = Line(required=True, data_key="kvkNummer", limit=20)
    round = Choice(("1", "2", "3"), data_key="ronde", load_default="1")


class LotDecisionIn(Schema):
    """A decision about a participant in one lot."""

    is_accepted = fields.Boolean(required=True, data_key="akkoord")
    motivation = Prose(data_key="motivering", load_default="", limit=4000)


class RulesIn(Schema):
    """Requirements as rule JSON."""

    rules = Prose(required=True, data_key="regels", limit=200_000)


class TakePartIn(Schema):
    """A letter of intent and a consent."""

    declares = fields.Boolean(data_key="verklaring", load_default=False)
    consents = fields.Boolean(data_key="toestemming", load_default=False)
    authority = Line(load_default="", data_key="bevoegdheid", limit=120)
    lots = fields.List(Line(limit=20), data_key="percelen", load_default=list)


class MotivationIn(Schema):
    """A decision about a participant, with the words for the company."""

    motivation = Prose(data_key="motivering", load_default="", limit=4000)


class ContractIn(Schema):
    """From when to when a contract runs."""

    starts_on = Day(required=True, data_key="beginContract")
    ends_on = Day(required=True, data_key="eindeContract")


class DecisionIn(Schema):
    """A decision about one requirement that only the buyer can judge."""

    is_accepted = fields.Boolean(required=True, data_key="akkoord")
    motivation = Prose(required=True, data_key="motivering", limit=4000)


class PartyIn(Schema):
    """Another company that is asked to be a party."""

    kvk_number = KvkNumber(required=True, data_key="kvkNummer")
    role = Choice(OTHERS, required=True, data_key="rol")
    task = Line(required=True, data_key="taak", limit=300)


class PartyAnswerIn(Schema):
    """The declaration and the consent of a company that agrees to be a party."""

    declares = fields.Boolean(data_key="verklaring", load_default=False)
    consents = fields.Boolean(data_key="toestemming", load_default=False)
    authority = Line(load_default="", data_key="bevoegdheid", limit=120)


class CureIn(Schema):
    """What a company may mend, and until when."""

    requirements = fields.List(Line(limit=40), required=True, data_key="eisen")
    question = Prose(required=True, data_key="vraag", limit=4000)
    until = Moment(required=True, data_key="tot")


class ReasonIn(Schema):
    """Why something stops."""

    reason = Prose(data_key="motivering", load_default="", limit=4000)


class SharingIn(Schema):
    """Whether later buyers may read what was decided."""

    shares = fields.Boolean(data_key="delen", load_default=False)


class RequirementIn(Schema):
    """A requirement that is filled in again; the answers to its standard's questions stand beside these fields."""

    class Meta:
        """What else the form holds are those answers."""

        unknown = ma.EXCLUDE

    label = Line(required=True, data_key="naam")
    legal_basis = Line(data_key="grondslag", load_default=None)
    severity = Choice(Severity, required=True, data_key="ernst")
    stage = Choice(STAGES, data_key="fase", load_default=None)
    roles = fields.List(Choice(ROLES), data_key="rollen", load_default=list)
    aggregation = Choice(Aggregation, data_key="telling", load_default=None)
    lots = fields.List(Line(limit=20), data_key="percelen", load_default=list)


class OrderIn(Schema):
    """A requirement and its new place in the list, counted from 0."""

    requirement = Line(required=True, data_key="eis", limit=20)
    to = fields.Integer(required=True, data_key="plaats")


class CopyIn(Schema):
    """The requirements to take over."""

    ids = fields.List(Line(limit=20), data_key="eisen", load_default=list)


class DeviationIn(Schema):
    """A word of the list of definitions, and what it means here."""

    term = Line(required=True, data_key="begrip", limit=40)
    meaning = Line(required=True, data_key="betekenis", limit=400)


class PaperIn(Schema):
    """A kind of document that is asked on paper, and why."""

    kind = Line(required=True, data_key="soort", limit=60)
    reason = Line(required=True, data_key="reden", limit=400)
