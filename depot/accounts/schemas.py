"""What comes in about people, keys and companies that register."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from depot.access import Role
from depot.accounts.models import Ground
from depot.accounts.words import LEGAL_FORMS
from depot.core.forms import Choice, Key, Line, Schema, Upload, wrong
from depot.core.i18n import LOCALES, _

# One plain address: a comma or a quote would make it two in the header of a mail.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")


class Email(Line):
    """An e-mail address in small letters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(limit=254, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not _ADDRESS.fullmatch(text):
            raise wrong(_("Schrijf een e-mailadres als naam@voorbeeld.nl."))
        return text.lower()


class KvkNumber(Line):
    """A KvK number: eight digits, which people also write with spaces or points between them."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = re.sub(r"[ .]", "", super()._deserialize(value, attr, data, **kwargs))
        if not re.fullmatch(r"[0-9]{8}", text):
            raise wrong(_("Een KvK-nummer heeft 8 cijfers."))
        return text


class MunicipalityCode(Line):
    """A municipality by its TOOI code."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        code = super()._deserialize(value, attr, data, **kwargs).lower()
        if not re.fullmatch(r"gm[0-9]{4}", code):
            raise wrong(_("Schrijf de code van de gemeente: gm en 4 cijfers, bijvoorbeeld gm0200."))
        return code


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


class InvitationIn(Schema):
    """Who is asked to join, and as what; `sleutel` makes a repeated form harmless."""

    key = Key(data_key="sleutel", load_default=None)
    email = Email(required=True)
    role = Choice([role for role in Role if role is not Role.SYSTEM], required=True, data_key="rol")


class AcceptIn(Schema):
    """How somebody joins: a new person gives name and password, a known one the password they have, or nothing."""

    name = Line(data_key="naam", load_default="", limit=120)
    password = Line(data_key="wachtwoord", load_default="", limit=500)


class ForgottenIn(Schema):
    """The address of who forgot a password."""

    email = Email(required=True)


class NewPasswordIn(Schema):
    """Another password."""

    password = Line(required=True, data_key="wachtwoord", limit=500)


class RegistrationIn(Schema):
    """A company that asks to be let in, and the person who asks it."""

    key = Key(data_key="sleutel", load_default=None)
    kvk_number = KvkNumber(required=True, data_key="kvkNummer")
    company_name = Line(required=True, data_key="bedrijf")
    legal_form = Choice(LEGAL_FORMS, required=True, data_key="rechtsvorm")
    seat = Line(required=True, data_key="zetel", limit=100)
    name = Line(required=True, data_key="naam", limit=120)
    email = Email(required=True)


class ProofIn(Schema):
    """The proof that a person may act for the company; a new person chooses a password with it."""

    proof_kind = Choice(Ground, required=True, data_key="soort")
    password = Line(data_key="wachtwoord", load_default="", limit=500)
    upload = Upload(required=True, data_key="bewijs")
    is_register_taken = fields.Boolean(load_default=False, data_key="register")


class OperatorIn(Schema):
    """Who is to administer the depot, and what the operator's organisation is called."""

    email = Email(required=True)
    name = Line(required=True, data_key="naam")


class MunicipalityIn(Schema):
    """A municipality, and who is to be its first buyer."""

    email = Email(required=True)
    name = Line(required=True, data_key="naam")
    municipality_code = MunicipalityCode(required=True, data_key="code")
