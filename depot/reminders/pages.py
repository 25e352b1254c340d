"""Which mails somebody wants, and the calendar of the company."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from depot.access import Action, may
from depot.accounts.session import actor
from depot.core.forms import submits
from depot.core.http import failure, not_modified, records, see_other
from depot.core.i18n import _
from depot.reminders import feed, preferences
from depot.reminders.ics import MEDIA_TYPE
from depot.reminders.models import Rhythm
from depot.reminders.schemas import PreferenceIn

bp = Blueprint("notices", __name__)


@bp.get("/organisatie/meldingen")
def index() -> ResponseReturnValue:
    """What the person chose for this organisation, and the state of the calendar."""
    return _page()


@bp.post("/organisatie/meldingen")
@submits(PreferenceIn, again=index)
def choose(data: dict[str, Any]) -> ResponseReturnValue:
    """Choose how often to be written to."""
    preferences.choose(actor(), rhythm=Rhythm(data["rhythm"]), wants_statement=data["wants_statement"])
    flash(str(_("Uw keuze is bewaard.")), "good")
    return see_other("notices.index")


@bp.post("/organisatie/meldingen/kalender")
@submits(None, again=index)
def make_calendar() -> ResponseReturnValue:
    """Give the calendar a new address, which is shown once."""
    path = url_for("notices.calendar", secret=feed.make(actor()))
    return _page(address=f"{current_app.config['BASE_URL'].rstrip('/')}{path}")


@bp.post("/organisatie/meldingen/kalender/stoppen")
@submits(None, again=index)
def stop_calendar() -> ResponseReturnValue:
    """Let the address stop working."""
    feed.revoke(actor())
    flash(str(_("De kalender is gestopt. Het adres werkt niet meer.")), "good")
    return see_other("notices.index")


@bp.get("/kalender/<secret>.ics")
@records
def calendar(secret: str) -> ResponseReturnValue:
    """The calendar, for whoever has its address."""
    found = feed.read(secret, request.remote_addr or "")
    if found is None:  # returned, not raised: that it was asked for has to stay on record
        return failure(HTTPStatus.NOT_FOUND, _("Deze kalender bestaat niet (meer)."))
    is_known = request.if_none_match.contains(found.etag)
    answer = not_modified(found.etag) if is_known else Response(found.content, content_type=MEDIA_TYPE)
    answer.set_etag(found.etag)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _page(**values: Any) -> str:
    here = actor()
    return render_template(
        "reminders/preferences.html",
        choice=preferences.of(here.id, here.organisation_id),
        rhythms=preferences.rhythms(here.role),
        names=preferences.RHYTHM_NAMES,
        about=preferences.ABOUT.get(here.role),
        has_statement=here.role in preferences.DEPOSITORS,
        feed=feed.in_force(here) if may(here, Action.FEED_MANAGE) else None,
        **values,
    )
