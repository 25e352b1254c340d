"""Sealed letters (PAdES): what companies declare, and what a municipality decided about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from depot.access import Actor
from depot.core import clock, db, seal
from depot.core.errors import NotFound
from depot.core.http import Stored
from depot.core.i18n import Text, _, shown, speaking
from depot.core.report import render
from depot.core.storage import store
from depot.tenders import declarations, queries
from depot.tenders.models import (
    Declaration,
    Letter,
    Participation,
    ParticipationState,
    Party,
    PartyState,
    RequirementSet,
    Tender,
)
from depot.tenders.reasons import ROLE_NAMES

PREFIX = "tenders/"
PDF = "application/pdf"
TEMPLATE = Path(__file__).parent / "letter" / "letter.typ"

ABANDONED = "abandoned"
"""The outcome of a letter that says that the whole tender stops."""

TITLES: Mapping[str, Text] = {
    ParticipationState.SELECTED: _("U bent geselecteerd"),
    ParticipationState.SHORTLISTED: _("U bent uitgenodigd tot inschrijving"),
    ParticipationState.REJECTED: _("U bent niet geselecteerd"),
    ParticipationState.AWARDED: _("De opdracht wordt aan u gegund"),
    ParticipationState.NOT_AWARDED: _("De opdracht wordt niet aan u gegund"),
    ABANDONED: _("De aanbesteding is gestopt"),
}
"""What a letter says first, by its outcome."""

_ADMISSIONS: Mapping[str, Text] = {
    ParticipationState.SELECTED: _("U bent toegelaten"),
    ParticipationState.REJECTED: _("U bent niet toegelaten"),
    ParticipationState.AWARDED: _("Wij sluiten de overeenkomst met u"),
    ParticipationState.NOT_AWARDED: _("Wij sluiten de overeenkomst niet met u"),
}
"""The same in open house, where nobody competes."""

_MEANINGS: Mapping[str, Text] = {
    ParticipationState.SELECTED: _(
        "Wij gaan met u verder. Wij kunnen nu het bewijs ophalen waarvoor u toestemming gaf."
    ),
    ParticipationState.SHORTLISTED: _("Na uw aanmelding nodigen wij u uit om in te schrijven, voor de sluiting."),
    ParticipationState.REJECTED: _("Wij gaan in deze aanbesteding niet met u verder."),
    ParticipationState.AWARDED: _(
        "Wij willen de overeenkomst met u sluiten. Deze brief is nog geen overeenkomst: anderen kunnen eerst bezwaar maken."
    ),
    ParticipationState.NOT_AWARDED: _("Wij gingen met u verder, maar wij sluiten de overeenkomst niet met u."),
    ABANDONED: _("Wij gunnen deze opdracht niet. Uw documenten blijven in uw dossier staan."),
}

_LOT_TITLES: Mapping[str, str] = {
    ParticipationState.SELECTED: _("U bent geselecteerd voor perceel %(lot)s").message,
    ParticipationState.REJECTED: _("U bent niet geselecteerd voor perceel %(lot)s").message,
    ParticipationState.AWARDED: _("Perceel %(lot)s wordt aan u gegund").message,
    ParticipationState.NOT_AWARDED: _("Perceel %(lot)s wordt niet aan u gegund").message,
}

_LOT_MEANINGS: Mapping[str, Text] = {
    ParticipationState.SELECTED: _(
        "Wij gaan voor dit perceel met u verder. Wij kunnen nu het bewijs ophalen waarvoor u toestemming gaf."
    ),
    ParticipationState.REJECTED: _("Wij gaan voor dit perceel niet met u verder."),
    ParticipationState.AWARDED: _(
        "Wij willen voor dit perceel de overeenkomst met u sluiten. Deze brief is nog geen overeenkomst: anderen kunnen "
        "eerst bezwaar maken."
    ),
    ParticipationState.NOT_AWARDED: _(
        "U was geselecteerd voor dit perceel, maar wij sluiten de overeenkomst daarvoor niet met u."
    ),
}

_OBJECTION = (
    _("Vraag eerst de gemeente om uitleg. Dat kan meteen, zonder kosten."),
    _(
        "Een klacht dient u in bij het klachtenmeldpunt van de gemeente, en daarna bij de Commissie van Aanbestedingsexperts."
    ),
    _("De rechter kan de beslissing beoordelen in een kort geding."),
    _("Begin daarmee binnen de termijn in de stukken van deze aanbesteding, of anders binnen 20 dagen na deze brief."),
)


@dataclass(frozen=True)
class Sealed:
    """A letter in the object store."""

    object_key: str
    sha256: str
    size: int


def intent(
    row: Participation, rules: RequirementSet, *, signer: str, authority: str, party: Party | None = None
) -> Sealed:
    """The declaration of who takes part, or of another party, sealed with who signed it and by what authority."""
    own = party is None
    company = row.company if party is None else party.company
    at = clock.now()
    with speaking("nl"):
        text = declarations.intent(row.tender) if party is None else declarations.commitment(row, party)
        facts = [
            *_about(row.tender),
            (_("Eisen"), _("set %(number)s van %(at)s", number=rules.number, at=rules.published_at)),
            (_("Bedrijf"), company.legal_name),
            (_("KvK-nummer"), company.organisation.kvk_number),
            *([] if party is None else [(_("Rol"), ROLE_NAMES[party.role]), (_("Penvoerder"), row.company.legal_name)]),
        ]
        said = _letter(
            title=_("Intentieverklaring") if own else _("Verklaring van een partij"),
            sender=company.legal_name,
            tender=row.tender,
            facts=facts,
            sections=[(_("Wat het bedrijf verklaart"), text)],
            parties=_parties(row) if own else [],
            signature=[
                (_("Naam"), signer),
                (_("Bevoegdheid"), authority),
                (_("Ondertekend op"), at),
                (_("Tekst"), _("versie %(version)s", version=declarations.TEXT_VERSION)),
            ],
        )
    return _seal(said, at)


def title(tender: Tender, outcome: str, lots: Sequence[str]) -> Text:
    """What a letter with this outcome says first; about one lot it names that, in open house it speaks of admission."""
    if tender.is_continuous and outcome in _ADMISSIONS and not lots:
        return _ADMISSIONS[outcome]
    if len(lots) == 1 and outcome in _LOT_TITLES:
        return Text(_LOT_TITLES[outcome], {"lot": lots[0]})
    return TITLES[outcome]


def titles(tender: Tender, letters: Sequence[Letter]) -> Mapping[UUID, Text]:
    """What some letters in a tender say first, by key."""
    return {letter.id: title(tender, letter.outcome, letter.lots) for letter in letters}


def decision(row: Participation, outcome: str, motivation: str, *, lots: Sequence[str] = ()) -> Letter:
    """Write and seal the municipality's letter about a participation, or about some of its lots, and keep it."""
    at = clock.now()
    with speaking("nl"):
        meanings = {**_MEANINGS, **_LOT_MEANINGS} if len(lots) == 1 else _MEANINGS
        sections: list[tuple[Any, Sequence[Any]]] = [(_("Ons besluit"), [meanings[outcome]])]
        if motivation:
            sections.append((_("Motivering"), [line for line in motivation.splitlines() if line.strip()]))
        if outcome not in (ParticipationState.SHORTLISTED, ParticipationState.SELECTED, ParticipationState.AWARDED):
            sections.append((_("Bent u het er niet mee eens?"), _OBJECTION))
        said = _letter(
            title=title(row.tender, outcome, lots),
            sender=row.tender.municipality.name,
            tender=row.tender,
            facts=[
                *_about(row.tender),
                (_("Aan"), row.company.legal_name),
                (_("KvK-nummer"), row.company.organisation.kvk_number),
                *((_("Perceel"), f"{lot.code} {lot.title}") for lot in row.tender.lots if lot.code in lots),
                (_("Datum"), clock.day_of(at)),
            ],
            sections=sections,
            parties=[],
            signature=[],
        )
    made = _seal(said, at)
    letter = Letter(
        participation_id=row.id,
        outcome=outcome,
        object_key=made.object_key,
        sha256=made.sha256,
        size=made.size,
        lots=list(lots),
        at=at,
    )
    db.session.add(letter)
    db.session.flush()
    return letter


def open_letter(actor: Actor, letter_id: UUID) -> Stored:
    """A letter, for the municipality and the company it is about."""
    letter, row = queries.letter(actor, letter_id)
    about = f"-perceel-{letter.lots[0]}" if len(letter.lots) == 1 else ""
    name = f"brief-{row.tender.number}-{letter.outcome}{about}.pdf"
    return _stored(letter.object_key, letter.sha256, letter.size, name)


def open_declaration(actor: Actor, declaration_id: UUID) -> Stored:
    """A sealed declaration, for who signed it, for the lead, and after the closing for the municipality."""
    declared, row = queries.declaration(actor, declaration_id)
    found = sealed(declared)
    if found is None:
        raise NotFound(_("Deze verklaring is er niet als bestand."))
    return _stored(found.object_key, found.sha256, found.size, f"verklaring-{row.tender.number}.pdf")


def sealed(declared: Declaration) -> Sealed | None:
    """Where a declaration lies; None for one that was given before declarations were sealed."""
    if declared.object_key is None or declared.sha256 is None or declared.size is None:
        return None
    return Sealed(declared.object_key, declared.sha256, declared.size)


def remove_orphans() -> int:
    """Delete this room's objects that no row points to and that are older than a day; gives how many."""
    return store().remove_orphans(PREFIX, queries.stored_keys())


def _letter(
    *,
    title: Text,
    sender: str,
    tender: Tender,
    facts: Sequence[tuple[Any, Any]],
    sections: Sequence[tuple[Any, Sequence[Any]]],
    parties: Sequence[Mapping[str, Any]],
    signature: Sequence[tuple[Any, Any]],
) -> dict[str, Any]:
    return {
        "title": str(title),
        "sender": sender,
        "reference": f"{tender.number}: {tender.title}",
        "facts": [[shown(label), shown(value)] for label, value in facts],
        "sections": [
            {"title": shown(name), "lines": [" ".join(shown(line).split()) for line in lines]}
            for name, lines in sections
        ],
        "parties": list(parties),
        "signature": [[shown(label), shown(value)] for label, value in signature],
    }


def _about(tender: Tender) -> list[tuple[Any, Any]]:
    return [
        (_("Aanbesteding"), tender.title),
        (_("Nummer"), tender.number),
        (_("Gemeente"), tender.municipality.name),
        (_("Sluiting"), tender.closes_at),
    ]


def _parties(row: Participation) -> list[dict[str, str]]:
    states = {PartyState.ASKED: _("nog niet bevestigd"), PartyState.CONFIRMED: _("bevestigd")}
    return [
        {
            "name": party.company.legal_name,
            "number": party.company.organisation.kvk_number or "",
            "role": str(ROLE_NAMES[party.role]),
            "task": party.task or "–",
            "state": "" if party.is_own else str(states[party.state]),
        }
        for party in row.parties
        if party.state in states
    ]


def _seal(said: Mapping[str, Any], at: datetime) -> Sealed:
    """Set, seal and store; the object is there before the row that points to it."""
    pdf = seal.current().seal_pdf(render(TEMPLATE, said, at=at), reason=str(said["title"]), field="Depot")
    key = f"{PREFIX}{db.new_id()}"
    digest = store().put_bytes(key, pdf)
    return Sealed(key, digest.sha256, digest.size)


def _stored(key: str, sha256: str, size: int, name: str) -> Stored:
    return Stored(store().to_send(key, sha256), name=name, media_type=PDF, size=size, sha256=sha256)
