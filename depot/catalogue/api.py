"""The kinds of document over JSON, so that a program knows which facts to send."""

from collections.abc import Collection

from marshmallow import fields

from depot.catalogue.rules import Kind
from depot.catalogue.service import catalogue
from depot.core.forms import Schema
from depot.core.openapi import ApiBlueprint


class WordsOut(Schema):
    """The same words in two languages."""

    nl = fields.String(required=True)
    en = fields.String(required=True)


class ChoiceOut(Schema):
    """A code that a choice field takes."""

    code = fields.String(required=True)
    name = fields.Nested(WordsOut, required=True, data_key="naam")


class ColumnOut(Schema):
    """A column of a list; `naam` is its key in each row."""

    name = fields.String(required=True, data_key="naam")
    type = fields.String(required=True)
    label = fields.Nested(WordsOut, required=True)
    is_required = fields.Boolean(required=True, data_key="verplicht")
    hint = fields.Nested(WordsOut, data_key="toelichting", allow_none=True)
    unit = fields.String(data_key="eenheid", allow_none=True)
    options = fields.List(fields.Nested(ChoiceOut), required=True, data_key="keuzes")


class FieldOut(ColumnOut):
    """A fact that a kind asks for; `naam` is its key in `gegevens`. A list of rows has columns."""

    columns = fields.List(fields.Nested(ColumnOut), required=True, data_key="kolommen")


class GroundOut(Schema):
    """An article or norm; `geverifieerd` says whether it was compared with the text of the law."""

    code = fields.String(required=True)
    name = fields.Nested(WordsOut, required=True, data_key="naam")
    says = fields.Nested(WordsOut, required=True, data_key="inhoud")
    is_verified = fields.Boolean(required=True, data_key="geverifieerd")


class ReviewOut(Schema):
    """How people look at a document of a kind."""

    points = fields.List(fields.Nested(WordsOut), required=True, data_key="punten")
    needs_second_reviewer = fields.Boolean(required=True, data_key="tweedeBeoordelaar")


class KindOut(Schema):
    """A kind of document; `vorm` is file, structured or either; periods are ISO 8601, reminders days before the end."""

    code = fields.String(required=True)
    name = fields.Nested(WordsOut, required=True, data_key="naam")
    description = fields.Nested(WordsOut, required=True, data_key="omschrijving")
    issuer = fields.Nested(WordsOut, required=True, data_key="afgever")
    form = fields.String(required=True, data_key="vorm")
    max_age = fields.String(data_key="maximaleLeeftijd", allow_none=True)
    lead_time = fields.String(data_key="levertijd", allow_none=True)
    reminders = fields.List(fields.Integer(), required=True, data_key="herinneringen")
    espd_criterion = fields.String(data_key="ueaCriterium", allow_none=True)
    legal_grounds = fields.List(fields.Nested(GroundOut), required=True, data_key="rechtsgronden")
    personal_data = fields.Nested(WordsOut, required=True, data_key="persoonsgegevens")
    review = fields.Nested(ReviewOut, required=True, data_key="beoordeling")
    fields_ = fields.List(fields.Nested(FieldOut), attribute="fields", required=True, data_key="velden")


class KindsOut(Schema):
    """All kinds, and which catalogue this is."""

    kinds = fields.List(fields.Nested(KindOut), required=True, data_key="soorten")
    version = fields.String(required=True, data_key="versie")


bp = ApiBlueprint("soorten", __name__, description="Soorten documenten en hun gegevens.")


@bp.at("GET", "/soorten")
@bp.answers(KindsOut)
def index() -> dict[str, Collection[Kind] | str]:
    """Alle soorten documenten met de gegevens die erbij horen."""
    return {"kinds": catalogue().kinds.values(), "version": catalogue().version}
