"""What a company says when it makes a code, and what a municipality looks up."""

from marshmallow import fields

from depot.core.forms import Day, Key, Line, Prose, Schema, Upload


class CodeIn(Schema):
    """For whom a code is, about which kinds, until when and why."""

    recipient = Key(data_key="gemeente", load_default=None)
    tender = Key(data_key="aanbesteding", load_default=None)
    kinds = fields.List(Line(limit=60), data_key="soorten", load_default=list)
    until = Day(data_key="geldigTot", required=True)
    reason = Line(data_key="reden", required=True)


class LookIn(Schema):
    """One code or a list of them, one a line, typed or as a file."""

    typed = Prose(limit=30_000, data_key="codes", load_default="")
    upload = Upload(data_key="bestand", load_default=None)
