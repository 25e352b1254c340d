"""What a reviewer sends, and who decides on companies that register."""

from marshmallow import fields

from depot.accounts.models import Ground
from depot.accounts.schemas import KvkNumber
from depot.core.forms import Choice, Day, Line, Prose, Schema, Upload
from depot.verification.mark_rules import ABSENT, STATUSES


class ReturnIn(Schema):
    """Why a version goes back."""

    reason = Prose(data_key="reden", load_default="", limit=2000)


class LeaveIn(Schema):
    """Which opening of a document is over; left out, whichever there is."""

    opened_until = Line(data_key="tot", load_default="", limit=40)


class RemarkIn(Schema):
    """What a reviewer found who looked anew; it may be nothing."""

    remark = Prose(data_key="opmerking", load_default="", limit=2000)


class AdmitIn(Schema):
    """On what ground a company comes in, what convinced, and whether the extract's seal was checked."""

    ground = Choice(Ground, required=True, data_key="grond")
    reason = Prose(required=True, data_key="verklaring", limit=2000)
    is_seal_checked = fields.Boolean(data_key="zegel", load_default=False)


class RefuseIn(Schema):
    """Why a company does not come in."""

    reason = Prose(data_key="reden", load_default="", limit=2000)


class SeenIn(Schema):
    """What became of a change in a register."""

    remark = Line(data_key="opmerking", load_default="", limit=500)


class MarkListIn(Schema):
    """The register of a mark as a list, and of which day."""

    scheme = Line(required=True, data_key="keurmerk", limit=40)
    as_of = Day(required=True, data_key="peildatum")
    upload = Upload(required=True, data_key="bestand")


class MarkLookIn(MarkListIn):
    """What a reviewer saw in the register of a mark of one company; without a status it is not in there."""

    kvk_number = KvkNumber(required=True, data_key="kvkNummer")
    holder = Line(required=True, data_key="houder", limit=200)
    number = Line(data_key="certificaatnummer", load_default="", limit=100)
    status = Choice([*STATUSES, ABSENT], required=True, data_key="status")
    valid_from = Day(data_key="geldigVanaf", load_default=None)
    valid_until = Day(data_key="geldigTot", load_default=None)
