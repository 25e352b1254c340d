"""What goes into a bundle: of each participation the versions that count and the sealed declarations, each under its path."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from depot.bundles.bag import safe_path
from depot.catalogue.service import catalogue
from depot.core.i18n import Text, _
from depot.documents import queries as documents
from depot.documents.models import Document, Version
from depot.tenders import dossiers
from depot.tenders import queries as tenders
from depot.tenders.evidence import DocumentFacts, Evidence, Moment, evidence_at
from depot.tenders.models import Consent, Declaration, Participation, Party, StageName, Tender

DOCUMENTS = ("data", "documenten")
DECLARATIONS = ("data", "verklaringen")

NO_CONSENT = _("Er is geen toestemming van kracht.")
NOTHING_APPROVED = _("Er is geen goedgekeurd document waarvoor toestemming is gegeven.")


@dataclass(frozen=True)
class Chosen:
    """A version that goes into the bundle, and under which path."""

    version: Version
    party: Party
    path: str


@dataclass(frozen=True)
class Signed:
    """What a party declared, and under which path its sealed letter goes into the bundle; None without such a letter."""

    declaration: Declaration
    party: Party
    path: str | None


@dataclass(frozen=True)
class Part:
    """One participation as it lies in a bundle, and the parties of which nothing goes along, with why."""

    participation: Participation
    chosen: tuple[Chosen, ...]
    declared: tuple[Signed, ...]
    consents: tuple[tuple[Party, Consent], ...]
    left_out: tuple[tuple[Party, Text], ...]


def part(row: Participation, known_at: datetime) -> Part:
    """What of one participation would go into a bundle of its own, with a folder for each party."""
    [found] = _parts(row.tender, [row], known_at, has_folders=False)
    return found


def parts(tender: Tender, rows: Iterable[Participation], known_at: datetime) -> list[Part]:
    """The same for several participations of a tender, by name, each in a folder of its own."""
    by_name = sorted(rows, key=lambda row: (row.company.legal_name.lower(), row.id))
    return list(_parts(tender, by_name, known_at, has_folders=True))


def _parts(tender: Tender, rows: Sequence[Participation], known_at: datetime, *, has_folders: bool) -> Iterator[Part]:
    ids, held = [row.id for row in rows], _held(rows)
    consents, declarations = defaultdict(list), defaultdict(list)
    for party, consent in tenders.consents(ids):
        consents[party.participation_id].append((party, consent))
    for declaration in tenders.declarations(ids):
        declarations[declaration.participation_id].append(declaration)
    number = 0
    for row in rows:
        given = [(party, consent) for party, consent in consents[row.id] if party.counts]
        moment = dossiers.moments(tender, known_at, row)[StageName.EVIDENCE]
        counting = {party.id: list(_counting(party, given, held, moment)) for party in _parties(row)}
        number += any(counting.values())
        folder = (f"{number:02d}-{row.company.legal_name}",) if has_folders else ()
        consenting = {party.id for party, _consent in given}
        yield Part(
            participation=row,
            chosen=tuple(_chosen(row, counting, folder)),
            declared=tuple(_declared(row, declarations[row.id], folder)),
            consents=tuple(given),
            left_out=tuple(
                (party, NOTHING_APPROVED if party.id in consenting else NO_CONSENT)
                for party in _parties(row)
                if not counting[party.id]
            ),
        )


def _parties(row: Participation) -> list[Party]:
    return [party for party in row.parties if party.counts]


def _held(rows: Sequence[Participation]) -> Mapping[UUID, list[tuple[Document, DocumentFacts]]]:
    """The documents of all parties, by company."""
    found = documents.of_companies(list({party.company_id for row in rows for party in _parties(row)}))
    held: dict[UUID, list[tuple[Document, DocumentFacts]]] = defaultdict(list)
    for row, facts in zip(found, dossiers.evidence_of(found), strict=True):
        held[row.company_id].append((row, facts))
    return held


def _counting(
    party: Party,
    given: Sequence[tuple[Party, Consent]],
    held: Mapping[UUID, Sequence[tuple[Document, DocumentFacts]]],
    moment: Moment,
) -> Iterator[Version]:
    """The version of each document that is evidence at the moment, of the kinds that its party consented to."""
    allowed = {kind for giver, consent in given if giver.id == party.id for kind in consent.kinds}
    for row, facts in held.get(party.company_id, ()):
        if row.kind in allowed:
            found = evidence_at(facts, catalogue().kinds[row.kind], moment)
            if isinstance(found, Evidence):
                yield next(item for item in row.versions if str(item.id) == found.version.version_id)


def _chosen(
    row: Participation, counting: Mapping[UUID, Sequence[Version]], folder: tuple[str, ...]
) -> Iterator[Chosen]:
    for number, party in enumerate(_parties(row), start=1):
        of_party = f"{number:02d}-{party.company.legal_name}"
        for place, version in enumerate(counting[party.id], start=1):
            yield Chosen(version, party, safe_path(*DOCUMENTS, *folder, of_party, _name(version, place)))


def _name(version: Version, place: int) -> str:
    kind = version.document.kind
    return f"{place:02d}-{kind}-{version.file.name}" if version.file else f"{place:02d}-{kind}.json"


def _declared(row: Participation, rows: Iterable[Declaration], folder: tuple[str, ...]) -> Iterator[Signed]:
    """What the parties declared, in the order in which they signed."""
    by_id, place = {party.id: party for party in _parties(row)}, 0
    for each in rows:
        party = by_id.get(each.party_id) if each.party_id else row.own_party
        if party is not None:
            place += 1
            name = f"{place:02d}-{party.company.legal_name}.pdf"
            yield Signed(each, party, safe_path(*DECLARATIONS, *folder, name) if each.object_key else None)
