"""What comes in about a company's profile."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from depot.accounts.schemas import MunicipalityCode
from depot.companies.glossary import MUNICIPALITIES, REGIONS, SERVICES, TARGET_GROUPS
from depot.core.forms import Choice, Line, Schema, wrong
from depot.core.i18n import _

_CODES = {name.casefold(): code for code, name in MUNICIPALITIES.items()}


class Municipality(MunicipalityCode):
    """A municipality by its TOOI code, or by name where the depot knows it; gives the code."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        known = _CODES.get(value.strip().casefold(), value) if isinstance(value, str) else value
        return super()._deserialize(known, attr, data, **kwargs)


class EstablishmentNumber(Line):
    """The number of a branch: twelve digits, which people also write with spaces or points between them."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = re.sub(r"[ .]", "", super()._deserialize(value, attr, data, **kwargs))
        if not re.fullmatch(r"[0-9]{12}", text):
            raise wrong(_("Een vestigingsnummer heeft 12 cijfers."))
        return text


class ProfileIn(Schema):
    """What the company offers, to whom, and where."""

    services = fields.List(Choice(SERVICES), data_key="diensten", load_default=list)
    target_groups = fields.List(Choice(TARGET_GROUPS), data_key="doelgroepen", load_default=list)
    regions = fields.List(Choice(REGIONS), data_key="regios", load_default=list)


class CountedIn(Schema):
    """Whether the company counts in numbers for municipalities."""

    is_counted = fields.Boolean(load_default=False, data_key="meetellen")


class EstablishmentIn(Schema):
    """A branch as the register knows it."""

    number = EstablishmentNumber(required=True, data_key="nummer")
    address = Line(required=True, data_key="adres")
    municipality_code = Municipality(required=True, data_key="gemeente", limit=60)
