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
    ("signature", "trusted"): _(
        "Het bestand is verzegeld door %(signer)s en daarna niet veranderd. Het certificaat staat op de lijst "
        "%(list)s en was geldig. Wat al vóór het zegel in het bestand is verstopt, toont een zegel niet."
    ),
    ("signature", "trusted_at_signing"): _(
        "Het bestand is verzegeld door %(signer)s en daarna niet veranderd. Het certificaat staat op de lijst "
        "%(list)s. Of het certificaat was ingetrokken, is niet vast te stellen: dat staat niet in het bestand. Wat al "
        "vóór het zegel in het bestand is verstopt, toont een zegel niet."
    ),
    ("signature", "unknown"): _(
        "Het bestand is ondertekend door %(signer)s en daarna niet veranderd, maar het certificaat staat op geen lijst "
        "die het depot vertrouwt. Controleer wie dit is."
    ),
    ("signature", "revoked"): _("Het certificaat waarmee %(signer)s het bestand ondertekende, is ingetrokken."),
    ("signature", "modified"): _(
        "Het bestand is veranderd na de ondertekening, of de ondertekening klopt niet. Vraag het originele bestand."
    ),
    ("signature", "unread"): _("Er staat een ondertekening in het bestand, maar die is niet te controleren."),
    ("signature", "expired"): _(
        "Het bestand is ondertekend door %(signer)s met een certificaat dat nu is verlopen. Niets bewijst dat de "
        "ondertekening van daarvoor is."
    ),
    ("signature", "timestamp_only"): _("Er staat een tijdstempel in het bestand, maar geen ondertekening."),
    ("signature", "none"): _("Het bestand heeft geen digitaal zegel en is niet digitaal ondertekend."),
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
    ("holder_name", "found"): _("De naam %(name)s staat in het document."),
    ("holder_name", "not_found"): _(
        "De naam van het bedrijf staat niet in het document (%(names)s). Controleer op wiens naam het staat."
    ),
    ("citizen_number", "none"): _("In het document staat geen getal dat een burgerservicenummer kan zijn."),
    ("citizen_number", "found"): _(
        "In het document staat een getal dat een burgerservicenummer kan zijn. Is dat zo? Vraag dan een document "
        "waarop het onleesbaar is gemaakt."
    ),
    ("facts_in_text", "all"): _("Alle ingevulde gegevens staan in de tekst van het document."),
    ("topics", "all"): _("De tekst noemt de onderwerpen die erin horen."),
    ("topics", "some"): _("Niet gevonden in de tekst: %(names)s. Kijk of het er in andere woorden staat."),
    ("outdated_topics", "found"): _("De tekst noemt iets dat niet meer geldt: %(names)s."),
    ("facts_in_text", "some"): _("Deze gegevens staan niet letterlijk in de tekst: %(labels)s."),
    ("sealed_by", "issuer"): _("Het zegel is van de uitgever: %(issuer)s."),
    ("sealed_by", "other"): _("Het zegel is niet van %(issuer)s, maar van: %(signer)s."),
    ("sealed_by", "unproven"): _("Het is niet bewezen dat het document van %(issuer)s is. Beoordeel het zelf."),
    ("sealed_by", "not_sealed"): _(
        "Het document heeft geen digitaal zegel van %(issuer)s. Misschien is het een afdruk. Beoordeel het zelf."
    ),
    ("issue_day", "same"): _("De datum van afgifte is de dag van het zegel: %(day)s."),
    ("issue_day", "other"): _("De datum van afgifte is niet de dag van het zegel. Dat was %(day)s."),
    ("by_rule", "approved"): _(
        "Automatisch vastgesteld: het zegel, het bedrijf, de datum en alle gegevens zijn bewezen."
    ),
    ("by_rule", "drawn"): _(
        "Dit document kon automatisch worden vastgesteld. Het lot wees het aan voor een steekproef: kijk of de machine "
        "het goed zag."
    ),
    ("register", "equal"): _("Het Handelsregister zegt hetzelfde (%(day)s): dit bedrijf staat ingeschreven."),
    ("register", "differs"): _("Het Handelsregister zegt iets anders (%(day)s). %(differences)s"),
    ("register", "ended"): _("Volgens het Handelsregister is dit bedrijf uitgeschreven (nagekeken op %(day)s)."),
    ("register", "not_found"): _("Het KvK-nummer %(number)s staat niet in het Handelsregister (nagekeken op %(day)s)."),
    ("register", "unreachable"): _(
        "Het Handelsregister antwoordt nu niet. Het depot vraagt het later vanzelf opnieuw."
    ),
    ("register", "not_looked"): _("Niet nagekeken in het Handelsregister: het depot is er niet mee verbonden."),
    ("mark_register", "found"): _("Het register van %(scheme)s zegt hetzelfde (%(day)s)."),
    ("mark_register", "other_days"): _("Het register van %(scheme)s noemt andere data (%(day)s): %(days)s."),
    ("mark_register", "other_status"): _("Het register van %(scheme)s noemt een andere status (%(day)s): %(status)s."),
    ("mark_register", "not_found"): _("Het bedrijf staat niet in het register van %(scheme)s (%(day)s)."),
    ("mark_register", "not_looked"): _(
        "Niet nagekeken in het register van %(scheme)s: het depot heeft er geen opgave van die jonger is dan %(days)s dagen."
    ),
    ("same_thing", "none"): _("Het dossier heeft geen ander document over hetzelfde."),
    ("same_thing", "found"): _("Misschien staat dit al in het dossier, als: %(titles)s."),
}


REASONS_TO_RETURN: Mapping[str, Text] = {
    "unreadable": _("Het document is niet goed leesbaar. Lever een betere scan of het originele bestand in."),
    "other_kind": _("Dit is een ander soort document dan gevraagd. Lever het goede document in."),
    "other_organisation": _(
        "Het document is van een andere organisatie. Lever een document op naam van uw eigen organisatie in."
    ),
    "expired": _("Het document is niet meer geldig. Lever een document in dat nu geldig is."),
    "incomplete": _("Er ontbreken bladzijden. Lever het hele document in."),
    "facts_differ": _(
        "Wat u hebt ingevuld, klopt niet met het document. Vul de gegevens in zoals ze in het document staan."
    ),
}
"""What reviewers often write when they return a document of whatever kind; the catalogue adds more for each."""


def sentence(finding: Said) -> Text:
    """The finding as one or a few Dutch sentences; a refused company reads what to do."""
    return Text(SENTENCES[finding.check, finding.reason].message, dict(finding.detail))
