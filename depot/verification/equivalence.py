"""The equivalence file: a company without a mark shows per norm its own proof (Aw 2.96).

Reviewers say whether a document shows what the company says of it. Whether that is equivalent is the municipality's to
decide, and nothing here says it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from depot.access import Action, Actor, authorize
from depot.audit import service as audit
from depot.catalogue.rules import Norm, Scheme, is_equivalent
from depot.catalogue.service import catalogue, schemes
from depot.core import clock, db
from depot.core.errors import Conflict, Invalid, NotFound
from depot.core.i18n import _
from depot.documents import queries as documents
from depot.documents.models import Document, State, Version
from depot.verification import queries
from depot.verification.equivalence_models import NormProof, Shown

PROVING = (State.SUBMITTED, State.CHECKING, State.IN_REVIEW, State.APPROVED)


@dataclass(frozen=True)
class Line:
    """One norm with what the company puts forward for it, oldest first."""

    norm: Norm
    proofs: tuple[NormProof, ...]


@dataclass(frozen=True)
class File:
    """The equivalence file of one document: every norm of the scheme, also those for which nothing was put forward."""

    document: Document
    scheme: Scheme
    scheme_name: str
    lines: tuple[Line, ...]

    @property
    def norms_with_proof(self) -> int:
        """For how many norms something was put forward."""
        return sum(bool(line.proofs) for line in self.lines)


def scheme_of(document: Document) -> Scheme | None:
    """The scheme for which a document is put forward as an equivalent; None when it is not, or no norms are known."""
    kind, facts = catalogue().kinds[document.kind], document.latest.best_facts
    if kind.equivalence is None or not is_equivalent(kind, facts) or document.latest.state is State.WITHDRAWN:
        return None
    return schemes().get(facts[kind.equivalence.scheme])


def file(actor: Actor, document_id: UUID) -> File:
    """The file of a document that the actor may see; NotFound when there is none."""
    return of_document(documents.get(actor, document_id))


def of_document(document: Document) -> File:
    """The file of a document, whoever may see it being settled before; NotFound when there is none."""
    scheme, kind = scheme_of(document), catalogue().kinds[document.kind]
    if scheme is None or kind.equivalence is None:
        raise NotFound(_("Bij dit document hoort geen bewijs per norm."))
    found = select(NormProof).where(NormProof.document_id == document.id, NormProof.withdrawn_at.is_(None))
    proofs = db.session.scalars(found.order_by(NormProof.id)).unique().all()
    spec = kind.field(kind.equivalence.scheme)
    return File(
        document,
        scheme,
        str(spec.choice(scheme.code)) if spec else scheme.code,
        tuple(
            Line(norm, tuple(row for row in proofs if (row.scheme, row.norm) == (scheme.code, norm.code)))
            for norm in scheme.norms
        ),
    )


def candidates(actor: Actor) -> list[Version]:
    """What a company can put forward: of each document in its dossier the last version that was handed in."""
    found = []
    for document in documents.dossier(actor):
        handed_in = [version for version in document.versions if version.state in PROVING]
        found += handed_in[-1:]
    return found


def add(actor: Actor, document_id: UUID, *, norm: str, version_id: UUID, explanation: str) -> NormProof:
    """Put a document of one's own dossier forward for a norm, saying where it shows it."""
    document = documents.get(actor, document_id)
    authorize(actor, Action.EQUIVALENCE_WRITE, document.company_id)
    held = of_document(document)
    line = next((line for line in held.lines if line.norm.code == norm), None)
    if line is None:
        raise Invalid(_("Niet alles is goed ingevuld."), {"norm": [_("Kies een van de normen.")]})
    if version_id not in {version.id for version in candidates(actor)}:
        raise Invalid(_("Niet alles is goed ingevuld."), {"document": [_("Kies een document uit uw dossier.")]})
    if any(row.version_id == version_id for row in line.proofs):
        raise Conflict(_("Dit document staat al bij deze norm. Neem het eerst terug als u iets wilt wijzigen."))
    row = NormProof(
        document_id=document.id,
        scheme=held.scheme.code,
        norm=norm,
        version_id=version_id,
        explanation=explanation,
        by=actor.id,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, Action.EQUIVALENCE_WRITE, row, about=document.company_id, norm=norm, version=str(version_id))
    return row


def take_back(actor: Actor, proof_id: UUID) -> NormProof:
    """Take one proof back; taken back twice, the first counts."""
    row = _proof(actor, proof_id)
    authorize(actor, Action.EQUIVALENCE_WRITE, row.document.company_id)
    if row.withdrawn_at is None:
        row.withdrawn_at = clock.now()
        audit.record(actor, Action.EQUIVALENCE_WRITE, row, about=row.document.company_id, withdrawn=True)
    return row


def waiting(actor: Actor) -> Sequence[Document]:
    """Documents with a proof that no reviewer looked at yet and that can be looked at, oldest first."""
    authorize(actor, Action.EQUIVALENCE_LOOK)
    unseen = (
        select(NormProof.document_id)
        .join(Version, Version.id == NormProof.version_id)
        .where(NormProof.shown.is_(None), NormProof.withdrawn_at.is_(None), Version.state == State.APPROVED)
    )
    found = select(Document).where(Document.id.in_(unseen), documents.visible_to(actor)).order_by(Document.id)
    rows = db.session.scalars(found).unique().all()
    return [row for row in rows if scheme_of(row)]


def look(actor: Actor, proof_id: UUID, *, shown: str, remark: str) -> NormProof:
    """Say whether the document shows what the company says of it; it must be approved itself, and no needs a reason."""
    row = _proof(actor, proof_id)
    authorize(actor, Action.EQUIVALENCE_LOOK)
    version = queries.to_review(actor, row.version_id)
    if row.withdrawn_at:
        raise Conflict(_("Het bedrijf heeft dit bewijs teruggenomen."))
    if version.state is not State.APPROVED:
        raise Conflict(_("Beoordeel eerst het document zelf."))
    if shown == Shown.NOT_SHOWN and not remark:
        raise Invalid(_("Niet alles is goed ingevuld."), {"opmerking": [_("Schrijf wat er niet uit blijkt.")]})
    row.shown, row.remark, row.looked_by, row.looked_at = Shown(shown), remark, actor.id, clock.now()
    audit.record(actor, Action.EQUIVALENCE_LOOK, row, about=row.document.company_id, shown=shown)
    return row


def _proof(actor: Actor, proof_id: UUID) -> NormProof:
    found = select(NormProof).join(NormProof.document).where(NormProof.id == proof_id, documents.visible_to(actor))
    row = db.session.scalar(found)
    if row is None:
        raise NotFound(_("Dit bewijs bestaat niet."))
    return row
