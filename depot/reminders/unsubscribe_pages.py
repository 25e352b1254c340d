"""The page behind the link with which mails end. It takes no session: the address is the proof."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from depot.core.http import takes_one_click
from depot.reminders import unsubscribing

bp = Blueprint("unsubscribing", __name__)


@bp.get("/afmelden/<token>")
def ask(token: str) -> ResponseReturnValue:
    """What will end, and a button; programs that open every link in a mail change nothing."""
    return render_template("reminders/unsubscribe.html", wish=unsubscribing.read(token), token=token, is_done=False)


@bp.post("/afmelden/<token>")
@takes_one_click
def end(token: str) -> ResponseReturnValue:
    """End it."""
    wish = unsubscribing.end(token, request.remote_addr or "")
    return render_template("reminders/unsubscribe.html", wish=wish, token=token, is_done=True)
