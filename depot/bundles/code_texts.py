"""A reference code as a company hands it over: a paragraph for its bid, and what it fills in in the UEA. Always in Dutch."""

from collections.abc import Sequence

from depot.bundles.code_models import Code
from depot.catalogue.rules import Kind
from depot.core.clock import day_of
from depot.core.i18n import shown, speaking

CRITERIA = {
    "trade-regist": "Inschrijving in een handelsregister",
    "tax-pay": "Betaling van belastingen",
    "indem-insu": "Verzekering tegen beroepsrisico's",
    "finan-rat": "Financiële ratio's",
    "service-perform": "Voor opdrachten voor diensten: verrichting van diensten van de vastgestelde soort",
    "qualification": "Onderwijs- en beroepskwalificaties",
    "qu-certif-indep": "Door onafhankelijke instanties opgestelde certificaten over kwaliteitsnormen",
}
"""The Dutch labels of the ESPD's criteria (ESPD-EDM, code list Criterion, 2024-06-12) that kinds are proof of."""


def paragraph(row: Code, kinds: Sequence[Kind], *, address: str, system: str) -> str:
    """What a company can write in its bid about where its proof lies."""
    with speaking("nl"):
        made, until = shown(day_of(row.made_at)), shown(row.until)
        names = "; ".join(kind.name.nl for kind in kinds)
    call = f" voor de aanbesteding “{row.tender.title}” ({row.tender.number})" if row.tender else ""
    return (
        f"Ons bewijs ligt in {system}. {row.recipient.name} kan{call} zien hoe het ervoor staat, met verwijzing {row.shown}. "
        f"Log daarvoor in en open {address}. Wij maakten deze verwijzing op {made}. Zij geldt tot en met {until}, alleen voor "
        f"{row.recipient.name}, en gaat over: {names}. De documenten zelf opent u in {system} nadat u ons hebt geselecteerd en "
        "wij daarvoor toestemming hebben gegeven."
    )


def espd_values(row: Code, kinds: Sequence[Kind], *, address: str, system: str) -> list[tuple[str, str]]:
    """By field of the UEA what to fill in for an operator who is registered in a pre-qualification system.

    What evidence the UEA asks for is a pointer: address, issuing body and reference (directive 2014/24/EU, article 59(5)).
    """
    with speaking("nl"):
        made, until = shown(day_of(row.made_at)), shown(row.until)
    codes = dict.fromkeys(kind.espd_criterion for kind in kinds if kind.espd_criterion)
    named = [f"{CRITERIA[code]} ({code})" if code in CRITERIA else code for code in codes]
    return [
        ("Criterium", "In een voorselectiesysteem geregistreerde ondernemer (registered)"),
        ("Naam van de lijst of het systeem", system),
        ("Nummer van de registratie", row.shown),
        ("Internetadres", address),
        ("Afgevende entiteit", system),
        ("Precieze referentie", f"Verwijzing {row.shown} van {made}, geldig tot en met {until}"),
        ("Criteria die de registratie dekt", "; ".join(named) or "geen"),
        ("Dekt de registratie alle gevraagde criteria?", "Nee, alleen de criteria hierboven"),
    ]
