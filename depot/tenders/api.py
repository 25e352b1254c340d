"""The language of requirements over JSON, for who writes rules with a program."""

import json

from flask import Response

from depot.core.openapi import ApiBlueprint
from depot.tenders.schema import json_schema

MEDIA_TYPE = "application/schema+json"
_DAY = 24 * 60 * 60

bp = ApiBlueprint("eisen", __name__, description="De taal waarin gemeenten eisen schrijven.")


@bp.at("GET", "/schemas/eisen")
@bp.describes(MEDIA_TYPE)
def rules_schema() -> Response:
    """Het JSON Schema (2020-12) van een set eisen."""
    answer = Response(schema_text(), mimetype=MEDIA_TYPE)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.cache_control.public, answer.cache_control.max_age = True, _DAY
    return answer


def schema_text() -> str:
    """The schema as text, as `docs/eisen.schema.json` holds it."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
