"""What a buyer says when asking for a bundle."""

from depot.bundles.models import LEGAL_GROUNDS
from depot.core.forms import Choice, Schema, Upload


class ReleaseIn(Schema):
    """The ground on which the municipality may read the documents."""

    legal_ground = Choice(LEGAL_GROUNDS, required=True, data_key="rechtsgrond")


class CheckIn(Schema):
    """A bundle that somebody has."""

    upload = Upload(required=True, data_key="bestand")
