"""What a company puts forward for a norm, and what a reviewer finds in it."""

from depot.core.forms import Choice, Key, Line, Prose, Schema
from depot.verification.equivalence_models import Shown


class ProofIn(Schema):
    """A document of the dossier for one norm, and where in it the norm is shown."""

    norm = Line(required=True, limit=40)
    version_id = Key(required=True, data_key="document")
    explanation = Prose(required=True, data_key="toelichting", limit=2000)


class LookIn(Schema):
    """Whether the document shows what the company says."""

    shown = Choice(Shown, required=True, data_key="oordeel")
    remark = Prose(data_key="opmerking", load_default="", limit=1000)
