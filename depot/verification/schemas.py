"""What a reviewer sends, and who decides on companies that register."""

from marshmallow import fields

from depot.accounts.models import Ground
from depot.core.forms import Choice, Prose, Schema


class ReturnIn(Schema):
    """Why a version goes back."""

    reason = Prose(data_key="reden", load_default="", limit=2000)


class AdmitIn(Schema):
    """On what ground a company comes in, what convinced, and whether the extract's seal was checked."""

    ground = Choice(Ground, required=True, data_key="grond")
    reason = Prose(required=True, data_key="verklaring", limit=2000)
    is_seal_checked = fields.Boolean(data_key="zegel", load_default=False)


class RefuseIn(Schema):
    """Why a company does not come in."""

    reason = Prose(data_key="reden", load_default="", limit=2000)
