"""Names of companies as registers, papers and people write them. Pure."""

import re
import unicodedata

ACCENT, OTHER = re.compile("[\u0300-\u036f]"), re.compile("[^a-z0-9]+")
LEGAL_FORM = re.compile(r"\b(b v|n v|v o f|c v|u a)\b")
"""Legal forms that some write with full stops and some without, once the stops became spaces."""

FORMS = {
    "beslotenvennootschap": "bv",
    "naamlozevennootschap": "nv",
    "stichting": "foundation",
    "vereniging": "association",
    "cooperatie": "cooperative",
    "vennootschaponderfirma": "general_partnership",
    "commanditairevennootschap": "limited_partnership",
    "maatschap": "partnership",
    "eenmanszaak": "sole_proprietorship",
}
"""The trade register's words for a legal form, without spaces, and our code."""


def normalised(text: str) -> str:
    """Text for comparing: small letters without accents, and one space for all that is no letter or digit."""
    plain = ACCENT.sub("", unicodedata.normalize("NFKD", text.casefold()))
    spaced = OTHER.sub(" ", plain).strip()
    return LEGAL_FORM.sub(lambda form: form[0].replace(" ", ""), spaced)


def legal_form(words: str) -> str:
    """The code of a legal form in the trade register's words; `other` for one that has no code of its own."""
    return FORMS.get(normalised(words).replace(" ", ""), "other")
