"""What a reviewer sends."""

from depot.core.forms import Prose, Schema


class ReturnIn(Schema):
    """Why a version goes back."""

    reason = Prose(data_key="reden", load_default="", limit=2000)
