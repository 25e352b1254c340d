"""Every Dutch sentence has its English one, and a reader of English gets it on pages and in mails."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from depot.access import Role
from depot.accounts.models import Organisation
from depot.core.i18n import TRANSLATIONS
from depot.mail import service as mail
from depot.mail.models import Message
from tests import factories

ROOT = Path(__file__).parent.parent
SOURCES = {"depot": [("**.py", "python")], "jobs": [("**.py", "python")], "templates": [("**", "jinja2")]}
KEYWORDS = {"_": None, "n_": (1, 2), "_n": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)\w")


@cache
def sentences() -> frozenset[str]:
    """Every Dutch sentence in code and templates; both sentences of a plural."""
    found: set[str] = set()
    for folder, methods in SOURCES.items():
        options = {"**": {"silent": "false"}}
        # Without a filter of our own, Babel leaves out folders such as `_components`.
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, methods, options, KEYWORDS, directory_filter=lambda _folder: True
        ):
            found.update([message] if isinstance(message, str) else message)
    return frozenset(found)


@cache
def english() -> dict[str, str]:
    """Sentence by sentence what the file with English says."""
    with (TRANSLATIONS / "en.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file, abort_invalid=True) if entry.id}


def test_every_dutch_sentence_has_an_english_one() -> None:
    missing = sorted(sentence for sentence in sentences() if not english().get(sentence))
    assert not missing, "\n".join(["depot/translations/en.po misses:", *missing])


def test_no_english_sentence_is_left_over() -> None:
    unused = sorted(english().keys() - sentences())
    assert not unused, "\n".join(["depot/translations/en.po has, but nothing says:", *unused])


def test_both_languages_take_the_same_values() -> None:
    odd = [dutch for dutch, other in english().items() if values(dutch) != values(other)]
    assert odd == []


def test_both_languages_begin_and_end_with_the_same_space() -> None:
    odd = [dutch for dutch, other in english().items() if margins(dutch) != margins(other)]
    assert odd == []


@pytest.mark.parametrize(("language", "heading"), [("nl", "Inloggen"), ("en", "Sign in")])
def test_a_page_speaks_the_language_of_the_cookie(client: FlaskClient, language: str, heading: str) -> None:
    client.set_cookie("taal", language)
    page = client.get("/inloggen").text
    assert f'<html lang="{language}"' in page
    assert f"<h1>{heading}</h1>" in page


def test_a_mail_speaks_the_language_of_its_reader(session: Session) -> None:
    company = factories.company()
    organisation = session.get_one(Organisation, company.organisation_id)
    factories.member(organisation, Role.COMPANY_MEMBER, locale="en")
    factories.approved(company, factories.reviewer())
    letters = {row.locale: mail.compose(row) for row in session.scalars(select(Message))}
    assert letters["nl"].subject.endswith("is goedgekeurd")
    assert letters["en"].subject.endswith("has been approved")
    assert "You do not have to do anything." in letters["en"].text
    assert "You do not have to do anything." in letters["en"].content


def values(sentence: str) -> set[str]:
    """The values that a sentence takes."""
    return set(PLACEHOLDER.findall(sentence))


def margins(sentence: str) -> tuple[str, str]:
    """The space before and after a sentence."""
    return sentence[: len(sentence) - len(sentence.lstrip())], sentence[len(sentence.rstrip()) :]
