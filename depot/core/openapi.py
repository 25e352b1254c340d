"""The JSON API by the Dutch API Design Rules (Logius, 2.1): OpenAPI 3.1, version in the path and in every answer."""

import http
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

import marshmallow as ma
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Response
from flask_smorest import Api, Blueprint
from flask_smorest.spec.plugins import FlaskPlugin
from flask_smorest.utils import prepare_response
from marshmallow import fields

from depot.core.forms import Schema, Upload, check, typed
from depot.core.http import API, is_api, on_http_error

VERSION = "1.0.0"

View = TypeVar("View", bound=Callable[..., Any])


class Problem(Schema):
    """A failure by RFC 9457, with a line per field that is wrong."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
    existing = fields.UUID(
        data_key="bestaand", metadata={"description": "De sleutel van wat er al is, als dat de reden is."}
    )


class _PathsWithoutPrefix(FlaskPlugin):  # type: ignore[misc] # flask-smorest has no types
    """The servers entry holds /api/v1, so the paths do not repeat it (API Design Rules, uri-version)."""

    def path_helper(self, rule: Any, operations: Any, parameters: Any, **kwargs: Any) -> str:
        path: str = super().path_helper(rule, operations, parameters, **kwargs)
        return path.removeprefix(API) or "/"


class DepotApi(Api):  # type: ignore[misc]
    """flask-smorest with our one shape of failure and the version header on every answer."""

    ERROR_SCHEMA = Problem
    ERROR_CONTENT_TYPE = "application/problem+json"
    DEFAULT_ERROR_RESPONSE_NAME = "DEFAULT_ERROR"

    def _register_responses(self) -> None:
        self.spec.components.header(
            "API_VERSION",
            {
                "description": "De volledige versie van de API.",
                "required": True,
                "schema": {"type": "string", "example": VERSION},
            },
        )
        rows: list[tuple[str, str, bool]] = [
            (item.name, item.phrase, item >= 400) for item in http.HTTPStatus if item >= 200
        ]
        for name, phrase, is_failure in [*rows, ("DEFAULT_ERROR", "Elke andere fout", True)]:
            response: dict[str, Any] = {
                "description": phrase,
                "headers": {"API-Version": {"$ref": "#/components/headers/API_VERSION"}},
            }
            if is_failure:
                response["schema"] = self.ERROR_SCHEMA
            prepare_response(response, self.spec, self.ERROR_CONTENT_TYPE)
            self.spec.components.response(name, response, lazy=True)

    def handle_http_exception(self, error: Any) -> Any:
        """Our own border shapes failures, for programs and for people."""
        return on_http_error(error)


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A group of API endpoints that document what the API Design Rules ask for."""

    def __init__(self, name: str, import_name: str, **kwargs: Any) -> None:
        super().__init__(f"api-{name}", import_name, url_prefix=API, **kwargs)
        self._prepare_doc_cbks.append(self._complete)  # must run last

    def at(self, method: str, path: str) -> Callable[[View], View]:
        """Answer a method (GET, POST, ...) at a path below /api/v1."""
        return self.route(path, methods=[method])  # type: ignore[no-any-return] # flask-smorest has no types

    def answers(self, schema: type[ma.Schema], status: int = 200) -> Callable[[View], View]:
        """Write what the view returns by a schema."""
        return self.response(status, schema)  # type: ignore[no-any-return] # flask-smorest has no types

    def takes(self, schema: type[ma.Schema]) -> Callable[[View], View]:
        """Load the multipart form by a schema and hand it to the view as `data`, as the pages do."""
        made = schema()
        assert any(isinstance(item, Upload) for item in made.fields.values())  # noqa: S101 - JSON bodies come with the next endpoints
        body = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}

        def decorate(view: View) -> View:
            @wraps(view)
            def load(**arguments: Any) -> Any:
                return view(data=check(made, typed(made)), **arguments)

            return self.doc(requestBody=body)(load)  # type: ignore[no-any-return] # flask-smorest has no types

        return decorate

    def gives(self, *media_types: str) -> Callable[[View], View]:
        """Document an answer that is a file of one of these types."""
        content = {name: {"schema": {"type": "string", "format": "binary"}} for name in media_types}
        headers = {"API-Version": {"$ref": "#/components/headers/API_VERSION"}}
        answer = {"200": {"description": "Het bestand.", "content": content, "headers": headers}}
        return self.doc(responses=answer)  # type: ignore[no-any-return] # flask-smorest has no types

    def describes(self, media_type: str) -> Callable[[View], View]:
        """Document an answer that describes messages: an object that anybody may read, without a key."""
        headers = {"API-Version": {"$ref": "#/components/headers/API_VERSION"}}
        content = {media_type: {"schema": {"type": "object"}}}
        answer = {"200": {"description": "De beschrijving.", "content": content, "headers": headers}}
        return self.doc(responses=answer, security=[])  # type: ignore[no-any-return] # flask-smorest has no types

    @staticmethod
    def _complete(doc: dict[str, Any], doc_info: Any, *, method: str, **_kwargs: Any) -> dict[str, Any]:
        responses: dict[Any, Any] = doc.setdefault("responses", {})
        if method in ("post", "put", "patch") or doc.get("parameters"):
            responses.setdefault(400, "BAD_REQUEST")
        for response in responses.values():
            if isinstance(response, dict) and "$ref" not in response:
                response.setdefault("headers", {}).setdefault("API-Version", "API_VERSION")
        return doc


def send_schema(text: str) -> Response:
    """A JSON Schema that any page anywhere may read, and keep for a day."""
    answer = Response(text, mimetype="application/schema+json")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.cache_control.public, answer.cache_control.max_age = True, 24 * 60 * 60
    return answer


def init_app(app: Flask) -> DepotApi:
    """Open the API and its description at /api/v1/openapi.json, which anybody may read."""
    app.config.update(
        API_TITLE="Depot",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=API,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {
                "description": "Bewijsstukken voor aanbestedingen: één keer aanleveren, steeds gecontroleerd.",
                "contact": {
                    "name": "Beheer van het depot",
                    "email": "beheer@depot.example",
                    "url": "https://depot.example",
                },
            },
            "servers": [{"url": f"https://depot.example{API}"}],
            "security": [{"bearer": []}],
        },
    )
    api = DepotApi(app, spec_kwargs={"flask_plugin": _PathsWithoutPrefix(), "marshmallow_plugin": MarshmallowPlugin()})
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})

    @app.after_request
    def add_version(response: Response) -> Response:
        if is_api():
            response.headers["API-Version"] = VERSION
        return response

    return api


def described(api: DepotApi) -> Mapping[str, Any]:
    """The OpenAPI document."""
    found: Mapping[str, Any] = api.spec.to_dict()
    return found
