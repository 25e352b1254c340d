"""What comes in from the operator."""

from depot.accounts.schemas import Email
from depot.core.forms import Line, Schema


class MarkIn(Schema):
    """An address at which nothing arrives."""

    address = Email(required=True, data_key="email")
    reason = Line(required=True, data_key="reden")
