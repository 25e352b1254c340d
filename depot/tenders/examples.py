"""Requirements to start from: one's own tenders, and what other municipalities published to everybody."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select

from depot.access import Action, Actor, authorize
from depot.accounts.models import Organisation
from depot.core import db
from depot.core.errors import NotFound
from depot.core.i18n import _
from depot.tenders.models import PaperRequest, Procedure, RequirementSet, Tender, TenderState

LIMIT = 50
"""How many tenders the list holds at most."""


def index(actor: Actor, search: str = "", besides: UUID | None = None) -> Sequence[tuple[Tender, int]]:
    """The newest tenders that a buyer may copy from, with their numbers of requirements, by words of title or municipality."""
    authorize(actor, Action.TENDER_WRITE)
    words = search.strip().lower()
    found = _readable(actor).join(Organisation, Organisation.id == Tender.municipality_id)
    if words:
        places = (Tender.title, Tender.number, Organisation.name)
        found = found.where(or_(*(func.lower(place).contains(words, autoescape=True) for place in places)))
    if besides is not None:
        found = found.where(Tender.id != besides)
    rows = db.session.execute(found.order_by(Tender.id.desc()).limit(LIMIT)).unique()
    return [(row[0], len(row[1].rules["requirements"])) for row in rows if row[1].rules["requirements"]]


def get(actor: Actor, tender_id: UUID) -> tuple[Tender, RequirementSet]:
    """One tender to copy from, with the requirements that count there; NotFound when it is not to be seen."""
    authorize(actor, Action.TENDER_WRITE)
    row = db.session.execute(_readable(actor).where(Tender.id == tender_id)).unique().first()
    if row is None:
        raise NotFound(_("Deze aanbesteding bestaat niet."))
    return row[0], row[1]


def paper_requests(tender: Tender) -> Sequence[PaperRequest]:
    """What a municipality asks on paper although the depot holds it, oldest first."""
    found = select(PaperRequest).where(PaperRequest.tender_id == tender.id).order_by(PaperRequest.id)
    return db.session.scalars(found).all()


def _readable(actor: Actor) -> Select[Tender, RequirementSet]:
    """Tenders with the set that counts in each; what was asked of invited companies only is not for other municipalities."""
    counting = (
        select(func.max(RequirementSet.number))
        .where(
            RequirementSet.tender_id == Tender.id,
            or_(RequirementSet.published_at.is_not(None), Tender.state == TenderState.DRAFT),
        )
        .correlate(Tender)
        .scalar_subquery()
    )
    is_public = and_(Tender.state != TenderState.DRAFT, Tender.procedure != Procedure.INVITATION)
    return (
        select(Tender, RequirementSet)
        .join(RequirementSet, and_(RequirementSet.tender_id == Tender.id, RequirementSet.number == counting))
        .where(or_(Tender.municipality_id == actor.organisation_id, is_public))
    )
