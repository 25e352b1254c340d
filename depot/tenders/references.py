"""References that are asked with the bid: the one evidence that the municipality reads before it selects."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import select

from depot.access import Action, Actor, authorize
from depot.audit import service as audit
from depot.core import db
from depot.core.errors import NotFound
from depot.core.http import Stored
from depot.core.i18n import _
from depot.documents import files
from depot.documents.models import Document, Version
from depot.tenders import dossiers, queries
from depot.tenders.judgement import Reason
from depot.tenders.models import Participation, StageName
from depot.tenders.requirements import Requirement, RequirementSet

KIND = "reference"


def is_asked(asked: RequirementSet) -> bool:
    """Whether a set of requirements asks references with the bid."""
    return any(map(_is_with_bid, asked.requirements))


def readable(participation: Participation) -> Sequence[Version]:
    """The references that verdicts on what is asked with the bid rest on, as far as their company consents to reading.

    None before the bids close, also when nobody can come in any more.
    """
    tender = participation.tender
    if not (tender.is_closed or tender.is_continuous):
        return []
    judged = dossiers.judge(tender, [participation])
    with_bid = {item.id for item in judged.requirements.requirements if _is_with_bid(item)}
    reasons = [item.reason for item in judged.verdicts[participation.id] if item.requirement_id in with_bid]
    ids = {UUID(id) for reason in reasons for id in _versions(reason)}
    consenting = {party.company_id for party, given in queries.consents([participation.id]) if KIND in given.kinds}
    found = (
        select(Version)
        .join(Version.document)
        .where(Version.id.in_(ids), Document.kind == KIND, Document.company_id.in_(consenting))
    )
    return db.session.scalars(found.order_by(Version.id)).unique().all()


def read(actor: Actor, participation_id: UUID, version_id: UUID) -> Version:
    """One of them, for the municipality that judges it; that it was read is recorded for the company."""
    row = queries.opened(actor, participation_id)
    authorize(actor, Action.REFERENCE_READ, row.tender.municipality_id)
    version = next((item for item in readable(row) if item.id == version_id), None)
    if version is None:
        raise NotFound(_("Deze referentie is niet te lezen. Dat kan na de sluiting, met toestemming van het bedrijf."))
    audit.record(
        actor, Action.REFERENCE_READ, version, about=version.document.company_id, participation=str(participation_id)
    )
    return version


def open_file(actor: Actor, participation_id: UUID, version_id: UUID) -> Stored:
    """The bytes of one of them, if it has a file that was scanned."""
    version = read(actor, participation_id, version_id)
    if version.file is None or not version.is_readable_by_others:
        raise NotFound(_("Dit bestand is niet te openen zolang het niet op virussen is gecontroleerd."))
    return files.stored(version.file)


def _is_with_bid(item: Requirement) -> bool:
    return item.stage == StageName.BID and KIND in RequirementSet((item,)).kinds_asked


def _versions(reason: Reason) -> Iterator[str]:
    if "versionId" in reason.values:
        yield reason.values["versionId"]
    for part in reason.parts:
        yield from _versions(part)
