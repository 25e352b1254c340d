"""The border with HTTP: one transaction a request, one shape for every failure, and the headers each answer carries."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, Any, BinaryIO, TypeVar, cast
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask.wrappers import Request as FlaskRequest
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestedRangeNotSatisfiable

from depot.core import db
from depot.core.errors import (
    Conflict,
    DepotError,
    Duplicate,
    Forbidden,
    Invalid,
    Missing,
    NotFound,
    Stale,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    UnsupportedType,
)
from depot.core.i18n import LOCALES, Text, _, set_locale
from depot.core.storage import store

F = TypeVar("F", bound=Callable[..., Any])

API = "/api/v1"
"""Under this path answers are JSON and failures are application/problem+json (RFC 9457); elsewhere they are pages."""

LANGUAGE_COOKIE = "taal"

log = structlog.get_logger()

STATUS: Mapping[type[DepotError], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Duplicate: 409,
    Stale: 409,
    TooLarge: 413,
    UnsupportedType: 415,
    TooMany: 429,
    Unavailable: 503,
    Missing: 503,
}

SENTENCES: Mapping[int, Text] = {
    400: _("De aanvraag klopt niet."),
    401: _("Log in om verder te gaan."),
    403: _("U hebt geen recht om dit te doen."),
    404: _("Deze pagina bestaat niet, of u mag haar niet zien."),
    405: _("Dit adres kan op deze manier niet worden gebruikt."),
    409: _("Dit kan niet meer: de gegevens zijn intussen veranderd."),
    413: _("Dit is meer dan het depot in één keer aanneemt."),
    415: _("Dit soort bestand of bericht neemt het depot niet aan."),
    416: _("Het bestand is korter dan waar u verder wilt lezen. Haal het opnieuw op."),
    429: _("U probeert het te vaak. Wacht even."),
    500: _("Er ging bij ons iets mis. Uw gegevens van vóór deze stap zijn bewaard."),
    503: _("Het depot kan dit nu niet doen. Probeer het over een halve minuut opnieuw."),
}

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "object-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Strict-Transport-Security": "max-age=31536000",
}


class Request(FlaskRequest):
    """A request whose uploads go straight to the object store's place for arrivals."""

    upload_limit: int | None = None
    """Bytes that one file may have, where an endpoint takes others than the setting says."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return cast(IO[bytes], store().receive(self.upload_limit or current_app.config["UPLOAD_LIMIT"]))


class DepotFlask(Flask):
    """Flask with one transaction around each view: returning commits, raising rolls back.

    `gates` run first inside it; they decide who is acting and refuse strangers.
    """

    request_class = Request

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gates: list[Callable[[], None]] = []

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer within one transaction; a GET takes no write lock unless `records` marks it.

        A body arrives before the lock is taken, and from nobody whom the gates refuse: a slow sender holds up no writer.
        """
        view = self.view_functions.get(request.endpoint or "")
        is_recorded = request.method == "GET" and getattr(view, "records", False)
        is_write = request.method not in ("GET", "HEAD", "OPTIONS") or is_recorded
        if is_write and request.routing_exception is None:
            with db.transaction(write=False):
                self._pass_gates()
            request.form  # noqa: B018 - reading it is what receives the body
        with db.transaction(write=is_write):
            if not is_write:
                self._pass_gates()
            # Rendered and shaped inside the transaction, so that a failing commit still becomes an error answer.
            return self.make_response(super().dispatch_request())

    def _pass_gates(self) -> None:
        for gate in self.gates:
            gate()


def records(view: F) -> F:
    """Mark a GET view that writes: who looked at a document is part of the answer."""
    view.records = True  # type: ignore[attr-defined]
    return view


def takes_one_click(view: F) -> F:
    """Mark a POST view whose address is signed: mail programs send it too, and they are on no page of ours (RFC 8058)."""
    view.takes_one_click = True  # type: ignore[attr-defined]
    return view


def is_api() -> bool:
    """Whether this request is answered in JSON."""
    return request.path.startswith(f"{API}/")


def refuse_nul() -> None:
    """No page of ours has an address with a NUL, and PostgreSQL takes none in a text."""
    if "\0" in request.path or any("\0" in value for values in request.args.listvalues() for value in values):
        abort(HTTPStatus.NOT_FOUND)


def refuse_other_origins() -> None:
    """A request that changes something must come from our own pages (ADR 0003); API requests carry a key instead."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method in ("GET", "HEAD", "OPTIONS") or is_api() or getattr(view, "takes_one_click", False):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site in ("same-origin", "none") or (site is None and origin and urlsplit(origin).netloc == request.host):
        return
    raise Forbidden(_("Dit formulier kwam niet van een pagina van het depot. Open de pagina opnieuw."))


def see_other(endpoint: str, **values: Any) -> Response:
    """After a POST: go and look at the result with a GET, so that reloading repeats nothing."""
    return cast(Response, redirect(url_for(endpoint, **values), code=HTTPStatus.SEE_OTHER))


@dataclass(frozen=True)
class Stored:
    """An object of the store with what a browser wants to know of it."""

    content: BinaryIO
    name: str
    media_type: str
    size: int
    sha256: str


def send_stored(stored: Stored) -> Response:
    """A stored object as an answer: shown by the browser's own viewer, framed by our pages alone."""
    response = send_file(
        stored.content, mimetype=stored.media_type, download_name=stored.name, etag=stored.sha256, max_age=0
    )
    response.content_length = stored.size
    response.headers["X-Frame-Same-Origin"] = "1"
    return response


@dataclass(frozen=True)
class Span:
    """The bytes from `start` up to `stop` of a body of `length` bytes."""

    start: int
    stop: int
    length: int


def asked_span(length: int, etag: str) -> Span:
    """The bytes that a request is about (RFC 9110, 14.2): one range of a body that did not change, else all of it.

    Raises 416 with the length when the range lies past the end. Several ranges at once are answered with everything.
    """
    unchanged = request.headers.get("If-Range") in (None, f'"{etag}"')
    ranges = request.range
    if ranges is None or ranges.units != "bytes" or len(ranges.ranges) != 1 or not unchanged:
        return Span(0, length, length)
    found = ranges.range_for_length(length)
    if found is None:
        raise RequestedRangeNotSatisfiable(length)
    return Span(*found, length)


def not_modified(etag: str) -> Response:
    """What is asked for is what the client has already."""
    response = Response(status=HTTPStatus.NOT_MODIFIED)
    response.set_etag(etag)
    return response


def send_span(span: Span, content: Iterable[bytes], *, etag: str, name: str, media_type: str) -> Response:
    """These bytes as a download that can be resumed; to HEAD the headers alone."""
    is_part = span.stop - span.start < span.length
    status = HTTPStatus.PARTIAL_CONTENT if is_part else HTTPStatus.OK
    response = Response(content, status, mimetype=media_type)
    response.content_length = span.stop - span.start
    response.set_etag(etag)
    response.accept_ranges = "bytes"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if is_part:
        response.content_range.set(span.start, span.stop, span.length)
    return response


def onward(path: str, otherwise: str) -> Response:
    """Go on to a page of our own that a form named; an address elsewhere is not followed."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\"))
    return cast(Response, redirect(path if is_ours else otherwise, code=HTTPStatus.SEE_OTHER))


def failure(
    status: int,
    text: Text,
    fields: Mapping[str, Sequence[Text]] | None = None,
    headers: Mapping[str, str] | None = None,
    existing: UUID | None = None,
) -> Response:
    """The one shape of a failure: problem+json for programs, the error page for people.

    For programs `bestaand` is the key of what is there already (an extension member, RFC 9457, 3.2).
    """
    if is_api():
        phrase = HTTPStatus(status).phrase
        body: dict[str, Any] = {"type": "about:blank", "title": phrase, "status": status, "detail": str(text)}
        if fields:
            body["errors"] = [
                {"pointer": name, "detail": str(line)} for name, lines in fields.items() for line in lines
            ]
        if existing:
            body["bestaand"] = str(existing)
        response = jsonify(body)
        response.content_type = "application/problem+json"
    else:
        response = make_response(render_template("errors/error.html", status=status, text=text, fields=fields or {}))
    response.status_code = status
    response.headers.update(headers or {})
    return response


def on_depot_error(error: DepotError) -> ResponseReturnValue:
    """A failure that the depot foresaw."""
    status = STATUS[type(error)]
    if isinstance(error, Unauthenticated) and not is_api():
        return see_other("accounts.sign_in", verder=request.full_path.rstrip("?"))
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
    if isinstance(error, TooMany | Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    log.info("refused", status=status, reason=type(error).__name__, endpoint=request.endpoint)
    existing = error.existing if isinstance(error, Duplicate) else None
    return failure(status, error.text, error.fields, headers, existing)


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    """A failure that Flask or Werkzeug found."""
    status = error.code or 500
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Content-Range", "Retry-After")}
    return failure(status, SENTENCES.get(status, SENTENCES[400 if status < 500 else 500]), headers=kept)


def on_integrity_error(error: IntegrityError) -> ResponseReturnValue:
    """A constraint of the database held where two requests met."""
    log.info("constraint", constraint=str(error.orig)[:200], endpoint=request.endpoint)
    return failure(409, SENTENCES[409])


def on_stale_error(_error: StaleDataError) -> ResponseReturnValue:
    """Somebody else changed the row in between; the second is told, and nothing is overwritten."""
    return failure(409, SENTENCES[409])


def on_database_away(error: OperationalError | InterfaceError | PoolTimeout) -> ResponseReturnValue:
    """The database is busy or away; nothing was half done. The page that says so asks the database nothing."""
    log.error("database", error=str(getattr(error, "orig", error))[:200], endpoint=request.endpoint)
    g.is_database_away = True
    return failure(503, SENTENCES[503], headers={"Retry-After": "30"})


def on_any_error(error: Exception) -> ResponseReturnValue:
    """What nobody foresaw: logged whole, told short."""
    log.exception("unforeseen", endpoint=request.endpoint, error=type(error).__name__)
    return failure(500, SENTENCES[500])


def choose_language() -> None:
    """The language of this request: the cookie's, else what the browser prefers, else Dutch."""
    set_locale(request.cookies.get(LANGUAGE_COOKIE) or request.accept_languages.best_match(["nl", *LOCALES], "nl"))


def add_headers(response: Response) -> Response:
    """The headers that every answer carries (internet.nl, API Design Rules); a view may loosen framing to our own pages."""
    ancestors = "'self'" if response.headers.pop("X-Frame-Same-Origin", None) else "'none'"
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value.format(ancestors=ancestors) if "{" in value else value)
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN" if ancestors == "'self'" else "DENY")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069/\\:*?\"<>|]+")


def safe_name(name: str | None, fallback: str, limit: int = 120) -> str:
    """A file name as people sent it, without paths, control signs, direction overrides or more than `limit` characters."""
    base = re.split(r"[/\\]", name or "")[-1]
    cleaned = _UNSAFE.sub("_", base).strip(". _")
    stem, dot, ending = cleaned.rpartition(".")
    if len(cleaned) > limit and dot:
        cleaned = f"{stem[: limit - len(ending) - 1]}.{ending}"
    return cleaned[:limit] or fallback


def init_app(app: DepotFlask, upload_limit_mib: int) -> None:
    """Put the border up."""
    app.config["UPLOAD_LIMIT"] = upload_limit_mib << 20
    # Beyond this the body is not even read; up to it a form comes back with what was typed.
    app.config["MAX_CONTENT_LENGTH"] = (upload_limit_mib << 20) * 3
    app.config["MAX_FORM_MEMORY_SIZE"] = 4 << 20  # facts with a list of 5,000 rows
    app.before_request(choose_language)
    app.before_request(refuse_nul)
    app.gates.append(refuse_other_origins)
    app.after_request(add_headers)
    app.register_error_handler(DepotError, on_depot_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(IntegrityError, on_integrity_error)
    app.register_error_handler(StaleDataError, on_stale_error)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(away, on_database_away)
    app.register_error_handler(Exception, on_any_error)
