"""What comes in with a document, and how it looks to programs."""

import json
from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from depot.core.forms import Choice, Day, Key, Line, Schema, Upload, texts, wrong
from depot.core.i18n import _
from depot.documents.models import UNKNOWN, Relation

NEXT = (Relation.RENEWAL, Relation.CORRECTION, Relation.CHANGE)


class Facts(fields.Field[dict[str, Any]]):
    """The facts of a document as a JSON object: in a JSON body as it is, in a form as text."""

    default_error_messages = texts(invalid=_("Schrijf de gegevens als JSON-object."))

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[str, Any]:
        try:
            found = json.loads(value) if isinstance(value, str) else value
        except (ValueError, RecursionError) as error:
            raise wrong(_("Schrijf de gegevens als JSON-object.")) from error
        if not isinstance(found, dict):
            raise self.make_error("invalid")
        return found

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value


class DraftIn(Schema):
    """A file for a new document, unless its kind does without; `sleutel` makes a repeated form harmless."""

    key = Key(data_key="sleutel", load_default=None)
    kind = Line(required=True, data_key="soort", limit=60)
    title = Line(data_key="titel", load_default="")
    upload = Upload(data_key="bestand", load_default=None)


class DraftsIn(Schema):
    """Files for new documents, of one kind or of kinds to be guessed; each is looked at by itself, so that one that is
    wrong can be named.
    """

    key = Key(data_key="sleutel", load_default=None)
    kind = Line(data_key="soort", load_default=UNKNOWN, limit=60)
    title = Line(data_key="titel", load_default="")
    uploads = fields.List(Upload(is_one_of_several=True), data_key="bestand", load_default=list)


class KindIn(Schema):
    """The kind that a draft is of after all."""

    kind = Line(required=True, data_key="soort", limit=60)
    onward = Line(data_key="verder", load_default="")


class SuccessorIn(Schema):
    """A file for the next version of a document, and what it is to the one before it."""

    relation = Choice(NEXT, required=True, data_key="relatie")
    effective_on = Day(data_key="ingangsdatum", load_default=None)
    upload = Upload(data_key="bestand", load_default=None)


class ListIn(Schema):
    """A table that becomes the rows of a list."""

    upload = Upload(required=True, data_key="bestand")


class DepositIn(DraftIn):
    """A whole document in one message."""

    facts = Facts(required=True, data_key="gegevens")


class NextIn(SuccessorIn):
    """A whole next version in one message."""

    facts = Facts(required=True, data_key="gegevens")


class VersionOut(Schema):
    """A version as its company sees it."""

    number = fields.Integer(required=True, data_key="nummer")
    relation = fields.String(required=True, data_key="relatie")
    state = fields.String(required=True, data_key="beoordelingsstatus")
    effective_on = fields.Date(data_key="ingangsdatum", allow_none=True)
    facts = Facts(attribute="best_facts", data_key="gegevens")
    submitted_at = fields.AwareDateTime(data_key="ingediendOp", allow_none=True)
    issued_on = fields.Date(data_key="afgifteDatum", allow_none=True)
    valid_from = fields.Date(data_key="geldigVanDatum", allow_none=True)
    valid_until = fields.Date(data_key="geldigTotEnMetDatum", allow_none=True)
    sha256 = fields.String(attribute="file.sha256")
    size = fields.Integer(attribute="file.size", data_key="omvang")
    name = fields.String(attribute="file.name", data_key="bestandsnaam")
    scan_state = fields.String(attribute="file.scan_state", data_key="virusscan")


class DocumentOut(Schema):
    """A document with its versions, oldest first."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, data_key="soort")
    title = fields.String(required=True, data_key="titel")
    versions = fields.List(fields.Nested(VersionOut), required=True, data_key="versies")


class DocumentsOut(Schema):
    """All documents of the company."""

    documents = fields.List(fields.Nested(DocumentOut), required=True, data_key="documenten")
