"""What companies declare when they take part: the same words on the page and in the sealed letter."""

from collections.abc import Mapping

from depot.core.i18n import Text, _
from depot.tenders.models import Participation, Party, PartyRole, Tender

TEXT_VERSION = "2026-11"
"""The version of the words below; a declaration names it."""

_PROMISES: Mapping[PartyRole, tuple[Text, ...]] = {
    PartyRole.MEMBER: (
        _("Wij doen samen met %(lead)s mee aan de opdracht “%(title)s” van %(municipality)s."),
        _("%(lead)s is penvoerder en mag in deze aanbesteding namens ons handelen."),
    ),
    PartyRole.RELIED_ON: (
        _("%(lead)s mag zich bij de opdracht “%(title)s” van %(municipality)s op ons beroepen."),
        _("Krijgt %(lead)s de opdracht, dan kan zij zolang de opdracht duurt over onze middelen beschikken."),
    ),
    PartyRole.SUBCONTRACTOR: (
        _("Krijgt %(lead)s de opdracht “%(title)s” van %(municipality)s, dan voeren wij ons deel daarvan uit."),
    ),
}


def intent(tender: Tender) -> tuple[Text, ...]:
    """The letter of intent of who takes part, alone or as lead."""
    return (
        _(
            "Wij willen de opdracht “%(title)s” van %(municipality)s uitvoeren.",
            title=tender.title,
            municipality=tender.municipality.name,
        ),
        _("Wij voldoen bij de sluiting aan de eisen van deze aanbesteding."),
        _("Dat er geen uitsluitingsgrond voor ons geldt, verklaren wij in het UEA bij onze inschrijving."),
        _(
            "Als wij worden geselecteerd, ligt ons bewijs in dit depot klaar. Wat nog ontbreekt, leveren wij op tijd aan."
        ),
    )


def commitment(participation: Participation, party: Party) -> tuple[Text, ...]:
    """What another party declares, by its role."""
    values = {
        "lead": participation.company.legal_name,
        "title": participation.tender.title,
        "municipality": participation.tender.municipality.name,
    }
    return (
        *(Text(line.message, values) for line in _PROMISES[party.role]),
        _("Onze taak: %(task)s", task=party.task),
        _("Onze gegevens in dit depot kloppen. Wat nog ontbreekt, leveren wij op tijd aan."),
    )
