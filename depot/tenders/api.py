"""The language of requirements over JSON, for who writes rules with a program."""

import json

from flask import Response

from depot.core.openapi import ApiBlueprint, send_schema
from depot.tenders.schema import json_schema

bp = ApiBlueprint("eisen", __name__, description="De taal waarin gemeenten eisen schrijven.")


@bp.at("GET", "/schemas/eisen")
@bp.describes("application/schema+json")
def rules_schema() -> Response:
    """Het JSON Schema (2020-12) van een set eisen."""
    return send_schema(schema_text())


def schema_text() -> str:
    """The schema as text, as `docs/eisen.schema.json` holds it."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
