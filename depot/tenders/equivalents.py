"""What a company without a mark shows per norm, for the municipality that decides whether that is equivalent (Aw 2.96)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from depot.access import Action, Actor, authorize
from depot.audit import service as audit
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.documents import queries as documents
from depot.documents.models import Document, State
from depot.tenders import queries
from depot.tenders.models import Participation
from depot.verification import equivalence
from depot.verification.equivalence_models import NormProof


@dataclass(frozen=True)
class Shown:
    """An equivalence file as a municipality reads it, and the kinds of document that the company lets it read."""

    file: equivalence.File
    participation: Participation
    consented: frozenset[str]

    def is_late(self, proof: NormProof) -> bool:
        """Whether it was put forward after the bids closed."""
        tender = self.participation.tender
        return not tender.is_continuous and proof.at > tender.closes_at


def readable(participation: Participation) -> Sequence[Document]:
    """The documents put forward as equivalents by who consents to reading that kind; none before the bids close."""
    tender = participation.tender
    if not (tender.is_closed or tender.is_continuous):
        return []
    kinds = _consented(participation)
    return [
        document
        for document in documents.of_companies(list(kinds))
        if document.kind in kinds[document.company_id]
        and equivalence.scheme_of(document)
        and any(version.state is State.APPROVED for version in document.versions)
    ]


def read(actor: Actor, participation_id: UUID, document_id: UUID) -> Shown:
    """One of their files; that it was read is recorded for the company."""
    row = queries.opened(actor, participation_id)
    authorize(actor, Action.EQUIVALENCE_READ, row.tender.municipality_id)
    document = next((item for item in readable(row) if item.id == document_id), None)
    if document is None:
        raise NotFound(
            _("Dit bewijs per norm is niet te lezen. Dat kan na de sluiting, met toestemming van het bedrijf.")
        )
    audit.record(
        actor, Action.EQUIVALENCE_READ, document, about=document.company_id, participation=str(participation_id)
    )
    return Shown(equivalence.of_document(document), row, _consented(row)[document.company_id])


def _consented(participation: Participation) -> Mapping[UUID, frozenset[str]]:
    """By company the kinds that it lets the municipality read."""
    found: dict[UUID, frozenset[str]] = {}
    for party, consent in queries.consents([participation.id]):
        if party.counts:
            found[party.company_id] = found.get(party.company_id, frozenset()) | frozenset(consent.kinds)
    return found
