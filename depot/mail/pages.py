"""The post of the depot on a page. For the demo only: there it stands in for the mailboxes of people who do not exist."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from depot.mail import queries, service

bp = Blueprint("mail", __name__, url_prefix="/demo/post")


@bp.get("")
def inbox() -> ResponseReturnValue:
    """The last messages to anybody."""
    letters = [(message, service.compose(message)) for message in queries.latest()]
    return render_template("demo/inbox.html", letters=letters)


@bp.get("/<uuid:message_id>")
def letter(message_id: UUID) -> ResponseReturnValue:
    """One message as its reader gets it."""
    message = queries.get(message_id)
    return render_template("demo/letter.html", message=message, letter=service.compose(message))
