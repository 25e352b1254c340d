"""What a reviewer sends to have a client asked, and what the client answers."""

from functools import cache
from typing import Any

import marshmallow as ma

from depot.accounts.schemas import Email
from depot.catalogue.consistency import holds_citizen_number
from depot.catalogue.rules import Kind
from depot.core.forms import REQUIRED, Choice, Line, Prose, Schema, wrong
from depot.core.i18n import LOCALES, _
from depot.verification.confirmation_rules import Outcome

CORRECTION = "correctie-"
"""What the name of a field begins with that says what should stand in a fact."""


class AskIn(Schema):
    """Whom to ask, how the reviewer found the address, and in which language to write."""

    email = Email(required=True)
    checked_how = Prose(required=True, data_key="controle", limit=500)
    locale = Choice(LOCALES, data_key="taal", load_default="nl")


def _harmless(text: str) -> None:
    if holds_citizen_number(text):
        raise wrong(_("Hier staat een getal dat een burgerservicenummer kan zijn. Haal het weg."))


class AnswerIn(Schema):
    """What a client says: its outcome, what should stand in a fact, and who says so by function, without a name."""

    outcome = Choice(Outcome, required=True, data_key="oordeel")
    satisfied = Choice(("ja", "nee"), data_key="tevreden")
    function = Line(required=True, data_key="functie", limit=100)
    remarks = Prose(data_key="opmerkingen", load_default="", limit=2000, validate=_harmless)

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Outcome, corrections and remarks agree with each other."""
        outcome, corrected = data["outcome"], [name for name in data if name.startswith(CORRECTION)]
        if outcome == Outcome.CORRECTED and not corrected:
            raise ma.ValidationError({"oordeel": [_("Schrijf bij minstens één gegeven wat er moet staan.")]})
        if outcome != Outcome.CORRECTED and corrected:
            text = _("Kies “Juist, met correcties” als u dit invult, of maak het leeg.")
            raise ma.ValidationError({name: [text] for name in corrected})
        if outcome in (Outcome.RIGHT, Outcome.CORRECTED) and "satisfied" not in data:
            raise ma.ValidationError({"tevreden": [REQUIRED]})
        if outcome == Outcome.WRONG and not data["remarks"]:
            raise ma.ValidationError({"opmerkingen": [_("Schrijf wat er niet klopt.")]})

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """What `confirmations.answer` takes."""
        satisfied = data.get("satisfied")
        return {
            "outcome": data["outcome"],
            "corrections": {
                name.removeprefix(CORRECTION): text for name, text in data.items() if name.startswith(CORRECTION)
            },
            "is_satisfied": None if satisfied is None else satisfied == "ja",
            "function": data["function"],
            "remarks": data["remarks"],
        }


@cache
def answer_schema(kind: Kind) -> type[AnswerIn]:
    """The schema of an answer about a kind, with a correction for each fact that is asked."""
    asked = kind.confirmation.asked if kind.confirmation else ()
    members = {f"{CORRECTION}{name}": Line(limit=300, validate=_harmless) for name in asked}
    return type("Answer", (AnswerIn,), members)
