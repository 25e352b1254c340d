"""Reference codes: as the company makes and revokes them, and as the municipality looks them up."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, render_template, url_for
from flask.typing import ResponseReturnValue

from depot.accounts import queries as accounts
from depot.accounts.session import actor
from depot.bundles import code_queries as queries
from depot.bundles import code_rules, code_texts, codes
from depot.bundles.code_models import Code
from depot.bundles.code_schemas import CodeIn, LookIn
from depot.catalogue.service import catalogue
from depot.core import clock, qr
from depot.core.errors import NotFound
from depot.core.forms import show_again, submits
from depot.core.http import records, see_other
from depot.core.i18n import _

bp = Blueprint("codes", __name__)

LOOKS_SHOWN = 100
UNKNOWN = _(
    "Deze verwijzing vinden wij niet. Is een teken verkeerd overgenomen? Of is de code voor een andere gemeente? "
    "Vraag het bedrijf om de code."
)
"""The same answer whatever is wrong, so that nobody learns which codes exist."""


@bp.get("/verwijzingen")
def index() -> ResponseReturnValue:
    """The codes of the company."""
    rows = queries.index(actor())
    return render_template("bundles/codes.html", codes=rows, looks=queries.look_counts([row.id for row in rows]))


@bp.get("/verwijzingen/nieuw")
def new() -> ResponseReturnValue:
    """The form for a new code."""
    return render_template(
        "bundles/code_new.html",
        municipalities=[(str(row.id), row.name) for row in codes.recipients(actor())],
        calls=[(str(row.id), f"{row.municipality.name}: {row.title} ({row.number})") for row in codes.calls(actor())],
        choices=[(code, kind.name) for code, kind in catalogue().kinds.items()],
        held=codes.kinds_held(actor()),
        last=codes.LONGEST.after(clock.today()),
    )


@bp.post("/verwijzingen/nieuw")
@submits(CodeIn, again=new)
def make(data: dict[str, Any]) -> ResponseReturnValue:
    """Make a code."""
    row = codes.make(actor(), **data)
    flash(str(_("Verwijzing %(code)s is gemaakt.", code=row.shown)), "good")
    return see_other("codes.show", code_id=row.id)


@bp.get("/verwijzingen/<uuid:code_id>")
def show(code_id: UUID) -> ResponseReturnValue:
    """One code: to hand over, what it tells, and who looked."""
    told = codes.told(actor(), code_id)
    row, looks = told.code, queries.looks(code_id, LOOKS_SHOWN)
    kinds = [kind for code, kind in catalogue().kinds.items() if code in row.kinds]
    names = {"address": _address(row), "system": _system()}
    return render_template(
        "bundles/code.html",
        code=row,
        told=told,
        kinds=catalogue().kinds,
        address=names["address"],
        paragraph=code_texts.paragraph(row, kinds, **names),
        espd=code_texts.espd_values(row, kinds, **names),
        looks=looks,
        limit=LOOKS_SHOWN,
        names=accounts.user_names([row.made_by, *(look.by for look in looks)]),
    )


@bp.get("/verwijzingen/<uuid:code_id>/qr.svg")
def picture(code_id: UUID) -> ResponseReturnValue:
    """The QR code with the address of a code."""
    return Response(qr.svg(_address(queries.get(actor(), code_id))), mimetype="image/svg+xml")


@bp.post("/verwijzingen/<uuid:code_id>/intrekken")
@submits(None, again=show)
def revoke(code_id: UUID) -> ResponseReturnValue:
    """End a code at once."""
    row = codes.revoke(actor(), code_id)
    flash(str(_("Verwijzing %(code)s is ingetrokken.", code=row.shown)), "good")
    return see_other("codes.show", code_id=row.id)


@bp.get("/verwijzing")
def search() -> ResponseReturnValue:
    """Where a municipality looks codes up, with those it looked up before."""
    return render_template(
        "bundles/code_search.html", earlier=queries.earlier(actor(), LOOKS_SHOWN), limit=code_rules.LINES
    )


@bp.post("/verwijzing")
@submits(LookIn, again=search)
def look(data: dict[str, Any]) -> ResponseReturnValue:
    """Look up one code, or a list."""
    asked = codes.asked(actor(), **data)
    if len(asked) == 1 and asked[0].code:
        return see_other("codes.seen", code=code_rules.shown(asked[0].code))
    answers = codes.look_many(actor(), asked)
    if len(answers) == 1:
        return _unknown()
    return render_template("bundles/code_answers.html", answers=answers, unknown=UNKNOWN)


@bp.get("/verwijzing/<code>")
@records
def seen(code: str) -> ResponseReturnValue:
    """What a code tells its recipient; that it was looked at is recorded."""
    found = codes.look(actor(), code)
    if found is None:
        return _unknown()
    return render_template(
        "bundles/code_seen.html",
        seen=found,
        code=found.code,
        kinds=catalogue().kinds,
        opened=queries.opened(actor(), found.code),
    )


def _unknown() -> Response:
    """Returned, not raised: the miss has to stay on record."""
    return show_again(NotFound(UNKNOWN, {"codes": [UNKNOWN]}), search)


def _address(row: Code) -> str:
    return f"{current_app.config['BASE_URL']}{url_for('codes.seen', code=row.shown)}"


def _system() -> str:
    """What the depot is called by who runs it."""
    operator = accounts.operator()
    return operator.name if operator else "Depot"
