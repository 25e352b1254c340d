"""What comes in about a company's profile."""

from marshmallow import fields

from depot.companies.glossary import SERVICES, TARGET_GROUPS
from depot.core.forms import Choice, Schema


class ProfileIn(Schema):
    """What the company offers, and to whom."""

    services = fields.List(Choice(SERVICES), data_key="diensten", load_default=list)
    target_groups = fields.List(Choice(TARGET_GROUPS), data_key="doelgroepen", load_default=list)
