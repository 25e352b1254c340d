"""What bundles say, over JSON, for who reads them with a program."""

from flask import Response

from depot.bundles import schema
from depot.core.openapi import ApiBlueprint, send_schema

bp = ApiBlueprint("bundels", __name__, description="Wat er in een verzegelde bundel staat.")


@bp.at("GET", "/schemas/bundel")
@bp.describes("application/schema+json")
def bundle_schema() -> Response:
    """Het JSON Schema (2020-12) van `data/bundel.json`."""
    return send_schema(schema.text())
