"""At most five entries for each role."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, request

from depot.access import Role
from depot.accounts.session import here
from depot.core.i18n import Text, _


@dataclass(frozen=True)
class Entry:
    """A page of the navigation."""

    label: Text
    url: str

    @property
    def is_current(self) -> bool:
        """Whether the page that is shown lies under it."""
        return request.path == self.url or request.path.startswith(f"{self.url}/")


_COMPANY = (
    Entry(_("Dossier"), "/dossier"),
    Entry(_("Aanbestedingen"), "/aanbestedingen"),
    Entry(_("Verwijzingen"), "/verwijzingen"),
    Entry(_("Inzage"), "/inzage"),
    Entry(_("Organisatie"), "/organisatie"),
)
_MUNICIPALITY = (
    Entry(_("Aanbestedingen"), "/gemeente/aanbestedingen"),
    Entry(_("Verwijzing opzoeken"), "/verwijzing"),
    Entry(_("Bundels"), "/bundels"),
)
_PEOPLE = Entry(_("Mensen"), "/organisatie/mensen")
_NOTICES = Entry(_("Meldingen"), "/organisatie/meldingen")

ENTRIES: Mapping[Role, tuple[Entry, ...]] = {
    Role.COMPANY_ADMIN: _COMPANY,
    Role.COMPANY_MEMBER: _COMPANY,
    Role.COMPANY_READER: _COMPANY,
    Role.BUYER: (*_MUNICIPALITY, _NOTICES, _PEOPLE),
    Role.MUNICIPALITY_READER: _MUNICIPALITY,
    Role.REVIEWER: (
        Entry(_("Wachtrij"), "/beoordelen"),
        Entry(_("Herbeoordeling"), "/herbeoordelen"),
        Entry(_("Registers"), "/registers"),
        _NOTICES,
    ),
    Role.OPERATOR_ADMIN: (
        Entry(_("Overzicht"), "/beheer"),
        Entry(_("Taken"), "/taken"),
        Entry(_("Berichten"), "/berichten"),
        Entry(_("Aanmeldingen"), "/aanmeldingen"),
        _PEOPLE,
    ),
}


def navigation() -> tuple[Entry, ...]:
    """The entries of whoever is signed in."""
    found = here()
    return ENTRIES[Role(found.membership.role)] if found else ()


def init_app(app: Flask) -> None:
    """Give every page its navigation."""
    app.context_processor(lambda: {"navigation": navigation()})
