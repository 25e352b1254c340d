"""What comes in about people and keys."""

from depot.core.forms import Choice, Key, Line, Schema
from depot.core.i18n import LOCALES


class SignInIn(Schema):
    """Address and password; `verder` is the page that was asked for."""

    email = Line(required=True)
    password = Line(required=True, data_key="wachtwoord", limit=500)
    onward = Line(data_key="verder", load_default="", limit=2000)


class LanguageIn(Schema):
    """The language to go on in."""

    language = Choice(LOCALES, required=True, data_key="taal")
    onward = Line(data_key="verder", load_default="", limit=2000)


class SwitchIn(Schema):
    """The organisation to go on for."""

    organisation_id = Key(required=True, data_key="organisatie")


class TokenIn(Schema):
    """What a new key is for."""

    name = Line(required=True, data_key="naam", limit=80)
