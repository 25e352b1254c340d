"""Findings in words: for the company what to do when a file is refused, for the reviewer what to look at."""

from collections.abc import Mapping
from typing import Any, Protocol

from depot.core.i18n import Text, _


class Said(Protocol):
    """A finding, as the rules make it or as a row keeps it."""

    @property
    def check(self) -> str:
        """Which check."""

    @property
    def reason(self) -> str:
        """Its reason code."""

    @property
    def detail(self) -> Mapping[str, Any]:
        """The values of the sentence."""


SENTENCES = {
    ("virus", "clean"): _("De virusscanner heeft niets gevonden."),
    ("virus", "found"): _(
        "De virusscanner vond iets gevaarlijks in dit bestand (%(signature)s). Het bestand is geweigerd. "
        "Laat uw computer nakijken, maak het document opnieuw en lever het daarna weer in."
    ),
    ("virus", "not_scanned"): _("Dit bestand is niet gescand op virussen."),
    ("virus", "scanner_unreachable"): _(
        "De virusscanner is nu niet bereikbaar. Uw bestand is bewaard en wordt later vanzelf gescand."
    ),
    ("virus", "scanner_refused_size"): _(
        "Het bestand is te groot voor de virusscanner en is daarom niet gescand op virussen."
    ),
    ("virus", "scanner_failed"): _("De virusscanner kon dit bestand niet scannen."),
    ("virus", "embedded_not_scanned"): _(
        "Het bestand zelf is gescand op virussen, maar niet alle bijlagen in het bestand konden worden gescand."
    ),
    ("type", "as_named"): _("De inhoud van het bestand past bij het soort bestand."),
    ("type", "empty"): _("Het bestand is leeg. Kies het goede bestand en lever het opnieuw in."),
    ("type", "other_type"): _(
        "De inhoud van het bestand past niet bij de naam. De inhoud is %(found)s, verwacht was %(named)s. "
        "Sla het document op als pdf en lever het opnieuw in."
    ),
    ("encryption", "none"): _("Het bestand is niet beveiligd."),
    ("encryption", "restricted"): _(
        "Het bestand is te lezen zonder wachtwoord, maar de maker heeft beperkt wat u ermee mag doen."
    ),
    ("encryption", "password_needed"): _(
        "Het bestand is beveiligd met een wachtwoord of certificaat. Haal de beveiliging weg en lever het opnieuw in."
    ),
    ("opens", "whole"): _("Het bestand is heel en gaat zonder problemen open."),
    ("opens", "repaired"): _("Het bestand gaat open, maar bevat fouten. Controleer of alle bladzijden leesbaar zijn."),
    ("opens", "data_after_end"): _("Na het einde van de pdf staan nog andere gegevens in het bestand."),
    ("opens", "truncated"): _(
        "Het bestand is niet compleet: het einde ontbreekt. Misschien is het kopiëren of downloaden afgebroken. "
        "Haal of maak het document opnieuw en lever het weer in."
    ),
    ("opens", "damaged"): _(
        "Het bestand is beschadigd en gaat niet open. Haal of maak het document opnieuw en lever het weer in."
    ),
    ("opens", "unsafe"): _(
        "Het bestand kan niet veilig worden gelezen. Maak het document opnieuw, bijvoorbeeld met "
        "‘Afdrukken naar pdf’, en lever het weer in."
    ),
    ("opens", "too_many_pixels"): _(
        "De scan is te groot om te lezen: %(width)s bij %(height)s beeldpunten. Scan het document opnieuw, met 300 punten "
        "per inch, en lever het weer in."
    ),
    ("opens", "timed_out"): _("Het lezen van het bestand duurde te lang. Niet alle controles zijn gedaan."),
    ("opens", "locked"): _("Het bestand gaat niet open, omdat het beveiligd is."),
    ("pages", "counted"): _("Aantal bladzijden: %(pages)s."),
    ("pages", "none"): _("Het bestand heeft geen bladzijden. Maak het document opnieuw en lever het weer in."),
    ("pages", "unreadable"): _("Het aantal bladzijden kon niet worden bepaald."),
    ("active_content", "none"): _("Het bestand bevat geen programma's of acties."),
    ("active_content", "scripts"): _(
        "Het bestand bevat een programma (%(kinds)s). Dat is niet toegestaan. Maak met ‘Afdrukken naar pdf’ een "
        "versie zonder programma en lever die in. Heeft het document een digitaal zegel? Vraag dan de "
        "uitgever om een versie zonder programma."
    ),
    ("active_content", "actions"): _("Het bestand bevat acties of media: %(kinds)s."),
    ("active_content", "unreadable"): _("Het is niet gelukt om te controleren of het bestand programma's bevat."),
    ("embedded_files", "none"): _("Het bestand bevat geen bijlagen."),
    ("embedded_files", "present"): _("Aantal bijlagen in het bestand: %(number)s (%(names)s)."),
    ("embedded_files", "unreadable"): _("Het is niet gelukt om te controleren of het bestand bijlagen bevat."),
    ("kvk_number", "found"): _("Het KvK-nummer %(number)s staat in het document."),
    ("kvk_number", "not_found"): _(
        "Het KvK-nummer %(number)s staat niet in de tekst van het document. Controleer of het document van dit "
        "bedrijf is."
    ),
    ("kvk_number", "not_known"): _("Van deze organisatie is geen KvK-nummer bekend."),
    ("kvk_number", "no_text"): _(
        "Het document bevat geen tekst, misschien is het een scan. Het KvK-nummer %(number)s is niet gecontroleerd."
    ),
    ("kvk_number", "text_too_long"): _(
        "Het KvK-nummer %(number)s staat niet in het eerste deel van het document. De rest is niet gelezen."
    ),
    ("kvk_number", "unreadable"): _("De tekst van het document kon niet worden gelezen."),
    ("location", "none"): _("In het bestand staat niet waar de foto of scan is gemaakt."),
    ("location", "present"): _(
        "In het bestand staat op welke plaats de foto of scan is gemaakt. Dat is niet nodig. Wie het document mag lezen, "
        "kan die plaats zien. Zet de plaats uit in uw telefoon of maak een scan met een scanner."
    ),
    ("facts", "in_order"): _("De ingevulde gegevens passen bij elkaar."),
    ("facts", "signals"): _("Kijk goed naar deze gegevens. %(signals)s"),
    ("same_thing", "none"): _("Het dossier heeft geen ander document over hetzelfde."),
    ("same_thing", "found"): _("Misschien staat dit al in het dossier, als: %(titles)s."),
}


REASONS_TO_RETURN = (
    _("Het document is niet goed leesbaar. Lever een betere scan of het originele bestand in."),
    _("Dit is een ander soort document dan gevraagd. Lever het goede document in."),
    _("Het document is van een andere organisatie. Lever een document op naam van uw eigen organisatie in."),
    _("Het document is niet meer geldig. Lever een document in dat nu geldig is."),
    _("Er ontbreken bladzijden. Lever het hele document in."),
    _("Wat u hebt ingevuld, klopt niet met het document. Vul de gegevens in zoals ze in het document staan."),
)
"""What reviewers often write when they return a document."""


def sentence(finding: Said) -> Text:
    """The finding as one or a few Dutch sentences; a refused company reads what to do."""
    return Text(SENTENCES[finding.check, finding.reason].message, dict(finding.detail))
