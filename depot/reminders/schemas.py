"""What comes in about the mails that somebody wants."""

from marshmallow import fields

from depot.core.forms import Choice, Schema
from depot.reminders.models import Rhythm


class PreferenceIn(Schema):
    """How often, and whether the monthly statement is wanted."""

    rhythm = Choice(Rhythm, required=True, data_key="ritme")
    wants_statement = fields.Boolean(data_key="overzicht", load_default=False)
